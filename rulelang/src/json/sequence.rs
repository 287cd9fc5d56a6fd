//! Sequences: `{"sequence": [{"event": "view"}, {"event": "cart", "within": "1h"}]}`, both ways.

use serde_json::{Map, Value as Json, json};

use crate::Span;
use crate::ast::{
    Duration, EventSelector, Expr, ExprKind, Name, Sequence, SequenceStart, SequenceStep, Window,
};

use super::read::{Part, PartKind, Reader, node, to_expr};
use super::values::{duration_json, window_json};
use super::write;

/// The keys that a step may have.
const STEP_KEYS: [&str; 5] = ["event", "window", "where", "within", "not"];

/// A step, whatever its place.
struct Step {
    event: EventSelector,
    window: Window,
    within: Option<Duration>,
    is_not: bool,
    filter: Option<Part>,
}

impl Step {
    fn condition(&self) -> Option<Box<Expr>> {
        self.filter.as_ref().map(|part| Box::new(to_expr(part)))
    }

    fn later(&self) -> SequenceStep {
        SequenceStep {
            event: self.event.clone(),
            within: self.within,
            filter: self.condition(),
        }
    }
}

impl Reader {
    pub(super) fn sequence(
        &mut self,
        json: &Json,
        pointer: &str,
        depth: usize,
    ) -> Option<PartKind> {
        let items = json.as_array().map(Vec::as_slice).unwrap_or_default();
        if items.len() < 2 {
            let help = "write [{\"event\": \"view\"}, {\"event\": \"cart\", \"within\": \"1h\"}]";
            return self.shape(pointer, "a sequence is a list of two steps or more", help);
        }
        // Every step is read before giving up, so that all mistakes are told at once.
        let steps = items.iter().enumerate().map(|(place, item)| {
            let is_last = place + 1 == items.len();
            self.step(item, (place, is_last), &format!("{pointer}/{place}"), depth)
        });
        let steps: Vec<Option<Step>> = steps.collect();
        let steps: Vec<Step> = steps.into_iter().collect::<Option<_>>()?;
        let (first, then) = steps.split_first()?;
        let (absent, then) = match then.split_last() {
            Some((last, before)) if last.is_not => (Some(last), before),
            _ => (None, then),
        };
        let sequence = Sequence {
            first: SequenceStart {
                event: first.event.clone(),
                window: first.window.clone(),
                filter: first.condition(),
            },
            then: then.iter().map(Step::later).collect(),
            then_not: absent.map(Step::later),
        };
        let filters = steps.into_iter().map(|step| step.filter).collect();
        let expr = node(ExprKind::Sequence(sequence));
        Some(PartKind::Sequence(expr, filters))
    }

    fn step(
        &mut self,
        json: &Json,
        (place, is_last): (usize, bool),
        pointer: &str,
        depth: usize,
    ) -> Option<Step> {
        let Json::Object(map) = json else {
            let help = "write {\"event\": \"view\"}";
            return self.shape(pointer, "a step is a JSON object", help);
        };
        let known = self.only_keys(map, &STEP_KEYS, pointer);
        let event = self.step_event(map, pointer);
        let window = self.window(map.get("window"), &format!("{pointer}/window"));
        let within = match map.get("within") {
            Some(json) => self.duration(json, &format!("{pointer}/within")).map(Some),
            None => Some(None),
        };
        let filter = match map.get("where") {
            Some(json) => self
                .part(json, format!("{pointer}/where"), depth + 1)
                .map(Some),
            None => Some(None),
        };
        let is_not = self.is_not(map, place > 0 && is_last, pointer);
        let placed = self.placed(map, place, pointer);
        known?;
        placed?;
        Some(Step {
            event: event?,
            window: window?,
            within: within?,
            is_not: is_not?,
            filter: filter?,
        })
    }

    fn step_event(&mut self, map: &Map<String, Json>, pointer: &str) -> Option<EventSelector> {
        match map.get("event").and_then(Json::as_str) {
            None | Some("") => self.shape(
                pointer,
                "a step needs an event",
                "add \"event\": its name, or \"*\" for any",
            ),
            Some("*") => Some(EventSelector::Any),
            Some(event) => Some(EventSelector::Named(Name {
                text: event.to_owned(),
                span: Span::default(),
            })),
        }
    }

    fn is_not(&mut self, map: &Map<String, Json>, may_be: bool, pointer: &str) -> Option<bool> {
        let at = format!("{pointer}/not");
        match map.get("not") {
            None | Some(Json::Bool(false)) => Some(false),
            Some(Json::Bool(true)) if may_be => Some(true),
            Some(Json::Bool(true)) => self.shape(
                &at,
                "`not` may stand in the last step of a sequence only",
                "the last step may say what does not come",
            ),
            Some(_) => self.shape(&at, "`not` is true or false", "write true"),
        }
    }

    /// That a window stands in the first step only, and `within` in the others.
    fn placed(&mut self, map: &Map<String, Json>, place: usize, pointer: &str) -> Option<()> {
        let (key, message, help) = if place == 0 {
            (
                "within",
                "no step comes before the first",
                "write \"window\": \"7d\"",
            )
        } else {
            (
                "window",
                "a window may stand in the first step of a sequence only",
                "write \"within\": \"1h\", the time after the step before",
            )
        };
        if map.contains_key(key) {
            return self.shape(&format!("{pointer}/{key}"), message, help);
        }
        Some(())
    }
}

/// The JSON of a sequence; `None` where JSON has none.
pub(super) fn sequence_json(sequence: &Sequence) -> Option<Json> {
    let first = &sequence.first;
    let mut start = step_json(&first.event, first.filter.as_deref())?;
    let window = window_json(&first.window)?;
    if !window.is_null() {
        start.insert("window".to_owned(), window);
    }
    let mut steps = vec![Json::Object(start)];
    for step in &sequence.then {
        steps.push(Json::Object(later_json(step)?));
    }
    if let Some(step) = &sequence.then_not {
        let mut map = later_json(step)?;
        map.insert("not".to_owned(), json!(true));
        steps.push(Json::Object(map));
    }
    Some(json!({ "sequence": steps }))
}

fn later_json(step: &SequenceStep) -> Option<Map<String, Json>> {
    let mut map = step_json(&step.event, step.filter.as_deref())?;
    if let Some(within) = step.within {
        map.insert("within".to_owned(), duration_json(within)?);
    }
    Some(map)
}

fn step_json(event: &EventSelector, filter: Option<&Expr>) -> Option<Map<String, Json>> {
    let event = match event {
        EventSelector::Any => "*",
        // A backticked `*` is an event of that name, which the JSON form cannot tell from any.
        EventSelector::Named(name) if matches!(&*name.text, "*" | "") => return None,
        EventSelector::Named(name) => &name.text,
    };
    let mut map = Map::from_iter([("event".to_owned(), json!(event))]);
    if let Some(filter) = filter {
        map.insert("where".to_owned(), write::condition(filter));
    }
    Some(map)
}
