//! What every service shares.
//!
//! So far: [`wire`], the JSON shapes of messages.

#![forbid(unsafe_code)]

pub mod wire;
