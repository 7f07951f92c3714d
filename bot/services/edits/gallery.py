"""The gallery: a member's past edits, listed, and set into cards that fit their place."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.domain.edits.edit import EditState
from bot.domain.edits.pictures import Reading
from bot.domain.errors import CardRefused, CardTooLarge, NotFound, StoreFailed
from bot.store.delivery import enqueue
from bot.store.edits import edits
from bot.store.interactions import pending
from bot.store.jobs import jobs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from bot.domain.edits.edit import Edit, Outcome, Receipt
    from bot.domain.edits.pictures import FittedFile
    from bot.domain.jobs.states import JobState
    from bot.imaging.pool.pool import ImagePool
    from bot.services.delivery.outbox import Put
    from bot.services.edits.service import EditService
    from bot.store.database import Database, Transaction
    from bot.store.delivery.outbox import Owed
    from bot.store.edits.pictures import PictureFolder


log = logging.getLogger(__name__)

DIRECT_LIMIT_BYTES: Final = 10 * 1024 * 1024
"""What Discord takes per file where nothing is known of the place (the default of 2025-04)."""
BEFORE_SIDE_PIXELS: Final = 1024
LISTED: Final = 5
FITTINGS: Final = 2
"""How often pictures are fitted to a place: by what it said, then by what it took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPicture:
    """One finished picture on a card. `exact` is False when it had to be made smaller."""

    receipt: Receipt
    path: Path
    media_type: str
    exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultCard:
    """What became of an edit.

    `before` is a small copy of the source, None where there is none to show. Fewer `pictures`
    than the outcome has: the rest did not fit.
    """

    outcome: Outcome
    before: FittedFile | None = None
    pictures: tuple[CardPicture, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PastEdit:
    """One line of a member's list; `charged` is micro-USD, `kept` says that no way was open."""

    edit: Edit
    states: tuple[JobState, ...]
    charged: int
    kept: bool


class Gallery:
    """Shows what was made; changes nothing."""

    def __init__(
        self, database: Database, folder: PictureFolder, images: ImagePool, edits: EditService
    ) -> None:
        self._database = database
        self._folder = folder
        self._images = images
        self._edits = edits

    async def recent(self, *, member_id: int, count: int = LISTED) -> list[PastEdit]:
        """A member's latest edits, newest first."""
        return await self._database.transact(_recent, member_id, count)

    async def latest(self, *, member_id: int) -> int | None:
        """The number of a member's latest edit that has ended, or None."""
        edit = await self._database.transact(edits.latest_ended, member_id=member_id)
        return edit.id if edit else None

    async def require_own(self, edit_id: int, *, member_id: int) -> None:
        """Let a member see only what they asked for and accepted.

        Raises:
            NotFound: there is none of this number, or it is not theirs; which, nobody is told.
        """
        edit = await self._database.transact(edits.get, edit_id)
        if (
            edit is None
            or edit.member_id != member_id
            or edit.state not in {EditState.RUNNING, EditState.ENDED}
        ):
            raise NotFound

    async def show(
        self, edit_id: int, *, limit_bytes: int, put: Callable[[ResultCard], Awaitable[int]]
    ) -> int:
        """Let `put` show an edit's card, with files of at most `limit_bytes`; returns its id.

        What the place does not take is made smaller, and at last left out: a card without its
        pictures says where they are. What `put` raises besides is not caught.

        Raises:
            NotFound: there is no such edit.
        """
        with self._folder.workspace() as workspace:
            for _ in range(FITTINGS):
                try:
                    card = await self._card(edit_id, limit_bytes, workspace)
                except CardTooLarge:
                    break
                try:
                    return await put(card)
                except CardTooLarge as error:
                    # The place knows better than it said what fits.
                    limit_bytes = error.limit_bytes
                except CardRefused as refused:
                    log.error("the card of edit %d is malformed: %s", edit_id, refused)  # noqa: TRY400
                    break
        return await put(ResultCard(outcome=await self._edits.outcome(edit_id)))

    async def bring(self, owed: Owed, put: Put) -> int:
        """Render the card of an edit that ended, with files that fit where it was asked for."""
        limit_bytes = await self._database.transact(_size_limit, owed.subject)
        return await self.show(owed.subject, limit_bytes=limit_bytes, put=put)

    async def _card(self, edit_id: int, limit_bytes: int, workspace: Path) -> ResultCard:
        outcome = await self._edits.outcome(edit_id)
        return ResultCard(
            outcome=outcome,
            before=await self._before(outcome, workspace) if outcome.pictures else None,
            pictures=tuple(
                [
                    await self._fitted(receipt, receipt.picture, limit_bytes, workspace)
                    for receipt in outcome.pictures
                    if receipt.picture is not None
                ]
            ),
        )

    async def _before(self, outcome: Outcome, workspace: Path) -> FittedFile | None:
        edit = outcome.edit
        # What is kept of an extended picture has the new room already, which nobody has seen.
        extended = edit.reading is Reading.EXTENDED
        try:
            return await self._images.thumbnail(
                outcome.source,
                max_side=BEFORE_SIDE_PIXELS,
                room=self._folder.path(edit.mask) if extended else None,
                overlap=edit.feather,
                out=workspace,
            )
        except StoreFailed:
            raise
        except Exception:
            # The picture that was paid for is good: it is not held back for a copy of the old one.
            log.exception("edit %d is shown without its source", edit.id)
            return None

    async def _fitted(
        self, receipt: Receipt, picture: Path, limit_bytes: int, workspace: Path
    ) -> CardPicture:
        fitted = await self._images.fit(picture, limit_bytes=limit_bytes, out=workspace)
        return CardPicture(
            receipt=receipt, path=fitted.path, media_type=fitted.media_type, exact=fitted.exact
        )


def _size_limit(tx: Transaction, edit_id: int) -> int:
    edit = edits.get(tx, edit_id)
    reply = pending.get(tx, edit.reply_id) if edit and edit.reply_id is not None else None
    return reply.size_limit if reply else DIRECT_LIMIT_BYTES


def _recent(tx: Transaction, member_id: int, count: int) -> list[PastEdit]:
    return [
        PastEdit(
            edit=edit,
            states=tuple(job.state for job in jobs.of_edit(tx, edit.id)),
            charged=edits.charged(tx, edit.id),
            kept=enqueue.was_kept(tx, edit.id),
        )
        for edit in edits.recent(tx, member_id=member_id, count=count)
    ]
