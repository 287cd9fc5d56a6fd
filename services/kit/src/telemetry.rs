//! What a process says of what it does: its log and its traces.
//!
//! The log goes to standard error: lines for people on a terminal, JSON lines elsewhere. Traces go to
//! an OpenTelemetry collector, where the configuration names one and the program was built with the
//! feature `otlp`: a [`Tracer`] begins their [`Span`]s. How they go on beyond a request or a record
//! ([`TraceParent`]) is the same without a collector, when a trace comes from elsewhere.

mod current;
#[cfg(feature = "otlp")]
mod otlp;
mod outgoing;
mod trace_parent;
mod tracer;
#[cfg(not(feature = "otlp"))]
mod unexported;

use std::io::IsTerminal;

use thiserror::Error;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

use crate::config::{LogFormat, TelemetryConfig};
pub(crate) use current::Current;
pub use current::{begin_here, carried, current};
pub use outgoing::Outgoing;
pub use trace_parent::TraceParent;
pub use tracer::{Kind, Span, Tracer, Value};

/// Why log or traces cannot be started.
#[derive(Debug, Error)]
pub enum TelemetryError {
    /// The level is none.
    #[error("`{level}` is no log level")]
    Level {
        /// What was given.
        level: String,
        /// Why.
        #[source]
        source: ParseError,
    },
    /// It was started before.
    #[error("the log was started before")]
    Started,
    /// Traces are to be exported, and the program was built without what does it.
    #[error("`telemetry.otlp_endpoint` is set, and this program was built without traces")]
    Unexported,
    /// The export cannot be set up.
    #[error("traces cannot be exported: {0}")]
    Export(String),
}

/// Starts the log. `RUST_LOG` wins over the configured level; `NO_COLOR` is honoured.
///
/// # Errors
/// A level that is none; a log that was started before.
pub fn start(config: &TelemetryConfig) -> Result<(), TelemetryError> {
    let level = std::env::var("RUST_LOG").unwrap_or_else(|_| config.level.clone());
    let filter =
        EnvFilter::try_new(&level).map_err(|source| TelemetryError::Level { level, source })?;
    let is_terminal = std::io::stderr().is_terminal();
    let has_color = is_terminal && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty());
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(has_color);
    let is_json = match config.format {
        LogFormat::Auto => !is_terminal,
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let started = if is_json {
        builder.json().flatten_event(true).try_init()
    } else {
        builder.with_target(false).try_init()
    };
    started.map_err(|_| TelemetryError::Started)
}
