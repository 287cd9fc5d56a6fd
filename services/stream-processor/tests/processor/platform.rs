//! The embedded stores with a processor on them, and a clock that the test sets.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use kit::control::{Control, DefinitionChange, DefinitionRecord, Phase, SegmentVersion};
use kit::shutdown::Shutdown;
use kit::telemetry::Tracer;
use serde_json::{Value as Json, json};
use stores::embedded::{self, Clock, Store};
use stores::{
    BuildProgress, BuildReports, Headers, Log, LogReader, NewRecord, Owners, Ownership, Record,
    StoreError, Topic, UserView, ViewStore, partition_of,
};
use stream_processor::{Handle, Options, Parts, Processor};
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;

pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const BEGIN: i64 = 1_700_000_000_000;
pub(crate) const PARTITIONS: u32 = 2;

#[derive(Debug)]
struct TestClock(Arc<AtomicI64>);

impl Clock for TestClock {
    fn now(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Debug)]
struct Reports(UnboundedSender<Told>);

/// A definition, a partition, and why its owner cannot build it, where it cannot.
type Told = (String, u32, Option<String>);

#[async_trait]
impl BuildReports for Reports {
    async fn report(
        &self,
        id: &str,
        partition: u32,
        progress: BuildProgress,
    ) -> Result<(), StoreError> {
        if progress.is_ready || progress.failure.is_some() {
            let _ = self.0.send((id.to_owned(), partition, progress.failure));
        }
        Ok(())
    }
}

/// The partitions of one processor, as the test gives and takes them.
#[derive(Debug)]
pub(crate) struct Share {
    assigned: watch::Sender<BTreeSet<u32>>,
    /// Those assigned, and those that were and are not released yet.
    held: watch::Sender<BTreeSet<u32>>,
}

impl Share {
    fn new(partitions: impl IntoIterator<Item = u32>) -> Self {
        let partitions: BTreeSet<u32> = partitions.into_iter().collect();
        Self {
            assigned: watch::Sender::new(partitions.clone()),
            held: watch::Sender::new(partitions),
        }
    }

    pub(crate) fn give(&self, partition: u32) {
        self.held.send_if_modified(|held| held.insert(partition));
        self.assigned.send_if_modified(|all| all.insert(partition));
    }

    /// Returns when its owner has ended.
    pub(crate) async fn take(&self, partition: u32) {
        self.assigned.send_if_modified(|all| all.remove(&partition));
        let mut held = self.held.subscribe();
        let is_released = held.wait_for(|held| !held.contains(&partition));
        assert!(is_released.await.is_ok());
    }
}

impl Ownership for Share {
    fn assigned(&self) -> watch::Receiver<BTreeSet<u32>> {
        self.assigned.subscribe()
    }

    fn released(&self, partition: u32) {
        if !self.assigned.borrow().contains(&partition) {
            self.held.send_if_modified(|held| held.remove(&partition));
        }
    }
}

/// A processor beside that of the platform, on the same stores.
pub(crate) struct Another {
    pub(crate) handle: Handle,
    pub(crate) share: Arc<Share>,
}

pub(crate) struct Platform {
    pub(crate) share: Arc<Share>,
    parts: Parts,
    options: Options,
    dir: TempDir,
    now: Arc<AtomicI64>,
    store: Store,
    handle: Handle,
    shutdown: Shutdown,
    ready: tokio::sync::Mutex<UnboundedReceiver<Told>>,
    changes: Mutex<Vec<Box<dyn LogReader>>>,
    positions: Vec<u64>,
}

impl Platform {
    pub(crate) fn start() -> Self {
        let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let now = Arc::new(AtomicI64::new(BEGIN));
        Self::open(dir.unwrap(), now, vec![0; 2], None)
    }

