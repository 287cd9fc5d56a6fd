//! The broker's process, and the thread that started it and reads what it says.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// What a broker says that serves.
const READY: &str = "Kafka Server started";
/// How long it may take until then.
const START_MAX: Duration = Duration::from_mins(2);
/// Lines kept for who asks why it ended.
const LINES_MAX: usize = 40;

/// A broker that serves.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    reader: JoinHandle<()>,
}

impl Process {
    /// Starts it and waits until it serves.
    pub(super) fn start(command: Command) -> Result<Self, String> {
        let (started, child) = channel();
        let (said, ready) = channel();
        // The system ends the child with the thread that started it, so that thread must stay.
        let reader = std::thread::spawn(move || run(command, &started, &said));
        let child = child.recv().map_err(|error| error.to_string())?;
        let mut process = Self { child, reader };
        match wait(&ready) {
            Ok(()) => Ok(process),
            Err(error) => {
                let _ = process.child.kill();
                let _ = process.child.wait();
                Err(error)
            }
        }
    }

    /// Kills it and waits until it is gone.
    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.reader.join().unwrap();
    }
}

/// Starts the child and reads what it says until it is gone.
fn run(mut command: Command, started: &Sender<Child>, said: &Sender<Result<(), String>>) {
    let (lines, out) = std::io::pipe().unwrap();
    command.stdout(out.try_clone().unwrap()).stderr(out);
    let child = command.spawn().unwrap();
    // It holds the other ends of the pipe, which must close with the child.
    drop(command);
    started.send(child).unwrap();
    let mut last = VecDeque::new();
    for line in BufReader::new(lines).lines().map_while(Result::ok) {
        if line.contains(READY) {
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

fn wait(ready: &Receiver<Result<(), String>>) -> Result<(), String> {
    ready
        .recv_timeout(START_MAX)
        .map_err(|_| format!("the broker does not serve within {START_MAX:?}"))?
}
