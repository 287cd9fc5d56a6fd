-- Keys of the API: of each, the SHA-256 of what its holder has.
SET LOCAL lock_timeout = '3s';

CREATE TABLE api_keys (
    id VARCHAR(50) COLLATE "C" PRIMARY KEY,
    name VARCHAR(255) NOT NULL,
    hash BYTEA NOT NULL,
    -- Names, parted by spaces.
    scopes TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP,
    last_used_at TIMESTAMP,
    revoked_at TIMESTAMP
);
