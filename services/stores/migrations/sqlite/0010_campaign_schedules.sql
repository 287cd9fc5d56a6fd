-- What campaigns need beside the published columns: recurrence, what an ETag names, and where the
-- log of notification requests ended when a run's position was noted.

ALTER TABLE campaigns ADD COLUMN every_ms INTEGER;
ALTER TABLE campaigns ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
CREATE INDEX campaigns_by_status ON campaigns (status, scheduled_at);

ALTER TABLE campaign_runs ADD COLUMN log_ends TEXT NOT NULL DEFAULT '[]'
    CHECK (json_valid(log_ends));
CREATE UNIQUE INDEX campaign_runs_open ON campaign_runs (campaign_id) WHERE status = 'open';
