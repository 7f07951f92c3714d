"""Edits from the member's side: prepare, quote, run, cancel, and look at the outcome."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypedDict

from bot.domain import prompts
from bot.domain.edits import Edit, EditState, Outcome, Quote, Receipt, check_options
from bot.domain.errors import (
    AlreadyRunning,
    LimitReached,
    NotFound,
    NotPermitted,
    TooLate,
    TooManyWaiting,
)
from bot.domain.jobs import JobState
from bot.domain.lifecycle import cancel
from bot.failpoints import reach
from bot.services.drafts import drafted
from bot.store import edits, jobs, ledger, pictures, replies

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from zoneinfo import ZoneInfo

    from bot.domain.catalog import Model
    from bot.domain.edits import Draft
    from bot.domain.jobs import Job
    from bot.domain.limits import Caps, Limit, Standing
    from bot.domain.pictures import Prepared
    from bot.imaging.pool import Pictures
    from bot.store.database import Database, Transaction
    from bot.store.pictures import PictureFolder, Stored


PREPARATIONS_PER_MEMBER: Final = 2
"""How many of a member's pictures are prepared at once: there are only a few processes for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms edits are bought. `price` is micro-USD for one picture, `unit_cost` nano-USD.

    `provider` keeps the books of real and play money apart.
    """

    provider: str
    model: Model
    price: int
    unit_cost: int
    caps: Caps
    zone: ZoneInfo
    max_waiting: int


class Cancellation(StrEnum):
    """What came of a wish to cancel."""

    TAKEN_BACK = "taken back"  # nothing was bought; the hold is released
    ASKED = "asked"  # submitted already: the provider is asked, and may still deliver


@dataclass(frozen=True, slots=True, kw_only=True)
class InLine:
    """One of a member's edits that has not ended. `ahead` counts jobs in front of it."""

    edit: Edit
    states: tuple[JobState, ...]
    ahead: int


@dataclass(slots=True)
class _Line:
    """One member's preparations: how many there are, and room for those at work."""

    length: int = 0
    places: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(PREPARATIONS_PER_MEMBER)
    )


class _Place(TypedDict):
    limits: Sequence[Limit]
    provider: str
    member_id: int
    guild_id: int | None
    zone: ZoneInfo
    now: float


