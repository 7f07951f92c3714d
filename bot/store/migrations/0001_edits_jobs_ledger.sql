-- Amounts: micro-USD for members, nano-USD for the owner's cost. Times: unix seconds.
-- Ids of guilds, channels and members are Discord's snowflakes.

-- One picture file each, named by the SHA-256 of its bytes in hex.
CREATE TABLE picture (
    hash       TEXT    PRIMARY KEY CHECK (length(hash) = 64),
    bytes      INTEGER NOT NULL CHECK (bytes > 0),
    created_at REAL    NOT NULL
) STRICT;

-- An interaction we have acknowledged and owe an answer. The token is encrypted.
CREATE TABLE reply (
    id             INTEGER PRIMARY KEY,      -- the interaction's id
    application_id INTEGER NOT NULL,
    sealed_token   BLOB    NOT NULL,
    member_id      INTEGER NOT NULL,
    guild_id       INTEGER,
    channel_id     INTEGER NOT NULL,
    size_limit     INTEGER NOT NULL,         -- bytes per file in this place
    kind           TEXT    NOT NULL CHECK (kind IN ('edit', 'change', 'look')),
    state          TEXT    NOT NULL CHECK (state IN ('open', 'answered')),
    created_at     REAL    NOT NULL
) STRICT;

CREATE INDEX open_reply ON reply (id) WHERE state = 'open';

CREATE TABLE edit (
    id            INTEGER PRIMARY KEY,
    origin        TEXT    NOT NULL UNIQUE,   -- one click, one edit
    state         TEXT    NOT NULL CHECK (state IN ('draft', 'running', 'ended', 'dropped')),
    member_id     INTEGER NOT NULL,
    guild_id      INTEGER,
    channel_id    INTEGER,
    reply_id      INTEGER REFERENCES reply (id),
    model         TEXT    NOT NULL,
    provider      TEXT    NOT NULL,
    prompt        TEXT    NOT NULL,
    area          TEXT,
    reading       TEXT    NOT NULL,
    style         TEXT    NOT NULL,
    count         INTEGER NOT NULL CHECK (count BETWEEN 1 AND 4),
    seed          INTEGER,
    rewrite       INTEGER NOT NULL CHECK (rewrite IN (0, 1)),
    price         INTEGER NOT NULL CHECK (price >= 0),          -- of one picture, as quoted
    unit_cost     INTEGER NOT NULL CHECK (unit_cost >= 0),      -- nano-USD
    source        TEXT    NOT NULL REFERENCES picture (hash),
    mask          TEXT    NOT NULL REFERENCES picture (hash),
    sent_picture  TEXT    NOT NULL REFERENCES picture (hash),
    sent_mask     TEXT    NOT NULL REFERENCES picture (hash),
    crop_left     INTEGER NOT NULL,
    crop_top      INTEGER NOT NULL,
    crop_width    INTEGER NOT NULL,
    crop_height   INTEGER NOT NULL,
    width         INTEGER NOT NULL,
    height        INTEGER NOT NULL,
    masked_pixels INTEGER NOT NULL CHECK (masked_pixels > 0),
    notes         TEXT    NOT NULL,          -- JSON array
    created_at    REAL    NOT NULL
) STRICT;

CREATE INDEX edit_of_member ON edit (member_id, id);
CREATE INDEX running_edit ON edit (member_id, id) WHERE state = 'running';

CREATE TRIGGER edit_goes_forward BEFORE UPDATE OF state ON edit
WHEN (OLD.state || '>' || NEW.state) NOT IN ('draft>running', 'draft>dropped', 'running>ended')
BEGIN
    SELECT RAISE(ABORT, 'an edit never goes back');
END;

