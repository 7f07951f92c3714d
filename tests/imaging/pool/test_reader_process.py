"""R7 The reader of lettering: a process of its own, which is there while it is needed."""

from __future__ import annotations

import asyncio
import dataclasses
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import anyio
import numpy as np
import psutil
import pytest
import pytest_asyncio
from PIL import Image, ImageDraw

from benchmarks.labelled.sheets import Sheet
from bot.domain.catalog import IDEOGRAM_V2_EDIT as MODEL
from bot.domain.edits.pictures import Brief, Note, PictureLimits
from bot.domain.errors import AreaProblem, BadArea, BadPicture, PictureProblem, StoreFailed
from bot.imaging.pool.pool import ImagePool
from tests.imaging import picture_files as files
from tests.imaging.pool.processes import prepared, stored
from tests.imaging.pool.signs import read, readers, sign_photo, texts

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLAIN = files.encoded(files.photo(), "PNG")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pictures() -> AsyncIterator[ImagePool]:
    """One reader for all tests that leave it alive: it takes a second and a half to load."""
    found = ImagePool(processes=1)
    yield found
    await found.aclose()


@pytest.fixture(scope="module")
def sign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sign_photo(tmp_path_factory.mktemp("sign"))


async def test_r7_tilted_lettering_in_a_photo_is_read_with_its_corners(
    pictures: ImagePool, sign: Path, tmp_path: Path
) -> None:
    lines = await read(pictures, sign, tmp_path)

    assert texts(lines) == ["Old Town", "EXIT 14"]
    assert isinstance(lines, tuple)
    left, top, right, higher = lines[1].corners[:4]
    assert 0.8 < lines[1].score <= 1
    assert 480 < left < 620
    assert 0.2 < (top - higher) / (right - left) < 0.45  # eighteen degrees, up to the right
    assert list(tmp_path.iterdir()) == []


async def test_r7_corners_are_those_of_the_upright_picture_at_its_own_size(
    pictures: ImagePool, tmp_path: Path
) -> None:
    sheet = Sheet(Image.new("RGB", (4000, 3000), (250, 248, 240)))
    sheet.write("BEACH CLOSED", (600, 2000), 220, (30, 30, 40))
    lying = sheet.picture.transpose(Image.Transpose.ROTATE_90)
    data = files.encoded(lying, "JPEG", quality=70, exif=files.exif(6))

    lines = await read(pictures, stored(tmp_path, data), tmp_path)

    assert texts(lines) == ["BEACH CLOSED"]
    assert isinstance(lines, tuple)
    [label] = sheet.lines
    found = [lines[0].corners[index] for index in (0, 1, 4, 5)]
    wanted = [*label[0], *label[2]]
    assert max(abs(a - b) for a, b in zip(found, wanted, strict=True)) < 40


async def test_r7_nothing_is_read_where_nobody_speaks_of_lettering(
    sign: Path, tmp_path: Path
) -> None:
    async with aclosing(ImagePool()) as pictures:
        for brief in (
            Brief(source=sign, area="left half"),
            Brief(source=sign, area="  "),
            Brief(source=sign, mask=sign, area="text"),
            Brief(source=sign, area="marks - text"),
            Brief(source=sign),
        ):
            assert await pictures._lettering(brief, out=tmp_path) is None
        assert readers(pictures) == []


async def test_r7_lettering_is_read_for_an_offer_too(
    pictures: ImagePool, sign: Path, tmp_path: Path
) -> None:
    lines = await pictures._lettering(Brief(source=sign, offers_lettering=True), out=tmp_path)

    assert texts(lines) == ["Old Town", "EXIT 14"]


