"""A member says when they want to see previews."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from tests.e2e.conftest import House, OpenHouse
from tests.e2e.previewed import black_mask


async def chosen(house: House, **options: Any) -> str:
    answer = await house.only_answer(await house.ada.slash("mine preview", **options))
    assert answer.ephemeral
    return answer.text


async def test_without_a_choice_it_says_what_it_is(house: House) -> None:
    said = await chosen(house)

    assert said.startswith("I show a preview when an area was guessed, or is doubtful")
    assert "`/mine preview when:`" in said


async def test_always_shows_every_edit_first_and_survives_a_restart(
    open_house: OpenHouse,
) -> None:
    async with open_house() as house:
        said = await chosen(house, when="always")
        assert said.startswith("Remembered. I show a preview before every edit")

    async with open_house() as house:
        assert (await chosen(house)).startswith("I show a preview before every edit")
        click = await house.edit()
        await house.preview(click)

        assert click.callback_data == {"flags": 64}
        assert await house.ledger() == (0, 0)


async def test_never_starts_at_once_what_would_have_been_shown(house: House) -> None:
    await chosen(house, when="never")

    card = await house.edited(mask=black_mask())

    assert not card.ephemeral
    assert "your mask, black changes" in card.text
    assert await house.ledger() == (0, 80_000)


async def test_never_still_asks_about_most_of_the_picture(house: House) -> None:
    await chosen(house, when="never")

    card = await house.preview(await house.edit(area="everything - center 20%", prompt="snow"))

    assert "That is most of the picture." in card.text
    assert house.discord.messages(house.discord.default_channel) == []
    assert await house.ledger() == (0, 0)


async def test_auto_is_back_to_the_rule(house: House) -> None:
    await chosen(house, when="always")
    await chosen(house, when="auto")

    assert len((await house.edited()).files) == 2


async def test_one_members_choice_is_not_anothers(house: House) -> None:
    await chosen(house, when="always")
    bob = house.discord.person("bob")

    click = await house.edit(bob)

    assert len((await house.card(click)).files) == 2


async def test_while_the_books_are_slow_the_click_is_still_heard_in_time(
    house: House,
) -> None:
    """The preference is not waited for; at worst a preview is seen that nobody needed."""
    await chosen(house, when="never")
    release = threading.Event()
    blocked = asyncio.create_task(house.app.database.transact(lambda tx: release.wait(1.5)))
    await asyncio.sleep(0.05)

    click = await house.edit(mask=black_mask())
    await click.wait(lambda seen: seen.acknowledged is not None)
    release.set()
    await blocked

    assert click.acknowledged is not None
    assert click.acknowledged < 1.5
    await house.card(click)
