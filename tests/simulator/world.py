"""The world around the bot: books, provider, Discord, members, crashes; and what must stay true."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.domain.errors import Failure, StoreFailed
from bot.domain.jobs.states import FINAL, CostState, JobState
from bot.domain.limits.rules import DefaultLimits
from bot.services.billing.audit import audit, contradictions
from bot.store.billing import pauses
from bot.store.delivery.outbox import RouteKind
from bot.store.interactions.pending import PendingInteraction
from bot.store.jobs import jobs
from bot.store.sqlite import SqliteTransaction
from tests.simulator.bot import Bot
from tests.simulator.clockwork import Clockwork, Killed
from tests.simulator.provider import Faults, Provider
from tests.support.books import NOW, PROVIDER, add_draft, add_reply, interaction, memory_connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.store.database import Transaction
    from bot.store.delivery.outbox import Owed


PRICE = 10
NONCE_SECONDS = 180.0
"""How long Discord knows an enforced nonce: "in the past few minutes".
Source: https://docs.discord.com/developers/resources/message#create-message"""
CALM_AFTER = 1_500.0
"""When the faults stop, in seconds."""
_BOUGHT_ALL_THE_SAME = """
    SELECT 1 FROM pause
    JOIN edit ON edit.model = pause.model AND edit.provider = pause.provider
    JOIN job ON job.edit_id = edit.id AND job.intended_at > pause.since
    WHERE pause.lifted_at IS NULL
"""
QUIET_AFTER = CALM_AFTER + 3_000.0
"""When everything must have ended (I6): the longest deadline, the longest pause, and more."""


class Books:
    """One database in memory: it survives the bot, as a disk does."""

    def __init__(self, check: Callable[[SqliteTransaction], None]) -> None:
        self.connection = memory_connection()
        self.commits = 0
        self._changes = self.connection.total_changes
        self._check = check

    def transact(self, decide: Any, *args: Any, die: bool = False, **kwargs: Any) -> Any:
        """One decision; afterwards everything that must hold is looked at."""
        tx = SqliteTransaction(self.connection)
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            answer = decide(tx, *args, **kwargs)
            if die:
                raise Killed
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")
        if self.connection.total_changes != self._changes:
            self._changes = self.connection.total_changes
            self.commits += 1
            self._check(tx)
        return answer


@dataclass(eq=False, slots=True)
class Discord:
    """What members see. An edited reply stays one message; a posted one has a nonce."""

    dice: random.Random
    world: World
    shown: dict[tuple[int, RouteKind], int] = field(default_factory=dict)
    messages: int = 0
    visible: dict[int, int] = field(default_factory=dict)
    posted_at: dict[tuple[int, RouteKind], float] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)
    closed: set[tuple[int, RouteKind]] = field(default_factory=set)

    def is_closed(self, owed_id: int, way: RouteKind) -> bool:
        """Whether this way never works for this card: a deleted message, a closed channel."""
        key = (owed_id, way)
        if way is RouteKind.OWNER:  # who runs the bot must be told, and opens their messages again
            return self.world.may_fail() and self.dice.random() < 0.05
        # A channel that closes with the card in it takes it away: it would not be seen twice.
        seen = key in self.shown or (owed_id, RouteKind.REPLY) in self.shown
        if self.world.may_fail() and not seen and self.dice.random() < 0.05:
            self.closed.add(key)
        return key in self.closed

    def is_unwell(self) -> bool:
        """Whether it answers 5xx now."""
        return self.world.may_fail() and self.dice.random() < 0.1

    def show(self, owed: Owed, way: RouteKind, *, doubtful: bool) -> int:
        """Show a card; the id of its message. A nonce is enforced for a few minutes."""
        key, now = (owed.id, way), self.world.clock.now
        before = self.shown.get(key)
        if doubtful and before is None:
            # In doubt, the channel is searched, where an edited reply stands too.
            before = self.shown.get((owed.id, RouteKind.REPLY))
        fresh = now < self.posted_at.get(key, 0.0) + NONCE_SECONDS
        if before is not None and (way is RouteKind.REPLY or doubtful or fresh):
            return before
        self.messages += 1
        self.shown[key] = self.messages
        self.visible[owed.id] = self.visible.get(owed.id, 0) + 1
        self.posted_at[key] = now
        return self.messages


