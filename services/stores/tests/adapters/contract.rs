//! What every adapter of a port keeps to. Each function takes an empty adapter with 2 partitions.

pub(crate) mod journal;
pub(crate) mod log;
pub(crate) mod view;
