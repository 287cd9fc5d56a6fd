//! The log to memberships.

#![forbid(unsafe_code)]
