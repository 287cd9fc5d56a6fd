//! PostgreSQL servers that belong to this process: a cluster in a folder of its own, reached by a
//! socket in it, so that no port is taken from anybody.
//!
//! INVARIANT: no server and no folder outlives the process, however that ends. A guard holds the
//! other end of a pipe; when nobody has this end any more it stops the server and removes the folder.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// How long a program of PostgreSQL may take on a busy machine, in seconds.
const WAIT_MAX_S: &str = "120";

/// Nothing is durable against a power cut here, and nothing needs to be: what a server acknowledged
/// outlives its own death all the same.
const SETTINGS: &str = "-c listen_addresses='' -c fsync=off -c full_page_writes=off \
    -c max_connections=1000 -c shared_buffers=32MB -c autovacuum=off -c wal_level=minimal \
    -c max_wal_senders=0";

/// Ends with its input, whatever signals a terminal sends to all of its processes.
const GUARD: &str = r#"trap '' INT TERM HUP; cat >/dev/null
folder=$1; shift; "$@" >/dev/null 2>&1; rm -rf "$folder""#;

/// A running server.
#[derive(Debug)]
pub struct Server {
    programs: PathBuf,
    folder: PathBuf,
    databases: AtomicU32,
    guard: Child,
}

/// The server of this process; `None`, said aloud, where there is no PostgreSQL.
pub fn shared() -> Option<&'static Server> {
    static SERVER: LazyLock<Option<Server>> = LazyLock::new(Server::new);
    let server = SERVER.as_ref();
    if server.is_none() {
        eprintln!("skipped: PostgreSQL is not installed, or has no user to run as");
    }
    server
}

impl Server {
    /// Starts one; `None` where there is no PostgreSQL.
    pub fn new() -> Option<Self> {
        let programs = programs()?;
        if is_root() && !succeeds(Command::new("id").args(["-u", "postgres"])) {
            return None;
        }
        let folder = make_folder();
        let guard = guard(&folder, &programs);
        let server = Self {
            programs,
            folder,
            databases: AtomicU32::new(0),
            guard,
        };
        let data = server.folder.join("data");
        let mut initdb = user_command(&server.programs.join("initdb"));
        initdb.args(["--username=audience", "--auth=trust", "--encoding=UTF8"]);
        initdb.args(["--locale=C", "--no-sync", "--pgdata"]);
        run(initdb.arg(data).current_dir(&server.folder));
        server.start();
        Some(server)
    }

    /// Starts it, and waits until it answers.
    pub fn start(&self) {
        let settings = format!("{SETTINGS} -k {}", self.folder.display());
        let mut start = pg_ctl(&self.programs, &self.folder);
        start.args(["--wait", "--timeout", WAIT_MAX_S, "--options", &settings]);
        run(start.arg("--log").arg(self.folder.join("log")).arg("start"));
    }

    /// Stops it as a crash would: what is not in its log is lost.
    pub fn crash(&self) {
        run(&mut stop(&self.programs, &self.folder));
    }

    /// The address of a new, empty database.
    pub async fn new_database(&self) -> String {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("catalog_{number}");
        let mut admin = connect(&self.url("postgres")).await;
        let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::query(create).execute(&mut admin).await.unwrap();
        self.url(&name)
    }

    fn url(&self, database: &str) -> String {
        let folder = self.folder.display();
        format!("postgres://audience@localhost/{database}?host={folder}")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// A connection beside those of a catalog.
pub async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap()
}

/// The folder of PostgreSQL's programs: Debian's newest, else where they are in `PATH`.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let mut versions: Vec<PathBuf> = versions.flatten().map(|it| it.path()).collect();
    versions.sort_by_key(|path| {
        let version = path
            .file_name()
            .and_then(|name| name.to_str()?.parse().ok());
        std::cmp::Reverse(version.unwrap_or(0_u32))
    });
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let versions = versions.into_iter().map(|path| path.join("bin"));
    let mut folders = versions.chain(std::env::split_paths(&paths));
    folders.find(|folder| {
        ["initdb", "pg_ctl"]
            .iter()
            .all(|it| folder.join(it).exists())
    })
}

/// A server does not run as root.
fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

fn user_command(program: &Path) -> Command {
    let mut command = Command::new("timeout");
    command.args(["--kill-after=5", WAIT_MAX_S]);
    if is_root() {
        command.args(["setpriv", "--reuid=postgres", "--regid=postgres"]);
        command.args(["--init-groups", "--"]);
    }
    command.arg(program).env("LC_ALL", "C");
    command
}

/// A folder of the server's user. The path of a socket in it has room for about 100 bytes.
fn make_folder() -> PathBuf {
    let temporary = std::env::temp_dir();
    let fits = temporary.as_os_str().len() < 60;
    let candidates = [temporary, PathBuf::from("/tmp")];
    let mut made = candidates.iter().skip(usize::from(!fits)).map(|parent| {
        let mut mktemp = user_command(Path::new("mktemp"));
        mktemp.arg("-d").arg(parent.join("audience-XXXXXX"));
        mktemp.current_dir("/").output().unwrap()
    });
    let made = made.find(|output| output.status.success()).unwrap();
    PathBuf::from(String::from_utf8(made.stdout).unwrap().trim_end())
}

fn guard(folder: &Path, programs: &Path) -> Child {
    let stop = stop(programs, folder);
    let mut guard = Command::new("sh");
    guard.args(["-c", GUARD, "guard"]).arg(folder);
    guard.arg(stop.get_program()).args(stop.get_args());
    guard
        .current_dir("/")
        .process_group(0)
        .stdin(Stdio::piped());
    guard.stdout(Stdio::null()).stderr(Stdio::null());
    guard.spawn().unwrap()
}

fn pg_ctl(programs: &Path, folder: &Path) -> Command {
    let mut command = user_command(&programs.join("pg_ctl"));
    command
        .arg("--pgdata")
        .arg(folder.join("data"))
        .current_dir(folder);
    command
}

fn stop(programs: &Path, folder: &Path) -> Command {
    let mut command = pg_ctl(programs, folder);
    command.args([
        "--mode=immediate",
        "--wait",
        "--timeout",
        WAIT_MAX_S,
        "stop",
    ]);
    command
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {text} {errors}");
}

fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}
