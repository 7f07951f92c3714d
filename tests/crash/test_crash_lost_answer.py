"""A submit whose answer was lost, and a process that dies on top of it (L10, F3)."""

from __future__ import annotations

from bot.engine import EngineFault
from bot.engine import EngineFaultKind as Kind
from tests.crash.books import Books
from tests.crash.stage import DIED, DOUBT_SECONDS, Stage

LISTED_LATE = 60.0


def states(stage: Stage) -> list[str]:
    return Books(stage.data).states


async def test_an_unknown_submit_survives_the_death_and_is_found_by_its_seed(stage: Stage) -> None:
    """L10, F3: the engine took the job, the answer was lost, and its list lags behind."""
    stage.engine.faults.add(EngineFault(kind=Kind.SUBMIT_ACCEPTED_THEN_DROPPED))
    stage.engine.faults.add(EngineFault(kind=Kind.JOB_LISTED_LATE, seconds=LISTED_LATE))
    first = await stage.start()
    click = await stage.edit()
    await stage.until(lambda: states(stage) == ["unknown"])
    await first.kill()
    books = Books(stage.data)
    books.require_sound()
    assert books.held == books.jobs[0]["price"]

    second = await stage.start()
    await stage.until(lambda: Books(stage.data).jobs[0]["tries"] > 0)
    assert states(stage) == ["unknown"]
    await second.kill()
    stage.pass_time(LISTED_LATE)
    await stage.start()
    books = await stage.settle()

    [card] = stage.answers(click)
    assert card.text.startswith("### Your edit is done")
    assert books.states == ["done"]
    assert len(stage.engine.jobs) == 1


async def test_an_unknown_submit_that_never_arrived_costs_nothing(stage: Stage) -> None:
    """L9, F3: one was lost on the way, one recorded and never sent. Neither is sent again, and the
    holds stand until they can no longer start.
    """
    stage.engine.faults.add(EngineFault(kind=Kind.SUBMIT_DROPPED))
    first = await stage.start(die_at="submit.before#2")
    await stage.edit("ada")
    await stage.until(lambda: states(stage) == ["unknown"])
    await stage.edit("bob")
    assert await first.ended() == DIED
    books = Books(stage.data)
    books.require_sound()
    assert books.states == ["unknown", "submitting"]
    assert books.held == sum(job["price"] for job in books.jobs)
    stage.pass_time(DOUBT_SECONDS)

    await stage.start()
    books = await stage.settle()

    assert books.states == ["failed", "failed"]
    assert books.spent == 0
    assert stage.engine.jobs == []
    for click in stage.clicks:
        assert stage.answers(click)[0].text.startswith("### Your edit failed")
