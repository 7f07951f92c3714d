"""`touchup doctor`: says what is wrong and what to do, and changes nothing."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest

from bot.cli.texts import doctor
from bot.engine import Engine, EngineFault, EngineFaultKind
from bot.sandbox import LocalDiscord
from bot.store.sqlite import open_sqlite
from bot.ui.texts import billing
from tests.cli.conftest import Answer, Money, Shell


@pytest.fixture
async def discord() -> AsyncIterator[LocalDiscord]:
    async with LocalDiscord() as started:
        yield started


def point_at(shell: Shell, discord: LocalDiscord, *, token: str) -> None:
    shell.environment |= {"DISCORD_API_URL": discord.api_url, "DISCORD_TOKEN": token}


def findings(answer: Answer) -> dict[str, tuple[str, str]]:
    """Verdict and sentence of each subject."""
    assert answer.err == ""
    rows = (line.split(maxsplit=2) for line in answer.out.splitlines())
    return {subject: (verdict, sentence) for verdict, subject, sentence in rows}


async def test_a_fresh_folder_is_healthy_and_stays_empty(shell: Shell) -> None:
    answer = await shell.touchup("doctor")

    found = findings(answer)
    assert answer.code == 0
    assert found["token"] == ("note", doctor.LOGIN_MISSING())
    assert found["key"] == ("note", doctor.PLAY_MONEY())
    assert found["price"] == (
        "ok",
        "Ideogram V2 Edit is listed at $0.08 a picture, as quoted.",
    )
    assert found["database"] == ("note", doctor.NO_DATABASE())
    assert {verdict for verdict, _ in found.values()} <= {"ok", "note"}
    assert shell.files() == {"photo.png"}
    assert not (shell.folder / "data").exists()


async def test_a_good_token_is_known_by_name_and_the_clock_is_compared(
    shell: Shell, discord: LocalDiscord
) -> None:
    point_at(shell, discord, token=discord.bot_token)

    found = findings(await shell.touchup("doctor"))

    assert found["token"] == ("ok", doctor.token_accepted(discord.state.bot.name))
    assert found["clock"][0] == "ok"


async def test_a_wrong_token_is_wrong_and_is_not_printed(
    shell: Shell, discord: LocalDiscord
) -> None:
    token = "MTA0NzEwNDcxMDQ3MTA0NzEw.GcAnAr.canary-canary-canary-canary-canary"
    point_at(shell, discord, token=token)

    answer = await shell.touchup("doctor")

    assert answer.code == 1
    assert findings(answer)["token"] == ("wrong", doctor.LOGIN_REFUSED())
    assert "canary" not in answer.out


async def test_a_discord_that_is_not_there_or_unwell_says_nothing_about_the_token(
    shell: Shell, discord: LocalDiscord
) -> None:
    point_at(shell, discord, token=discord.bot_token)
    discord.faults.add(("*", "*"), status=503)
    failing = findings(await shell.touchup("doctor"))
    await discord.stop()

    absent = findings(await shell.touchup("doctor"))

    assert failing["token"] == ("note", doctor.discord_failed(503))
    assert absent["token"] == ("note", doctor.DISCORD_UNREACHABLE())


@pytest.mark.parametrize(
    ("status", "verdict", "sentence"),
    [
        (200, "ok", doctor.SERVER_ANSWERS()),
        (401, "wrong", doctor.SERVER_REFUSES()),
        (503, "wrong", "The key could not be tried: the provider returned errors"),
    ],
)
async def test_the_key_is_tried_without_buying_anything(
    shell: Shell, engine: Engine, status: int, verdict: str, sentence: str
) -> None:
    if status != 200:
        engine.faults.add(
            EngineFault(kind=EngineFaultKind.STATUS_BROKEN, status=status), times=None
        )
    shell.environment["ENGINE_URL"] = engine.queue_url

    answer = await shell.touchup("doctor")

    found = findings(answer)["key"]
    assert found[0] == verdict
    assert found[1].startswith(sentence)
    assert answer.code == (0 if verdict == "ok" else 1)
    assert engine.jobs == []


async def test_fals_own_key_is_tried_at_fals_addresses(shell: Shell, engine: Engine) -> None:
    shell.environment |= {
        "FAL_KEY": "an-id:a-secret-canary",
        "FAL_QUEUE_URL": engine.queue_url,
        "FAL_API_URL": f"{engine.queue_url}/v1",
    }
    accepted = findings(await shell.touchup("doctor"))
    engine.faults.add(EngineFault(kind=EngineFaultKind.STATUS_BROKEN, status=401), times=None)

    refused = await shell.touchup("doctor")

    assert accepted["key"] == ("ok", doctor.KEY_ACCEPTED())
    assert findings(refused)["key"] == ("wrong", doctor.KEY_REFUSED())
    assert refused.code == 1
    assert "canary" not in refused.out


async def test_a_price_that_changed_is_wrong(shell: Shell, engine: Engine) -> None:
    engine.faults.add(
        EngineFault(kind=EngineFaultKind.PRICE_CHANGED, price_nano_usd=120_000_000), times=None
    )
    shell.environment["ENGINE_URL"] = engine.queue_url

    answer = await shell.touchup("doctor")

    verdict, sentence = findings(answer)["price"]
    assert (answer.code, verdict) == (1, "wrong")
    assert "$0.12" in sentence
    assert "$0.08" in sentence


async def test_r14_results_outside_their_mask_stop_purchases_until_resumed(
    shell: Shell, engine: Engine
) -> None:
    engine.faults.add(EngineFault(kind=EngineFaultKind.JOB_SWAPPED))
    shell.environment["ENGINE_URL"] = engine.queue_url
    swapped = await shell.edit("--area", "top half")

    ill = await shell.touchup("doctor")
    refused = await shell.edit("--area", "top half")
    lifted = await shell.touchup("resume")
    done = await shell.edit("--area", "top half")

    assert swapped.code == 1
    assert ill.code == 1
    assert findings(ill)["purchases"][0] == "wrong"
    verdict, sentence = findings(ill)["polarity"]
    assert (verdict, sentence[:34]) == ("wrong", "1 of 1 results of Ideogram V2 Edit"[:34])
    assert "MASK_POLARITY=black" in findings(ill)["purchases"][1]
    assert "`touchup resume`" in findings(ill)["purchases"][1]
    assert (refused.code, refused.out) == (2, "")
    assert (lifted.code, lifted.err) == (0, "")
    assert "Ideogram V2 Edit" in lifted.out
    assert done.code == 0
    assert "purchases" not in findings(await shell.touchup("doctor"))
    assert (await shell.touchup("resume")).out == f"{billing.NOTHING_STOPPED()}\n"
    assert len(engine.jobs) == 2
    assert await shell.money() == Money(jobs=2, held=0, spent=80_000, findings=())


async def test_what_results_say_about_masks_is_counted(shell: Shell, engine: Engine) -> None:
    shell.environment["ENGINE_URL"] = engine.queue_url
    await shell.edit("--area", "top half")
    known = findings(await shell.touchup("doctor"))["polarity"]
    await shell.edit("--area", "top half")
    engine.faults.add(EngineFault(kind=EngineFaultKind.JOB_SWAPPED))
    await shell.edit("--area", "top half")
    doubtful = findings(await shell.touchup("doctor"))["polarity"]
    await shell.touchup("resume")
    fresh = findings(await shell.touchup("doctor"))["polarity"]

    assert known == (
        "ok",
        "1 result of Ideogram V2 Edit changed inside the mask, as they should.",
    )
    assert doubtful[0] == "ok"
    assert doubtful[1].startswith("2 results of Ideogram V2 Edit changed inside the mask, as they")
    assert doubtful[1].endswith("; 1 changed around it instead.")
    assert fresh[0] == "note"
    assert fresh[1].startswith("Not known yet for Ideogram V2 Edit; white is sent")


async def test_books_in_use_are_examined_all_the_same(shell: Shell) -> None:
    async with open_sqlite(shell.folder / "data" / "touchup.sqlite3"):
        answer = await shell.touchup("doctor")

    assert answer.code == 0
    assert findings(answer)["database"][0] == "ok"


async def test_h6_damaged_books_and_a_file_that_is_none_are_wrong(shell: Shell) -> None:
    await shell.edit("--area", "top half")
    books = shell.folder / "data" / "touchup.sqlite3"
    pages = bytearray(books.read_bytes())
    pages[4096 * 3 : 4096 * 12] = os.urandom(4096 * 9)
    books.write_bytes(pages)
    damaged = await shell.touchup("doctor")
    books.write_bytes(b"no database at all " * 500)

    none = await shell.touchup("doctor")

    for answer in (damaged, none):
        verdict, sentence = findings(answer)["database"]
        assert (answer.code, verdict) == (1, "wrong")
        assert "restore a backup" in sentence


async def test_h1_a_file_in_the_place_of_the_data_folder_is_wrong(shell: Shell) -> None:
    shell.environment["DATA_DIR"] = "photo.png"

    answer = await shell.touchup("doctor")

    assert answer.code == 1
    assert findings(answer)["folder"][0] == "wrong"


async def test_a_lost_answer_is_mentioned_with_the_command_that_looks_for_it(
    shell: Shell, engine: Engine
) -> None:
    engine.faults.add(EngineFault(kind=EngineFaultKind.SUBMIT_ACCEPTED_THEN_DROPPED))
    shell.environment["ENGINE_URL"] = engine.queue_url
    assert (await shell.edit("--area", "top half")).code == 3

    answer = await shell.touchup("doctor")

    assert findings(answer)["unknown"] == ("note", doctor.unknown_count(1))
    assert answer.code == 0
