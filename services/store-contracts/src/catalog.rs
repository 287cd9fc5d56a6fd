//! What every catalog keeps to. Each function takes an empty one.

use kit::control::{DefinitionChange, SegmentVersion};
use serde_json::json;
use stores::StoreError;
use stores::catalog::{
    Catalog, Dependent, Edit, KnownType, Publication, Segment, SegmentEdit, Status, StoredAnswer,
    Use, Version,
};

/// Every function of this suite, handed to a macro that makes tests of their names.
#[macro_export]
macro_rules! catalog_suite {
    ($tests:ident) => {
        $tests! {
            an_edit_based_on_what_changed_meanwhile_is_refused_whole
            the_first_published_rule_fixes_a_type_until_its_last_user_is_gone
            references_and_users_of_traits_follow_the_published_rules
            a_deleted_segment_is_not_listed_and_its_id_may_return_with_a_later_version
            an_answer_is_kept_for_a_day
            what_is_published_is_read_as_it_was_written
            ids_are_listed_by_their_bytes
            documents_come_back_as_they_were
            long_rules_are_kept_and_found
        }
    };
}

pub fn segment(id: &str, version: u32) -> Segment {
    Segment {
        id: id.to_owned(),
        name: format!("Name of {id}"),
        description: String::new(),
        segment_type: "DYNAMIC".to_owned(),
        rules: json!({"expression": "a > 1"}),
        expression: "a > 1".to_owned(),
        is_active: true,
        status: Status::Building,
        version,
        newest_version: version,
        failure: None,
        revision: 0,
        created_at: 1,
        updated_at: i64::from(version),
    }
}

fn change(id: &str, version: u32) -> DefinitionChange {
    DefinitionChange {
        segments: vec![SegmentVersion {
            id: id.to_owned(),
            name: format!("Name of {id}"),
            version,
            rules: json!({"expression": "a > 1"}),
        }],
        removed: vec![],
        schema: json!({"fields": {"a": "int"}}),
    }
}

fn typed(event: Option<&str>, name: &str, type_name: &str) -> Use {
    Use::Typed {
        event: event.map(str::to_owned),
        name: name.to_owned(),
        type_name: type_name.to_owned(),
    }
}

/// A publication of a version of a segment.
pub fn published(id: &str, version: u32, replaces: Option<u64>, uses: Vec<Use>) -> Edit {
    let segment = segment(id, version);
    let row = Version {
        version,
        name: segment.name.clone(),
        description: String::new(),
        rules: segment.rules.clone(),
        expression: segment.expression.clone(),
        is_active: true,
        created_at: segment.updated_at,
        published_at: None,
        failure: None,
    };
    Edit {
        based_on: None,
        segment: Some(SegmentEdit {
            replaces,
            segment,
            version: Some(row),
        }),
        uses: [(id.to_owned(), uses)].into(),
        publication: Some(Publication {
            update: Some(json!({"segmentId": id, "version": version})),
            change: Some(change(id, version)),
            created_at: 7,
        }),
        ..Edit::default()
    }
}

fn deleted(id: &str, replaces: u64) -> Edit {
    let mut segment = segment(id, 1);
    segment.status = Status::Deleted;
    Edit {
        segment: Some(SegmentEdit {
            replaces: Some(replaces),
            segment,
            version: None,
        }),
        uses: [(id.to_owned(), vec![])].into(),
        publication: Some(Publication {
            update: None,
            change: Some(DefinitionChange {
                removed: vec![id.to_owned()],
                ..DefinitionChange::default()
            }),
            created_at: 8,
        }),
        ..Edit::default()
    }
}

pub fn is_conflict(result: &Result<(), StoreError>) -> bool {
    matches!(result, Err(StoreError::Conflict(_)))
}

pub async fn an_edit_based_on_what_changed_meanwhile_is_refused_whole(catalog: &dyn Catalog) {
    catalog
        .commit(published("vip", 1, None, vec![]))
        .await
        .unwrap();
    let again = published("vip", 1, None, vec![]);
    assert!(is_conflict(&catalog.commit(again).await));
    let mut stale = published("other", 1, None, vec![]);
    stale.based_on = Some(0);
    assert!(is_conflict(&catalog.commit(stale).await));
    assert_eq!(catalog.segment("other").await.unwrap(), None);
    let wrong = published("vip", 2, Some(9), vec![]);
    assert!(is_conflict(&catalog.commit(wrong).await));
    let right = published("vip", 2, Some(1), vec![]);
    catalog.commit(right).await.unwrap();
    assert_eq!(
        catalog.segment("vip").await.unwrap().unwrap().version,
        2,
        "the edit that knew the newest revision"
    );
}

