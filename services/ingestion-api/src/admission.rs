//! What lets a request in: its body within the route's limit, within what is under way at once.

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use kit::http::{Body, BodyLimit, Problem};
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;

use crate::{Ingestion, UNDER_WAY_BYTES_MAX};

/// A request's body, and its share of the bytes that may be under way.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) body: Bytes,
    /// Given back when the request is answered.
    _share: OwnedSemaphorePermit,
}

impl FromRequest<Ingestion> for Admitted {
    type Rejection = Problem;

    async fn from_request(request: Request, ingestion: &Ingestion) -> Result<Self, Problem> {
        let limit = request.extensions().get::<BodyLimit>().copied();
        let bytes = limit.unwrap_or_default().bytes();
        let share = ingestion.share(bytes).ok_or_else(|| {
            let detail =
                format!("more than {UNDER_WAY_BYTES_MAX} bytes of events are under way at once");
            Problem::too_many_requests(detail, Duration::from_secs(1))
        })?;
        let Body(body) = Body::from_request(request, ingestion).await?;
        Ok(Self {
            body,
            _share: share,
        })
    }
}
