//! What a suite's cases came to, by tier and engine.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::case::Tier;

/// Of the cases of one suite, tier and engine.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Count {
    pub(crate) agree: usize,
    pub(crate) waived: usize,
    pub(crate) wrong: usize,
    pub(crate) not_compiled: usize,
}

impl Count {
    pub(crate) fn cases(self) -> usize {
        self.agree + self.waived + self.wrong + self.not_compiled
    }

    fn add(&mut self, other: Self) {
        self.agree += other.agree;
        self.waived += other.waived;
        self.wrong += other.wrong;
        self.not_compiled += other.not_compiled;
    }
}

/// All counts, by suite, tier and engine.
#[derive(Debug, Default)]
pub(crate) struct Score(BTreeMap<(&'static str, Tier, &'static str), Count>);

impl Score {
    pub(crate) fn of(
        &mut self,
        suite: &'static str,
        tier: Tier,
        engine: &'static str,
    ) -> &mut Count {
        self.0.entry((suite, tier, engine)).or_default()
    }

    /// Over all suites.
    pub(crate) fn all(&self, tier: Tier, engine: &str) -> Count {
        let mut sum = Count::default();
        let of = self
            .0
            .iter()
            .filter(|((_, t, e), _)| *t == tier && *e == engine);
        of.for_each(|(_, count)| sum.add(*count));
        sum
    }

    pub(crate) fn table(&self) -> String {
        let mut table = format!(
            "{:18} {:4} {:11} {:>6} {:>6} {:>6} {:>6} {:>12} {:>8}\n",
            "suite",
            "tier",
            "engine",
            "cases",
            "agree",
            "waived",
            "wrong",
            "not_compiled",
            "waived %"
        );
        for ((suite, tier, engine), count) in &self.0 {
            row(&mut table, suite, *tier, engine, *count);
        }
        for tier in [Tier::Core, Tier::Ext] {
            for engine in crate::engine::ENGINES {
                row(&mut table, "all", tier, engine, self.all(tier, engine));
            }
        }
        table
    }
}

fn row(table: &mut String, suite: &str, tier: Tier, engine: &str, count: Count) {
    let tier = tier.name();
    let (cases, percent) = (
        count.cases(),
        100.0 * count.waived as f64 / count.cases().max(1) as f64,
    );
    writeln!(
        table,
        "{suite:18} {tier:4} {engine:11} {cases:6} {:6} {:6} {:6} {:12} {percent:8.1}",
        count.agree, count.waived, count.wrong, count.not_compiled
    )
    .unwrap();
}
