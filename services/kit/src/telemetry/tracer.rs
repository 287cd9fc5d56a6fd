//! The spans of a process, whether anybody hears of them or not.

use std::borrow::Cow;

use super::{TelemetryError, TraceParent};
use crate::config::TelemetryConfig;
use crate::metrics::Metrics;

#[cfg(feature = "otlp")]
use super::otlp::{Export, Recording};
#[cfg(not(feature = "otlp"))]
use super::unexported::{Export, Recording};

/// Begins the spans of a process. Clones share it; the default one begins none.
#[derive(Debug, Clone, Default)]
pub struct Tracer {
    export: Option<Export>,
}

/// What a span is to those on its other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A request is answered.
    Server,
    /// Another service is asked.
    Client,
    /// Messages are sent.
    Producer,
    /// Messages are taken.
    Consumer,
}

/// What an attribute of a span says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(Cow<'static, str>),
    /// A number.
    Number(i64),
}

/// A span that is recorded. It ends when it is dropped.
#[derive(Debug)]
pub struct Span {
    recording: Recording,
    trace_parent: TraceParent,
}

impl Tracer {
    /// The tracer of a process whose spans go to where the configuration says; one that begins none
    /// where it says nothing. `service` is the process's name in traces.
    ///
    /// # Errors
    /// A program that was built without the export; a client of HTTP that cannot be made.
    pub fn start(
        config: &TelemetryConfig,
        service: &'static str,
        metrics: &Metrics,
    ) -> Result<Self, TelemetryError> {
        let is_wanted = !config.otlp_endpoint.is_empty();
        let export = is_wanted.then(|| Export::start(config, service, metrics));
        let export = export.transpose()?;
        Ok(Self { export })
    }

    /// Begins a span. Under a parent it is recorded where the parent's trace is sampled; without one
    /// it begins a trace of its own, of which the configured share is sampled. `None`: it is not
    /// recorded.
    pub fn begin(
        &self,
        kind: Kind,
        name: impl Into<Cow<'static, str>>,
        parent: Option<&TraceParent>,
    ) -> Option<Span> {
        let export = self.export.as_ref()?;
        if parent.is_some_and(|parent| !parent.is_sampled()) {
            return None;
        }
        let recording = export.begin(kind, name.into(), parent)?;
        let trace_parent = recording.trace_parent();
        Some(Span {
            recording,
            trace_parent,
        })
    }

    /// Hands over what waits and begins no more spans. It blocks, some seconds at most; what the
    /// collector has not taken by then is dropped.
    pub fn close(&self) {
        if let Some(export) = &self.export {
            export.close();
        }
    }
}

impl Span {
    /// With what follows from it stands under it.
    pub fn trace_parent(&self) -> &TraceParent {
        &self.trace_parent
    }

    /// Names it when more is known than at its beginning.
    pub fn rename(&mut self, name: String) {
        self.recording.rename(name);
    }

    /// Adds an attribute, under a name of OpenTelemetry's conventions where they have one.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Value>) {
        self.recording.set(name.into(), value.into());
    }

    /// Says that what it stands for failed, and how: of few words, so that failures can be counted.
    pub fn fail(&mut self, how: impl Into<Cow<'static, str>>) {
        self.set("error.type", Value::Text(how.into()));
        self.recording.fail();
    }
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<u16> for Value {
    fn from(number: u16) -> Self {
        Self::Number(number.into())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number as i64)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(number as i64)
    }
}
