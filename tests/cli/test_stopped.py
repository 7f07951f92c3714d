"""R14: in the shell, nobody waits for a stop that only they can lift."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path

from bot.app import Services, open_services
from bot.cli import finishing
from bot.cli.texts import commands
from bot.domain.billing.breaker import PauseReason
from bot.domain.catalog import IDEOGRAM_V2_EDIT, IDEOGRAM_V2_TURBO_EDIT
from bot.domain.edits.draft import Draft, DraftOrigin, LocalFiles
from bot.domain.jobs.states import JobState
from bot.domain.limits.rules import Buyer
from bot.engine import Engine, EngineFault, EngineFaultKind
from bot.settings.model import Settings
from bot.store.billing import pauses
from bot.store.sqlite import open_sqlite
from bot.ui.texts import billing
from tests.cli.conftest import FREE, PATIENCE_SECONDS, Money, Shell


async def test_r14_what_was_not_bought_is_taken_back_when_a_picture_is_swapped(
    shell: Shell, engine: Engine
) -> None:
    engine.faults.add(EngineFault(kind=EngineFaultKind.JOB_SWAPPED), times=None)
    shell.environment |= {"ENGINE_URL": engine.queue_url, "FAL_CONCURRENCY": "1"}

    answer = await shell.edit("--area", "top half", "--count", "3", "--json")

    states = [picture["state"] for picture in answer.json["pictures"]]
    assert (answer.code, states) == (1, ["failed", "cancelled", "cancelled"])
    assert answer.err.splitlines()[-1] == commands.NOT_BOUGHT()
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
    assert commands.RESUME_WHILE_RUNNING() in answer.err


async def test_resuming_without_books_makes_none(shell: Shell) -> None:
    answer = await shell.touchup("resume")

    assert (answer.code, answer.out) == (0, f"{billing.NOTHING_STOPPED()}\n")
    assert await shell.money() == FREE
    assert not (shell.folder / "data").exists()


async def test_an_interrupted_edit_of_a_model_that_is_stopped_is_not_waited_for(
    shell: Shell,
) -> None:
    """Another model is set by now, from which purchases go on."""
    first = Settings(engine="embedded", data_dir=shell.folder / "data", model=IDEOGRAM_V2_EDIT.id)
    async with open_services(first) as app:
        edit_id = await accepted(app, shell.folder / "photo.png")
        await app.database.transact(
            pauses.begin,
            provider=app.edits.terms.provider,
            model=IDEOGRAM_V2_EDIT.id,
            reason=PauseReason.SWAPPED,
            job_id=1,
            now=app.clock(),
        )
    second = first.model_copy(update={"model": IDEOGRAM_V2_TURBO_EDIT.id})
    async with open_services(second) as app:
        other_id = await accepted(app, shell.folder / "photo.png")

        async with finishing.working(app), asyncio.timeout(PATIENCE_SECONDS / 4):
            await finishing.wait_for(app, [other_id, edit_id])

        outcomes = [await app.edits.outcome(number) for number in (edit_id, other_id)]
    states = [outcome.receipts[0].state for outcome in outcomes]
    assert states == [JobState.CANCELLED, JobState.DONE]
    assert await shell.money() == Money(jobs=2, held=0, spent=50_000, findings=())


async def accepted(app: Services, photo: Path) -> int:
    """An edit from the shell that nobody works on yet."""
    buyer = Buyer(member_id=finishing.SHELL_MEMBER)
    origin = DraftOrigin(id=f"shell:{uuid.uuid4()}", buyer=buyer)
    draft = Draft(
        sources=LocalFiles(photo),
        prompt="a red door",
        area="top half",
    )
    quote = await app.drafts.prepare(draft, origin)
    return (await app.edits.run(quote.edit.id, buyer=buyer)).edit.id
