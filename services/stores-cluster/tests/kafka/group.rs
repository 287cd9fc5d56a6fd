//! Members that come and go: one owner a partition, and never two.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use stores::{Journal, Ownership, PartitionJournal, StoreError};
use stores_cluster::kafka::{KafkaGroup, KafkaJournal};

use crate::world::{LONG, World, block_on, commit_up_to, dump, expected, set, store, tempdir};

const PARTITIONS: u32 = 6;

/// Who owns which partition, over all members.
#[derive(Debug, Default)]
struct Owners {
    by_partition: Mutex<BTreeMap<u32, usize>>,
    changed: Condvar,
    was_doubled: AtomicBool,
}

impl Owners {
    fn begin(&self, partition: u32, member: usize) {
        let before = self.by_partition.lock().unwrap().insert(partition, member);
        if before.is_some() {
            self.was_doubled.store(true, Ordering::SeqCst);
        }
        self.changed.notify_all();
    }

    fn end(&self, partition: u32) {
        self.by_partition.lock().unwrap().remove(&partition);
        self.changed.notify_all();
    }

    /// Waits until each of these members owns some, and all together own all.
    fn settle(&self, members: &[usize]) {
        let until = Instant::now() + LONG;
        let mut owners = self.by_partition.lock().unwrap();
        let members: BTreeSet<_> = members.iter().copied().collect();
        let is_settled = |owners: &BTreeMap<u32, usize>| {
            let owning: BTreeSet<_> = owners.values().copied().collect();
            owners.len() == PARTITIONS as usize && owning == members
        };
        while !is_settled(&owners) {
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "not settled: {owners:?}, {members:?}");
            owners = self.changed.wait_timeout(owners, left).unwrap().0;
        }
        drop(owners);
        assert!(
            !self.was_doubled.load(Ordering::SeqCst),
            "owned by two at once"
        );
    }
}

