"""Edits from the member's side: prepare, adjust, run, cancel, and look at the outcome."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.edits import EditKind, EditState, Outcome
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
from bot.failpoints import reach
from bot.services import drafts, lineage, outcomes
from bot.services.billing.terms import PricingTerms
from bot.services.drafting import Drafting
from bot.services.drafts import Press
from bot.services.outcomes import InLine
from bot.store import replies
from bot.store.edits import edits
from bot.store.jobs import jobs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.domain.adjusting import Adjustment
    from bot.domain.catalog import Style
    from bot.domain.edits import Draft, Edit, Quote
    from bot.domain.limits.rules import Buyer
    from bot.imaging.pool.pool import ImagePool
    from bot.services.limits.guard import SpendGuard
    from bot.store.database import Database, Transaction
    from bot.store.edits.pictures import PictureFolder

__all__ = ["Cancellation", "Edits", "InLine", "PricingTerms"]


class Cancellation(StrEnum):
    """What came of a wish to cancel."""

    TAKEN_BACK = "taken back"  # nothing was bought; the hold is released
    ASKED = "asked"  # submitted already: the provider is asked, and may still deliver


class Edits:
    """The use cases around one edit.

    `wake` is called when there is new work in line or an edit was cancelled, `ask_to_stop` with the
    job the provider should be asked to stop, `settled` when a job has ended here.
    """

    def __init__(
        self,
        database: Database,
        folder: PictureFolder,
        gate: ImagePool,
        terms: PricingTerms,
        room: SpendGuard,
        *,
        clock: Callable[[], float],
        wake: Callable[[], None],
        ask_to_stop: Callable[[int], None],
        settled: Callable[[], None],
    ) -> None:
        self._database = database
        self._folder = folder
        self.terms = terms
        self._room = room
        self._drafting = Drafting(database, folder, gate, terms, room, clock=clock)
        self._clock = clock
        self._wake = wake
        self._ask_to_stop = ask_to_stop
        self._settled = settled

    async def require_room(self, buyer: Buyer, *, count: int) -> None:
        """Refuse early, before anything is downloaded, what would be refused anyway.

        Raises:
            Paused: purchases are stopped.
            LimitReached: there is no room for `count` pictures.
        """
        async with self._counting(buyer):
            await self._database.transact(self._room.require, buyer, count)

    @asynccontextmanager
    async def _counting(self, buyer: Buyer) -> AsyncIterator[None]:
        try:
            yield
        except LimitReached:
            # What was added up for the refusal was rolled back with it, and the next press would
            # add it up anew.
            with suppress(StoreFailed):
                await self._database.transact(self._room.count, buyer)
            raise

    # ---- before anything is bought -----------------------------------------------------------

    async def prepare(self, draft: Draft) -> Quote:
        """Check everything the member gave, and record it as a quoted draft. Moves no money.

        The same origin gives the same draft again. What the model is told is made of the prompt
        by `bot.domain.recipes`.

        Raises:
            UserError: something is wrong with the picture, the mask, the area or an option.
            StoreFailed: it cannot be recorded.
        """
        return await self._drafting.prepare(draft)

    async def adjust(
        self,
        edit_id: int,
        adjustment: Adjustment,
        *,
        member_id: int,
        origin: str,
        reply_id: int | None = None,
    ) -> Quote:
        """Change a draft's area by one step: a new draft takes its place. Moves no money.

        A draft that was replaced before stands for its newest successor. Presses that arrive at
        once count one after the other, the same origin once. Where there is no further step, the
        draft stays as it is.

        Raises:
            NotFound: there is no such draft, the member put it away, or it cannot be adjusted so.
            NotPermitted: it is somebody else's.
            AlreadyRunning: it was started.
            BadArea: nothing would be left of the area; the draft stays as it is.
            BadPicture: its files are gone.
            StoreFailed: it cannot be recorded.
        """
        press = Press(edit_id=edit_id, member_id=member_id, origin=origin, reply_id=reply_id)
        return await self._drafting.adjust(press, adjustment)

    async def choose(
        self,
        edit_id: int,
        area: str,
        *,
        member_id: int,
        origin: str,
        reply_id: int | None = None,
    ) -> Quote:
        """Another area for the same picture and the same wish. Moves no money.

        Raises:
            BadArea: it was not understood, or is not to be found; the draft stays as it is.
            NotFound, NotPermitted, AlreadyRunning, BadPicture, StoreFailed: as `adjust`.
        """
        press = Press(edit_id=edit_id, member_id=member_id, origin=origin, reply_id=reply_id)
        return await self._drafting.choose(press, area)

    async def word(
        self,
        edit_id: int,
        prompt: str,
        style: Style,
        *,
        member_id: int,
        origin: str,
        reply_id: int | None = None,
    ) -> Quote:
        """Say what an area that was looked at should show: it becomes an edit. Moves no money.

        Raises:
            BadPrompt: the prompt cannot be sent.
            NotFound, NotPermitted, AlreadyRunning, StoreFailed: as `adjust`.
        """
        press = Press(edit_id=edit_id, member_id=member_id, origin=origin, reply_id=reply_id)
        return await self._drafting.word(press, prompt, style)

    # ---- buying ------------------------------------------------------------------------------

    async def run(self, edit_id: int, *, buyer: Buyer, reply_id: int | None = None) -> Edit:
        """Hold the price of every picture and put the jobs in line, or do neither.

        `buyer` is who says yes, with the roles they have now; the place is where it was asked for.

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
            edit = await self._database.transact(self._accept, edit_id, buyer, reply_id)
        if isinstance(edit, PriceChanged):
            raise edit
        reach("accept.after")
        self._wake()
        return edit

    async def drop(self, edit_id: int, *, member_id: int) -> None:
        """The member decided against a draft, or what took its place; twice is once.

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
        return await self._database.transact(outcomes.in_line, member_id)

    async def outcome(self, edit_id: int) -> Outcome:
        """What became of an edit so far.

        Raises:
            NotFound: there is no such edit.
        """
        return await self._database.transact(self._outcome, edit_id)

    # ---- decisions, each in one transaction --------------------------------------------------

    def _accept(
        self, tx: Transaction, edit_id: int, buyer: Buyer, reply_id: int | None
    ) -> Edit | PriceChanged:
        now = self._clock()
        seen = lineage.own(tx, edit_id, buyer.member_id)
        draft = self._runnable(tx, seen)
        edit = lineage.at_price(tx, draft, self.terms.listed(draft.model), now=now)
        if edit.price != seen.price:
            # Returned, not raised: the draft with the new price must stay in the books.
            return PriceChanged(edit_id=edit.id, was=seen.price, now=edit.price)
        edits.start(tx, edit.id, reply_id=reply_id or edit.reply_id, role_ids=buyer.role_ids)
        in_line = jobs.waiting(tx, member_id=edit.member_id, provider=self.terms.provider)
        if in_line + edit.count > self.terms.max_waiting:
            raise TooManyWaiting(waiting=in_line, limit=self.terms.max_waiting)
        made = [jobs.enqueue(tx, edit, ordinal=ordinal, now=now) for ordinal in range(edit.count)]
        purchase = replace(edit.buyer, role_ids=buyer.role_ids)
        self._room.hold(tx, purchase, made, edit.price, now=now)
        for answered in {reply_id, edit.reply_id}:
            if answered is not None:
                replies.answered(tx, answered)
        return edit

    def _runnable(self, tx: Transaction, seen: Edit) -> Edit:
        """The draft that is bought by Run on `seen`: what was seen, but for the price."""
        if seen.provider != self.terms.provider:
            # What was quoted in play money is not bought with real money, nor the other way.
            raise NotFound
        draft = lineage.open_draft(tx, seen.id, seen.member_id)
        if not drafts.is_same_wish(draft, seen):
            raise DraftReplaced(edit_id=draft.id)
        if draft.kind is EditKind.AREA:
            raise BadPrompt(PromptProblem.EMPTY)
        self._room.require_open(tx, draft.model)
        return draft

    def _drop(self, tx: Transaction, edit_id: int, member_id: int) -> None:
        newest = lineage.newest(tx, lineage.own(tx, edit_id, member_id))
        if not edits.drop(tx, newest.id) and newest.state is not EditState.DROPPED:
            raise AlreadyRunning(edit_id=newest.id)

    def _cancel(self, tx: Transaction, edit_id: int, member_id: int) -> list[int]:
        edit = lineage.own(tx, edit_id, member_id)
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
            receipts=tuple(
                outcomes.receipt(job, self._folder) for job in jobs.of_edit(tx, edit_id)
            ),
            charged=edits.charged(tx, edit_id),
            standing=self._room.explain(tx, edit.buyer).binding(self.terms.price),
        )
