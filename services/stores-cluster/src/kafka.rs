//! Log, journal and ownership on Kafka.
//!
//! | file | holds |
//! |---|---|
//! | `connection` | where the cluster is, and the settings that all clients share |
//! | `inquiry` | partitions and ends, asked of the brokers |
//! | `fault` | what Kafka's errors mean to whoever calls a port |
//! | `topics` | the platform's topics: their making and their check |
//! | `log`, `log_reader` | the port of the log |
//! | `group`, `group/members` | which partitions this process owns |
//! | `journal` | the port of the journal: a commit is one transaction |
//! | `journal/transactions` | the producer of a partition's transactions |
//! | `journal/ends`, `journal/unended` | whether transactions have ended everywhere, and what is done where one has not |
//! | `journal/changelog`, `journal/gathered` | the changelog's records, written and read again |
//! | `journal/local`, `journal/catch_up` | the local store, and how it comes to the last commit |

mod connection;
mod fault;
mod group;
mod inquiry;
mod journal;
mod log;
mod log_reader;
pub mod topics;

pub use self::connection::Connection;
pub use self::group::KafkaGroup;
pub use self::journal::KafkaJournal;
pub use self::log::{KafkaLog, LogOptions};
