"""The picture processes: what kills one of them kills neither the bot nor the member's edit."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from contextlib import aclosing
from pathlib import Path

import anyio
import psutil
import pytest

from bot.domain.catalog import IDEOGRAM_V2_EDIT as MODEL
from bot.domain.edits.extension import parse_extension
from bot.domain.edits.options import Adjusted
from bot.domain.edits.pictures import Brief, PreparedPicture, Reading
from bot.domain.errors import (
    BadMask,
    BadOption,
    BadPicture,
    Broken,
    Failure,
    MaskProblem,
    PictureProblem,
)
from bot.imaging.pool import pool
from bot.imaging.pool.pool import ImagePool
from tests.imaging import picture_files as files
from tests.imaging.pool.processes import (
    busy_child,
    children,
    finished,
    finished_from,
    prepared,
    stored,
)

SMALL = files.encoded(files.photo(), "PNG")


@pytest.fixture(scope="module")
def large() -> bytes:
    """A picture that takes most of a second: 24 megapixels in 16 bits, packed small."""
    return files.png(6000, 4000, depth=16)


async def test_a_picture_goes_through_all_its_stations(pictures: ImagePool, tmp_path: Path) -> None:
    edit = await prepared(pictures, stored(tmp_path, SMALL), "left half")
    result = stored(tmp_path, files.encoded(files.photo(seed=9), "JPEG"), "result")
    done = await finished(pictures, edit, result)
    fitted = await pictures.fit(done.picture, limit_bytes=3000, out=tmp_path)
    thumb = await pictures.thumbnail(done.picture, max_side=32, out=tmp_path)

    assert edit.reading is Reading.WORDS
    assert done.changed_outside == 0
    assert done.changed_inside > 1000
    assert fitted.path.stat().st_size <= 3000
    assert thumb.path.exists()
    assert len(children()) == 1


async def test_an_area_is_adjusted_and_shown_in_a_process_too(
    pictures: ImagePool, tmp_path: Path
) -> None:
    source = stored(tmp_path, SMALL)
    workspaces = [tmp_path / name for name in ("first", "second", "third")]
    for workspace in workspaces:
        workspace.mkdir()
    brief = Brief(source=source, extension=parse_extension("left", "50%", overlap=3))
    edit = await pictures.prepare(brief, model=MODEL, out=workspaces[0])

    wider = await pictures.revise(
        edit.source,
        edit.drawn,
        Adjusted(softness=2),
        feather=edit.feather,
        reading=edit.reading,
        model=MODEL,
        out=workspaces[1],
    )
    shown = await pictures.preview(
        wider.source, wider.mask, feather=wider.feather, extended=True, out=workspaces[2]
    )

    assert (wider.source, wider.drawn) == (edit.source, edit.drawn)
    assert wider.mask.parent == workspaces[1]
    assert wider.masked_pixels > edit.masked_pixels
    assert shown.path.parent == workspaces[2]
    assert len(children()) == 1


async def test_an_extension_that_cannot_be_comes_back_as_it_was_raised(
    pictures: ImagePool, tmp_path: Path
) -> None:
    brief = Brief(source=stored(tmp_path, SMALL), extension=parse_extension("left", "to 1:9"))

    with pytest.raises(BadOption) as caught:
        await pictures.prepare(brief, model=MODEL, out=tmp_path)

    assert (caught.value.option, caught.value.value) == ("amount", "1:9")
    assert len(children()) == 1


async def test_what_a_member_can_mend_comes_back_as_it_was_raised(
    pictures: ImagePool, tmp_path: Path
) -> None:
    picture = stored(tmp_path, SMALL)

    with pytest.raises(BadPicture) as bad_picture:
        await prepared(pictures, stored(tmp_path, files.png(20, 15), "tiny"), "top")
    with pytest.raises(BadMask) as bad_mask:
        await pictures.prepare(Brief(source=picture), model=MODEL, out=tmp_path)
    with pytest.raises(Broken) as broken:
        await finished_from(pictures, picture, Path("/dev/null"))

    assert bad_picture.value.problem is PictureProblem.TOO_SMALL
    assert bad_picture.value.facts == {"width": 20, "height": 15, "minimum": 16}
    assert bad_mask.value.problem is MaskProblem.MISSING
    assert broken.value.failure is Failure.BAD_RESULT
    assert len(children()) == 1


async def test_an_error_of_our_own_comes_back_with_its_traceback(
    pictures: ImagePool, tmp_path: Path
) -> None:
    with pytest.raises(pool.WorkFailed, match="FileNotFoundError"):
        await prepared(pictures, tmp_path / "gone", "top", tmp_path)


async def test_no_more_processes_run_than_were_allowed(tmp_path: Path) -> None:
    pictures = ImagePool(processes=2)
    picture = stored(tmp_path, SMALL)

    async with asyncio.TaskGroup() as group:
        for _ in range(8):
            group.create_task(prepared(pictures, picture, "top", tmp_path))

    assert len(children()) == 2
    await pictures.aclose()
    assert children() == []


async def prepare_large(pictures: ImagePool, folder: Path, data: bytes) -> PreparedPicture:
    path = stored(folder, data)
    return await prepared(pictures, path, "center", folder)


async def test_s14_l6_a_process_killed_at_work_is_replaced_and_the_work_is_done(
    pictures: ImagePool, tmp_path: Path, large: bytes
) -> None:
    work = asyncio.create_task(prepare_large(pictures, tmp_path, large))
    (await busy_child(tmp_path)).kill()

    edit = await work

    assert (edit.width, edit.height) == (6000, 4000)


async def test_l6_a_picture_that_kills_two_processes_is_refused(
    pictures: ImagePool, tmp_path: Path, large: bytes
) -> None:
    work = asyncio.create_task(prepare_large(pictures, tmp_path, large))
    first = await busy_child(tmp_path)
    first.kill()
    (await busy_child(tmp_path, attempt=2)).kill()

    with pytest.raises(BadPicture) as caught:
        await work

    assert caught.value.problem is PictureProblem.TOO_COSTLY


async def test_s14_a_picture_that_takes_too_long_is_ended_and_the_line_goes_on(
    tmp_path: Path,
) -> None:
    heavy = stored(tmp_path, files.png(7000, 7000, depth=16), "heavy")
    small = stored(tmp_path, SMALL)

    async with aclosing(ImagePool(processes=1, cpu_seconds=0.1)) as pictures:
        with pytest.raises(BadPicture) as caught:
            await prepared(pictures, heavy, "everything", tmp_path)
        edit = await prepared(pictures, small, "top", tmp_path)

    assert caught.value.problem is PictureProblem.TOO_COSTLY
    assert edit.width == 64


async def test_a_process_that_stops_answering_is_replaced(tmp_path: Path) -> None:
    picture = stored(tmp_path, SMALL)

    async with aclosing(ImagePool(processes=1, wall_seconds=8)) as pictures:
        await prepared(pictures, picture, "top", tmp_path)
        [stopped] = children()
        stopped.send_signal(signal.SIGSTOP)
        edit = await prepared(pictures, picture, "top", tmp_path)
        left = [process.pid for process in children()]

    assert edit.width == 64
    assert stopped.pid not in left


async def test_a_process_found_dead_in_idleness_is_replaced(
    pictures: ImagePool, tmp_path: Path
) -> None:
    picture = stored(tmp_path, SMALL)
    await prepared(pictures, picture, "top", tmp_path)
    for process in children():
        process.kill()

    edit = await prepared(pictures, picture, "top", tmp_path)

    assert edit.width == 64


async def test_work_nobody_waits_for_any_more_is_ended(
    pictures: ImagePool, tmp_path: Path, large: bytes
) -> None:
    work = asyncio.create_task(prepare_large(pictures, tmp_path, large))
    await busy_child(tmp_path)

    work.cancel()

    with pytest.raises(asyncio.CancelledError):
        await work
    assert children() == []


async def test_closing_ends_busy_processes_without_blaming_the_picture(
    tmp_path: Path, large: bytes
) -> None:
    pictures = ImagePool()
    work = asyncio.create_task(prepare_large(pictures, tmp_path, large))
    await busy_child(tmp_path)

    await pictures.aclose()

    with pytest.raises(anyio.ClosedResourceError):
        await work
    with pytest.raises(anyio.ClosedResourceError):
        await pictures.prepare(Brief(source=tmp_path / "any"), model=MODEL, out=tmp_path)
    assert children() == []


BOT = """
import anyio, sys
from pathlib import Path
from bot.domain.catalog import IDEOGRAM_V2_EDIT
from bot.domain.edits.pictures import Brief
from bot.imaging.pool.pool import ImagePool

