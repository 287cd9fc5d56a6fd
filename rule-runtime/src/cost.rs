//! What keeping a rule for everybody takes, before it is kept: when it is looked at, how long that
//! takes, and what is remembered of each user.

use std::collections::BTreeSet;
use std::sync::Arc;

use rulelang::calendar::CalendarSpan;
use rulelang::{Rule, Type};

use crate::engine::Engine;
use crate::fields::FieldState;
use crate::rule_set::plan::SeriesPlan;
use crate::rule_set::{BuildError, RuleSet, alone};
use crate::series::{Leave, More, SeriesState, WindowState};
use crate::state::{Membership, UserSeries};

/// An event's id with the counters of what is shared: a UUID as text.
const ID_BYTES: usize = 16 + 40;
/// A text of usual length with its counters.
const TEXT_BYTES: usize = 16 + 16;
/// A node by the interpreter.
const INTERPRETED_NODE_NS: f64 = 40.0;

/// What keeping a rule takes. Sizes and times are estimates, good for comparing rules.
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// Nanoseconds of one evaluation.
    pub nanoseconds: f64,
    /// Why it is not compiled; `None` where it is.
    pub not_compiled: Option<String>,
    /// Bytes of memory for a user of whom every field is known, kept events aside.
    pub user_bytes: usize,
    /// The events that are kept of each user because they will leave a window again.
    pub kept: Vec<KeptEvents>,
    /// What makes somebody look at the rule.
    pub wakes: Wakes,
}

/// Events of one kind that are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptEvents {
    /// Their type; `None` for every type.
    pub event: Option<Arc<str>>,
    /// Bytes of memory for each.
    pub event_bytes: usize,
    /// How long each is kept, in milliseconds; of a calendar's units the longest there can be. `None`
    /// for ever.
    pub milliseconds: Option<i64>,
}

/// What makes somebody look at a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wakes {
    /// Events of these types, by its aggregates; `*` is every type.
    pub events: BTreeSet<String>,
    /// Traits, and properties of any event, of these names.
    pub fields: BTreeSet<String>,
    /// Who enters or leaves these segments.
    pub segments: BTreeSet<String>,
    /// Time alone.
    pub time: bool,
}

impl Cost {
    /// Of a rule kept alone; what it shares with others costs once for all of them.
    ///
    /// # Errors
    /// A rule that cannot be kept live.
    pub fn of(rule: &Rule) -> Result<Self, BuildError> {
        let set = alone(rule)?;
        let engine = set.segments.last().map(|segment| &segment.engine);
        let (nanoseconds, not_compiled) = match engine {
            Some(Engine::Compiled(compiled)) => {
                (compiled.shape().shape().nanoseconds_estimate(), None)
            }
            Some(Engine::Interpreted(why)) => (interpreted(rule), Some(why.clone())),
            None => (0.0, None),
        };
        let fields = set.fields.iter().map(|plan| field_bytes(plan.field.ty));
        let series = set.series.iter().map(series_bytes);
        let kept = set.series.iter().enumerate();
        let kept = kept.filter(|(_, plan)| plan.keeps_entries());
        Ok(Self {
            nanoseconds,
            not_compiled,
            user_bytes: size_of::<Membership>() + fields.chain(series).sum::<usize>(),
            kept: kept.map(|(at, plan)| kept_events(&set, at, plan)).collect(),
            wakes: wakes(rule),
        })
    }
}

fn interpreted(rule: &Rule) -> f64 {
    let mut nodes = 0;
    rule.root.walk(&mut |_| nodes += 1);
    INTERPRETED_NODE_NS * f64::from(nodes)
}

fn value_bytes(ty: Type) -> usize {
    match ty {
        Type::String => TEXT_BYTES,
        Type::List(_) => 4 * TEXT_BYTES,
        _ => 0,
    }
}

fn field_bytes(ty: Type) -> usize {
    size_of::<(u32, FieldState)>() + ID_BYTES + value_bytes(ty)
}

/// Without its entries.
fn series_bytes(plan: &SeriesPlan) -> usize {
    let with_more = plan
        .windows
        .iter()
        .filter(|window| window.keeps.needs_more());
    size_of::<UserSeries>()
        + size_of::<SeriesState>()
        + plan.windows.len() * size_of::<WindowState>()
        + with_more.count() * size_of::<More>()
}

