//! The journal on Kafka: a commit is one transaction, and then a write to the local store.
//!
//! The transaction holds the changes, dead letters, the write set as records of a compacted changelog, and the
//! position as the group's offset. INVARIANT: the local store holds a prefix of the changelog's
//! commits, so what a crash, another owner or an empty disk lacks is read from there, and reads
//! never leave this machine. Each partition's transactions have an id of their own: who opens it
//! fences who had it before, whose commits the brokers then refuse.
//!
//! What Kafka promises less than the embedded journal: in `user-segments` offsets rise but are not
//! contiguous, as the ends of transactions take some; and changes that several owners publish to one
//! partition come in the order of the broker.

mod catch_up;
mod changelog;
mod ends;
mod gathered;
mod local;
mod reports;
#[cfg(test)]
mod tests;
mod transactions;
mod unended;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kit::crash_point::crash_point;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};
use rdkafka::error::KafkaError;
use rdkafka::producer::Producer;
use rdkafka::topic_partition_list::Offset;
use stores::{Journal, NewRecord, PartitionJournal, StateReader, StoreError, Topic, WriteSet};
use uuid::Uuid;

use self::catch_up::{Committed, Source};
use self::changelog::{Mark, PART_BYTES, records_of};
use self::ends::Written;
use self::local::{Local, LocalReader, Place};
use self::transactions::{Failed, Failure, TRANSACTION_TIMEOUT, Transaction, Transactions};
use super::connection::{Connection, Logged};
use super::group::KafkaGroup;
use super::inquiry::Inquiry;
use super::log::{RECORD_BYTES_MAX, bytes};
use super::{fault, topics};

/// Bytes of a key; the local store holds no longer ones.
const KEY_BYTES_MAX: usize = 32 * 1024 - 64;
/// How long to wait for the group's offsets, which only confirm what the changelog says.
const OFFSETS_WAIT_MAX: Duration = Duration::from_secs(10);
/// How long transactions that were ended may take to end in every partition, while brokers answer.
const ENDS_PATIENCE: Duration = Duration::from_secs(3);
/// The same, while they do not.
const ENDS_WAIT_MAX: Duration = Duration::from_secs(30);
/// How long to wait for one answer, and before it is asked again.
const STEP_MAX: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(50);

/// The journal on Kafka.
pub struct KafkaJournal {
    shared: Arc<Shared>,
}

/// What the journals of all partitions share.
struct Shared {
    connection: Connection,
    group: String,
    member: Option<Arc<KafkaGroup>>,
    local: Arc<dyn Journal>,
    partitions: u32,
    events: String,
    changes: String,
    dead: String,
    changelog: String,
    inquiry: Arc<Inquiry>,
    /// What stands for a member where there is none; never joins the group.
    nobody: BaseConsumer<Logged>,
}

impl KafkaJournal {
    /// Opens the journal that a group's owners share. `local` is the journal of this machine, with as
    /// many partitions, which nobody else may write: what is in it follows from the topics. With
    /// `member`, commits also fail once the group has replaced this process; without one, opening a
    /// partition alone decides who owns it. It blocks until a broker answers.
    ///
    /// # Errors
    ///
    /// `Conflict` when a topic is not there or has another number of partitions than `partitions`,
    /// `Unavailable` when no broker answers.
    pub fn open(
        connection: &Connection,
        group: &str,
        member: Option<Arc<KafkaGroup>>,
        local: Arc<dyn Journal>,
        partitions: u32,
    ) -> Result<Self, StoreError> {
        let inquiry = Arc::new(Inquiry::new(connection)?);
        let events = connection.topic(Topic::UserEvents);
        let changes = connection.topic(Topic::UserSegments);
        let dead = connection.topic(Topic::DeadEvents);
        let changelog = connection.changelog();
        for name in [&events, &changes, &dead, &changelog] {
            topics::check_partitions(name, inquiry.partitions_of(name)?, partitions)?;
        }
        let nobody = connection.consumer(group).create_with_context(Logged);
        let nobody = nobody.map_err(|error| fault::refused(&error))?;
        Ok(Self {
            shared: Arc::new(Shared {
                connection: connection.clone(),
                group: group.to_owned(),
                member,
                local,
                partitions,
                events,
                changes,
                dead,
                changelog,
                inquiry,
                nobody,
            }),
        })
    }

    fn check(&self, partition: u32) -> Result<(), StoreError> {
        let (name, partitions) = (&self.shared.events, self.shared.partitions);
        if partition < partitions {
            return Ok(());
        }
        Err(fault::no_partition(name, partition, partitions))
    }
}

