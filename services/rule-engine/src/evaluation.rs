//! Rules evaluated for contexts: users of whom everything is given, as profile fields.
//!
//! A context is in a segment if the segment's rule is TRUE for it; `IN SEGMENT` reads that. A string
//! `userId` in it is the user's id too, which shares of users go by. What a
//! request may cost is bounded in time: each rule is small enough to look at the clock between two.

use std::sync::Arc;
use std::time::Instant;

use kit::evaluation::{check_with, facts, shown_types};
use kit::explanation::ExplainedRule;
use kit::http::Problem;
use kit::rules::RuleSource;
use kit::wire::value_to_json;
use rulelang::facts::{Facts, Properties};
use rulelang::limits::SEGMENT_DEPTH_MAX;
use rulelang::{Rule, Value};

use crate::checked_rules::{CheckKey, CheckedRules, Types};
use crate::definitions::Definitions;
use crate::limits::EVALUATION_TIME_MAX;
use crate::rule_input::WrongRule;

/// Evaluates rules for one request.
#[derive(Debug)]
pub(crate) struct Evaluation {
    definitions: Arc<Definitions>,
    rules: Arc<CheckedRules>,
    /// The instant, in milliseconds.
    now: i64,
    /// When to give up.
    deadline: Instant,
}

/// A user of whom everything is given.
#[derive(Debug)]
struct Context {
    /// What its bindings show. One that carries a computed trait's name stands in for it, unless
    /// events are given.
    types: Arc<Types>,
    /// Those of computed traits alone: stored rules type all their other fields.
    trait_types: Arc<Types>,
    /// With the memberships that were asked for so far.
    facts: Facts,
}

impl Evaluation {
    /// At the instant `now`, in milliseconds. The time that it may take runs from here on.
    pub(crate) fn new(definitions: Arc<Definitions>, rules: Arc<CheckedRules>, now: i64) -> Self {
        Self {
            definitions,
            rules,
            now,
            deadline: Instant::now() + EVALUATION_TIME_MAX,
        }
    }

    /// The value of one rule for a context.
    pub(crate) fn value(
        &self,
        source: &RuleSource,
        bindings: Properties,
    ) -> Result<serde_json::Value, Problem> {
        let mut context = self.context(bindings, None);
        let rule = self.rule(source, &context.types)?;
        self.enter_named(&rule, &mut context)?;
        Ok(value_to_json(&self.evaluate(&rule, &context)?))
    }

    /// One rule explained for one user of whom fields and, where any are given, events are known.
    pub(crate) fn explain(
        &self,
        source: &RuleSource,
        bindings: Properties,
        events: Option<Facts>,
    ) -> Result<ExplainedRule, Problem> {
        let mut context = self.context(bindings, events);
        let rule = self.rule(source, &context.types)?;
        self.enter_named(&rule, &mut context)?;
        self.check_time()?;
        Ok(ExplainedRule::new(&rule, &context.facts, self.now))
    }

    /// The ids and names of the segments that a context is in.
    pub(crate) fn matches(&self, bindings: Properties) -> Result<Vec<(String, String)>, Problem> {
        let mut context = self.context(bindings, None);
        let mut found = vec![];
        for (id, segment) in &self.definitions.segments {
            if self.is_in(id, &mut context, 0)? {
                found.push((id.clone(), segment.name.clone()));
            }
        }
        Ok(found)
    }

    fn context(&self, bindings: Properties, events: Option<Facts>) -> Context {
        let traits = &self.definitions.schema.traits;
        let mut types = shown_types(&bindings);
        if events.is_some() {
            types.retain(|name, _| !traits.contains_key(name));
        }
        let trait_types = types.iter().filter(|(name, _)| traits.contains_key(*name));
        Context {
            trait_types: Arc::new(trait_types.map(|(name, ty)| (name.clone(), *ty)).collect()),
            types: Arc::new(types),
            facts: facts(user_id(&bindings), bindings, events),
        }
    }

    /// Decides the memberships that a rule reads.
    fn enter_named(&self, rule: &Rule, context: &mut Context) -> Result<(), Problem> {
        for id in &rule.segments {
            if !self.definitions.segments.contains_key(id) {
                let detail = format!("there is no active segment `{id}` for the rule to name");
                return Err(Problem::bad_request(detail));
            }
            self.is_in(id, context, 0)?;
        }
        Ok(())
    }

    /// Whether a context is in a segment. Circles are refused at save; one would read FALSE.
    fn is_in(&self, id: &str, context: &mut Context, depth: usize) -> Result<bool, Problem> {
        if let Some(known) = context.facts.memberships.get(id) {
            return Ok(*known);
        }
        let definitions = Arc::clone(&self.definitions);
        let Some(segment) = definitions
            .segments
            .get(id)
            .filter(|_| depth <= SEGMENT_DEPTH_MAX)
        else {
            return Ok(false);
        };
        let rule = self.rule(&segment.source, &context.trait_types)?;
        for named in &rule.segments {
            self.is_in(named, context, depth + 1)?;
        }
        let is_in = self.evaluate(&rule, context)? == Value::Bool(true);
        context.facts.memberships.insert(id.to_owned(), is_in);
        Ok(is_in)
    }

    fn rule(&self, source: &RuleSource, types: &Arc<Types>) -> Result<Arc<Rule>, Problem> {
        let key = CheckKey {
            text: source.key(),
            revision: self.definitions.revision,
            types: Arc::clone(types),
        };
        self.rules.get(key, || {
            self.check_time()?;
            let mut schema = self.definitions.schema.clone();
            schema.traits.retain(|name, _| !types.contains_key(name));
            check_with(source, Types::clone(types), schema).map_err(|diagnostics| {
                let source = source.clone();
                WrongRule {
                    source,
                    diagnostics,
                }
                .into_problem()
            })
        })
    }

    fn evaluate(&self, rule: &Rule, context: &Context) -> Result<Value, Problem> {
        self.check_time()?;
        Ok(rulelang::evaluate(rule, &context.facts, self.now))
    }

    fn check_time(&self) -> Result<(), Problem> {
        if Instant::now() < self.deadline {
            return Ok(());
        }
        Err(Problem::unprocessable(format!(
            "this takes longer than the {} s that one request may; ask for fewer contexts at once",
            EVALUATION_TIME_MAX.as_secs()
        )))
    }
}

/// The id of the user that a context stands for; `None` where it does not say.
pub(crate) fn user_id(bindings: &Properties) -> Option<Arc<str>> {
    match bindings.get("userId")? {
        Value::String(id) => Some(Arc::clone(id)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::StatusCode;

    #[test]
    fn a_request_that_takes_too_long_is_given_up() {
        let definitions = Definitions {
            revision: 0,
            schema: rulelang::Schema::default(),
            schema_file: serde_json::Value::Null,
            segments: std::collections::BTreeMap::default(),
        };
        let mut evaluation = Evaluation::new(Arc::new(definitions), Arc::default(), 0);
        let rule = RuleSource::from_text("a > 1");
        assert!(evaluation.value(&rule, Properties::new()).is_ok());
        evaluation.deadline = Instant::now();
        let problem = evaluation.value(&rule, Properties::new()).unwrap_err();
        assert_eq!(problem.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
}
