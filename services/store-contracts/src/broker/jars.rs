//! The broker's jars: brought by Maven once, and kept beside what cargo builds.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::runs;

const POM: &str = include_str!("../../kafka/pom.xml");

/// The folder of the jars; `None`, with a word about it, where there are none and no Maven either.
pub(super) fn jars() -> Option<PathBuf> {
    let program = std::env::current_exe().unwrap();
    // <target>/<profile>/deps/<program>
    let folder = program.ancestors().nth(3).unwrap().join("kafka-broker");
    std::fs::create_dir_all(&folder).unwrap();
    // Tests of several crates may start at once.
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let (lib, pom) = (folder.join("lib"), folder.join("pom.xml"));
    // Written last, so it says that all is there.
    if std::fs::read_to_string(&pom).is_ok_and(|whole| whole == POM) {
        return Some(lib);
    }
    if !runs("mvn", "--version") {
        println!("skipped: `mvn` is not here; see kafka/install.sh");
        return None;
    }
    let _ = std::fs::remove_dir_all(&lib);
    let asked = folder.join("asked.xml");
    std::fs::write(&asked, POM).unwrap();
    let output = Command::new("mvn")
        .args(["-q", "-B", "-f"])
        .arg(&asked)
        .arg("dependency:copy-dependencies")
        .arg(format!("-DoutputDirectory={}", lib.display()))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "Maven does not bring Kafka's jars: {}",
        String::from_utf8_lossy(&output.stdout)
    );
    std::fs::rename(asked, pom).unwrap();
    Some(lib)
}