async def main():
    folder = Path(sys.argv[1])
    brief = Brief(source=folder / "p", area="top")
    await ImagePool().prepare(brief, model=IDEOGRAM_V2_EDIT, out=folder)

anyio.run(main)
"""


async def test_l7_a_killed_bot_leaves_no_picture_process_behind(
    tmp_path: Path, large: bytes
) -> None:
    stored(tmp_path, large, "p")
    bot = subprocess.Popen([sys.executable, "-c", BOT, str(tmp_path)])
    with anyio.fail_after(20):
        while not list(tmp_path.glob("source-*")):
            await anyio.sleep(0.002)
    workers = psutil.Process(bot.pid).children()

    bot.kill()
    bot.wait()

    gone, alive = psutil.wait_procs(workers, timeout=2)
    assert (len(gone), alive) == (1, [])


async def test_a_picture_process_knows_no_secret_and_has_bounds(
    pictures: ImagePool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "CANARY-TOKEN")
    monkeypatch.setenv("FAL_KEY", "CANARY-KEY")
    await prepared(pictures, stored(tmp_path, SMALL), "top")

    [worker] = children()
    environment = Path(f"/proc/{worker.pid}/environ").read_bytes()
    memory = worker.rlimit(psutil.RLIMIT_AS)[0] - worker.memory_info().vms
    seconds = worker.rlimit(psutil.RLIMIT_CPU)[0]

    assert b"CANARY" not in environment
    assert b"OMP_NUM_THREADS=1" in environment
    assert 0.8 * 2**30 < memory < 1.1 * 2**30
    assert 20 <= seconds <= 24
    assert worker.rlimit(psutil.RLIMIT_CORE)[0] == 0
    assert worker.num_threads() == 1


async def test_ctrl_c_is_left_to_the_bot(pictures: ImagePool, tmp_path: Path) -> None:
    picture = stored(tmp_path, SMALL)
    await prepared(pictures, picture, "top", tmp_path)
    [worker] = children()

    worker.send_signal(signal.SIGINT)
    await prepared(pictures, picture, "top", tmp_path)

    assert [process.pid for process in children()] == [worker.pid]


def test_the_bot_itself_loads_no_imaging_library() -> None:
    libraries = "{'numpy', 'cv2', 'PIL'}"
    code = f"import sys, bot.imaging.pool.pool;sys.exit(bool({libraries} & set(sys.modules)))"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
