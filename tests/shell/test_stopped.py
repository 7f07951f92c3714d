"""R14: in the shell, nobody waits for a stop that only they can lift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.engine.faults import Fault, Kind
from bot.shell import words
from bot.store.sqlite import open_sqlite
from tests.shell.conftest import FREE, Money

if TYPE_CHECKING:
    from bot.engine.server import Engine
    from tests.shell.conftest import Shell


async def test_r14_what_was_not_bought_is_taken_back_when_a_picture_is_swapped(
    shell: Shell, engine: Engine
) -> None:
    engine.faults.add(Fault(kind=Kind.JOB_SWAPPED), times=None)
    shell.environment |= {"ENGINE_URL": engine.queue_url, "FAL_CONCURRENCY": "1"}

    answer = await shell.edit("--area", "top half", "--count", "3", "--json")

    states = [picture["state"] for picture in answer.json["pictures"]]
    assert (answer.code, states) == (1, ["failed", "cancelled", "cancelled"])
    assert answer.err.splitlines()[-1] == words.NOT_BOUGHT
    assert len(engine.jobs) == 1
    assert await shell.money() == Money(jobs=3, held=0, spent=0, findings=())


async def test_r14_the_setting_turns_the_masks_that_are_sent(shell: Shell, engine: Engine) -> None:
    """The engine paints where a mask is white: told otherwise, everything is painted but that."""
    shell.environment |= {"ENGINE_URL": engine.queue_url, "MASK_POLARITY": "black"}
    wrong = await shell.edit("--area", "center 50%", "--json")
    await shell.touchup("resume")
    shell.environment["MASK_POLARITY"] = "white"

    right = await shell.edit("--area", "center 50%", "--json")

    assert (wrong.code, wrong.json["failure"]) == (1, "swapped")
    assert (right.code, right.json["pixels_changed_outside"]) == (0, 0)


async def test_books_in_use_are_not_resumed(shell: Shell) -> None:
    async with open_sqlite(shell.folder / "data" / "touchup.sqlite3"):
        answer = await shell.touchup("resume")

    assert answer.code == 2
    assert "Traceback" not in answer.err


async def test_resuming_without_books_makes_none(shell: Shell) -> None:
    answer = await shell.touchup("resume")

    assert (answer.code, answer.out) == (0, f"{words.NOTHING_STOPPED}\n")
    assert await shell.money() == FREE
    assert not (shell.folder / "data").exists()
