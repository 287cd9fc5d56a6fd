//! Every role a process of its own, two of them stream-processors.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use super::parts::Parts;
use crate::platform::{Api, client_with, make_key};
use crate::server::Server;

/// The processes, and their roles.
pub(super) const PROCESSES: [(&str, &str); 6] = [
    ("segment-api", "segment-api"),
    ("ingestion-api", "ingestion-api"),
    ("communication-api", "communication-api"),
    ("rule-engine", "rule-engine"),
    ("processor-1", "stream-processor"),
    ("processor-2", "stream-processor"),
];

/// The processes of a deployment.
pub(super) struct Apart {
    pub(super) api: Arc<Api>,
    ports: BTreeMap<&'static str, u16>,
    environment: Vec<(String, String)>,
    folder: PathBuf,
    running: BTreeMap<&'static str, Server>,
}

impl Apart {
    /// Starts all of them on the parts, whose topics have so many partitions.
    pub(super) fn start(parts: &Parts, partitions: usize) -> Self {
        let ports = PROCESSES.map(|(name, _)| (name, free_port()));
        let ports = BTreeMap::from(ports);
        let url = |name| format!("http://localhost:{}", ports[name]);
        let console = |key: &str, name| (format!("AUDIENCE_CONSOLE_{key}_URL"), url(name));
        let mut environment = vec![
            console("INGESTION_API", "ingestion-api"),
            console("COMMUNICATION_API", "communication-api"),
            console("RULE_ENGINE", "rule-engine"),
            console("STREAM_PROCESSOR", "processor-1"),
        ];
        let shared: Vec<_> = parts.deployment.environment();
        let folder = parts.deployment.data.with_file_name("apart");
        let asking = make_key(&folder, &["profiles:read"], &shared);
        environment.push(("AUDIENCE_PEERS_KEY".to_owned(), asking));
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        environment.extend(shared.iter().map(own));
        let key = make_key(&folder, &["admin"], &shared);
        let api = Api {
            segments: url("segment-api"),
            ingestion: url("ingestion-api"),
            communication: url("communication-api"),
            rules: url("rule-engine"),
            processor: url("processor-1"),
            partitions,
            http: client_with(&key),
            key,
        };
        let mut apart = Self {
            api: Arc::new(api),
            ports,
            environment,
            folder,
            running: BTreeMap::new(),
        };
        for (name, _) in PROCESSES {
            apart.begin(name);
        }
        apart
    }

    /// Starts a process that does not run.
    pub(super) fn begin(&mut self, name: &'static str) {
        let (_, role) = PROCESSES.iter().find(|(it, _)| *it == name).unwrap();
        let port = format!(
            "AUDIENCE_LISTEN_{}_PORT",
            role.replace('-', "_").to_uppercase()
        );
        let number = self.ports[name].to_string();
        let own = (port.as_str(), number.as_str());
        let environment = self.environment.iter();
        let environment = environment.map(|(name, value)| (name.as_str(), value.as_str()));
        let environment: Vec<_> = environment.chain([own]).collect();
        let folder = self.data(name);
        let arguments = ["serve", "--role", role, "--data", folder.to_str().unwrap()];
        let mut server = Server::start(&arguments, &environment);
        server.wait_for("Ctrl-C");
        self.running.insert(name, server);
    }

    /// Ends a process at once.
    pub(super) fn kill(&mut self, name: &str) {
        self.running.remove(name).unwrap().kill();
    }

    /// Takes from a process that does not run all that it has on its disk.
    pub(super) fn lose_disk(&self, name: &str) {
        std::fs::remove_dir_all(self.data(name)).ok();
    }

    /// Asks every process to end, which each does well.
    pub(super) fn stop(self) {
        for server in self.running.into_values() {
            server.stop();
        }
    }

    fn data(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// A port that is free, and in all likelihood stays so: what is started again is to be found again.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