    /// The view is that of the same folder if there is no other.
    fn open(
        dir: TempDir,
        now: Arc<AtomicI64>,
        positions: Vec<u64>,
        view: Option<Arc<dyn ViewStore>>,
    ) -> Self {
        let options = embedded::Options {
            partitions: PARTITIONS,
            clock: Arc::new(TestClock(Arc::clone(&now))),
            reserve_bytes: 0,
            ..embedded::Options::default()
        };
        let store = Store::open(dir.path(), options).unwrap();
        let shutdown = Shutdown::new();
        let (sender, ready) = unbounded_channel();
        let options = Options {
            wall: Arc::new(TestClock(Arc::clone(&now))),
            ..Options::default()
        };
        let share = Arc::new(Share::new(0..PARTITIONS));
        let parts = Parts {
            events: store.log(Topic::UserEvents),
            changes: store.log(Topic::UserSegments),
            ownership: Arc::<Share>::clone(&share),
            journal: store.journal(),
            view: view.unwrap_or_else(|| store.view()),
            reports: Arc::new(Reports(sender)),
            tracer: Tracer::default(),
            metrics: kit::metrics::Metrics::new(),
            shutdown: shutdown.clone(),
            runtime: tokio::runtime::Handle::current(),
        };
        let changes = store.log(Topic::UserSegments);
        let readers = (0..PARTITIONS).zip(&positions);
        let readers = readers.map(|(partition, from)| changes.reader(partition, *from).unwrap());
        Self {
            changes: Mutex::new(readers.collect()),
            handle: Processor::start(&options, parts.clone()).unwrap(),
            share,
            parts,
            options,
            ready: tokio::sync::Mutex::new(ready),
            dir,
            now,
            store,
            shutdown,
            positions,
        }
    }

    /// Starts another processor on the same stores, which owns nothing yet.
    pub(crate) fn another(&self) -> Another {
        let share = Arc::new(Share::new([]));
        let parts = Parts {
            ownership: Arc::<Share>::clone(&share),
            tracer: Tracer::default(),
            metrics: kit::metrics::Metrics::new(),
            ..self.parts.clone()
        };
        Another {
            handle: Processor::start(&self.options, parts).unwrap(),
            share,
        }
    }

    pub(crate) fn restart(self) -> Self {
        self.restart_on(None)
    }

    /// Starts again with another view.
    pub(crate) fn restart_on(self, view: Option<Arc<dyn ViewStore>>) -> Self {
        let Self {
            parts,
            dir,
            now,
            store,
            handle,
            shutdown,
            positions,
            changes,
            ..
        } = self;
        shutdown.request();
        handle.join();
        drop((store, changes, parts));
        Self::open(dir, now, positions, view)
    }

    pub(crate) fn stop(self) {
        self.shutdown.request();
        self.handle.join();
    }

    pub(crate) fn wait_until(&self, now: i64) {
        self.now.store(now, Ordering::Relaxed);
    }

    pub(crate) fn owners(&self) -> Arc<dyn Owners> {
        self.handle.owners()
    }

    pub(crate) fn events(&self) -> Arc<dyn Log> {
        self.store.log(Topic::UserEvents)
    }

    /// Records of a key that could not be used.
    pub(crate) fn dead(&self, key: &str) -> Vec<Record> {
        let log = self.store.log(Topic::DeadEvents);
        let partition = partition_of(key, PARTITIONS);
        let (end, mut all) = (log.end(partition).unwrap(), Vec::new());
        let mut reader = log.reader(partition, 0).unwrap();
        while (all.len() as u64) < end {
            all.extend(reader.next(100_000, Duration::from_mins(10)).unwrap());
        }
        all.retain(|letter: &Record| letter.key == key);
        all
    }

    pub(crate) async fn raw(&self, key: &str, value: &[u8]) {
        let record = NewRecord {
            partition: partition_of(key, PARTITIONS),
            key: key.to_owned(),
            value: value.to_vec().into(),
            headers: vec![],
        };
        self.events().append(vec![record]).await.unwrap();
    }

