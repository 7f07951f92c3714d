-- Limits that moderators and the operator set, counters by place, what the owner is billed, alerts,
-- and more reasons to stop purchases. The rows of the ledger are not touched: what was held and
-- spent stays as it is, and counters are made from it.

-- Where a job was bought: what its limits count. 0: in no guild, or in no channel.
ALTER TABLE job ADD COLUMN guild_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN channel_id INTEGER NOT NULL DEFAULT 0;     -- of a thread: its channel
UPDATE job SET
    guild_id = (SELECT COALESCE(guild_id, 0) FROM edit WHERE edit.id = job.edit_id),
    channel_id = (SELECT COALESCE(channel_id, 0) FROM edit WHERE edit.id = job.edit_id);
CREATE INDEX job_of_guild_by_time ON job (guild_id, created_at);
CREATE INDEX job_of_member_by_time ON job (member_id, created_at);

-- The two unique indexes know one kind of entry each: a job's sum would look at all there are.
CREATE INDEX entry_of_job ON ledger_entry (job_id, held, spent);

-- The owner's cost may be settled by the provider's bill.
ALTER TABLE job RENAME COLUMN cost_state TO former_cost_state;
ALTER TABLE job ADD COLUMN cost_state TEXT NOT NULL DEFAULT 'none'
    CHECK (cost_state IN ('none', 'possible', 'estimated', 'provisional', 'settled'));
UPDATE job SET cost_state = former_cost_state;
ALTER TABLE job DROP COLUMN former_cost_state;

ALTER TABLE edit ADD COLUMN counted_channel_id INTEGER;               -- NULL: channel_id
ALTER TABLE edit ADD COLUMN role_ids TEXT NOT NULL DEFAULT '[]';      -- JSON array, when it ran

-- What the provider bills, as far as it is known: signed changes in nano-USD. A job's cost is the
-- sum of its rows. Rows without a job: the provider billed what no job of ours asked for.
CREATE TABLE cost_entry (
    id         INTEGER PRIMARY KEY,
    job_id     INTEGER REFERENCES job (id),
    provider   TEXT    NOT NULL,
    request_id TEXT,
    state      TEXT    NOT NULL
        CHECK (state IN ('none', 'possible', 'estimated', 'provisional', 'settled')),
    change     INTEGER NOT NULL,
    reason     TEXT    NOT NULL,             -- why it is known or corrected
    created_at REAL    NOT NULL,
    CHECK (job_id IS NOT NULL OR (request_id IS NOT NULL AND state = 'settled'))
) STRICT;

CREATE INDEX cost_of_job ON cost_entry (job_id);
CREATE INDEX cost_of_stranger ON cost_entry (provider, request_id) WHERE job_id IS NULL;

INSERT INTO cost_entry (job_id, provider, request_id, state, change, reason, created_at)
SELECT id, provider, request_id, cost_state, cost, 'before this version',
       COALESCE(ended_at, submitted_at, intended_at, created_at)
FROM job WHERE cost <> 0 OR cost_state <> 'none' ORDER BY id;

CREATE TRIGGER cost_is_never_changed BEFORE UPDATE ON cost_entry
BEGIN
    SELECT RAISE(ABORT, 'cost entries are never changed');
END;

CREATE TRIGGER cost_is_never_shortened BEFORE DELETE ON cost_entry
BEGIN
    SELECT RAISE(ABORT, 'cost entries are never removed');
END;

-- What one pot has held and spent in one window: the sum of the ledger over the jobs that were
-- bought from that provider, by that subject, from `starts` until before `ends`. Kept in the same
-- transaction as the ledger, made from it when first needed, rebuilt from it at any time.
DROP TABLE counted;
DROP TABLE counter;
CREATE TABLE counter (
    id       INTEGER PRIMARY KEY,
    provider TEXT    NOT NULL,
    scope    TEXT    NOT NULL CHECK (scope IN ('member', 'channel', 'guild', 'bot')),
    guild_id INTEGER NOT NULL,               -- 0: in no guild, or the bot
    subject  INTEGER NOT NULL,               -- the member, the channel, the guild, or 0
    window   TEXT    NOT NULL CHECK (window IN ('hour', 'day', 'week', 'month', 'ever')),
    starts   INTEGER NOT NULL,
    ends     INTEGER NOT NULL CHECK (ends > starts),    -- 2^53: never
    held     INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
    spent    INTEGER NOT NULL DEFAULT 0 CHECK (spent >= 0),
    cap      INTEGER,                        -- what the latest hold was tested against
    UNIQUE (provider, scope, guild_id, subject, window, starts, ends),
    CHECK (cap IS NULL OR held + spent <= cap)
) STRICT;

-- One limit as a moderator or the operator set it. Guild 0 is the bot's.
CREATE TABLE spending_limit (
    id       INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL,
    scope    TEXT    NOT NULL CHECK (scope IN ('member', 'role', 'channel', 'guild', 'bot')),
    subject  INTEGER NOT NULL,
    window   TEXT    NOT NULL CHECK (window IN ('hour', 'day', 'week', 'month', 'ever')),
    author   TEXT    NOT NULL CHECK (author IN ('operator', 'moderator')),
    cap      INTEGER NOT NULL CHECK (cap >= 0),
    set_by   INTEGER NOT NULL,
    set_at   REAL    NOT NULL,
    reason   TEXT    NOT NULL,
    UNIQUE (guild_id, scope, subject, window, author),
    CHECK ((scope = 'bot') = (guild_id = 0)),
    CHECK (scope <> 'bot' OR (subject = 0 AND author = 'operator')),
    CHECK (scope <> 'guild' OR subject = guild_id),
    CHECK (author = 'moderator' OR scope IN ('guild', 'bot'))
) STRICT;

