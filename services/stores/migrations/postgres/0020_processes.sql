-- What processes that share the deployment tell one another.
SET LOCAL lock_timeout = '3s';

-- Where the owner of each partition is asked.
CREATE TABLE partition_owners (
    partition BIGINT PRIMARY KEY,
    address TEXT NOT NULL,
    claimed_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')
);

-- Which process does what one alone should do, and until when by the database's clock.
CREATE TABLE leases (
    name VARCHAR(50) COLLATE "C" PRIMARY KEY,
    holder TEXT NOT NULL,
    until TIMESTAMP NOT NULL
);
