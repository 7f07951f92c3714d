"""Random lives of many holds at once: after each commit the books agree with a simple model."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.domain.errors import LimitReached
from bot.domain.lifecycle import Closing
from bot.domain.limits import Caps, Scope
from bot.domain.windows import span
from bot.store import ledger
from bot.store.migrations import migrate
from bot.store.sqlite import SqliteTransaction
from tests.store.books import PROVIDER, put_in_line

ZONE = ZoneInfo("America/Sao_Paulo")
START = datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp()
Key = tuple[str, int, str, int]


@dataclass(slots=True)
class Held:
    price: int
    counters: tuple[Key, ...]


class Money(RuleBasedStateMachine):
    """Several members of two guilds hold, capture and release while days and months pass."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="books-"))
        self.connection = sqlite3.connect(self.folder / "books.sqlite3", isolation_level=None)
        self.connection.row_factory = sqlite3.Row
        # A real file and real transactions; only the waiting for the disk is left out.
        for pragma in ("journal_mode = WAL", "synchronous = OFF", "foreign_keys = ON"):
            self.connection.execute(f"PRAGMA {pragma}")
        migrate(self.connection, None)
        self.now = START
        self.caps = Caps(member_day=500, guild_month=900, bot_month=1_500)
        self.open: dict[int, Held] = {}
        self.held: dict[Key, int] = {}
        self.spent: dict[Key, int] = {}
        self.closed: set[int] = set()

    def teardown(self) -> None:
        self.connection.close()
        shutil.rmtree(self.folder)

    def decide(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        """One transaction, as the database's thread runs it."""
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            answer = function(SqliteTransaction(self.connection), *args, **kwargs)
            self.connection.execute("COMMIT")
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        return answer

    def keys(self, member_id: int, guild_id: int | None) -> tuple[Key, ...]:
        subjects = {Scope.MEMBER: member_id, Scope.GUILD: guild_id or 0, Scope.BOT: 0}
        return tuple(
            (
                limit.scope.value,
                subjects[limit.scope],
                limit.window.value,
                span(limit.window, now=self.now, zone=ZONE).start,
            )
            for limit in self.caps.for_place(guild_id)
        )

    def room(self, keys: tuple[Key, ...], amount: int) -> bool:
        caps = {
            "member": self.caps.member_day,
            "guild": self.caps.guild_month,
            "bot": self.caps.bot_month,
        }
        return all(
            self.held.get(key, 0) + self.spent.get(key, 0) + amount <= caps[key[0]] for key in keys
        )

    @rule(
        member_id=st.integers(1, 3),
        guild_id=st.sampled_from([None, 1, 2]),
        price=st.integers(0, 200),
        count=st.integers(1, 4),
    )
    def hold(self, member_id: int, guild_id: int | None, price: int, count: int) -> None:
        keys = self.keys(member_id, guild_id)
        try:
            jobs = self.decide(
                put_in_line,
                member_id=member_id,
                guild_id=guild_id,
                price=price,
                count=count,
                caps=self.caps,
                zone=ZONE,
                now=self.now,
            )
        except LimitReached:
            assert not self.room(keys, price * count)
            return
        assert self.room(keys, price * count)
        for job_id in jobs:
            self.open[job_id] = Held(price, keys)
            for key in keys:
                self.held[key] = self.held.get(key, 0) + price

    @precondition(lambda self: self.open)
    @rule(data=st.data(), closing=st.sampled_from(Closing))
    def close(self, data: st.DataObject, closing: Closing) -> None:
        job_id = data.draw(st.sampled_from(sorted(self.open)))
        held = self.open.pop(job_id)

        spent = self.decide(ledger.close, job_id, closing, now=self.now)

        assert spent == (held.price if closing is Closing.CAPTURE else 0)
        self.closed.add(job_id)
        for key in held.counters:
            self.held[key] -= held.price
            self.spent[key] = self.spent.get(key, 0) + spent

    @precondition(lambda self: self.closed)
    @rule(data=st.data(), closing=st.sampled_from(Closing))
    def close_again(self, data: st.DataObject, closing: Closing) -> None:
        """I3: a hold closes once, whoever tries."""
        job_id = data.draw(st.sampled_from(sorted(self.closed)))
        try:
            self.decide(ledger.close, job_id, closing, now=self.now)
        except sqlite3.IntegrityError:
            return
        raise AssertionError(f"job {job_id} was closed twice")

    @precondition(lambda self: self.open)
    @rule(data=st.data(), closing=st.sampled_from(Closing))
    def die_before_the_commit(self, data: st.DataObject, closing: Closing) -> None:
        job_id = data.draw(st.sampled_from(sorted(self.open)))

        def close_and_die(tx: SqliteTransaction) -> None:
            ledger.close(tx, job_id, closing, now=self.now)
            raise SystemExit

        with contextlib.suppress(SystemExit):
            self.decide(close_and_die)

    @rule(seconds=st.sampled_from([1.0, 3_600.0, 86_400.0, 40 * 86_400.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(share=st.sampled_from([0.5, 2.0]))
    def change_the_caps(self, share: float) -> None:
        """C4: lowering below what is used blocks new holds and breaks no old one."""
        self.caps = Caps(
            member_day=int(self.caps.member_day * share),
            guild_month=int(self.caps.guild_month * share),
            bot_month=int(self.caps.bot_month * share),
        )

    @invariant()
    def counters_are_what_the_model_says(self) -> None:
        """Design 5.2, I12."""
        for row in self.connection.execute("SELECT * FROM counter WHERE provider = ?", [PROVIDER]):
            key = (row["scope"], row["subject"], row["window"], row["starts"])
            assert (row["held"], row["spent"]) == (self.held.get(key, 0), self.spent.get(key, 0))

    @invariant()
    def a_job_holds_its_price_until_it_ends_and_nothing_after(self) -> None:
        """Design 5.1, I4."""
        rows = self.connection.execute(
            "SELECT job_id, SUM(held) AS held FROM ledger_entry GROUP BY job_id"
        )
        held = {row["job_id"]: row["held"] for row in rows}
        assert {job: self.open[job].price for job in self.open} == {
            job: amount for job, amount in held.items() if job in self.open
        }
        assert all(amount == 0 for job, amount in held.items() if job not in self.open)


TestMoney = Money.TestCase
TestMoney.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
