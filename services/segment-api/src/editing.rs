//! Edits of a segment, each with what the world and the owners are to hear of it.

use kit::control::{DefinitionChange, SegmentVersion};
use rulelang::time::format_timestamp;
use serde_json::{Value, json};
use stores::catalog::{
    Edit, Failure, Publication, SchemaState, Segment, SegmentEdit, Status, Version,
};

use crate::checking::CheckedRule;
use crate::content::{Content, DYNAMIC};

/// An edit, and the segment as it is after it.
#[derive(Debug)]
pub(crate) struct Edited {
    pub(crate) edit: Edit,
    pub(crate) segment: Segment,
}

/// A segment that is about to be edited.
#[derive(Debug)]
pub(crate) struct Editing<'a> {
    pub(crate) id: &'a str,
    /// As the catalog has it, also where it is deleted; `None` where there never was one.
    pub(crate) before: Option<&'a Segment>,
    /// Milliseconds.
    pub(crate) now: i64,
}

/// A version that is in force, checked as it would be published now.
#[derive(Debug)]
pub(crate) struct Earlier {
    pub(crate) number: u32,
    pub(crate) content: Content,
    pub(crate) checked: CheckedRule,
}

/// Whether members have, or are about to get, this segment.
pub(crate) fn is_in_force(segment: &Segment) -> bool {
    matches!(segment.status, Status::Building | Status::Active)
}

