//! `audience key …`: the keys of callers, in the catalog itself, whether or not a platform runs on it.

mod create;
mod list;
mod revoke;

use std::path::PathBuf;

use clap::Subcommand;
use rulelang::time::format_timestamp;
use serde::Serialize;
use stores::StoredKey;

use crate::failure::Failure;
use crate::output::Output;
use crate::platform::{KeyStore, Settings};

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key and print it, once
    Create(create::Args),
    /// List keys, without what is secret of them
    List(list::Args),
    /// Make a key no good, within seconds and for ever
    Revoke(revoke::Args),
}

impl KeyCommand {
    pub(crate) fn run(self, out: &mut Output) -> Result<(), Failure> {
        match self {
            Self::Create(args) => create::run(&args, out),
            Self::List(args) => list::run(&args, out),
            Self::Revoke(args) => revoke::run(&args, out),
        }
    }
}

/// Where the catalog is.
#[derive(Debug, clap::Args)]
struct Place {
    /// The folder of the platform [default: ./data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The configuration file of the platform
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Place {
    /// Works with the keys there; `make` says whether a folder that is not there is made.
    fn with_keys<T>(
        &self,
        make: bool,
        work: impl AsyncFnOnce(&KeyStore) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let settings = Settings::serve(self.config.as_deref(), self.data.clone())?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let keys = KeyStore::open(&settings, make).await?;
            let done = work(&keys).await;
            keys.close().await;
            done
        })
    }
}

/// A key as commands show it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    id: &'a str,
    name: &'a str,
    scopes: Vec<&'static str>,
    created_at: String,
    expires_at: Option<String>,
    /// To some minutes.
    last_used_at: Option<String>,
    revoked_at: Option<String>,
    is_good: bool,
}

impl<'a> Shown<'a> {
    fn new(key: &'a StoredKey, now: i64) -> Self {
        Self {
            id: &key.id,
            name: &key.name,
            scopes: key.scopes.names().collect(),
            created_at: format_timestamp(key.created_at),
            expires_at: key.expires_at.map(format_timestamp),
            last_used_at: key.last_used_at.map(format_timestamp),
            revoked_at: key.revoked_at.map(format_timestamp),
            is_good: key.is_good(now),
        }
    }
}

/// What a store says of keys.
fn refused(error: &stores::StoreError) -> Failure {
    Failure::message(format!("the keys: {error}"))
}
