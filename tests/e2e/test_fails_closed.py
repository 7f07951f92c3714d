"""Books that cannot be written buy nothing; when they can be again, the bot goes on as it is."""

from __future__ import annotations

import contextlib
import resource
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

import pytest

from bot.app import books_file
from bot.sandbox import Message, PersonInteraction
from bot.services.billing.audit import audit
from tests.e2e.conftest import PATIENCE, House
from tests.e2e.previewed import RUN, drafts, previewed

SENTENCE: Final = "I can't record spend right now, so nothing was bought. Nothing was charged."
BUSY_MILLISECONDS: Final = 100
"""Instead of the bot's own ten seconds, which a lock must outlast to be noticed."""
FRAME_BYTES: Final = 24 + 4096
"""Of one page in SQLite's write-ahead log."""


@contextlib.asynccontextmanager
async def locked(house: House) -> AsyncIterator[None]:
    """S3: somebody else has the books locked for writing, for longer than is waited for them."""
    await house.one(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    other = sqlite3.connect(books_file(house.app.settings), isolation_level=None, timeout=PATIENCE)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
    finally:
        other.close()


@contextlib.asynccontextmanager
async def read_only(house: House) -> AsyncIterator[None]:
    """S6: SQLite may write nothing, as on a file system that was remounted read-only."""
    # Not as a decision of ours: the transaction around one could not be begun any more.
    connection: Any = vars(house.app.database)["_connection"]
    await connection.run(lambda plain: plain.execute("PRAGMA query_only = ON"))
    yield
    await connection.run(lambda plain: plain.execute("PRAGMA query_only = OFF"))


@contextlib.asynccontextmanager
async def full(house: House, *, spare: int = 0) -> AsyncIterator[None]:
    """S1: files may grow by `spare` pages and no further, which the system sees to."""
    books = books_file(house.app.settings)
    size = books.with_name(f"{books.name}-wal").stat().st_size + spare * FRAME_BYTES
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


TROUBLES: Final = [locked, read_only, full]


def says_so(answer: Message) -> bool:
    return SENTENCE in answer.text


async def refused(house: House, click: PersonInteraction) -> Message:
    """The one thing that is said to a click in private, while nothing can be written."""
    await click.wait(lambda seen: any(map(says_so, seen.answered)), PATIENCE)
    [answer] = filter(says_so, click.answered)
    assert answer.ephemeral
    assert answer.viewer_id == house.ada.id
    return answer


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_c12_a_command_buys_nothing_while_spend_cannot_be_recorded(
    house: House, trouble: Callable[[House], AbstractAsyncContextManager[None]]
) -> None:
    """Invariant 8."""
    async with trouble(house):
        click = await house.edit()
        await refused(house, click)

    assert await house.ledger() == (0, 0)
    assert house.engine_jobs == 0
    again = await house.edit()
    assert len((await house.card(again)).files) == 2
    assert await house.ledger() == (0, 80_000)
    assert house.engine_jobs == 1
    assert await house.app.database.transact(audit) == []


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_c12_a_pressed_run_buys_nothing_and_buys_once_when_it_is_pressed_again(
    house: House, trouble: Callable[[House], AbstractAsyncContextManager[None]]
) -> None:
    """Invariant 8: the moment between the price and the hold."""
    _, card = await previewed(house)

    async with trouble(house):
        await refused(house, await house.ada.click(card, RUN))
        await refused(house, await house.ada.click(card, RUN))

    assert await house.ledger() == (0, 0)
    assert house.engine_jobs == 0
    bought = await house.card(await house.ada.click(card, RUN))
    assert len(bought.files) == 2
    assert await house.ledger() == (0, 80_000)
    assert house.engine_jobs == 1
    assert await house.app.database.transact(audit) == []


async def test_s1_a_disk_that_is_full_at_the_hold_itself_holds_nothing(house: House) -> None:
    """The click can still be written down, the purchase cannot: all of it is taken back."""
    _, card = await previewed(house)

    async with full(house, spare=6):
        click = await house.ada.click(card, RUN)
        await refused(house, click)
        await house.quiet(click)

    assert await house.reply_state(click) == "answered"
    assert await house.ledger() == (0, 0)
    assert [state for _, state in await drafts(house)] == ["draft"]
    assert house.engine_jobs == 0
    await house.card(await house.ada.click(card, RUN))
    assert await house.ledger() == (0, 80_000)