/// A member, and what stands for its owners.
struct Member {
    group: Arc<KafkaGroup>,
    is_leaving: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Member {
    fn join(world: &World, number: usize, owners: &Arc<Owners>) -> Self {
        let group = KafkaGroup::join(&world.connection, &world.group, LONG).unwrap();
        let group = Arc::new(group);
        let is_leaving = Arc::new(AtomicBool::new(false));
        let (followed, leaving) = (Arc::clone(&group), Arc::clone(&is_leaving));
        let owners = Arc::clone(owners);
        let thread = std::thread::spawn(move || follow(&followed, number, &owners, &leaving));
        Self {
            group,
            is_leaving,
            thread,
        }
    }

    fn leave(self) {
        self.is_leaving.store(true, Ordering::SeqCst);
        self.group.leave();
        self.thread.join().unwrap();
    }
}

/// Begins and ends owners as partitions come and go, until the member leaves.
fn follow(group: &KafkaGroup, number: usize, owners: &Owners, is_leaving: &AtomicBool) {
    let mut assigned = group.assigned();
    let mut mine = BTreeSet::new();
    loop {
        let now = assigned.borrow_and_update().clone();
        for gone in mine.difference(&now) {
            owners.end(*gone);
        }
        for partition in (0..PARTITIONS).filter(|partition| !now.contains(partition)) {
            group.released(partition);
        }
        for new in now.difference(&mine) {
            owners.begin(*new, number);
        }
        mine = now;
        if mine.is_empty() && is_leaving.load(Ordering::SeqCst) {
            return;
        }
        block_on(assigned.changed()).unwrap();
    }
}

#[test]
fn members_that_come_and_go_share_the_partitions_and_none_has_two_owners() {
    let Some(world) = World::with_partitions(PARTITIONS) else {
        return;
    };
    let owners = Arc::new(Owners::default());
    let first = Member::join(&world, 1, &owners);
    owners.settle(&[1]);
    let second = Member::join(&world, 2, &owners);
    owners.settle(&[1, 2]);
    let third = Member::join(&world, 3, &owners);
    owners.settle(&[1, 2, 3]);
    first.leave();
    owners.settle(&[2, 3]);
    third.leave();
    owners.settle(&[2]);
    let fourth = Member::join(&world, 4, &owners);
    owners.settle(&[2, 4]);
    second.leave();
    fourth.leave();
    assert!(owners.by_partition.lock().unwrap().is_empty());
}

#[test]
fn an_owner_that_does_not_end_is_given_up_and_fenced() {
    let Some(world) = World::new() else { return };
    let (one, two) = (tempdir(), tempdir());
    let soon = Duration::from_millis(200);
    let old = Arc::new(KafkaGroup::join(&world.connection, &world.group, soon).unwrap());
    wait_for(&old, &[0, 1]);
    let journal = |group: &Arc<KafkaGroup>, dir: &tempfile::TempDir| {
        let (member, local) = (Some(Arc::clone(group)), store(dir.path()).journal());
        KafkaJournal::open(&world.connection, &world.group, member, local, 2).unwrap()
    };
    let older = journal(&old, &one);
    let mut owner = older.open(0).unwrap();
    commit_up_to(&mut *owner, 3);
    assert_eq!(world.committed(0), Some(3));
    // Nobody releases anything: after a moment the group goes on without it.
    old.leave();
    let new = Arc::new(KafkaGroup::join(&world.connection, &world.group, soon).unwrap());
    wait_for(&new, &[0, 1]);
    let newer = journal(&new, &two);
    let mut next = newer.open(0).unwrap();
    assert_eq!(next.position(), 3);
    assert!(owner.commit(set(4)).is_err());
    commit_up_to(&mut *next, 5);
    assert_eq!(dump(&*newer.reader(0).unwrap()), expected(5));
    assert_eq!(world.committed(0), Some(5));
}

#[test]
fn commits_go_on_while_members_come_and_go() {
    let Some(world) = World::new() else { return };
    let dir = tempdir();
    let group = Arc::new(KafkaGroup::join(&world.connection, &world.group, LONG).unwrap());
    wait_for(&group, &[0, 1]);
    let (member, local) = (Some(Arc::clone(&group)), store(dir.path()).journal());
    let journal = KafkaJournal::open(&world.connection, &world.group, member, local, 2).unwrap();
    let mut owned = BTreeMap::new();
    for round in 1..=2 {
        let others = Arc::new(Owners::default());
        let other = Member::join(&world, round, &others);
        // The group counts anew with each member; a commit under way is tried again, not failed.
        commit_until(&group, &journal, &mut owned, || {
            !others.by_partition.lock().unwrap().is_empty()
        });
        other.leave();
        commit_until(&group, &journal, &mut owned, || {
            group.assigned().borrow().len() == 2
        });
    }
    for (partition, owner) in owned {
        assert_eq!(world.committed(partition), Some(owner.position()));
    }
    // What is still assigned is released as the group is left.
    let (leaving, group) = (Arc::clone(&group), group);
    let left = std::thread::spawn(move || leaving.leave());
    let mut assigned = group.assigned();
    block_on(assigned.wait_for(BTreeSet::is_empty)).unwrap();
    for partition in 0..2 {
        group.released(partition);
    }
    left.join().unwrap();
}

/// Commits to all partitions that are assigned until something has happened, and a little longer.
fn commit_until(
    group: &KafkaGroup,
    journal: &KafkaJournal,
    owned: &mut BTreeMap<u32, Box<dyn PartitionJournal>>,
    has_happened: impl Fn() -> bool,
) {
    let until = Instant::now() + LONG;
    let mut left = 10;
    while left > 0 {
        assert!(Instant::now() < until, "it does not happen");
        left -= u32::from(has_happened());
        let now = group.assigned().borrow().clone();
        owned.retain(|partition, _| now.contains(partition));
        for partition in (0..2).filter(|partition| !now.contains(partition)) {
            group.released(partition);
        }
        for partition in now {
            let owner = owned
                .entry(partition)
                .or_insert_with(|| journal.open(partition).unwrap());
            let next = owner.position() + 1;
            match owner.commit(set(next)) {
                Ok(()) => {}
                // It went to another member since this one looked.
                Err(StoreError::Unavailable(_)) => drop(owned.remove(&partition)),
                Err(error) => assert_eq!(error.to_string(), "", "no other is expected"),
            }
        }
    }
}

fn wait_for(group: &KafkaGroup, partitions: &[u32]) {
    let mut assigned = group.assigned();
    let wanted: BTreeSet<_> = partitions.iter().copied().collect();
    let found = assigned.wait_for(|now| *now == wanted);
    block_on(async { tokio::time::timeout(LONG, found).await.unwrap().unwrap() });
}
