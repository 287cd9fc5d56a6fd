//! What every store of API keys keeps to. Each function takes an empty one.

use kit::scope::{Scope, Scopes};
use stores::{ApiKeys, KEYS_MAX, StoreError, StoredKey};

/// Every function of this suite, handed to a macro that makes tests of their names.
#[macro_export]
macro_rules! keys_suite {
    ($tests:ident) => {
        $tests! {
            a_key_is_read_as_it_was_kept_and_its_id_is_its_own
            what_has_expired_or_was_revoked_is_no_good
            a_revocation_stays_as_it_was
            the_use_of_keys_is_noted_and_never_goes_back
            keys_are_listed_newest_first_and_revoked_ones_last
            there_is_a_bound_to_the_keys_that_are_good
        }
    };
}

/// A key of that id, made then.
pub fn key(id: &str, created_at: i64) -> StoredKey {
    StoredKey {
        id: id.to_owned(),
        name: format!("Name of {id}"),
        hash: std::array::from_fn(|place| place as u8 ^ 0xa5),
        scopes: Scopes::from_iter([Scope::EventsWrite, Scope::ProfilesRead]),
        created_at,
        expires_at: None,
        last_used_at: None,
        revoked_at: None,
    }
}

fn ids(keys: &[StoredKey]) -> Vec<&str> {
    keys.iter().map(|key| key.id.as_str()).collect()
}

async fn good(keys: &dyn ApiKeys, now: i64) -> Vec<String> {
    let good = keys.good_keys(now).await.unwrap();
    let mut ids: Vec<String> = good.into_iter().map(|key| key.id).collect();
    ids.sort();
    ids
}

pub async fn a_key_is_read_as_it_was_kept_and_its_id_is_its_own(keys: &dyn ApiKeys) {
    let whole = StoredKey {
        name: "é 'quoted' \\".to_owned(),
        expires_at: Some(90),
        last_used_at: Some(-7),
        ..key("a", 5)
    };
    keys.add_key(&whole).await.unwrap();
    let kept = std::slice::from_ref(&whole);
    assert_eq!(keys.good_keys(6).await.unwrap(), kept);
    let taken = keys.add_key(&key("a", 6)).await;
    assert!(matches!(taken, Err(StoreError::Conflict(_))), "{taken:?}");
    assert_eq!(keys.keys(9).await.unwrap(), kept);
}

pub async fn what_has_expired_or_was_revoked_is_no_good(keys: &dyn ApiKeys) {
    let ending = StoredKey {
        expires_at: Some(20),
        ..key("ending", 1)
    };
    for kept in [&ending, &key("lasting", 1), &key("revoked", 1)] {
        keys.add_key(kept).await.unwrap();
    }
    let revoked = keys.revoke_key("revoked", 10).await.unwrap().unwrap();
    assert_eq!(revoked.revoked_at, Some(10));
    assert_eq!(good(keys, 19).await, ["ending", "lasting"]);
    assert_eq!(good(keys, 20).await, ["lasting"]);
    assert!(ending.is_good(19) && !ending.is_good(20) && !revoked.is_good(1));
    assert_eq!(keys.keys(9).await.unwrap().len(), 3);
}

pub async fn a_revocation_stays_as_it_was(keys: &dyn ApiKeys) {
    keys.add_key(&key("a", 1)).await.unwrap();
    for now in [10, 20] {
        let revoked = keys.revoke_key("a", now).await.unwrap().unwrap();
        assert_eq!(revoked.revoked_at, Some(10));
    }
    assert_eq!(keys.revoke_key("nobody", 10).await.unwrap(), None);
}

pub async fn the_use_of_keys_is_noted_and_never_goes_back(keys: &dyn ApiKeys) {
    for id in ["a", "b", "c"] {
        keys.add_key(&key(id, 1)).await.unwrap();
    }
    let note = async |ids: &[&str], at| {
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        keys.note_used(&ids, at).await.unwrap();
    };
    note(&["a", "b", "nobody"], 10).await;
    note(&["b"], 5).await;
    note(&["a"], 15).await;
    note(&[], 20).await;
    let mut used = keys.keys(9).await.unwrap();
    used.sort_by(|a, b| a.id.cmp(&b.id));
    let used: Vec<Option<i64>> = used.iter().map(|key| key.last_used_at).collect();
    assert_eq!(used, [Some(15), Some(10), None]);
}

pub async fn keys_are_listed_newest_first_and_revoked_ones_last(keys: &dyn ApiKeys) {
    for (id, created_at) in [("old", 1), ("new", 3), ("gone", 4), ("middle", 2)] {
        keys.add_key(&key(id, created_at)).await.unwrap();
    }
    keys.revoke_key("gone", 5).await.unwrap();
    let all = keys.keys(9).await.unwrap();
    assert_eq!(ids(&all), ["new", "middle", "old", "gone"]);
    assert_eq!(ids(&keys.keys(2).await.unwrap()), ["new", "middle"]);
}

pub async fn there_is_a_bound_to_the_keys_that_are_good(keys: &dyn ApiKeys) {
    for number in 0..KEYS_MAX {
        keys.add_key(&key(&format!("k-{number}"), 1)).await.unwrap();
    }
    let refused = keys.add_key(&key("more", 1)).await.unwrap_err();
    assert!(matches!(refused, StoreError::Conflict(_)), "{refused}");
    keys.revoke_key("k-7", 2).await.unwrap();
    keys.add_key(&key("more", 3)).await.unwrap();
    assert_eq!(keys.good_keys(4).await.unwrap().len(), KEYS_MAX);
}
