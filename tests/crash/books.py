"""Our own books, read from a data folder whose bot has stopped."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from bot.services.billing.audit import AuditFinding, audit, audit_files
from bot.store.edits.pictures import PictureFolder
from bot.store.sqlite import read_sqlite

FILE: Final = "touchup.sqlite3"

# Columns that hold a moment (unix seconds); NULL and 0 stay what they are.
_MOMENTS: Final = """
    SELECT schema.name AS kind, found.name AS moment
    FROM sqlite_schema AS schema JOIN pragma_table_info(schema.name) AS found
    WHERE schema.type = 'table' AND found.type = 'REAL'
      AND (found.name = 'not_before' OR found.name LIKE '%!_at' ESCAPE '!'
           OR found.name LIKE '%!_by' ESCAPE '!' OR found.name LIKE '%!_until' ESCAPE '!')
"""

# A counter is the sum of the ledger over the jobs of its pot that were bought in its window.
_COUNTERS_THAT_DIFFER: Final = """
    SELECT counter.id, counter.held, counter.spent,
           COALESCE(SUM(entry.held), 0) AS ledger_held,
           COALESCE(SUM(entry.spent), 0) AS ledger_spent
    FROM counter
    LEFT JOIN job ON job.provider = counter.provider
        AND job.created_at >= counter.starts AND job.created_at < counter.ends
        AND counter.guild_id = iif(counter.scope = 'bot', 0, job.guild_id)
        AND counter.subject = CASE counter.scope
            WHEN 'member' THEN job.member_id
            WHEN 'channel' THEN job.channel_id
            WHEN 'guild' THEN job.guild_id
            ELSE 0
        END
    LEFT JOIN ledger_entry AS entry ON entry.job_id = job.id
    GROUP BY counter.id
    HAVING counter.held <> ledger_held OR counter.spent <> ledger_spent
"""
_NEVER_CHANGED: Final = frozenset(("ledger_entry", "cost_entry", "limit_change"))
"""Nothing waits for a moment in them."""

_OWED: Final = """
    SELECT (SELECT count(*) FROM job WHERE state IN ('queued', 'submitting', 'unknown', 'running'))
         + (SELECT count(*) FROM outbox WHERE state = 'due')
         + (SELECT count(*) FROM reply WHERE state = 'open')
"""

_CARDS: Final = """
    SELECT outbox.*, iif(doubtful, json_extract(address, '$[0][0]'), NULL) AS way,
           iif(outbox.kind = 'interrupted', subject, edit.reply_id) AS reply_id
    FROM outbox LEFT JOIN edit ON edit.id = outbox.edit_id
    WHERE outbox.kind IN ('result', 'interrupted') ORDER BY outbox.id
"""

Row = dict[str, Any]


async def audited(data: Path) -> list[AuditFinding]:
    """What `touchup audit` finds."""
    async with read_sqlite(data / FILE) as database:
        found = await database.transact(audit)
        return found + await audit_files(database, PictureFolder(data / "pictures"))


class Books:
    """Everything in the database, as plain rows."""

    def __init__(self, data: Path) -> None:
        self._data = data
        with closing(sqlite3.connect(f"file:{data / FILE}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            self._connection = connection
            self.jobs = self._rows("SELECT * FROM job ORDER BY id")
            self.edits = self._rows("SELECT * FROM edit ORDER BY id")
            self.replies = self._rows("SELECT * FROM reply ORDER BY id")
            self.deliveries = self._rows(_CARDS)
            self.entries = self._rows("SELECT * FROM ledger_entry ORDER BY id")
            self.pictures = self._rows("SELECT * FROM picture")
            self.damage = self._rows("PRAGMA foreign_key_check")
            self.counters_that_differ = self._rows(_COUNTERS_THAT_DIFFER)
            [self.integrity] = self._rows("PRAGMA integrity_check")

    def _rows(self, query: str) -> list[Row]:
        return [dict(row) for row in self._connection.execute(query)]

    @property
    def held(self) -> int:
        """What is set aside, in micro-USD."""
        return sum(entry["held"] for entry in self.entries)

    @property
    def spent(self) -> int:
        """What was spent, in micro-USD."""
        return sum(entry["spent"] for entry in self.entries)

    @property
    def states(self) -> list[str]:
        """The jobs' states."""
        return [job["state"] for job in self.jobs]

    @property
    def ways(self) -> list[tuple[str, str | None]]:
        """What became of each delivery, and by which way."""
        return [(delivery["state"], delivery["way"]) for delivery in self.deliveries]

    def require_sound(self) -> None:
        """What holds at every moment: I1-I3, I18."""
        assert self.integrity == {"integrity_check": "ok"}
        assert self.damage == []
        assert self.counters_that_differ == []
        for job in self.jobs:
            kinds = [entry["kind"] for entry in self.entries if entry["job_id"] == job["id"]]
            closed = {"done": ["capture"], "failed": ["release"], "cancelled": ["release"]}
            assert kinds == ["hold", *closed.get(job["state"], [])], job

    def require_order(self) -> None:
        """What holds once everything has ended: I4, I6, I7, and no file is left over."""
        self.require_sound()
        assert self.held == 0
        assert self.spent == sum(job["price"] for job in self.jobs if job["state"] == "done")
        assert not set(self.states) & {"queued", "submitting", "unknown", "running"}
        assert all(edit["state"] != "running" for edit in self.edits)
        ended = sorted(edit["id"] for edit in self.edits if edit["state"] == "ended")
        assert sorted(d["edit_id"] for d in self.deliveries if d["edit_id"]) == ended
        assert all(delivery["state"] != "due" for delivery in self.deliveries)
        assert all(reply["state"] == "answered" for reply in self.replies)
        self._require_pictures()

    def _require_pictures(self) -> None:
        folder = self._data / "pictures"
        assert list((folder / "desk").iterdir()) == []
        for picture in self.pictures:
            digest = picture["hash"]
            content = (folder / digest[:2] / digest).read_bytes()
            assert hashlib.sha256(content).hexdigest() == digest

    @staticmethod
    def owed(data: Path) -> int:
        """How many jobs, cards and answers have not ended; looks while the bot works."""
        with closing(sqlite3.connect(f"file:{data / FILE}?mode=ro", uri=True)) as connection:
            [(owed,)] = connection.execute(_OWED)
        return int(owed)

    @staticmethod
    def age(data: Path, seconds: float) -> None:
        """Move every moment in the books back: for the bot, that much time has gone by."""
        with closing(sqlite3.connect(data / FILE)) as connection, connection:
            for kind, moment in connection.execute(_MOMENTS).fetchall():
                if kind not in _NEVER_CHANGED:
                    change = f"UPDATE {kind} SET {moment} = {moment} - ? WHERE {moment} > 0"
                    connection.execute(change, (seconds,))
