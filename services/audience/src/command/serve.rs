//! `audience serve`.

use std::io::Write;
use std::path::PathBuf;

use kit::shutdown::Shutdown;

use crate::failure::Failure;
use crate::output::Output;
use crate::platform::{Platform, Role, Settings};

const EXAMPLES: &str = "\
Examples:
  audience serve
  audience serve --data /var/lib/audience --config audience.toml
  AUDIENCE_LISTEN_SEGMENT_API_PORT=9081 audience serve
  audience serve --config audience.toml --role segment-api --role rule-engine

Without --role all services run in one process. Processes of single roles share Kafka and PostgreSQL:
docs/cluster.md.
Callers need a key: `audience key create --scope admin` makes one, also while it runs.
Every key of the configuration, its default and its environment variable:
docs/configuration.md.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Where state is kept [default: ./data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A configuration file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A service to run; may be given several times [default: all]
    #[arg(long = "role", value_name = "ROLE", value_enum)]
    roles: Vec<Role>,
}

pub(crate) fn run(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let settings = Settings::serve(args.config.as_deref(), args.data.clone())?;
    let settings = settings.with_roles(&args.roles)?;
    settings.start_telemetry()?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let shutdown = Shutdown::on_signals()?;
        let data = settings.has_folder().then(|| settings.data().to_owned());
        let platform = Platform::start(settings, shutdown.clone()).await?;
        print(&platform, out)?;
        if platform.lacks_keys() {
            print_first_key(args, out)?;
        }
        if let Some(data) = data {
            write!(out, "State is in {}. ", data.display())?;
        }
        writeln!(out, "Ctrl-C stops.")?;
        out.flush()?;
        shutdown.requested().await;
        platform.ended().await;
        Ok(())
    })
}

fn print(platform: &Platform, out: &mut Output) -> Result<(), Failure> {
    let at = platform.addresses();
    let services = [
        ("segment-api, console", &at.segments),
        ("ingestion-api", &at.ingestion),
        ("communication-api", &at.communication),
        ("rule-engine", &at.rules),
        ("stream-processor", &at.processor),
    ];
    for (name, address) in services {
        if !address.is_empty() {
            writeln!(out, "{name:<22}{address}")?;
        }
    }
    Ok(())
}

/// How to make the first key, for whoever does not know yet that calls need one.
fn print_first_key(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let given = |name, path: &Option<PathBuf>| {
        let path = path.as_ref()?;
        Some(format!(" {name} {}", path.display()))
    };
    let data = given("--data", &args.data).unwrap_or_default();
    let config = given("--config", &args.config).unwrap_or_default();
    writeln!(
        out,
        "Every call needs a key, and there is none yet. This makes one:"
    )?;
    writeln!(out, "  audience key create --scope admin{data}{config}")?;
    Ok(())
}
