-- One outbox for everything that is owed to somebody on Discord: cards of edits, words about
-- interruptions, alerts of limits, and stops on purchases. Alerts and stops keep what happened; who
-- was told of it, and how, is the outbox's.

CREATE TABLE outbox (
    id         INTEGER PRIMARY KEY,
    kind       TEXT    NOT NULL CHECK (kind <> ''),
    subject    INTEGER NOT NULL,             -- what it is about: the id in the table of its kind
    part       INTEGER NOT NULL DEFAULT 0,   -- which one, where there are several about a subject
    edit_id    INTEGER REFERENCES edit (id), -- whose card it is, or stands beside
    turn       INTEGER NOT NULL DEFAULT 0,   -- of one edit, what has a lower turn goes first
    address    TEXT    NOT NULL              -- the routes still to be tried: [["reply", 7], ...]
        CHECK (address LIKE '[%]'),
    state      TEXT    NOT NULL CHECK (state IN ('due', 'delivered', 'kept')),
    tries      INTEGER NOT NULL DEFAULT 0,
    not_before REAL    NOT NULL DEFAULT 0,
    doubtful   INTEGER NOT NULL DEFAULT 0    -- 1: the first route was begun, its answer is unknown
        CHECK (doubtful IN (0, 1)),
    message_id INTEGER,                      -- 0: not known
    reason     TEXT,                         -- why it was kept
    created_at REAL    NOT NULL,
    ended_at   REAL,
    UNIQUE (kind, subject, part),
    CHECK ((edit_id IS NULL) = (turn = 0)),
    CHECK (kind <> 'result' OR edit_id = subject),
    CHECK ((state = 'due') = (ended_at IS NULL)),
    CHECK (state <> 'delivered' OR message_id IS NOT NULL)
) STRICT;

CREATE INDEX due_in_outbox ON outbox (not_before, id) WHERE state = 'due';
CREATE INDEX due_of_edit ON outbox (edit_id, turn) WHERE state = 'due';

-- The ids stay: Discord knows a card that may have been posted by its number.
INSERT INTO outbox (id, kind, subject, edit_id, turn, address, state, tries, not_before, doubtful,
                    message_id, reason, created_at, ended_at)
SELECT owed.id, 'result', owed.edit_id, owed.edit_id, 2,
       iif(edit.channel_id IS NULL, '[]', '[' || substr(
           iif(reply.id IS NOT NULL AND COALESCE(owed.way, 'reply') = 'reply',
               ',["reply",' || reply.id || ']', '')
           || iif(COALESCE(reply.channel_id, edit.channel_id) <> 0
                      AND COALESCE(owed.way, 'reply') <> 'direct',
                  ',["channel",' || COALESCE(reply.channel_id, edit.channel_id) || ']', '')
           || ',["direct",' || edit.member_id || ']', 2) || ']'),
       owed.state, owed.tries, owed.not_before, owed.way IS NOT NULL, owed.message_id, owed.reason,
       owed.created_at, owed.ended_at
FROM delivery AS owed JOIN edit ON edit.id = owed.edit_id
LEFT JOIN reply ON reply.id = COALESCE(owed.reply_id, edit.reply_id);

INSERT INTO outbox (id, kind, subject, address, state, tries, not_before, doubtful, message_id,
                    reason, created_at, ended_at)
SELECT id, 'interrupted', reply_id, '[["reply",' || reply_id || ']]', state, tries, not_before,
       way IS NOT NULL, message_id, reason, created_at, ended_at
FROM delivery WHERE edit_id IS NULL;

DROP TABLE delivery;

-- A member who bought in a shell is not written to.
INSERT INTO outbox (kind, subject, edit_id, turn, address, state, tries, not_before, doubtful,
                    message_id, reason, created_at, ended_at)
SELECT 'alert', alert.id, edit.id, 3,
       iif(edit.reply_id IS NULL, '[]', '[' || substr(
           iif(alert.state = 'told' AND alert.way = 'direct'
                   OR alert.state = 'due' AND alert.way = 'direct', '',
               ',["beside",' || edit.reply_id || ']')
           || ',["direct",' || counter.subject || ']', 2) || ']'),
       CASE WHEN alert.state = 'told' THEN 'delivered'
            WHEN edit.reply_id IS NULL THEN 'kept' ELSE alert.state END,
       alert.tries, alert.not_before,
       alert.way IS NOT NULL AND alert.state <> 'kept' AND edit.reply_id IS NOT NULL,
       iif(alert.state = 'told', 0, NULL),
       CASE WHEN alert.state = 'kept' THEN alert.way
            WHEN alert.state = 'due' AND edit.reply_id IS NULL THEN 'shell' END,
       alert.created_at,
       COALESCE(alert.ended_at, iif(edit.reply_id IS NULL, alert.created_at, NULL))
FROM alert JOIN counter ON counter.id = alert.counter_id JOIN job ON job.id = alert.job_id
JOIN edit ON edit.id = job.edit_id
WHERE counter.scope = 'member' ORDER BY alert.id;

INSERT INTO outbox (kind, subject, address, state, tries, not_before, doubtful, message_id, reason,
                    created_at, ended_at)
SELECT 'alert', alert.id,
       iif(counter.scope = 'bot', '[["owner",0]]', '[["log",' || counter.guild_id || ']]'),
       iif(alert.state = 'told', 'delivered', alert.state), alert.tries, alert.not_before,
       alert.way IS NOT NULL AND alert.state <> 'kept', iif(alert.state = 'told', 0, NULL),
       iif(alert.state = 'kept', alert.way, NULL), alert.created_at, alert.ended_at
FROM alert JOIN counter ON counter.id = alert.counter_id
WHERE counter.scope <> 'member' ORDER BY alert.id;

-- A counter reached a part of its cap: noted once per window.
ALTER TABLE alert RENAME TO former_alert;
CREATE TABLE alert (
    id         INTEGER PRIMARY KEY,
    counter_id INTEGER NOT NULL REFERENCES counter (id),
    threshold  INTEGER NOT NULL CHECK (threshold IN (50, 80, 100)),
    job_id     INTEGER NOT NULL REFERENCES job (id),    -- whose picture reached it
    cap        INTEGER NOT NULL,
    spent      INTEGER NOT NULL,
    created_at REAL    NOT NULL,
    UNIQUE (counter_id, threshold)
) STRICT;

INSERT INTO alert (id, counter_id, threshold, job_id, cap, spent, created_at)
SELECT id, counter_id, threshold, job_id, cap, spent, created_at FROM former_alert ORDER BY id;
DROP TABLE former_alert;

INSERT INTO outbox (kind, subject, address, state, doubtful, message_id, reason, created_at,
                    ended_at)
SELECT 'pause', id, '[["owner",0]]',
       CASE WHEN told_at IS NOT NULL THEN 'delivered' WHEN lifted_at IS NULL THEN 'due'
            ELSE 'kept' END,
       told_at IS NOT NULL, iif(told_at IS NOT NULL, 0, NULL),
       iif(told_at IS NULL AND lifted_at IS NOT NULL, 'over', NULL),
       since, COALESCE(told_at, lifted_at)
FROM pause ORDER BY id;

ALTER TABLE pause DROP COLUMN told_at;

CREATE TRIGGER outbox_ends_once BEFORE UPDATE OF state ON outbox
WHEN OLD.state <> 'due' AND NEW.state <> OLD.state
BEGIN
    SELECT RAISE(ABORT, 'what is owed ends once');
END;
