//! The log of a process: lines for people on a terminal, JSON lines elsewhere, on standard error.

use std::io::IsTerminal;

use thiserror::Error;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

use crate::config::{LogFormat, TelemetryConfig};

/// Why the log cannot be started.
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
