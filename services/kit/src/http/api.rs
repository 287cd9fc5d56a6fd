//! A service's routes, each with what it is.

use axum::handler::Handler;
use axum::routing::{MethodFilter, post};
use axum::{Extension, Router};

use super::{BodyLimit, Operation, Route};

/// A service's routes, each with the [`Operation`] that tells of it: what is answered and what is
/// documented stand in one table. [`service`](super::service) serves both.
#[derive(Debug, Clone)]
pub struct Api<S = ()> {
    pub(super) router: Router<S>,
    pub(super) entries: Vec<Entry>,
    /// Paths whose POST is told apart by an action.
    pub(super) acted_on: Vec<&'static str>,
    tag: &'static str,
}

/// An operation in its place.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// `get`, `post`, …
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    /// The service that it belongs to.
    pub(super) tag: &'static str,
    pub(super) operation: Operation,
    pub(super) body_limit: Option<BodyLimit>,
    pub(super) parameters: Vec<PathParameter>,
}

impl Entry {
    /// The path that the router knows it by, and the action, of one like `/things/{id}:action`.
    pub(super) fn action(&self) -> Option<(&'static str, &'static str)> {
        self.path
            .split_once("}:")
            .and_then(|(before, action)| Some((self.path.get(..=before.len())?, action)))
    }
}

/// What a name in a path stands for.
#[derive(Debug, Clone)]
pub(super) struct PathParameter {
    pub(super) name: &'static str,
    pub(super) description: String,
    pub(super) example: &'static str,
}

impl<S: Clone + Send + Sync + 'static> Api<S> {
    /// No routes yet of the service of that name.
    pub fn new(service: &'static str) -> Self {
        Self {
            router: Router::new(),
            entries: vec![],
            acted_on: vec![],
            tag: service,
        }
    }

    /// With a GET of a path.
    #[must_use]
    pub fn get(self, path: &'static str, route: Route<S>) -> Self {
        self.route("get", MethodFilter::GET, path, route)
    }

    /// With a POST to a path.
    #[must_use]
    pub fn post(self, path: &'static str, route: Route<S>) -> Self {
        self.route("post", MethodFilter::POST, path, route)
    }

    /// With a PUT of a path.
    #[must_use]
    pub fn put(self, path: &'static str, route: Route<S>) -> Self {
        self.route("put", MethodFilter::PUT, path, route)
    }

    /// With a DELETE of a path.
    #[must_use]
    pub fn delete(self, path: &'static str, route: Route<S>) -> Self {
        self.route("delete", MethodFilter::DELETE, path, route)
    }

    /// With a POST to `/things/{id}:action`. The router's patterns cannot say that: it is answered
    /// by what stands under [`actions`](Self::actions).
    #[must_use]
    pub fn action(mut self, path: &'static str, operation: Operation) -> Self {
        self.entry("post", path, operation);
        self
    }

    /// With what answers the actions of a path: the routes of [`action`](Self::action).
    #[must_use]
    pub fn actions<H, T>(mut self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.router = self.router.route(path, post(handler));
        self.acted_on.push(path);
        self
    }

    /// With what a name in the paths so far stands for.
    #[must_use]
    pub fn path_parameter(
        mut self,
        name: &'static str,
        description: impl Into<String>,
        example: &'static str,
    ) -> Self {
        let parameter = PathParameter {
            name,
            description: description.into(),
            example,
        };
        let is_in = |path: &str| path.split(['{', '}']).any(|part| part == name);
        for entry in self.entries.iter_mut().filter(|it| is_in(it.path)) {
            entry.parameters.push(parameter.clone());
        }
        self
    }

    /// With a limit of the bodies of the routes so far.
    #[must_use]
    pub fn body_limit(mut self, limit: BodyLimit) -> Self {
        self.router = self.router.layer(Extension(limit));
        for entry in &mut self.entries {
            entry.body_limit.get_or_insert(limit);
        }
        self
    }

    /// With the routes of another.
    #[must_use]
    pub fn merge(mut self, other: impl Into<Self>) -> Self {
        let other = other.into();
        self.router = self.router.merge(other.router);
        self.entries.extend(other.entries);
        self.acted_on.extend(other.acted_on);
        self
    }

    /// With what the handlers work with.
    pub fn with_state<T>(self, state: S) -> Api<T> {
        Api {
            router: self.router.with_state(state),
            entries: self.entries,
            acted_on: self.acted_on,
            tag: self.tag,
        }
    }

    fn route(
        mut self,
        method: &'static str,
        filter: MethodFilter,
        path: &'static str,
        route: Route<S>,
    ) -> Self {
        self.router = self.router.route(path, (route.on)(filter));
        self.entry(method, path, route.operation);
        self
    }

    pub(super) fn entry(&mut self, method: &'static str, path: &'static str, operation: Operation) {
        self.entries.push(Entry {
            method,
            path,
            tag: self.tag,
            operation,
            body_limit: None,
            parameters: vec![],
        });
    }
}

impl From<Api> for Router {
    fn from(api: Api) -> Self {
        api.router
    }
}

/// Routes that are no API, such as pages.
impl<S> From<Router<S>> for Api<S> {
    fn from(router: Router<S>) -> Self {
        Self {
            router,
            entries: vec![],
            acted_on: vec![],
            tag: "",
        }
    }
}
