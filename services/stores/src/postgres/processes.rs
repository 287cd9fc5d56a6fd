//! What processes that share the database tell one another: who owns which partition, and who has
//! which lease. No edit of the catalog, so nothing here waits for its lock.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::Row as _;

use super::PostgresCatalog;
use crate::{Directory, Leases, StoreError};

#[async_trait]
impl Directory for PostgresCatalog {
    async fn claim(&self, partitions: &[u32], address: &str) -> Result<(), StoreError> {
        // In one order everywhere, so that no two claims wait for one another.
        let mut partitions: Vec<i64> = partitions.iter().map(|it| i64::from(*it)).collect();
        partitions.sort_unstable();
        let query = sqlx::query(
            "INSERT INTO partition_owners (partition, address)
             SELECT partition, $2 FROM unnest($1) AS claimed (partition)
             ON CONFLICT (partition) DO UPDATE SET address = excluded.address,
                 claimed_at = excluded.claimed_at",
        );
        let query = query.bind(partitions).bind(address);
        self.within_time(async {
            query.execute(&self.pool).await?;
            Ok(())
        })
        .await
    }

    async fn addresses(&self) -> Result<BTreeMap<u32, String>, StoreError> {
        let query = sqlx::query("SELECT partition, address FROM partition_owners");
        let rows = self.within_time(async { Ok(query.fetch_all(&self.pool).await?) });
        let mut addresses = BTreeMap::new();
        for row in rows.await? {
            let partition: i64 = row.try_get("partition")?;
            let partition = u32::try_from(partition)
                .map_err(|_| StoreError::Corrupt(format!("the partition {partition}")))?;
            addresses.insert(partition, row.try_get("address")?);
        }
        Ok(addresses)
    }
}

#[async_trait]
impl Leases for PostgresCatalog {
    async fn hold(&self, name: &str, holder: &str, time: Duration) -> Result<bool, StoreError> {
        // The database's clock alone decides: those of processes may differ.
        let query = sqlx::query(
            "INSERT INTO leases (name, holder, until)
             VALUES ($1, $2, (clock_timestamp() AT TIME ZONE 'UTC') + $3 * INTERVAL '1 millisecond')
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
             WHERE leases.holder = excluded.holder
                 OR leases.until <= (clock_timestamp() AT TIME ZONE 'UTC')",
        );
        let query = query.bind(name).bind(holder);
        let query = query.bind(time.as_millis() as i64);
        self.within_time(async { Ok(query.execute(&self.pool).await?.rows_affected() > 0) })
            .await
    }

    async fn release(&self, name: &str, holder: &str) -> Result<(), StoreError> {
        let query = sqlx::query("DELETE FROM leases WHERE name = $1 AND holder = $2");
        let query = query.bind(name).bind(holder);
        self.within_time(async {
            query.execute(&self.pool).await?;
            Ok(())
        })
        .await
    }
}
