//! A server's process, and the thread that started it and reads what it says.

use std::collections::VecDeque;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long it may take until then.
const START_MAX: Duration = Duration::from_mins(2);
/// How long it may take to stop.
const STOP_MAX: Duration = Duration::from_secs(30);
/// Lines kept for who asks why it ended.
const LINES_MAX: usize = 40;

/// A server that serves.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    reader: JoinHandle<()>,
}

impl Process {
    /// Starts it and waits until it serves, which it tells by a line with `ready` in it.
    pub(crate) fn start(command: Command, ready: &'static str) -> Result<Self, String> {
        let (started, child) = channel();
        let (said, heard) = channel();
        // The system ends the child with the thread that started it, so that thread must stay.
        let reader = std::thread::spawn(move || run(command, ready, &started, &said));
        let child = child.recv().map_err(|error| error.to_string())?;
        let mut process = Self { child, reader };
        match wait(&heard) {
            Ok(()) => Ok(process),
            Err(error) => {
                let _ = process.child.kill();
                let _ = process.child.wait();
                Err(error)
            }
        }
    }

    /// Sends it a signal, by its name.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.unwrap().success());
    }

    /// Stops it and waits until none of its threads runs: they hear of the signal one by one.
    pub(crate) fn stop(&self) {
        self.signal("STOP");
        let started = Instant::now();
        while !self.is_stopped() {
            assert!(started.elapsed() < STOP_MAX, "the server does not stop");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn is_stopped(&self) -> bool {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        tasks.map_while(Result::ok).all(|task| {
            // A thread that is gone meanwhile runs no more. Its state stands behind its name.
            let stat = fs::read_to_string(task.path().join("stat")).unwrap_or_default();
            let state = stat.rsplit_once(") ");
            state.is_none_or(|(_, state)| state.starts_with('T'))
        })
    }

    /// Kills it and waits until it is gone.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.reader.join().unwrap();
    }
}

/// Starts the child and reads what it says until it is gone.
fn run(
    mut command: Command,
    ready: &str,
    started: &Sender<Child>,
    said: &Sender<Result<(), String>>,
) {
    let (lines, out) = std::io::pipe().unwrap();
    command.stdout(out.try_clone().unwrap()).stderr(out);
    let child = command.spawn().unwrap();
    // It holds the other ends of the pipe, which must close with the child.
    drop(command);
    started.send(child).unwrap();
    let mut last = VecDeque::new();
    for line in BufReader::new(lines).lines().map_while(Result::ok) {
        if line.contains(ready) {
            let _ = said.send(Ok(()));
        }
        last.push_back(line);
        if last.len() > LINES_MAX {
            last.pop_front();
        }
    }
    // Nobody listens where it served.
    let _ = said.send(Err(Vec::from(last).join("\n")));
}

fn wait(heard: &Receiver<Result<(), String>>) -> Result<(), String> {
    heard
        .recv_timeout(START_MAX)
        .map_err(|_| format!("the server does not serve within {START_MAX:?}"))?
}
