//! Hears of the commits of other processes.
//!
//! Notifications are a hint: what was told while there was no connection is not told again. So
//! whoever waits is also woken when a connection was made, and looks now and then anyway.

use std::time::Duration;

use sqlx::Executor as _;
use sqlx::postgres::{PgConnectOptions, PgListener};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use super::{PostgresOptions, pool};

/// The channel of notifications; what they carry is the name of the catalog that committed.
pub(super) const CHANNEL: &str = "audience_catalog";

/// After how much silence to see whether the connection is still one.
const SILENCE_MAX: Duration = Duration::from_secs(30);
/// How long to wait before connecting again.
const PAUSE: Duration = Duration::from_secs(1);

/// Listens until aborted, and counts up `wakeups` with each commit of another than `own_name`.
pub(super) fn spawn(
    connect: PgConnectOptions,
    options: &PostgresOptions,
    own_name: String,
    wakeups: watch::Sender<u64>,
) -> AbortHandle {
    let options = options.clone();
    let task = async move {
        let wake = || wakeups.send_modify(|count| *count += 1);
        loop {
            if let Err(error) = listen(&connect, &options, &own_name, &wake).await {
                tracing::warn!(%error, "commits of other processes are heard late");
            }
            sleep(PAUSE).await;
        }
    };
    tokio::spawn(task).abort_handle()
}

async fn listen(
    connect: &PgConnectOptions,
    options: &PostgresOptions,
    own_name: &str,
    wake: &(impl Fn() + Sync),
) -> Result<(), sqlx::Error> {
    let pool = pool(options).max_connections(1);
    let pool = pool.connect_lazy_with(connect.clone());
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.eager_reconnect(false);
    timeout(SILENCE_MAX, listener.listen(CHANNEL))
        .await
        .map_err(late)??;
    wake();
    loop {
        match timeout(SILENCE_MAX, listener.try_recv()).await {
            Ok(Ok(Some(news))) if news.payload() == own_name => {}
            Ok(Ok(Some(_))) => wake(),
            Ok(lost_or_failed) => return lost_or_failed.map(|_| ()),
            Err(_) => {
                let ping = timeout(SILENCE_MAX, listener.execute("SELECT 1"));
                ping.await.map_err(late)??;
            }
        }
    }
}

fn late(_: tokio::time::error::Elapsed) -> sqlx::Error {
    sqlx::Error::PoolTimedOut
}
