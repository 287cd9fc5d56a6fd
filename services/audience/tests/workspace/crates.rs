//! The crates and what they depend on, from `cargo metadata`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::documents::{read, root};

/// A package of the workspace.
pub(crate) struct Package {
    pub(crate) name: String,
    /// Its folder, from the root of the workspace.
    folder: String,
    /// Whatever it depends on in any way, itself left out.
    dependencies: Vec<String>,
    /// Those of them that are there for more than its tests.
    used: Vec<String>,
}

impl Package {
    fn of(json: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let name = text(&json["name"]);
        let manifest = text(&json["manifest_path"]);
        let folder = Path::new(&manifest).parent().unwrap();
        let folder = folder.strip_prefix(root()).unwrap();
        let dependencies = json["dependencies"].as_array().unwrap();
        let used = dependencies.iter().filter(|it| it["kind"] != "dev");
        let used = used.map(|it| text(&it["name"])).collect();
        let dependencies = dependencies.iter().map(|it| text(&it["name"]));
        Self {
            used,
            dependencies: dependencies.filter(|other| *other != name).collect(),
            folder: folder.to_str().unwrap().replace('\\', "/"),
            name,
        }
    }

    fn is_service(&self) -> bool {
        self.folder.starts_with("services/")
    }
}

/// The packages of the workspace.
pub(crate) fn packages() -> Vec<Package> {
    let output = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
        .args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--offline",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages.iter().map(Package::of).collect()
}

/// What of the workspace each package may use that others build on.
const LAYERS: [(&str, &[&str]); 7] = [
    ("rulelang", &[]),
    ("rule-jit", &["rulelang"]),
    ("rule-runtime", &["rulelang", "rule-jit"]),
    ("kit", &["rulelang", "rule-runtime"]),
    (
        "stores",
        &["rulelang", "rule-runtime", "kit", "store-contracts"],
    ),
    ("store-contracts", &["kit", "stores"]),
    (
        "stores-cluster",
        &["rulelang", "kit", "stores", "store-contracts"],
    ),
];
/// What every service may use.
const SHARED: [&str; 4] = ["rulelang", "rule-runtime", "kit", "stores"];

#[test]
fn dependencies_point_one_way() {
    let packages = packages();
    for package in &packages {
        let ours = package.dependencies.iter().filter_map(|name| {
            let found = packages.iter().find(|other| other.name == *name);
            found.map(|other| (other.name.as_str(), other.is_service()))
        });
        let layer = LAYERS.iter().find(|(name, _)| *name == package.name);
        for (other, is_service) in ours {
            let is_allowed = match layer {
                Some((_, allowed)) => allowed.contains(&other),
                None if package.name == "audience" => is_service || SHARED.contains(&other),
                None if package.is_service() => SHARED.contains(&other),
                None => !is_service,
            };
            assert!(is_allowed, "{} must not depend on {other}", package.name);
        }
    }
    for (name, _) in LAYERS {
        assert!(
            packages.iter().any(|package| package.name == name),
            "{name}"
        );
    }
}

#[test]
fn what_adapters_are_held_to_is_for_tests_alone() {
    for package in packages() {
        let is_used = package.used.iter().any(|other| other == "store-contracts");
        assert!(!is_used, "{} ships store-contracts", package.name);
    }
}

#[test]
fn third_parties_stay_where_they_belong() {
    for package in packages() {
        for other in &package.dependencies {
            let is_allowed = match other.as_str() {
                "pest" | "pest_derive" => package.name == "rulelang",
                name if name.starts_with("cranelift-") => package.name == "rule-jit",
                name if name.starts_with("opentelemetry") => {
                    package.name == "kit" || !package.used.contains(other)
                }
                "tokio" | "axum" | "rdkafka" | "aerospike" | "sqlx" => package.is_service(),
                _ => true,
            };
            assert!(is_allowed, "{} must not depend on {other}", package.name);
        }
    }
}

#[test]
fn unsafe_code_has_three_homes() {
    let homes = ["code_memory.rs", "entry_point.rs", "host_calls.rs"];
    for (path, text) in sources("rule-jit/src") {
        let name = path.file_name().and_then(OsStr::to_str).unwrap();
        let is_home = homes.contains(&name);
        assert_eq!(text.contains("unsafe_code"), is_home, "{}", path.display());
    }
    for package in packages().iter().filter(|it| it.name != "rule-jit") {
        for root_file in ["src/lib.rs", "src/main.rs"] {
            let path = format!("{}/{root_file}", package.folder);
            let is_there = root().join(&path).exists();
            assert!(
                !is_there || read(&path).contains("#![forbid(unsafe_code)]"),
                "{path}"
            );
        }
    }
}

#[test]
fn the_core_does_no_io() {
    let words = [
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "SystemTime",
        "Instant::now",
        "Timestamp::now",
        "println!",
    ];
    for folder in ["rulelang/src", "rule-jit/src", "rule-runtime/src"] {
        for (path, text) in sources(folder) {
            let found = words.iter().find(|word| text.contains(*word));
            assert_eq!(found, None, "{}", path.display());
        }
    }
}

/// The files of a folder and of those below it, with their text.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut folders = vec![root().join(folder)];
    let mut files = vec![];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                files.push((path, text));
            }
        }
    }
    files
}
