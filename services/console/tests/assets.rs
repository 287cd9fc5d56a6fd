//! The page is whole: every file of it is served, and nothing it names is missing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use http_body_util::BodyExt;
use tower::ServiceExt;
use web_console::{Page, redirects, router};

async fn get(router: axum::Router, path: &str) -> Response {
    let request = Request::get(path).body(Body::empty()).unwrap();
    router.oneshot(request).await.unwrap()
}

async fn text(path: &str) -> (StatusCode, String) {
    let response = get(router(), path).await;
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test]
async fn every_file_of_the_page_is_served() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let path = if name == "index.html" {
            "/".to_owned()
        } else {
            format!("/console/{name}")
        };
        assert_eq!(text(&path).await.0, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn the_page_names_only_files_that_are_there_and_nothing_from_elsewhere() {
    let (_, page) = text("/").await;
    assert!(!page.contains("http://") && !page.contains("https://"));
    for name in page.split('"').filter(|part| part.starts_with("/console/")) {
        let (status, file) = text(name).await;
        assert_eq!(status, StatusCode::OK, "{name}");
        for import in file.split("from \"./").skip(1) {
            let import = import.split('"').next().expect("a closing quote");
            let path = format!("/console/{import}");
            assert_eq!(text(&path).await.0, StatusCode::OK, "{path}");
        }
    }
}

#[tokio::test]
async fn elements_that_scripts_look_up_are_on_the_page() {
    let (_, page) = text("/").await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    for entry in std::fs::read_dir(folder).unwrap() {
        let script = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for id in script.split("byId(\"").skip(1) {
            let id = id.split('"').next().expect("a closing quote");
            assert!(page.contains(&format!("id=\"{id}\"")), "{id}");
        }
    }
}

#[tokio::test]
async fn other_tools_addresses_lead_to_the_page() {
    let cases = [
        (Page::Dashboard, "/d/demo-overview", "dashboard"),
        (Page::Topics, "/ui/clusters/demo-cluster/topics", "topics"),
        (Page::Processing, "/", "processing"),
    ];
    for (page, path, anchor) in cases {
        let response = get(redirects("http://localhost:30081", page), path).await;
        assert_eq!(response.status(), StatusCode::TEMPORARY_REDIRECT);
        let expected = format!("http://localhost:30081/#{anchor}");
        assert_eq!(response.headers()["location"], expected.as_str());
    }
}
