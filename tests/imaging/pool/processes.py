"""Watches, disturbs and starves the picture processes that a test has started."""

from __future__ import annotations

import os
from pathlib import Path

import anyio
import psutil

from bot.domain.catalog import IDEOGRAM_V2_EDIT as MODEL
from bot.domain.edits.pictures import Box, Brief, FinishedPicture, PreparedPicture
from bot.imaging.pool.pool import ImagePool


def stored(folder: Path, data: bytes, name: str = "attachment") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


async def prepared(
    pictures: ImagePool, source: Path, area: str | None = "top", out: Path | None = None
) -> PreparedPicture:
    """What comes of a stored picture, beside it unless elsewhere is said."""
    return await pictures.prepare(
        Brief(source=source, area=area), model=MODEL, out=out or source.parent
    )


async def finished(
    pictures: ImagePool, edit: PreparedPicture, result: Path, out: Path | None = None
) -> FinishedPicture:
    sent = (edit.crop, edit.sent_picture, edit.sent_mask, result)
    out = out or result.parent
    return await pictures.finish(edit.source, edit.mask, *sent, feather=4, out=out)


async def finished_from(pictures: ImagePool, picture: Path, result: Path) -> FinishedPicture:
    """An edit all of whose own files are this picture."""
    sent = (Box(0, 0, 9, 9), picture, picture, result)
    return await pictures.finish(picture, picture, *sent, feather=4, out=picture.parent)


_others: set[int] = set()


def note_those_of_others() -> None:
    """Leave alone, from now on, the picture processes that run already."""
    _others.clear()
    _others.update(process.pid for process in children())


def children() -> list[psutil.Process]:
    """The picture processes that were started by this test."""
    return [
        process
        for process in psutil.Process().children()
        if process.pid not in _others and "bot.imaging.pool.picture_main" in process.cmdline()
    ]


async def busy_child(folder: Path, *, attempt: int = 1, name: str = "source-*") -> psutil.Process:
    """The picture process that is in the middle of its work: a file of that name has appeared."""
    with anyio.fail_after(20):
        while len(list(folder.glob(name))) < attempt:
            await anyio.sleep(0.002)
    [process] = children()
    return process


def limit_memory(room_bytes: int) -> None:
    """From now on the picture process gets no more than this above what it has."""
    [process] = children()
    hard = process.rlimit(psutil.RLIMIT_AS)[1]
    process.rlimit(psutil.RLIMIT_AS, (process.memory_info().vms + room_bytes, hard))


def limit_files(size_bytes: int) -> None:
    """From now on no file that the picture process writes may grow beyond this."""
    [process] = children()
    hard = process.rlimit(psutil.RLIMIT_FSIZE)[1]
    process.rlimit(psutil.RLIMIT_FSIZE, (size_bytes, hard))


def has_spooled(process: psutil.Process) -> bool:
    """Whether it holds pixels in an unnamed file: it is in the middle of its work."""
    folder = Path(f"/proc/{process.pid}/fd")
    try:
        return any("(deleted)" in os.readlink(entry) for entry in folder.iterdir())  # noqa: PTH115
    except OSError:
        return False
