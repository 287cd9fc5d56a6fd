//! One thing under way at a time on the async runtime, for a thread that must not wait for it.

use tokio::runtime::Handle;
use tokio::sync::oneshot::{self, Receiver, error::TryRecvError};

/// It came to nothing: it panicked, or the runtime ends.
#[derive(Debug)]
pub(crate) struct Vanished;

/// Runs one future at a time.
#[derive(Debug)]
pub(crate) struct Errand<T> {
    runtime: Handle,
    under_way: Option<Receiver<T>>,
}

impl<T: Send + 'static> Errand<T> {
    /// Nothing is under way.
    pub(crate) fn new(runtime: &Handle) -> Self {
        Self {
            runtime: runtime.clone(),
            under_way: None,
        }
    }

    /// Starts a future; what was under way is not waited for any more.
    pub(crate) fn start(&mut self, errand: impl Future<Output = T> + Send + 'static) {
        let (sender, receiver) = oneshot::channel();
        self.under_way = Some(receiver);
        self.runtime.spawn(async move {
            // Nobody waits for it any more: the owner began anew.
            let _ = sender.send(errand.await);
        });
    }

    /// Whether something is under way.
    pub(crate) fn is_busy(&self) -> bool {
        self.under_way.is_some()
    }

    /// Waits until what is under way has ended.
    pub(crate) fn settle(&mut self) {
        if let Some(under_way) = self.under_way.take() {
            // Its outcome was wanted by nobody who is still there.
            let _ = under_way.blocking_recv();
        }
    }

    /// The outcome, once; `None` while there is none yet, or where nothing was started.
    pub(crate) fn outcome(&mut self) -> Option<Result<T, Vanished>> {
        let outcome = match self.under_way.as_mut()?.try_recv() {
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Closed) => Err(Vanished),
            Ok(outcome) => Ok(outcome),
        };
        self.under_way = None;
        Some(outcome)
    }
}
