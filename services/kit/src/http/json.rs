//! JSON bodies, and where a wrong one is wrong.

use axum::extract::{FromRequest, Request};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_path_to_error::Path;

use super::{Body, Fault, Problem};
use crate::distinct_keys::{Repeated, check_keys};
use crate::json_pointer::json_pointer;

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
/// 400 with line and column for what is no JSON, with a pointer for what is of another shape, and
/// for an object that names a key twice.
pub fn parse_json<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, Problem> {
    let text = body_text(bytes)?;
    check_depth(bytes)?;
    let read = read_json(text).map_err(fault_problem)?;
    check_keys(text)
        .map_err(|Repeated { message, pointer }| fault_problem(Fault::new(message).at(pointer)))?;
    Ok(read)
}

/// A body as text.
///
/// # Errors
/// 400 for what is empty or not UTF-8.
pub fn body_text(bytes: &[u8]) -> Result<&str, Problem> {
    let text = str::from_utf8(bytes).map_err(|error| {
        Problem::bad_request(format!(
            "the body is not UTF-8 text from byte {} on",
            error.valid_up_to()
        ))
    })?;
    if text.trim().is_empty() {
        return Err(Problem::bad_request("the body is empty; JSON is expected"));
    }
    Ok(text)
}

/// Reads JSON into a shape that bounds how deep it nests.
///
/// # Errors
/// What is wrong and where: line and column, or a pointer.
pub fn read_json<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Fault> {
    // Keeping track of the place costs time, so only what is wrong is read that way.
    if let Ok(value) = serde_json::from_str(text) {
        return Ok(value);
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| fault(error.path(), error.inner()))?;
    let end = deserializer.end();
    end.map_err(|error| Fault::new(format!("malformed JSON: {error}")))?;
    Ok(value)
}

fn fault_problem(fault: Fault) -> Problem {
    let problem = Problem::bad_request(fault.detail.clone());
    match fault.pointer {
        Some(_) => problem.fault(fault),
        None => problem,
    }
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

fn fault(path: &Path, error: &serde_json::Error) -> Fault {
    let detail = error.to_string();
    if !error.is_data() {
        return Fault::new(format!("malformed JSON: {detail}"));
    }
    let short = detail.split(" at line ").next().unwrap_or_default();
    let fault = Fault::new(short).at(json_pointer(path));
    match nearest_field(short) {
        Some(nearest) => fault.suggestion(format!("did you mean `{nearest}`?")),
        None => fault,
    }
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
