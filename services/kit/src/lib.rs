//! What every service shares.
//!
//! [`wire`] is the JSON of messages, [`control`] of control records; [`rules`], [`definitions`] and
//! [`schema_file`] are the JSON in which people hand in rules, segments and types, and how mistakes
//! in them are told. [`http`] is what stands around a service's routes, with its [`health`] and
//! [`metrics`]; [`shutdown`] ends a process.

#![forbid(unsafe_code)]

pub mod control;
pub mod definitions;
pub mod health;
pub mod http;
pub mod metrics;
pub mod rules;
pub mod schema_file;
pub mod shutdown;
pub mod wire;
