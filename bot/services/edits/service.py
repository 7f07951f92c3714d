"""Edits from the member's side: buy one, cancel it, and look at what became of it."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.edits.draft import is_same_wish
from bot.domain.edits.edit import EditState, Outcome, Receipt
from bot.domain.edits.options import EditKind
from bot.domain.errors import (
    AlreadyRunning,
    BadPrompt,
    DraftReplaced,
    LimitReached,
    NotFound,
    PriceChanged,
    PromptProblem,
    StoreFailed,
    TooLate,
    TooManyWaiting,
)
from bot.domain.jobs.lifecycle import cancel
from bot.domain.jobs.states import JobState
from bot.failpoints import reach
from bot.services.edits.drafts import at_price, require_open, versions
from bot.store.billing import pauses
from bot.store.edits import edits
from bot.store.interactions import pending
from bot.store.jobs import jobs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.domain.billing.breaker import PauseReason
    from bot.domain.edits.edit import Edit
    from bot.domain.jobs.states import Job
    from bot.domain.limits.rules import Buyer
    from bot.domain.limits.status import Explanation
    from bot.services.billing.terms import PricingTerms
    from bot.services.limits.guard import SpendGuard
    from bot.store.database import Database, Transaction
    from bot.store.edits.pictures import PictureFolder


class Cancellation(StrEnum):
    """What came of a wish to cancel."""

    TAKEN_BACK = "taken back"  # nothing was bought; the hold is released
    ASKED = "asked"  # submitted already: the provider is asked, and may still deliver


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedEdit:
    """One of a member's edits that has not ended. `ahead` counts jobs in front of it.

    `stopped`: why something of it waits for purchases to go on; None: nothing does.
    """

    edit: Edit
    states: tuple[JobState, ...]
    ahead: int
    stopped: PauseReason | None = None


class EditService:
    """The use cases around one edit that is to be bought, or was.

    `notify` is called when there is new work in line or an edit was cancelled, `ask_to_stop` with
    the job the provider should be asked to stop.
    """

    def __init__(
        self,
        database: Database,
        folder: PictureFolder,
        terms: PricingTerms,
        guard: SpendGuard,
        *,
        clock: Callable[[], float],
        notify: Callable[[], None],
        ask_to_stop: Callable[[int], None],
    ) -> None:
        self._database = database
        self._folder = folder
        self.terms = terms
        self._guard = guard
        self._clock = clock
        self._notify = notify
        self._ask_to_stop = ask_to_stop

    async def require_room(self, buyer: Buyer, *, count: int) -> Explanation:
        """Refuse early, before anything is downloaded, what would be refused anyway.

        Returns what the limits say, for the quote.

        Raises:
            Paused: purchases are stopped.
            LimitReached: there is no room for `count` pictures.
        """
        async with self._counting(buyer):
            return await self._database.transact(self._guard.require, buyer, count)

    async def run(self, edit_id: int, *, buyer: Buyer, reply_id: int | None = None) -> QueuedEdit:
        """Hold the price of every picture and put the jobs in line, or do neither.

        `buyer` is who says yes, with the roles they have now; the place is where it was asked for.
        The edit is returned as it was seen: its card was shown by the interaction named there.

        Raises:
            NotFound: there is no such edit, the member decided against it, or it was quoted by
                another provider.
            NotPermitted: it is somebody else's.
            DraftReplaced: its area was changed since; nothing is bought that was not seen.
            BadPrompt: it is a look at an area, and says nothing of what should be there.
            AlreadyRunning: it was started before.
            PriceChanged: it costs something else than what was shown; nothing was bought.
            Paused: purchases are stopped.
            TooManyWaiting: the member has too many jobs in line.
            LimitReached: a limit has no room.
            StoreFailed: it cannot be recorded, so it is not bought.
        """
        reach("accept.before")
        async with self._counting(buyer):
            queued = await self._database.transact(self._accept, edit_id, buyer, reply_id)
        if isinstance(queued, PriceChanged):
            raise queued
        reach("accept.after")
        self._notify()
        return queued

    async def drop(self, edit_id: int, *, member_id: int) -> None:
        """The member decided against a draft, or its successor; twice changes nothing more.

        Raises:
            NotFound, NotPermitted, AlreadyRunning: as `run`.
        """
        await self._database.transact(_drop, edit_id, member_id)

    async def cancel(self, edit_id: int, *, member_id: int) -> Cancellation:
        """Take back what was not submitted, and ask the provider to stop the rest.

        Raises:
            NotFound, NotPermitted: as `run`.
            TooLate: it has ended.
        """
        asked = await self._database.transact(self._cancel, edit_id, member_id)
        for job_id in asked:
            self._ask_to_stop(job_id)
        self._notify()
        return Cancellation.ASKED if asked else Cancellation.TAKEN_BACK

    async def in_line(self, *, member_id: int) -> list[QueuedEdit]:
        """A member's edits that have not ended, oldest first."""
        return await self._database.transact(_in_line, member_id)

    async def outcome(self, edit_id: int) -> Outcome:
        """What became of an edit so far.

        Raises:
            NotFound: there is no such edit.
        """
        return await self._database.transact(self._outcome, edit_id)

    @asynccontextmanager
    async def _counting(self, buyer: Buyer) -> AsyncIterator[None]:
        try:
            yield
        except LimitReached:
            # What was added up for the refusal was rolled back with it, and the next press would
            # add it up again.
            with suppress(StoreFailed):
                await self._database.transact(self._guard.count, buyer)
            raise

    # ---- decisions, each in one transaction --------------------------------------------------

    def _accept(
        self, tx: Transaction, edit_id: int, buyer: Buyer, reply_id: int | None
    ) -> QueuedEdit | PriceChanged:
        now = self._clock()
        seen, newest = versions(tx, edit_id, buyer.member_id)
        self._require_runnable(seen, newest)
        waits_for = self._guard.require_open(tx, newest.model)
        edit = at_price(tx, newest, self.terms.listed(newest.model), now=now)
        if edit.price != seen.price:
            # Returned, not raised: the draft with the new price must stay in the books.
            return PriceChanged(edit_id=edit.id, was=seen.price, now=edit.price)
        edits.start(tx, edit.id, reply_id=reply_id or edit.reply_id, role_ids=buyer.role_ids)
        in_line = jobs.waiting(tx, member_id=edit.member_id, provider=self.terms.provider)
        if in_line + edit.count > self.terms.max_waiting:
            raise TooManyWaiting(waiting=in_line, limit=self.terms.max_waiting)
        made = [jobs.enqueue(tx, edit, ordinal=ordinal, now=now) for ordinal in range(edit.count)]
        purchase = replace(edit.buyer, role_ids=buyer.role_ids)
        self._guard.hold(tx, purchase, made, edit.price, now=now)
        for answered in {reply_id, edit.reply_id}:
            if answered is not None:
                pending.answered(tx, answered)
        states = (JobState.QUEUED,) * edit.count
        ahead = jobs.ahead(tx, edit_id=edit.id)
        return QueuedEdit(edit=edit, states=states, ahead=ahead, stopped=waits_for)

    def _require_runnable(self, seen: Edit, newest: Edit) -> None:
        """Let Run on `seen` buy nothing that was not seen, but for the price."""
        if seen.provider != self.terms.provider:
            # What was quoted in play money is not bought with real money, nor the other way.
            raise NotFound
        require_open(newest)
        if not is_same_wish(newest, seen):
            raise DraftReplaced(edit_id=newest.id)
        if newest.kind is EditKind.AREA:
            raise BadPrompt(PromptProblem.EMPTY)

    def _cancel(self, tx: Transaction, edit_id: int, member_id: int) -> list[int]:
        edit, _ = versions(tx, edit_id, member_id)
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
        return Outcome(
            edit=edit,
            source=self._folder.path(edit.source),
            receipts=tuple(_receipt(job, self._folder) for job in jobs.of_edit(tx, edit_id)),
            charged=edits.charged(tx, edit_id),
            standing=self._guard.explain(tx, edit.buyer).binding(self.terms.price),
        )


