//! The sockets of all services, bound before anything is opened: a port that is taken is told first.

use std::net::SocketAddr;

use tokio::net::TcpListener;
use web_console::Page;

use super::Settings;
use super::settings::warn;
use crate::client::Addresses;
use crate::failure::Failure;

/// The sockets of all services.
#[derive(Debug)]
pub(crate) struct Listeners {
    pub(crate) segments: TcpListener,
    pub(crate) ingestion: TcpListener,
    pub(crate) communication: TcpListener,
    pub(crate) rules: TcpListener,
    pub(crate) processor: TcpListener,
    pub(crate) pages: Vec<(TcpListener, Page)>,
}

impl Listeners {
    /// Binds them. A page's port that is taken is only warned of.
    pub(crate) async fn bind(settings: &Settings) -> Result<Self, Failure> {
        let listen = &settings.config.listen;
        let on = async |port: u16, key: &str| {
            let address = SocketAddr::new(listen.address, port);
            TcpListener::bind(address).await.map_err(|error| {
                Failure::new(
                    format!("cannot listen on {address}: {error}"),
                    format!("choose another port with AUDIENCE_LISTEN_{key}_PORT"),
                )
            })
        };
        let mut pages = vec![];
        for (port, page) in &settings.pages {
            let address = SocketAddr::new(listen.address, *port);
            match TcpListener::bind(address).await {
                Ok(listener) => pages.push((listener, *page)),
                Err(error) => warn(&format!("port {port} leads nowhere: {error}")),
            }
        }
        Ok(Self {
            segments: on(listen.segment_api_port, "SEGMENT_API").await?,
            ingestion: on(listen.ingestion_api_port, "INGESTION_API").await?,
            communication: on(listen.communication_api_port, "COMMUNICATION_API").await?,
            rules: on(listen.rule_engine_port, "RULE_ENGINE").await?,
            processor: on(listen.stream_processor_port, "STREAM_PROCESSOR").await?,
            pages,
        })
    }

    /// Where they are.
    pub(crate) fn addresses(&self) -> Result<Addresses, Failure> {
        Ok(Addresses {
            segments: url(&self.segments)?,
            ingestion: url(&self.ingestion)?,
            communication: url(&self.communication)?,
            rules: url(&self.rules)?,
            processor: url(&self.processor)?,
        })
    }
}

/// On this machine people know the loopback address by its name.
fn url(listener: &TcpListener) -> Result<String, Failure> {
    let address = listener.local_addr()?;
    if address.ip().is_loopback() {
        return Ok(format!("http://localhost:{}", address.port()));
    }
    Ok(format!("http://{address}"))
}
