//! The segments in force and the schema, read from the catalog when its revision has moved.

use std::collections::BTreeMap;
use std::sync::Arc;

use kit::rules::RuleSource;
use rulelang::Schema;
use serde_json::Value;
use stores::{Catalog, StoreError};
use tokio::sync::Mutex;

/// What rules are checked against, and the segments there are, as of one revision.
#[derive(Debug)]
pub(crate) struct Definitions {
    /// The catalog's.
    pub(crate) revision: u64,
    /// Types and computed traits. It accepts any segment's id: who checks a rule looks them up.
    pub(crate) schema: Schema,
    /// The types and traits as a schema file has them, for owners.
    pub(crate) schema_file: Value,
    /// The published, active segments by id.
    pub(crate) segments: BTreeMap<String, ActiveSegment>,
}

impl Definitions {
    /// A segment's name for people; its id where it is not in force.
    pub(crate) fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.segments.get(id).map_or(id, |segment| &segment.name)
    }
}

/// A published, active segment.
#[derive(Debug)]
pub(crate) struct ActiveSegment {
    /// Its name for people.
    pub(crate) name: String,
    /// Its rule.
    pub(crate) source: RuleSource,
}

/// The newest definitions that were asked for.
#[derive(Debug, Default)]
pub(crate) struct KnownDefinitions {
    newest: Mutex<Option<Arc<Definitions>>>,
}

impl KnownDefinitions {
    /// The definitions of the catalog's present revision.
    pub(crate) async fn get(&self, catalog: &dyn Catalog) -> Result<Arc<Definitions>, StoreError> {
        let mut newest = self.newest.lock().await;
        // Asked before the rest: what is published meanwhile is read again next time.
        let revision = catalog.revision().await?;
        if let Some(known) = newest.as_ref().filter(|it| it.revision == revision) {
            return Ok(Arc::clone(known));
        }
        let definitions = Arc::new(read(catalog, revision).await?);
        *newest = Some(Arc::clone(&definitions));
        Ok(definitions)
    }
}

async fn read(catalog: &dyn Catalog, revision: u64) -> Result<Definitions, StoreError> {
    let state = catalog.schema(None).await?;
    let mut segments = BTreeMap::new();
    for version in catalog.published().await? {
        let read = RuleSource::from_json(&version.rules).map_err(|found| {
            StoreError::Corrupt(format!("the rule of segment `{}`: {found}", version.id))
        })?;
        let segment = ActiveSegment {
            name: version.name,
            source: RuleSource::from_text(read.text).with_parameters(read.parameters),
        };
        segments.insert(version.id, segment);
    }
    Ok(Definitions {
        revision,
        schema: state.schema()?,
        schema_file: state.schema_file([]),
        segments,
    })
}