async def test_words_that_go_on_from_a_marked_copy_are_read_too(
    pictures: ImagePool, sign: Path, tmp_path: Path
) -> None:
    marked = Image.open(sign).convert("RGB")
    ImageDraw.Draw(marked).rectangle((330, 130, 980, 540), outline=(255, 0, 0), width=12)
    copy = stored(tmp_path, files.encoded(marked, "JPEG", quality=85), "copy")
    brief = Brief(source=sign, mask=copy, area="marks - text")

    everything = await pictures.prepare(brief, model=MODEL, out=tmp_path)
    some = await pictures.prepare(
        dataclasses.replace(brief, area='marks - text:"exit 14"'), model=MODEL, out=tmp_path
    )

    labels = np.asarray(Image.open(sign.parent / "labels.png")) > 0
    kept = np.asarray(Image.open(everything.mask)) == 0
    assert np.mean(kept[labels]) > 0.9
    assert Note.TEXT_WITHOUT_READER not in everything.notes
    assert everything.masked_pixels < some.masked_pixels


async def test_words_that_mean_nothing_are_refused_before_anything_is_read(
    pictures: ImagePool, sign: Path, tmp_path: Path
) -> None:
    with pytest.raises(BadArea):
        await pictures._lettering(Brief(source=sign, area="text + qwertz"), out=tmp_path)


@pytest.mark.parametrize(
    "data",
    [
        PLAIN[: len(PLAIN) // 2],
        files.claimed_png(60_000, 60_000),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"",
    ],
    ids=["cut short", "a bomb", "a web page", "empty"],
)
async def test_r7_the_reader_refuses_what_the_gate_refuses(
    pictures: ImagePool, tmp_path: Path, data: bytes
) -> None:
    source = stored(tmp_path, data)

    with pytest.raises(BadPicture) as by_the_reader:
        await read(pictures, source, tmp_path)
    with pytest.raises(BadPicture) as by_the_gate:
        await prepared(pictures, source, "top", tmp_path)

    assert by_the_reader.value.problem is by_the_gate.value.problem
    assert by_the_reader.value.facts == by_the_gate.value.facts


async def test_s12_a_reader_without_a_disk_is_the_stores_failure(
    pictures: ImagePool, sign: Path, tmp_path: Path
) -> None:
    await read(pictures, sign, tmp_path)
    [reader] = readers(pictures)
    hard = reader.rlimit(psutil.RLIMIT_FSIZE)[1]
    before = reader.rlimit(psutil.RLIMIT_FSIZE)
    reader.rlimit(psutil.RLIMIT_FSIZE, (1000, hard))

    with pytest.raises(StoreFailed):
        await read(pictures, sign, tmp_path)

    reader.rlimit(psutil.RLIMIT_FSIZE, before)


async def test_the_reader_knows_no_secret_and_keeps_its_bounds(
    pictures: ImagePool, sign: Path, tmp_path: Path
) -> None:
    """24 megapixels and the models in less memory than 500 MB: the bounds leave room, no more."""
    await read(pictures, stored(tmp_path, files.png(6000, 4000)), tmp_path)
    [reader] = readers(pictures)
    status = Path(f"/proc/{reader.pid}/status").read_text()
    [peak_kb] = [int(row.split()[1]) for row in status.splitlines() if row.startswith("VmHWM")]
    environment = Path(f"/proc/{reader.pid}/environ").read_bytes()
    used = sum(reader.cpu_times()[:2])

    assert peak_kb * 1024 < 500e6
    assert reader.rlimit(psutil.RLIMIT_AS)[0] < 1.5 * 2**30
    assert reader.rlimit(psutil.RLIMIT_CPU)[0] < used + 22
    assert reader.rlimit(psutil.RLIMIT_CORE)[0] == 0
    assert b"HOME" not in environment
    assert b"OMP_NUM_THREADS=1" in environment
    assert reader.num_threads() <= 2  # its own, and one of the runtime's that waits


async def test_the_reader_ends_when_nobody_needs_it_and_comes_back(
    sign: Path, tmp_path: Path
) -> None:
    async with aclosing(ImagePool(idle_seconds=0.1)) as pictures:
        with pytest.raises(BadPicture):
            await read(pictures, stored(tmp_path, b"nothing"), tmp_path)
        [first] = readers(pictures)
        with anyio.fail_after(10):
            while readers(pictures):
                await anyio.sleep(0.01)

        with pytest.raises(BadPicture):
            await read(pictures, stored(tmp_path, b"nothing"), tmp_path)

        assert [reader.pid for reader in readers(pictures)] != [first.pid]


async def test_there_is_one_reader_however_many_ask(pictures: ImagePool, tmp_path: Path) -> None:
    source = stored(tmp_path, b"nothing")

    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(_refused(pictures, source, tmp_path)) for _ in range(6)]
        seen = 0
        while not all(task.done() for task in asked):
            seen = max(seen, len(readers(pictures)))
            await anyio.sleep(0.001)

    assert seen == 1


