//! Who asks, and whom the services believe.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::request::Parts;
use thiserror::Error;

use super::Problem;
use crate::scope::{Scope, Scopes};

/// Who asks. In the extensions of every request to a route that names a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The id of the key; empty where nobody is asked for one.
    pub key_id: Arc<str>,
    /// What the key is good for.
    pub scopes: Arc<Scopes>,
}

impl Caller {
    /// Anybody, who may do everything.
    pub fn anybody() -> Self {
        Self {
            key_id: Arc::from(""),
            scopes: Arc::new(Scopes::from_iter([Scope::Admin])),
        }
    }

    /// That a part of a request, beyond what its route asks for, is allowed.
    ///
    /// # Errors
    /// 403 that names the scope.
    pub fn require(&self, scope: Scope) -> Result<(), Problem> {
        if self.scopes.allow(scope) {
            return Ok(());
        }
        let detail = format!("the key does not have the scope `{scope}`");
        let challenge =
            format!(r#"Bearer realm="audience", error="insufficient_scope", scope="{scope}""#);
        Err(Problem::forbidden(detail, challenge))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or_else(|| Problem::internal("a route that asks who calls has no guard"))
    }
}

/// Why a key is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyRefusal {
    /// It is none, or was not copied whole.
    #[error("that is no key: it may not have been copied whole")]
    Malformed,
    /// There is no such key now.
    #[error("the key is not known, has expired or was revoked")]
    Unknown,
    /// Nobody can say now.
    #[error("keys cannot be checked: {0}")]
    Unavailable(String),
}

/// Whom the services believe.
#[async_trait]
pub trait Keys: Debug + Send + Sync {
    /// Who holds a key.
    ///
    /// # Errors
    /// Why it is not taken.
    async fn holder(&self, key: &str) -> Result<Caller, KeyRefusal>;
}

/// The header `authorization` of whoever holds a key. It does not show in logs.
///
/// # Errors
/// A text that cannot be a key.
pub fn bearer(key: &str) -> Result<HeaderValue, KeyRefusal> {
    let value = HeaderValue::try_from(format!("Bearer {key}"));
    let mut value = value.map_err(|_| KeyRefusal::Malformed)?;
    value.set_sensitive(true);
    Ok(value)
}
