//! What stands before a service's routes: who asks, whether they may, and how often.
//!
//! What a route asks for is in its [`Operation`](super::Operation), so that no route is without an
//! answer. INVARIANT: a request to a route that names a scope reaches its handler with the
//! [`Caller`] whose scopes cover it, or not at all; its body is not looked at before.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{MatchedPath, RawPathParams, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::api::Api;
use super::body::discard;
use super::serve::Peer;
use super::{Caller, KeyRefusal, Keys, Problem, Throttle};
use crate::scope::Scope;

/// Paths whose clients send a key as the user's name of HTTP Basic, as Segment's libraries do.
const WRITE_KEY_PATHS: &str = "/v1/";

const MISSING: &str =
    "a key is needed: send it as `Authorization: Bearer <key>`; `audience key create` makes one";

/// Whom a service lets in.
#[derive(Debug, Clone)]
pub struct Guard {
    keys: Option<Arc<dyn Keys>>,
    throttle: Option<Throttle>,
}

impl Guard {
    /// Everybody: for a process that nobody else can reach.
    pub fn open() -> Self {
        Self {
            keys: None,
            throttle: None,
        }
    }

    /// Those who hold a key, as far as it goes.
    pub fn of(keys: Arc<dyn Keys>) -> Self {
        Self {
            keys: Some(keys),
            throttle: None,
        }
    }

    /// The same, as often as a throttle lets them.
    #[must_use]
    pub fn throttled(self, throttle: Throttle) -> Self {
        Self {
            throttle: Some(throttle),
            ..self
        }
    }

    /// Who asks with a key, or with none, on a path.
    async fn caller(
        &self,
        key: Option<String>,
        path: &str,
        peer: Option<Peer>,
    ) -> Result<Caller, Problem> {
        let Some(keys) = &self.keys else {
            return Ok(Caller::anybody());
        };
        let challenge = Challenge { path };
        let problem = match key {
            None => challenge.missing(),
            Some(key) => match keys.holder(&key).await {
                Ok(caller) => {
                    if let Some(throttle) = &self.throttle {
                        throttle.key(&caller.key_id).await?;
                    }
                    return Ok(caller);
                }
                Err(KeyRefusal::Unavailable(reason)) => {
                    let detail = "keys cannot be checked now; try again";
                    return Err(Problem::unavailable(detail, reason));
                }
                Err(refusal) => challenge.refused(&refusal),
            },
        };
        if let (Some(throttle), Some(Peer(address))) = (&self.throttle, peer) {
            throttle.address(address).await?;
        }
        Err(problem)
    }
}

/// Whether a path takes a key as a write key.
pub(super) fn takes_write_key(path: &str) -> bool {
    path.starts_with(WRITE_KEY_PATHS)
}

/// The key of a request; `None` where there is none.
fn credentials(headers: &HeaderMap, path: &str) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.to_owned());
    }
    if scheme.eq_ignore_ascii_case("basic") && takes_write_key(path) {
        let decoded = BASE64_STANDARD.decode(rest).ok()?;
        let pair = String::from_utf8(decoded).ok()?;
        let (user, _) = pair.split_once(':')?;
        return Some(user.to_owned());
    }
    None
}

/// 401, with how to ask again (RFC 9110 11.6.1, RFC 6750 3).
struct Challenge<'a> {
    path: &'a str,
}

impl Challenge<'_> {
    fn missing(&self) -> Problem {
        Problem::unauthorized(MISSING, self.text(""))
    }

    fn refused(&self, refusal: &KeyRefusal) -> Problem {
        let challenge = self.text(r#", error="invalid_token""#);
        Problem::unauthorized(refusal.to_string(), challenge)
    }

    /// Basic is named on its own paths alone: a browser would ask its user for a password.
    fn text(&self, error: &str) -> String {
        let basic = if takes_write_key(self.path) {
            r#", Basic realm="audience""#
        } else {
            ""
        };
        format!(r#"Bearer realm="audience"{error}{basic}"#)
    }
}

/// A guard before the routes of one service.
#[derive(Debug)]
pub(super) struct Guarded {
    guard: Guard,
    /// By the router's pattern and method.
    routes: HashMap<(String, Method), Asked>,
}

/// What a route asks for.
#[derive(Debug)]
enum Asked {
    Scope(Scope),
    /// By the action after the colon.
    Actions(Vec<(&'static str, Scope)>),
}

impl Guarded {
    pub(super) fn new(guard: Guard, api: &Api) -> Self {
        let mut routes = HashMap::new();
        for path in &api.acted_on {
            let place = ((*path).to_owned(), Method::POST);
            routes.insert(place, Asked::Actions(vec![]));
        }
        for entry in &api.entries {
            let Some(scope) = entry.operation.scope else {
                continue;
            };
            let method = Method::from_bytes(entry.method.to_ascii_uppercase().as_bytes());
            let method = method.unwrap_or_default();
            let Some((path, action)) = entry.action() else {
                routes.insert((entry.path.to_owned(), method), Asked::Scope(scope));
                continue;
            };
            if let Some(Asked::Actions(all)) = routes.get_mut(&(path.to_owned(), method)) {
                all.push((action, scope));
            }
        }
        Self { guard, routes }
    }

    fn asked(&self, path: &str, method: &Method) -> Option<&Asked> {
        // The router answers HEAD where it answers GET.
        let method = match *method {
            Method::HEAD => Method::GET,
            ref other => other.clone(),
        };
        self.routes.get(&(path.to_owned(), method))
    }
}

impl Asked {
    /// The scopes that a request needs. An action that nobody knows needs what covers all.
    fn scopes(&self, target: Option<&str>) -> Vec<Scope> {
        match self {
            Self::Scope(scope) => vec![*scope],
            Self::Actions(all) => {
                let name = target.and_then(|it| it.rsplit_once(':')).map(|it| it.1);
                match all.iter().find(|(action, _)| Some(*action) == name) {
                    Some((_, scope)) => vec![*scope],
                    None => vec![Scope::Admin],
                }
            }
        }
    }
}

/// Lets a request through, or answers why not.
pub(super) async fn admit(
    State(guarded): State<Arc<Guarded>>,
    matched: Option<MatchedPath>,
    parameters: Result<RawPathParams, RawPathParamsRejection>,
    mut request: Request,
    next: Next,
) -> Response {
    let path = matched.as_ref().map_or("", MatchedPath::as_str);
    let Some(asked) = guarded.asked(path, request.method()) else {
        return next.run(request).await;
    };
    let target = parameters.as_ref().ok();
    let target = target.and_then(|all| all.iter().last()).map(|it| it.1);
    let key = credentials(request.headers(), path);
    let peer = request.extensions().get::<Peer>().copied();
    let admitted = async {
        let caller = guarded.guard.caller(key, path, peer).await?;
        for scope in asked.scopes(target) {
            caller.require(scope)?;
        }
        Ok::<_, Problem>(caller)
    };
    match admitted.await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => {
            discard(request).await;
            problem.into_response()
        }
    }
}
