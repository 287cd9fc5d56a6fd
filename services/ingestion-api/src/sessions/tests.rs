//! What waits, what is dropped, and what a context tells.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use stores::MemorySessions;

use super::*;

const TTL_MS: i64 = 1_800_000;

/// Sessions in memory whose server is away at times.
#[derive(Debug)]
struct Fallible {
    kept: MemorySessions,
    is_away: AtomicBool,
}

#[async_trait]
impl Sessions for Fallible {
    async fn note(&self, accesses: &BTreeMap<String, Access>) -> Result<(), StoreError> {
        if self.is_away.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable("it is away".to_owned()));
        }
        self.kept.note(accesses).await
    }

    async fn session(&self, id: &str) -> Result<Option<Session>, StoreError> {
        self.kept.session(id).await
    }
}

fn kept() -> (Arc<Fallible>, KeptSessions) {
    let store = Arc::new(Fallible {
        kept: MemorySessions::new(Duration::from_millis(TTL_MS as u64)),
        is_away: AtomicBool::new(false),
    });
    let port = Arc::<Fallible>::clone(&store);
    (store, KeptSessions::new(port, TTL_MS, &Metrics::new()))
}

fn access(session_id: &str, user_id: &str, at: i64) -> InSession {
    InSession {
        session_id: session_id.to_owned(),
        access: Access {
            user_id: user_id.to_owned(),
            first_at: at,
            last_at: at,
        },
    }
}

#[test]
fn a_session_is_named_by_a_text_in_the_context() {
    let read = |context| in_session(Some(context), "ann", 5);
    let found = Some(access("s\"1", "ann", 5));
    assert_eq!(
        read(r#"{"ip": "::1", "sessionId": "s\"1", "os": {"name": "x"}}"#),
        found
    );
    assert_eq!(in_session(None, "ann", 5), None);
    let long = format!(r#"{{"sessionId": "{}"}}"#, "x".repeat(ID_BYTES_MAX + 1));
    for other in [
        "{}",
        r#"{"sessionId": ""}"#,
        r#"{"sessionId": null}"#,
        r#"{"sessionId": 7}"#,
        r#"{"os": {"sessionId": "s"}}"#,
        &long,
    ] {
        assert_eq!(read(other), None, "{other}");
    }
}

#[tokio::test]
async fn the_last_access_of_each_session_is_written() {
    let (_, kept) = kept();
    let now = kit::clock::now();
    kept.note(
        vec![access("s", "ann", now - 10), access("s", "bob", now - 20)],
        now,
    );
    kept.note(
        vec![
            access("future", "ann", now + 60_000),
            access("t", "cy", now),
        ],
        now,
    );
    kept.note(vec![access("old", "ann", now - TTL_MS)], now);
    assert_eq!(kept.waiting().len(), 3);
    kept.write_waiting().await.unwrap();
    assert!(kept.waiting().is_empty());
    let last = async |id| {
        kept.session(id)
            .await
            .unwrap()
            .map(|it| (it.user_id, it.created, it.last_access))
    };
    assert_eq!(
        last("s").await,
        Some(("ann".to_owned(), now - 20, now - 10))
    );
    assert_eq!(last("future").await, Some(("ann".to_owned(), now, now)));
    assert_eq!(last("t").await, Some(("cy".to_owned(), now, now)));
    assert_eq!(last("old").await, None);
}

#[tokio::test]
async fn what_is_not_written_waits_and_beyond_the_room_it_is_dropped_and_counted() {
    let (store, kept) = kept();
    let now = kit::clock::now();
    store.is_away.store(true, Ordering::Relaxed);
    kept.note(vec![access("0", "ann", now - 5)], now);
    assert!(kept.write_waiting().await.is_err());
    let many = (0..WAITING_MAX + 7).map(|number| access(&number.to_string(), "ann", now));
    kept.note(many.collect(), now);
    assert_eq!((kept.waiting().len(), kept.dropped.get()), (WAITING_MAX, 7));
    assert!(kept.write_waiting().await.is_err());
    assert_eq!((kept.waiting().len(), kept.dropped.get()), (WAITING_MAX, 7));
    store.is_away.store(false, Ordering::Relaxed);
    kept.write_waiting().await.unwrap();
    let first = kept.session("0").await.unwrap().unwrap();
    assert_eq!((first.created, first.last_access), (now - 5, now));
}

#[tokio::test]
async fn what_waits_when_the_process_ends_is_written() {
    let (_, kept) = kept();
    let (kept, shutdown) = (Arc::new(kept), Shutdown::new());
    let writer = {
        let (kept, shutdown) = (Arc::clone(&kept), shutdown.clone());
        tokio::spawn(async move { kept.write(&shutdown).await })
    };
    let now = kit::clock::now();
    kept.note(vec![access("s", "ann", now)], now);
    shutdown.request();
    writer.await.unwrap();
    assert!(kept.session("s").await.unwrap().is_some());
}
