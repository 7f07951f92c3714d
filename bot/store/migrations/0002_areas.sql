-- Looking at an area and changing it before anything is bought; what members prefer; forms they
-- were shown; and the stop that a safety check puts on purchases.

ALTER TABLE edit ADD COLUMN kind TEXT NOT NULL DEFAULT 'edit'
    CHECK (kind IN ('edit', 'erase', 'extend', 'reletter', 'area'))
    CHECK (kind <> 'area' OR state IN ('draft', 'dropped'));     -- a look is never bought
ALTER TABLE edit ADD COLUMN root INTEGER REFERENCES edit (id);  -- the first draft; NULL: this one
ALTER TABLE edit ADD COLUMN drawn TEXT REFERENCES picture (hash);   -- NULL: the mask itself
ALTER TABLE edit ADD COLUMN feather INTEGER CHECK (feather >= 0);   -- pixels; NULL: by the area
ALTER TABLE edit ADD COLUMN adjusted TEXT NOT NULL DEFAULT '{}';    -- JSON object
ALTER TABLE edit ADD COLUMN question TEXT;
ALTER TABLE edit ADD COLUMN choices TEXT NOT NULL DEFAULT '[]';     -- JSON array of pairs

-- However many presses arrive at once, one draft goes on.
CREATE UNIQUE INDEX one_draft_per_root ON edit (COALESCE(root, id)) WHERE state = 'draft';
CREATE INDEX edit_of_root ON edit (root) WHERE root IS NOT NULL;

CREATE TRIGGER root_is_the_members_own_first_draft BEFORE INSERT ON edit
WHEN NEW.root IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM edit WHERE id = NEW.root AND root IS NULL AND member_id = NEW.member_id)
BEGIN
    SELECT RAISE(ABORT, 'a draft grows from its member''s own first one');
END;

-- 1: a click whose answer changes the message it stands on, which a word of ours must not replace.
ALTER TABLE reply ADD COLUMN updates INTEGER NOT NULL DEFAULT 0 CHECK (updates IN (0, 1));

CREATE TABLE member_setting (
    member_id  INTEGER PRIMARY KEY,
    previewing TEXT    NOT NULL CHECK (previewing IN ('auto', 'always', 'never'))
) STRICT;

-- A form a member was shown, and the pictures it is about: their links are encrypted.
CREATE TABLE form (
    id         INTEGER PRIMARY KEY,          -- the interaction's id
    member_id  INTEGER NOT NULL,
    kind       TEXT    NOT NULL CHECK (kind IN ('edit', 'erase', 'extend', 'reletter', 'area')),
    sealed     BLOB    NOT NULL,
    created_at REAL    NOT NULL
) STRICT;

CREATE INDEX form_by_time ON form (created_at);

-- While a row is not lifted, nothing new is bought from that model of that provider.
CREATE TABLE pause (
    id        INTEGER PRIMARY KEY,
    provider  TEXT    NOT NULL,
    model     TEXT    NOT NULL,
    reason    TEXT    NOT NULL,
    job_id    INTEGER NOT NULL REFERENCES job (id),
    since     REAL    NOT NULL,
    told_at   REAL,
    lifted_at REAL,
    lifted_by TEXT,
    CHECK ((lifted_at IS NULL) = (lifted_by IS NULL))
) STRICT;

CREATE UNIQUE INDEX one_pause_at_a_time ON pause (provider, model) WHERE lifted_at IS NULL;
