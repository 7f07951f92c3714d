"""What is bought is not lost with its process: it waits, and is finished by another one."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from pathlib import Path
from typing import Any

import anyio
import pytest
from PIL import Image

from bot.domain.edits.pictures import FinishedPicture
from bot.domain.errors import BadPicture, PictureProblem
from bot.imaging.pool import pool
from bot.imaging.pool.pool import ImagePool
from tests.imaging import picture_files as files
from tests.imaging.pool.processes import (
    busy_child,
    children,
    finished,
    finished_from,
    has_spooled,
    limit_memory,
    prepared,
    stored,
)

Bought = Callable[[ImagePool], Coroutine[Any, Any, FinishedPicture]]

SMALL = files.encoded(files.photo(), "PNG")


@pytest.fixture
async def bought(pictures: ImagePool, tmp_path: Path) -> Bought:
    """Finishing an edit of a large picture, as often as wanted."""
    large = stored(tmp_path, files.png(6000, 4000, depth=16))
    edit = await prepared(pictures, large, "center", tmp_path)
    result = stored(tmp_path, files.encoded(files.photo(seed=9), "PNG"), "result")
    return lambda pictures: finished(pictures, edit, result)


@pytest.mark.parametrize(
    ("signals", "said"),
    [([signal.SIGKILL] * 2, "code -9"), ([signal.SIGXCPU], "processor time")],
    ids=["killed twice", "overran"],
)
async def test_s14_l6_a_bought_picture_outlives_the_death_of_its_processes(
    pictures: ImagePool, tmp_path: Path, bought: Bought, signals: list[signal.Signals], said: str
) -> None:
    """A process without memory is killed; one that took too long gets another signal."""
    work = asyncio.create_task(bought(pictures))
    for attempt, sent in enumerate(signals, 1):
        process = await busy_child(tmp_path, attempt=attempt, name="finished-*")
        process.send_signal(sent)

    with pytest.raises(pool.ProcessDied, match=said):
        await work
    assert (await bought(pictures)).changed_outside == 0


async def test_s14_a_bought_picture_outlives_a_machine_too_busy_to_finish_it(
    pictures: ImagePool, bought: Bought
) -> None:
    async with aclosing(ImagePool(processes=1, wall_seconds=0.2)) as hurried:
        with pytest.raises(pool.ProcessDied, match="no answer in time"):
            await bought(hurried)

    assert (await bought(pictures)).changed_outside == 0


@pytest.mark.parametrize("room_bytes", [1 << 20, 40 << 20])
async def test_s14_a_bought_picture_outlives_a_process_without_memory(
    pictures: ImagePool, bought: Bought, room_bytes: int
) -> None:
    limit_memory(room_bytes)

    with pytest.raises(pool.ProcessDied, match="memory"):
        await bought(pictures)
    children()[0].kill()

    assert (await bought(pictures)).changed_outside == 0


@pytest.mark.parametrize(("kind", "room_mb"), [("PNG", 30), ("WEBP", 120), ("TIFF", 30)])
async def test_s14_a_picture_is_not_called_damaged_for_want_of_memory(
    pictures: ImagePool, tmp_path: Path, kind: str, room_mb: int
) -> None:
    await prepared(pictures, stored(tmp_path, SMALL), "top")
    limit_memory(room_mb << 20)
    options = {"compression": "tiff_lzw"} if kind == "TIFF" else {}
    data = files.encoded(Image.new("RGB", (3500, 3500)), kind, **options)
    picture = stored(tmp_path, data)

    with pytest.raises(BadPicture) as caught:
        await prepared(pictures, picture, "top", tmp_path)

    assert caught.value.problem is PictureProblem.TOO_COSTLY


async def test_an_unforeseen_error_while_finishing_is_not_the_providers(
    pictures: ImagePool, tmp_path: Path
) -> None:
    picture = stored(tmp_path, SMALL)

    with pytest.raises(pool.WorkFailed, match="FileNotFoundError"):
        await finished_from(pictures, picture, tmp_path / "gone")


async def test_s14_a_card_waits_when_its_process_is_killed(
    pictures: ImagePool, tmp_path: Path
) -> None:
    noise = files.encoded(Image.effect_noise((2500, 2500), 90).convert("RGB"), "PNG")
    work = asyncio.create_task(
        pictures.fit(stored(tmp_path, noise), limit_bytes=10_000, out=tmp_path)
    )
    for _ in range(2):
        with anyio.fail_after(20):
            while not (found := [child for child in children() if has_spooled(child)]):
                await anyio.sleep(0.002)
        found[0].kill()
        found[0].wait()

    with pytest.raises(pool.ProcessDied):
        await work
