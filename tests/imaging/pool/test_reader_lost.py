"""R7 A reader that is lost, late or overwhelmed: nobody waits for long, and nobody is misled."""

from __future__ import annotations

import asyncio
import math
import random
import signal
import subprocess
import sys
from contextlib import aclosing
from pathlib import Path

import anyio
import numpy as np
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from bot.domain.edits.pictures import Note, OcrSkipped
from bot.domain.errors import AreaProblem, BadArea
from bot.imaging.detect.ocr import worth_reading
from bot.imaging.pool.pool import ImagePool
from tests.imaging import picture_files as files
from tests.imaging.pool.processes import prepared, stored
from tests.imaging.pool.signs import read, readers, reading, sign_photo, texts


@pytest.fixture(scope="module")
def sign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sign_photo(tmp_path_factory.mktemp("sign"))


async def test_s14_a_reader_killed_at_work_is_replaced_and_killed_again_is_done_without(
    sign: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with aclosing(ImagePool()) as pictures:
        work, first = await reading(pictures, sign, tmp_path)
        first.kill()
        assert texts(await work) == ["Old Town", "EXIT 14"]

        work, second = await reading(pictures, sign, tmp_path)
        second.kill()
        with anyio.fail_after(20):
            while not (third := [p for p in readers(pictures) if p.pid != second.pid]):
                await anyio.sleep(0.002)
        third[0].kill()
        assert await work is OcrSkipped.NOT_NOW

    assert "lettering could not be read" in caplog.text


async def test_s14_a_reader_that_overruns_is_not_taken_for_one_that_is_missing(
    sign: Path, tmp_path: Path
) -> None:
    async with aclosing(ImagePool(processes=1)) as pictures:
        pictures._readers._cpu_seconds = 0.01
        with pytest.raises(BadArea) as words:
            await prepared(pictures, sign, 'text:"EXIT 14"', tmp_path)
        anything = await prepared(pictures, sign, "text", tmp_path)

    assert words.value.problem is AreaProblem.NOT_READ
    assert anything.notes == (Note.TEXT_UNSURE,)


async def test_s14_a_reader_that_says_nothing_is_waited_for_once(
    sign: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with aclosing(ImagePool(wall_seconds=4)) as pictures:
        work, reader = await reading(pictures, sign, tmp_path)
        reader.send_signal(signal.SIGSTOP)

        assert await work is OcrSkipped.NOT_NOW
        assert readers(pictures) == []

    lost = [record.getMessage() for record in caplog.records if "lost" in record.getMessage()]
    assert lost == ["picture process lost at read_lettering, attempt 1: no answer in time"]


async def test_l7_a_reading_ends_with_the_bot(sign: Path, tmp_path: Path) -> None:
    async with aclosing(ImagePool()) as pictures:
        work, _ = await reading(pictures, sign, tmp_path)

    with pytest.raises(anyio.ClosedResourceError):
        await work
    assert readers(pictures) == []


async def test_l7_a_reader_that_starts_while_the_bot_ends_does_not_stay(
    sign: Path, tmp_path: Path
) -> None:
    before = {process.pid for process in psutil.Process().children()}
    async with aclosing(ImagePool()) as pictures:
        work = asyncio.create_task(read(pictures, sign, tmp_path))
        while {process.pid for process in psutil.Process().children()} <= before:
            await asyncio.sleep(0)

    with pytest.raises(anyio.ClosedResourceError):
        await work
    assert {process.pid for process in psutil.Process().children()} <= before


BOT = """
import anyio, sys
from pathlib import Path
from bot.domain.edits.pictures import Brief
from bot.imaging.pool.pool import ImagePool

async def main():
    source = Path(sys.argv[1])
    try:
        await ImagePool()._lettering(Brief(source=source, area="text"), out=Path(sys.argv[2]))
    except Exception:
        pass
    print("read", flush=True)
    await anyio.sleep(60)

anyio.run(main)
"""


async def test_l7_a_killed_bot_leaves_no_reader_behind(tmp_path: Path) -> None:
    source = stored(tmp_path, b"nothing")
    command = [sys.executable, "-c", BOT, str(source), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as bot:
        assert bot.stdout is not None
        assert bot.stdout.readline() == b"read\n"
        found = psutil.Process(bot.pid).children()
        bot.kill()

    gone, alive = psutil.wait_procs(found, timeout=2)

    assert (len(gone), alive) == (1, [])


async def test_r7_of_a_thousand_words_the_largest_are_read_and_all_are_found(
    tmp_path: Path,
) -> None:
    """Reading them all takes 25 s, and longer than a reader may."""
    draw = random.Random(1)
    page = Image.new("RGB", (1180, 1050), "white")
    pen, small = ImageDraw.Draw(page), ImageFont.load_default(11)
    pen.text((20, 960), "LARGE", "black", ImageFont.load_default(60))
    words = [
        pen.textbbox((x, y), "".join(draw.choices("abcdefghkmn", k=5)), small)
        for y in range(4, 930, 17)
        for x in range(4, 1150, 62)
    ]
    for left, top, _, _ in words:
        pen.text((left, top), "".join(draw.choices("abcdefghkmn", k=5)), "black", small)

    async with aclosing(ImagePool()) as pictures:
        lines = await read(pictures, stored(tmp_path, files.encoded(page, "PNG")), tmp_path)

    assert isinstance(lines, tuple)
    assert "LARGE" in texts(lines)
    assert 0.9 < len(lines) / len(words) < 1.1
    assert 280 < sum(bool(line.text) for line in lines) < 310


@given(st.lists(st.tuples(st.integers(1, 2500), st.integers(1, 400)), max_size=80))
def test_r7_the_largest_lines_are_worth_reading_as_long_as_there_is_time(
    sizes: list[tuple[int, int]],
) -> None:
    lines = [np.array(((0.0, 0), (w, 0), (w, h), (0, h))) for w, h in sizes]

    chosen = worth_reading(lines)

    read = [w * h for number, (w, h) in enumerate(sizes) if number in chosen]
    left = [w * h for number, (w, h) in enumerate(sizes) if number not in chosen]
    units = sum(max(320 / 48, max(size) / min(size)) for size in sizes)
    assert min(read, default=math.inf) >= max(left, default=0)
    assert (not left) is (units <= 2000)
