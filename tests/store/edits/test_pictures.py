"""Picture files: named by their bytes, durable before they are named, and noticed when altered."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from bot.domain.errors import StoreFailed
from bot.store.edits.pictures import PictureFolder

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder(tmp_path: Path) -> PictureFolder:
    made = PictureFolder(tmp_path / "pictures")
    made.prepare()
    return made


def written(workspace: Path, content: bytes = b"a picture", name: str = "finished.png") -> Path:
    file = workspace / name
    file.write_bytes(content)
    return file


async def test_a_file_is_named_by_its_bytes_and_readable_by_the_bot_alone(
    folder: PictureFolder,
) -> None:
    """54, G8: whatever it was called before."""
    with folder.workspace() as workspace:
        stored = await folder.adopt(written(workspace, name="..\u202egnp.x"))

    path = folder.path(stored.hash)
    assert stored.hash == hashlib.sha256(b"a picture").hexdigest()
    assert (stored.bytes, path.read_bytes()) == (9, b"a picture")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


async def test_adopting_the_same_bytes_again_changes_nothing(folder: PictureFolder) -> None:
    with folder.workspace() as workspace:
        first = await folder.adopt(written(workspace, name="one"))
        inode = folder.path(first.hash).stat().st_ino
        second = await folder.adopt(written(workspace, name="two"))

    assert first == second
    assert folder.path(first.hash).stat().st_ino == inode


async def test_fifty_at_once_with_the_same_bytes_are_one_file(folder: PictureFolder) -> None:
    with folder.workspace() as workspace:
        stored = await asyncio.gather(
            *(folder.adopt(written(workspace, name=str(number))) for number in range(50))
        )

    assert len(set(stored)) == 1
    assert await folder.is_whole(stored[0].hash)


@pytest.mark.parametrize("altered", [b"A picture", b"a pictur", b"a picture!", b""])
async def test_an_altered_file_is_noticed(folder: PictureFolder, altered: bytes) -> None:
    """H4."""
    with folder.workspace() as workspace:
        stored = await folder.adopt(written(workspace))
    whole = await folder.is_whole(stored.hash)

    folder.path(stored.hash).write_bytes(altered)

    assert whole
    assert not await folder.is_whole(stored.hash)


async def test_a_missing_file_is_noticed(folder: PictureFolder) -> None:
    """H4."""
    assert not await folder.is_whole("0" * 64)


async def test_a_damaged_file_is_mended_by_the_same_picture(folder: PictureFolder) -> None:
    """H4: a name that exists says nothing about its bytes."""
    with folder.workspace() as workspace:
        stored = await folder.adopt(written(workspace))
        folder.path(stored.hash).write_bytes(b"A picture")
        again = await folder.adopt(written(workspace))

    assert again == stored
    assert await folder.is_whole(stored.hash)


async def test_the_desk_is_cleared_when_the_work_is_done(folder: PictureFolder) -> None:
    with folder.workspace() as workspace:
        written(workspace)

    assert not workspace.exists()


async def test_what_a_dead_process_left_on_the_desk_is_cleared_at_the_next_start(
    tmp_path: Path, folder: PictureFolder
) -> None:
    """L5: half-written files, and nothing that was adopted."""
    script = """
import os, sys
from pathlib import Path
from bot.store.edits.pictures import PictureFolder
with PictureFolder(Path(sys.argv[1])).workspace() as workspace:
    (workspace / "deep").mkdir()
    (workspace / "deep" / "half.png").write_bytes(b"half")
    os._exit(137)
"""
    with folder.workspace() as workspace:
        stored = await folder.adopt(written(workspace))
    subprocess.run([sys.executable, "-c", script, tmp_path / "pictures"], cwd=ROOT, check=False)
    left = list((tmp_path / "pictures" / "desk").rglob("half.png"))

    PictureFolder(tmp_path / "pictures").prepare()

    assert left
    assert list((tmp_path / "pictures" / "desk").iterdir()) == []
    assert await folder.is_whole(stored.hash)


async def test_a_full_disk_is_a_failure_of_the_books(folder: PictureFolder, tmp_path: Path) -> None:
    """S12, H6: on the way in, and already in the working folder."""
    target = folder.path(hashlib.sha256(b"a picture").hexdigest())
    target.parent.write_bytes(b"a file where a folder should be")

    with folder.workspace() as workspace, pytest.raises(StoreFailed):
        await folder.adopt(written(workspace))
    (tmp_path / "pictures" / "desk").rmdir()
    with pytest.raises(StoreFailed), folder.workspace():
        pass


def test_a_folder_that_cannot_be_made_is_said_at_start(tmp_path: Path) -> None:
    """S6."""
    (tmp_path / "pictures").write_bytes(b"a file where a folder should be")

    with pytest.raises(StoreFailed):
        PictureFolder(tmp_path / "pictures").prepare()


async def test_bytes_and_names_are_on_the_disk_before_adopt_returns(tmp_path: Path) -> None:
    """L15: the file, its folder and the folder of that are synced, in this order."""
    script = """
import asyncio, os, sys
from pathlib import Path
from bot.store.edits.pictures import PictureFolder

calls = []
def noted(event, args):
    if event == "os.rename":
        calls.append("rename")
sys.addaudithook(noted)
fsync = os.fsync
def fsync_noted(descriptor):
    calls.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")).name)
    fsync(descriptor)
os.fsync = fsync_noted

async def main():
    folder = PictureFolder(Path(sys.argv[1]))
    folder.prepare()
    with folder.workspace() as workspace:
        (workspace / "finished.png").write_bytes(b"a picture")
        await folder.adopt(workspace / "finished.png")
    print(" ".join(calls))

asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "pictures"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    shelf = hashlib.sha256(b"a picture").hexdigest()[:2]
    assert done.stdout.split() == ["finished.png", "rename", shelf, "pictures"]
