//! The routes over real stores; owners alone are stood in for.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod evaluate;
mod rules;
mod support;
mod users;