impl Editing<'_> {
    /// A new version that is not published.
    pub(crate) fn draft(&self, content: Content, checked: &CheckedRule) -> Edited {
        let number = self.newest_version() + 1;
        let version = self.version(number, &content, checked);
        let published = self
            .there()
            .filter(|it| !matches!(it.status, Status::Draft | Status::Failed));
        let segment = match published {
            Some(published) => Segment {
                newest_version: number,
                revision: self.revision(),
                updated_at: self.now,
                ..published.clone()
            },
            None => self.segment(content, checked, number, Status::Draft),
        };
        let edit = Edit {
            segment: Some(self.write(segment.clone(), Some(version))),
            ..Edit::default()
        };
        Edited { edit, segment }
    }

    /// A version that is published: a new one, or one that was a draft.
    pub(crate) fn publish(
        &self,
        content: Content,
        checked: CheckedRule,
        draft: Option<u32>,
    ) -> Edited {
        let number = draft.unwrap_or_else(|| self.newest_version() + 1);
        let version = draft
            .is_none()
            .then(|| self.version(number, &content, &checked));
        let status = if content.is_active {
            Status::Building
        } else {
            Status::Inactive
        };
        let segment = self.segment(content, &checked, number, status);
        let uses = if segment.is_active {
            checked.uses
        } else {
            vec![]
        };
        let schema = checked.schema.schema_file(&uses);
        let change = if segment.is_active {
            Some(build(&segment, schema))
        } else {
            self.removal(schema)
        };
        let was_published = self.there().is_some_and(|it| it.status != Status::Draft);
        let action = if was_published { "updated" } else { "created" };
        let edit = Edit {
            based_on: Some(checked.schema.revision),
            segment: Some(self.write(segment.clone(), version)),
            uses: [(segment.id.clone(), uses)].into(),
            publication: Some(self.publication(&segment, action, change)),
            ..Edit::default()
        };
        Edited { edit, segment }
    }

    /// The version in force is what the segment shows again: a later one failed.
    pub(crate) fn show_again(&self, earlier: Earlier, failure: Failure, based_on: u64) -> Edit {
        let Earlier {
            number,
            content,
            checked,
        } = earlier;
        let status = if content.is_active {
            Status::Active
        } else {
            Status::Inactive
        };
        let segment = Segment {
            failure: Some(failure),
            ..self.segment(content, &checked, number, status)
        };
        let uses = if segment.is_active {
            checked.uses
        } else {
            vec![]
        };
        Edit {
            based_on: Some(based_on),
            segment: Some(self.write(segment.clone(), None)),
            uses: [(segment.id.clone(), uses)].into(),
            publication: Some(self.publication(&segment, "updated", None)),
            ..Edit::default()
        }
    }

    /// The segment has failed, and there is nothing else of it in force.
    pub(crate) fn fail(&self, segment: &Segment, failure: Failure, based_on: u64) -> Edit {
        let segment = Segment {
            status: Status::Failed,
            failure: Some(failure),
            revision: self.revision(),
            updated_at: self.now,
            ..segment.clone()
        };
        Edit {
            based_on: Some(based_on),
            segment: Some(self.write(segment.clone(), None)),
            uses: [(segment.id.clone(), vec![])].into(),
            publication: Some(self.publication(&segment, "updated", None)),
            ..Edit::default()
        }
    }

    /// The end of a segment; `schema` is what is left without it.
    pub(crate) fn delete(&self, segment: &Segment, schema: &SchemaState) -> Edit {
        let gone = Segment {
            status: Status::Deleted,
            is_active: false,
            updated_at: self.now,
            ..segment.clone()
        };
        let edit = Edit {
            segment: Some(self.write(gone.clone(), None)),
            ..Edit::default()
        };
        if segment.status == Status::Draft {
            return edit;
        }
        let change = self.removal(schema.schema_file([]));
        Edit {
            based_on: Some(schema.revision),
            uses: [(segment.id.clone(), vec![])].into(),
            publication: Some(self.publication(&gone, "deleted", change)),
            ..edit
        }
    }

    /// The segment before, if it is not deleted.
    fn there(&self) -> Option<&Segment> {
        self.before.filter(|it| it.status != Status::Deleted)
    }

    fn newest_version(&self) -> u32 {
        self.before.map_or(0, |before| before.newest_version)
    }

    /// As the catalog will count it.
    fn revision(&self) -> u64 {
        self.before.map_or(0, |before| before.revision) + 1
    }

    fn segment(
        &self,
        content: Content,
        checked: &CheckedRule,
        version: u32,
        status: Status,
    ) -> Segment {
        Segment {
            id: self.id.to_owned(),
            name: content.name,
            description: content.description,
            segment_type: DYNAMIC.to_owned(),
            rules: content.rules,
            expression: checked.expression.clone(),
            is_active: content.is_active,
            status,
            version,
            newest_version: version.max(self.newest_version()),
            failure: None,
            revision: self.revision(),
            created_at: self.there().map_or(self.now, |before| before.created_at),
            updated_at: self.now,
        }
    }

    fn version(&self, number: u32, content: &Content, checked: &CheckedRule) -> Version {
        Version {
            version: number,
            name: content.name.clone(),
            description: content.description.clone(),
            rules: content.rules.clone(),
            expression: checked.expression.clone(),
            is_active: content.is_active,
            created_at: self.now,
            published_at: None,
            failure: None,
        }
    }

    fn write(&self, segment: Segment, version: Option<Version>) -> SegmentEdit {
        SegmentEdit {
            replaces: self.there().map(|before| before.revision),
            segment,
            version,
        }
    }

    /// What owners are to drop, if they have it.
    fn removal(&self, schema: Value) -> Option<DefinitionChange> {
        let before = self.there().filter(|before| is_in_force(before))?;
        Some(DefinitionChange {
            segments: vec![],
            removed: vec![before.id.clone()],
            schema,
        })
    }

    fn publication(
        &self,
        segment: &Segment,
        action: &str,
        change: Option<DefinitionChange>,
    ) -> Publication {
        let update = json!({
            "segmentId": segment.id,
            "action": action,
            "segment": {
                "id": segment.id,
                "name": segment.name,
                "rules": segment.rules,
                "active": segment.is_active && segment.status != Status::Failed,
            },
            "timestamp": format_timestamp(self.now),
        });
        Publication {
            update: Some(update),
            change,
            created_at: self.now,
        }
    }
}

fn build(segment: &Segment, schema: Value) -> DefinitionChange {
    DefinitionChange {
        segments: vec![SegmentVersion {
            id: segment.id.clone(),
            name: segment.name.clone(),
            version: segment.version,
            rules: segment.rules.clone(),
        }],
        removed: vec![],
        schema,
    }
}
