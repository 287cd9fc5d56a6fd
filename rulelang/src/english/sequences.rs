//! Events that follow one another.

use super::layout::Told;
use super::{Teller, times};
use crate::rule::SequenceStep;

impl Teller<'_> {
    /// `in this order: a `view` event in the last 7 days, then a `cart` event at most 1 hour later`
    pub(super) fn sequence(self, index: usize, holds: bool) -> Told {
        let Some(sequence) = self.rule.sequences.get(index) else {
            return Told::constant(false);
        };
        let mut words = String::from(if holds {
            "in this order: "
        } else {
            "not in this order: "
        });
        for (place, step) in sequence.steps.iter().enumerate() {
            words.push_str(if place == 0 { "" } else { ", then " });
            words.push_str(match step.events.event {
                Some(_) => "a ",
                None => "an ",
            });
            words.push_str(&self.step(step));
        }
        if let Some(step) = &sequence.absent {
            words.push_str(", then no ");
            words.push_str(&self.step(step));
        }
        Told::Compound(words)
    }

    /// `` `cart` event at most 1 hour later (where …)``
    fn step(self, step: &SequenceStep) -> String {
        let event = Self::events(&step.events, false);
        let within = step.within.map_or_else(String::new, |within| {
            format!(" at most {} later", times::duration(within))
        });
        format!("{event}{within}{}", self.within(&step.events))
    }
}
