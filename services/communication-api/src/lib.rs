//! Campaigns over HTTP.

#![forbid(unsafe_code)]
