"""The bot in virtual time: the real decisions and the real SQL; only the sockets are played.

Each method mirrors one of `bot.services`: `_live` and `_record` are `Worker`'s, `_perform` is
`Attempt`'s, `courier` is `Courier`'s. What decides is not mirrored but called.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from bot.domain.catalog import IDEOGRAM_V2_EDIT
from bot.domain.errors import (
    AnswerLost,
    Broken,
    Failure,
    LeaseLost,
    NeverSent,
    ProviderBlocked,
    ProviderBusy,
    Refused,
    StoreFailed,
    UserError,
)
from bot.domain.jobs import Spoiled
from bot.domain.lifecycle import (
    Accepted,
    AnswerWasLost,
    Claimed,
    Effect,
    Failed,
    Held,
    NotSent,
    Overdue,
    PictureArrived,
    Ready,
    Stumbled,
    Unsearchable,
    WasCancelled,
    may_be_sent,
)
from bot.domain.limits.rules import Buyer
from bot.services.access import CLOSED_PAUSES_SECONDS
from bot.services.attempt import SEARCH_MARGIN_SECONDS, Attempt, seed_of
from bot.services.billing.terms import PricingTerms
from bot.services.edits import Edits
from bot.services.limits.guard import SpendGuard
from bot.services.recovery import recover
from bot.services.setbacks import setback
from bot.services.tools import Tools
from bot.services.worker import RECORD_PAUSES_SECONDS, Worker
from bot.store import deliveries, replies
from bot.store.deliveries import Way
from bot.store.edits.pictures import PictureFolder
from bot.store.jobs import jobs, unknown
from tests.simulator.clockwork import Killed, Life, Machine
from tests.simulator.provider import FINISH_TIMEOUT, Ending
from tests.store.books import ARRIVAL, PICTURE, PROVIDER, UTC

if TYPE_CHECKING:
    from bot.domain.edits import Edit
    from bot.domain.jobs import Job, Submission
    from bot.domain.lifecycle import Event, Step
    from bot.store.deliveries import Delivery
    from tests.simulator.world import World

T = TypeVar("T")

GRACE = 30.0
SPOILED = Spoiled(result=PICTURE, raw_inside=1.0, raw_outside=50.0)
TOKEN_SECONDS = 15 * 60 - 5


class Bot:
    """One process on one machine."""

    def __init__(self, world: World, machine: Machine) -> None:
        self.world = world
        self.machine = machine
        self.generation = world.generations
        self.dice = world.dice
        self.clock = world.clock
        tools = Tools(
            database=None,  # type: ignore[arg-type]
            folder=None,  # type: ignore[arg-type]
            gate=None,  # type: ignore[arg-type]
            provider=None,  # type: ignore[arg-type]
            start_timeout=world.start_timeout,
            finish_timeout=FINISH_TIMEOUT,
            clock=self.now,
            monotonic=self.now,
        )
        self.tools = tools
        self.worker = Worker(
            tools, provider_name=PROVIDER, concurrency=world.hands, settled=lambda: None
        )
        self.in_hand: dict[str, Attempt] = {}  # by lease
        self.claims = 0
        terms = PricingTerms(
            provider=PROVIDER,
            model=IDEOGRAM_V2_EDIT,
            price=world.price,
            unit_cost=world.price * 1000,
            caps=world.caps,
            zone=UTC,
            max_waiting=world.max_waiting,
        )
        self.edits = Edits(
            None,  # type: ignore[arg-type]
            PictureFolder(Path("nowhere")),
            None,  # type: ignore[arg-type]
            terms,
            SpendGuard(terms, clock=self.now),
            clock=self.now,
            wake=lambda: None,
            ask_to_stop=lambda _: None,
            settled=lambda: None,
        )

    def now(self) -> float:
        return self.clock.now

    def start(self) -> None:
        """Take over what the dead left, then work."""
        if self.world.machines == 1:
            self.transact(recover, provider=PROVIDER, now=self.now())
        for _ in range(self.world.hands):
            self.clock.spawn(self.hand(), machine=self.machine)
        self.clock.spawn(self.heartbeat(), machine=self.machine)
        self.clock.spawn(self.courier(), machine=self.machine)

    def point(self) -> None:
        """A place where the process may die.

        Raises:
            Killed: it did.
        """
        if self.world.may_fail() and self.dice.random() < self.world.crash:
            raise Killed

    def transact(self, decide: Any, *args: Any, **kwargs: Any) -> Any:
        """One decision in one transaction, which may die before and after its commit."""
        if self.world.disk_is_full():
            raise StoreFailed("SQLITE_FULL")
        dies = self.world.may_fail() and self.dice.random() < self.world.crash
        before = dies and self.dice.random() < 0.5
        answer = self.world.books.transact(decide, *args, die=before, **kwargs)
        if dies:
            raise Killed
        return answer

    # ---- Worker ------------------------------------------------------------------------------

    def heartbeat(self) -> Life[None]:
        while True:
            yield jobs.LEASE_SECONDS / 3
            try:
                self.transact(jobs.renew_leases, tuple(self.in_hand), now=self.now())
            except StoreFailed:
                continue

    def hand(self) -> Life[None]:
        while True:
            self.claims += 1
            lease = f"{self.machine.name}-{self.generation}-{self.claims}"
            try:
                claimed = self.transact(self.worker._claim, lease, held=tuple(self.in_hand))
            except StoreFailed:
                yield RECORD_PAUSES_SECONDS[-1]
                continue
            if claimed is None:
                yield self.dice.uniform(1.0, 5.0)
                continue
            job, edit = claimed
            attempt = self.worker.attempt(job, edit)
            self.in_hand[lease] = attempt
            try:
                yield from self._live(job, edit, attempt, lease)
            except LeaseLost:
                pass
            except StoreFailed:
                yield RECORD_PAUSES_SECONDS[-1]
            del self.in_hand[lease]

    def _live(self, job: Job, edit: Edit, attempt: Attempt, lease: str) -> Life[None]:
        event: Event = Claimed()
        while True:
            taken = yield from self._record(job.id, event, lease)
            job = taken.job
            self.worker._note(job)
            if taken.effect is Effect.LEAVE:
                return
            try:
                event = yield from self._perform(taken.effect, job, edit, attempt)
            except ProviderBlocked as closed:
                event = Held(self.worker.access.refused(closed))
            self.point()
            match event:
                case Accepted():
                    self.worker.access.accepted()
                case NotSent(retry_after=float(pause)):
                    self.worker.access.asked_to_wait(pause)

    def _record(self, job_id: int, event: Event, lease: str) -> Life[Step]:
        for pause in (*RECORD_PAUSES_SECONDS, None):
            try:
                taken: Step = self.transact(self.worker._advance, job_id, event, lease)
            except StoreFailed:
                if pause is None or isinstance(event, Claimed):
                    raise
                yield pause
            else:
                return taken
        raise AssertionError("the loop returns or raises")

    # ---- Attempt -----------------------------------------------------------------------------

    def _perform(self, effect: Effect, job: Job, edit: Edit, attempt: Attempt) -> Life[Event]:
        self.point()
        match effect:
            case Effect.PREPARE:
                return (yield from self._prepare(job, edit))
            case Effect.SUBMIT:
                return (yield from self._submit(job))
            case Effect.SEARCH:
                return (yield from self._search(job, attempt))
            case Effect.FOLLOW:
                return (yield from self._follow(job, attempt))
            case _:
                raise AssertionError(effect)

    def _prepare(self, job: Job, edit: Edit) -> Life[Event]:
        yield self.dice.uniform(0.05, 3.0)
        if self.world.provider.is_locked():
            raise ProviderBlocked(reason="User is locked")
        try:
            self.world.provider.ask()
        except NeverSent:
            return NotSent()
        except ProviderBusy as busy:
            return NotSent(busy.retry_after)
        if self.world.may_fail() and self.dice.random() < 0.01:
            return Failed(Failure.INPUT)
        seed = seed_of(edit, job) if edit.seed is not None else self.world.fresh_seed()
        return Ready(seed=seed, start_by=self.now() + self.world.start_timeout)

    def _submit(self, job: Job) -> Life[Event]:
        assert job.seed is not None
        # Encoding the body takes a moment, and a busy or frozen machine any time.
        yield self.dice.choice([0.0, 0.0, 0.5, 20.0])
        self.point()
        if not may_be_sent(job, now=self.now()):
            return NotSent(retry_after=0.0)
        post = self.world.provider.post(job.seed, for_job=job.id, sender=self.machine)
        self.point()
        yield post.answered_at - self.now()
        self.point()
        match post.answer:
            case NeverSent():
                return NotSent()
            case ProviderBusy(retry_after=retry_after):
                return NotSent(retry_after)
            case AnswerLost():
                return AnswerWasLost()
            case (Refused() | Broken()) as error:
                return Failed(error.failure, possibly_billed=error.possibly_billed)
            case Exception() as error:
                raise error
            case submission:
                return Accepted(submission)

    def _search(self, job: Job, attempt: Attempt) -> Life[Event]:
        assert job.seed is not None
        assert job.intended_at is not None
        question = attempt._searches.ask(job)
        try:
            self.world.provider.ask()
        except NeverSent:
            return Unsearchable()
        except ProviderBusy as busy:
            return Unsearchable(busy.retry_after)
        yield self.dice.uniform(0.05, 2.0)
        found = self.world.provider.find(job.seed, since=job.intended_at - SEARCH_MARGIN_SECONDS)
        yield self.dice.choice([0.1, 0.1, 30.0])
        found = self.transact(attempt._unclaimed, found)
        if not found:
            return attempt._searches.in_vain(question, finish_timeout=FINISH_TIMEOUT)
        if self.transact(unknown.has_younger_twin, job):
            return Unsearchable()
        return Accepted(found[0])

    def _follow(self, job: Job, attempt: Attempt) -> Life[Event]:
        assert job.submission
        try:
            early = yield from self._wait(job, job.submission, attempt)
            if early:
                return early
            return (yield from self._collect(job.submission))
        except Exception as error:  # noqa: BLE001 - as in the original
            return setback(job, error)

    def _wait(self, job: Job, submission: Submission, attempt: Attempt) -> Life[Event | None]:
        provider = self.world.provider
        began = job.submitted_at or self.now()
        deadline = began + self.world.start_timeout + FINISH_TIMEOUT
        paid = provider.known(submission)
        asked = job.cancel_asked
        patience = max(deadline, self.now() + GRACE)
        while not paid.is_over(self.now()) and self.now() < patience and not asked:
            yield min(5.0, max(0.1, patience - self.now()))
            asked = attempt.stop_wanted.is_set()
        self.point()
        if paid.is_over(self.now()):
            return None
        provider.ask()
        answer = provider.cancel(submission)
        self.point()
        if answer == "removed":
            return WasCancelled() if asked else Failed(Failure.TIMEOUT)
        if answer == "too late":
            return None
        patience = max(deadline, self.now() + GRACE)
        while not paid.is_over(self.now()) and self.now() < patience:
            yield 5.0
        return None if paid.is_over(self.now()) else Overdue()

    def _collect(self, submission: Submission) -> Life[Event]:
        yield self.dice.uniform(0.05, 1.0)
        self.world.provider.ask()
        self.world.provider.result(submission)
        self.point()
        if self.world.disk_is_full():
            raise StoreFailed("pictures: no space left on device")
        if self.world.may_fail() and self.dice.random() < 0.02:
            return Stumbled()
        yield self.dice.uniform(0.05, 3.0)
        self.point()
        if self.world.provider.known(submission).ending is Ending.SWAPPED:
            return Failed(Failure.SWAPPED, possibly_billed=True, spoiled=SPOILED)
        return PictureArrived(ARRIVAL)

    # ---- Edits and Inbox ---------------------------------------------------------------------

    def press_run(self, edit_id: int, member_id: int, reply_id: int) -> Life[None]:
        """A member presses Run: acknowledged, written down, accepted or refused."""
        self.point()
        yield self.dice.uniform(0, 0.2)
        reply = self.world.reply(reply_id, member_id)
        try:
            if not self.transact(replies.open_reply, reply):
                return
            self.world.acknowledged.add(reply_id)
            yield self.dice.uniform(0, 0.2)
            try:
                buyer = Buyer(member_id=member_id, guild_id=5)
                self.transact(self.edits._accept, edit_id, buyer, reply_id)
            except UserError:
                self.world.discord.refused.add(reply_id)
                self.transact(replies.answered, reply_id)
        except StoreFailed:
            # The member is told in private that nothing was bought.
            self.world.discord.refused.add(reply_id)

    def press_cancel(self, edit_id: int, member_id: int) -> Life[None]:
        yield self.dice.uniform(0, 0.2)
        try:
            asked = self.transact(self.edits._cancel, edit_id, member_id)
        except (UserError, StoreFailed):
            return
        for job_id in asked:
            for attempt in self.in_hand.values():
                if attempt.job_id == job_id:
                    attempt.stop_wanted.set()

    # ---- Courier -----------------------------------------------------------------------------

    def courier(self) -> Life[None]:
        while True:
            try:
                delivery = self.transact(deliveries.claim, now=self.now())
                if delivery is not None:
                    yield from self._bring(delivery)
                    continue
            except LeaseLost:
                continue
            except StoreFailed:
                yield 1.0
            yield self.dice.uniform(1.0, 5.0)

    def _bring(self, delivery: Delivery) -> Life[None]:
        created = self.world.created.get(delivery.reply_id or 0, 0.0)
        ways = [Way.REPLY] if self.now() < created + TOKEN_SECONDS else []
        if delivery.edit_id is not None:
            ways += [Way.CHANNEL, Way.DIRECT]
        if delivery.way in ways:
            ways = ways[ways.index(delivery.way) :]
        for way in ways:
            self.transact(deliveries.begin, delivery, way)
            self.point()
            yield self.dice.uniform(0.05, 2.0)
            if self.world.discord.is_closed(delivery.id, way):
                continue
            if self.world.discord.is_unwell():
                later = self.now() + self.dice.uniform(1, 60)
                self.transact(deliveries.put_off, delivery.id, until=later)
                return
            doubtful = delivery.way is way or delivery.way is Way.REPLY
            message_id = self.world.discord.show(delivery, way, doubtful=doubtful)
            self.point()
            self.transact(deliveries.delivered, delivery.id, message_id=message_id, now=self.now())
            return
        self.transact(deliveries.keep, delivery.id, reason="no way was open", now=self.now())


assert CLOSED_PAUSES_SECONDS[-1] < 1_000, "the world below waits long enough for a closed line"
