//! A private server of Aerospike for tests: a node on free ports of the loopback, to which others may join.
//!
//! INVARIANT: it ends with the process that started it, however that ends: the system kills it then.
//! Where there is no `asd`, named by `AUDIENCE_ASD` or in `PATH`, there is no server, and whoever asks
//! prints that the test is skipped.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use crate::broker::{free_ports, runs, sweep};
use crate::process::Process;

/// What a server says that serves.
const READY: &str = "service ready";
/// The beginning of a server's folder, before the number of the process that it belongs to.
const FOLDER: &str = "audience-aerospike-";
/// How often to try with other ports.
const STARTS: usize = 3;

const CONFIGURATION: &str = include_str!("../aerospike/asd.conf");

/// What a namespace of a server that was killed has when it is back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Nothing: it is in memory alone.
    Nothing,
    /// What was written to its file, which is behind by up to a second.
    File,
}

/// The address of the server that all tests of this process share; `None`, with a word about it,
/// where it cannot run.
pub fn shared() -> Option<&'static str> {
    static SHARED: LazyLock<Option<Server>> = LazyLock::new(|| Server::start(Kept::Nothing));
    let server = SHARED.as_ref();
    if server.is_none() {
        println!("skipped: there is no server of Aerospike here");
    }
    server.map(Server::address)
}

/// A server, and the folder that it works in.
#[derive(Debug)]
pub struct Server {
    program: PathBuf,
    folder: PathBuf,
    address: String,
    heartbeat: String,
    process: Option<Process>,
}

impl Server {
    /// Starts a server of the caller's own, whose users are kept so; `None`, with a word about it,
    /// where it cannot run.
    pub fn start(kept: Kept) -> Option<Self> {
        Self::start_with(kept, None)
    }

    /// Starts another one in the same cluster, with users in memory.
    pub fn join(&self) -> Option<Self> {
        Self::start_with(Kept::Nothing, Some(&self.heartbeat))
    }

    fn start_with(kept: Kept, peer: Option<&str>) -> Option<Self> {
        let program = std::env::var_os("AUDIENCE_ASD").unwrap_or_else(|| "asd".into());
        let program = PathBuf::from(program);
        for (program, argument) in [
            (&*program, "--version"),
            (Path::new("setpriv"), "--version"),
        ] {
            if !runs(program, argument) {
                println!("skipped: `{}` is not here", program.display());
                return None;
            }
        }
        sweep(FOLDER);
        for attempt in 1..=STARTS {
            match Self::make(&program, kept, peer) {
                Ok(server) => return Some(server),
                // Somebody else may have taken a port meanwhile.
                Err(error) => println!("start {attempt} of Aerospike: {error}"),
            }
        }
        panic!("the server of Aerospike does not start");
    }

    fn make(program: &Path, kept: Kept, peer: Option<&str>) -> Result<Self, String> {
        let folder = tempfile::Builder::new()
            .prefix(&format!("{FOLDER}{}-", std::process::id()))
            .tempdir()
            .unwrap()
            .keep();
        for needed in ["smd", "lua"] {
            std::fs::create_dir(folder.join(needed)).unwrap();
        }
        let [service, heartbeat, fabric] = free_ports().map(|port: u16| port.to_string());
        let at = folder.display().to_string();
        let storage = match kept {
            Kept::Nothing => "data-size 512M".to_owned(),
            Kept::File => format!("file {at}/user_profiles\n\t\tfilesize 512M"),
        };
        let peer = peer.map(|port| format!("mesh-seed-address-port 127.0.0.1 {port}"));
        let filled = [
            ("PEER", peer.as_deref().unwrap_or_default()),
            ("STORAGE_OF_USERS", storage.as_str()),
            ("FOLDER", &at),
            ("SERVICE_PORT", &service),
            ("HEARTBEAT_PORT", &heartbeat),
            ("FABRIC_PORT", &fabric),
        ];
        let configuration = filled
            .iter()
            .fold(CONFIGURATION.to_owned(), |text, (name, value)| {
                text.replace(name, value)
            });
        std::fs::write(folder.join("asd.conf"), configuration).unwrap();
        let mut server = Self {
            program: program.to_owned(),
            folder,
            address: format!("127.0.0.1:{service}"),
            heartbeat,
            process: None,
        };
        server.process = Some(Process::start(server.command(), READY)?);
        Ok(server)
    }

    /// Where clients connect to.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Kills it as a power cut would, but for what the system still has in memory.
    pub fn kill(&mut self) {
        self.process.take().unwrap().kill();
    }

    /// Starts it again after [`Server::kill`].
    pub fn restart(&mut self) {
        self.process = Some(Process::start(self.command(), READY).unwrap());
    }

    /// Holds it up: it answers nothing, and its connections stay.
    pub fn hold(&self) {
        self.process.as_ref().unwrap().stop();
    }

    /// Lets it go on after [`Server::hold`].
    pub fn go_on(&self) {
        self.process.as_ref().unwrap().signal("CONT");
    }

    fn command(&self) -> Command {
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL"])
            .arg(&self.program)
            .args(["--foreground", "--config-file"])
            .arg(self.folder.join("asd.conf"))
            .current_dir(&self.folder)
            .stdin(Stdio::null());
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