CREATE TABLE boost (
    id       INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL,
    scope    TEXT    NOT NULL CHECK (scope IN ('member', 'role', 'channel', 'guild')),
    subject  INTEGER NOT NULL,
    window   TEXT    NOT NULL CHECK (window IN ('hour', 'day', 'week', 'month', 'ever')),
    amount   INTEGER NOT NULL CHECK (amount > 0),
    starts   REAL    NOT NULL,
    ends     REAL    NOT NULL CHECK (ends >= starts),   -- moved up when it is ended early
    set_by   INTEGER NOT NULL,
    reason   TEXT    NOT NULL
) STRICT;

CREATE INDEX boost_by_end ON boost (guild_id, ends);

-- Who changed what about limits, and why. Rows are only ever added.
CREATE TABLE limit_change (
    id         INTEGER PRIMARY KEY,
    guild_id   INTEGER NOT NULL,
    action     TEXT    NOT NULL
        CHECK (action IN ('set', 'remove', 'boost', 'end boost', 'time zone', 'log channel')),
    scope      TEXT    CHECK (scope IN ('member', 'role', 'channel', 'guild', 'bot')),
    subject    INTEGER,
    window     TEXT    CHECK (window IN ('hour', 'day', 'week', 'month', 'ever')),
    author     TEXT    NOT NULL CHECK (author IN ('operator', 'moderator')),
    before     TEXT,                         -- micro-USD, a time zone or a channel; NULL: none
    after      TEXT,
    ends       REAL,                         -- of a boost
    actor_id   INTEGER NOT NULL,
    reason     TEXT    NOT NULL,
    created_at REAL    NOT NULL
) STRICT;

CREATE INDEX limit_change_of_guild ON limit_change (guild_id, id);

CREATE TRIGGER limit_changes_are_never_changed BEFORE UPDATE ON limit_change
BEGIN
    SELECT RAISE(ABORT, 'the log of limits is never changed');
END;

CREATE TRIGGER limit_changes_are_never_removed BEFORE DELETE ON limit_change
BEGIN
    SELECT RAISE(ABORT, 'the log of limits is never shortened');
END;

CREATE TABLE guild_setting (
    guild_id       INTEGER PRIMARY KEY,
    time_zone      TEXT,                     -- NULL: the bot's
    log_channel_id INTEGER,                  -- where moderators are told
    log_broken_at  REAL                      -- since when nothing could be posted there
) STRICT;

-- A counter reached a part of its cap: told once per window.
CREATE TABLE alert (
    id         INTEGER PRIMARY KEY,
    counter_id INTEGER NOT NULL REFERENCES counter (id),
    threshold  INTEGER NOT NULL CHECK (threshold IN (50, 80, 100)),
    job_id     INTEGER NOT NULL REFERENCES job (id),    -- whose picture reached it
    cap        INTEGER NOT NULL,
    spent      INTEGER NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('due', 'told', 'kept')),
    way        TEXT,                         -- how it was told, or why it was kept
    tries      INTEGER NOT NULL DEFAULT 0,
    not_before REAL    NOT NULL DEFAULT 0,
    created_at REAL    NOT NULL,
    ended_at   REAL,
    UNIQUE (counter_id, threshold),
    CHECK ((state = 'due') = (ended_at IS NULL))
) STRICT;

CREATE INDEX due_alert ON alert (not_before, id) WHERE state = 'due';

-- While a row is not lifted, nothing new is bought from that model of that provider.
ALTER TABLE pause RENAME TO former_pause;
DROP INDEX one_pause_at_a_time;
CREATE TABLE pause (
    id        INTEGER PRIMARY KEY,
    provider  TEXT    NOT NULL,
    model     TEXT,                          -- NULL: every model
    reason    TEXT    NOT NULL CHECK (reason IN ('swapped', 'burst', 'failures', 'price', 'locked')),
    detail    TEXT    NOT NULL DEFAULT '{}', -- JSON object: the figures it is about
    job_id    INTEGER REFERENCES job (id),   -- what brought it on
    since     REAL    NOT NULL,
    told_at   REAL,
    lifted_at REAL,
    lifted_by TEXT,
    CHECK ((lifted_at IS NULL) = (lifted_by IS NULL)),
    CHECK (reason <> 'swapped' OR job_id IS NOT NULL)
) STRICT;

INSERT INTO pause (id, provider, model, reason, job_id, since, told_at, lifted_at, lifted_by)
SELECT id, provider, model, reason, job_id, since, told_at, lifted_at, lifted_by FROM former_pause;
DROP TABLE former_pause;

CREATE UNIQUE INDEX one_pause_of_a_kind ON pause (provider, COALESCE(model, ''), reason)
    WHERE lifted_at IS NULL;
