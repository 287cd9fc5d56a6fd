//! `audience demo`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use kit::definitions::Definition;
use kit::explanation::Membership;
use kit::wire::Body;
use rule_runtime::{Change, RuleSet, UserState};
use rulelang::Schema;
use rulelang::time::format_date;

use crate::command::replay::run_timeline;
use crate::demo::{Growth, Latest, Purchases, SEGMENTS, shift_days};
use crate::evaluation::now;
use crate::explain::print_membership;
use crate::failure::Failure;
use crate::input::Input;
use crate::output::{Align, AtomicFile, Output, Table, grouped, peak_memory_bytes, sparkline};
use crate::replay::{Outcome, Source, Timeline};
use crate::segments;

/// Whose story is told: the segment, and what brought its latest member in.
const STORIES: [(&str, &str); 2] = [
    ("lapsing", "Time alone brought them in"),
    ("vip", "A purchase brought them in"),
];

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Stop after the summary
    #[arg(long)]
    exit: bool,
    /// Where the demo keeps its state
    #[arg(long, value_name = "DIR", default_value = "audience-demo")]
    data: PathBuf,
    /// Forget the state first
    #[arg(long)]
    fresh: bool,
    /// Write the purchases with their own dates, as `user-events` messages, and stop
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,
}

impl Default for Args {
    fn default() -> Self {
        Self {
            exit: false,
            data: "audience-demo".into(),
            fresh: false,
            export: None,
        }
    }
}

pub(crate) fn run(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let purchases = Purchases::read()?;
    if let Some(path) = &args.export {
        return export(&purchases, path);
    }
    let now = now();
    let shift_days = shift_days(&args.data, args.fresh, purchases.newest_day(), now)?;
    let definitions = definitions(out)?;
    let rules = segments::build(&definitions)?;
    print_intro(&purchases, shift_days, out)?;
    let run = Run::new(&purchases, &rules, shift_days, now)?;
    print_headline(&run, out)?;
    print_table(&run, &definitions, out)?;
    for (segment, line) in STORIES {
        print_story(&run, &definitions, (segment, line), out)?;
    }
    Ok(())
}

fn export(purchases: &Purchases, path: &Path) -> Result<(), Failure> {
    let write = || {
        let mut file = AtomicFile::create(path)?;
        file.write_all(purchases.messages(0).as_bytes())?;
        file.finish()
    };
    write().map_err(|error| Failure::message(format!("cannot write `{}`: {error}", path.display())))
}

fn definitions(out: &Output) -> Result<Vec<Definition>, Failure> {
    let input = Input {
        name: "the demo's segments".to_owned(),
        bytes: SEGMENTS.as_bytes().to_vec(),
    };
    segments::read_segments(&input, &mut Schema::default(), out.error_style())
}

/// What the run came to.
struct Run {
    rules: Arc<RuleSet>,
    outcome: Outcome,
    latest: Latest,
    /// For each segment, its members at the end of each month.
    sizes: Vec<Vec<u64>>,
    seconds: f64,
    now: i64,
}

impl Run {
    fn new(
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
}

fn print_intro(purchases: &Purchases, shift_days: i32, out: &mut Output) -> io::Result<()> {
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

fn print_headline(run: &Run, out: &mut Output) -> io::Result<()> {
    let style = out.style();
    let Outcome {
        facts,
        population,
        entered,
        left,
        ..
    } = &run.outcome;
    let rate = grouped((*facts as f64 / run.seconds.max(1e-9)) as u64);
    let changes = entered.iter().sum::<u64>() + left.iter().sum::<u64>();
    let memory = peak_memory_bytes().map_or_else(String::new, |bytes| {
        format!(", {} MB", bytes.div_ceil(1_000_000))
    });
    writeln!(out)?;
    writeln!(
        out,
        "  {} purchases of {} customers in {:.2} s: {} a second{memory}",
        style.bold(&grouped(*facts)),
        style.bold(&grouped(population.users() as u64)),
        run.seconds,
        style.bold(&rate),
    )?;
    writeln!(
        out,
        "  {} times somebody entered or left a segment",
        style.bold(&grouped(changes))
    )?;
    writeln!(out)
}

fn print_table(run: &Run, definitions: &[Definition], out: &mut Output) -> io::Result<()> {
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
    run: &Run,
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
