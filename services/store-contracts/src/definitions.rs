//! What every catalog keeps to on a definition's way from the outbox into force. Each function takes an
//! empty one.

use stores::BuildProgress;
use stores::catalog::{Catalog, Edit, OpenDefinition, Segment, SegmentEdit, Status};

use super::catalog::{is_conflict, published};

/// Every function of this suite, handed to a macro that makes tests of their names.
#[macro_export]
macro_rules! definitions_suite {
    ($tests:ident) => {
        $tests! {
            saves_that_wait_join_into_one_definition_but_two_of_one_segment_do_not
            an_edit_by_somebody_who_saw_the_build_does_not_undo_its_end
            progress_is_the_last_report_of_each_partition_of_an_open_definition
            a_split_definition_is_built_in_parts_and_a_failed_one_tells_why
        }
    };
}

pub async fn saves_that_wait_join_into_one_definition_but_two_of_one_segment_do_not(
    catalog: &dyn Catalog,
) {
    for (id, version, replaces) in [("a", 1, None), ("b", 1, None), ("a", 2, Some(1))] {
        catalog
            .commit(published(id, version, replaces, vec![]))
            .await
            .unwrap();
    }
    let first = catalog.next_definition(10).await.unwrap().unwrap();
    assert_eq!(first.updates.len(), 2);
    let about = |definition: &OpenDefinition| -> Vec<(String, u32)> {
        let segments = definition.change.iter().flat_map(|change| &change.segments);
        segments
            .map(|segment| (segment.id.clone(), segment.version))
            .collect()
    };
    assert_eq!(about(&first), [("a".to_owned(), 1), ("b".to_owned(), 1)]);
    assert_eq!(
        catalog.next_definition(11).await.unwrap(),
        Some(first.clone()),
        "one at a time"
    );
    catalog
        .finish_definition(&first.definition_id, 12)
        .await
        .unwrap();
    assert!(is_conflict(
        &catalog.finish_definition(&first.definition_id, 12).await
    ));
    let status = |segment: Option<Segment>| segment.unwrap().status;
    assert_eq!(status(catalog.segment("b").await.unwrap()), Status::Active);
    assert_eq!(
        status(catalog.segment("a").await.unwrap()),
        Status::Building,
        "its second version still waits"
    );
    let second = catalog.next_definition(13).await.unwrap().unwrap();
    assert_eq!(about(&second), [("a".to_owned(), 2)]);
    catalog
        .finish_definition(&second.definition_id, 14)
        .await
        .unwrap();
    assert_eq!(catalog.next_definition(15).await.unwrap(), None);
    assert_eq!(catalog.open_definition().await.unwrap(), None);
}

pub async fn an_edit_by_somebody_who_saw_the_build_does_not_undo_its_end(catalog: &dyn Catalog) {
    catalog
        .commit(published("a", 1, None, vec![]))
        .await
        .unwrap();
    let seen = catalog.segment("a").await.unwrap().unwrap();
    let definition = catalog.next_definition(10).await.unwrap().unwrap();
    catalog
        .finish_definition(&definition.definition_id, 11)
        .await
        .unwrap();
    let draft = Edit {
        segment: Some(SegmentEdit {
            replaces: Some(seen.revision),
            segment: Segment {
                newest_version: 2,
                failure: None,
                ..seen
            },
            version: None,
        }),
        ..Edit::default()
    };
    catalog.commit(draft).await.unwrap();
    let segment = catalog.segment("a").await.unwrap().unwrap();
    assert_eq!(
        (segment.status, segment.newest_version),
        (Status::Active, 2)
    );
}

pub async fn progress_is_the_last_report_of_each_partition_of_an_open_definition(
    catalog: &dyn Catalog,
) {
    catalog
        .commit(published("a", 1, None, vec![]))
        .await
        .unwrap();
    let definition = catalog.next_definition(10).await.unwrap().unwrap();
    let id = definition.definition_id.as_str();
    let mut wakeups = catalog.wakeups();
    wakeups.mark_unchanged();
    let at = |users_done, is_ready| BuildProgress {
        users_done,
        users: 9,
        is_ready,
        failure: None,
    };
    for (partition, progress) in [(0, at(1, false)), (1, at(9, true)), (0, at(5, false))] {
        catalog.report(id, partition, progress).await.unwrap();
    }
    catalog.report("unheard-of", 0, at(1, true)).await.unwrap();
    assert!(wakeups.has_changed().unwrap());
    let progress = catalog.progress(id).await.unwrap();
    assert_eq!(progress, [(0, at(5, false)), (1, at(9, true))].into());
    catalog.finish_definition(id, 11).await.unwrap();
    catalog.report(id, 0, at(9, true)).await.unwrap();
    assert!(catalog.progress(id).await.unwrap().is_empty());
}

pub async fn a_split_definition_is_built_in_parts_and_a_failed_one_tells_why(
    catalog: &dyn Catalog,
) {
    for id in ["a", "b"] {
        let edit = published(id, 1, None, vec![]);
        catalog.commit(edit).await.unwrap();
    }
    let both = catalog.next_definition(10).await.unwrap().unwrap();
    assert_eq!(both.publications, 2);
    let split = catalog.split_definition(&both.definition_id, 11);
    split.await.unwrap();
    let first = catalog.next_definition(12).await.unwrap().unwrap();
    assert_eq!((first.publications, first.created_at), (1, 12));
    let id = &first.definition_id;
    catalog
        .abandon_definition(id, "too large", 13)
        .await
        .unwrap();
    let failed = catalog.versions("a", None, 1).await.unwrap();
    assert_eq!(failed[0].failure.as_deref(), Some("too large"));
    let second = catalog.next_definition(14).await.unwrap().unwrap();
    let change = second.change.unwrap();
    assert_eq!(change.segments[0].id, "b");
}
