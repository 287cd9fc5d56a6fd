//! The trace of the request under way, for whatever is done for it.

use std::borrow::Cow;

use super::{Kind, Span, TraceParent, Tracer};

tokio::task_local! {
    static CURRENT: Current;
}

/// Where the request under way stands.
#[derive(Debug, Clone)]
pub(crate) struct Current {
    pub(crate) tracer: Tracer,
    /// `None` where the request belongs to no trace that goes on.
    pub(crate) parent: Option<TraceParent>,
}

impl Current {
    /// Does work for the request.
    pub(crate) async fn enclose<T>(self, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self, work).await
    }
}

/// What goes on from the request under way; `None` outside of requests, and where one belongs to no
/// trace.
pub fn current() -> Option<TraceParent> {
    CURRENT.try_with(|it| it.parent.clone()).ok().flatten()
}

/// Begins a span under the request under way; `None` where its trace is not sampled, or is none.
pub fn begin_here(kind: Kind, name: impl Into<Cow<'static, str>>) -> Option<Span> {
    let begin = |it: &Current| {
        let parent = it.parent.as_ref()?;
        it.tracer.begin(kind, name, Some(parent))
    };
    CURRENT.try_with(begin).ok().flatten()
}

/// Work for the request under way that goes on in a task of its own.
pub fn carried<T>(work: impl Future<Output = T>) -> impl Future<Output = T> {
    let current = CURRENT.try_with(Clone::clone).ok();
    async {
        match current {
            Some(current) => current.enclose(work).await,
            None => work.await,
        }
    }
}
