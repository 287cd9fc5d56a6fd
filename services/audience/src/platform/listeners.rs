//! The sockets of the process's services, bound before anything is opened: a port that is taken is
//! told first.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use kit::config::ListenConfig;
use tokio::net::TcpListener;
use web_console::Page;

use super::settings::warn;
use super::{Role, Settings};
use crate::client::Addresses;
use crate::failure::Failure;

/// The sockets of the process's services.
#[derive(Debug)]
pub(crate) struct Listeners {
    pub(crate) services: BTreeMap<Role, TcpListener>,
    pub(crate) pages: Vec<(TcpListener, Page)>,
}

impl Listeners {
    /// Binds them. A page's port that is taken is only warned of.
    pub(crate) async fn bind(settings: &Settings) -> Result<Self, Failure> {
        let listen = &settings.config.listen;
        let mut pages = vec![];
        for (port, page) in &settings.pages {
            match TcpListener::bind((listen.address, *port)).await {
                Ok(listener) => pages.push((listener, *page)),
                Err(error) => warn(&format!("port {port} leads nowhere: {error}")),
            }
        }
        let mut services = BTreeMap::new();
        for role in settings.roles.iter() {
            services.insert(role, bind(listen, role).await?);
        }
        Ok(Self { services, pages })
    }

    /// Where they are.
    pub(crate) fn addresses(&self) -> Result<Addresses, Failure> {
        let url = |role| self.services.get(&role).map(url).transpose();
        let url = |role| url(role).map(Option::unwrap_or_default);
        Ok(Addresses {
            segments: url(Role::SegmentApi)?,
            ingestion: url(Role::IngestionApi)?,
            communication: url(Role::CommunicationApi)?,
            rules: url(Role::RuleEngine)?,
            processor: url(Role::StreamProcessor)?,
        })
    }

    /// The port of a service that runs in this process.
    pub(crate) fn port(&self, role: Role) -> Result<Option<u16>, Failure> {
        let address = self.services.get(&role).map(TcpListener::local_addr);
        Ok(address.transpose()?.map(|address| address.port()))
    }
}

async fn bind(listen: &ListenConfig, role: Role) -> Result<TcpListener, Failure> {
    let port = match role {
        Role::SegmentApi => listen.segment_api_port,
        Role::IngestionApi => listen.ingestion_api_port,
        Role::CommunicationApi => listen.communication_api_port,
        Role::RuleEngine => listen.rule_engine_port,
        Role::StreamProcessor => listen.stream_processor_port,
    };
    let address = SocketAddr::new(listen.address, port);
    TcpListener::bind(address).await.map_err(|error| {
        let key = role.name().replace('-', "_").to_ascii_uppercase();
        Failure::new(
            format!("cannot listen on {address}: {error}"),
            format!("choose another port with AUDIENCE_LISTEN_{key}_PORT"),
        )
    })
}

/// On this machine people know the loopback address by its name.
fn url(listener: &TcpListener) -> Result<String, Failure> {
    let address = listener.local_addr()?;
    if address.ip().is_loopback() {
        return Ok(format!("http://localhost:{}", address.port()));
    }
    Ok(format!("http://{address}"))
}
