from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.app import ENGINE_ADMIN_KEY
from bot.engine import Engine
from bot.imaging.pool.pool import ImagePool
from bot.store.edits.pictures import PictureFolder
from bot.store.sqlite import open_sqlite
from tests.services.limits.limit_office import Office
from tests.support.bench import Bench, JumpingClock, client


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All stories share one event loop, so that they can share the engine and the processes."""
    for item in items:
        if not isinstance(item, pytest.Function):
            continue
        given = getattr(item.function, "hypothesis", None)
        story = inspect.iscoroutinefunction(given.inner_test if given else item.function)
        if story and "tests/services/" in item.path.as_posix():
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def clock() -> JumpingClock:
    return JumpingClock()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_images() -> AsyncIterator[ImagePool]:
    """The real picture processes; starting one takes longer than most stories."""
    images = ImagePool(processes=2)
    yield images
    await images.aclose()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_engine(clock: JumpingClock) -> AsyncIterator[Engine]:
    """The real engine on real sockets, which lives by the same clock."""
    async with Engine(workers=2, clock=clock, admin_keys=[ENGINE_ADMIN_KEY]) as engine:
        yield engine


@pytest.fixture
def engine(shared_engine: Engine) -> Iterator[Engine]:
    shared_engine.faults.clear()
    yield shared_engine
    shared_engine.faults.clear()


@pytest_asyncio.fixture(loop_scope="session")
async def bench(
    tmp_path: Path, clock: JumpingClock, shared_images: ImagePool, engine: Engine
) -> AsyncIterator[Bench]:
    """A bot with empty books."""
    folder = PictureFolder(tmp_path / "pictures")
    folder.prepare()
    workspace = tmp_path / "incoming"
    workspace.mkdir()
    async with (
        open_sqlite(tmp_path / "data" / "touchup.sqlite3") as database,
        client(engine) as provider,
    ):
        yield Bench(
            folder=folder,
            workspace=workspace,
            database=database,
            images=shared_images,
            engine=engine,
            clock=clock,
            provider=provider,
        )


@pytest_asyncio.fixture(loop_scope="session")
async def office() -> AsyncIterator[Office]:
    """Moderators and an operator, on empty books."""
    async with open_sqlite(None) as database:
        yield Office(database)
