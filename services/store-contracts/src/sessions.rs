//! What every adapter of sessions keeps to. Each function takes what opens the adapter on one empty
//! store, with the time after which sessions end: each that is opened stands for a process of its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kit::clock::now;
use stores::{Access, Sessions};

/// Every function for any adapter, handed to a macro that makes tests of their names.
#[macro_export]
macro_rules! sessions_suite {
    ($tests:ident) => {
        $tests! {
            a_session_begins_with_its_first_access_and_goes_on_with_others
            an_older_access_changes_nothing
            many_sessions_are_told_of_at_once
            a_session_ends_by_itself
        }
    };
}

/// Every function for an adapter that several processes share.
#[macro_export]
macro_rules! shared_sessions_suite {
    ($tests:ident) => {
        $tests! {
            processes_tell_of_one_session
        }
    };
}

const LONG: Duration = Duration::from_hours(1);

async fn note(sessions: &dyn Sessions, id: &str, user_id: &str, at: i64) {
    let access = Access {
        user_id: user_id.to_owned(),
        first_at: at,
        last_at: at,
    };
    let accesses = BTreeMap::from([(id.to_owned(), access)]);
    sessions.note(&accesses).await.unwrap();
}

/// A session's user, begin and last access.
async fn told(sessions: &dyn Sessions, id: &str) -> Option<(String, i64, i64)> {
    let found = sessions.session(id).await.unwrap()?;
    Some((found.user_id, found.created, found.last_access))
}

fn of(user_id: &str, created: i64, last_access: i64) -> (String, i64, i64) {
    (user_id.to_owned(), created, last_access)
}

/// And one that nobody told of is not there.
pub async fn a_session_begins_with_its_first_access_and_goes_on_with_others(
    open: impl Fn(Duration) -> Arc<dyn Sessions>,
) {
    let (sessions, at) = (open(LONG), now() - 60_000);
    assert_eq!(told(&*sessions, "s").await, None);
    note(&*sessions, "s", "anon:1", at).await;
    assert_eq!(told(&*sessions, "s").await, Some(of("anon:1", at, at)));
    note(&*sessions, "s", "ann", at + 1_234).await;
    let later = Some(of("ann", at, at + 1_234));
    assert_eq!(told(&*sessions, "s").await, later);
    note(&*sessions, "s", "ann", at + 1_234).await;
    assert_eq!(told(&*sessions, "s").await, later);
    assert_eq!(told(&*sessions, "").await, None);
}

pub async fn an_older_access_changes_nothing(open: impl Fn(Duration) -> Arc<dyn Sessions>) {
    let (sessions, at) = (open(LONG), now());
    note(&*sessions, "s", "ann", at).await;
    note(&*sessions, "s", "bob", at - 1).await;
    assert_eq!(told(&*sessions, "s").await, Some(of("ann", at, at)));
}

pub async fn many_sessions_are_told_of_at_once(open: impl Fn(Duration) -> Arc<dyn Sessions>) {
    let (sessions, at) = (open(LONG), now());
    let access = |number: usize| Access {
        user_id: format!("user-{number}"),
        first_at: at - 5,
        last_at: at,
    };
    let accesses = (0..3_000).map(|number| (format!("s/{number}: ü"), access(number)));
    sessions.note(&accesses.collect()).await.unwrap();
    sessions.note(&BTreeMap::new()).await.unwrap();
    for number in [0, 1_500, 2_999] {
        let found = told(&*sessions, &format!("s/{number}: ü")).await;
        assert_eq!(found, Some(of(&format!("user-{number}"), at - 5, at)));
    }
}

/// After its last access, not its first; then it begins anew.
pub async fn a_session_ends_by_itself(open: impl Fn(Duration) -> Arc<dyn Sessions>) {
    const TTL: Duration = Duration::from_secs(2);
    let (sessions, began) = (open(TTL), now());
    note(&*sessions, "s", "ann", began).await;
    tokio::time::sleep(TTL / 2).await;
    let last = now();
    note(&*sessions, "s", "ann", last).await;
    while now() < began + TTL.as_millis() as i64 + 100 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let found = told(&*sessions, "s").await;
    // On a machine that stood still meanwhile it may have ended.
    if now() < last + TTL.as_millis() as i64 {
        assert_eq!(found, Some(of("ann", began, last)));
    }
    let mut looks = 0;
    while told(&*sessions, "s").await.is_some() {
        looks += 1;
        assert!(looks < 200, "it does not end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let again = now();
    note(&*sessions, "s", "bob", again).await;
    assert_eq!(told(&*sessions, "s").await, Some(of("bob", again, again)));
}

pub async fn processes_tell_of_one_session(open: impl Fn(Duration) -> Arc<dyn Sessions>) {
    let (one, two, at) = (open(LONG), open(LONG), now() - 60_000);
    note(&*one, "s", "ann", at).await;
    note(&*two, "s", "ann", at + 7).await;
    note(&*one, "s", "ann", at + 5).await;
    for sessions in [one, two] {
        let found = told(&*sessions, "s").await;
        assert_eq!(found, Some(of("ann", at, at + 7)));
    }
}