class Edits:
    """The use cases around one edit.

    `wake` is called when there is new work in line or an edit was cancelled, `ask_to_stop` with the
    job the provider should be asked to stop, `settled` when a job has ended here.
    """

    def __init__(
        self,
        database: Database,
        folder: PictureFolder,
        gate: Pictures,
        terms: Terms,
        *,
        clock: Callable[[], float],
        wake: Callable[[], None],
        ask_to_stop: Callable[[int], None],
        settled: Callable[[], None],
    ) -> None:
        self._database = database
        self._folder = folder
        self._gate = gate
        self.terms = terms
        self._clock = clock
        self._wake = wake
        self._ask_to_stop = ask_to_stop
        self._settled = settled
        self._preparing: dict[int, _Line] = {}  # by member

    async def require_room(self, *, member_id: int, guild_id: int | None, count: int) -> None:
        """Refuse early, before anything is downloaded, what the limits would refuse anyway.

        Raises:
            LimitReached: there is no room for `count` pictures.
        """
        await self._database.transact(self._require_room, member_id, guild_id, count)

    async def prepare(self, draft: Draft) -> Quote:
        """Check everything the member gave, and record it as a quoted draft. Moves no money.

        The same origin gives the same draft again.

        Raises:
            UserError: something is wrong with the picture, the mask, the area or an option.
            StoreFailed: it cannot be recorded.
        """
        check_options(draft)
        prompt = prompts.clean(draft.prompt, limit=self.terms.model.max_prompt)
        reach("prepare.before")
        async with self._turn_of(draft.member_id):
            prepared, stored = await self._prepared(draft)
        return await self._database.transact(self._quote, draft, prompt, prepared, stored)

    @asynccontextmanager
    async def _turn_of(self, member_id: int) -> AsyncIterator[None]:
        """A member's own line: whoever asks for fifty edits waits behind themselves."""
        line = self._preparing.setdefault(member_id, _Line())
        line.length += 1
        try:
            async with line.places:
                yield
        finally:
            line.length -= 1
            if not line.length:
                del self._preparing[member_id]

    async def _prepared(self, draft: Draft) -> tuple[Prepared, list[Stored]]:
        with self._folder.desk() as desk:
            prepared = await self._gate.prepare(
                draft.source, draft.mask, draft.area, model=self.terms.model, out=desk
            )
            stored = [
                await self._folder.adopt(file)
                for file in (
                    prepared.source,
                    prepared.mask,
                    prepared.sent_picture,
                    prepared.sent_mask,
                )
            ]
        return prepared, stored

    async def run(self, edit_id: int, *, member_id: int, reply_id: int | None = None) -> Edit:
        """Hold the price of every picture and put the jobs in line, or do neither.

        Raises:
            NotFound: there is no such edit, the member decided against it, or it was quoted by
                another provider.
            NotPermitted: it is somebody else's.
            AlreadyRunning: it was started before.
            TooManyWaiting: the member has too many jobs in line.
            LimitReached: a limit has no room.
            StoreFailed: it cannot be recorded, so it is not bought.
        """
        reach("accept.before")
        edit = await self._database.transact(self._accept, edit_id, member_id, reply_id)
        reach("accept.after")
        self._wake()
        return edit

    async def drop(self, edit_id: int, *, member_id: int) -> None:
        """The member decided against a draft; twice is once.

        Raises:
            NotFound, NotPermitted, AlreadyRunning: as `run`.
        """
        await self._database.transact(self._drop, edit_id, member_id)

    async def cancel(self, edit_id: int, *, member_id: int) -> Cancellation:
        """Take back what was not submitted, and ask the provider to stop the rest.

        Raises:
            NotFound, NotPermitted: as `run`.
            TooLate: it has ended.
        """
        asked = await self._database.transact(self._cancel, edit_id, member_id)
        for job_id in asked:
            self._ask_to_stop(job_id)
        if not asked:
            self._settled()  # the edit may have ended: its card is owed
        self._wake()
        return Cancellation.ASKED if asked else Cancellation.TAKEN_BACK

    async def in_line(self, *, member_id: int) -> list[InLine]:
        """A member's edits that have not ended, oldest first."""
        return await self._database.transact(_in_line, member_id)

    async def outcome(self, edit_id: int) -> Outcome:
        """What became of an edit so far.

        Raises:
            NotFound: there is no such edit.
        """
        return await self._database.transact(self._outcome, edit_id)

    # ---- decisions, each in one transaction --------------------------------------------------

    def _place(self, member_id: int, guild_id: int | None, *, now: float) -> _Place:
        return {
            "limits": self.terms.caps.for_place(guild_id),
            "provider": self.terms.provider,
            "member_id": member_id,
            "guild_id": guild_id,
            "zone": self.terms.zone,
            "now": now,
        }

    def _standings(self, tx: Transaction, member_id: int, guild_id: int | None) -> list[Standing]:
        return ledger.standings(tx, **self._place(member_id, guild_id, now=self._clock()))

    def _require_room(
        self, tx: Transaction, member_id: int, guild_id: int | None, count: int
    ) -> None:
        needed = self.terms.price * count
        for standing in self._standings(tx, member_id, guild_id):
            if not standing.has_room_for(needed):
                raise LimitReached(needed=needed, standing=standing)

    def _quote(
        self,
        tx: Transaction,
        draft: Draft,
        prompt: str,
        prepared: Prepared,
        stored: list[Stored],
    ) -> Quote:
        now = self._clock()
        for file in stored:
            pictures.record(tx, file, now=now)
        edit = drafted(draft, prompt, prepared, stored, self.terms, now=now)
        edit_id = edits.add(tx, edit)
        if edit_id is None:
            known = edits.by_origin(tx, draft.origin)
            if known is None:
                raise NotFound
            edit_id = known.id
        return Quote(
            edit_id=edit_id,
            price=self.terms.price * draft.count,
            count=draft.count,
            area_share=prepared.area_share,
            reading=prepared.reading,
            question=prepared.question,
            notes=prepared.notes,
            standing=ledger.tightest(self._standings(tx, draft.member_id, draft.guild_id)),
        )

    def _accept(self, tx: Transaction, edit_id: int, member_id: int, reply_id: int | None) -> Edit:
        now = self._clock()
        edit = _own(tx, edit_id, member_id)
        if edit.state is EditState.DROPPED or edit.provider != self.terms.provider:
            # What was quoted in play money is not bought with real money, nor the other way.
            raise NotFound
        if not edits.start(tx, edit_id, reply_id=reply_id or edit.reply_id):
            raise AlreadyRunning(edit_id=edit_id)
        in_line = jobs.waiting(tx, member_id=member_id, provider=self.terms.provider)
        if in_line + edit.count > self.terms.max_waiting:
            raise TooManyWaiting(waiting=in_line, limit=self.terms.max_waiting)
        place = self._place(edit.member_id, edit.guild_id, now=now)
        for ordinal in range(edit.count):
            job_id = jobs.enqueue(
                tx,
                edit_id=edit_id,
                ordinal=ordinal,
                member_id=member_id,
                provider=edit.provider,
                price=edit.price,
                unit_cost=edit.unit_cost,
                now=now,
            )
            ledger.hold(tx, job_id, edit.price, ledger.counters(tx, **place), now=now)
        for answered in {reply_id, edit.reply_id}:
            if answered is not None:
                replies.answered(tx, answered)
        return edit

    def _drop(self, tx: Transaction, edit_id: int, member_id: int) -> None:
        edit = _own(tx, edit_id, member_id)
        if not edits.drop(tx, edit_id) and edit.state is not EditState.DROPPED:
            raise AlreadyRunning(edit_id=edit_id)

    def _cancel(self, tx: Transaction, edit_id: int, member_id: int) -> list[int]:
        edit = _own(tx, edit_id, member_id)
        open_jobs = [job for job in jobs.of_edit(tx, edit_id) if not job.state.is_final]
        if edit.state is not EditState.RUNNING or not open_jobs:
            raise TooLate(edit_id=edit_id)
        asked = []
        for job in open_jobs:
            lease = jobs.lease_of(tx, job.id)
            step = cancel(job, claimed=lease is not None)
            jobs.record(tx, step, lease=lease, keep_lease=True, now=self._clock())
            if not step.job.state.is_final:
                asked.append(job.id)
        return asked

    def _outcome(self, tx: Transaction, edit_id: int) -> Outcome:
        edit = edits.get(tx, edit_id)
        if edit is None:
            raise NotFound
        standings = self._standings(tx, edit.member_id, edit.guild_id)
        return Outcome(
            edit=edit,
            source=self._folder.path(edit.source),
            receipts=tuple(self._receipt(job) for job in jobs.of_edit(tx, edit_id)),
            charged=edits.charged(tx, edit_id),
            standing=ledger.tightest(standings),
        )

    def _receipt(self, job: Job) -> Receipt:
        arrival = job.arrival
        started, ended = job.submitted_at, job.ended_at
        return Receipt(
            job_id=job.id,
            state=job.state,
            price=job.price if job.state is JobState.DONE else 0,
            seed=arrival.seed if arrival and arrival.seed is not None else job.seed,
            request_id=job.submission.request_id if job.submission else None,
            failure=job.failure,
            picture=self._folder.path(arrival.picture) if arrival else None,
            changed_inside=arrival.changed_inside if arrival else None,
            changed_outside=arrival.changed_outside if arrival else None,
            pixels_outside=arrival.pixels_outside if arrival else None,
            seconds=ended - started if started is not None and ended is not None else None,
        )


def _in_line(tx: Transaction, member_id: int) -> list[InLine]:
    return [
        InLine(
            edit=edit,
            states=tuple(job.state for job in jobs.of_edit(tx, edit.id)),
            ahead=jobs.ahead(tx, edit_id=edit.id),
        )
        for edit in edits.running(tx, member_id=member_id)
    ]


def _own(tx: Transaction, edit_id: int, member_id: int) -> Edit:
    edit = edits.get(tx, edit_id)
    if edit is None:
        raise NotFound
    if edit.member_id != member_id:
        raise NotPermitted
    return edit
