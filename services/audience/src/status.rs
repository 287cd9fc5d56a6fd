//! What the services of a running platform say of themselves.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::StatusCode;
use serde::{Deserialize, Serialize};

use crate::client::KeyArg;
use crate::failure::Failure;

/// Where the process that owns partitions tells of them.
const PROCESSING: &str = "/api/processing";
const NO_PARTITIONS: &str = "how far partitions are is told to a key with the scope segments:read alone (--key, AUDIENCE_KEY)";
/// How long a service may take to answer one question.
const PATIENCE: Duration = Duration::from_secs(5);

/// The whole platform.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlatformStatus {
    /// Whether everything asked is up.
    pub(crate) is_up: bool,
    pub(crate) services: Vec<ServiceStatus>,
    pub(crate) partitions: Vec<PartitionStatus>,
}

/// One service.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceStatus {
    pub(crate) url: String,
    /// `None` where nobody answers.
    pub(crate) name: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) is_up: bool,
    /// Whether it takes requests.
    pub(crate) is_ready: bool,
    /// What is not up, and why.
    pub(crate) problems: Vec<String>,
}

/// One partition, as the process that owns it tells.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PartitionStatus {
    pub(crate) partition: u32,
    pub(crate) position: u64,
    pub(crate) lag: u64,
    pub(crate) users: u64,
    pub(crate) deadline_lag_ms: u64,
    pub(crate) dead_letters: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<String>,
}

#[derive(Deserialize)]
struct Report {
    status: String,
    #[serde(default)]
    components: BTreeMap<String, Component>,
}

#[derive(Deserialize)]
struct Component {
    status: String,
    detail: Option<String>,
}

#[derive(Deserialize)]
struct Info {
    app: App,
}

#[derive(Deserialize)]
struct App {
    name: String,
    version: String,
}

#[derive(Deserialize)]
struct Processing {
    partitions: Vec<PartitionStatus>,
}

/// Asks every service.
pub(crate) async fn ask(urls: &[String], key: &KeyArg) -> Result<PlatformStatus, Failure> {
    let http = key.client()?.timeout(PATIENCE).build();
    let http = http.unwrap_or_default();
    let (mut services, mut partitions) = (vec![], BTreeMap::new());
    let mut needs_key = false;
    for url in urls {
        let url = url.trim_end_matches('/');
        let mut service = ask_service(&http, url).await;
        // In one process every port may tell of the partitions; each is told once.
        if service.name.is_some() {
            match get::<Processing>(&http, url, PROCESSING).await {
                Ok(processing) => {
                    let told = processing.partitions.into_iter();
                    partitions.extend(told.map(|partition| (partition.partition, partition)));
                }
                Err(Unanswered::Refused(status)) if is_about_keys(status) && !needs_key => {
                    needs_key = true;
                    service.problems.push(NO_PARTITIONS.to_owned());
                }
                // Most services have no partitions to tell of.
                Err(_) => {}
            }
        }
        services.push(service);
    }
    let partitions: Vec<_> = partitions.into_values().collect();
    let works = partitions
        .iter()
        .all(|partition| partition.failure.is_none());
    Ok(PlatformStatus {
        is_up: works
            && services
                .iter()
                .all(|service| service.is_up && service.is_ready),
        services,
        partitions,
    })
}

async fn ask_service(http: &reqwest::Client, url: &str) -> ServiceStatus {
    let mut status = ServiceStatus {
        url: url.to_owned(),
        name: None,
        version: None,
        is_up: false,
        is_ready: false,
        problems: vec![],
    };
    match get::<Info>(http, url, "/actuator/info").await {
        Ok(Info { app }) => {
            status.name = Some(app.name);
            status.version = Some(app.version);
        }
        Err(reason) => {
            status.problems.push(reason.to_string());
            return status;
        }
    }
    let mut report = async |path: &str| match get::<Report>(http, url, path).await {
        Ok(report) => {
            let down = report
                .components
                .iter()
                .filter(|(_, part)| part.status != "UP");
            status
                .problems
                .extend(down.map(|(name, part)| part.problem(name)));
            report.status == "UP"
        }
        Err(reason) => {
            status.problems.push(reason.to_string());
            false
        }
    };
    let is_up = report("/actuator/health").await;
    let is_ready = report("/actuator/health/readiness").await;
    ServiceStatus {
        is_up,
        is_ready,
        ..status
    }
}

impl Component {
    fn problem(&self, name: &str) -> String {
        match &self.detail {
            Some(reason) => format!("{name}: {reason}"),
            None => format!("{name} is {}", self.status),
        }
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    #[error("the answer is {0}")]
    Refused(StatusCode),
    #[error("{0}")]
    Other(String),
}

fn is_about_keys(status: StatusCode) -> bool {
    matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}

/// An answer, also that of a service that is down.
async fn get<T: for<'de> Deserialize<'de>>(
    http: &reqwest::Client,
    url: &str,
    path: &str,
) -> Result<T, Unanswered> {
    let response = http.get(format!("{url}{path}")).send().await;
    let response = response.map_err(|error| Unanswered::Other(reason(&error)))?;
    let status = response.status();
    if !status.is_success() && status != StatusCode::SERVICE_UNAVAILABLE {
        return Err(Unanswered::Refused(status));
    }
    let body = response.json().await;
    body.map_err(|_| {
        Unanswered::Other(format!(
            "{path} answers what no service of the platform would"
        ))
    })
}

fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("no answer within {} s", PATIENCE.as_secs());
    }
    "nobody answers".to_owned()
}
