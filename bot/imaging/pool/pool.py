"""The picture processes: all decoding happens there, so that no picture can stall or kill the bot.

This and `processes` run in the bot's own process; they import no imaging library.
"""

from __future__ import annotations

import importlib.util
import logging
from typing import TYPE_CHECKING, Final

from bot.domain import areas
from bot.domain.areas import Thing
from bot.domain.edits.pictures import (
    FinishedPicture,
    FittedFile,
    Lettering,
    OcrSkipped,
    PictureLimits,
    PreparedPicture,
)
from bot.domain.errors import BadPicture, CardTooLarge, PictureProblem
from bot.imaging.pool.process import ProcessDied, ProcessOverLimit, ProcessPool
from bot.imaging.pool.protocol import WorkFailed

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.catalog import Model
    from bot.domain.edits.options import Adjusted
    from bot.domain.edits.pictures import Box, Brief, Lines, Reading
    from bot.domain.reports.charts import Chart

__all__ = ["ImagePool", "ProcessDied", "WorkFailed"]

log = logging.getLogger(__name__)

# The extra `ocr`: without either of them there is no reader.
_READER: Final = ("rapidocr", "onnxruntime")


class ImagePool:
    """Works on pictures in up to `processes` processes at once; further calls wait in line.

    `cpu_seconds` bounds the processor time of one call, `wall_seconds` its duration. One more
    process reads lettering, if `reader` is True and the extra `ocr` is installed; it is started
    when it is needed, and ends after `idle_seconds` without work.
    """

    def __init__(
        self,
        *,
        processes: int = 2,
        limits: PictureLimits | None = None,
        cpu_seconds: float = 20,
        wall_seconds: float = 90,
        reader: bool = True,
        idle_seconds: float = 60,
    ) -> None:
        self._limits = limits or PictureLimits()
        self._workers = ProcessPool(
            "bot.imaging.pool.picture_main",
            places=processes,
            cpu_seconds=cpu_seconds,
            wall_seconds=wall_seconds,
        )
        self._readers = ProcessPool(
            "bot.imaging.pool.reader_main",
            str(idle_seconds),
            places=1,
            cpu_seconds=cpu_seconds,
            wall_seconds=wall_seconds,
            waits_again=False,  # everybody else waits for the only one
        )
        self._reads = reader and all(importlib.util.find_spec(name) for name in _READER)

    async def prepare(self, brief: Brief, *, model: Model, out: Path) -> PreparedPicture:
        """Check a member's files and write what an edit needs into the folder `out`.

        Raises:
            UserError: what is wrong with them; TOO_COSTLY if the process had to be ended.
            StoreFailed: the disk is full or broken.
            WorkFailed: an error of ours.
        """
        lettering = await self._lettering(brief, out=out)
        arguments = (brief, lettering, model, self._limits, out)
        try:
            return await self._workers.call(PreparedPicture, "prepare", *arguments, out=out)
        except ProcessDied as error:
            raise BadPicture(PictureProblem.TOO_COSTLY) from error

    async def revise(
        self,
        source: Path,
        drawn: Path,
        adjusted: Adjusted,
        *,
        feather: int,
        reading: Reading,
        model: Model,
        out: Path,
    ) -> PreparedPicture:
        """Adjust an area: new files for the edit in `out`, except `source` and `drawn` themselves.

        `drawn` is the mask as it was said and `feather` its depth in pixels, both unadjusted.

        Raises:
            BadArea: nothing is left of the area.
            BadPicture, StoreFailed, WorkFailed: as `prepare`.
        """
        arguments = (source, drawn, adjusted, feather, reading, model, out)
        try:
            return await self._workers.call(
                PreparedPicture, "revise", *arguments, out=out, given=(source, drawn)
            )
        except ProcessDied as error:
            raise BadPicture(PictureProblem.TOO_COSTLY) from error

    async def finish(
        self,
        source: Path,
        mask: Path,
        crop: Box,
        sent_picture: Path,
        sent_mask: Path,
        result: Path,
        *,
        feather: int,
        out: Path,
    ) -> FinishedPicture:
        """Stitch the provider's picture into the original; it fades in `feather` pixels deep.

        Raises:
            Broken: the result is not a picture, or a file of ours is gone; that is final.
            StoreFailed: the disk is full or broken.
            ProcessDied, WorkFailed: it could not be done now; the result is as good as before.
        """
        arguments = (source, mask, crop, sent_picture, sent_mask, result, feather, out)
        return await self._workers.call(FinishedPicture, "finish", *arguments, out=out)

    async def fit(self, picture: Path, *, limit_bytes: int, out: Path) -> FittedFile:
        """The picture as a file of at most `limit_bytes`: itself, or a new file in `out`.

        Raises:
            CardTooLarge: that cannot be done with the time and the memory there is.
            StoreFailed, WorkFailed: as `prepare`.
            ProcessDied: the process died; that says nothing about the picture.
        """
        arguments = (picture, limit_bytes, out)
        try:
            return await self._workers.call(
                FittedFile, "fit", *arguments, out=out, given=(picture,)
            )
        except ProcessOverLimit as error:
            raise CardTooLarge(limit_bytes=limit_bytes) from error

    async def thumbnail(
        self,
        picture: Path,
        *,
        max_side: int,
        room: Path | None = None,
        overlap: int = 0,
        out: Path,
    ) -> FittedFile:
        """A small copy of a picture, its longer side at most `max_side`.

        `room` is the mask of new room beside it, which is not shown; `overlap` is how far that
        reaches into the picture, in pixels.

        Raises:
            BadPicture: it cannot be read.
            StoreFailed, WorkFailed: as `prepare`.
        """
        return await self._small("thumbnail", picture, max_side, room, overlap, out, out=out)

    async def preview(
        self, source: Path, mask: Path, *, feather: int, extended: bool = False, out: Path
    ) -> FittedFile:
        """A small copy of a kept original that shows where it changes, fading in as it will.

        `feather` is in pixels of the original. `extended`: the area is new room beside a picture.

        Raises:
            BadPicture: it cannot be read.
            StoreFailed, WorkFailed: as `prepare`.
        """
        return await self._small("preview", source, mask, feather, extended, out, out=out)

    async def chart(self, chart: Chart, *, out: Path) -> FittedFile:
        """A chart as a picture, in a new file in `out`, which should hold nothing else.

        Raises:
            StoreFailed, WorkFailed: as `prepare`.
            ProcessDied: the process died; that says nothing about the chart.
        """
        return await self._workers.call(FittedFile, "chart", chart, out, out=out)

    async def _small(self, name: str, *arguments: object, out: Path) -> FittedFile:
        try:
            return await self._workers.call(FittedFile, name, *arguments, out=out)
        except ProcessDied as error:
            raise BadPicture(PictureProblem.TOO_COSTLY) from error

    async def _lettering(self, brief: Brief, *, out: Path) -> Lines:
        """What is read in a picture; None where nobody asks, or nobody can read."""
        if not self._reads or not _asks_for_lettering(brief):
            return None
        arguments = (brief.source, self._limits, out)
        try:
            found = await self._readers.call(Lettering, "read_lettering", *arguments, out=out)
        except (ProcessDied, WorkFailed):
            # Not the member's fault: what can be found without reading is found.
            log.exception("lettering could not be read")
            return OcrSkipped.NOT_NOW
        return found.lines

    async def aclose(self) -> None:
        """End all processes, busy ones too; their callers get a ClosedResourceError."""
        await self._workers.aclose()
        await self._readers.aclose()


def _asks_for_lettering(brief: Brief) -> bool:
    """Whether what a member wants depends on the lettering in their picture."""
    if brief.offers_lettering:
        return True
    if brief.area is None or not brief.area.strip():
        return False
    said = areas.parse(brief.area)
    if areas.says_marks(said) is (brief.mask is None):
        return False  # a copy and words that do not go together are refused
    return any(found.thing is Thing.TEXT for found in areas.found_in(said))
