"""`touchup edit` on a bad day: refusals, lost answers, Ctrl+C, and a provider that is not there."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from typing import Final

import pytest
from PIL import Image

from bot.engine import Engine, EngineFault, EngineFaultKind
from tests.cli.conftest import FREE, PATIENCE_SECONDS, SIZE, Money, Shell, Terminal

NOTHING_BOUGHT: Final = Money(jobs=1, held=0, spent=0, findings=())
BOUGHT_ONCE: Final = Money(jobs=1, held=0, spent=80_000, findings=())
SET_ASIDE: Final = Money(jobs=1, held=80_000, spent=0, findings=())
TOP: Final = ("--area", "top half")


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.02)


def is_whole(shell: Shell, name: str) -> bool:
    with Image.open(shell.folder / name) as picture:
        picture.load()
        return picture.size == SIZE


async def test_a_lost_answer_exits_with_3_and_unknown_fetches_what_was_bought_once(
    shell: Shell, engine: Engine
) -> None:
    engine.faults.add(EngineFault(kind=EngineFaultKind.SUBMIT_ACCEPTED_THEN_DROPPED))
    url = ("--engine-url", engine.queue_url)

    lost = await shell.edit(*TOP, *url)

    assert lost.code == 3
    assert "Run `touchup unknown` with the same --engine-url" in lost.err
    assert "Traceback" not in lost.err
    assert await shell.money() == SET_ASIDE

    elsewhere = await shell.touchup("unknown")

    assert elsewhere.code == 3
    assert "--engine-url" in elsewhere.out
    assert await shell.money() == SET_ASIDE

    found = await shell.touchup("unknown", *url)

    assert (found.code, found.err) == (0, "")
    assert "found, finished and paid once" in found.out
    assert "edit-1.png" in found.out
    assert is_whole(shell, "edit-1.png")
    assert await shell.money() == BOUGHT_ONCE
    assert len(engine.jobs) == 1

    again = await shell.touchup("unknown", *url)

    assert (again.code, again.out) == (0, "No submit is unknown.\n")


async def test_an_unreadable_answer_is_a_lost_one_and_json_says_unknown(
    shell: Shell, engine: Engine
) -> None:
    engine.faults.add(EngineFault(kind=EngineFaultKind.SUBMIT_BROKEN_JSON))

    lost = await shell.edit(*TOP, "--json", "--engine-url", engine.queue_url)

    assert lost.code == 3
    assert (lost.json["state"], lost.json["out"]) == ("unknown", None)
    assert lost.json["price_micro_usd"] == 0


@pytest.mark.parametrize(
    ("error_type", "says"),
    [
        ("content_policy_violation", "content filter"),
        ("image_too_small", "would not accept"),
    ],
)
async def test_what_the_model_refuses_costs_nothing_and_exits_with_1(
    shell: Shell, engine: Engine, error_type: str, says: str
) -> None:
    engine.faults.add(EngineFault(kind=EngineFaultKind.JOB_FAILS, error_type=error_type))

    answer = await shell.edit(*TOP, "--engine-url", engine.queue_url)

    assert answer.code == 1
    [sentence] = answer.err.splitlines()
    assert says in sentence
    assert "Charged $0.00" in answer.out
    assert await shell.money() == NOTHING_BOUGHT
    assert shell.files() == {"photo.png"}


async def test_of_several_pictures_those_that_came_are_paid_and_written(
    shell: Shell, engine: Engine
) -> None:
    engine.faults.add(
        EngineFault(kind=EngineFaultKind.JOB_FAILS, error_type="content_policy_violation")
    )
    shell.environment["FAL_CONCURRENCY"] = "1"

    answer = await shell.edit(*TOP, "--count", "2", "--engine-url", engine.queue_url)

    assert answer.code == 1
    assert "Charged $0.08" in answer.out
    assert shell.files() == {"photo.png", "edited-2.png"}
    assert await shell.money() == Money(jobs=2, held=0, spent=80_000, findings=())


@pytest.mark.parametrize(
    "kind", [EngineFaultKind.SUBMIT_UNAUTHORIZED, EngineFaultKind.SUBMIT_LOCKED]
)
async def test_a_key_that_is_refused_ends_at_once_instead_of_waiting_for_the_operator(
    shell: Shell, engine: Engine, kind: EngineFaultKind
) -> None:
    engine.faults.add(EngineFault(kind=kind), times=None)

    answer = await shell.edit(*TOP, "--engine-url", engine.queue_url)

    assert answer.code == 1
    assert "does not accept the key" in answer.err
    assert "touchup doctor" in answer.err
    assert await shell.money() == NOTHING_BOUGHT
    assert engine.jobs == []


async def test_while_the_provider_is_not_there_the_terminal_says_so_and_ctrl_c_costs_nothing(
    shell: Shell,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with Terminal() as terminal:
        async with shell.running(
            *("edit", "photo.png", "--prompt", "a door", *TOP),
            *("--engine-url", f"http://127.0.0.1:{port}"),
            stderr=terminal.end,
        ) as process:
            await terminal.read_until("cannot be reached; trying again")
            process.send_signal(signal.SIGINT)
            shown = await terminal.read_until("Nothing was charged.")
            code = await asyncio.wait_for(process.wait(), PATIENCE_SECONDS)

    assert code == 130
    assert "Stopped before anything was bought." in shown
    assert await shell.money() == NOTHING_BOUGHT


async def test_a_terminal_shows_what_is_going_on_and_is_clean_afterwards(shell: Shell) -> None:
    with Terminal() as terminal:
        async with shell.running(
            *("edit", "photo.png", "--prompt", "a door", *TOP), stderr=terminal.end
        ) as process:
            await terminal.read_until("Looking at the picture…")
            shown = await terminal.read_until("Being painted… ")
            assert process.stdout is not None
            out = await asyncio.wait_for(process.stdout.read(), PATIENCE_SECONDS)
            code = await process.wait()
        shown += terminal.rest()

    assert code == 0
    assert b"Charged $0.08" in out
    assert shown.endswith("\r\x1b[2K")


async def test_ctrl_c_after_the_purchase_keeps_it_and_the_next_edit_finishes_it(
    shell: Shell, engine: Engine
) -> None:
    engine.faults.add(EngineFault(kind=EngineFaultKind.JOB_SLOW, seconds=4))
    url = ("--engine-url", engine.queue_url)
    async with shell.running("edit", "photo.png", "--prompt", "a door", *TOP, *url) as process:
        await until(lambda: engine.jobs)
        process.send_signal(signal.SIGINT)
        _, complaints = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
    assert process.returncode == 130
    assert b"Edit 1 is bought and stays in the books" in complaints
    assert await shell.money() == SET_ASIDE

    answer = await shell.edit(*TOP, *url, "--json")

    assert (answer.code, answer.json["id"]) == (0, 2)
    assert answer.err == ("Edit 1, interrupted earlier, is finished too ($0.08): edit-1.png\n")
    assert is_whole(shell, "edit-1.png")
    assert is_whole(shell, "edited.png")
    assert await shell.money() == Money(jobs=2, held=0, spent=160_000, findings=())
    assert len(engine.jobs) == 2


@pytest.mark.parametrize("place", ["submitted.before", "result.stored"])
async def test_a_killed_edit_is_finished_by_unknown_and_paid_once(
    shell: Shell, engine: Engine, place: str
) -> None:
    url = ("--engine-url", engine.queue_url)
    shell.environment["TOUCHUP_DIE_AT"] = place
    killed = await shell.edit(*TOP, *url)
    assert (killed.code, killed.out.count("Charged")) == (137, 0)
    shell.environment.pop("TOUCHUP_DIE_AT")

    answer = await shell.touchup("unknown", *url)

    assert (answer.code, answer.err) == (0, "")
    assert is_whole(shell, "edit-1.png")
    assert await shell.money() == BOUGHT_ONCE
    assert len(engine.jobs) == 1


async def test_ctrl_c_while_the_picture_is_looked_at_books_nothing(shell: Shell) -> None:
    Image.effect_noise((5000, 5000), 90).save(shell.folder / "photo.png", compress_level=1)
    with Terminal() as terminal:
        async with shell.running(
            *("edit", "photo.png", "--prompt", "a door", *TOP), stderr=terminal.end
        ) as process:
            await terminal.read_until("Looking at the picture…")
            process.send_signal(signal.SIGINT)
            await terminal.read_until("Nothing was charged.")
            code = await asyncio.wait_for(process.wait(), PATIENCE_SECONDS)

    assert code == 130
    assert await shell.money() == FREE


async def test_a_picture_that_cannot_be_written_is_kept_and_its_place_is_named(
    shell: Shell, engine: Engine
) -> None:
    engine.faults.add(EngineFault(kind=EngineFaultKind.JOB_SLOW, seconds=2))
    (shell.folder / "outbox").mkdir()
    async with shell.running(
        *("edit", "photo.png", "--prompt", "a door", *TOP, "--out", "outbox/out.png"),
        *("--engine-url", engine.queue_url),
    ) as process:
        await until(lambda: engine.jobs)
        (shell.folder / "outbox").rmdir()
        _, complaints = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)

    assert process.returncode == 1
    [sentence] = complaints.decode().splitlines()
    assert "outbox/out.png could not be written" in sentence
    assert is_whole(shell, sentence.rpartition(" ")[2])
    assert await shell.money() == BOUGHT_ONCE
