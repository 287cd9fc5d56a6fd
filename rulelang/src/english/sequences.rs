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
            "this did not happen: "
        });
        for (place, step) in sequence.steps.iter().enumerate() {
            words.push_str(if place == 0 { "" } else { ", then " });
            words.push_str(&Self::an_event(&step.events));
            if let Some(within) = step.within {
                words.extend([" at most ", &times::duration(within), " later"]);
            }
            words.push_str(&self.within(&step.events));
        }
        if let Some(step) = &sequence.absent {
            words.push_str(&self.absent(step));
        }
        Told::Compound(words)
    }

    /// ``, and no `purchase` event within 1 day after that (where …)``
    fn absent(self, step: &SequenceStep) -> String {
        let event = Self::events(&step.events, false);
        let within = step.within.map_or_else(String::new, |within| {
            format!(" within {}", times::duration(within))
        });
        let condition = self.within(&step.events);
        format!(", and no {event}{within} after that{condition}")
    }
}
