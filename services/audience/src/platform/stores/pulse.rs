//! Whether a part that is reached over the network answers: asked now and then, so that whoever
//! wants to know need not wait.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kit::shutdown::Shutdown;

/// Between two questions.
const EVERY: Duration = Duration::from_secs(2);
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks a part, which answered just now, from here on. The check tells what it answered last.
pub(super) fn pulse<F: Future<Output = Result<(), String>> + Send>(
    shutdown: &Shutdown,
    ask: impl Fn() -> F + Send + Sync + 'static,
) -> impl Fn() -> Result<(), String> + Send + Sync + 'static {
    let last = Arc::new(Mutex::new(Ok(())));
    let (told, shutdown) = (Arc::clone(&last), shutdown.clone());
    tokio::spawn(async move {
        while !shutdown.is_requested() {
            tokio::time::sleep(EVERY).await;
            let answer = tokio::time::timeout(PATIENCE, ask()).await;
            let late = || Err(format!("no answer within {} s", PATIENCE.as_secs()));
            let answer = answer.unwrap_or_else(|_| late());
            *told.lock().unwrap_or_else(PoisonError::into_inner) = answer;
        }
    });
    move || {
        let last = last.lock().unwrap_or_else(PoisonError::into_inner);
        last.clone()
    }
}
