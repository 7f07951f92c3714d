"""Drafts: what happens to an edit before it is bought. Moves no money.

A draft that is changed is dropped for a new one: a press on an older preview finds the newest.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from bot.domain.edits import draft as rules
from bot.domain.edits import prompts
from bot.domain.edits.edit import EditState, Quote
from bot.domain.edits.options import EditKind
from bot.domain.edits.pictures import Brief
from bot.domain.errors import AlreadyRunning, NotFound, NotPermitted
from bot.failpoints import reach
from bot.services.edits import preparation
from bot.store.edits import edits, pictures, preferences

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from typing import TypeAlias

    from bot.domain.catalog import Style
    from bot.domain.edits.draft import Draft, DraftOrigin
    from bot.domain.edits.edit import Edit
    from bot.domain.edits.options import Adjustment
    from bot.domain.limits.status import Explanation, LimitStatus
    from bot.imaging.pool.pool import ImagePool
    from bot.services.billing.terms import PricingTerms
    from bot.services.edits.preparation import KeptPictures, PreviewCard
    from bot.services.limits.guard import SpendGuard
    from bot.store.database import Database, Transaction
    from bot.store.edits.pictures import PictureFolder

    Change: TypeAlias = Callable[[Edit], Awaitable[tuple[Edit, KeptPictures | None]]]
    """Says what a draft becomes, with its pictures where they are new."""

T = TypeVar("T")

PREPARATIONS_PER_MEMBER: Final = 2
"""How many of a member's pictures are prepared at once: there are only a few processes for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftChange:
    """One press under a preview, or one modal sent from it. `origin` names the click, `reply_id`
    the interaction that waits for the answer, as in `DraftOrigin`.
    """

    edit_id: int
    member_id: int
    origin: str
    reply_id: int | None = None


@dataclass(slots=True)
class _Line:
    """One member's preparations: how many there are, and room for those at work.

    `previews` is held while a preview is changed: presses on one count one after the other.
    """

    length: int = 0
    places: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(PREPARATIONS_PER_MEMBER)
    )
    previews: asyncio.Lock = field(default_factory=asyncio.Lock)


