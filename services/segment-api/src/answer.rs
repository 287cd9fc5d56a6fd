//! A segment as it is answered.

use std::collections::BTreeMap;

use kit::clock::now;
use kit::http::{Fault, Problem};
use kit::schema::{Rules, Timestamp};
use rulelang::time::format_timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use stores::catalog::{Failure, OpenDefinition, Segment, Status};
use stores::{Catalog, Counter, StoreError};

use crate::state::State;

/// A segment as it is answered.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Segment")]
pub(crate) struct SegmentAnswer {
    id: String,
    name: String,
    description: String,
    #[serde(rename = "type")]
    segment_type: String,
    /// The JSON form.
    #[schemars(with = "Rules")]
    rules: Value,
    /// The canonical text.
    expression: String,
    active: bool,
    /// `draft`, `building`, `active` or `inactive`.
    status: &'static str,
    version: u32,
    /// The newest version, where that is not published.
    #[serde(skip_serializing_if = "Option::is_none")]
    draft_version: Option<u32>,
    /// Members now.
    size: u64,
    /// How many members more than when the day began, of UTC; below 0 where there are fewer.
    daily_growth: i64,
    /// How far its build has come; only while it is under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<Progress>,
    /// The last attempt to publish, if owners could not build it.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureAnswer>,
    /// Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    warnings: Option<Vec<Fault>>,
    #[schemars(with = "Timestamp")]
    created_at: String,
    #[schemars(with = "Timestamp")]
    updated_at: String,
}

/// A version that could not be brought into force.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Failure")]
struct FailureAnswer {
    version: u32,
    /// For people.
    reason: String,
}

impl From<Failure> for FailureAnswer {
    fn from(failure: Failure) -> Self {
        let Failure { version, reason } = failure;
        Self { version, reason }
    }
}

/// How far a build has come, over all partitions heard of.
#[derive(Debug, Clone, Copy, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "BuildProgress")]
pub(crate) struct Progress {
    users_done: u64,
    users: u64,
}

impl SegmentAnswer {
    /// A segment of which nothing else is said yet.
    pub(crate) fn new(segment: Segment) -> Self {
        let has_draft = segment.newest_version > segment.version;
        let rules = json_form(&segment);
        Self {
            id: segment.id,
            name: segment.name,
            description: segment.description,
            segment_type: segment.segment_type,
            rules,
            expression: segment.expression,
            active: segment.is_active,
            status: segment.status.name(),
            version: segment.version,
            draft_version: has_draft.then_some(segment.newest_version),
            size: 0,
            daily_growth: 0,
            progress: None,
            failure: segment.failure.map(FailureAnswer::from),
            warnings: None,
            created_at: format_timestamp(segment.created_at),
            updated_at: format_timestamp(segment.updated_at),
        }
    }

    pub(crate) fn with_warnings(self, warnings: Vec<Fault>) -> Self {
        let warnings = Some(warnings);
        Self { warnings, ..self }
    }

    pub(crate) fn id(&self) -> String {
        self.id.clone()
    }
}

/// The JSON form of a segment's rules, also of those given as text.
pub(crate) fn json_form(segment: &Segment) -> Value {
    let object = segment.rules.as_object();
    let is_text = object.is_some_and(|it| it.len() == 1 && it.contains_key("expression"));
    let parsed = is_text.then(|| rulelang::parse(&segment.expression));
    match parsed {
        Some(Ok(expr)) => rulelang::json::to_json(&expr),
        _ => segment.rules.clone(),
    }
}

/// What changes while nobody edits: sizes, their growth, and the build under way.
#[derive(Debug)]
pub(crate) struct Live {
    sizes: BTreeMap<String, u64>,
    growth: BTreeMap<String, i64>,
    open: Option<OpenDefinition>,
    progress: Progress,
}

impl Live {
    pub(crate) async fn read(state: &State) -> Result<Self, Problem> {
        let open = state.catalog().open_definition().await?;
        let progress = match &open {
            Some(open) => progress(state.catalog(), &open.definition_id).await?,
            None => Progress::default(),
        };
        let view = &state.parts.view;
        let day = Counter::DailyGrowth.begin_of(now());
        Ok(Self {
            sizes: view.counts().await?,
            growth: view.counted(Counter::DailyGrowth, day).await?,
            open,
            progress,
        })
    }

    pub(crate) fn answer(&self, segment: Segment) -> SegmentAnswer {
        let is_building = segment.status == Status::Building;
        let version = (&segment.id, segment.version);
        let changes = self.open.iter().filter_map(|open| open.change.as_ref());
        let mut built = changes.flat_map(|change| &change.segments);
        let is_under_way = is_building && built.any(|it| (&it.id, it.version) == version);
        let size = self.sizes.get(&segment.id).copied().unwrap_or_default();
        let daily_growth = self.growth.get(&segment.id).copied().unwrap_or_default();
        SegmentAnswer {
            size,
            daily_growth,
            progress: is_under_way.then_some(self.progress),
            ..SegmentAnswer::new(segment)
        }
    }
}

async fn progress(catalog: &dyn Catalog, definition_id: &str) -> Result<Progress, StoreError> {
    let partitions = catalog.progress(definition_id).await?;
    let sum = |so_far: Progress, partition: stores::BuildProgress| Progress {
        users_done: so_far.users_done + partition.users_done,
        users: so_far.users + partition.users,
    };
    Ok(partitions.into_values().fold(Progress::default(), sum))
}

/// Warns of segments with the same name or rule.
pub(crate) async fn lookalikes(
    catalog: &dyn Catalog,
    segment: &Segment,
) -> Result<Vec<Fault>, StoreError> {
    let found = catalog.lookalikes(&segment.name, &segment.expression);
    let mut warnings = vec![];
    for other in found.await?.iter().filter(|other| other.id != segment.id) {
        let mut warn = |what: &str, pointer: &str| {
            let detail = format!("the segment `{}` has the same {what}", other.id);
            warnings.push(Fault::new(detail).at(pointer));
        };
        if other.is_same_name {
            warn("name", "/name");
        }
        if other.is_same_rule {
            warn("rule", "/rules");
        }
    }
    Ok(warnings)
}
