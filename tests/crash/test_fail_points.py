"""The process dies at a named place, is started again, and three books agree (L rows).

Each death starts the whole bot twice, and takes seconds. Of each kind (before and after the
purchase, the submit, the settlement, a card, an alert, a draft) one is tried every time; the others
of this folder have the marker `crash`, and run every night and before a release:

    pytest tests/crash -m crash     those others
    pytest tests/crash -m ""        all of them
"""

from __future__ import annotations

import pytest

from bot import failpoints
from tests.crash.selection import moments
from tests.crash.stage import DIED, Stage

BEFORE_THE_PURCHASE = {
    "acknowledge.after": "L3",
    "fetch.mid": "L5",
    "prepare.before": "L2",
    "accept.before": "L2",
}
AFTER_THE_PURCHASE = {
    "accept.after": "L3",
    "claim.after": "L3",
    "upload.mid": "L8",
    "submit.sent": "L10",
    "submitted.before": "L11",
    "follow": "L12",
    "result.before": "L13",
    "result.stored": "L14",
    "settle.before": "L14",
    "settle.after": "L15",
    "deliver.before": "L16",
    "deliver.mid": "L17",
    "deliver.after": "L18",
}
TRIED_ALWAYS = {"submit.sent", "submitted.before", "settle.before", "settle.after", "deliver.mid"}
ON_THEIR_OWN = {"acknowledge.before", "migrate.mid"}
# test_crash_lost_answer.py, test_crash_previews.py, test_crash_alerts.py
ELSEWHERE = {"submit.before", "adjust.before", "adjust.after", "alert.before", "alert.after"}


def test_every_fail_point_is_tried_here() -> None:
    tried = BEFORE_THE_PURCHASE.keys() | AFTER_THE_PURCHASE.keys() | ON_THEIR_OWN | ELSEWHERE

    assert tried == set(failpoints.NAMES)


@pytest.mark.parametrize("point", moments(BEFORE_THE_PURCHASE, always={"accept.before"}))
async def test_a_death_before_the_purchase_costs_nothing_and_is_told(
    stage: Stage, point: str
) -> None:
    """L2, L3, L5"""
    click = await stage.edit_and_die(point)

    await stage.start()
    books = await stage.settle()

    [word] = stage.answers(click)
    assert word.text.startswith("I was restarted before this edit began")
    assert books.jobs == []
    assert stage.engine.jobs == []


@pytest.mark.parametrize("point", moments(AFTER_THE_PURCHASE, always=TRIED_ALWAYS))
async def test_a_death_after_the_purchase_ends_in_one_paid_picture(
    stage: Stage, point: str
) -> None:
    """L3, L8, L10-L18"""
    click = await stage.edit_and_die(point)

    await stage.start()
    books = await stage.settle()

    [card] = stage.answers(click)
    assert card.text.startswith("### Your edit is done")
    assert len(card.files) == 2
    assert books.states == ["done"]
    assert books.ways == [("delivered", "reply")]
    assert len(stage.engine.jobs) == 1


async def test_a_death_before_the_acknowledgement_is_told_by_discord_itself(stage: Stage) -> None:
    """L1"""
    click = await stage.edit_and_die("acknowledge.before")

    await stage.start()
    books = await stage.settle()

    assert click.acknowledged is None
    assert stage.messages() == []
    assert books.ways == [("kept", "reply")]
    assert books.jobs == []


async def test_a_death_while_the_books_are_made_leaves_no_half_of_them(stage: Stage) -> None:
    """L21"""
    first = await stage.spawn(TOUCHUP_DIE_AT="migrate.mid")
    assert await first.ended() == DIED

    await stage.start()
    await stage.edit()
    books = await stage.settle()

    assert books.states == ["done"]
