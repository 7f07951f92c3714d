"""Drafting: what happens to an edit before it is bought. Moves no money."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain import previews, prompts, recipes
from bot.domain.edits import EditKind, Quote, check_options
from bot.domain.errors import NotFound
from bot.failpoints import reach
from bot.services import drafts, lineage
from bot.services.preparations import Preparations
from bot.store import preferences
from bot.store.edits import edits, pictures

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeAlias

    from bot.domain.adjusting import Adjustment
    from bot.domain.catalog import Style
    from bot.domain.edits import Draft, Edit
    from bot.domain.pictures import PreparedPicture
    from bot.imaging.pool.pool import ImagePool
    from bot.services.billing.terms import PricingTerms
    from bot.services.drafts import Files, Press
    from bot.services.limits.guard import SpendGuard
    from bot.store.database import Database, Transaction
    from bot.store.edits.pictures import PictureFolder

    Change: TypeAlias = Callable[[Edit], Awaitable[tuple[Edit, Files | None]]]
    """Makes the draft that takes the place of another, and its files where they are new."""


class Drafting:
    """Prepares drafts, and replaces them as their member changes their mind."""

    def __init__(
        self,
        database: Database,
        folder: PictureFolder,
        gate: ImagePool,
        terms: PricingTerms,
        room: SpendGuard,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._preparations = Preparations(folder, gate)
        self._terms = terms
        self._room = room
        self._clock = clock

    async def prepare(self, draft: Draft) -> Quote:
        """See `Edits.prepare`."""
        check_options(draft)
        # Before the pictures are looked at: what is wrong with the words costs nobody time.
        prompt = recipes.prompt(draft.kind, draft.prompt, limit=self._terms.model.max_prompt)
        reach("prepare.before")
        async with self._preparations.turn_of(draft.buyer.member_id):
            prepared, files = await self._preparations.prepare(
                drafts.brief(draft), self._terms.model
            )
        return await self._database.transact(self._first, draft, prompt, prepared, files)

    async def adjust(self, press: Press, adjustment: Adjustment) -> Quote:
        """See `Edits.adjust`."""

        async def change(old: Edit) -> tuple[Edit, Files | None]:
            if not old.offers(adjustment):
                raise NotFound  # its card has no such button
            if not old.has_step(adjustment):
                return old, None
            after = old.adjusted.after(adjustment)
            feather = await self._database.transact(lineage.feather_as_said, old)
            prepared, files = await self._preparations.adjust(old, after, feather=feather)
            return drafts.adjusted(old, press, prepared, files, after, now=self._clock()), files

        return await self._replace(press, change)

    async def choose(self, press: Press, area: str) -> Quote:
        """See `Edits.choose`."""

        async def change(old: Edit) -> tuple[Edit, Files | None]:
            if old.kind is EditKind.EXTEND:
                raise NotFound  # its picture has the new room already
            prepared, files = await self._preparations.choose(old, area)
            return drafts.chosen(old, press, area, prepared, files, now=self._clock()), files

        return await self._replace(press, change)

    async def word(self, press: Press, prompt: str, style: Style) -> Quote:
        """See `Edits.word`."""
        cleaned = prompts.clean(prompt, limit=self._terms.model.max_prompt)

        async def change(old: Edit) -> tuple[Edit, Files | None]:
            return drafts.worded(old, press, cleaned, style, now=self._clock()), None

        return await self._replace(press, change)

    async def _replace(self, press: Press, change: Change) -> Quote:
        """Let a new draft take the place of the newest one, whatever happens meanwhile."""
        async with self._preparations.preview_of(press.member_id):
            while True:
                found = await self._database.transact(self._found, press)
                if isinstance(found, Quote):
                    return found
                new, files = await change(found)
                reach("adjust.before")
                quote = await self._database.transact(self._take_place, found, new, files)
                if quote is not None:
                    reach("adjust.after")
                    return quote

    # ---- decisions, each in one transaction --------------------------------------------------

    def _first(
        self, tx: Transaction, draft: Draft, prompt: str, prepared: PreparedPicture, files: Files
    ) -> Quote:
        edit = drafts.drafted(draft, prompt, prepared, files, self._terms, now=self._clock())
        self._note(tx, files)
        edits.add(tx, edit)
        recorded = edits.by_origin(tx, draft.origin)
        if recorded is None:
            raise NotFound
        chosen = preferences.previewing(tx, draft.buyer.member_id)
        shown = previews.is_shown_first(
            chosen, recorded, is_guessed=previews.is_guessed(recorded.area)
        )
        return self._quote(tx, recorded, is_shown_first=shown)

    def _found(self, tx: Transaction, press: Press) -> Edit | Quote:
        """The draft a press means, or what came of the same press before."""
        known = edits.by_origin(tx, press.origin)
        if known is None:
            return lineage.open_draft(tx, press.edit_id, press.member_id)
        return self._quote(tx, lineage.own(tx, known.id, press.member_id))

    def _take_place(
        self, tx: Transaction, old: Edit, new: Edit, files: Files | None
    ) -> Quote | None:
        """Record the new draft instead of the old one; None when that is no draft any more."""
        if new is old:
            return self._quote(tx, old) if lineage.newest(tx, old) == old else None
        if not edits.drop(tx, old.id):
            return None
        listed = self._terms.listed(new.model)
        if listed is not None:
            # What is seen next is quoted at the price of today.
            new = replace(new, price=listed[0], unit_cost=listed[1])
        if files is not None:
            self._note(tx, files)
        edit_id = edits.add(tx, new)
        recorded = edits.get(tx, edit_id) if edit_id is not None else None
        if recorded is None:
            raise NotFound
        return self._quote(tx, recorded)

    def _note(self, tx: Transaction, files: Files) -> None:
        for file in files.each:
            pictures.record(tx, file, now=self._clock())

    def _quote(self, tx: Transaction, edit: Edit, *, is_shown_first: bool = True) -> Quote:
        """The quote for a draft. What is changed on its preview is seen there."""
        standing = self._room.explain(tx, edit.buyer).binding(edit.price * edit.count)
        return Quote(edit=edit, standing=standing, is_shown_first=is_shown_first)
