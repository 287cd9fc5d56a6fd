//! The demo: 69,659 real purchases through a handful of telling segments.
//!
//! The data and the segments are part of the binary; see `data/README.md`.

mod growth;
mod people;
mod purchases;
mod shift;

pub(crate) use growth::Growth;
pub(crate) use people::Latest;
pub(crate) use purchases::Purchases;
pub(crate) use shift::shift_days;

/// The demo's segments, as `POST /api/segments` takes them.
pub(crate) const SEGMENTS: &str = include_str!("../data/demo-segments.json");