CREATE TABLE job (
    id              INTEGER PRIMARY KEY,
    edit_id         INTEGER NOT NULL REFERENCES edit (id),
    ordinal         INTEGER NOT NULL,
    member_id       INTEGER NOT NULL,
    provider        TEXT    NOT NULL,
    state           TEXT    NOT NULL CHECK (state IN
        ('queued', 'submitting', 'unknown', 'running', 'done', 'failed', 'cancelled')),
    price           INTEGER NOT NULL CHECK (price >= 0),
    unit_cost       INTEGER NOT NULL CHECK (unit_cost >= 0),    -- nano-USD
    cost            INTEGER NOT NULL DEFAULT 0 CHECK (cost >= 0),
    cost_state      TEXT    NOT NULL DEFAULT 'none'
        CHECK (cost_state IN ('none', 'estimated', 'provisional', 'possible')),
    tries           INTEGER NOT NULL DEFAULT 0,
    not_before      REAL    NOT NULL DEFAULT 0,
    seed            INTEGER,                 -- of the submit, recorded before it leaves
    intended_at     REAL,
    start_by        REAL,
    request_id      TEXT,
    status_url      TEXT,
    response_url    TEXT,
    cancel_url      TEXT,
    cancel_asked    INTEGER NOT NULL DEFAULT 0 CHECK (cancel_asked IN (0, 1)),
    failure         TEXT,
    result          TEXT    REFERENCES picture (hash),          -- as the provider sent it
    picture         TEXT    REFERENCES picture (hash),          -- stitched into the original
    result_seed     INTEGER,
    units           REAL,
    changed_inside  INTEGER,
    changed_outside INTEGER,
    pixels_outside  INTEGER,
    raw_inside      REAL,
    raw_outside     REAL,
    lease           TEXT,
    lease_until     REAL    NOT NULL DEFAULT 0,
    created_at      REAL    NOT NULL,
    claimed_at      REAL,
    submitted_at    REAL,
    ended_at        REAL,
    UNIQUE (edit_id, ordinal),
    CHECK (state NOT IN ('submitting', 'unknown')
        OR (seed IS NOT NULL AND intended_at IS NOT NULL AND start_by IS NOT NULL)),
    CHECK (state NOT IN ('running', 'done') OR request_id IS NOT NULL),
    CHECK ((state = 'done') = (picture IS NOT NULL)),
    CHECK ((state IN ('failed', 'cancelled')) = (failure IS NOT NULL)),
    CHECK ((state IN ('done', 'failed', 'cancelled')) = (ended_at IS NOT NULL))
) STRICT;

CREATE UNIQUE INDEX one_job_per_submission ON job (provider, request_id)
    WHERE request_id IS NOT NULL;
CREATE INDEX job_in_doubt ON job (provider, seed) WHERE state IN ('submitting', 'unknown');
CREATE INDEX open_job ON job (not_before, id)
    WHERE state IN ('queued', 'submitting', 'unknown', 'running');
CREATE INDEX open_job_of_member ON job (member_id)
    WHERE state IN ('queued', 'submitting', 'unknown', 'running');
CREATE INDEX job_of_member ON job (member_id, claimed_at);
CREATE INDEX job_by_time ON job (created_at);
-- As many rows as hands: what ended has no lease.
CREATE INDEX leased_job ON job (lease) WHERE lease IS NOT NULL;
CREATE INDEX busy_member ON job (member_id, lease_until) WHERE lease IS NOT NULL;

CREATE TRIGGER job_follows_its_arrows BEFORE UPDATE OF state ON job
WHEN OLD.state <> NEW.state AND (OLD.state || '>' || NEW.state) NOT IN (
    'queued>submitting', 'queued>failed', 'queued>cancelled',
    'submitting>queued', 'submitting>unknown', 'submitting>running', 'submitting>failed',
    'unknown>running', 'unknown>failed',
    'running>done', 'running>failed', 'running>cancelled')
BEGIN
    SELECT RAISE(ABORT, 'a job never leaves its arrows');
END;

