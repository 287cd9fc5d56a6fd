//! A private Kafka broker for tests: one process, KRaft, on free ports of the loopback.
//!
//! INVARIANT: it ends with the process that started it, however that ends: the system kills it then.
//! Where `java`, `mvn` or `setpriv` is missing there is no broker, and whoever asks prints that the
//! test is skipped; `kafka/install.sh` of this crate brings them.

mod jars;

use std::ffi::OsStr;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::process::Process;

/// Whom [`Broker::guarded`] lets in.
pub const USER: &str = "audience";
/// Their password.
pub const PASSWORD: &str = "secret";

/// Names the cluster: 16 bytes in base64.
const CLUSTER: &str = "YXVkaWVuY2UtdGVzdHMhIQ";
/// The beginning of a broker's folder, before the number of the process that it belongs to.
const FOLDER: &str = "audience-kafka-";
/// Ports to try. Below those that the system gives to whoever connects: a client that tries again
/// and again would else take the port of a broker that is down, or connect to itself.
const PORTS: std::ops::Range<u16> = 15_000..32_000;
/// What a broker says that serves.
const READY: &str = "Kafka Server started";
/// How often to try with other ports.
const STARTS: usize = 3;

const PROPERTIES: &str = include_str!("../kafka/server.properties");
const LOGGING: &str = include_str!("../kafka/log4j2.yaml");

/// The broker that all tests of this process share; `None`, with a word about it, where it cannot
/// run.
pub fn shared() -> Option<&'static Broker> {
    static SHARED: LazyLock<Option<Broker>> = LazyLock::new(Broker::start);
    let broker = SHARED.as_ref();
    if broker.is_none() {
        println!("skipped: there is no Kafka broker here");
    }
    broker
}

/// A broker, and the folder that it works in.
#[derive(Debug)]
pub struct Broker {
    folder: PathBuf,
    jars: PathBuf,
    address: String,
    guarded: String,
    process: Option<Process>,
}

impl Broker {
    /// Starts a broker of the caller's own; `None`, with a word about it, where it cannot run.
    pub fn start() -> Option<Self> {
        for (program, argument) in [("java", "-version"), ("setpriv", "--version")] {
            if !runs(program, argument) {
                println!("skipped: `{program}` is not here; see kafka/install.sh");
                return None;
            }
        }
        let jars = jars::jars()?;
        sweep(FOLDER);
        for attempt in 1..=STARTS {
            match Self::make(&jars) {
                Ok(broker) => return Some(broker),
                // Somebody else may have taken a port meanwhile.
                Err(error) => println!("start {attempt} of the broker: {error}"),
            }
        }
        panic!("the broker does not start");
    }

    fn make(jars: &Path) -> Result<Self, String> {
        let folder = tempfile::Builder::new()
            .prefix(&format!("{FOLDER}{}-", std::process::id()))
            .tempdir()
            .unwrap()
            .keep();
        let [port, guarded, controller] = free_ports();
        let properties = format!(
            "{PROPERTIES}\n\
             controller.quorum.bootstrap.servers=127.0.0.1:{controller}\n\
             listeners=PLAINTEXT://127.0.0.1:{port},GUARDED://127.0.0.1:{guarded},CONTROLLER://127.0.0.1:{controller}\n\
             log.dirs={}\n",
            folder.join("data").display()
        );
        std::fs::write(folder.join("server.properties"), properties).unwrap();
        std::fs::write(folder.join("log4j2.yaml"), LOGGING).unwrap();
        let mut broker = Self {
            folder,
            jars: jars.to_owned(),
            address: format!("127.0.0.1:{port}"),
            guarded: format!("127.0.0.1:{guarded}"),
            process: None,
        };
        broker.format()?;
        broker.process = Some(Process::start(broker.command(), READY)?);
        Ok(broker)
    }

    /// Where clients connect to.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Where clients connect to that tell who they are: [`USER`] with [`PASSWORD`], by PLAIN or
    /// SCRAM-SHA-512.
    pub fn guarded(&self) -> &str {
        &self.guarded
    }

    /// Kills it as a power cut would, but for what the system still has in memory.
    pub fn kill(&mut self) {
        self.process.take().unwrap().kill();
    }

    /// Starts it again after [`Broker::kill`], as it was.
    pub fn restart(&mut self) {
        self.process = Some(Process::start(self.command(), READY).unwrap());
    }

    fn java(&self, heap: &str) -> Command {
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL", "java", heap])
            .args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"])
            .args(["-XX:ActiveProcessorCount=2", "-Djava.awt.headless=true"])
            .arg(format!(
                "-Dlog4j2.configurationFile=file:{}",
                self.folder.join("log4j2.yaml").display()
            ))
            .arg("-cp")
            .arg(self.jars.join("*"))
            .current_dir(&self.folder)
            .stdin(Stdio::null());
        command
    }

    fn format(&self) -> Result<(), String> {
        let mut command = self.java("-Xmx128m");
        let scram = format!("SCRAM-SHA-512=[name={USER},password={PASSWORD}]");
        command
            .args(["kafka.tools.StorageTool", "format", "--standalone"])
            .args(["-t", CLUSTER, "-c", "server.properties"])
            .args(["--add-scram", &scram])
            // With it, a lone broker that was killed would not lead its partitions again at once.
            .args(["--feature", "eligible.leader.replicas.version=0"]);
        let output = command.output().unwrap();
        if !output.status.success() {
            return Err(format!("{output:?}"));
        }
        Ok(())
    }

    fn command(&self) -> Command {
        let mut command = self.java("-Xmx256m");
        command.args(["kafka.Kafka", "server.properties"]);
        command
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Whether a program is here.
pub(crate) fn runs(program: impl AsRef<OsStr>, argument: &str) -> bool {
    let output = Command::new(program)
        .arg(argument)
        .stdin(Stdio::null())
        .output();
    output.is_ok_and(|output| output.status.success())
}

/// Removes folders of processes that are gone, which begin with `prefix` and the process's number: what
/// all tests of a process share is never dropped.
pub(crate) fn sweep(prefix: &str) {
    for entry in std::fs::read_dir(std::env::temp_dir()).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let process = name
            .strip_prefix(prefix)
            .and_then(|rest| rest.split('-').next());
        let is_gone = |process| !Path::new("/proc").join(process).exists();
        if process.is_some_and(is_gone) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// Ports that nobody listens at, and that this process was not given before: a server that was killed
/// comes back to its own.
pub(crate) fn free_ports<const N: usize>() -> [u16; N] {
    static TRIED: AtomicU32 = AtomicU32::new(0);
    // Processes that start at once begin elsewhere.
    let first = std::process::id().wrapping_mul(2_654_435_761) >> 16;
    let ports = u32::from(PORTS.end - PORTS.start);
    let step = || TRIED.fetch_add(1, Ordering::Relaxed);
    let all = std::iter::repeat_with(|| PORTS.start + ((first + step()) % ports) as u16);
    let all = all.take(usize::from(PORTS.end - PORTS.start));
    let mut free = all.filter_map(|port| TcpListener::bind(("127.0.0.1", port)).ok());
    // Each is held until all are found.
    let found: [TcpListener; N] = std::array::from_fn(|_| free.next().unwrap());
    found.map(|listener| listener.local_addr().unwrap().port())
}