impl Journal for KafkaJournal {
    fn open(&self, partition: u32) -> Result<Box<dyn PartitionJournal>, StoreError> {
        self.check(partition)?;
        let shared = &self.shared;
        let mut local = Local::open(&*shared.local, partition)?;
        // INVARIANT: before anything is read. From here on nobody else commits, and whatever was
        // under way has ended.
        let transactions = shared.take_over(partition)?;
        let source = Source {
            connection: &shared.connection,
            inquiry: &shared.inquiry,
            changelog: &shared.changelog,
            partition,
            group: &shared.group,
            committed: shared.committed(partition)?,
        };
        source.catch_up(&mut local)?;
        let identity = local
            .place()
            .map_or_else(|| Uuid::now_v7().as_u128(), |place| place.identity);
        Ok(Box::new(KafkaPartitionJournal {
            shared: Arc::clone(shared),
            partition,
            identity,
            transactions,
            local,
            is_in_doubt: false,
        }))
    }

    fn reader(&self, partition: u32) -> Result<Arc<dyn StateReader>, StoreError> {
        self.check(partition)?;
        let reader = self.shared.local.reader(partition)?;
        Ok(Arc::new(LocalReader(reader)))
    }
}

impl Shared {
    /// Fences whoever had a partition, and holds their last transaction to have ended wherever it
    /// may have written.
    fn take_over(&self, partition: u32) -> Result<Transactions, StoreError> {
        let id = format!("{}-{partition}", self.group);
        let open = || Transactions::open(&self.connection, &self.inquiry, &id);
        let transactions = open()?;
        if self.have_ended(partition)? {
            return Ok(transactions);
        }
        drop(transactions);
        let (connection, inquiry, timeout) = (&self.connection, &self.inquiry, TRANSACTION_TIMEOUT);
        // Where that cannot be, the changelog tells below, and what is open in other partitions may
        // be another owner's.
        if let Err(error) = unended::end(connection, inquiry, &id, &self.group, timeout) {
            tracing::warn!(%error, partition, "a transaction has no end");
        }
        open()
    }

    /// Whether all that is written now by whoever has ended before.
    fn have_ended(&self, partition: u32) -> Result<bool, StoreError> {
        let changes = (0..self.partitions).map(|partition| (&self.changes, partition));
        // Of dead letters an owner writes its own partition alone.
        let own = [(&self.changelog, partition), (&self.dead, partition)];
        let all = own.into_iter().chain(changes);
        let mut written = vec![];
        for (topic, partition) in all {
            let end = self.inquiry.written_end(topic, partition)?;
            written.extend(end.checked_sub(1).map(|offset| Written {
                topic: topic.clone(),
                partition,
                offset,
            }));
        }
        let until = Instant::now() + ENDS_WAIT_MAX;
        ends::have_come(&self.inquiry, &written, ENDS_PATIENCE, until)
    }

    /// What the group knows of a partition's last commit.
    fn committed(&self, partition: u32) -> Result<Option<Committed>, StoreError> {
        let until = Instant::now() + OFFSETS_WAIT_MAX;
        let found = loop {
            match self.ask_offset(partition) {
                // Who keeps the group's offsets may just be changing.
                Err(error) if Instant::now() < until => {
                    tracing::debug!(%error, partition, "the group's offset is asked again");
                    std::thread::sleep(PAUSE);
                }
                Err(error) => {
                    tracing::warn!(%error, partition, "the group's offset is not known");
                    return Ok(None);
                }
                Ok(found) => break found,
            }
        };
        let Some((position, metadata)) = found else {
            return Ok(None);
        };
        let committed = read_metadata(position, &metadata);
        committed.map(Some).ok_or_else(|| {
            StoreError::Conflict(format!(
                "somebody else has set the offset of group `{}` in partition {partition} of {}: \
                 only the journal does; choose another group and a prefix for topics of your own",
                self.group, self.events
            ))
        })
    }

    /// The group's offset in a partition, and what was told with it.
    fn ask_offset(&self, partition: u32) -> Result<Option<(u64, String)>, KafkaError> {
        let mut list = TopicPartitionList::new();
        list.add_partition(&self.events, partition as i32);
        // A client of its own: one that has seen a broker go may wait for it in vain.
        let client = self.connection.consumer(&self.group);
        let client: BaseConsumer<Logged> = client.create_with_context(Logged)?;
        let list = client.committed_offsets(list, STEP_MAX)?;
        let found = list.find_partition(&self.events, partition as i32);
        let Some(found) = found else { return Ok(None) };
        found.error()?;
        Ok(match found.offset() {
            Offset::Offset(position) => Some((position as u64, found.metadata().to_owned())),
            _ => None,
        })
    }

