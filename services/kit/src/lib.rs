//! What every service shares.
//!
//! [`wire`] is the JSON of messages, [`control`] of control records; [`rules`], [`definitions`] and
//! [`schema_file`] are the JSON in which people hand in rules, segments and types, and how mistakes
//! in them are told; [`distinct_keys`] is a mistake that any JSON may have, [`json_pointer`] its
//! place; [`rule_report`], [`evaluation`] and [`explanation`] are what a rule is, what it answers,
//! and why. [`http`] is what stands around a service's routes, with its [`health`] and [`metrics`],
//! and [`schema`] what their document says of free JSON, and [`scope`] what callers may do;
//! [`config`], [`telemetry`] and [`shutdown`] begin and end a process, and [`crash_point`] ends it
//! where a test asks.

#![forbid(unsafe_code)]

pub mod clock;
pub mod config;
pub mod control;
pub mod crash_point;
pub mod definitions;
pub mod distinct_keys;
pub mod evaluation;
pub mod explanation;
pub mod health;
pub mod http;
pub mod json_pointer;
pub mod metrics;
pub mod rule_cost;
pub mod rule_report;
pub mod rules;
pub mod schema;
pub mod schema_file;
pub mod scope;
pub mod shutdown;
pub mod telemetry;
pub mod wire;
