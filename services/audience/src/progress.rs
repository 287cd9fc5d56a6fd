//! How far a long run is: a bar on a terminal, now and then a line elsewhere, on standard error.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const BAR: &str = "{msg:>12} {bar:40.cyan/dim} {percent:>3} %  {eta}";
const LINE_EVERY: Duration = Duration::from_secs(2);

/// The progress of one run.
#[derive(Debug)]
pub(crate) struct Progress {
    label: &'static str,
    total: u64,
    done: u64,
    /// Steps since the display was last looked at.
    pending: u64,
    bar: Option<ProgressBar>,
    last_line: Instant,
}

impl Progress {
    /// Starts the display of `total` steps.
    pub(crate) fn new(label: &'static str, total: u64) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template(BAR);
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_message(label);
            bar
        });
        Self {
            label,
            total,
            done: 0,
            pending: 0,
            bar,
            last_line: Instant::now(),
        }
    }

    /// Some steps are done.
    pub(crate) fn advance(&mut self, steps: u64) {
        self.pending += steps;
        if self.pending * 256 > self.total {
            self.show();
        }
    }

    /// Takes the display away.
    pub(crate) fn finish(mut self) {
        self.show();
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }

    fn show(&mut self) {
        self.done += self.pending;
        self.pending = 0;
        if let Some(bar) = &self.bar {
            bar.set_position(self.done);
        } else if self.last_line.elapsed() >= LINE_EVERY {
            self.last_line = Instant::now();
            let percent = self.done * 100 / self.total.max(1);
            // Progress that cannot be shown is no reason to stop.
            writeln!(io::stderr(), "{}: {percent} %", self.label).ok();
        }
    }
}