class DraftService:
    """Prepares drafts, shows them, and replaces them as their member changes their mind."""

    def __init__(
        self,
        database: Database,
        folder: PictureFolder,
        images: ImagePool,
        terms: PricingTerms,
        guard: SpendGuard,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._folder = folder
        self._images = images
        self._terms = terms
        self._guard = guard
        self._clock = clock
        self._lines: dict[int, _Line] = {}  # by member

    async def prepare(
        self, draft: Draft, origin: DraftOrigin, *, explanation: Explanation | None = None
    ) -> Quote:
        """Check everything the member gave, and record it as a quoted draft.

        The same origin gives the same draft again. What the model is told is made of the prompt
        by `bot.domain.edits.prompts`. `explanation` says what the limits are where that was looked
        up for the same buyer a moment ago.

        Raises:
            UserError: something is wrong with the picture, the mask, the area or an option.
            StoreFailed: it cannot be recorded.
        """
        draft.check_options()
        # Before the pictures are looked at: what is wrong with the words costs nobody time.
        model = self._terms.model
        prompt = prompts.full_prompt(draft.kind, draft.prompt, limit=model.max_prompt)
        reach("prepare.before")
        async with self._turn(origin.buyer.member_id):
            kept = await preparation.prepare(
                draft.brief(), model, images=self._images, folder=self._folder
            )
        return await self._database.transact(self._record, draft, origin, prompt, kept, explanation)

    async def adjust(self, change: DraftChange, adjustment: Adjustment) -> Quote:
        """Change a draft's area by one step: a new draft takes its place.

        A draft that was replaced before stands for its newest successor. Presses that arrive at
        once count one after the other, the same origin once. Where there is no further step, the
        draft stays as it is.

        Raises:
            NotFound: there is no such draft, the member dropped it, or it cannot be adjusted so.
            NotPermitted: it is somebody else's.
            AlreadyRunning: it was started.
            BadArea: nothing would be left of the area; the draft stays as it is.
            BadPicture: its files are gone.
            StoreFailed: it cannot be recorded.
        """

        async def adjusted(old: Edit) -> tuple[Edit, KeptPictures | None]:
            if not old.offers(adjustment):
                raise NotFound  # its card has no such button
            if not old.has_step(adjustment):
                return old, None
            after = old.adjusted.after(adjustment)
            kept = await preparation.revise(
                old,
                after,
                feather=await self._database.transact(feather_as_said, old),
                images=self._images,
                folder=self._folder,
            )
            return rules.adjusted(old, kept.prepared, kept.files, after), kept

        return await self._replace(change, adjusted)

    async def choose(self, change: DraftChange, area: str) -> Quote:
        """Another area for the same picture and the same wish.

        Raises:
            BadArea: it was not understood, or is not to be found; the draft stays as it is.
            NotFound, NotPermitted, AlreadyRunning, BadPicture, StoreFailed: as `adjust`.
        """

        async def chosen(old: Edit) -> tuple[Edit, KeptPictures | None]:
            if old.kind is EditKind.EXTEND:
                raise NotFound  # its picture has the new room already
            brief = Brief(source=preparation.kept_file(old.source, self._folder), area=area)
            kept = await preparation.prepare(
                brief, preparation.model_of(old), images=self._images, folder=self._folder
            )
            return rules.with_area(old, area, kept.prepared, kept.files), kept

        return await self._replace(change, chosen)

    async def set_prompt(self, change: DraftChange, prompt: str, style: Style) -> Quote:
        """Say what an area that was looked at should show: it becomes an edit.

        Raises:
            BadPrompt: the prompt cannot be sent.
            NotFound, NotPermitted, AlreadyRunning, StoreFailed: as `adjust`.
        """
        cleaned = prompts.clean(prompt, limit=self._terms.model.max_prompt)

        async def worded(old: Edit) -> tuple[Edit, KeptPictures | None]:
            return rules.with_prompt(old, cleaned, style), None

        return await self._replace(change, worded)

    async def show(self, edit_id: int, *, put: Callable[[PreviewCard], Awaitable[T]]) -> T:
        """Let `put` show a draft's preview; returns what it returns.

        Raises:
            NotFound: there is no such edit, or it is not a draft any more.
            BadPicture, CardTooLarge, StoreFailed: as `prepare.show_preview`.
        """
        edit, standing = await self._database.transact(self._draft, edit_id)
        return await preparation.show_preview(
            edit, standing, images=self._images, folder=self._folder, put=put
        )

    @asynccontextmanager
    async def _turn(self, member_id: int, *, changes_preview: bool = False) -> AsyncIterator[None]:
        """A member's own line: one who asks for fifty edits waits behind themselves."""
        line = self._lines.setdefault(member_id, _Line())
        line.length += 1
        try:
            async with line.previews if changes_preview else nullcontext(), line.places:
                yield
        finally:
            line.length -= 1
            if not line.length:
                del self._lines[member_id]

    async def _replace(self, change: DraftChange, become: Change) -> Quote:
        """Let a new draft take the place of the newest one, whatever happens meanwhile."""
        async with self._turn(change.member_id, changes_preview=True):
            while True:
                found = await self._database.transact(self._found, change)
                if isinstance(found, Quote):
                    return found
                new, kept = await become(found)
                reach("adjust.before")
                quote = await self._database.transact(self._take_place, change, found, new, kept)
                if quote is not None:
                    reach("adjust.after")
                    return quote

    # ---- decisions, each in one transaction --------------------------------------------------

    def _record(
        self,
        tx: Transaction,
        draft: Draft,
        origin: DraftOrigin,
        prompt: str,
        kept: KeptPictures,
        explanation: Explanation | None,
    ) -> Quote:
        terms, now = self._terms, self._clock()
        for file in kept.stored:
            pictures.record(tx, file, now=now)
        new = rules.drafted(
            draft,
            origin,
            kept.prepared,
            kept.files,
            prompt=prompt,
            model=terms.model.id,
            provider=terms.provider,
            listed=(terms.price, terms.unit_cost),
            now=now,
        )
        edit = edits.add(tx, new)
        shown = rules.is_shown_first(
            preferences.previewing(tx, edit.member_id),
            edit,
            is_guessed=rules.is_guessed(edit.area),
        )
        return self._quote(tx, edit, is_shown_first=shown, explanation=explanation)

    def _found(self, tx: Transaction, change: DraftChange) -> Edit | Quote:
        """The draft a press means, or what came of the same press before."""
        known = edits.by_origin(tx, change.origin)
        if known is None:
            return require_open(versions(tx, change.edit_id, change.member_id)[-1])
        if known.member_id != change.member_id:
            raise NotPermitted
        return self._quote(tx, known)

    def _take_place(
        self, tx: Transaction, change: DraftChange, old: Edit, new: Edit, kept: KeptPictures | None
    ) -> Quote | None:
        """Record the new draft instead of the old one; None when that is not a draft any more."""
        if new is old:
            return self._quote(tx, old) if edits.versions(tx, old.id)[0] == old else None
        if not edits.drop(tx, old.id):
            return None
        now = self._clock()
        if kept is not None:
            for file in kept.stored:
                pictures.record(tx, file, now=now)
        successor = rules.successor(
            old,
            new,
            origin=change.origin,
            reply_id=change.reply_id,
            # What is seen next is quoted at the price of today.
            listed=self._terms.listed(old.model) or (old.price, old.unit_cost),
            now=now,
        )
        return self._quote(tx, edits.add(tx, successor))

    def _quote(
        self,
        tx: Transaction,
        edit: Edit,
        *,
        is_shown_first: bool = True,
        explanation: Explanation | None = None,
    ) -> Quote:
        """The quote for a draft. What is changed on its preview is seen there."""
        explanation = explanation or self._guard.explain(tx, edit.buyer)
        standing = explanation.binding(edit.total)
        return Quote(edit=edit, standing=standing, is_shown_first=is_shown_first)

    def _draft(self, tx: Transaction, edit_id: int) -> tuple[Edit, LimitStatus]:
        edit = edits.get(tx, edit_id)
        if edit is None or edit.state is not EditState.DRAFT:
            raise NotFound
        return edit, self._guard.explain(tx, edit.buyer).binding(edit.total)


def versions(tx: Transaction, edit_id: int, member_id: int) -> tuple[Edit, Edit]:
    """A member's edit, and the newest draft that took its place, or itself.

    Raises:
        NotFound: there is none of this number.
        NotPermitted: it is somebody else's.
    """
    found = edits.versions(tx, edit_id)
    if not found:
        raise NotFound
    if found[0].member_id != member_id:
        raise NotPermitted
    return next(edit for edit in found if edit.id == edit_id), found[0]


def require_open(newest: Edit) -> Edit:
    """The draft a press under a preview means, where it is one.

    Raises:
        NotFound: the member decided against it.
        AlreadyRunning: it was started.
    """
    match newest.state:
        case EditState.DRAFT:
            return newest
        case EditState.DROPPED:
            raise NotFound
        case EditState.RUNNING | EditState.ENDED:
            raise AlreadyRunning(edit_id=newest.id)


def at_price(tx: Transaction, draft: Edit, listed: tuple[int, int] | None, *, now: float) -> Edit:
    """A draft at the price of today, as `PricingTerms.listed`: itself, or another one in its place.

    Raises:
        NotFound: its model is not sold any more.
    """
    if listed is None:
        raise NotFound
    if listed == (draft.price, draft.unit_cost):
        return draft
    edits.drop(tx, draft.id)
    origin = f"{draft.origin}@{listed[0]}"
    return edits.add(
        tx, rules.successor(draft, draft, origin=origin, reply_id=None, listed=listed, now=now)
    )


def feather_as_said(tx: Transaction, edit: Edit) -> int:
    """How deep the feather of a draft's area was before it was softened, in pixels."""
    so_far = (draft for draft in edits.versions(tx, edit.id) if draft.id <= edit.id)
    return next(draft.feather for draft in so_far if draft.adjusted.softness == 0)
