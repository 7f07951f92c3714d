"""Random lives of members, limits and clocks: after each step the books are what a model says."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.domain.errors import LimitReached
from bot.domain.jobs.lifecycle import Closing
from bot.domain.limits.rules import (
    Boost,
    Buyer,
    DefaultLimits,
    Limit,
    LimitSubject,
    Rule,
    RuleAuthor,
    Scope,
    everyone,
)
from bot.domain.limits.status import Explanation
from bot.domain.limits.windows import Window, span
from bot.services.limits.guard import SpendGuard
from bot.store.billing import ledger
from bot.store.limits import guilds, rules
from bot.store.migrations import migrate
from bot.store.sqlite import SqliteTransaction as Tx
from tests.domain.limits.limit_model import GUILDS, Cap
from tests.store.limits.money_model import Bought, World, has_room
from tests.store.limits.money_moves import (
    BUYERS,
    DAY_SECONDS,
    EDGES,
    ZONES,
    amounts,
    buyers,
    limits_as_set,
    purchases,
)
from tests.support.books import PROVIDER, guard, put_in_line


@cache
def empty_books() -> bytes:
    """A database file with every table and no row: migrating once is enough."""
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "books.sqlite3", isolation_level=None)
        migrate(connection, None)
        connection.close()
        return (Path(folder) / "books.sqlite3").read_bytes()


class Money(RuleBasedStateMachine):
    """Members of two guilds buy, while limits, roles, clocks and time zones change under them."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="books-"))
        (self.folder / "books.sqlite3").write_bytes(empty_books())
        self.connection = self.connect()
        self.now = EDGES[0]
        self.world = World()
        self.turn = 0
        self.stuck: tuple[Limit, Buyer, str, int, int] | None = None

    def connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.folder / "books.sqlite3", isolation_level=None)
        connection.row_factory = sqlite3.Row
        # A real file and real transactions; only the waiting for the disk is left out.
        for pragma in ("journal_mode = WAL", "synchronous = OFF", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def teardown(self) -> None:
        try:
            for number, job_id in enumerate(self.world.open_jobs()):
                self.end(job_id, Closing.CAPTURE if number % 2 else Closing.RELEASE)
            self.counters_are_the_sum_of_the_ledger()
            captured = [one for one in self.world.bought.values() if one.closing is Closing.CAPTURE]
            held, spent = self.sums("SELECT SUM(held), SUM(spent) FROM ledger_entry")
            assert (held, spent) == (0, sum(one.price for one in captured))
            assert self.sums("SELECT SUM(held), 0 FROM counter")[0] == 0
        finally:
            self.connection.close()
            shutil.rmtree(self.folder)

    def sums(self, sql: str) -> tuple[int, ...]:
        return tuple(value or 0 for value in self.connection.execute(sql).fetchone())

    def decide(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        """One transaction, as the database's thread runs it."""
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            answer = function(Tx(self.connection), *args, **kwargs)
            self.connection.execute("COMMIT")
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        return answer

    def explain(self, provider: str, buyer: Buyer) -> Explanation:
        return self.decide(self.guard(provider).explain, buyer)  # type: ignore[no-any-return]

    def guard(self, provider: str) -> SpendGuard:
        return guard(
            self.world.caps, zone=ZoneInfo(self.world.zone), provider=provider, now=self.now
        )

    def check(self, provider: str, buyer: Buyer) -> Explanation:
        """N13: what is explained is what the model says, to the micro-dollar."""
        explanation = self.explain(provider, buyer)
        told = [
            (
                Cap(
                    standing.limit.pot.scope.value,
                    standing.limit.pot.guild_id,
                    standing.limit.pot.subject,
                    standing.limit.rule.window,
                    standing.limit.cap,
                    standing.limit.rule.is_the_operators,
                ),
                (standing.spent, standing.held),
            )
            for standing in explanation.standings
        ]
        assert sorted(told) == self.world.stands(provider, buyer, self.now)
        assert all(one.span.start <= self.now < one.span.end for one in explanation.standings)
        return explanation

    @rule(purchases=st.lists(purchases, min_size=1, max_size=5))
    def buy(self, purchases: list[tuple[Buyer, str, int, int, int | None]]) -> None:
        for purchase in purchases:
            self.buy_one(*purchase)

    def buy_one(self, buyer: Buyer, provider: str, count: int, price: int, fit: int | None) -> None:
        """`fit`: not at that price, but for all that is left, and a micro-dollar more than that."""
        explanation = self.check(provider, buyer)
        if fit is not None:
            price = min(one.left for one in explanation.standings) // count + fit
        stands = self.world.stands(provider, buyer, self.now)
        assert (explanation.refusing(price * count) is None) == has_room(stands, price * count)
        jobs, refused = self.try_to_buy(buyer, provider, count, price)
        assert (refused and refused.standing) == explanation.refusing(price * count)
        if refused:
            assert (refused.needed, refused.explanation) == (price * count, explanation)
            self.stuck = refused.standing.limit, buyer, provider, count, price
            self.decide(self.guard(provider).count, buyer)
            assert self.check(provider, buyer) == explanation
            return
        for job_id in jobs:
            self.world.bought[job_id] = Bought(provider, buyer, self.now, price)
        for cap, used in self.world.stands(provider, buyer, self.now):
            assert not price or sum(used) <= cap.cap

    def try_to_buy(
        self, buyer: Buyer, provider: str, count: int, price: int
    ) -> tuple[list[int], LimitReached | None]:
        try:
            return self.decide(self.put_in_line, buyer, provider, count, price), None
        except LimitReached as refused:
            return [], refused

    def put_in_line(self, tx: Tx, buyer: Buyer, provider: str, count: int, price: int) -> list[int]:
        return put_in_line(
            tx,
            member_id=buyer.member_id,
            guild_id=buyer.guild_id,
            channel_id=buyer.channel_id,
            role_ids=buyer.role_ids,
            count=count,
            price=price,
            caps=self.world.caps,
            zone=ZoneInfo(self.world.zone),
            provider=provider,
            now=self.now,
        )

    def end(self, job_id: int, closing: Closing) -> None:
        bought = self.world.bought[job_id]
        spent = self.decide(ledger.close, job_id, closing, now=self.now)
        bought.closing = closing
        assert spent == bought.used.spent

    @precondition(lambda self: self.world.open_jobs())
    @rule(data=st.data(), closing=st.sampled_from(Closing))
    def close(self, data: st.DataObject, closing: Closing) -> None:
        self.end(data.draw(st.sampled_from(self.world.open_jobs())), closing)

    @precondition(lambda self: len(self.world.open_jobs()) < len(self.world.bought))
    @rule(data=st.data(), closing=st.sampled_from(Closing))
    def close_again(self, data: st.DataObject, closing: Closing) -> None:
        """C5, C7, I3: a hold closes once, however many try."""
        closed = sorted(set(self.world.bought) - set(self.world.open_jobs()))
        try:
            self.decide(ledger.close, data.draw(st.sampled_from(closed)), closing, now=self.now)
        except sqlite3.IntegrityError:
            return
        raise AssertionError("a job was closed twice")

    @rule(buyer=buyers, closing=st.sampled_from(Closing), restart=st.booleans())
    def die_before_the_commit(self, buyer: Buyer, closing: Closing, restart: bool) -> None:
        """With `restart` nobody rolls back: what was not committed is gone with the process."""

        def do_much_and_die(tx: Tx) -> None:
            for job_id in self.world.open_jobs():
                ledger.close(tx, job_id, closing, now=self.now)
            with contextlib.suppress(LimitReached):
                self.put_in_line(tx, buyer, PROVIDER, 2, 10)
            raise SystemExit

        with contextlib.suppress(SystemExit):
            if not restart:
                self.decide(do_much_and_die)
            self.connection.execute("BEGIN IMMEDIATE")
            do_much_and_die(Tx(self.connection))
        self.connection.close()
        self.connection = self.connect()

    @rule(changes=st.lists(limits_as_set, min_size=1, max_size=3))
    def set_limits(
        self, changes: list[tuple[tuple[LimitSubject, RuleAuthor], Window, int, int | None]]
    ) -> None:
        for (subject, author), window, cap, beyond in changes:
            of_operator = author is RuleAuthor.OPERATOR
            about = Cap(subject.scope.value, subject.guild_id, subject.id, window, 0, of_operator)
            if beyond is not None and subject.scope is not Scope.ROLE:
                used = sum(self.world.used(PROVIDER, about, self.now))
                self.set_one(subject, author, window, max(0, used + beyond))
            else:
                self.set_one(subject, author, window, cap)

    def set_one(self, subject: LimitSubject, author: RuleAuthor, window: Window, cap: int) -> None:
        """C4, N18: also to what is used up, and to less."""
        new = Rule(
            subject=subject,
            window=window,
            cap=cap,
            author=author,
            set_by=9,
            set_at=self.now,
            reason="a season",
        )
        former = self.decide(rules.put, new)
        assert former == self.world.rules.get((subject, window, author))
        self.world.rules[subject, window, author] = new

    @precondition(lambda self: self.stuck)
    @rule(way=st.sampled_from(["set", "set", "boost", "remove"]), more=st.integers(-1, 400))
    def help_who_was_refused(self, way: str, more: int) -> None:
        """Somebody raises the very limit, and the member presses Run again."""
        assert self.stuck
        limit, buyer, provider, count, price = self.stuck
        subject, window, author = limit.rule.subject, limit.rule.window, limit.rule.author
        needed = limit.cap + price * count + more
        self.stuck = None
        if way == "remove" and (subject, window, author) in self.world.rules:
            self.remove_one(subject, window, author)
        elif way == "boost" and subject.guild_id:
            self.boost_one(subject, window, max(1, needed), self.now, self.now + DAY_SECONDS)
        elif subject.guild_id or subject.scope is Scope.BOT:
            of_operator = limit.rule.is_the_operators
            setter = RuleAuthor.OPERATOR if of_operator else RuleAuthor.MODERATOR
            self.set_one(subject, setter, window, max(0, needed))
        self.buy_one(buyer, provider, count, price, None)

    @precondition(lambda self: self.world.rules)
    @rule(data=st.data())
    def remove_a_limit(self, data: st.DataObject) -> None:
        """What was spent under it stays spent."""
        self.remove_one(*data.draw(st.sampled_from(sorted(self.world.rules, key=repr))))

    def remove_one(self, *about: Any) -> None:
        assert self.decide(rules.remove, *about) == self.world.rules.pop(about)

    @precondition(lambda self: self.world.rules)
    @rule(
        data=st.data(),
        amount=st.integers(1, 800),
        starts=st.sampled_from([0.0, 0.0, 1_800.0]),
        lasts=st.sampled_from([0.5, 3_600.0, 400 * DAY_SECONDS, 400 * DAY_SECONDS]),
    )
    def boost(self, data: st.DataObject, amount: int, starts: float, lasts: float) -> None:
        """Of the operator's limits, too: that gives nothing."""
        raised = [about[:2] for about in self.world.rules if about[0].guild_id]
        everyones = [(everyone(guild_id), Window.DAY) for guild_id in GUILDS]
        subject, window = data.draw(st.sampled_from(sorted(raised, key=repr) + everyones))
        self.boost_one(subject, window, amount, self.now + starts, self.now + starts + lasts)

    def boost_one(
        self, subject: LimitSubject, window: Window, amount: int, starts: float, ends: float
    ) -> None:
        new = Boost(
            id=0,
            subject=subject,
            window=window,
            amount=amount,
            starts=starts,
            ends=ends,
            set_by=9,
            reason="a contest",
        )
        boost_id = self.decide(rules.add_boost, new)
        self.world.boosts[boost_id] = replace(new, id=boost_id)

    @precondition(lambda self: self.world.boosts)
    @rule(data=st.data())
    def end_a_boost_early(self, data: st.DataObject) -> None:
        boost = self.world.boosts[data.draw(st.sampled_from(sorted(self.world.boosts)))]
        goes_on = boost if boost.ends > self.now else None

        ended = self.decide(
            rules.end_boost, boost.id, guild_id=boost.subject.guild_id, now=self.now
        )

        assert ended == goes_on
        if goes_on:
            self.world.boosts[boost.id] = replace(boost, ends=max(boost.starts, self.now))

    @rule(guild_id=st.sampled_from(GUILDS), zone=st.none() | st.sampled_from(ZONES))
    def change_the_zone_of_a_guild(self, guild_id: int, zone: str | None) -> None:
        """C16: it opens no new budget."""
        self.decide(guilds.set_time_zone, guild_id, zone)
        self.world.zones.pop(guild_id, None)
        if zone:
            self.world.zones[guild_id] = zone

    @rule(
        member_day=amounts,
        guild_month=amounts,
        bot_month=st.integers(0, 4_000),
        zone=st.sampled_from(ZONES),
    )
    def change_the_settings(
        self, member_day: int, guild_month: int, bot_month: int, zone: str
    ) -> None:
        """Of the bot, by its operator, with a restart."""
        self.world.caps = DefaultLimits(
            member_day=member_day, guild_month=guild_month, bot_month=bot_month
        )
        self.world.zone = zone

    @rule(seconds=st.sampled_from([0.5, 1_800.0, 3_600.0, DAY_SECONDS, -3_600.0, -DAY_SECONDS]))
    def time_passes(self, seconds: float) -> None:
        """S16: a clock may jump back, too."""
        self.now += seconds

    @rule(edge=st.sampled_from(EDGES), by=st.sampled_from([-0.5, 0.0, 1_799.5]))
    def the_clock_is_set(self, edge: float, by: float) -> None:
        self.now = edge + by

    @rule(
        window=st.sampled_from([window for window in Window if window is not Window.EVER]),
        zone=st.sampled_from(ZONES),
        by=st.sampled_from([-0.5, 0.0]),
    )
    def a_window_ends(self, window: Window, zone: str, by: float) -> None:
        """C8, S17."""
        self.now = span(window, now=self.now, zone=ZoneInfo(zone)).end + by

    @invariant()
    def counters_are_the_sum_of_the_ledger(self) -> None:
        """Design 5.2, I12; R53: and the cap of the last hold is never passed."""
        for row in self.connection.execute("SELECT * FROM counter"):
            used = self.world.counted(row)
            assert (row["spent"], row["held"]) == used
            assert row["cap"] is None or sum(used) <= row["cap"]

    @invariant()
    def a_job_holds_its_price_until_it_ends_and_nothing_after(self) -> None:
        """Design 5.1, I4."""
        rows = self.connection.execute(
            """
            SELECT job.id, SUM(spent), SUM(held)
            FROM job LEFT JOIN ledger_entry ON job_id = job.id GROUP BY job.id
            """
        )
        assert {job_id: (spent, held) for job_id, spent, held in rows} == {
            job_id: one.used for job_id, one in self.world.bought.items()
        }

    @invariant()
    def somebody_is_told_what_is_so(self) -> None:
        """One buyer after the other, each of them a random one."""
        self.turn += 7
        self.check(PROVIDER, BUYERS[self.turn % len(BUYERS)])


TestMoney = Money.TestCase
TestMoney.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
