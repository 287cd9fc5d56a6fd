//! Versions of resources: `ETag` and `If-Match`.

use axum::http::header::IF_MATCH;
use axum::http::{HeaderMap, HeaderValue};

use super::Problem;

/// The `ETag` of a version: a strong one.
///
/// # Errors
/// 500 where the version cannot stand in a header.
pub fn etag(version: &str) -> Result<HeaderValue, Problem> {
    HeaderValue::from_str(&format!("\"{version}\"")).map_err(Problem::internal)
}

/// Checks `If-Match` against the present version; without one, anything goes.
///
/// # Errors
/// 412 where the caller's version is another.
pub fn if_match(headers: &HeaderMap, version: &str) -> Result<(), Problem> {
    let mut wanted = headers.get_all(IF_MATCH).iter().peekable();
    if wanted.peek().is_none() {
        return Ok(());
    }
    let present = format!("\"{version}\"");
    let matches = wanted
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|tag| matches!(tag.trim(), "*") || tag.trim() == present);
    if matches {
        return Ok(());
    }
    let detail = format!("it was changed meanwhile: its version is {present} now");
    Err(Problem::precondition_failed(detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_than_the_present_is_refused() {
        let check = |sent: &'static str| {
            let headers = HeaderMap::from_iter([(IF_MATCH, HeaderValue::from_static(sent))]);
            if_match(&headers, "3").is_ok()
        };
        assert!(check("\"3\"") && check("*") && check("\"2\", \"3\""));
        assert!(!check("\"2\"") && !check("3") && !check("W/\"3\""));
        assert!(if_match(&HeaderMap::new(), "3").is_ok());
    }
}
