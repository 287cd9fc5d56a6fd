//! What a platform is started with.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kit::config::{Config, ConfigError};
use kit::metrics::Metrics;
use kit::telemetry::{TelemetryError, Tracer};
use web_console::Page;

use super::{Role, Roles};
use crate::failure::Failure;

/// The demo's ports, as its configuration would have them.
const DEMO_PORTS: [(&str, &str); 5] = [
    ("AUDIENCE_LISTEN_SEGMENT_API_PORT", "30081"),
    ("AUDIENCE_LISTEN_INGESTION_API_PORT", "30082"),
    ("AUDIENCE_LISTEN_COMMUNICATION_API_PORT", "30083"),
    ("AUDIENCE_LISTEN_RULE_ENGINE_PORT", "30084"),
    ("AUDIENCE_LISTEN_STREAM_PROCESSOR_PORT", "30085"),
];
/// Where the design's walk-through opens another tool's page.
const DEMO_PAGES: [(u16, Page); 3] = [
    (30001, Page::Dashboard),
    (30080, Page::Topics),
    (30881, Page::Processing),
];
/// What the platform writes into its folder, besides the demo's own file.
const WRITTEN: [&str; 5] = [
    "catalog.sqlite",
    "catalog.sqlite-shm",
    "catalog.sqlite-wal",
    "store",
    "demo.json",
];
/// No keys of the configuration: one is read by tests' builds only, one by commands that call a
/// running platform.
const OTHER_VARIABLES: [&str; 2] = ["AUDIENCE_CRASH_POINT", crate::client::KEY_VARIABLE];

/// What a platform is started with.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) config: Config,
    /// The services of the process.
    pub(crate) roles: Roles,
    /// Ports that lead to a page of the console; one that is taken is left out.
    pub(crate) pages: Vec<(u16, Page)>,
    /// Whether nobody is asked for a key.
    pub(crate) is_open: bool,
}

impl Settings {
    /// The demo's: its own ports, the environment over them.
    pub(crate) fn demo(data: &Path) -> Result<Self, Failure> {
        let ports = DEMO_PORTS.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let level = ("AUDIENCE_TELEMETRY_LEVEL".to_owned(), "warn".to_owned());
        let environment = ports.into_iter().chain([level]).chain(environment());
        let mut config = Config::read(None, environment).map_err(wrong)?;
        data.clone_into(&mut config.data.dir);
        if !config.listen.address.is_loopback() {
            let message = "the demo asks nobody for a key, so it listens on this machine alone";
            return Err(Failure::new(message, "`audience serve` listens elsewhere"));
        }
        // On other ports than its own it is not the demo that the walk-through knows.
        let is_at_home = DEMO_PORTS
            .iter()
            .any(|(_, port)| *port == config.listen.segment_api_port.to_string());
        let pages = if is_at_home {
            DEMO_PAGES.to_vec()
        } else {
            vec![]
        };
        Ok(Self {
            config,
            roles: Roles::all(),
            pages,
            is_open: true,
        })
    }

    /// Those of `audience serve`: the file, the environment over it, the command line over both.
    pub(crate) fn serve(file: Option<&Path>, data: Option<PathBuf>) -> Result<Self, Failure> {
        let mut config = Config::read(file, environment()).map_err(wrong)?;
        if let Some(dir) = data {
            config.data.dir = dir;
        }
        Ok(Self {
            config,
            roles: Roles::all(),
            pages: vec![],
            is_open: false,
        })
    }

    /// The same for some services alone; for all where none is named. Services apart from one another
    /// need stores that they share.
    pub(crate) fn with_roles(mut self, roles: &[Role]) -> Result<Self, Failure> {
        self.roles = Roles::named(roles);
        if self.roles.are_all() || self.is_shared() {
            return Ok(self);
        }
        Err(Failure::new(
            "`--role` runs services apart, and the stores of this configuration are in one process's folder",
            "set `kafka.brokers` and `catalog.url` (docs/cluster.md), or leave `--role` out",
        ))
    }

    /// Whether other processes may have services of the same deployment.
    pub(crate) fn is_shared(&self) -> bool {
        self.is_on_kafka() && !self.config.catalog.url.is_empty()
    }

    /// Whether the log is on Kafka, not in the folder.
    pub(crate) fn is_on_kafka(&self) -> bool {
        !self.config.kafka.brokers.is_empty()
    }

    /// Whether the process has stores in its folder beside the catalog.
    pub(crate) fn has_folder(&self) -> bool {
        !self.is_on_kafka() || self.roles.has(Role::StreamProcessor)
    }

    /// Where other processes ask this one's owners, whose service listens on a port.
    pub(crate) fn peer_address(&self, port: u16) -> Result<String, Failure> {
        let host = &self.config.peers.host;
        if !host.is_empty() {
            return Ok(format!("http://{host}:{port}"));
        }
        let address = self.config.listen.address;
        if address.is_unspecified() && self.is_shared() {
            return Err(Failure::new(
                format!(
                    "`listen.address` is {address}, at which no other process can ask this one"
                ),
                "set `peers.host` to the name or address that this process has for others",
            ));
        }
        Ok(format!("http://{}", SocketAddr::new(address, port)))
    }

    /// Where the stores are.
    pub(crate) fn data(&self) -> &Path {
        &self.config.data.dir
    }

    /// How long after its last event a user's session ends.
    pub(crate) fn session_ttl(&self) -> Duration {
        Duration::from_millis(self.config.events.session_ttl_ms)
    }

    /// Removes what the platform wrote into its folder, and nothing else.
    pub(crate) fn forget(&self) -> Result<(), Failure> {
        for name in WRITTEN {
            let path = self.data().join(name);
            let removed = match path.is_dir() {
                true => std::fs::remove_dir_all(&path),
                false if path.exists() => std::fs::remove_file(&path),
                false => Ok(()),
            };
            removed.map_err(|error| {
                Failure::message(format!("cannot remove `{}`: {error}", path.display()))
            })?;
        }
        Ok(())
    }

    /// Starts the export of the process's traces, where the configuration asks for it.
    pub(crate) fn start_tracer(&self, metrics: &Metrics) -> Result<Tracer, Failure> {
        let started = Tracer::start(&self.config.telemetry, self.roles.name(), metrics);
        started.map_err(|error| match error {
            TelemetryError::Unexported => {
                let fix = "build it with `--features cluster`, or leave the key empty";
                Failure::new(error.to_string(), fix)
            }
            error => Failure::message(error.to_string()),
        })
    }

    /// Starts the log of the process.
    pub(crate) fn start_telemetry(&self) -> Result<(), Failure> {
        kit::telemetry::start(&self.config.telemetry).map_err(|error| {
            let fix = "write one like `info`, or `warn,segment_api=debug`";
            Failure::new(error.to_string(), fix)
        })
    }
}

fn environment() -> impl Iterator<Item = (String, String)> {
    let variables = std::env::vars_os();
    let texts = variables
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    texts.filter(|(name, _)| !OTHER_VARIABLES.contains(&name.as_str()))
}

fn wrong(error: ConfigError) -> Failure {
    let message = error.to_string();
    match error.fix {
        Some(fix) => Failure::new(message, fix),
        None => Failure::message(message),
    }
}

/// Tells on standard error what is not as it should be and yet no reason to stop.
pub(crate) fn warn(message: &str) {
    // A warning that cannot be shown is no reason to stop.
    writeln!(std::io::stderr(), "warning: {message}").ok();
}
