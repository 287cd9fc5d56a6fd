//! The secondary indexes: users by the segments that they are in, and the sizes of segments.

use aerospike::{CollectionIndexType, Error, IndexType, ResultCode};
use stores::StoreError;

use super::connection::{self, Connection};
use super::counts::{KIND, SIZE_INDEX};
use super::failure::failure;
use super::options::Place;
use super::user::SEGMENTS;

/// The index of users by segment.
const MEMBER_INDEX: &str = "audience_members";

/// Makes the indexes that are missing. What they cover already is indexed in the background; queries
/// fail until that is done.
pub(super) async fn make(connection: &Connection) -> Result<(), StoreError> {
    let list = CollectionIndexType::List;
    let users = &connection.user_profiles;
    one(connection, users, SEGMENTS, MEMBER_INDEX, list).await?;
    let plain = CollectionIndexType::Default;
    one(connection, &connection.analytics, KIND, SIZE_INDEX, plain).await
}

async fn one(
    connection: &Connection,
    place: &Place,
    bin: &str,
    name: &str,
    collection: CollectionIndexType,
) -> Result<(), StoreError> {
    let admin = connection::admin();
    let (namespace, set) = (place.namespace.as_str(), place.set.as_str());
    // Names are the namespace's: other sets of it may be another platform's.
    let name = match set {
        "" => name.to_owned(),
        set => format!("{name}_{set}"),
    };
    let made = connection.client.create_index_on_bin(
        &admin,
        namespace,
        set,
        bin,
        &name,
        IndexType::String,
        collection,
        None,
    );
    match made.await {
        Err(error) if !error.matches(&[ResultCode::IndexFound]) => Err(failure(&error)),
        _ => Ok(()),
    }
}

/// Whether a query failed for want of its index, which a server that lost everything may not have.
pub(super) fn is_missing(error: &Error) -> bool {
    error.matches(&[ResultCode::IndexNotFound])
}
