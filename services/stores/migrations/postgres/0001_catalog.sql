-- The catalog, as in SQLite after its migrations. Instants are UTC, to the millisecond. `segments`,
-- `rules` and `campaigns` have the columns of the platform's published schema first, and what the
-- engine needs beside them after. Ids sort by bytes. `JSON` keeps a text as it was written; `JSONB`
-- is what the published schema asks for.
SET LOCAL lock_timeout = '3s';

CREATE TABLE segments (
    id VARCHAR(50) COLLATE "C" PRIMARY KEY,
    name VARCHAR(255) NOT NULL,
    type VARCHAR(50) NOT NULL,
    rules JSONB NOT NULL,
    active BOOLEAN NOT NULL DEFAULT true,
    created_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'),
    updated_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'),
    description TEXT NOT NULL DEFAULT '',
    expression TEXT NOT NULL,
    status VARCHAR(50) NOT NULL,
    -- The version that the contents are of, and the newest, which may be a draft.
    version BIGINT NOT NULL,
    newest_version BIGINT NOT NULL,
    -- Counts edits; what an ETag names.
    revision BIGINT NOT NULL,
    -- The last attempt to publish, if that failed.
    failed_version BIGINT,
    failure TEXT
);
CREATE INDEX segments_by_status ON segments (status);
CREATE INDEX segments_by_name ON segments (name);
-- An expression may be longer than what other indexes take.
CREATE INDEX segments_by_expression ON segments USING hash (expression);

CREATE TABLE segment_versions (
    segment_id VARCHAR(50) COLLATE "C" NOT NULL REFERENCES segments (id),
    version BIGINT NOT NULL,
    name VARCHAR(255) NOT NULL,
    description TEXT NOT NULL,
    rules JSON NOT NULL,
    expression TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    published_at TIMESTAMP,
    failure TEXT,
    PRIMARY KEY (segment_id, version)
);

-- The rules of published segments as canonical text; the id is the segment's.
CREATE TABLE rules (
    id VARCHAR(50) COLLATE "C" PRIMARY KEY,
    segment_id VARCHAR(50) COLLATE "C" NOT NULL REFERENCES segments (id),
    name VARCHAR(255) NOT NULL,
    expression TEXT NOT NULL,
    type VARCHAR(50) NOT NULL,
    priority INTEGER NOT NULL DEFAULT 0,
    active BOOLEAN NOT NULL DEFAULT true,
    created_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'),
    updated_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')
);
CREATE INDEX rules_by_segment ON rules (segment_id);

-- What published rules use: kind is segment, trait, field or property; event is '' for all but
-- properties, type is '' for segments and traits.
CREATE TABLE segment_uses (
    segment_id VARCHAR(50) COLLATE "C" NOT NULL REFERENCES segments (id),
    kind VARCHAR(10) COLLATE "C" NOT NULL,
    event TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    type VARCHAR(50) NOT NULL,
    PRIMARY KEY (segment_id, kind, event, name)
);
CREATE INDEX segment_uses_by_name ON segment_uses (kind, event, name, segment_id);

-- The type of each field and property that published rules use, and which segment stands for it.
CREATE TABLE known_types (
    kind VARCHAR(10) COLLATE "C" NOT NULL,
    event TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    type VARCHAR(50) NOT NULL,
    segment_id VARCHAR(50) COLLATE "C" NOT NULL REFERENCES segments (id),
    PRIMARY KEY (kind, event, name)
);
CREATE INDEX known_types_by_segment ON known_types (segment_id);

-- One row: the declared part of the schema, what of it is in force, and the revision of all that is
-- published. Whoever writes to the catalog locks it first.
CREATE TABLE definitions_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    revision BIGINT NOT NULL,
    declared JSON NOT NULL,
    declared_in_force JSON NOT NULL
);
INSERT INTO definitions_state (id, revision, declared, declared_in_force) VALUES (1, 0, '{}', '{}');

-- Definitions on their way into force; at most one is not finished.
CREATE TABLE builds (
    definition_id VARCHAR(50) COLLATE "C" PRIMARY KEY,
    created_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP
);
CREATE UNIQUE INDEX builds_open ON builds ((finished_at IS NULL)) WHERE finished_at IS NULL;

CREATE TABLE build_progress (
    definition_id VARCHAR(50) COLLATE "C" NOT NULL REFERENCES builds (definition_id),
    partition BIGINT NOT NULL,
    users_done BIGINT NOT NULL,
    users BIGINT NOT NULL,
    ready BOOLEAN NOT NULL,
    failure TEXT,
    PRIMARY KEY (definition_id, partition)
);

-- What the world and the owners are to hear, in order; gone when its definition is finished. One
-- that is alone is a definition by itself; declared is the schema that it made, where it made
-- another.
CREATE TABLE outbox (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    definition_id VARCHAR(50) COLLATE "C" REFERENCES builds (definition_id),
    segment_update JSON,
    definition_change JSON,
    declared JSON,
    alone BOOLEAN NOT NULL DEFAULT false,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX outbox_by_definition ON outbox (definition_id);

CREATE TABLE idempotency_keys (
    key TEXT COLLATE "C" PRIMARY KEY,
    request_hash TEXT NOT NULL,
    status BIGINT NOT NULL,
    body JSON NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE campaigns (
    id VARCHAR(50) COLLATE "C" PRIMARY KEY,
    name VARCHAR(255) NOT NULL,
    segment_id VARCHAR(50) COLLATE "C" NOT NULL REFERENCES segments (id),
    type VARCHAR(50) NOT NULL,
    content JSONB NOT NULL,
    status VARCHAR(50) NOT NULL DEFAULT 'draft',
    scheduled_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'),
    updated_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'),
    -- From one start to the next, in milliseconds.
    every_ms BIGINT,
    -- What an ETag names.
    revision BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX campaigns_by_segment ON campaigns (segment_id);
CREATE INDEX campaigns_by_status ON campaigns (status, scheduled_at);

CREATE TABLE campaign_runs (
    id VARCHAR(50) COLLATE "C" PRIMARY KEY,
    campaign_id VARCHAR(50) COLLATE "C" NOT NULL REFERENCES campaigns (id),
    status VARCHAR(50) NOT NULL,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    -- The last user who was dealt with; '' at first.
    position TEXT NOT NULL DEFAULT '',
    sent BIGINT NOT NULL DEFAULT 0,
    left_segment BIGINT NOT NULL DEFAULT 0,
    no_consent BIGINT NOT NULL DEFAULT 0,
    -- Where the log of notification requests ended when the position was noted.
    log_ends JSON NOT NULL DEFAULT '[]'
);
CREATE INDEX campaign_runs_by_campaign ON campaign_runs (campaign_id, started_at);
CREATE UNIQUE INDEX campaign_runs_open ON campaign_runs (campaign_id) WHERE status = 'open';