pub async fn the_first_published_rule_fixes_a_type_until_its_last_user_is_gone(
    catalog: &dyn Catalog,
) {
    let uses = vec![
        typed(None, "age", "int"),
        typed(Some("buy"), "amount", "float"),
    ];
    catalog
        .commit(published("first", 1, None, uses))
        .await
        .unwrap();
    let uses = vec![typed(None, "age", "int")];
    catalog
        .commit(published("second", 1, None, uses))
        .await
        .unwrap();
    let known = |event: Option<&str>, name: &str, type_name: &str, by: &str| KnownType {
        event: event.map(str::to_owned),
        name: name.to_owned(),
        type_name: type_name.to_owned(),
        segment_id: by.to_owned(),
    };
    let amount = known(Some("buy"), "amount", "float", "first");
    let schema = catalog.schema(None).await.unwrap();
    assert_eq!(schema.revision, 2);
    assert_eq!(
        schema.known,
        [known(None, "age", "int", "first"), amount.clone()]
    );
    let others = catalog.schema(Some("first")).await.unwrap();
    assert_eq!(others.known, [known(None, "age", "int", "second")]);
    let others = catalog.schema(Some("second")).await.unwrap();
    assert_eq!(
        others.known,
        [known(None, "age", "int", "first"), amount.clone()]
    );
    catalog.commit(deleted("first", 1)).await.unwrap();
    let schema = catalog.schema(None).await.unwrap();
    assert_eq!(schema.known, [known(None, "age", "int", "second")]);
    catalog.commit(deleted("second", 1)).await.unwrap();
    assert_eq!(catalog.schema(None).await.unwrap().known, []);
}

pub async fn references_and_users_of_traits_follow_the_published_rules(catalog: &dyn Catalog) {
    catalog
        .commit(published("base", 1, None, vec![]))
        .await
        .unwrap();
    let uses = vec![
        Use::Segment("base".to_owned()),
        Use::Trait("totalSpent".to_owned()),
    ];
    catalog
        .commit(published("top", 1, None, uses))
        .await
        .unwrap();
    let top = "top".to_owned();
    assert_eq!(
        catalog.dependents("base").await.unwrap(),
        [Dependent::Segment(top.clone())]
    );
    assert_eq!(catalog.users_of_trait("totalSpent").await.unwrap(), [top]);
    let references = catalog.references().await.unwrap();
    assert_eq!(references["top"], ["base"]);
    catalog
        .commit(published("top", 2, Some(1), vec![]))
        .await
        .unwrap();
    assert_eq!(catalog.dependents("base").await.unwrap(), []);
}

pub async fn a_deleted_segment_is_not_listed_and_its_id_may_return_with_a_later_version(
    catalog: &dyn Catalog,
) {
    for id in ["a", "b", "c"] {
        catalog
            .commit(published(id, 1, None, vec![]))
            .await
            .unwrap();
    }
    catalog.commit(deleted("b", 1)).await.unwrap();
    let ids = |segments: Vec<Segment>| -> Vec<String> {
        segments.into_iter().map(|segment| segment.id).collect()
    };
    assert_eq!(ids(catalog.segments(None, 10).await.unwrap()), ["a", "c"]);
    assert_eq!(ids(catalog.segments(Some("a"), 10).await.unwrap()), ["c"]);
    assert_eq!(ids(catalog.segments(None, 1).await.unwrap()), ["a"]);
    assert_eq!(catalog.published().await.unwrap().len(), 2);
    let gone = catalog.segment("b").await.unwrap().unwrap();
    assert_eq!((gone.status, gone.revision), (Status::Deleted, 2));
    catalog
        .commit(published("b", 2, None, vec![]))
        .await
        .unwrap();
    let back = catalog.segment("b").await.unwrap().unwrap();
    assert_eq!((back.status, back.revision), (Status::Building, 3));
}

