//! Events over HTTP into the log.

#![forbid(unsafe_code)]
