"""The process dies between a press on a preview and its answer: the card stays, and goes on."""

from __future__ import annotations

import pytest

from tests.crash.selection import moments
from tests.crash.stage import DIED, PATIENCE, Stage


@pytest.mark.parametrize(
    "point",
    moments(["acknowledge.after", "adjust.before", "adjust.after"], always={"adjust.after"}),
)
async def test_a_death_between_a_press_and_its_answer_is_told_and_nothing_is_bought(
    stage: Stage, point: str
) -> None:
    """L2, story 4.3: what was half done is done once more, or is there already."""
    first = await stage.start()
    asked = await stage.edit(area="everything - center 20%")
    await stage.quiet()
    await first.stop()
    [card] = stage.answers(asked)
    ada = stage.discord.person("ada")

    second = await stage.start(die_at=point)
    press = await ada.click(card, "Grow")
    assert await second.ended() == DIED
    await stage.start()
    [word] = await press.wait(lambda seen: seen.followups, PATIENCE)

    assert word.ephemeral
    assert word.text == (
        "I was restarted before I could show what that did. Nothing was charged. "
        "The next press shows what came of it."
    )
    assert press.response is not None
    assert press.response.text == card.text
    assert press.response.buttons == card.buttons

    again = await ada.click(card, "Grow")
    await stage.until(lambda: again.response and "grown by" in again.response.text)
    assert again.response is not None
    assert again.followups == []
    run = await ada.click(again.response, again.response.buttons[0].label)
    await run.wait(lambda seen: bool(seen.response and "Cost:" in seen.response.text), PATIENCE)
    books = await stage.settle()

    assert books.states == ["done"]
    assert len(stage.engine.jobs) == 1
