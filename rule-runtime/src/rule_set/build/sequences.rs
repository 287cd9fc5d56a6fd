//! Sequences: each step is a series, kept for as long as the sequence looks back.

use std::sync::Arc;

use rulelang::rule::{self, Sequence, Window};

use super::Builder;
use crate::rule_set::plan::SlotSource;
use crate::sequences::{SequencePlan, StepPlan};
use crate::series::{Leave, Reach};

/// What tells sequences apart: the canonical text and the types of the properties.
pub(super) type SequenceKey = (Arc<str>, Vec<Vec<rule::Property>>);

impl Builder<'_> {
    pub(super) fn sequence(&mut self, sequence: &Sequence) -> u32 {
        let steps = sequence.all_steps();
        let properties = steps.map(|step| step.events.properties.clone());
        let key = (sequence.text.clone(), properties.collect());
        if let Some(slot) = self.index.sequences.get(&key) {
            return *slot;
        }
        let index = self.set.sequences.len() as u32;
        let slot = self.slot(SlotSource::Sequence(index));
        let window = sequence.steps.first().map(|step| step.events.window);
        let window = window.unwrap_or(Window::AllTime);
        let kept = lookback(window);
        let mut step = |step: &rule::SequenceStep| StepPlan {
            series: self.step_series(step, kept, index),
            within: step.within,
        };
        let plan = SequencePlan {
            slot,
            reach: Reach::from(window),
            steps: sequence.steps.iter().map(&mut step).collect(),
            absent: sequence.absent.as_ref().map(&mut step),
        };
        self.set.sequences.push(plan);
        self.index.sequences.insert(key, slot);
        slot
    }

    /// The series of a step's events. The window over it has no aggregates: it only keeps them.
    fn step_series(&mut self, step: &rule::SequenceStep, kept: Window, sequence: u32) -> u32 {
        let series = self.series(&step.events);
        // It keeps them also where no window moves: what follows what is not a running result.
        self.window(series, kept, Reach::from(kept));
        let sequences = &mut self.set.series[series as usize].sequences;
        if !sequences.contains(&sequence) {
            sequences.push(sequence);
        }
        series
    }
}

/// The sliding window that holds whatever a sequence looks at which begins in `window`: no step
/// comes before its first.
fn lookback(window: Window) -> Window {
    match window {
        Window::WithinLast(_) | Window::WithinLastCalendar(_) => window,
        Window::FromToAgo { from, .. } => Window::WithinLast(from),
        Window::AllTime | Window::During { .. } => Window::WithinLast(Leave::NEVER_MS),
    }
}
