-- Keys of the API: of each, the SHA-256 of what its holder has.

CREATE TABLE api_keys (
    id VARCHAR(50) PRIMARY KEY NOT NULL,
    name VARCHAR(255) NOT NULL,
    hash BLOB NOT NULL,
    -- Names, parted by spaces.
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER,
    revoked_at INTEGER
) WITHOUT ROWID;
