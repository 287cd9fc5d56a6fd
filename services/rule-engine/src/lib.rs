//! Rules and users over HTTP.

#![forbid(unsafe_code)]
