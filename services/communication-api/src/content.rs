//! What a campaign sends: a template's name, and the profile fields that it is personalised with.

use kit::http::{Fault, Problem};
use kit::wire::ID_BYTES_MAX;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use stores::StoreError;

use crate::limits::{NAME_MAX, PERSONALIZATION_FIELDS_MAX};

/// `{"template":"welcome_high_value","personalization":["firstName","totalSpent"]}`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CampaignContent")]
pub(crate) struct Content {
    #[schemars(length(min = 1, max = NAME_MAX))]
    pub(crate) template: String,
    /// Names of profile fields and computed traits; a user who lacks one is sent to without it.
    #[serde(default)]
    #[schemars(length(max = PERSONALIZATION_FIELDS_MAX))]
    pub(crate) personalization: Vec<String>,
}

impl Content {
    /// Refuses what is empty or too much.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        if !(1..=NAME_MAX).contains(&self.template.chars().count()) {
            let detail = format!("a template's name has 1 to {NAME_MAX} characters");
            return Err(refuse("/content/template", &detail));
        }
        let is_name = |name: &String| (1..=ID_BYTES_MAX).contains(&name.len());
        let fields = &self.personalization;
        if fields.len() > PERSONALIZATION_FIELDS_MAX || !fields.iter().all(is_name) {
            let detail = format!(
                "a message is personalised with at most {PERSONALIZATION_FIELDS_MAX} fields, each \
                 a name of at most {ID_BYTES_MAX} bytes"
            );
            return Err(refuse("/content/personalization", &detail));
        }
        Ok(())
    }

    /// As the catalog holds it.
    pub(crate) fn stored(content: &Value) -> Result<Self, StoreError> {
        let read = serde_json::from_value(content.clone());
        read.map_err(|error| StoreError::Corrupt(format!("a campaign's content: {error}")))
    }

    /// The fields of a profile that the message is personalised with.
    pub(crate) fn personalize(&self, fields: &Map<String, Value>) -> Map<String, Value> {
        let known = self.personalization.iter().filter_map(|name| {
            let value = fields.get(name).filter(|value| !value.is_null())?;
            Some((name.clone(), value.clone()))
        });
        known.collect()
    }
}

/// 400 for a part of the body.
pub(crate) fn refuse(pointer: &str, detail: &str) -> Problem {
    Problem::bad_request(detail).fault(Fault::new(detail).at(pointer))
}
