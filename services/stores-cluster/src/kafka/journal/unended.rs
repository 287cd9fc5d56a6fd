//! What is done where a transaction that is decided has not ended.
//!
//! Brokers of some versions (Kafka 4.3.1 and 4.4.0 among them) take a partition that has no leader
//! at the moment for one that was deleted: the coordinator then leaves out the marker that ends a
//! transaction there, and holds it to be complete. So when brokers are killed together, or a lone
//! one is, what was committed just before stays open: readers wait before it for ever, and the next
//! transaction's marker would decide it anew.
//!
//! The coordinator's own topic tells what was decided, and where. With the id of the same owner a
//! second transaction of those partitions, and without records, is decided alike: its markers are
//! those that were missing.

mod decided;
#[cfg(test)]
mod tests;
mod wire;

use std::time::Duration;

use stores::StoreError;

use self::decided::Decided;
use crate::kafka::connection::Connection;
use crate::kafka::inquiry::Inquiry;

/// Ends once more the last transaction of an id that was decided, where it had written to. Whoever
/// has the id is fenced.
pub(super) fn end(
    connection: &Connection,
    inquiry: &Inquiry,
    id: &str,
    group: &str,
    timeout: Duration,
) -> Result<(), StoreError> {
    let Some(decided) = Decided::last_of(connection, inquiry, id)? else {
        return Err(StoreError::Unavailable(format!(
            "Kafka: what became of the last transaction of `{id}` is not known"
        )));
    };
    wire::end(connection, id, group, &decided, timeout)?;
    let is_commit = decided.is_commit;
    tracing::warn!(id, is_commit, "a transaction that had no end was ended");
    Ok(())
}
