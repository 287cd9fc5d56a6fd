//! Bodies of requests, read whole within limits.

use std::io::Read;

use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, EXPECT};
use axum::http::{HeaderMap, StatusCode};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;

use super::{Limits, Problem};

/// Bytes of a body that is too long which are read and dropped, so that the answer arrives: a
/// client that is still sending when the connection closes may never see it.
const DROPPED_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The same for a body of somebody who may not ask: a batch of events fits.
const REFUSED_BYTES_MAX: usize = 1024 * 1024;
/// What a zstd frame may ask for to be decompressed, as a power of two of bytes.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// How long a body may be, before and after decompression. Routes set their own by the layer
/// `axum::Extension(BodyLimit::new(…))`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyLimit {
    bytes: usize,
    what: &'static str,
}

impl BodyLimit {
    /// At most so many bytes for what a body is, such as `an event`.
    pub const fn new(bytes: usize, what: &'static str) -> Self {
        Self { bytes, what }
    }

    /// At most so many bytes.
    pub fn bytes(self) -> usize {
        self.bytes
    }

    fn exceeded(self) -> Problem {
        Problem::too_large(format!(
            "the body is longer than the {} bytes allowed for {}",
            self.bytes, self.what
        ))
    }
}

impl Default for BodyLimit {
    fn default() -> Self {
        Self::new(1024 * 1024, "a request")
    }
}

/// A request's body: whole, decompressed, within the route's [`BodyLimit`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let extensions = request.extensions();
        let limit = extensions.get::<BodyLimit>().copied().unwrap_or_default();
        let limits = extensions.get::<Limits>().copied().unwrap_or_default();
        let encoding = Encoding::of(request.headers())?;
        let expected = content_length(request.headers());
        let read = read(request, limit, expected);
        let bytes = tokio::time::timeout(limits.body_timeout, read)
            .await
            .unwrap_or_else(|_| {
                let detail = format!(
                    "the body did not arrive within {} s",
                    limits.body_timeout.as_secs_f64()
                );
                Err(Problem::new(StatusCode::REQUEST_TIMEOUT, detail).closing())
            })?;
        encoding.decode(bytes, limit).map(Self)
    }
}

/// Reads what is left of a request that is refused, within bounds, so that its client, which may
/// still be sending, sees the answer.
pub(super) async fn discard(request: Request) {
    if request.headers().contains_key(EXPECT) {
        // It waits to hear whether it should send at all.
        return;
    }
    let limits = request.extensions().get::<Limits>().copied();
    let mut body = request.into_body();
    let read = async {
        let mut length = 0;
        while let Some(Ok(frame)) = body.frame().await {
            length += frame.data_ref().map_or(0, Bytes::len);
            if length > REFUSED_BYTES_MAX {
                break;
            }
        }
    };
    let patience = limits.unwrap_or_default().body_timeout;
    // Whoever is slower than that has to live without the answer.
    let _ = tokio::time::timeout(patience, read).await;
}

fn content_length(headers: &HeaderMap) -> usize {
    let text = headers.get(CONTENT_LENGTH).and_then(|it| it.to_str().ok());
    text.and_then(|it| it.parse().ok()).unwrap_or(0)
}

async fn read(request: Request, limit: BodyLimit, expected: usize) -> Result<Bytes, Problem> {
    let mut body = request.into_body();
    let mut bytes = BytesMut::with_capacity(expected.min(limit.bytes));
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|_| Problem::bad_request("the body ended too early").closing())?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        length += data.len();
        if length > limit.bytes {
            bytes.clear();
            if length.max(expected) > DROPPED_BYTES_MAX {
                return Err(limit.exceeded().closing());
            }
        } else {
            bytes.extend_from_slice(&data);
        }
    }
    if length > limit.bytes {
        return Err(limit.exceeded());
    }
    Ok(bytes.freeze())
}

#[derive(Debug, Clone, Copy)]
enum Encoding {
    Identity,
    Gzip,
    Zstd,
}

impl Encoding {
    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let Some(name) = headers.get(CONTENT_ENCODING) else {
            return Ok(Self::Identity);
        };
        let name = String::from_utf8_lossy(name.as_bytes());
        match name.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Ok(Self::Identity),
            "gzip" | "x-gzip" => Ok(Self::Gzip),
            "zstd" => Ok(Self::Zstd),
            _ => Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                format!("the content encoding `{name}` is not known; gzip and zstd are"),
            )),
        }
    }

    fn decode(self, bytes: Bytes, limit: BodyLimit) -> Result<Bytes, Problem> {
        let source = bytes.as_ref();
        match self {
            Self::Identity => Ok(bytes),
            Self::Gzip => read_decoded(flate2::read::MultiGzDecoder::new(source), limit, "gzip"),
            Self::Zstd => {
                let mut decoder = zstd::Decoder::with_buffer(source).map_err(Problem::internal)?;
                decoder
                    .window_log_max(ZSTD_WINDOW_LOG_MAX)
                    .map_err(Problem::internal)?;
                read_decoded(decoder, limit, "zstd")
            }
        }
    }
}

fn read_decoded(decoder: impl Read, limit: BodyLimit, name: &str) -> Result<Bytes, Problem> {
    let mut decoded = vec![];
    decoder
        .take(limit.bytes as u64 + 1)
        .read_to_end(&mut decoded)
        .map_err(|_| Problem::bad_request(format!("the body is not whole as {name}")))?;
    if decoded.len() > limit.bytes {
        let detail = format!(
            "the body decompresses to more than the {} bytes allowed for {}",
            limit.bytes, limit.what
        );
        return Err(Problem::too_large(detail));
    }
    Ok(decoded.into())
}