class World:
    """One random life of a bot, its members and its provider; the same seed lives it again.

    A grim life is one of lost answers, slow wires and machines that fall asleep.
    """

    def __init__(self, seed: int, *, grim: bool = False) -> None:
        dice = self.dice = random.Random(seed)
        self.clock = Clockwork(dice, now=NOW)
        self.start_timeout = dice.choice([60.0, 300.0])
        self.hands = dice.choice([1, 2, 4])
        self.machines = dice.choice([1, 1, 2])
        self.crash = dice.choice([0.0, 0.005, 0.02, 0.05])
        self.freeze = dice.choice([0.0, 0.0, 0.01, 0.03])
        self.shutdown = dice.choice([0.0, 0.0, 0.01])
        self.full = (dice.uniform(0, 300), dice.uniform(0, 400)) if dice.random() < 0.2 else None
        self.price = PRICE
        self.max_waiting = dice.choice([4, 100])
        self.caps = DefaultLimits(
            member_day=dice.choice([40, 10_000]),
            guild_month=dice.choice([90, 10_000]),
            bot_month=dice.choice([120, 10_000]),
        )
        self.outside = self.clock.machine("everybody else")
        self.provider = Provider(self.clock, dice, self._faults(), self.start_timeout, self.outside)
        self.favourites: list[int | None] = [None, None, 7]
        if grim:
            self.freeze, self.machines, self.favourites = 0.1, 2, [7]
            self.provider.faults = Faults(lost=0.8, slow=0.8, bad_ending=0.1)
        self.discord = Discord(dice, self)
        self.created: dict[int, float] = {}
        self.acknowledged: set[int] = set()
        self.final: dict[int, tuple[object, ...]] = {}
        self.seeds = 0
        self.generations = 0
        self.stops = 0
        self.shutdowns = 0
        self.members = 0
        self.over = False
        self.bots: list[Bot] = []
        self.books = Books(self.check)

    def _faults(self) -> Faults:
        dice = self.dice

        def some(most: float) -> float:
            return dice.choice([0.0, 0.0, most / 3, most])

        lock = NOW + dice.uniform(0, 500)
        return Faults(
            never_sent=some(0.5),
            lost=some(0.6),
            refused=some(0.3),
            gateway=some(0.3),
            busy=some(0.4),
            slow=some(0.5),
            bad_ending=some(0.5),
            unreachable=some(0.2),
            locked=(lock, lock + dice.choice([0.0, 0.0, 300.0])),
        )

    def may_fail(self) -> bool:
        """Whether faults still happen."""
        return self.clock.now < NOW + CALM_AFTER

    def disk_is_full(self) -> bool:
        """Whether nothing can be written now."""
        if self.full is None:
            return False
        begin, length = self.full
        return begin <= self.clock.now - NOW < begin + length

    def fresh_seed(self) -> int:
        """A seed nobody else has, as good as a random one of 31 bits."""
        self.seeds += 1
        return 1_000_000 + self.seeds

    def reply(self, reply_id: int, member_id: int) -> PendingInteraction:
        """The interaction as Discord sent it."""
        self.created.setdefault(reply_id, self.clock.now)
        return interaction(reply_id, member_id=member_id, now=self.created[reply_id])

    # ---- what happens ------------------------------------------------------------------------

    def live(self) -> None:
        """The whole life, until all is quiet; then the last questions are asked."""
        for number in range(self.machines):
            self._boot(number)
            self.outside.spawn(self._operator, number)
        self.members = self.dice.randint(1, 6)
        for number in range(self.members):
            self.outside.spawn(self._member, number, after=self.dice.uniform(0, 400))
        self.outside.spawn(self._calm, after=CALM_AFTER)
        self.outside.spawn(self._owner)
        while self.clock.now < NOW + QUIET_AFTER and not self._is_quiet():
            self.clock.run(until=self.clock.now + 60)
        self.over = True
        for bot in self.bots:
            bot.machine.bury()
        # What is still on the wire arrives, and what the provider took up comes to its end.
        self.clock.run(until=NOW + QUIET_AFTER + 1_000)
        self.check_the_end()

    def end(self) -> None:
        """Let go of everything, however the life went."""
        for machine in (*(bot.machine for bot in self.bots), self.outside):
            machine.bury()
        self.books.connection.close()

    def _is_quiet(self) -> bool:
        """Whether everything has ended; only then may the world end early."""
        if self.members:
            return False
        for bot in self.bots:
            if not bot.machine.alive or bot.machine.frozen_until > self.clock.now - 10:
                return False
        row = self.books.connection.execute(
            """
            SELECT (SELECT count(*) FROM job WHERE ended_at IS NULL)
                 + (SELECT count(*) FROM outbox WHERE state = 'due')
            """
        ).fetchone()
        return not row[0]

    def _boot(self, number: int) -> None:
        self.generations += 1
        bot = Bot(self, self.clock.machine(f"machine-{number}"))
        self.bots[number : number + 1] = [bot]
        with contextlib.suppress(Killed):
            bot.start()

    async def _operator(self, number: int) -> None:
        """Starts again what died; a supervisor does the same."""
        while not self.over:
            await asyncio.sleep(self.dice.uniform(0.5, 5))
            bot = self.bots[number]
            machine = bot.machine
            if not machine.alive and not self.over:
                if self.may_fail():
                    await asyncio.sleep(self.dice.choice([1.0, 20.0, 400.0]))
                if not self.disk_is_full():
                    self._boot(number)
            elif self.may_fail() and self.dice.random() < self.shutdown:
                self.shutdowns += 1
                machine.spawn(bot.stop)
            elif self.may_fail() and self.dice.random() < self.freeze:
                # It wakes once: whatever sleeps in it sleeps until then.
                await asyncio.sleep(max(0.0, machine.frozen_until - self.clock.now))
                machine.frozen_until = self.clock.now + self.dice.choice([5.0, 70.0, 900.0])

    async def _owner(self) -> None:
        """Looks now and then whether purchases were stopped, and lets them go on."""
        while not self.over:
            await asyncio.sleep(self.dice.choice([5.0, 60.0, 300.0]))
            lifted = self.books.transact(
                pauses.lift, provider=PROVIDER, by="owner", now=self.clock.now
            )
            self.stops += len(lifted)

    async def _calm(self) -> None:
        self.provider.faults = Faults()

    async def _member(self, number: int) -> None:
        """Asks for an edit, presses Run (sometimes twice), perhaps cancels."""
        dice = self.dice
        member_id = dice.choice([1, 1, 2])
        draft = 1_000 + number
        self.created[draft] = self.clock.now
        edit_id = self.books.transact(self._draft, draft, member_id)
        for press in range(dice.choice([1, 1, 2, 3])):
            reply_id = 10_000 + 10 * number + press
            bot = dice.choice(self.bots)
            presser = member_id if dice.random() < 0.9 else 99
            if bot.machine.alive:
                for _ in range(dice.choice([1, 1, 2])):
                    # Discord may send the same interaction twice, when a connection resumes.
                    bot.machine.spawn(
                        bot.press_run, edit_id, presser, reply_id, after=dice.uniform(0, 2)
                    )
            await asyncio.sleep(dice.choice([0.0, 0.1, 5.0]))
        while dice.random() < 0.3:
            await asyncio.sleep(dice.choice([0.0, 1.0, 20.0, 200.0]))
            bot = dice.choice(self.bots)
            if bot.machine.alive:
                bot.machine.spawn(bot.press_cancel, edit_id, member_id)
        await asyncio.sleep(60.0)
        self.members -= 1

    def _draft(self, tx: Transaction, reply_id: int, member_id: int) -> int:
        add_reply(tx, reply_id, member_id=member_id, now=self.clock.now)
        tx.execute("UPDATE reply SET state = 'answered' WHERE id = :id", id=reply_id)
        return add_draft(
            tx,
            member_id=member_id,
            guild_id=5,
            reply_id=reply_id,
            count=self.dice.choice([1, 1, 2, 4]),
            price=PRICE,
            seed=self.dice.choice(self.favourites),
            now=self.clock.now,
        )

    # ---- what must be true -------------------------------------------------------------------

    def check(self, tx: SqliteTransaction) -> None:
        """After every commit: the books agree, nobody is over a limit, nothing ended changes."""
        found = contradictions(tx)
        assert not found, found
        for row in tx.fetch_all("SELECT scope, held, spent FROM counter"):
            cap = {
                "member": self.caps.member_day,
                "guild": self.caps.guild_month,
                "bot": self.caps.bot_month,
            }[row["scope"]]
            assert row["held"] + row["spent"] <= cap, f"I2: {row['scope']}"
        for row in tx.fetch_all("SELECT * FROM job WHERE ended_at IS NOT NULL"):
            known = self.final.setdefault(row["id"], tuple(row))
            assert known == tuple(row), f"I9: job {row['id']} changed after its end"
        assert not tx.fetch_all(_BOUGHT_ALL_THE_SAME), "R14: bought while purchases were stopped"
        self.check_the_bill()

    def check_the_bill(self) -> None:
        """I5: each job is at the provider at most once, whatever went wrong."""
        accepted = [paid.for_job for paid in self.provider.paid]
        twice = {job for job in accepted if accepted.count(job) > 1}
        assert not twice, f"I5: jobs {twice} were bought twice"

    def check_the_end(self) -> None:
        """When all is quiet: everything ended, every card is there, every cent is explained."""
        tx = SqliteTransaction(self.books.connection)
        assert not audit(tx)
        for row in tx.fetch_all("SELECT id, state FROM job"):
            assert JobState(row["state"]) in FINAL, f"I6: job {row['id']} is {row['state']}"
        for row in tx.fetch_all("SELECT * FROM outbox"):
            assert row["state"] != "due", f"I7: message {row['id']} is still due"
        if self.machines == 1:
            # With two, one may fall asleep between its last look at the books and its post.
            twice = [card for card, number in self.discord.visible.items() if number > 1]
            assert not twice, f"I7: messages {twice} are seen twice"
        self._check_the_owners_cost(tx)
        if self.machines == 1:
            self._check_nobody_waits_for_ever(tx)

    def _check_the_owners_cost(self, tx: Transaction) -> None:
        """Design 5.5: whatever is on the bill is in the books."""
        for paid in self.provider.paid:
            job = jobs.get(tx, paid.for_job)
            assert job
            if job.failure is Failure.NEVER_STARTED:
                assert not paid.starts, f"L9: job {job.id} was given up, and started later"
            if paid.billed_by(self.clock.now):
                assert job.cost_state is not CostState.NONE, f"job {job.id} cost the owner money"
                assert job.cost > 0
            if job.state is JobState.DONE:
                assert job.submission
                assert job.submission.request_id == paid.request_id

    def _check_nobody_waits_for_ever(self, tx: Transaction) -> None:
        """I7 for interactions: each has an answer, a refusal or an apology."""
        for row in tx.fetch_all("SELECT id FROM reply WHERE state = 'open'"):
            assert row["id"] in self.discord.refused, f"reply {row['id']} waits for ever"


class _Breakdowns(logging.Handler):
    """Notes what broke a background loop: the bot continues after it, a simulated life must not."""

    def __init__(self, world: World) -> None:
        super().__init__(logging.ERROR)
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and not isinstance(error, StoreFailed):
            self._world.clock.findings.append(error)


@contextlib.contextmanager
def _listening(world: World) -> Iterator[None]:
    """Keep the bot's log to ourselves: lives are full of blocked accounts and full disks."""
    bot, loops = logging.getLogger("bot"), logging.getLogger("bot.services.background")
    handler = _Breakdowns(world)
    before = bot.level, loops.level, loops.propagate
    bot.setLevel(logging.CRITICAL)
    loops.setLevel(logging.ERROR)
    loops.propagate = False
    loops.addHandler(handler)
    try:
        yield
    finally:
        loops.removeHandler(handler)
        bot.setLevel(before[0])
        loops.setLevel(before[1])
        loops.propagate = before[2]


def run(seed: int, *, grim: bool = False) -> World:
    """Live one life.

    Raises:
        AssertionError: something that must be true was not.
    """
    world = World(seed, grim=grim)
    with _listening(world):
        try:
            world.live()
        finally:
            world.end()
    return world