    pub(crate) async fn fact(&self, user: &str, id: &str, event_type: &str, properties: Json) {
        let timestamp = rulelang::time::format_timestamp(self.now.load(Ordering::Relaxed));
        let message = json!({
            "eventId": id, "userId": user, "eventType": event_type, "timestamp": timestamp,
            "properties": properties,
        });
        self.raw(user, message.to_string().as_bytes()).await;
    }

    async fn control(&self, id: &str, phase: Phase) {
        let control = Control::Definition(DefinitionRecord {
            definition_id: id.to_owned(),
            phase,
        });
        let value = serde_json::to_vec(&control).unwrap();
        let records = (0..PARTITIONS).map(|partition| NewRecord {
            partition,
            key: String::new(),
            value: value.clone().into(),
            headers: vec![],
        });
        self.events().append(records.collect()).await.unwrap();
    }

    /// Builds a segment, waits until every owner is ready, and switches.
    pub(crate) async fn define(&self, definition: &str, segment: &str, rule: &str) {
        assert_eq!(self.build(definition, segment, rule).await, None);
        self.control(definition, Phase::Switch).await;
    }

    /// Abandons a definition.
    pub(crate) async fn abandon(&self, definition: &str) {
        self.control(definition, Phase::Abandon).await;
    }

    /// Builds a segment and waits for every owner; why one cannot, where one cannot.
    pub(crate) async fn build(
        &self,
        definition: &str,
        segment: &str,
        rule: &str,
    ) -> Option<String> {
        let change = DefinitionChange {
            segments: vec![SegmentVersion {
                id: segment.to_owned(),
                name: segment.to_owned(),
                version: 1,
                rules: json!({ "expression": rule }),
            }],
            removed: vec![],
            schema: json!({}),
        };
        self.control(definition, Phase::Build(change)).await;
        let mut ready = self.ready.lock().await;
        let mut missing: Vec<u32> = (0..PARTITIONS).collect();
        let mut failure = None;
        while !missing.is_empty() {
            let (id, partition, reason) = ready.recv().await.unwrap();
            if id == definition {
                missing.retain(|other| *other != partition);
                failure = failure.or(reason);
            }
        }
        failure
    }

    /// The next change of anybody, its headers beside it.
    pub(crate) fn change(&self) -> Json {
        for _ in 0..3_000 {
            for reader in self.changes.lock().unwrap().iter_mut() {
                // One at a time, so that none is lost.
                let found = reader.next(1, Duration::from_millis(5)).unwrap();
                if let Some(record) = found.first() {
                    assert_eq!(found.len(), 1);
                    return told(&record.value, &record.headers);
                }
            }
        }
        panic!("no change came");
    }

    /// A user's view as soon as it is as wanted.
    pub(crate) async fn view_of(
        &self,
        user: &str,
        is_wanted: impl Fn(&UserView) -> bool,
    ) -> UserView {
        let view = &self.parts.view;
        let mut last = None;
        for _ in 0..3_000 {
            last = view.user(user).await.unwrap();
            match last {
                Some(found) if is_wanted(&found) => return found,
                _ => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
        panic!("the view of {user} is {last:?}");
    }

    /// Waits until a partition is marked in a view as one of which everything is there.
    pub(crate) async fn marked(&self, view: &dyn ViewStore, partition: u32) {
        for _ in 0..3_000 {
            if view.holding(partition).await.unwrap().mark.is_some() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("partition {partition} is not marked");
    }

    /// Waits until the view says that a segment has that many members.
    pub(crate) async fn count_of(&self, segment: &str, wanted: u64) {
        let view = &self.parts.view;
        let mut counts = view.counts().await.unwrap();
        for _ in 0..3_000 {
            if counts.get(segment) == Some(&wanted) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
            counts = view.counts().await.unwrap();
        }
        panic!("sizes are {counts:?}");
    }
}

/// A change with its headers beside it.
pub(crate) fn told(value: &[u8], headers: &Headers) -> Json {
    let line = kit::wire::change_line(value, headers).unwrap();
    serde_json::from_slice(&line).unwrap()
}