async def _refused(pictures: ImagePool, source: Path, out: Path) -> None:
    with pytest.raises(BadPicture):
        await read(pictures, source, out)


ALONE = """
import os, sys
from pathlib import Path
from bot.domain.edits.pictures import PictureLimits
from bot.imaging.detect.ocr import read_lettering

def watch(event, arguments):
    if event.startswith(("socket.connect", "socket.getaddrinfo", "urllib")):
        os._exit(7)
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        if not str(arguments[0]).startswith((sys.argv[2], "/dev/null")):
            os._exit(8)

sys.dont_write_bytecode = True
sys.addaudithook(watch)
found = read_lettering(Path(sys.argv[1]), PictureLimits(), Path(sys.argv[2]))
os._exit(len(found.lines))
"""


async def test_r7_reading_asks_no_network_and_writes_nothing(sign: Path, tmp_path: Path) -> None:
    """What the libraries do is watched from inside; two lines are read, and nothing is said."""
    command = [sys.executable, "-c", ALONE, str(sign), str(tmp_path)]

    done = await asyncio.to_thread(
        subprocess.run, command, check=False, capture_output=True, env={"PYTHONPATH": "."}
    )

    assert (done.returncode, done.stdout, done.stderr) == (2, b"", b"")


async def test_r7_without_the_extra_words_are_not_looked_for(sign: Path, tmp_path: Path) -> None:
    async with aclosing(ImagePool(processes=1, reader=False)) as pictures:
        brief = Brief(source=sign, area='text:"EXIT 14"')
        with pytest.raises(BadArea) as words:
            await pictures.prepare(brief, model=MODEL, out=tmp_path)
        anything = await prepared(pictures, sign, "text", tmp_path)

    assert words.value.problem is AreaProblem.NEEDS_READER
    assert words.value.word == 'text:"EXIT 14"'
    assert {Note.TEXT_WITHOUT_READER, Note.TEXT_UNSURE} <= set(anything.notes)


async def test_r7_what_was_read_becomes_the_area_and_the_choices(
    pictures: ImagePool, sign: Path, tmp_path: Path
) -> None:
    whole = await prepared(pictures, sign, "text", tmp_path)
    part = await pictures.prepare(
        Brief(source=sign, area='text:"exit"', offers_lettering=True), model=MODEL, out=tmp_path
    )
    again = await prepared(pictures, sign, part.choices[0].area, tmp_path)

    found = np.asarray(Image.open(whole.mask)) > 0
    wanted = np.asarray(Image.open(sign.parent / "labels.png")) > 0
    assert np.count_nonzero(found & wanted) / np.count_nonzero(found | wanted) > 0.8
    assert whole.notes == ()
    assert 0.15 < part.masked_pixels / whole.masked_pixels < 0.35
    assert [choice.label for choice in part.choices] == ["Old Town EXIT 14", "Old Town", "EXIT 14"]
    assert again.masked_pixels > whole.masked_pixels


async def test_r7_a_smaller_limit_of_pixels_holds_for_the_reader_too(
    sign: Path, tmp_path: Path
) -> None:
    limits = PictureLimits(max_pixels=500_000)
    async with aclosing(ImagePool(limits=limits)) as pictures:
        with pytest.raises(BadPicture) as caught:
            await read(pictures, sign, tmp_path)

    assert caught.value.problem is PictureProblem.TOO_MANY_PIXELS
