//! Campaigns and their runs.

use async_trait::async_trait;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::types::Json;

use super::{SqliteCatalog, commit};
use crate::catalog::StoredAnswer;
use crate::{
    Campaign, CampaignRun, CampaignStatus, Campaigns, RunEdit, RunProgress, RunStatus, StoreError,
};

#[async_trait]
impl Campaigns for SqliteCatalog {
    async fn campaign(&self, id: &str) -> Result<Option<Campaign>, StoreError> {
        let query = sqlx::query("SELECT * FROM campaigns WHERE id = ?").bind(id);
        let row = query.fetch_optional(&self.readers).await?;
        row.as_ref().map(read_campaign).transpose()
    }

    async fn campaigns(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Campaign>, StoreError> {
        let query = sqlx::query("SELECT * FROM campaigns WHERE id > ? ORDER BY id LIMIT ?");
        let query = query.bind(after.unwrap_or_default()).bind(limit as i64);
        let rows = query.fetch_all(&self.readers).await?;
        rows.iter().map(read_campaign).collect()
    }

    async fn campaign_count(&self) -> Result<u64, StoreError> {
        let query = sqlx::query_scalar("SELECT COUNT(*) FROM campaigns");
        let count: i64 = query.fetch_one(&self.readers).await?;
        Ok(count as u64)
    }

    async fn runs(&self, campaign_id: &str, limit: usize) -> Result<Vec<CampaignRun>, StoreError> {
        let query = sqlx::query(
            "SELECT * FROM campaign_runs WHERE campaign_id = ?
             ORDER BY started_at DESC, rowid DESC LIMIT ?",
        );
        let query = query.bind(campaign_id).bind(limit as i64);
        let rows = query.fetch_all(&self.readers).await?;
        rows.iter().map(read_run).collect()
    }

    async fn due(&self, now: i64, limit: usize) -> Result<Vec<Campaign>, StoreError> {
        let query = sqlx::query(
            "SELECT * FROM campaigns
             WHERE status = 'running' OR (status = 'scheduled' AND scheduled_at <= ?)
             ORDER BY scheduled_at, id LIMIT ?",
        );
        let query = query.bind(now).bind(limit as i64);
        let rows = query.fetch_all(&self.readers).await?;
        rows.iter().map(read_campaign).collect()
    }

    async fn next_due(&self, now: i64) -> Result<Option<i64>, StoreError> {
        let query = sqlx::query_scalar(
            "SELECT MIN(scheduled_at) FROM campaigns
             WHERE status = 'scheduled' AND scheduled_at > ?",
        );
        Ok(query.bind(now).fetch_one(&self.readers).await?)
    }

    async fn save(
        &self,
        campaign: &Campaign,
        run: RunEdit,
        answer: Option<StoredAnswer>,
    ) -> Result<u64, StoreError> {
        let mut transaction = self.begin().await?;
        write_campaign(&mut transaction, campaign).await?;
        match run {
            RunEdit::Keep => {}
            RunEdit::Start(run) => start(&mut transaction, &run).await?,
            RunEdit::End(status) => end(&mut transaction, campaign, status).await?,
        }
        if let Some(answer) = answer {
            commit::keep_answer(&mut transaction, answer).await?;
        }
        transaction.commit().await?;
        Ok(campaign.revision + 1)
    }

    async fn advance(&self, run_id: &str, progress: &RunProgress) -> Result<(), StoreError> {
        let query = sqlx::query(
            "UPDATE campaign_runs SET position = ?, sent = ?, left_segment = ?, no_consent = ?,
                 log_ends = ? WHERE id = ?",
        );
        let query = query.bind(&progress.position).bind(progress.sent as i64);
        let query = query.bind(progress.left_segment as i64);
        let query = query.bind(progress.no_consent as i64);
        let query = query.bind(Json(&progress.log_ends)).bind(run_id);
        query.execute(&self.writer).await?;
        Ok(())
    }

    async fn delete(&self, id: &str, revision: u64) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let query = sqlx::query("DELETE FROM campaign_runs WHERE campaign_id = ?").bind(id);
        query.execute(&mut *transaction).await?;
        let query = sqlx::query("DELETE FROM campaigns WHERE id = ? AND revision = ?");
        let query = query.bind(id).bind(revision as i64);
        expect_one(query.execute(&mut *transaction).await?.rows_affected(), id)?;
        transaction.commit().await?;
        Ok(())
    }
}

