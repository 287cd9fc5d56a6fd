//! What every adapter of a port keeps to. Each function takes an empty adapter; those of the log, the
//! journal and the view one with 2 partitions.

pub(crate) mod campaigns;
pub(crate) mod catalog;
pub(crate) mod definitions;
pub(crate) mod journal;
pub(crate) mod log;
pub(crate) mod view;
