//! The routes and the scheduler over real stores.

mod campaigns;
mod failures;
mod sending;
mod support;