    /// What tells the group of a commit, within the transaction.
    fn offsets(&self, partition: u32, mark: &Mark) -> Result<TopicPartitionList, KafkaError> {
        let mut list = TopicPartitionList::new();
        let offset = Offset::Offset(mark.position as i64);
        list.add_partition_offset(&self.events, partition as i32, offset)?;
        if let Some(mut one) = list.find_partition(&self.events, partition as i32) {
            one.set_metadata(format!("{:032x}-{}", mark.identity, mark.commit));
        }
        Ok(list)
    }

    fn metadata(&self) -> Result<ConsumerGroupMetadata, Failed> {
        let member = self.member.as_ref();
        let metadata =
            member.map_or_else(|| self.nobody.group_metadata(), |member| member.metadata());
        metadata.ok_or_else(|| {
            Failed::Store(StoreError::Unavailable(
                "Kafka: this process is in no group".to_owned(),
            ))
        })
    }
}

/// Reads what [`Shared::offsets`] wrote.
fn read_metadata(position: u64, metadata: &str) -> Option<Committed> {
    let (identity, commit) = metadata.split_once('-')?;
    Some(Committed {
        position,
        commit: commit.parse().ok()?,
        identity: u128::from_str_radix(identity, 16).ok()?,
    })
}

struct KafkaPartitionJournal {
    shared: Arc<Shared>,
    partition: u32,
    identity: u128,
    transactions: Transactions,
    local: Local,
    /// Whether it is not known what is committed, or not all of that is in the local store.
    is_in_doubt: bool,
}

impl KafkaPartitionJournal {
    fn check(&self, set: &WriteSet) -> Result<(), StoreError> {
        if self.is_in_doubt {
            return Err(StoreError::Conflict(
                "an earlier commit failed: the journal must be opened anew".to_owned(),
            ));
        }
        if set.entries.iter().any(|it| it.key.len() > KEY_BYTES_MAX) {
            return Err(StoreError::Conflict(format!(
                "a key is longer than {KEY_BYTES_MAX} bytes"
            )));
        }
        self.check_published(&self.shared.changes, &set.changes)?;
        self.check_published(&self.shared.dead, &set.dead)
    }

    fn check_published(&self, topic: &str, records: &[NewRecord]) -> Result<(), StoreError> {
        let partitions = self.shared.partitions;
        for record in records {
            if record.partition >= partitions {
                return Err(fault::no_partition(topic, record.partition, partitions));
            }
            if bytes(record) > RECORD_BYTES_MAX {
                return Err(fault::too_large(topic, RECORD_BYTES_MAX));
            }
        }
        Ok(())
    }

    /// Whether there is sense in trying an aborted commit again: the group may only have begun to
    /// count anew, which a commit that was under way could not know.
    fn may_retry(&self) -> bool {
        let member = self.shared.member.as_ref();
        member.is_none_or(|member| member.holds(self.partition))
    }
}

impl PartitionJournal for KafkaPartitionJournal {
    fn position(&self) -> u64 {
        self.local.position()
    }

    fn commit(&mut self, set: WriteSet) -> Result<(), StoreError> {
        self.check(&set)?;
        let shared = &self.shared;
        let mark = Mark {
            position: set.position,
            commit: self.local.place().map_or(0, |place| place.commit) + 1,
            identity: self.identity,
            group: shared.group.clone(),
        };
        let long = self.local.long();
        let (mut records, long) = records_of(&set.entries, mark.commit, long, PART_BYTES);
        records.push(mark.record());
        let offsets = |transactions: &Transactions, wait: Duration| {
            let list = shared.offsets(self.partition, &mark)?;
            let metadata = shared.metadata()?;
            let producer = transactions.producer();
            Ok(producer.send_offsets_to_transaction(&list, &metadata, wait)?)
        };
        let transaction = Transaction {
            published: [(&shared.changes, &set.changes), (&shared.dead, &set.dead)],
            changelog: (&shared.changelog, self.partition),
            records: &records,
            offsets: &offsets,
        };
        let committed = self.transactions.commit(&transaction, || self.may_retry());
        let offset = match committed {
            Ok(offset) => offset,
            Err(Failure::Aborted(error)) => return Err(error),
            Err(Failure::Lost(error)) => {
                self.is_in_doubt = true;
                return Err(error);
            }
        };
        crash_point("after-transaction-commit");
        let place = Place {
            offset,
            commit: mark.commit,
            identity: mark.identity,
            stamp: kit::clock::now(),
        };
        let applied = self.local.apply(set.position, place, set.entries, long);
        self.is_in_doubt = applied.is_err();
        applied
    }
}

impl fmt::Debug for KafkaPartitionJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaPartitionJournal")
            .field("partition", &self.partition)
            .field("local", &self.local)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for KafkaJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaJournal")
            .field("group", &self.shared.group)
            .field("changelog", &self.shared.changelog)
            .finish_non_exhaustive()
    }
}
