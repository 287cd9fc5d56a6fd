//! Why a command ends without success.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::output::Output;

/// The exit code of a wrong rule or input. Wrong usage is clap's 2.
const EXIT_WRONG: u8 = 1;

/// A command that did not succeed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The rule or the input is wrong, and standard output says so already.
    #[error("the input is wrong")]
    Reported,
    /// What is wrong, as rendered text of one or more lines, and what to do.
    #[error("{message}")]
    Wrong {
        message: String,
        fix: Option<String>,
    },
    /// Standard output is gone or full.
    #[error("cannot write the output")]
    Output(#[from] io::Error),
}

impl Failure {
    /// One line and what to do about it.
    pub(crate) fn new(message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::Wrong {
            message: message.into(),
            fix: Some(fix.into()),
        }
    }

    /// One line, or text that is rendered already.
    pub(crate) fn message(message: impl Into<String>) -> Self {
        Self::Wrong {
            message: message.into(),
            fix: None,
        }
    }

    /// Tells it on standard error. A reader that closed the pipe early is no failure.
    pub(crate) fn report(&self, out: &mut Output) -> ExitCode {
        let style = out.error_style();
        let mut stderr = io::stderr().lock();
        let written = match self {
            Self::Reported => out.flush(),
            Self::Wrong { message, fix } => out.flush().and_then(|()| {
                let (error, help) = (style.red("error"), style.blue("help"));
                writeln!(stderr, "{error}: {message}")?;
                fix.iter()
                    .try_for_each(|fix| writeln!(stderr, "{help}: {fix}"))
            }),
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                return ExitCode::SUCCESS;
            }
            Self::Output(error) => writeln!(stderr, "error: {self}: {error}"),
        };
        // There is nowhere left to tell of a failed write.
        drop(written);
        ExitCode::from(EXIT_WRONG)
    }
}
