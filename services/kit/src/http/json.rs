//! JSON bodies, and where a wrong one is wrong.

use std::fmt::Write;

use axum::extract::{FromRequest, Request};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};

use super::{Body, Fault, Problem};

/// Depth of nested objects and arrays in a body.
const DEPTH_MAX: usize = 64;

/// A JSON body, of a request or of an answer.
///
/// Any content type is taken (`curl -d` names another). An unknown field of a type that denies
/// them is answered with the nearest that is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let Body(bytes) = Body::from_request(request, state).await?;
        parse_json(&bytes).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => {
                let kind = HeaderValue::from_static("application/json");
                ([(CONTENT_TYPE, kind)], body).into_response()
            }
            Err(error) => Problem::internal(error).into_response(),
        }
    }
}

/// Reads one JSON document.
///
/// # Errors
/// 400 with line and column for what is no JSON, with a pointer for what is of another shape.
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let text = str::from_utf8(bytes).map_err(|error| {
        Problem::bad_request(format!(
            "the body is not UTF-8 text from byte {} on",
            error.valid_up_to()
        ))
    })?;
    if text.trim().is_empty() {
        return Err(Problem::bad_request("the body is empty; JSON is expected"));
    }
    check_depth(bytes)?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| shape_problem(error.path(), error.inner()))?;
    deserializer
        .end()
        .map_err(|error| Problem::bad_request(format!("malformed JSON: {error}")))?;
    Ok(value)
}

fn check_depth(bytes: &[u8]) -> Result<(), Problem> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            let detail = format!("objects and arrays nest more than {DEPTH_MAX} deep");
            return Err(Problem::bad_request(detail));
        }
    }
    Ok(())
}

fn shape_problem(path: &Path, error: &serde_json::Error) -> Problem {
    let detail = error.to_string();
    if !error.is_data() {
        return Problem::bad_request(format!("malformed JSON: {detail}"));
    }
    let fault = Fault::new(detail.split(" at line ").next().unwrap_or_default()).at(pointer(path));
    let fault = match nearest_field(&detail) {
        Some(nearest) => fault.suggestion(format!("did you mean `{nearest}`?")),
        None => fault,
    };
    Problem::bad_request(detail).fault(fault)
}

fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => {
                let _ = write!(pointer, "/{index}");
            }
            Segment::Map { key } => {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

/// The known field (or variant) nearest to the unknown one that serde's message names.
pub(super) fn nearest_field(message: &str) -> Option<&str> {
    if !message.contains("unknown ") {
        return None;
    }
    let mut names = message.split('`').skip(1).step_by(2);
    let unknown = names.next()?;
    rulelang::nearest(unknown, names)
}
