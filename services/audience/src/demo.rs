//! The demo: 69,659 real purchases through a handful of telling segments, live.
//!
//! The data and the segments are part of the binary; see `data/README.md`.

mod growth;
mod load;
mod people;
mod progress;
mod purchases;
pub(crate) mod report;
mod setup;

pub(crate) use growth::Growth;
pub(crate) use load::load;
pub(crate) use people::Latest;
pub(crate) use progress::DemoProgress;
pub(crate) use purchases::Purchases;
pub(crate) use setup::{ensure_campaign, ensure_segments, wait_until_caught_up};

/// The demo's segments, as `POST /api/segments` takes them.
pub(crate) const SEGMENTS: &str = include_str!("../data/demo-segments.json");
