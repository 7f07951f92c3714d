"""Large books for benchmarks and tests: a year of purchases, as the bot itself would have left it.

Written in bulk by plain SQL, so that a million ledger rows take seconds; every rule of the audit
holds in them.
"""

from __future__ import annotations

import hashlib
import random
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.domain.limits.rules import DefaultLimits
from bot.store.migrations import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROVIDER: Final = "books"
MODEL: Final = "ideogram-v2"
PRICE: Final = 80_000
NOW: Final = 1_790_000_000.0
"""When the books end: 2026-09-21, 14:13:20 UTC, in the middle of an hour, a day and a month."""
WIDE: Final = DefaultLimits(member_day=10**12, guild_month=10**12, bot_month=10**12)
"""Settings under which nobody is refused in such books."""
HOT_MEMBER: Final = 1
"""Owns a quarter of everything."""

GUILDS: Final = 5
CHANNELS: Final = 4
_YEAR_SECONDS: Final = 365 * 86_400
_MEMBERS: Final = 1000
_OPEN_JOBS: Final = 8
_FOREVER: Final = 2**53


@dataclass(frozen=True, slots=True)
class Place:
    """Where a member of these books buys, as `Buyer` has it."""

    member_id: int
    guild_id: int
    channel_id: int


def home(member_id: int) -> Place:
    """The guild of a member and their favourite channel."""
    guild_id = 1 + member_id % GUILDS
    return Place(member_id, guild_id, 100 * guild_id + member_id // GUILDS % CHANNELS)


def write_books(file: Path, ledger_rows: int, *, seed: int = 4) -> None:
    """Make books of about `ledger_rows` ledger rows, two for each job that ended."""
    file.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(file, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        migrate(connection, None)
        fill(connection, ledger_rows, seed=seed)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def fill(connection: sqlite3.Connection, ledger_rows: int, *, seed: int = 4) -> None:
    """Write a year of purchases into fresh books of this version."""
    connection.create_function("digest", 1, _digest, deterministic=True)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("BEGIN")
    with _without_indexes(connection):
        _plan(connection, ledger_rows // 2, random.Random(seed))
        for statement in (*_PICTURES, *_PURCHASES, *_MONEY, *_COUNTERS):
            connection.execute(statement)
    for statement in _LIMITS:
        connection.execute(statement)
    connection.execute("DROP TABLE temp.plan")
    connection.execute("COMMIT")
    connection.execute("PRAGMA foreign_keys = ON")


def _digest(number: int) -> str:
    """Names of pictures are in no order, which is what makes looking them up dear."""
    return hashlib.sha256(number.to_bytes(8)).hexdigest()


@contextmanager
def _without_indexes(connection: sqlite3.Connection) -> Iterator[None]:
    """Built at the end, an index is one sort instead of half a million insertions."""
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    yield
    for _, sql in indexes:
        connection.execute(sql)


def _plan(connection: sqlite3.Connection, ended: int, chance: random.Random) -> None:
    """One row for each job: whose, where, when, and how it went."""
    connection.execute(
        """
        CREATE TEMP TABLE plan (
            id INTEGER PRIMARY KEY, edit_id INTEGER, ordinal INTEGER, member_id INTEGER,
            guild_id INTEGER, channel_id INTEGER, created_at REAL, state TEXT)
        """
    )
    connection.executemany("INSERT INTO plan VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _jobs(ended, chance))


def _jobs(ended: int, chance: random.Random) -> Iterator[tuple[object, ...]]:
    pace = _YEAR_SECONDS / max(1, ended)
    job_id = edit_id = 0
    while job_id < ended + _OPEN_JOBS:
        edit_id += 1
        place = home(_member(chance))
        guild_id, channel_id = place.guild_id, place.channel_id
        if chance.random() < 0.02:
            guild_id = 0  # a direct message
        moment = NOW - _YEAR_SECONDS + job_id * pace * 0.999 + chance.random() * pace / 2
        is_open = job_id >= ended
        count = 1 if is_open else min(chance.choice((1, 1, 1, 2, 2, 3, 4)), ended - job_id)
        for ordinal in range(count):
            job_id += 1
            state = "running" if is_open else _end(chance)
            yield job_id, edit_id, ordinal, place.member_id, guild_id, channel_id, moment, state


def _member(chance: random.Random) -> int:
    if chance.random() < 0.25:
        return HOT_MEMBER
    return HOT_MEMBER + 1 + int((_MEMBERS - 1) * chance.random() ** 2)


def _end(chance: random.Random) -> str:
    return chance.choices(("done", "failed", "cancelled"), (90, 6, 4))[0]


_COST: Final = PRICE * 1000
_EDITS: Final = """
    (SELECT edit_id AS id, member_id, guild_id, channel_id, created_at, count(*) AS count,
            state = 'running' AS is_open
     FROM plan GROUP BY edit_id)
"""

_PICTURES: Final = (
    f"""
    INSERT INTO picture (hash, bytes, created_at)
    SELECT hash, 300000, created_at FROM (
        SELECT digest(4 * id) AS hash, created_at FROM {_EDITS}
        UNION ALL SELECT digest(4 * id + 1), created_at FROM {_EDITS}
        UNION ALL SELECT digest(4 * id + 2), created_at FROM plan WHERE state = 'done'
        UNION ALL SELECT digest(4 * id + 3), created_at FROM plan WHERE state = 'done')
    ORDER BY hash
    """,
)
"""Of each edit its picture and its mask, of each job its result and what was stitched."""

_PURCHASES: Final = (
    f"""
    INSERT INTO reply (id, application_id, sealed_token, member_id, guild_id, channel_id,
                       size_limit, kind, state, created_at)
    SELECT id, 9, zeroblob(240), member_id, nullif(guild_id, 0), channel_id, 10485760, 'edit',
           'answered', created_at
    FROM {_EDITS}
    """,
    f"""
    INSERT INTO edit (
        id, origin, state, member_id, guild_id, channel_id, reply_id, model, provider, prompt,
        area, reading, style, count, seed, rewrite, price, unit_cost, source, mask, sent_picture,
        sent_mask, crop_left, crop_top, crop_width, crop_height, width, height, masked_pixels,
        notes, created_at, drawn, feather)
    SELECT id, 'discord:' || id, iif(is_open, 'running', 'ended'), member_id, nullif(guild_id, 0),
           channel_id, id, '{MODEL}', '{PROVIDER}', 'a red door with a brass knocker, in the rain',
           'left half', 'words', 'auto', count, NULL, 0, {PRICE}, {_COST},
           digest(4 * id), digest(4 * id + 1), digest(4 * id), digest(4 * id + 1),
           0, 0, 1024, 768, 1024, 768, 393216, '[]', created_at, digest(4 * id + 1), 8
    FROM {_EDITS}
    """,
    f"""
    INSERT INTO job (
        id, edit_id, ordinal, member_id, guild_id, channel_id, provider, state, price, unit_cost,
        cost, cost_state, seed, intended_at, start_by, request_id, status_url, response_url,
        cancel_url, failure, result, picture, result_seed, units, changed_inside, changed_outside,
        pixels_outside, raw_inside, raw_outside, created_at, claimed_at, submitted_at, ended_at)
    SELECT id, edit_id, ordinal, member_id, guild_id, channel_id, '{PROVIDER}', state,
           {PRICE}, {_COST}, iif(state IN ('done', 'running'), {_COST}, 0),
           CASE state WHEN 'done' THEN 'provisional' WHEN 'running' THEN 'estimated'
                      ELSE 'none' END,
           iif(is_sent, id, NULL), iif(is_sent, created_at + 1, NULL),
           iif(is_sent, created_at + 300, NULL), iif(is_sent, receipt, NULL),
           iif(is_sent, url || '/status', NULL), iif(is_sent, url, NULL),
           iif(is_sent, url || '/cancel', NULL),
           CASE state WHEN 'failed' THEN 'content' WHEN 'cancelled' THEN 'cancelled' END,
           iif(is_done, digest(4 * id + 2), NULL), iif(is_done, digest(4 * id + 3), NULL),
           iif(is_done, id, NULL), iif(is_done, 1.0, NULL), iif(is_done, 380000, NULL),
           iif(is_done, 0, NULL), iif(is_done, 393216, NULL), iif(is_done, 44.5, NULL),
           iif(is_done, 1.5, NULL), created_at, created_at + 1,
           iif(is_sent, created_at + 2, NULL), iif(state = 'running', NULL, created_at + 12)
    FROM (
        SELECT *, state = 'done' AS is_done, state <> 'cancelled' AS is_sent,
               'request-' || id AS receipt, 'https://queue.example/requests/request-' || id AS url
        FROM plan)
    """,
    f"""
    INSERT INTO outbox (
        kind, subject, edit_id, turn, address, state, doubtful, message_id, not_before, created_at,
        ended_at)
    SELECT 'result', id, id, 2, json_array(json_array('reply', id)), 'delivered', 1, id,
           created_at + 132, created_at + 12, created_at + 13
    FROM {_EDITS} WHERE NOT is_open
    """,
)

_MONEY: Final = (
    f"""
    INSERT INTO ledger_entry (job_id, kind, held, spent, created_at)
    SELECT id, kind, held, spent, created_at FROM (
        SELECT id, 'hold' AS kind, {PRICE} AS held, 0 AS spent, created_at FROM plan
        UNION ALL
        SELECT id, iif(state = 'done', 'capture', 'release'), -{PRICE},
               iif(state = 'done', {PRICE}, 0), created_at + 12
        FROM plan WHERE state <> 'running')
    ORDER BY created_at, id
    """,
    f"""
    INSERT INTO cost_entry (job_id, provider, request_id, state, change, reason, created_at)
    SELECT id, '{PROVIDER}', iif(step > 1, 'request-' || id, NULL), known, change, why,
           created_at + step
    FROM (
        SELECT id, 1 AS step, 'possible' AS known, {_COST} AS change, 'submitted' AS why,
               created_at FROM plan WHERE state <> 'cancelled'
        UNION ALL
        SELECT id, 2, 'estimated', 0, 'accepted', created_at FROM plan WHERE state <> 'cancelled'
        UNION ALL
        SELECT id, 12, 'provisional', 0, 'result', created_at FROM plan WHERE state = 'done'
        UNION ALL
        SELECT id, 12, 'none', -{_COST}, 'refused', created_at FROM plan WHERE state = 'failed')
    ORDER BY created_at, id, step
    """,
)

_STARTS: Final = {
    "hour": "second - second % 3600",
    "day": "second - second % 86400",
    # The first of January 1970 was a Thursday.
    "week": "second - (second - 345600) % 604800",
    "month": "unixepoch(second, 'unixepoch', 'start of month')",
    "ever": "0",
}
_ENDS: Final = {
    "hour": "starts + 3600",
    "day": "starts + 86400",
    "week": "starts + 604800",
    "month": "unixepoch(starts, 'unixepoch', '+1 month')",
    "ever": str(2**53),
}


def _counters(scope: str, guild: str, subject: str, window: str) -> str:
    return f"""
        INSERT INTO counter (
            provider, scope, guild_id, subject, window, starts, ends, held, spent, cap)
        SELECT '{PROVIDER}', '{scope}', guild, subject, '{window}', starts, {_ENDS[window]},
               held, spent, held + spent + {PRICE}
        FROM (
            SELECT {guild} AS guild, {subject} AS subject, {_STARTS[window]} AS starts,
                   SUM({PRICE} * (state = 'running')) AS held,
                   SUM({PRICE} * (state = 'done')) AS spent
            FROM (SELECT *, CAST(created_at AS INTEGER) AS second FROM plan)
            WHERE '{scope}' <> 'guild' OR guild_id <> 0
            GROUP BY 1, 2, 3)
    """


_COUNTERS: Final = (
    _counters("member", "guild_id", "member_id", "day"),
    _counters("member", "guild_id", "member_id", "month"),
    _counters("member", "guild_id", "member_id", "ever"),
    _counters("channel", "guild_id", "channel_id", "week"),
    _counters("guild", "guild_id", "guild_id", "hour"),
    _counters("guild", "guild_id", "guild_id", "month"),
    _counters("bot", "0", "0", "day"),
    _counters("bot", "0", "0", "month"),
    _counters("bot", "0", "0", "ever"),
)

_LIMITS: Final = (
    """
    INSERT INTO spending_limit (
        guild_id, scope, subject, window, author, cap, set_by, set_at, reason)
    SELECT guild, 'guild', guild, 'month', 'moderator', 1000000000000, 1, 0, 'as agreed'
    FROM (SELECT DISTINCT guild_id AS guild FROM plan WHERE guild_id <> 0)
    """,
    """
    INSERT INTO limit_change (guild_id, action, scope, subject, window, author, after, actor_id,
                              reason, created_at)
    SELECT guild_id, 'set', scope, subject, window, author, cap, set_by, reason, set_at
    FROM spending_limit
    """,
    """
    INSERT INTO alert (counter_id, threshold, job_id, cap, spent, created_at)
    SELECT id, 50, job_id, cap, spent, starts FROM (
        SELECT counter.*, (
            SELECT job.id FROM job
            WHERE job.guild_id = counter.guild_id AND job.created_at >= counter.starts
              AND job.created_at < counter.ends AND job.state = 'done'
            ORDER BY job.created_at LIMIT 1) AS job_id
        FROM counter WHERE scope = 'guild' AND window = 'month')
    WHERE job_id IS NOT NULL
    """,
)
