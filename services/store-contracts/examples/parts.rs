//! Starts the real parts of a cluster on this machine, prints the environment that makes a platform use
//! them, and keeps them running until its input ends:
//!
//! ```sh
//! cargo run -p store-contracts --example parts
//! ```
//!
//! What is not here is left out. Everything is gone afterwards.

#![expect(clippy::print_stdout, reason = "a program that prints its results")]

use std::io::Read;

use store_contracts::aerospike::{self, Kept};
use store_contracts::broker::Broker;
use store_contracts::postgres;

fn main() {
    let runtime = tokio::runtime::Runtime::new();
    let broker = Broker::start();
    let database = postgres::Server::new();
    let view = aerospike::Server::start(Kept::Nothing);
    if let Some(broker) = &broker {
        println!("AUDIENCE_KAFKA_BROKERS={}", broker.address());
    }
    if let (Some(database), Ok(runtime)) = (&database, &runtime) {
        let url = runtime.block_on(database.new_database());
        println!("AUDIENCE_CATALOG_URL={url}");
    }
    if let Some(view) = &view {
        println!("AUDIENCE_AEROSPIKE_HOSTS={}", view.address());
    }
    println!("ready");
    // Whatever ends it, the parts end with this process.
    let _ = std::io::stdin().read_to_end(&mut vec![]);
}