CREATE TRIGGER submission_is_kept BEFORE UPDATE OF request_id ON job
WHEN OLD.request_id IS NOT NULL AND NEW.request_id IS NOT OLD.request_id
BEGIN
    SELECT RAISE(ABORT, 'a submission is never overwritten');
END;

CREATE TABLE ledger_entry (
    id         INTEGER PRIMARY KEY,
    job_id     INTEGER NOT NULL REFERENCES job (id),
    kind       TEXT    NOT NULL CHECK (kind IN ('hold', 'capture', 'release')),
    held       INTEGER NOT NULL,             -- signed change
    spent      INTEGER NOT NULL,
    created_at REAL    NOT NULL,
    CHECK (kind <> 'hold' OR (held >= 0 AND spent = 0)),
    CHECK (kind <> 'capture' OR (held <= 0 AND spent BETWEEN 0 AND -held)),
    CHECK (kind <> 'release' OR (held <= 0 AND spent = 0))
) STRICT;

CREATE UNIQUE INDEX one_hold_per_job ON ledger_entry (job_id) WHERE kind = 'hold';
CREATE UNIQUE INDEX one_close_per_job ON ledger_entry (job_id) WHERE kind <> 'hold';

CREATE TRIGGER ledger_is_never_changed BEFORE UPDATE ON ledger_entry
BEGIN
    SELECT RAISE(ABORT, 'ledger entries are never changed');
END;

CREATE TRIGGER ledger_is_never_shortened BEFORE DELETE ON ledger_entry
BEGIN
    SELECT RAISE(ABORT, 'ledger entries are never removed');
END;

-- What one subject has held and spent in one window, kept in the same transaction as the ledger.
-- It can be rebuilt from it; the audit compares the two.
CREATE TABLE counter (
    id       INTEGER PRIMARY KEY,
    provider TEXT    NOT NULL,
    scope    TEXT    NOT NULL CHECK (scope IN ('member', 'guild', 'bot')),
    subject  INTEGER NOT NULL,               -- the member, the guild, or 0 for the bot
    window   TEXT    NOT NULL CHECK (window IN ('day', 'month')),
    starts   INTEGER NOT NULL,
    held     INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
    spent    INTEGER NOT NULL DEFAULT 0 CHECK (spent >= 0),
    UNIQUE (provider, scope, subject, window, starts)
) STRICT;

-- Which counters a job's hold went into: its close goes into the same ones, even after midnight.
CREATE TABLE counted (
    job_id     INTEGER NOT NULL REFERENCES job (id),
    counter_id INTEGER NOT NULL REFERENCES counter (id),
    PRIMARY KEY (job_id, counter_id)
) STRICT, WITHOUT ROWID;

-- One final card for every edit, or one apology for an interaction that was cut short.
CREATE TABLE delivery (
    id         INTEGER PRIMARY KEY,
    edit_id    INTEGER UNIQUE REFERENCES edit (id),
    reply_id   INTEGER UNIQUE REFERENCES reply (id),
    state      TEXT    NOT NULL CHECK (state IN ('due', 'delivered', 'kept')),
    way        TEXT    CHECK (way IN ('reply', 'channel', 'direct')),
    tries      INTEGER NOT NULL DEFAULT 0,
    not_before REAL    NOT NULL DEFAULT 0,
    message_id INTEGER,
    reason     TEXT,                         -- why it was kept
    created_at REAL    NOT NULL,
    ended_at   REAL,
    CHECK (edit_id IS NOT NULL OR reply_id IS NOT NULL),
    CHECK ((state = 'due') = (ended_at IS NULL)),
    CHECK (state <> 'delivered' OR message_id IS NOT NULL)
) STRICT;

CREATE INDEX due_delivery ON delivery (not_before, id) WHERE state = 'due';

CREATE TRIGGER delivery_ends_once BEFORE UPDATE OF state ON delivery
WHEN OLD.state <> 'due' AND NEW.state <> OLD.state
BEGIN
    SELECT RAISE(ABORT, 'a delivery ends once');
END;
