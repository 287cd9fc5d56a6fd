//! `audience demo`.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use kit::definitions::Definition;
use kit::shutdown::Shutdown;

use crate::client::Client;
use crate::demo::report::{self, VirtualRun};
use crate::demo::{
    DemoProgress, Purchases, ensure_campaign, ensure_segments, load, wait_until_caught_up,
};
use crate::failure::Failure;
use crate::output::{AtomicFile, Output, grouped, resident_memory_bytes};
use crate::platform::{Platform, Settings};
use crate::segments;
use kit::clock::now;

/// Starts the ids of the demo's own users; others may have come by while it served.
const OWN_USERS: &str = "cdnow-";
/// A timer may fall between the two looks that must agree.
const LOOKS_MAX: u32 = 5;

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
    let settings = Settings::demo(&args.data)?;
    if args.fresh {
        settings.forget()?;
    }
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(show(args, settings, &purchases, out))
}

fn export(purchases: &Purchases, path: &Path) -> Result<(), Failure> {
    let write = || {
        let mut file = AtomicFile::create(path)?;
        file.write_all(purchases.messages(0).as_bytes())?;
        file.finish()
    };
    write().map_err(|error| Failure::message(format!("cannot write `{}`: {error}", path.display())))
}

async fn show(
    args: &Args,
    settings: Settings,
    purchases: &Purchases,
    out: &mut Output,
) -> Result<(), Failure> {
    let shutdown = Shutdown::on_signals()?;
    let platform = Platform::start(settings, shutdown.clone()).await?;
    let told = tokio::select! {
        told = tell(args, &platform, purchases, out) => told,
        () = shutdown.requested() => Ok(()),
    };
    if told.is_ok() && !args.exit {
        shutdown.requested().await;
    }
    shutdown.request();
    platform.ended().await;
    told
}

/// Loads the purchases, and tells what came of them and where to look.
async fn tell(
    args: &Args,
    platform: &Platform,
    purchases: &Purchases,
    out: &mut Output,
) -> Result<(), Failure> {
    let client = Client::new(platform.addresses().clone());
    let mut progress = DemoProgress::open(&args.data, purchases.newest_day(), now())?;
    let shift_days = progress.shift_days();
    report::print_intro(purchases, shift_days, out)?;
    ensure_segments(&client).await?;
    let started = Instant::now();
    let messages = purchases.messages(shift_days);
    let loaded = load(&client, platform.events(), &messages, &mut progress).await?;
    let accepted = started.elapsed().as_secs_f64();
    wait_until_caught_up(&client).await?;
    let caught_up = started.elapsed().as_secs_f64();
    let definitions = report::definitions(out)?;
    let run = compare(&client, purchases, &definitions, shift_days).await?;
    print_load(loaded, (accepted, caught_up), run.users(), out)?;
    report::print(&run, &definitions, out)?;
    let sent = ensure_campaign(&client).await?;
    print_outlook(args, platform, sent, out)
}

/// Runs the purchases on a virtual clock; its members must be those of the platform.
async fn compare(
    client: &Client,
    purchases: &Purchases,
    definitions: &[Definition],
    shift_days: i32,
) -> Result<VirtualRun, Failure> {
    let rules = segments::build(definitions)?;
    let mut look = 0;
    loop {
        let run = VirtualRun::new(purchases, &rules, shift_days, now())?;
        let differing = differing(client, &run, definitions).await?;
        look += 1;
        match differing {
            None => return Ok(run),
            Some(segment) if look == LOOKS_MAX => {
                let message = format!("`{segment}` has other members live than in the replay");
                return Err(Failure::new(message, "this is a bug: please report it"));
            }
            Some(_) => tokio::time::sleep(std::time::Duration::from_secs(1)).await,
        }
    }
}

/// The first segment whose live members are others than the run's; one whose rule is no longer the
/// demo's is not held to it.
async fn differing<'a>(
    client: &Client,
    run: &VirtualRun,
    definitions: &'a [Definition],
) -> Result<Option<&'a str>, Failure> {
    for Definition { id, rule, .. } in definitions {
        let shown = client.segment(id).await?;
        let expression = shown.get("expression").and_then(serde_json::Value::as_str);
        if expression != Some(rulelang::format(&rule.ast).as_str()) {
            continue;
        }
        let live = client.members(id).await?;
        let own = live.into_iter().filter(|user| user.starts_with(OWN_USERS));
        if own.collect::<BTreeSet<_>>() != run.members(id).into_iter().collect() {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

fn print_load(
    loaded: u64,
    (accepted, caught_up): (f64, f64),
    users: u64,
    out: &mut Output,
) -> Result<(), Failure> {
    let style = out.style();
    writeln!(out)?;
    if loaded == 0 {
        writeln!(
            out,
            "  All purchases were loaded before: this start went on with them."
        )?;
        return Ok(());
    }
    writeln!(
        out,
        "  {} purchases accepted over HTTP in {accepted:.1} s, each on disk before its answer;",
        style.bold(&grouped(loaded)),
    )?;
    let rate = grouped((loaded as f64 / caught_up.max(1e-9)) as u64);
    writeln!(
        out,
        "  {} customers in their segments after {caught_up:.1} s: {} a second.",
        style.bold(&grouped(users)),
        style.bold(&rate)
    )?;
    Ok(())
}

fn print_outlook(
    args: &Args,
    platform: &Platform,
    sent: u64,
    out: &mut Output,
) -> Result<(), Failure> {
    let style = out.style();
    let at = platform.addresses();
    writeln!(out)?;
    writeln!(
        out,
        "  A campaign asked for {} mails to the members of win-back.",
        style.bold(&grouped(sent))
    )?;
    if let Some(bytes) = resident_memory_bytes() {
        writeln!(
            out,
            "  Memory of the whole platform: {} MB.",
            bytes.div_ceil(1_000_000)
        )?;
    }
    if args.exit {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(
        out,
        "  {}   {}",
        style.bold("The console"),
        style.cyan(&at.segments)
    )?;
    writeln!(out, "  Send an event:")?;
    writeln!(
        out,
        "    curl {}/api/events -d '{{\"userId\":\"ann\",",
        at.ingestion
    )?;
    writeln!(
        out,
        "      \"eventType\":\"purchase\",\"properties\":{{\"amount\":400}}}}'"
    )?;
    writeln!(out, "  See who enters and leaves, as it happens:")?;
    writeln!(out, "    audience tail --url {}", at.segments)?;
    writeln!(out)?;
    writeln!(
        out,
        "  State is in {}. Ctrl-C stops; the next start goes on.",
        args.data.display()
    )?;
    Ok(out.flush()?)
}
