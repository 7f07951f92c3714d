"""Mistakes are told in private, cost nothing, and leave nothing behind in the channel."""

from __future__ import annotations

from typing import Any

import pytest

from bot.engine import EngineFaultKind
from bot.sandbox import CdnBehaviour, PersonInteraction, Upload
from tests.e2e.conftest import House, OpenHouse, mask, painted, photo, picture, png, reads_only

FREE = "Nothing was charged."


async def refused(house: House, click: PersonInteraction) -> str:
    """The sentence of a refusal, after everything that must hold for one."""
    answer = await house.only_answer(click)

    assert answer.ephemeral
    assert answer.viewer_id == house.ada.id
    assert answer.text.endswith(FREE)
    assert house.discord.messages(house.discord.default_channel) == []
    assert await house.ledger() == (0, 0)
    assert house.engine_jobs == 0
    return answer.text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"image": Upload("a.png", b"")}, "empty file"),
        ({"image": Upload("a.png", b"<html></html>" * 20)}, "web page"),
        ({"image": Upload("a.png", png(photo())[:-60])}, "missing"),
        ({"image": Upload("a.txt", b"hello " * 100)}, "not a picture"),
        ({"mask": None}, "I don't know what should change."),
        ({"area": "top half"}, "You gave a mask and `area`."),
        ({"mask": Upload("m.png", png(mask((0, 0, 0, 0)).point(lambda _: 0)))}, "The mask"),
        ({"mask": Upload("m.png", png(mask().resize((96, 20))))}, "differ in shape"),
        ({"mask": None, "area": "middel"}, "Did you mean"),
        ({"prompt": "\u200b \u200b"}, "The prompt is empty."),
        ({"prompt": "x" * 2001}, "2,001 characters, 2,000 fit"),
        ({"image": picture(delivery=CdnBehaviour(status=404))}, "could not download the picture"),
        ({"mask": painted(delivery=CdnBehaviour(status=403))}, "could not download the mask"),
        ({"image": picture(delivery=CdnBehaviour(cut_after=50))}, "could not download"),
        ({"image": picture(claims={"url": "http://169.254.169.254/x"})}, "could not download"),
    ],
)
@reads_only
async def test_a_mistake_is_told_in_private(
    shared: House, options: dict[str, Any], said: str
) -> None:
    """D17, D19, rows 75, 76, 94 and others of intake."""
    chosen = {"image": picture(), "mask": painted(), "prompt": "a hat"} | options
    given = {name: value for name, value in chosen.items() if value is not None}

    assert said in await refused(shared, await shared.ada.slash("edit", **given))


async def test_a_picture_without_end_is_cut_off(open_house: OpenHouse) -> None:
    """D18."""
    async with open_house(max_picture_mib=1) as house:
        endless = picture(delivery=CdnBehaviour(endless=True), claims={"size": 10})

        said = await refused(house, await house.edit(image=endless, area="top", prompt="x"))

    assert "too heavy" in said
    assert "1 MiB" in said


async def test_what_the_payload_says_of_a_picture_is_not_believed(house: House) -> None:
    """D19."""
    liar = picture(claims={"size": 1, "content_type": "text/html", "width": 9, "height": None})

    card = await house.edited(image=liar, area="top half", prompt="a hat")

    assert len(card.files) == 2


async def test_over_the_limit_nothing_is_even_downloaded(open_house: OpenHouse) -> None:
    async with open_house(member_daily_limit_usd=0) as house:
        gone = picture(delivery=CdnBehaviour(status=404))

        said = await refused(
            house, await house.edit(image=gone, area="top half", prompt="x", count=2)
        )

    assert said.startswith("Editing is switched off here: your daily limit is closed.")


async def test_the_limit_counts_what_was_spent_before(open_house: OpenHouse) -> None:
    async with open_house(member_daily_limit_usd="0.10") as house:
        wish: dict[str, Any] = {"area": "top half", "prompt": "a hat"}
        await house.card(await house.ada.slash("edit", image=picture(), **wish))

        answer = await house.only_answer(await house.ada.slash("edit", image=picture(), **wish))

        assert "only $0.02 is left" in answer.text
        assert await house.ledger() == (0, 80_000)


@reads_only
async def test_an_attachment_that_is_named_but_not_brought_is_refused(shared: House) -> None:
    """D25, row 103."""
    [command] = [c for c in shared.discord.state.commands[None].values() if c["name"] == "edit"]
    options = [
        {"name": "image", "type": 11, "value": "123456789012345678"},
        {"name": "prompt", "type": 3, "value": "x"},
    ]
    data = {"id": command["id"], "name": "edit", "type": 1, "options": options}

    click = await shared.ada.forge(2, data)

    assert "could not download the picture" in (await shared.only_answer(click)).text


@pytest.mark.parametrize(
    "options",
    [
        [],
        [{"name": "prompt", "type": 3, "value": "x"}],
        [{"name": "count", "type": 4, "value": 99}],
        [{"name": "seed", "type": 4, "value": -1}],
        [{"name": "style", "type": 3, "value": "vaporwave"}],
        [{"name": "image", "type": 3, "value": "text"}],
    ],
)
@reads_only
async def test_options_that_do_not_fit_the_command_are_refused_politely(
    shared: House, options: list[dict[str, Any]]
) -> None:
    """D25, D26: an old version of the command, or a forged one (W48)."""
    data = {"id": "1", "name": "edit", "type": 1, "options": options}

    answer = await shared.only_answer(await shared.ada.forge(2, data))

    assert answer.ephemeral
    assert FREE in answer.text


@reads_only
async def test_a_command_that_is_gone_is_answered(shared: House) -> None:
    """D26."""
    data = {"id": "1", "name": "reletter", "type": 1, "options": []}

    answer = await shared.only_answer(await shared.ada.forge(2, data))

    assert "has changed" in answer.text


async def test_a_picture_the_model_refuses_is_not_charged(house: House) -> None:
    house.break_engine(EngineFaultKind.JOB_FAILS, error_type="content_policy_violation")
    card = await house.edited(count=2)

    assert "1 of 2 pictures" in card.text
    assert "content filter" in card.text
    assert "Not charged." in card.text
    assert await house.ledger() == (0, 80_000)


async def test_while_the_bot_stops_nothing_new_is_taken(house: House) -> None:
    house.discord_app.bot.responder.close()

    said = await refused(house, await house.edit(area="top", prompt="x"))

    assert "restarted" in said
