//! Campaigns and their runs.

use async_trait::async_trait;
use sqlx::Row as _;

use super::{
    Connection, Document, Instant, Pool, Row, Store, answers, instant, narrow, number,
    optional_instant,
};
use crate::catalog::StoredAnswer;
use crate::{
    Campaign, CampaignRun, CampaignStatus, Campaigns, RunEdit, RunProgress, RunStatus, StoreError,
};

/// What [`read_campaign`] reads.
macro_rules! select_campaigns {
    ($which:literal) => {
        concat!(
            "SELECT id, name, segment_id, type, content, status, scheduled_at, every_ms, revision,
                 created_at, updated_at
             FROM campaigns ",
            $which
        )
    };
}

#[async_trait]
impl Campaigns for Store {
    async fn campaign(&self, id: &str) -> Result<Option<Campaign>, StoreError> {
        let work = campaign(self.readers(), id);
        self.within_time(work).await
    }

    async fn campaigns(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Campaign>, StoreError> {
        let work = campaigns(self.readers(), after, limit);
        self.within_time(work).await
    }

    async fn campaign_count(&self) -> Result<u64, StoreError> {
        self.within_time(count(self.readers())).await
    }

    async fn runs(&self, campaign_id: &str, limit: usize) -> Result<Vec<CampaignRun>, StoreError> {
        let work = runs(self.readers(), campaign_id, limit);
        self.within_time(work).await
    }

    async fn due(&self, now: i64, limit: usize) -> Result<Vec<Campaign>, StoreError> {
        self.within_time(due(self.readers(), now, limit)).await
    }

    async fn next_due(&self, now: i64) -> Result<Option<i64>, StoreError> {
        self.within_time(next_due(self.readers(), now)).await
    }

    async fn save(
        &self,
        campaign: &Campaign,
        run: RunEdit,
        answer: Option<StoredAnswer>,
    ) -> Result<u64, StoreError> {
        let work = async {
            let mut transaction = self.begin().await?;
            write_campaign(&mut transaction, campaign).await?;
            match run {
                RunEdit::Keep => {}
                RunEdit::Start(run) => start(&mut transaction, &run).await?,
                RunEdit::End(status) => end(&mut transaction, campaign, status).await?,
            }
            if let Some(answer) = answer {
                answers::keep_answer(&mut transaction, answer).await?;
            }
            transaction.commit().await?;
            Ok(campaign.revision + 1)
        };
        self.within_time(work).await
    }

    async fn advance(&self, run_id: &str, progress: &RunProgress) -> Result<(), StoreError> {
        let work = async {
            let mut transaction = self.begin().await?;
            advance(&mut transaction, run_id, progress).await?;
            Ok(transaction.commit().await?)
        };
        self.within_time(work).await
    }

    async fn delete(&self, id: &str, revision: u64) -> Result<(), StoreError> {
        let work = async {
            let mut transaction = self.begin().await?;
            delete(&mut transaction, id, revision).await?;
            Ok(transaction.commit().await?)
        };
        self.within_time(work).await
    }
}

async fn campaign(pool: &Pool, id: &str) -> Result<Option<Campaign>, StoreError> {
    let query = sqlx::query(select_campaigns!("WHERE id = $1")).bind(id);
    let row = query.fetch_optional(pool).await?;
    row.as_ref().map(read_campaign).transpose()
}

async fn campaigns(
    pool: &Pool,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Campaign>, StoreError> {
    let query = sqlx::query(select_campaigns!("WHERE id > $1 ORDER BY id LIMIT $2"));
    let query = query.bind(after.unwrap_or_default()).bind(limit as i64);
    let rows = query.fetch_all(pool).await?;
    rows.iter().map(read_campaign).collect()
}

async fn count(pool: &Pool) -> Result<u64, StoreError> {
    let query = sqlx::query_scalar("SELECT COUNT(*) FROM campaigns");
    narrow(query.fetch_one(pool).await?)
}

async fn runs(
    pool: &Pool,
    campaign_id: &str,
    limit: usize,
) -> Result<Vec<CampaignRun>, StoreError> {
    // Ids of a campaign's runs count up, and 10 comes after 9.
    let query = sqlx::query(
        "SELECT id, campaign_id, status, started_at, finished_at, position, sent, left_segment,
             no_consent, log_ends
         FROM campaign_runs WHERE campaign_id = $1
         ORDER BY started_at DESC, LENGTH(id) DESC, id DESC LIMIT $2",
    );
    let query = query.bind(campaign_id).bind(limit as i64);
    let rows = query.fetch_all(pool).await?;
    rows.iter().map(read_run).collect()
}

async fn due(pool: &Pool, now: i64, limit: usize) -> Result<Vec<Campaign>, StoreError> {
    let query = sqlx::query(select_campaigns!(
        "WHERE status = 'running' OR (status = 'scheduled' AND scheduled_at <= $1)
         ORDER BY scheduled_at NULLS FIRST, id LIMIT $2"
    ));
    let query = query.bind(Instant(now)).bind(limit as i64);
    let rows = query.fetch_all(pool).await?;
    rows.iter().map(read_campaign).collect()
}

async fn next_due(pool: &Pool, now: i64) -> Result<Option<i64>, StoreError> {
    let query = sqlx::query_scalar(
        "SELECT MIN(scheduled_at) FROM campaigns
         WHERE status = 'scheduled' AND scheduled_at > $1",
    );
    let next: Option<Instant> = query.bind(Instant(now)).fetch_one(pool).await?;
    Ok(next.map(|Instant(next)| next))
}

async fn advance(
    connection: &mut Connection,
    run_id: &str,
    progress: &RunProgress,
) -> Result<(), StoreError> {
    let query = sqlx::query(
        "UPDATE campaign_runs SET position = $1, sent = $2, left_segment = $3, no_consent = $4,
             log_ends = $5 WHERE id = $6",
    );
    let query = query.bind(&progress.position).bind(progress.sent as i64);
    let query = query.bind(progress.left_segment as i64);
    let query = query.bind(progress.no_consent as i64);
    let query = query.bind(Document(&progress.log_ends)).bind(run_id);
    query.execute(connection).await?;
    Ok(())
}

async fn delete(connection: &mut Connection, id: &str, revision: u64) -> Result<(), StoreError> {
    let query = sqlx::query("DELETE FROM campaign_runs WHERE campaign_id = $1").bind(id);
    query.execute(&mut *connection).await?;
    let query = sqlx::query("DELETE FROM campaigns WHERE id = $1 AND revision = $2");
    let query = query.bind(id).bind(revision as i64);
    expect_one(query.execute(connection).await?.rows_affected(), id)
}

async fn write_campaign(
    connection: &mut Connection,
    campaign: &Campaign,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO campaigns (name, segment_id, type, content, status, scheduled_at,
             every_ms, updated_at, created_at, id, revision)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 + 1) ON CONFLICT DO NOTHING";
    let update = "UPDATE campaigns SET name = $1, segment_id = $2, type = $3, content = $4,
             status = $5, scheduled_at = $6, every_ms = $7, updated_at = $8, created_at = $9,
             revision = $11 + 1
         WHERE id = $10 AND revision = $11";
    let is_new = campaign.revision == 0;
    let query = sqlx::query(if is_new { insert } else { update });
    let query = query.bind(&campaign.name).bind(&campaign.segment_id);
    let query = query
        .bind(&campaign.channel)
        .bind(Document(&campaign.content));
    let query = query.bind(campaign.status.name());
    let query = query.bind(campaign.scheduled_at.map(Instant));
    let query = query.bind(campaign.every_ms);
    let query = query.bind(Instant(campaign.updated_at));
    let query = query.bind(Instant(campaign.created_at));
    let query = query.bind(&campaign.id).bind(campaign.revision as i64);
    let written = query.execute(connection).await?.rows_affected();
    if is_new && written == 0 {
        let message = format!("there is a campaign `{}` already", campaign.id);
        return Err(StoreError::Conflict(message));
    }
    expect_one(written, &campaign.id)
}

fn expect_one(written: u64, id: &str) -> Result<(), StoreError> {
    if written == 1 {
        return Ok(());
    }
    let message = format!("campaign `{id}` was changed meanwhile; read it again");
    Err(StoreError::Conflict(message))
}

async fn start(connection: &mut Connection, run: &CampaignRun) -> Result<(), StoreError> {
    let query = sqlx::query(
        "INSERT INTO campaign_runs (id, campaign_id, status, started_at, log_ends)
         VALUES ($1, $2, $3, $4, $5)",
    );
    let query = query.bind(&run.id).bind(&run.campaign_id);
    let query = query.bind(run.status.name()).bind(Instant(run.started_at));
    let query = query.bind(Document(&run.progress.log_ends));
    query.execute(connection).await?;
    Ok(())
}

async fn end(
    connection: &mut Connection,
    campaign: &Campaign,
    status: RunStatus,
) -> Result<(), StoreError> {
    let query = sqlx::query(
        "UPDATE campaign_runs SET status = $1, finished_at = $2
         WHERE campaign_id = $3 AND status = 'open'",
    );
    let query = query.bind(status.name());
    let query = query.bind(Instant(campaign.updated_at));
    query.bind(&campaign.id).execute(connection).await?;
    Ok(())
}

fn read_campaign(row: &Row) -> Result<Campaign, StoreError> {
    let status: String = row.try_get("status")?;
    let Document(content) = row.try_get("content")?;
    Ok(Campaign {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        segment_id: row.try_get("segment_id")?,
        channel: row.try_get("type")?,
        content,
        status: CampaignStatus::from_name(&status)
            .ok_or_else(|| StoreError::Corrupt(format!("`{status}` is not a status")))?,
        scheduled_at: optional_instant(row, "scheduled_at")?,
        every_ms: row.try_get("every_ms")?,
        revision: number(row, "revision")?,
        created_at: instant(row, "created_at")?,
        updated_at: instant(row, "updated_at")?,
    })
}

fn read_run(row: &Row) -> Result<CampaignRun, StoreError> {
    let status: String = row.try_get("status")?;
    let Document(log_ends) = row.try_get("log_ends")?;
    Ok(CampaignRun {
        id: row.try_get("id")?,
        campaign_id: row.try_get("campaign_id")?,
        status: RunStatus::from_name(&status)
            .ok_or_else(|| StoreError::Corrupt(format!("`{status}` is not a status")))?,
        started_at: instant(row, "started_at")?,
        finished_at: optional_instant(row, "finished_at")?,
        progress: RunProgress {
            position: row.try_get("position")?,
            sent: number(row, "sent")?,
            left_segment: number(row, "left_segment")?,
            no_consent: number(row, "no_consent")?,
            log_ends,
        },
    })
}
