"""The real command in a process of its own, on real files, against a real engine."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import select
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import pytest
from PIL import Image, ImageDraw

from bot.engine import Engine
from bot.services.billing.audit import audit, audit_files
from bot.store.database import Transaction
from bot.store.edits.pictures import PictureFolder
from bot.store.sqlite import read_sqlite

ROOT: Final = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS: Final = 60.0
SIZE: Final = (96, 64)


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What the books hold, in micro-USD, and what the audit has to say about them."""

    jobs: int
    held: int
    spent: int
    findings: tuple[object, ...]


FREE: Final = Money(jobs=0, held=0, spent=0, findings=())


@dataclass(slots=True)
class Shell:
    """A person's shell in a folder of its own."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    async def touchup(self, *arguments: str | Path) -> Answer:
        """Run one command to its end."""
        async with self.running(*arguments) as process:
            out, err = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
        assert process.returncode is not None
        return Answer(process.returncode, out.decode(), err.decode())

    @asynccontextmanager
    async def running(
        self, *arguments: str | Path, stderr: int = asyncio.subprocess.PIPE
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        """A command that is still at work; killed at the end, if it has not ended by then."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bot", *map(str, arguments)),
            cwd=self.folder,
            env={"PYTHONPATH": str(ROOT), "PATH": "", "COLUMNS": "120"} | self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGKILL)
            # To the end of its pipes: an open one would complain in a later test.
            await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)

    async def edit(self, *arguments: str | Path, photo: str = "photo.png") -> Answer:
        """`touchup edit` of a small photo, with a prompt."""
        return await self.touchup("edit", photo, "--prompt", "nothing there", *arguments)

    async def money(self) -> Money:
        """What the books say; `FREE` also where there are none."""
        books = self.folder / "data" / "touchup.sqlite3"
        if not books.exists():
            return FREE
        async with read_sqlite(books) as database:
            found = await database.transact(audit)
            found += await audit_files(database, PictureFolder(self.folder / "data" / "pictures"))
            jobs, held, spent = await database.transact(_sums)
        return Money(jobs=jobs, held=held, spent=spent, findings=tuple(found))

    def files(self) -> set[str]:
        """What lies in the folder, besides the data."""
        return {path.name for path in self.folder.iterdir()} - {"data"}


def _sums(tx: Transaction) -> Sequence[int]:
    row = tx.fetch_one(
        """
        SELECT (SELECT count(*) FROM job) AS jobs,
               COALESCE(SUM(held), 0) AS held, COALESCE(SUM(spent), 0) AS spent
        FROM ledger_entry
        """
    )
    assert row is not None
    return [row["jobs"], row["held"], row["spent"]]


class Terminal:
    """A real terminal's two ends: a command writes to `end`, the test reads what is shown."""

    def __init__(self) -> None:
        self._master, self.end = pty.openpty()
        self._shown = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._master)
        os.close(self.end)

    async def read_until(self, text: str) -> str:
        """Wait for `text`; everything shown since the last time, with it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while text not in self._shown:
                self._look()
                await asyncio.sleep(0.02)
        before, _, after = self._shown.partition(text)
        self._shown = after
        return before + text

    def rest(self) -> str:
        """Everything shown since the last time."""
        self._look()
        return self._shown

    def _look(self) -> None:
        while select.select([self._master], [], [], 0)[0]:
            self._shown += os.read(self._master, 65536).decode()


def photo(size: tuple[int, int] = SIZE) -> Image.Image:
    """Something with structure, so that a change is a change."""
    image = Image.radial_gradient("L").resize(size)
    picture = Image.merge("RGB", (image, image.rotate(90), image.point(lambda value: 255 - value)))
    ImageDraw.Draw(picture).rectangle((8, 8, size[0] // 3, size[1] // 2), fill="orange")
    return picture


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    photo().save(tmp_path / "photo.png")
    return Shell(tmp_path)


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    async with Engine() as started:
        yield started
