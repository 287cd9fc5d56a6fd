//! The demo's table, chart and stories: the purchases on a virtual clock, and what came of it.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Instant;

use kit::definitions::Definition;
use kit::explanation::Membership;
use kit::wire::Body;
use rule_runtime::{Change, RuleSet, UserState};
use rulelang::Schema;
use rulelang::time::format_date;

use crate::command::replay::run_timeline;
use crate::demo::{Growth, Latest, Purchases, SEGMENTS};
use crate::explain::print_membership;
use crate::failure::Failure;
use crate::input::Input;
use crate::output::{Align, Output, Table, grouped, sparkline};
use crate::replay::{Outcome, Source, Timeline};
use crate::segments;

/// Whose story is told: the segment, and what brought its latest member in.
const STORIES: [(&str, &str); 2] = [
    ("lapsing", "Time alone brought them in"),
    ("vip", "A purchase brought them in"),
];

/// The demo's segments, checked.
pub(crate) fn definitions(out: &Output) -> Result<Vec<Definition>, Failure> {
    let input = Input {
        name: "the demo's segments".to_owned(),
        bytes: SEGMENTS.as_bytes().to_vec(),
    };
    segments::read_segments(&input, &mut Schema::default(), out.error_style())
}

/// The purchases on a virtual clock, and what came of it.
pub(crate) struct VirtualRun {
    rules: Arc<RuleSet>,
    outcome: Outcome,
    latest: Latest,
    /// For each segment, its members at the end of each month.
    sizes: Vec<Vec<u64>>,
    seconds: f64,
    now: i64,
}

impl VirtualRun {
    /// Runs them up to `now`.
    pub(crate) fn new(
        purchases: &Purchases,
        rules: &Arc<RuleSet>,
        shift_days: i32,
        now: i64,
    ) -> Result<Self, Failure> {
        let bytes = purchases.messages(shift_days).into_bytes();
        let started = Instant::now();
        let name = "the purchases".to_owned();
        let input = Input { name, bytes };
        let body = Body::Event;
        let sources = [Source { input, body }];
        let (timeline, bad) = Timeline::read(&sources);
        if bad.count() > 0 {
            return Err(Failure::message(bad.to_string()));
        }
        let from = timeline.span().map_or(now, |(oldest, _)| oldest);
        let mut growth = Growth::new(rules.segments().len(), from, now);
        let mut latest = Latest::default();
        let mut observe = |user: &str, change: &Change, _: &UserState| {
            growth.observe(change);
            latest.observe(user, change);
        };
        let outcome = run_timeline(rules, &timeline, Some(now), &mut observe)?;
        Ok(Self {
            rules: Arc::clone(rules),
            outcome,
            latest,
            sizes: growth.finish(),
            seconds: started.elapsed().as_secs_f64(),
            now,
        })
    }

    /// Who is in a segment at the end, ascending.
    pub(crate) fn members(&self, segment: &str) -> Vec<String> {
        let wanted = self.rules.segment(segment);
        let mut members = vec![];
        self.outcome.population.for_each_member(&mut |index, user| {
            if Some(index) == wanted {
                members.push(user.to_owned());
            }
        });
        members.sort();
        members
    }

    /// How many customers there are.
    pub(crate) fn users(&self) -> u64 {
        self.outcome.population.users() as u64
    }
}

/// What follows, in three lines.
pub(crate) fn print_intro(
    purchases: &Purchases,
    shift_days: i32,
    out: &mut Output,
) -> io::Result<()> {
    let style = out.style();
    let newest = format_date(purchases.newest_day() + shift_days);
    writeln!(out)?;
    writeln!(
        out,
        "  {}",
        style.bold("audience: who is in, the moment it becomes true")
    )?;
    writeln!(out)?;
    writeln!(
        out,
        "  Real purchases of an online music shop, 1997-01-01 to 1998-06-30, moved by"
    )?;
    let days = grouped(u64::from(shift_days.unsigned_abs()));
    writeln!(
        out,
        "  {} so that the newest falls on {newest}.",
        style.bold(&format!("{days} days"))
    )?;
    out.flush()
}

/// The table with its chart, and two people's stories.
pub(crate) fn print(
    run: &VirtualRun,
    definitions: &[Definition],
    out: &mut Output,
) -> Result<(), Failure> {
    let style = out.style();
    let changes = run.outcome.entered.iter().chain(&run.outcome.left).sum();
    writeln!(out)?;
    writeln!(
        out,
        "  On a virtual clock the same purchases run in {:.2} s: {} times somebody",
        run.seconds,
        style.bold(&grouped(changes))
    )?;
    writeln!(out, "  entered or left a segment.")?;
    writeln!(out)?;
    print_table(run, definitions, out)?;
    for (segment, line) in STORIES {
        print_story(run, definitions, (segment, line), out)?;
    }
    Ok(())
}

fn print_table(run: &VirtualRun, definitions: &[Definition], out: &mut Output) -> io::Result<()> {
    let style = out.style();
    let months = run.sizes.iter().map(Vec::len).max().unwrap_or(0);
    let chart = format!("members over {months} months");
    let columns = [
        ("segment", Align::Left),
        ("members", Align::Right),
        ("entered", Align::Right),
        ("left", Align::Right),
        (chart.as_str(), Align::Left),
    ];
    let mut table = Table::new(&columns);
    let outcome = &run.outcome;
    let counts = outcome.entered.iter().zip(&outcome.left).zip(&run.sizes);
    for ((definition, index), ((entered, left), sizes)) in definitions.iter().zip(0..).zip(counts) {
        let counts = [outcome.population.size(index), *entered, *left].map(grouped);
        let id = definition.id.to_string();
        let row = [id].into_iter().chain(counts).chain([sparkline(sizes)]);
        table.row(row);
        table.note(&definition.name);
    }
    table.print("  ", style, out)
}

fn print_story(
    run: &VirtualRun,
    definitions: &[Definition],
    (segment, line): (&str, &str),
    out: &mut Output,
) -> io::Result<()> {
    let style = out.style();
    let population = &run.outcome.population;
    let found = run.rules.segment(segment).and_then(|index| {
        let state = |user: &str| population.state(user);
        let is_member = |user: &str| state(user).is_some_and(|state| state.is_member(index));
        let user = run.latest.of(index, is_member)?;
        Some((index, user, state(user)?))
    });
    let Some((index, user, state)) = found else {
        return Ok(());
    };
    let explanation = run.rules.explain_at(state, index, run.now, &[]);
    let name = definitions
        .get(index as usize)
        .map_or(segment, |definition| &definition.name);
    writeln!(out)?;
    let membership = Membership::new(&explanation, name, run.now);
    print_membership(&membership, user, line, "  ", style, out)
}
