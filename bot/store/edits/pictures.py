"""Picture files, named by the SHA-256 of their bytes: durable before anything refers to them."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.domain.errors import StoreFailed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bot.store.database import Transaction

_CHUNK: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A file in the folder: its hash in hex and its size in bytes."""

    hash: str
    bytes: int


class PictureFolder:
    """A folder of content-addressed files, readable by the bot's own user alone."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._workspaces = root / "desk"

    def prepare(self) -> None:
        """Make the folder, and clear away what a process that died left half done.

        Raises:
            StoreFailed: the folder cannot be made or written.
        """
        try:
            self._workspaces.mkdir(mode=0o700, parents=True, exist_ok=True)
            for leftover in sorted(self._workspaces.rglob("*"), reverse=True):
                if leftover.is_dir():
                    leftover.rmdir()
                else:
                    leftover.unlink()
        except OSError as error:
            raise StoreFailed(f"pictures: {error}") from error

    @contextlib.contextmanager
    def workspace(self) -> Iterator[Path]:
        """A private folder for work in progress; emptied afterwards.

        Raises:
            StoreFailed: the disk is full or broken.
        """
        try:
            # What a broken disk does not let go of must not hide what happened in it; the
            # next start clears it away.
            workspace = tempfile.TemporaryDirectory(
                dir=self._workspaces, ignore_cleanup_errors=True
            )
        except OSError as error:
            raise StoreFailed(f"pictures: {error.strerror}") from error
        with workspace as folder:
            yield Path(folder)

    def path(self, digest: str) -> Path:
        """Where the file with this hash lies."""
        return self._root / digest[:2] / digest

    async def adopt(self, file: Path) -> PictureFile:
        """Move a finished file in, so that it survives a power cut once this returns.

        Raises:
            StoreFailed: the disk is full or broken.
        """
        return (await self.adopt_all([file]))[file]

    async def adopt_all(self, files: Collection[Path]) -> dict[Path, PictureFile]:
        """Move several finished files in, as `adopt` does."""
        try:
            return await asyncio.to_thread(self._adopt, files)
        except OSError as error:
            raise StoreFailed(f"pictures: {error.strerror}") from error

    def _adopt(self, files: Collection[Path]) -> dict[Path, PictureFile]:
        stored = {}
        for file in files:
            digest = _digest(file)
            stored[file] = PictureFile(digest, file.stat().st_size)
            target = self.path(digest)
            # A name that exists says nothing about its bytes: a damaged file is replaced.
            if not (target.is_file() and _digest(target) == digest):
                target.parent.mkdir(mode=0o700, exist_ok=True)
                with file.open("rb+") as opened:
                    os.fsync(opened.fileno())
                file.chmod(0o600)
                file.replace(target)
            _sync_folder(target.parent)
        _sync_folder(self._root)
        return stored

    async def is_whole(self, digest: str) -> bool:
        """Whether the file is there and still has the bytes it is named after."""
        path = self.path(digest)
        return path.is_file() and await asyncio.to_thread(_digest, path) == digest


def record(tx: Transaction, stored: PictureFile, *, now: float) -> None:
    """Note a file that lies in the folder; a second time changes nothing."""
    tx.execute(
        """
        INSERT INTO picture (hash, bytes, created_at) VALUES (:hash, :bytes, :now)
        ON CONFLICT (hash) DO NOTHING
        """,
        hash=stored.hash,
        bytes=stored.bytes,
        now=now,
    )


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    """Make a rename durable: the name lives in the folder, not in the file."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
