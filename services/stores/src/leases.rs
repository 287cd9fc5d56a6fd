//! The port of leases: which of several processes does what one alone should do.
//!
//! A lease is a matter of time. A process that is stopped in the middle of what it does, for longer
//! than its lease, may still do it after another has begun; so what stands on a lease is such that it
//! may be repeated.

mod lease;

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

pub use lease::Lease;

use crate::StoreError;

/// Leases, by name.
#[async_trait]
pub trait Leases: Debug + Send + Sync {
    /// Takes or renews a lease for so long from now; whether `holder` has it. Another's is not taken
    /// before it has run out.
    async fn hold(&self, name: &str, holder: &str, time: Duration) -> Result<bool, StoreError>;

    /// Gives a lease back, if `holder` has it.
    async fn release(&self, name: &str, holder: &str) -> Result<(), StoreError>;
}

/// Every lease, for ever: for a process that has its stores to itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct EveryLease;

#[async_trait]
impl Leases for EveryLease {
    async fn hold(&self, _name: &str, _holder: &str, _time: Duration) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn release(&self, _name: &str, _holder: &str) -> Result<(), StoreError> {
        Ok(())
    }
}
