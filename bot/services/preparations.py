"""Preparations: a member's pictures go through the picture processes, a few at a time."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bot.domain.catalog import MODELS
from bot.domain.errors import BadPicture, NotFound, PictureProblem
from bot.domain.pictures import Brief
from bot.services.drafts import Files

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.domain.adjusting import Adjusted
    from bot.domain.catalog import Model
    from bot.domain.edits import Edit
    from bot.domain.pictures import PreparedPicture
    from bot.imaging.pool.pool import ImagePool
    from bot.store.edits.pictures import PictureFile, PictureFolder

PREPARATIONS_PER_MEMBER: Final = 2
"""How many of a member's pictures are prepared at once: there are only a few processes for all."""


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


class Preparations:
    """Has pictures prepared, and keeps the files that come of it."""

    def __init__(self, folder: PictureFolder, gate: ImagePool) -> None:
        self._folder = folder
        self._gate = gate
        self._lines: dict[int, _Line] = {}  # by member

    @asynccontextmanager
    async def turn_of(self, member_id: int) -> AsyncIterator[None]:
        """A member's own line: whoever asks for fifty edits waits behind themselves."""
        async with self._line(member_id) as line, line.places:
            yield

    @asynccontextmanager
    async def preview_of(self, member_id: int) -> AsyncIterator[None]:
        """As `turn_of`, and one preview after the other."""
        async with self._line(member_id) as line, line.previews, line.places:
            yield

    @asynccontextmanager
    async def _line(self, member_id: int) -> AsyncIterator[_Line]:
        line = self._lines.setdefault(member_id, _Line())
        line.length += 1
        try:
            yield line
        finally:
            line.length -= 1
            if not line.length:
                del self._lines[member_id]

    async def prepare(self, brief: Brief, model: Model) -> tuple[PreparedPicture, Files]:
        """Put a member's files through the gate.

        Raises:
            UserError: something is wrong with the picture, the mask or the area.
            StoreFailed: the disk is full or broken.
        """
        with self._folder.desk() as desk:
            prepared = await self._gate.prepare(brief, model=model, out=desk)
            return prepared, await self._adopted(prepared)

    async def choose(self, old: Edit, area: str) -> tuple[PreparedPicture, Files]:
        """Another area for a draft's picture.

        Raises:
            UserError, StoreFailed: as `prepare`.
        """
        brief = Brief(source=self._path(old.source), area=area)
        return await self.prepare(brief, _model(old))

    async def adjust(
        self, old: Edit, adjusted: Adjusted, *, feather: int
    ) -> tuple[PreparedPicture, Files]:
        """Apply adjustments to a draft's area as it was said; `feather` is that area's own.

        Raises:
            UserError, StoreFailed: as `prepare`.
        """
        with self._folder.desk() as desk:
            prepared = await self._gate.revise(
                self._path(old.source),
                self._path(old.drawn),
                adjusted,
                feather=feather,
                reading=old.reading,
                model=_model(old),
                out=desk,
            )
            return prepared, await self._adopted(prepared)

    def _path(self, digest: str) -> Path:
        path = self._folder.path(digest)
        if not path.is_file():
            raise BadPicture(PictureProblem.GONE)
        return path

    async def _adopted(self, prepared: PreparedPicture) -> Files:
        known: dict[Path, PictureFile] = {}  # what was drawn may be the mask itself

        async def adopt(file: Path) -> PictureFile:
            if file not in known:
                known[file] = await self._folder.adopt(file)
            return known[file]

        return Files(
            source=await adopt(prepared.source),
            mask=await adopt(prepared.mask),
            drawn=await adopt(prepared.drawn),
            sent_picture=await adopt(prepared.sent_picture),
            sent_mask=await adopt(prepared.sent_mask),
        )


def _model(edit: Edit) -> Model:
    """The model a draft was quoted for. Where its mask's polarity lies makes no difference here.

    Raises:
        NotFound: it is not sold any more.
    """
    model = MODELS.get(edit.model)
    if model is None:
        raise NotFound
    return model
