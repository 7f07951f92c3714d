"""A member looks at their own past edits."""

from __future__ import annotations

import pytest

from bot.engine import EngineFaultKind
from tests.e2e.conftest import House


async def test_the_latest_edits_are_listed_and_the_last_one_is_shown(house: House) -> None:
    await house.edited(prompt="a red hat", count=2)
    await house.edited(prompt="a blue hat")

    answer = await house.only_answer(await house.ada.slash("mine edits"))

    listed, _, shown = answer.text.partition("### Your edit is done")
    assert answer.ephemeral
    assert answer.viewer_id == house.ada.id
    assert answer.mentions == frozenset()
    assert "**2** a blue hat · done · $0.08 · <t:" in listed
    assert "**1** a red hat · done · $0.16 · <t:" in listed
    assert listed.index("a blue hat") < listed.index("a red hat")
    assert "a blue hat" in shown
    assert "a red hat" not in shown
    assert len(answer.files) == 2


async def test_any_of_them_is_shown_with_every_picture(house: House) -> None:
    await house.edited(prompt="a red hat", count=2)
    await house.edited(prompt="a blue hat")

    answer = await house.only_answer(await house.ada.slash("mine edits", edit=1))

    assert "Your edit is done: 2 pictures" in answer.text
    assert "a red hat" in answer.text
    assert "a blue hat" not in answer.text
    assert [file.filename for file in answer.files] == [
        "touchup-1-before.jpg",
        "touchup-1-1.png",
        "touchup-1-2.png",
    ]
    assert await house.ledger() == (0, 240_000)


async def test_without_edits_it_says_how_to_begin(house: House) -> None:
    answer = await house.only_answer(await house.ada.slash("mine edits"))

    assert answer.ephemeral
    assert answer.text == "You have no edits yet. Start one with `/edit`."


@pytest.mark.parametrize("number", [1, 2, 2**53 - 1])
async def test_somebody_elses_edit_is_not_found(house: House, number: int) -> None:
    """W49, G5: nor is one that does not exist, in the very same words."""
    await house.edited(prompt="ada's secret")
    bob = house.discord.person("bob")

    answer = await house.only_answer(await bob.slash("mine edits", edit=number))

    assert answer.ephemeral
    assert answer.viewer_id == bob.id
    assert answer.text == ("That edit is no longer here. Start a new one with `/edit`.")
    assert answer.files == ()


async def test_nobody_is_offered_or_shown_the_edits_of_others(house: House) -> None:
    """W49, G5."""
    await house.edited(prompt="ada's secret")
    bob = house.discord.person("bob")

    offered = await bob.autocomplete("mine edits", edit="1")
    answer = await house.only_answer(await bob.slash("mine edits"))

    assert offered == []
    assert "secret" not in answer.text


async def test_ones_own_edits_are_offered_by_number_and_prompt(house: House) -> None:
    await house.edited(prompt="a red hat")
    await house.edited(prompt="a *blue* hat")

    everything = await house.ada.autocomplete("mine edits", edit="")
    by_prompt = await house.ada.autocomplete("mine edits", edit="RED")
    by_number = await house.ada.autocomplete("mine edits", edit="2")

    assert [choice.value for choice in everything] == [2, 1]
    assert everything[0].name == "2: a *blue* hat (done)"
    assert [choice.value for choice in by_prompt] == [1]
    assert [choice.value for choice in by_number] == [2]


async def test_a_draft_is_not_among_the_edits(house: House) -> None:
    asked = await house.edit(area="everything - box 0,0,9,9", prompt="x")
    await house.only_answer(asked)

    by_number = await house.only_answer(await house.ada.slash("mine edits", edit=1))
    listed = await house.only_answer(await house.ada.slash("mine edits"))

    assert by_number.text.startswith("That edit is no longer here.")
    assert listed.text.startswith("You have no edits yet.")


async def test_an_edit_that_still_runs_is_shown_as_far_as_it_is(house: House) -> None:
    house.break_engine(EngineFaultKind.JOB_STUCK_IN_QUEUE)
    click = await house.edit()
    await house.slow(click)
    await house.row("SELECT 1 FROM job WHERE state = 'running'")

    listed = await house.only_answer(await house.ada.slash("mine edits"))
    shown = await house.only_answer(await house.ada.slash("mine edits", edit=1))

    assert "**1** a hat · being painted · $0.00" in listed.text
    assert "Your edit is not done yet: 0 of 1 picture" in shown.text
    assert shown.files == ()
    assert await house.ledger() == (80_000, 0)
