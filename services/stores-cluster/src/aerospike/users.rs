//! Users, written and read.

use aerospike::{Bins, Expiration, ResultCode};
use serde_json::Map;
use stores::{StoreError, UserView};

use super::batch::{self, Row};
use super::connection::{self, Connection};
use super::failure::failure;
use super::user;

/// Writes users where what is there is older.
pub(super) async fn write(connection: &Connection, users: Vec<UserView>) -> Result<(), StoreError> {
    let rows = rows(connection, &users)?;
    let too_large = batch::write(connection, &rows).await?;
    if too_large.is_empty() {
        return Ok(());
    }
    let bare = too_large.iter().filter_map(|place| users.get(*place));
    let bare: Vec<UserView> = bare.map(without_fields).collect();
    let rows = self::rows(connection, &bare)?;
    if batch::write(connection, &rows).await?.is_empty() {
        return Ok(());
    }
    let reason = "a user's memberships are more than a record of Aerospike may hold";
    Err(StoreError::Unavailable(format!(
        "{reason} (`max-record-size`)"
    )))
}

fn rows(connection: &Connection, users: &[UserView]) -> Result<Vec<Row>, StoreError> {
    let rows = users.iter().map(|user| {
        let (bins, bytes) = user::encode(user)?;
        Ok(Row {
            key: connection.user_profiles.user(&user.user_id)?,
            bins,
            bytes,
            first: None,
            guard: Some(user::is_older_than(user)),
            is_whole: true,
            expiration: Expiration::Never,
        })
    });
    rows.collect()
}

/// A user whose fields are more than the servers take (`max-record-size`): who they are and where they
/// are members matters more.
fn without_fields(user: &UserView) -> UserView {
    let fields = user.fields.len();
    tracing::warn!(
        user = user.user_id,
        fields,
        "a user's fields are not in the view: they are more than `max-record-size` of the namespace"
    );
    UserView {
        fields: Map::new(),
        ..user.clone()
    }
}

/// A user; `None` of somebody never heard of.
pub(super) async fn read(
    connection: &Connection,
    user_id: &str,
) -> Result<Option<UserView>, StoreError> {
    let key = connection.user_profiles.user(user_id)?;
    let policy = connection::read();
    match connection.client.get(&policy, &key, Bins::All).await {
        Ok(record) => user::decode(&record).map(Some),
        Err(error) if error.matches(&[ResultCode::KeyNotFoundError]) => Ok(None),
        Err(error) => Err(failure(&error)),
    }
}
