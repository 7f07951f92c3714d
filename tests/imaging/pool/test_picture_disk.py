"""A full or broken disk under the picture processes is not the picture's or painter's fault.

The files' own size limit, set on the running process, stands in for a full disk at any write;
where we may mount one, a disk of some kilobytes is filled as well.
"""

from __future__ import annotations

import asyncio
import errno
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import anyio
import pytest

from bot.domain.catalog import IDEOGRAM_V2_EDIT as MODEL
from bot.domain.edits.options import Adjusted
from bot.domain.edits.pictures import PreparedPicture
from bot.domain.errors import BadPicture, Broken, Failure, PictureProblem, StoreFailed
from bot.imaging.files.decode import decode
from bot.imaging.files.headers import ImageFormat
from bot.imaging.pool.pool import ImagePool
from bot.store.edits.pictures import PictureFolder
from tests.imaging import picture_files as files
from tests.imaging.pool.processes import (
    busy_child,
    children,
    finished,
    limit_files,
    prepared,
    stored,
)

PHOTO = files.photo(400, 300)
STATIONS = ("prepare", "revise", "finish", "fit", "thumbnail", "preview")


def reaching(
    name: str, pictures: ImagePool, edit: PreparedPicture, result: Path, out: Path
) -> Callable[[], Awaitable[object]]:
    """One kind of work on pictures that are there already, writing to `out`."""
    return {
        "prepare": lambda: prepared(pictures, result, "top", out),
        "finish": lambda: finished(pictures, edit, result, out),
        "fit": lambda: pictures.fit(result, limit_bytes=9000, out=out),
        "thumbnail": lambda: pictures.thumbnail(result, max_side=320, out=out),
        "revise": lambda: pictures.revise(
            edit.source,
            edit.drawn,
            Adjusted(growth=1),
            feather=edit.feather,
            reading=edit.reading,
            model=MODEL,
            out=out,
        ),
        "preview": lambda: pictures.preview(edit.source, edit.mask, feather=edit.feather, out=out),
    }[name]


@pytest.mark.parametrize("room_bytes", [0, 900, 40_000])
@pytest.mark.parametrize("name", STATIONS)
async def test_s12_a_file_that_cannot_grow_is_the_stores_failure(
    pictures: ImagePool, tmp_path: Path, name: str, room_bytes: int
) -> None:
    edit = await prepared(pictures, stored(tmp_path, files.encoded(PHOTO, "PNG")), "left half")
    result = stored(tmp_path, files.encoded(PHOTO, "PNG"), "result")
    out = tmp_path / "out"
    out.mkdir()
    work = reaching(name, pictures, edit, result, out)
    limit_files(room_bytes)

    with pytest.raises(StoreFailed):
        await work()
    limit_files(1 << 30)
    await work()

    assert len(children()) == 1


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "GIF", "TIFF"])
async def test_s12_a_members_picture_is_not_called_damaged_when_the_disk_is_full(
    pictures: ImagePool, tmp_path: Path, kind: str
) -> None:
    await prepared(pictures, stored(tmp_path, files.encoded(PHOTO, "PNG")), "left half")
    limit_files(100_000)

    with pytest.raises(StoreFailed):
        await prepared(pictures, stored(tmp_path, files.encoded(PHOTO, kind)), "left half")
    with pytest.raises(BadPicture) as cut:
        await prepared(pictures, stored(tmp_path, files.encoded(PHOTO, "JPEG")[:5000]), "left half")

    assert cut.value.problem is PictureProblem.INCOMPLETE


def mounted(folder: Path, *options: str) -> bool:
    done = subprocess.run(
        ["mount", "-t", "tmpfs", *options, "none", folder], capture_output=True, check=False
    )
    return done.returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 200 kB; an ordinary folder where we may not mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    is_mounted = mounted(folder, "-o", "size=200k")
    yield folder
    if is_mounted:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("name", STATIONS)