fn kept_events(set: &RuleSet, at: usize, plan: &SeriesPlan) -> KeptEvents {
    let value = plan.value.as_ref().map_or(0, |value| match value.ty {
        Type::Float | Type::Int | Type::Timestamp => size_of::<f64>(),
        ty => size_of::<rulelang::Value>() + value_bytes(ty),
    });
    let id = if plan.keeps_ids {
        size_of::<Arc<str>>() + ID_BYTES
    } else {
        0
    };
    let lasts = plan.retention.iter().map(|leave| match leave {
        Leave::After(milliseconds) => *milliseconds,
        Leave::Calendar(span) => CalendarSpan::milliseconds_max(*span),
    });
    let takes = |series: &Vec<u32>| series.iter().any(|it| *it as usize == at);
    let event = set.series_of_event.iter().position(takes);
    let is_any = set.series_of_any.iter().any(|it| *it as usize == at);
    let named = |index: usize| {
        let mut types = set.event_types.iter();
        let of_index = types.find(|(_, id)| id.0 as usize == index);
        of_index.map(|(name, _)| Arc::clone(name))
    };
    KeptEvents {
        event: event.filter(|_| !is_any).and_then(named),
        event_bytes: size_of::<i64>() + value + id,
        milliseconds: lasts.max().filter(|last| *last != Leave::NEVER_MS),
    }
}

fn wakes(rule: &Rule) -> Wakes {
    let events = rule.events();
    let events = events.map(|it| it.event.as_deref().unwrap_or("*").to_owned());
    Wakes {
        events: events.collect(),
        fields: rule
            .fields
            .iter()
            .map(|field| field.name.to_string())
            .collect(),
        segments: rule.segments.iter().cloned().collect(),
        time: rule.is_time_dependent(),
    }
}

#[cfg(test)]
mod tests {
    use rulelang::{Schema, check};

    use super::*;

    fn cost(rule: &str) -> Cost {
        let rule = check(rule, &Schema::default()).unwrap().rule;
        Cost::of(&rule).unwrap()
    }

    #[test]
    fn it_says_what_wakes_a_rule_and_what_is_kept() {
        let found = cost(
            "country == 'DE' AND COUNT(purchase WITHIN LAST 30d) > 3 AND SUM(* .amount) > 1 AND IN SEGMENT 'vip'"
                .replace("* .", "*.")
                .as_str(),
        );
        assert_eq!(found.not_compiled, None);
        let named = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(" ");
        assert_eq!(named(&found.wakes.events), "* purchase");
        assert_eq!(named(&found.wakes.fields), "country");
        assert_eq!(named(&found.wakes.segments), "vip");
        assert!(found.wakes.time);
        let kept = KeptEvents {
            event: Some("purchase".into()),
            event_bytes: 8,
            milliseconds: Some(30 * 86_400_000),
        };
        assert_eq!(found.kept, [kept]);
        assert!(!cost("COUNT(purchase) > 1").wakes.time);
    }

    /// It was said to wake by time, and its events to be kept for millions of years.
    #[test]
    fn a_sequence_without_a_window_keeps_its_events_for_ever_and_waits_for_nothing() {
        let found = cost("SEQUENCE(view THEN cart)");
        assert!(!found.wakes.time);
        assert_eq!(found.kept.len(), 2);
        assert!(found.kept.iter().all(|kept| kept.milliseconds.is_none()));
        assert!(cost("SEQUENCE(view THEN NOT cart WITHIN 1h)").wakes.time);
    }

    #[test]
    fn more_work_and_more_state_cost_more() {
        let (small, large) = (cost("a > 1"), cost("a > 1 AND b MATCHES 'x+' AND c == 'y'"));
        assert!(small.nanoseconds > 1.0 && large.nanoseconds > 10.0 * small.nanoseconds);
        assert!(large.user_bytes > 2 * small.user_bytes);
        let values = cost("COUNT DISTINCT(view.sku WITHIN LAST 1d) > 3");
        assert!(values.kept[0].event_bytes > 24);
    }
}
