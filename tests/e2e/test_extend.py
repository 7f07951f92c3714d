"""`/extend`: a picture goes on beyond its edge, and keeps every pixel it has."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import ImageChops, ImageStat

from bot.domain.edits.prompts import EXTEND
from bot.sandbox import Message
from tests.e2e.conftest import House, opened, photo, picture

RUN = "Run · $0.08"


async def extended(house: House, **options: Any) -> Message:
    return await house.preview(await house.ada.slash("extend", image=picture(), **options))


async def test_r9_a_side_grows_by_a_share_and_the_picture_stays_as_it_was(house: House) -> None:
    card = await extended(house, side="left", amount="25%", prompt="a lighthouse")
    assert card.text.startswith("### 20% of the picture will be new")
    assert "**Prompt:** a lighthouse\n" in card.text
    assert await house.ledger() == (0, 0)

    final = await house.card(await house.ada.click(card, RUN))

    before, after = (opened(file).convert("RGB") for file in final.files)
    difference = ImageChops.difference(before, photo())  # a small JPEG of it
    assert (before.size, max(ImageStat.Stat(difference).mean) < 4) == ((96, 64), True)
    assert final.files[0].description == "Before: the original picture"
    kept, new = after.crop((24, 0, 120, 64)), after.crop((0, 0, 24, 64))
    assert after.size == (120, 64)
    assert ImageChops.difference(kept, photo()).getbbox() is None
    assert max(ImageStat.Stat(new).stddev) > 0
    assert final.text.startswith("### Extended")
    assert "0 of 6,144 pixels outside the area changed" in final.text
    assert await house.ledger() == (0, 80_000)


@pytest.mark.parametrize(
    ("side", "amount", "size"),
    [
        ("bottom", "16", (96, 80)),
        ("sides", "16:9", (114, 64)),
        ("all", "50%", (192, 128)),
    ],
)
async def test_r9_every_side_and_every_way_to_say_how_much(
    house: House, side: str, amount: str, size: tuple[int, int]
) -> None:
    card = await extended(house, side=side, amount=amount)

    row = await house.one("SELECT width, height, prompt FROM edit")
    assert (row["width"], row["height"]) == size
    assert row["prompt"] == EXTEND
    assert "of the picture will be new" in card.text


async def test_r9_an_overlap_lets_the_seam_change_and_can_be_made_softer(house: House) -> None:
    plain = await extended(house, side="right", amount="32px")
    first = await extended(house, side="right", amount="32px", overlap=4)
    card = await house.changed(await house.ada.click(first, "Softer"))

    final = await house.card(await house.ada.click(card, RUN))

    kept = opened(final.files[1]).convert("RGB").crop((0, 0, 88, 64))
    assert [button.label for button in plain.buttons] == [RUN, "Cancel"]
    assert [button.label for button in card.buttons] == [RUN, "Softer", "Cancel"]
    assert ImageChops.difference(kept, photo().crop((0, 0, 88, 64))).getbbox() is None
    assert "**Adjusted:** fades in over 8 px" in card.text


async def test_an_amount_that_means_nothing_is_explained(house: House) -> None:
    click = await house.ada.slash("extend", image=picture(), side="left", amount="a lot")

    answer = await house.only_answer(click)

    assert answer.ephemeral
    assert answer.text == (
        "`amount` is “a lot”, but must be a length such as 20% or 128px, or a format such as "
        "16:9. Nothing was charged."
    )


async def test_a_format_the_picture_cannot_grow_to_there_is_explained(house: House) -> None:
    click = await house.ada.slash("extend", image=picture(), side="top", amount="16:9")

    answer = await house.only_answer(click)

    assert answer.ephemeral
    assert "16:9 is wider than your picture, so it can't be reached at the top." in answer.text
    assert await house.ledger() == (0, 0)


async def test_how_much_is_taught_while_it_is_typed(house: House) -> None:
    """Row 93."""

    async def offered(typed: str) -> dict[str, str]:
        choices = await house.ada.autocomplete("extend", side="left", amount=typed)
        return {choice.value: choice.name for choice in choices}

    assert list(await offered("")) == ["20%", "128px", "16:9", "1:1", "9:16", "4:3"]
    assert (await offered(""))["1:1"] == "1:1 (until the picture is 1 by 1, a square)"
    assert list(await offered("16")) == ["16px", "16%", "16:9"]
    assert list(await offered("30%")) == ["30%"]
    assert list(await offered("wide")) == list(await offered(""))


async def test_sides_are_offered_by_name(house: House) -> None:
    commands = house.discord.state.commands[None].values()
    [extend] = [command for command in commands if command["name"] == "extend"]
    [side] = [option for option in extend["options"] if option["name"] == "side"]

    assert {choice["name"]: choice["value"] for choice in side["choices"]} == {
        "Left": "left",
        "Right": "right",
        "Top": "top",
        "Bottom": "bottom",
        "Left and right": "sides",
        "All four sides": "all",
    }
