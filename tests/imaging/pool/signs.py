"""A sign that is read in a photo, and the process that reads it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import anyio
import psutil
from PIL import Image

from benchmarks.labelled.sheets import Sheet, noisy
from bot.domain.edits.pictures import Brief, Lines
from bot.engine import samples
from bot.imaging.pool.pool import ImagePool
from tests.imaging import picture_files as files
from tests.imaging.pool.processes import has_spooled, stored


def sign_photo(folder: Path) -> Path:
    """Two lines on a tilted board in a meadow; beside it, as `labels.png`, where they stand."""
    board = Sheet(Image.new("RGB", (560, 220), (20, 110, 66)))
    board.write("Old Town", (280, 70), 80, (244, 242, 236), anchor="mm")
    board.write("EXIT 14", (280, 160), 56, (244, 242, 236), anchor="mm")
    corners = [(352.0, 312.0), (884.0, 140.0), (952.0, 350.0), (420.0, 522.0)]
    photo = board.hung(Sheet(samples.landscape()), corners)
    photo.mask().save(folder / "labels.png")
    data = files.encoded(noisy(photo.picture, grain=6, seed=1), "JPEG", quality=82)
    return stored(folder, data)


def readers(of: ImagePool) -> list[psutil.Process]:
    """The reader that these pictures have, if it runs."""
    mine = {worker.pid for worker in of._readers._workers}
    return [
        process
        for process in psutil.Process().children()
        if process.pid in mine and process.status() != psutil.STATUS_ZOMBIE
    ]


async def read(pictures: ImagePool, source: Path, out: Path) -> Lines:
    return await pictures._lettering(Brief(source=source, area="text"), out=out)


def texts(lines: Lines) -> list[str]:
    assert isinstance(lines, tuple)
    return [line.text for line in lines]


async def reading(pictures: ImagePool, source: Path, out: Path) -> tuple[Any, psutil.Process]:
    """A reading in the middle of which its reader is: the picture is spooled."""
    work = asyncio.create_task(read(pictures, source, out))
    with anyio.fail_after(20):
        while not (found := [process for process in readers(pictures) if has_spooled(process)]):
            await anyio.sleep(0.002)
    return work, found[0]