pub async fn an_answer_is_kept_for_a_day(catalog: &dyn Catalog) {
    let answer = StoredAnswer {
        key: "POST /api/segments k".to_owned(),
        request_hash: "h".to_owned(),
        status: 201,
        body: json!({"id": "vip"}),
        created_at: 1_000,
    };
    let edit = Edit {
        answer: Some(answer.clone()),
        ..Edit::default()
    };
    catalog.commit(edit.clone()).await.unwrap();
    let day = 24 * 3_600_000;
    let found = catalog.answer(&answer.key, 1_000 + day - 1).await.unwrap();
    assert_eq!(found, Some(answer.clone()));
    assert_eq!(
        catalog.answer(&answer.key, 1_000 + day).await.unwrap(),
        None
    );
    assert!(
        is_conflict(&catalog.commit(edit).await),
        "the key is in use"
    );
}

pub async fn what_is_published_is_read_as_it_was_written(catalog: &dyn Catalog) {
    let edit = published("vip", 1, None, vec![]);
    catalog.commit(edit.clone()).await.unwrap();
    let written = edit.segment.unwrap();
    let read = catalog.segment("vip").await.unwrap().unwrap();
    let expected = Segment {
        revision: 1,
        ..written.segment
    };
    assert_eq!(read, expected);
    assert_eq!(catalog.revision().await.unwrap(), 1);
    assert_eq!(catalog.segment_count().await.unwrap(), 1);
    let versions = catalog.versions("vip", None, 10).await.unwrap();
    let version = Version {
        published_at: Some(1),
        ..written.version.unwrap()
    };
    assert_eq!(versions, [version]);
    assert_eq!(catalog.versions("vip", Some(1), 10).await.unwrap(), []);
    assert_eq!(catalog.segment("nobody").await.unwrap(), None);
}

pub async fn ids_are_listed_by_their_bytes(catalog: &dyn Catalog) {
    let ascending = ["-", "0", "_", "a", "a-b", "a0", "a_b", "aa", "ab"];
    for id in ascending.iter().rev() {
        let edit = published(id, 1, None, vec![]);
        catalog.commit(edit).await.unwrap();
    }
    let listed = catalog.segments(None, 99).await.unwrap();
    let ids: Vec<&str> = listed.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ascending);
    let page = catalog.segments(Some("a-b"), 2).await.unwrap();
    let ids: Vec<&str> = page.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["a0", "a_b"]);
}

/// What a rule's JSON may hold and a database may be tempted to make simpler.
pub async fn documents_come_back_as_they_were(catalog: &dyn Catalog) {
    let rules = json!({
        "b": [1, 1.0, 1e16, 1.234_567_890_123_456_8e17, 1e300, f64::MAX, 5e-324, u64::MAX, i64::MIN],
        "a": {"text": "1e5 \u{fffd} \u{1f600} \"q\" \\u0000", "none": null, "": [[], {}]},
    });
    let mut edit = published("vip", 1, None, vec![]);
    edit.declared = Some(rules.clone());
    let written = edit.segment.as_mut().unwrap();
    written.segment.rules = rules.clone();
    written.version.as_mut().unwrap().rules = rules.clone();
    let mut told = change("vip", 1);
    told.segments[0].rules = rules.clone();
    edit.publication.as_mut().unwrap().change = Some(told.clone());
    catalog.commit(edit).await.unwrap();
    let segment = catalog.segment("vip").await.unwrap().unwrap();
    assert_eq!(segment.rules, rules);
    assert_eq!(catalog.published().await.unwrap()[0].rules, rules);
    let versions = catalog.versions("vip", None, 1).await.unwrap();
    assert_eq!(versions[0].rules, rules);
    assert_eq!(catalog.schema(None).await.unwrap().declared, rules);
    let definition = catalog.next_definition(1).await.unwrap().unwrap();
    assert_eq!(definition.change, Some(told));
}

/// As long as the limits of rules allow.
pub async fn long_rules_are_kept_and_found(catalog: &dyn Catalog) {
    let expression = "a > 1 OR ".repeat(7_000) + "b > 1";
    let mut edit = published("vip", 1, None, vec![]);
    edit.segment
        .as_mut()
        .unwrap()
        .segment
        .expression
        .clone_from(&expression);
    catalog.commit(edit).await.unwrap();
    let found = catalog.lookalikes("Other", &expression).await.unwrap();
    assert_eq!(found.len(), 1);
    assert!(found[0].is_same_rule && !found[0].is_same_name);
    let found = catalog.lookalikes("Name of vip", "a").await.unwrap();
    assert!(found[0].is_same_name && !found[0].is_same_rule);
}
