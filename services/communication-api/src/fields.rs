//! What people say of a campaign: the body of `POST` and `PUT`, checked.

use kit::http::{Fault, Problem};
use kit::schema::Timestamp;
use rulelang::time::parse_timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use stores::Campaign;
use stores::catalog::Status;

use crate::content::{Content, refuse};
use crate::interval;
use crate::limits::NAME_MAX;
use crate::state::State;

const CHANNELS: [&str; 3] = ["email", "sms", "push"];

/// What a campaign is, apart from its schedule.
#[derive(Debug)]
pub(crate) struct Fields {
    pub(crate) name: String,
    pub(crate) segment_id: String,
    pub(crate) channel: String,
    pub(crate) content: Content,
}

impl Fields {
    /// Refuses what cannot be sent; the segment must be there.
    pub(crate) async fn check(&self, state: &State) -> Result<(), Problem> {
        if !(1..=NAME_MAX).contains(&self.name.chars().count()) {
            let detail = format!("a campaign's name has 1 to {NAME_MAX} characters");
            return Err(refuse("/name", &detail));
        }
        if !CHANNELS.contains(&self.channel.as_str()) {
            let detail = format!("`{}` is not a type of campaign", self.channel);
            let fault = Fault::new(detail.clone()).at("/type");
            let fault = fault.suggestion("use `email`, `sms` or `push`");
            return Err(Problem::bad_request(detail).fault(fault));
        }
        self.content.check()?;
        let segment = state.parts.catalog.segment(&self.segment_id).await?;
        if segment.is_none_or(|segment| segment.status == Status::Deleted) {
            let detail = format!("there is no segment `{}`", self.segment_id);
            return Err(refuse("/segmentId", &detail));
        }
        Ok(())
    }

    /// Puts them in the place of a campaign's.
    pub(crate) fn apply(self, campaign: &mut Campaign) -> Result<(), Problem> {
        campaign.content = serde_json::to_value(&self.content).map_err(Problem::internal)?;
        campaign.name = self.name;
        campaign.segment_id = self.segment_id;
        campaign.channel = self.channel;
        Ok(())
    }
}

/// When a campaign is to start, and how often.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Schedule {
    /// Now where absent.
    #[schemars(with = "Option<Timestamp>")]
    pub(crate) at: Option<String>,
    /// `12h`, `7d`; once where absent.
    pub(crate) every: Option<String>,
}

impl Schedule {
    /// The first start and the time between two, in milliseconds.
    pub(crate) fn read(&self, now: i64) -> Result<(i64, Option<i64>), Problem> {
        let at = match &self.at {
            None => now,
            Some(text) => parse_timestamp(text).ok_or_else(|| {
                let detail = format!("`{text}` is not an RFC 3339 timestamp");
                let fault = Fault::new(detail.clone()).at("/at");
                let fault = fault.suggestion("write it like `2026-01-31T10:00:00Z`");
                Problem::bad_request(detail).fault(fault)
            })?,
        };
        let every = self.every.as_deref().map(interval::parse).transpose();
        Ok((at, every.map_err(|detail| refuse("/every", &detail))?))
    }
}
