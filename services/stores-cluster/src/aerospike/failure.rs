//! What errors of the client are to whoever asked.

use aerospike::{Error, ResultCode};
use stores::StoreError;

/// An error of the client. All of them may pass: servers come back, and get room and namespaces.
pub(super) fn failure(error: &Error) -> StoreError {
    let told = error.to_string();
    // The client lists hosts line by line.
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    if error.matches(&[ResultCode::DeviceOverload, ResultCode::ServerMemError]) {
        return StoreError::Unavailable(format!("Aerospike has no room: {told}"));
    }
    StoreError::Unavailable(format!("Aerospike: {told}"))
}

/// A record that is not as the view writes them.
pub(super) fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt(format!("{what} in Aerospike is malformed"))
}
