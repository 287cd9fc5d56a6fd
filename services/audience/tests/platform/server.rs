//! A running binary, ended with the value.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde_json::Value;

/// What a start may take: a debug build on a busy machine loads the demo in a minute or so.
const PATIENCE: Duration = Duration::from_mins(5);

/// A running binary.
pub(crate) struct Server {
    child: Mutex<Child>,
    lines: Mutex<Receiver<String>>,
    /// What it printed so far.
    pub(crate) printed: String,
}

impl Server {
    /// Starts the binary.
    pub(crate) fn start(args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_audience"));
        command.args(args).envs(env.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        Self {
            child: Mutex::new(child),
            lines: Mutex::new(lines),
            printed: String::new(),
        }
    }

    /// Waits until it prints a line with `text`, and returns that line.
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        let line = self.wait_for_unless_ended(text);
        line.unwrap_or_else(|| panic!("`{text}` was not printed: {}", self.printed))
    }

    /// The same; `None` if it has ended before.
    pub(crate) fn wait_for_unless_ended(&mut self, text: &str) -> Option<String> {
        loop {
            let line = self.lines.lock().unwrap().recv_timeout(PATIENCE);
            let line = match line {
                Ok(line) => line,
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => panic!("`{text}`: {}", self.printed),
            };
            self.printed.push_str(&line);
            self.printed.push('\n');
            if line.contains(text) {
                return Some(line);
            }
        }
    }

    /// Everything it printed until it ended, which must be well.
    pub(crate) fn wait_until_ended(mut self) -> String {
        while let Ok(line) = self.lines.lock().unwrap().recv_timeout(PATIENCE) {
            self.printed.push_str(&line);
            self.printed.push('\n');
        }
        let status = self.child.lock().unwrap().wait().unwrap();
        assert!(status.success(), "{status}: {}", self.printed);
        std::mem::take(&mut self.printed)
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.lock().unwrap().id()
    }

    /// Ends it at once, as a crash would.
    pub(crate) fn kill(self) {
        self.kill_now();
    }

    /// Ends it at once; it may have ended already.
    pub(crate) fn kill_now(&self) {
        let mut child = self.child.lock().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&self) -> bool {
        self.child.lock().unwrap().try_wait().unwrap().is_some()
    }

    /// Asks it to end and waits until it has; panics unless it ended well.
    pub(crate) fn stop(self) {
        let pid = self.pid().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        let status = self.child.lock().unwrap().wait().unwrap();
        assert!(status.success(), "{status}: {}", self.printed);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let mut child = self.child.lock().unwrap();
        child.kill().ok();
        child.wait().ok();
    }
}

/// A GET, its status and its JSON (null where the body is none).
pub(crate) async fn get(url: &str) -> (u16, Value) {
    let response = reqwest::get(url)
        .await
        .unwrap_or_else(|error| panic!("{url}: {error}"));
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or_default())
}

/// A file of these tests.
pub(crate) fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/platform")
        .join(name)
}
