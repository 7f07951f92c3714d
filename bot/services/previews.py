"""Previews: a draft's picture with the part that would change, set into a card."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from bot.domain.edits import EditKind, EditState
from bot.domain.errors import BadPicture, CardTooLarge, NotFound, PictureProblem
from bot.domain.pictures import Reading
from bot.store.edits import edits

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from bot.domain.edits import Edit
    from bot.domain.limits.status import LimitStatus
    from bot.domain.pictures import FittedFile
    from bot.imaging.pool.pool import ImagePool
    from bot.services.limits.guard import SpendGuard
    from bot.store.database import Database, Transaction
    from bot.store.edits.pictures import PictureFolder

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewCard:
    """What a member sees before they say yes. `mask` is given with a look at an area alone, where
    it fits.

    `standing` is the limit that binds. The files are gone when the card has been put.
    """

    edit: Edit
    standing: LimitStatus
    picture: FittedFile
    mask: Path | None


class Previews:
    """Shows what would change; changes nothing."""

    def __init__(
        self, database: Database, folder: PictureFolder, gate: ImagePool, room: SpendGuard
    ) -> None:
        self._database = database
        self._folder = folder
        self._gate = gate
        self._room = room

    async def show(self, edit_id: int, *, put: Callable[[PreviewCard], Awaitable[T]]) -> T:
        """Let `put` show a draft's preview; returns what it returns.

        Raises:
            NotFound: there is no such edit, or it is no draft any more.
            BadPicture: its files are gone, or cannot be read.
            CardTooLarge: `put` raised it, and there was nothing to leave out.
            StoreFailed: the disk is full or broken.
        """
        edit, standing = await self._database.transact(self._draft, edit_id)
        source, mask = self._folder.path(edit.source), self._folder.path(edit.mask)
        if not (source.is_file() and mask.is_file()):
            raise BadPicture(PictureProblem.GONE)
        with self._folder.desk() as desk:
            picture = await self._gate.preview(
                source,
                mask,
                feather=edit.feather,
                extended=edit.reading is Reading.EXTENDED,
                out=desk,
            )
            card = PreviewCard(edit=edit, standing=standing, picture=picture, mask=None)
            if edit.kind is EditKind.AREA:
                # The mask of a grainy file may be larger than a place takes; the look is not.
                with suppress(CardTooLarge):
                    return await put(replace(card, mask=mask))
            return await put(card)

    def _draft(self, tx: Transaction, edit_id: int) -> tuple[Edit, LimitStatus]:
        edit = edits.get(tx, edit_id)
        if edit is None or edit.state is not EditState.DRAFT:
            raise NotFound
        return edit, self._room.explain(tx, edit.buyer).binding(edit.price * edit.count)
