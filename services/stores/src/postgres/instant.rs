//! Instants as `TIMESTAMP` in UTC.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo, PgValueFormat, PgValueRef, Postgres};
use sqlx::{Decode, Encode, Type};

/// `timestamp` in `pg_type`.
const TIMESTAMP: Oid = Oid(1114);
/// 2000-01-01, from where PostgreSQL counts, in milliseconds.
const EPOCH_MS: i64 = 946_684_800_000;
const MICROSECONDS: i64 = 1000;

/// Milliseconds UTC. What somebody else wrote with microseconds is read as its millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Instant(pub(super) i64);

impl Type<Postgres> for Instant {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(TIMESTAMP)
    }
}

impl Encode<'_, Postgres> for Instant {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let since = self.0.checked_sub(EPOCH_MS);
        let since = since.and_then(|since| since.checked_mul(MICROSECONDS));
        let since = since.ok_or("the instant is out of PostgreSQL's range")?;
        buffer.extend_from_slice(&since.to_be_bytes());
        Ok(IsNull::No)
    }
}

impl Decode<'_, Postgres> for Instant {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        if value.format() != PgValueFormat::Binary {
            return Err("an instant that is not in binary form".into());
        }
        let since = i64::from_be_bytes(value.as_bytes()?.try_into()?);
        // What counts up or down without end stands for `infinity`.
        if since == i64::MAX || since == i64::MIN {
            return Err("an infinite instant".into());
        }
        Ok(Self(since.div_euclid(MICROSECONDS) + EPOCH_MS))
    }
}