async fn write_campaign(
    connection: &mut SqliteConnection,
    campaign: &Campaign,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO campaigns (name, segment_id, type, content, status, scheduled_at,
             every_ms, updated_at, created_at, id, revision)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 + 1) ON CONFLICT DO NOTHING";
    let update = "UPDATE campaigns SET name = ?1, segment_id = ?2, type = ?3, content = ?4,
             status = ?5, scheduled_at = ?6, every_ms = ?7, updated_at = ?8, created_at = ?9,
             revision = ?11 + 1
         WHERE id = ?10 AND revision = ?11";
    let is_new = campaign.revision == 0;
    let query = sqlx::query(if is_new { insert } else { update });
    let query = query.bind(&campaign.name).bind(&campaign.segment_id);
    let query = query.bind(&campaign.channel).bind(Json(&campaign.content));
    let query = query.bind(campaign.status.name());
    let query = query.bind(campaign.scheduled_at).bind(campaign.every_ms);
    let query = query.bind(campaign.updated_at).bind(campaign.created_at);
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

async fn start(connection: &mut SqliteConnection, run: &CampaignRun) -> Result<(), StoreError> {
    let query = sqlx::query(
        "INSERT INTO campaign_runs (id, campaign_id, status, started_at, log_ends)
         VALUES (?, ?, ?, ?, ?)",
    );
    let query = query.bind(&run.id).bind(&run.campaign_id);
    let query = query.bind(run.status.name()).bind(run.started_at);
    let query = query.bind(Json(&run.progress.log_ends));
    query.execute(connection).await?;
    Ok(())
}

async fn end(
    connection: &mut SqliteConnection,
    campaign: &Campaign,
    status: RunStatus,
) -> Result<(), StoreError> {
    let query = sqlx::query(
        "UPDATE campaign_runs SET status = ?, finished_at = ?
         WHERE campaign_id = ? AND status = 'open'",
    );
    let query = query.bind(status.name()).bind(campaign.updated_at);
    query.bind(&campaign.id).execute(connection).await?;
    Ok(())
}

fn read_campaign(row: &SqliteRow) -> Result<Campaign, StoreError> {
    let status: String = row.try_get("status")?;
    let Json(content) = row.try_get("content")?;
    let revision: i64 = row.try_get("revision")?;
    Ok(Campaign {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        segment_id: row.try_get("segment_id")?,
        channel: row.try_get("type")?,
        content,
        status: CampaignStatus::from_name(&status)
            .ok_or_else(|| StoreError::Corrupt(format!("`{status}` is not a status")))?,
        scheduled_at: row.try_get("scheduled_at")?,
        every_ms: row.try_get("every_ms")?,
        revision: revision as u64,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
    })
}

fn read_run(row: &SqliteRow) -> Result<CampaignRun, StoreError> {
    let status: String = row.try_get("status")?;
    let Json(log_ends) = row.try_get("log_ends")?;
    let count = |column: &str| -> Result<u64, StoreError> {
        let count: i64 = row.try_get(column)?;
        Ok(count as u64)
    };
    Ok(CampaignRun {
        id: row.try_get("id")?,
        campaign_id: row.try_get("campaign_id")?,
        status: RunStatus::from_name(&status)
            .ok_or_else(|| StoreError::Corrupt(format!("`{status}` is not a status")))?,
        started_at: row.try_get("started_at")?,
        finished_at: row.try_get("finished_at")?,
        progress: RunProgress {
            position: row.try_get("position")?,
            sent: count("sent")?,
            left_segment: count("left_segment")?,
            no_consent: count("no_consent")?,
            log_ends,
        },
    })
}

#[cfg(test)]
mod tests;
