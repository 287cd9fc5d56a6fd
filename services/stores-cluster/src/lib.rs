//! The adapters of the ports in `stores` that stand on the servers of a cluster.
//!
//! | module | ports | on |
//! |---|---|---|
//! | [`kafka`] | `Log`, `Journal`, `Ownership`, and the topics | Kafka |
//! | [`aerospike`] | `View`, `ViewStore` | Aerospike |
//! | [`peers`] | `Owners`, `Peer`, and the view of all processes | HTTP between the processes |
//!
//! A crate of its own, so that whoever needs no cluster does not build its clients.

#![forbid(unsafe_code)]

pub mod aerospike;
pub mod kafka;
pub mod peers;
