//! The ports of the catalog and of build reports.

use std::collections::BTreeMap;

use async_trait::async_trait;
use kit::control::SegmentVersion;
use tokio::sync::watch;

use super::{BEGIN_SNAPSHOT, Store, answers, commit, definitions, segments, uses};
use crate::catalog::{
    Catalog, Dependent, Edit, Lookalike, OpenDefinition, SchemaState, Segment, StoredAnswer,
    Version,
};
use crate::{BuildProgress, BuildReports, StoreError};

#[async_trait]
impl BuildReports for Store {
    async fn report(
        &self,
        definition_id: &str,
        partition: u32,
        progress: BuildProgress,
    ) -> Result<(), StoreError> {
        let work = async {
            let mut transaction = self.begin().await?;
            definitions::report(&mut transaction, definition_id, partition, progress).await?;
            self.commit_and_tell(transaction).await
        };
        self.within_time(work).await
    }
}

#[async_trait]
impl Catalog for Store {
    async fn segment(&self, id: &str) -> Result<Option<Segment>, StoreError> {
        let work = segments::segment(self.readers(), id);
        self.within_time(work).await
    }

    async fn segments(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Segment>, StoreError> {
        let work = segments::segments(self.readers(), after, limit);
        self.within_time(work).await
    }

    async fn segment_count(&self) -> Result<u64, StoreError> {
        self.within_time(segments::count(self.readers())).await
    }

    async fn versions(
        &self,
        id: &str,
        before: Option<u32>,
        limit: usize,
    ) -> Result<Vec<Version>, StoreError> {
        let work = segments::versions(self.readers(), id, before, limit);
        self.within_time(work).await
    }

    async fn lookalikes(&self, name: &str, expression: &str) -> Result<Vec<Lookalike>, StoreError> {
        let work = segments::lookalikes(self.readers(), name, expression);
        self.within_time(work).await
    }

    async fn dependents(&self, id: &str) -> Result<Vec<Dependent>, StoreError> {
        let work = uses::dependents(self.readers(), id);
        self.within_time(work).await
    }

    async fn users_of_trait(&self, name: &str) -> Result<Vec<String>, StoreError> {
        let work = uses::users_of_trait(self.readers(), name);
        self.within_time(work).await
    }

    async fn references(&self) -> Result<BTreeMap<String, Vec<String>>, StoreError> {
        self.within_time(uses::references(self.readers())).await
    }

    async fn published(&self) -> Result<Vec<SegmentVersion>, StoreError> {
        self.within_time(segments::published(self.readers())).await
    }

    async fn schema(&self, without: Option<&str>) -> Result<SchemaState, StoreError> {
        let work = uses::schema(self.readers(), without);
        self.within_time(work).await
    }

    async fn revision(&self) -> Result<u64, StoreError> {
        self.within_time(uses::revision(self.readers())).await
    }

    async fn answer(&self, key: &str, now: i64) -> Result<Option<StoredAnswer>, StoreError> {
        let work = answers::answer(self.readers(), key, now);
        self.within_time(work).await
    }

    async fn commit(&self, edit: Edit) -> Result<(), StoreError> {
        let work = async {
            let mut transaction = self.begin().await?;
            commit::commit(&mut transaction, edit).await?;
            self.commit_and_tell(transaction).await
        };
        self.within_time(work).await
    }

    async fn next_definition(&self, now: i64) -> Result<Option<OpenDefinition>, StoreError> {
        let work = async {
            // Asked several times a second, and mostly in vain: no reason to keep a writer waiting.
            if !definitions::is_waiting(self.readers()).await? {
                return Ok(None);
            }
            let mut transaction = self.begin().await?;
            let definition = definitions::next(&mut transaction, now).await?;
            transaction.commit().await?;
            Ok(definition)
        };
        self.within_time(work).await
    }

    async fn open_definition(&self) -> Result<Option<OpenDefinition>, StoreError> {
        let work = async {
            // One look: between two statements somebody may finish it.
            let mut snapshot = self.readers().begin_with(BEGIN_SNAPSHOT).await?;
            definitions::open(&mut snapshot).await
        };
        self.within_time(work).await
    }

    async fn progress(
        &self,
        definition_id: &str,
    ) -> Result<BTreeMap<u32, BuildProgress>, StoreError> {
        let work = definitions::progress(self.readers(), definition_id);
        self.within_time(work).await
    }

    async fn finish_definition(&self, definition_id: &str, now: i64) -> Result<(), StoreError> {
        let work = async {
            let mut transaction = self.begin().await?;
            definitions::finish(&mut transaction, definition_id, now).await?;
            self.commit_and_tell(transaction).await
        };
        self.within_time(work).await
    }

    async fn split_definition(&self, definition_id: &str, now: i64) -> Result<(), StoreError> {
        let work = async {
            let mut transaction = self.begin().await?;
            definitions::split(&mut transaction, definition_id, now).await?;
            self.commit_and_tell(transaction).await
        };
        self.within_time(work).await
    }

    async fn abandon_definition(
        &self,
        definition_id: &str,
        reason: &str,
        now: i64,
    ) -> Result<(), StoreError> {
        let work = async {
            let mut transaction = self.begin().await?;
            definitions::abandon(&mut transaction, definition_id, reason, now).await?;
            self.commit_and_tell(transaction).await
        };
        self.within_time(work).await
    }

    fn wakeups(&self) -> watch::Receiver<u64> {
        self.wakeups.subscribe()
    }
}
