//! The end of a process, told to everything in it.

use std::sync::Arc;

use tokio::sync::watch;

/// Whether the process is to end. Clones share it; it never goes back.
#[derive(Debug, Clone)]
pub struct Shutdown {
    sender: Arc<watch::Sender<bool>>,
}

impl Shutdown {
    /// Not yet.
    pub fn new() -> Self {
        let sender = Arc::new(watch::Sender::new(false));
        Self { sender }
    }

    /// One that the first SIGINT (Ctrl-C) or SIGTERM requests. A second one ends the process at
    /// once, whatever is under way: everything here survives that.
    ///
    /// # Errors
    /// Where signals cannot be heard of.
    pub fn on_signals() -> std::io::Result<Self> {
        let shutdown = Self::new();
        let told = shutdown.clone();
        let mut signals = Signals::new()?;
        tokio::spawn(async move {
            signals.next().await;
            told.request();
            signals.next().await;
            std::process::exit(130);
        });
        Ok(shutdown)
    }

    /// Asks everything to end.
    pub fn request(&self) {
        self.sender.send_replace(true);
    }

    /// Whether it was asked for.
    pub fn is_requested(&self) -> bool {
        *self.sender.borrow()
    }

    /// Waits until it is asked for.
    pub async fn requested(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self
            .sender
            .subscribe()
            .wait_for(|requested| *requested)
            .await;
    }
}

impl Default for Shutdown {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
