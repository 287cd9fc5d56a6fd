//! Foreign events into a running platform: read from a file, made facts by a mapping, sent through
//! ingestion in batches, each noted when it was accepted, so that a run that ends early goes on there.

mod lines;
mod mapping;
mod rejects;
mod resume;
mod run;
mod sender;
mod source;

pub(crate) use mapping::Mapping;
pub(crate) use resume::Counts;
pub(crate) use run::{Import, run};
