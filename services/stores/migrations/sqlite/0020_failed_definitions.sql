-- Definitions that owners cannot build: why, what they were published with, and what is tried by
-- itself since it could not be built together with others.

ALTER TABLE build_progress ADD COLUMN failure TEXT;
ALTER TABLE outbox ADD COLUMN alone BOOLEAN NOT NULL DEFAULT FALSE;
-- The declared schema that a publication made, where it made another.
ALTER TABLE outbox ADD COLUMN declared TEXT CHECK (json_valid(declared));
ALTER TABLE definitions_state ADD COLUMN declared_in_force TEXT NOT NULL DEFAULT '{}'
    CHECK (json_valid(declared_in_force));
UPDATE definitions_state SET declared_in_force = declared;

ALTER TABLE segment_versions ADD COLUMN failure TEXT;
ALTER TABLE segments ADD COLUMN failed_version INTEGER;
ALTER TABLE segments ADD COLUMN failure TEXT;
