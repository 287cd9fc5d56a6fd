//! The ports to what outlives a process, and their embedded adapters.
//!
//! | port | holds | embedded | at scale |
//! |---|---|---|---|
//! | [`Log`] | records in the order of arrival, stamped | fjall | Kafka |
//! | [`Journal`] | an owner's state; one write set commits as a whole | fjall | Kafka's changelog |
//! | [`View`] | what others ask of users | fjall | Aerospike, or the owners of all processes |
//! | [`ViewStore`] | the same where it is written; may lose everything | fjall | Aerospike |
//! | [`Catalog`] | segments, the schema and their outbox | SQLite | PostgreSQL |
//! | [`Campaigns`] | campaigns and how far their runs have come | SQLite | PostgreSQL |
//! | [`ApiKeys`] | who may call, and how far | SQLite | PostgreSQL |
//! | [`RateLimits`] | how often callers called | memory | Aerospike |
//! | [`Sessions`] | users' sessions, while they go on | memory | Aerospike |
//! | [`RuleCache`] | the rules in force, for other programs | – | Aerospike |
//! | [`Ownership`] | which partitions this process is to own | all of them | Kafka's consumer group |
//! | [`Owners`] | what only the owner of a user's partition can answer | in process | HTTP |
//! | [`Peer`] | the same of one process's owners, and their share of the view | in process | HTTP |
//! | [`Directory`] | where the owner of each partition is asked | – | PostgreSQL |
//! | [`Leases`] | which of several processes does what one alone should do | this one | PostgreSQL |
//!
//! Of those at scale, PostgreSQL is there with the feature `postgres`; its statements are those of
//! SQLite (`src/sql/adapter.rs`). Kafka's are in a crate of their own, so that a build without them is
//! quick.
//!
//! A service names ports only; which adapter stands behind one is decided where the process is put
//! together.

#![forbid(unsafe_code)]

mod builds;
mod campaigns;
pub mod catalog;
mod counters;
mod directory;
pub mod embedded;
mod error;
mod fact;
mod journal;
mod keys;
mod leases;
mod log;
mod owners;
mod ownership;
mod partition;
#[cfg(feature = "postgres")]
mod postgres;
mod rate_limits;
mod rule_cache;
mod sessions;
mod sqlite;
mod traces;
mod view;

pub use builds::{BuildProgress, BuildReports};
pub use campaigns::{
    Campaign, CampaignRun, CampaignStatus, Campaigns, RunEdit, RunProgress, RunStatus,
};
pub use catalog::Catalog;
pub use counters::{Counted, Counter};
pub use directory::Directory;
pub use error::StoreError;
pub use fact::{NewFact, append_fact, check_user_id};
pub use journal::{Entry, Journal, PartitionJournal, Space, StateReader, WriteSet};
pub use keys::{ApiKey, ApiKeys, KEYS_MAX, KeyRing, StoredKey};
pub use leases::{EveryLease, Lease, Leases};
pub use log::{Headers, Log, LogReader, NewRecord, Record, Topic, headers};
pub use owners::{
    BuildUsers, Elsewhere, Owners, OwnersError, PartitionProgress, Peer, Preview, PreviewRequest,
    Question, Reply,
};
pub use ownership::{EveryPartition, Ownership};
pub use partition::partition_of;
#[cfg(feature = "postgres")]
pub use postgres::{PostgresCatalog, PostgresOptions};
pub use rate_limits::{MemoryRateLimits, RateLimits, Window};
pub use rule_cache::{CachedRule, RuleCache};
pub use sessions::{Access, MemorySessions, Session, Sessions};
pub use sqlite::{CATALOG_FILE, SqliteCatalog};
pub use traces::{Destination, append_traced, trace_header};
pub use view::{Holding, Member, UserView, View, ViewMembership, ViewStore};
