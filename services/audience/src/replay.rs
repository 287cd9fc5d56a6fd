//! Recorded facts through the engine on a virtual clock: each fact's stamp is its timestamp.
//!
//! A file is read whole and validated before anything runs; its lines may stand in any order.

mod bad_lines;
mod everybody;
mod facts;
mod run;
mod timeline;
mod unheard;

pub(crate) use bad_lines::BadLines;
pub(crate) use everybody::ask_everybody;
pub(crate) use facts::events;
pub(crate) use run::{Observer, Outcome, run};
pub(crate) use timeline::{Source, Timeline};
pub(crate) use unheard::Unheard;