def _drop(tx: Transaction, edit_id: int, member_id: int) -> None:
    _, newest = versions(tx, edit_id, member_id)
    if not edits.drop(tx, newest.id) and newest.state is not EditState.DROPPED:
        raise AlreadyRunning(edit_id=newest.id)


def _in_line(tx: Transaction, member_id: int) -> list[QueuedEdit]:
    return [place_of(tx, edit) for edit in edits.running(tx, member_id=member_id)]


def place_of(tx: Transaction, edit: Edit) -> QueuedEdit:
    """Where an edit that has not ended stands."""
    states = tuple(job.state for job in jobs.of_edit(tx, edit.id))
    pause = pauses.met(tx, provider=edit.provider, model=edit.model)
    return QueuedEdit(
        edit=edit,
        states=states,
        ahead=jobs.ahead(tx, edit_id=edit.id),
        stopped=pause.reason if pause is not None and JobState.QUEUED in states else None,
    )


def _receipt(job: Job, folder: PictureFolder) -> Receipt:
    """What is known about one picture of an edit."""
    arrival = job.arrival
    started, ended = job.submitted_at, job.ended_at
    return Receipt(
        job_id=job.id,
        state=job.state,
        price=job.price if job.state is JobState.DONE else 0,
        seed=arrival.seed if arrival and arrival.seed is not None else job.seed,
        request_id=job.submission.request_id if job.submission else None,
        failure=job.failure,
        picture=folder.path(arrival.picture) if arrival else None,
        changed_inside=arrival.changed_inside if arrival else None,
        changed_outside=arrival.changed_outside if arrival else None,
        pixels_outside=arrival.pixels_outside if arrival else None,
        seconds=ended - started if started is not None and ended is not None else None,
    )
