//! Running the binary, and files for it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// What a run of the binary gave.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Standard output as one JSON value.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| {
            panic!("{error}: {}{}", self.stdout, self.stderr);
        })
    }

    /// Asserts the exit code.
    pub(crate) fn code(self, expected: i32) -> Self {
        assert_eq!(self.code, expected, "{}{}", self.stdout, self.stderr);
        self
    }
}

/// Tests run side by side, so each platform listens where there is room.
const FREE_PORTS: [(&str, &str); 5] = [
    ("AUDIENCE_LISTEN_SEGMENT_API_PORT", "0"),
    ("AUDIENCE_LISTEN_INGESTION_API_PORT", "0"),
    ("AUDIENCE_LISTEN_COMMUNICATION_API_PORT", "0"),
    ("AUDIENCE_LISTEN_RULE_ENGINE_PORT", "0"),
    ("AUDIENCE_LISTEN_STREAM_PROCESSOR_PORT", "0"),
];

/// Runs the binary.
pub(crate) fn audience(args: &[&str]) -> Ran {
    audience_with(args, "")
}

/// Runs the binary with something on its standard input.
pub(crate) fn audience_with(args: &[&str], stdin: &str) -> Ran {
    run(Command::new(env!("CARGO_BIN_EXE_audience")), args, stdin)
}

/// Runs the binary in a directory of files.
pub(crate) fn audience_in(files: &Files, args: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_audience"));
    command.current_dir(files.0.path());
    run(command, args, "")
}

fn run(mut command: Command, args: &[&str], stdin: &str) -> Ran {
    let piped = command
        .args(args)
        .envs(FREE_PORTS)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = piped.stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let text = stdin.to_owned();
    // The child may end without reading all of it.
    let writer = std::thread::spawn(move || drop(input.write_all(text.as_bytes())));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A directory of files, gone with the value.
pub(crate) struct Files(tempfile::TempDir);

impl Files {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, contents).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

/// A file of the package.
pub(crate) fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("data")
        .join(name)
}