async def test_s12_h6_a_full_disk_is_the_stores_failure_and_passes(
    pictures: ImagePool, tmp_path: Path, small_disk: Path, name: str
) -> None:
    edit = await prepared(pictures, stored(tmp_path, files.encoded(PHOTO, "PNG")), "left half")
    result = stored(tmp_path, files.encoded(PHOTO, "PNG"), "result")
    if not small_disk.is_mount():
        limit_files(200_000)

    with pytest.raises(StoreFailed):
        await reaching(name, pictures, edit, result, small_disk)()
    limit_files(1 << 30)
    await reaching(name, pictures, edit, result, tmp_path)()


@pytest.mark.parametrize("name", STATIONS)
async def test_s6_a_folder_that_may_not_be_written_is_the_stores_failure(
    pictures: ImagePool, tmp_path: Path, small_disk: Path, name: str
) -> None:
    edit = await prepared(pictures, stored(tmp_path, files.encoded(PHOTO, "PNG")), "left half")
    result = stored(tmp_path, files.encoded(PHOTO, "PNG"), "result")
    # Root ignores modes, and only root may mount.
    small_disk.chmod(0o500)
    if small_disk.is_mount():
        subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)

    with pytest.raises(StoreFailed, match=r"Read-only|Permission"):
        await reaching(name, pictures, edit, result, small_disk)()


async def test_s6_a_desk_that_cannot_be_cleared_does_not_hide_the_stores_failure(
    pictures: ImagePool, tmp_path: Path, small_disk: Path
) -> None:
    edit = await prepared(pictures, stored(tmp_path, files.encoded(PHOTO, "PNG")), "left half")
    folder = PictureFolder(small_disk / "pictures")
    folder.prepare()

    async def work() -> None:
        with folder.workspace() as workspace:
            (workspace / "received").touch()
            if small_disk.is_mount():
                subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
            else:
                limit_files(1000)
            await finished(pictures, edit, edit.sent_picture, workspace)

    with pytest.raises(StoreFailed):
        await work()


class BrokenDisk:
    """A file whose disk answers every reading with one error."""

    def __init__(self, code: int) -> None:
        self._error = OSError(code, "a broken disk")

    def read(self, size: int = -1) -> bytes:
        raise self._error

    def seek(self, offset: int, whence: int = 0) -> int:
        return offset

    def tell(self) -> int:
        return 0


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_s2_an_error_of_the_disk_goes_through_the_decoder_as_it_is(
    tmp_path: Path, code: int
) -> None:
    with pytest.raises(OSError, match="a broken disk") as caught:
        decode(BrokenDisk(code), ImageFormat.PNG, None, lambda _w, _h: None, tmp_path)  # type: ignore[arg-type]

    assert caught.value.errno == code


async def test_a_result_that_came_whole_and_is_no_picture_stays_a_bad_result(
    pictures: ImagePool, tmp_path: Path
) -> None:
    edit = await prepared(pictures, stored(tmp_path, files.encoded(PHOTO, "PNG")), "left half")
    result = stored(tmp_path, files.encoded(PHOTO, "JPEG")[:4000], "result")

    with pytest.raises(Broken) as caught:
        await finished(pictures, edit, result)

    assert caught.value.failure is Failure.BAD_RESULT


async def test_s14_what_a_killed_process_left_behind_goes_with_its_folder(
    pictures: ImagePool, tmp_path: Path
) -> None:
    folder = PictureFolder(tmp_path / "pictures")
    folder.prepare()
    upload = stored(tmp_path, files.png(6000, 4000, depth=16))
    with folder.workspace() as workspace:
        work = asyncio.create_task(
            prepared(pictures, upload, "center", workspace),
            name="work",
        )
        for attempt in (1, 2):
            process = await busy_child(workspace, attempt=attempt)
            process.kill()
            with anyio.fail_after(5):
                while process.is_running():
                    await anyio.sleep(0.002)
        with pytest.raises(BadPicture):
            await work
        orphans = list(workspace.iterdir())

    assert len(orphans) == 2
    assert not workspace.exists()
    assert list((tmp_path / "pictures").rglob("source-*")) == []
