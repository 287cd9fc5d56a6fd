//! Control records of `user-events`: written by our services to every partition, keyed by nobody.
//!
//! A definition comes in two records: *build* names what is new, edited and removed, and owners
//! prepare it in the shadow while the old definitions go on answering; *switch* puts it into force,
//! for every user at the record's stamp. Where an owner cannot build it, *abandon* comes instead.
//! All are part of the log, so a replay does the same.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A control record, as JSON: `{"eventType":"$tick"}`, `{"eventType":"$definition","phase":…}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "eventType")]
pub enum Control {
    /// Time has come this far: its stamp fires deadlines.
    #[serde(rename = "$tick")]
    Tick,
    /// A step of a definition's way into force.
    #[serde(rename = "$definition")]
    Definition(DefinitionRecord),
}

/// A step of a definition's way into force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DefinitionRecord {
    /// Names the definition in all its records; never used twice.
    pub definition_id: String,
    /// Which step.
    #[serde(flatten)]
    pub phase: Phase,
}

/// A step of a definition's way into force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "camelCase")]
pub enum Phase {
    /// Prepare this.
    Build(DefinitionChange),
    /// What was prepared is in force from this record's stamp on.
    Switch,
    /// What was prepared is not wanted any more.
    Abandon,
}

/// What becomes another by a definition.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DefinitionChange {
    /// New and edited segments.
    pub segments: Vec<SegmentVersion>,
    /// Ids of segments that are deleted or no longer active.
    pub removed: Vec<String>,
    /// Types and computed traits for all segments from then on, as a schema file has them.
    pub schema: Value,
}

/// One version of a segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SegmentVersion {
    /// The segment's id.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Counts up from 1 with each edit.
    pub version: u32,
    /// The rule, in any of the forms of `POST /api/segments`.
    pub rules: Value,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn control_records_are_the_documented_messages() {
        let tick = serde_json::to_value(Control::Tick).unwrap();
        assert_eq!(tick, json!({"eventType": "$tick"}));
        let build = json!({
            "eventType": "$definition", "definitionId": "d1", "phase": "build",
            "segments": [{"id": "vip", "name": "VIP", "version": 1, "rules": {"expression": "a > 1"}}],
            "removed": ["old"], "schema": {}
        });
        let read: Control = serde_json::from_value(build.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), build);
        let switch = json!({"eventType": "$definition", "definitionId": "d1", "phase": "switch"});
        let read: Control = serde_json::from_value(switch.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), switch);
    }
}
