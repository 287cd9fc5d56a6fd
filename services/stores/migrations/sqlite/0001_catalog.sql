-- The catalog. Instants are UTC milliseconds. `segments`, `rules` and `campaigns` have the columns
-- of the platform's published schema first, and what the engine needs beside them after.

CREATE TABLE segments (
    id VARCHAR(50) PRIMARY KEY NOT NULL,
    name VARCHAR(255) NOT NULL,
    type VARCHAR(50) NOT NULL,
    rules TEXT NOT NULL CHECK (json_valid(rules)),
    active BOOLEAN NOT NULL DEFAULT TRUE,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    expression TEXT NOT NULL,
    status VARCHAR(50) NOT NULL,
    -- The version that the contents are of, and the newest, which may be a draft.
    version INTEGER NOT NULL,
    newest_version INTEGER NOT NULL,
    -- Counts edits; what an ETag names.
    revision INTEGER NOT NULL
);
CREATE INDEX segments_by_status ON segments (status);
CREATE INDEX segments_by_name ON segments (name);
CREATE INDEX segments_by_expression ON segments (expression);

CREATE TABLE segment_versions (
    segment_id VARCHAR(50) NOT NULL REFERENCES segments (id),
    version INTEGER NOT NULL,
    name VARCHAR(255) NOT NULL,
    description TEXT NOT NULL,
    rules TEXT NOT NULL CHECK (json_valid(rules)),
    expression TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    created_at INTEGER NOT NULL,
    published_at INTEGER,
    PRIMARY KEY (segment_id, version)
) WITHOUT ROWID;

-- The rules of published segments as canonical text; the id is the segment's.
CREATE TABLE rules (
    id VARCHAR(50) PRIMARY KEY NOT NULL,
    segment_id VARCHAR(50) NOT NULL REFERENCES segments (id),
    name VARCHAR(255) NOT NULL,
    expression TEXT NOT NULL,
    type VARCHAR(50) NOT NULL,
    priority INTEGER NOT NULL DEFAULT 0,
    active BOOLEAN NOT NULL DEFAULT TRUE,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);

-- What published rules use: kind is segment, trait, field or property; event is '' for all but
-- properties, type is '' for segments and traits.
CREATE TABLE segment_uses (
    segment_id VARCHAR(50) NOT NULL REFERENCES segments (id),
    kind VARCHAR(10) NOT NULL,
    event TEXT NOT NULL,
    name TEXT NOT NULL,
    type VARCHAR(50) NOT NULL,
    PRIMARY KEY (segment_id, kind, event, name)
) WITHOUT ROWID;
CREATE INDEX segment_uses_by_name ON segment_uses (kind, event, name, segment_id);

-- The type of each field and property that published rules use, and which segment stands for it.
CREATE TABLE known_types (
    kind VARCHAR(10) NOT NULL,
    event TEXT NOT NULL,
    name TEXT NOT NULL,
    type VARCHAR(50) NOT NULL,
    segment_id VARCHAR(50) NOT NULL REFERENCES segments (id),
    PRIMARY KEY (kind, event, name)
) WITHOUT ROWID;
CREATE INDEX known_types_by_segment ON known_types (segment_id);

-- One row: the declared part of the schema, and the revision of all that is published.
CREATE TABLE definitions_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL,
    declared TEXT NOT NULL CHECK (json_valid(declared))
);
INSERT INTO definitions_state (id, revision, declared) VALUES (1, 0, '{}');

-- Definitions on their way into force; at most one is not finished.
CREATE TABLE builds (
    definition_id VARCHAR(50) PRIMARY KEY NOT NULL,
    created_at INTEGER NOT NULL,
    finished_at INTEGER
);
CREATE UNIQUE INDEX builds_open ON builds (finished_at IS NULL) WHERE finished_at IS NULL;

CREATE TABLE build_progress (
    definition_id VARCHAR(50) NOT NULL REFERENCES builds (definition_id),
    partition INTEGER NOT NULL,
    users_done INTEGER NOT NULL,
    users INTEGER NOT NULL,
    ready BOOLEAN NOT NULL,
    PRIMARY KEY (definition_id, partition)
) WITHOUT ROWID;

-- What the world and the owners are to hear, in order; gone when its definition is finished.
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    definition_id VARCHAR(50) REFERENCES builds (definition_id),
    segment_update TEXT CHECK (json_valid(segment_update)),
    definition_change TEXT CHECK (json_valid(definition_change)),
    created_at INTEGER NOT NULL
);

CREATE TABLE idempotency_keys (
    key TEXT PRIMARY KEY NOT NULL,
    request_hash TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE campaigns (
    id VARCHAR(50) PRIMARY KEY NOT NULL,
    name VARCHAR(255) NOT NULL,
    segment_id VARCHAR(50) NOT NULL REFERENCES segments (id),
    type VARCHAR(50) NOT NULL,
    content TEXT NOT NULL CHECK (json_valid(content)),
    status VARCHAR(50) NOT NULL DEFAULT 'draft',
    scheduled_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE INDEX campaigns_by_segment ON campaigns (segment_id);

CREATE TABLE campaign_runs (
    id VARCHAR(50) PRIMARY KEY NOT NULL,
    campaign_id VARCHAR(50) NOT NULL REFERENCES campaigns (id),
    status VARCHAR(50) NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    -- The last user who was dealt with; '' at first.
    position TEXT NOT NULL DEFAULT '',
    sent INTEGER NOT NULL DEFAULT 0,
    left_segment INTEGER NOT NULL DEFAULT 0,
    no_consent INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX campaign_runs_by_campaign ON campaign_runs (campaign_id, started_at);
