//! What a definition published that no owner can build is taken back: a segment shows the version
//! again that is in force, or has failed, and the schema is again the one in force.
//!
//! INVARIANT: each step may be repeated; what was taken back, or published anew since, is left alone.

use kit::clock::now;
use kit::http::Problem;
use stores::catalog::{Edit, Failure, OpenDefinition, Publication, Segment, Status};
use stores::{Catalog, StoreError};

use crate::checking::{self, GivenRule, uses};
use crate::content::Content;
use crate::editing::{Earlier, Editing};

/// How many versions are looked through for the one in force.
const VERSIONS_SEARCHED_MAX: usize = 1_000;

/// Takes back what a definition of one publication published.
pub(crate) async fn take_back(
    catalog: &dyn Catalog,
    definition: &OpenDefinition,
    reason: &str,
) -> Result<(), StoreError> {
    if definition.declared_before.is_some() {
        return take_schema_back(catalog, definition).await;
    }
    let changes = definition.change.iter();
    for published in changes.flat_map(|change| &change.segments) {
        let segment = catalog.segment(&published.id).await?;
        let is_theirs = |segment: &Segment| {
            segment.status == Status::Building && segment.version == published.version
        };
        if let Some(segment) = segment.filter(is_theirs) {
            take_segment_back(catalog, segment, reason).await?;
        }
    }
    Ok(())
}

async fn take_segment_back(
    catalog: &dyn Catalog,
    segment: Segment,
    reason: &str,
) -> Result<(), StoreError> {
    let failure = Failure {
        version: segment.version,
        reason: reason.to_owned(),
    };
    let based_on = catalog.revision().await?;
    let editing = Editing {
        id: &segment.id,
        before: Some(&segment),
        now: now(),
    };
    let edit = match in_force(catalog, &segment).await? {
        Some(earlier) => editing.show_again(earlier, failure, based_on),
        None => editing.fail(&segment, failure, based_on),
    };
    catalog.commit(edit).await
}

/// The version that was brought into force last before the segment's, if its rule can still be
/// published.
async fn in_force(catalog: &dyn Catalog, segment: &Segment) -> Result<Option<Earlier>, StoreError> {
    let versions = catalog.versions(&segment.id, Some(segment.version), VERSIONS_SEARCHED_MAX);
    let mut versions = versions.await?.into_iter();
    // Versions before that are of a segment of that id that was deleted.
    let found = versions.find(|version| {
        version.published_at.is_some()
            && version.failure.is_none()
            && version.created_at >= segment.created_at
    });
    let Some(version) = found else {
        return Ok(None);
    };
    let number = version.version;
    let content = Content::from(version);
    match checking::check(catalog, &segment.id, &content.rules).await {
        Ok(checked) => Ok(Some(Earlier {
            number,
            content,
            checked,
        })),
        Err(problem) => failed(&problem).map_or(Ok(None), Err),
    }
}

/// The store's failure behind a problem; `None` where the rule is what is wrong.
fn failed(problem: &Problem) -> Option<StoreError> {
    let is_ours = problem.status().is_server_error();
    is_ours.then(|| StoreError::Unavailable(problem.detail().to_owned()))
}

/// The segments that the schema gave another meaning are published still, and use what they used.
async fn take_schema_back(
    catalog: &dyn Catalog,
    definition: &OpenDefinition,
) -> Result<(), StoreError> {
    let Some(declared) = definition.declared_before.clone() else {
        return Ok(());
    };
    let mut state = catalog.schema(None).await?;
    state.declared = declared;
    let schema = state.schema()?;
    let changes = definition.change.iter();
    let rebuilt = changes.flat_map(|change| &change.segments);
    let used = rebuilt.filter_map(|segment| {
        let (rule, _) = GivenRule::read(&segment.rules).ok()?.check(&schema).ok()?;
        Some((segment.id.clone(), uses(&rule)))
    });
    let edit = Edit {
        based_on: Some(state.revision),
        uses: used.collect(),
        declared: Some(state.declared),
        publication: Some(Publication {
            update: None,
            change: None,
            created_at: now(),
        }),
        ..Edit::default()
    };
    catalog.commit(edit).await
}
