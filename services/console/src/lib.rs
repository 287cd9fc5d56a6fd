//! The web console.

#![forbid(unsafe_code)]
