//! Segments over HTTP.

#![forbid(unsafe_code)]
