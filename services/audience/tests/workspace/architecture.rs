//! ARCHITECTURE.md is short and its map is the territory.

use crate::crates::packages;
use crate::documents::{quoted, read, root};

#[test]
fn every_crate_is_on_the_map() {
    let names = quoted(&read("ARCHITECTURE.md"));
    for package in packages() {
        let name = &package.name;
        assert!(names.contains(name), "ARCHITECTURE.md does not name {name}");
    }
}

#[test]
fn every_path_in_the_documents_exists() {
    for document in ["ARCHITECTURE.md", "STYLE.md", "README.md"] {
        for name in quoted(&read(document)).iter().filter(|name| is_path(name)) {
            assert!(root().join(name).exists(), "{document}: {name}");
        }
    }
}

/// Whether a name in backticks is a path from the root of the workspace.
fn is_path(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    name.contains('/') && name.len() > 1 && name.chars().all(is_plain) && !name.starts_with("foo/")
}

#[test]
fn links_lead_somewhere() {
    let top = ["README.md", "ARCHITECTURE.md", "STYLE.md", "CHANGELOG.md"];
    let top = top.map(|name| (name.to_owned(), ""));
    let pages = root().join("docs").read_dir().unwrap();
    let pages = pages.map(|page| page.unwrap().path());
    let pages = pages.filter(|page| page.extension().is_some_and(|it| it == "md"));
    let pages = pages.map(|page| (page.to_str().unwrap().to_owned(), "docs/"));
    for (document, folder) in top.into_iter().chain(pages) {
        let text = read(&document);
        for link in text.split("](").skip(1) {
            let target = link.split([')', '#']).next().unwrap();
            let is_local = !target.is_empty() && !target.contains("://");
            let path = root().join(folder).join(target);
            assert!(!is_local || path.exists(), "{document}: {target}");
        }
    }
}

#[test]
fn the_documents_stay_short() {
    for (document, lines_max) in [("ARCHITECTURE.md", 250), ("STYLE.md", 80)] {
        let lines = read(document).lines().count();
        assert!(lines <= lines_max, "{document} has {lines} lines");
    }
}
