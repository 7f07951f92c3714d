"""What members read of their wishes, in their own words, and of what waits in line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.billing.breaker import PauseReason
from bot.domain.edits import prompts
from bot.domain.edits.edit import Edit
from bot.domain.edits.options import EditKind
from bot.domain.jobs.states import JobState
from bot.services.edits.gallery import PastEdit, ResultCard
from bot.services.edits.service import QueuedEdit
from bot.services.reports.member import SpendOverview
from bot.ui.edits import cards
from bot.ui.texts import edits, previews
from bot.ui.texts import lists as list_texts
from tests.ui import specimens
from tests.ui.edits.test_cards import built, texts


def wish(kind: EditKind, words: str) -> Edit:
    return specimens.edit(kind=kind, prompt=prompts.full_prompt(kind, words, limit=2000))


WISHES = [
    (EditKind.EDIT, "a red door", "**Prompt:** a red door", "a red door"),
    (EditKind.ERASE, "", None, "Erase"),
    (EditKind.EXTEND, "", None, "Extend"),
    (EditKind.EXTEND, "a lighthouse", "**Prompt:** a lighthouse", "Extend: a lighthouse"),
    (EditKind.RELETTER, "OPEN", "**New words:** OPEN", "Re-letter: OPEN"),
]


@pytest.mark.parametrize(("kind", "words", "line", "name"), WISHES)
def test_cards_and_lists_repeat_what_was_typed_and_never_the_recipe(
    tmp_path: Path, kind: EditKind, words: str, line: str | None, name: str
) -> None:
    edit = wish(kind, words)
    outcome = specimens.outcome(edit, specimens.receipt(tmp_path))
    entry = QueuedEdit(edit=edit, states=(JobState.QUEUED,), ahead=0, stopped=None)
    past = PastEdit(edit=edit, states=(JobState.DONE,), charged=80_000, kept=False)
    spending = SpendOverview(
        explanation=specimens.explanation(),
        recent=((edit, 80_000),),
    )

    result = edits.result(ResultCard(outcome=outcome), mention=False)
    full = [result, edits.accepted(entry), previews.about(edit)]
    lists = [
        list_texts.queued(entry),
        list_texts.past([past]),
        list_texts.spending(spending),
        list_texts.choice(past),
    ]

    for said in full:
        assert [found for found in said.splitlines() if found == line] == [line] * (
            line is not None
        )
    for said in lists:
        assert any(f"{name}{end}" in said for end in ("\n", " · ", " ("))
    for said in [*full, *lists, edits.after_alt(outcome, 1)]:
        assert "seamlessly" not in said
        assert "in the same style" not in said
        assert words in said


def test_alt_texts_say_what_a_picture_shows() -> None:
    said = [edits.after_alt(specimens.outcome(wish(kind, words)), 1) for kind, words, *_ in WISHES]

    assert said == [
        "After (1): 33.3% of it shows: a red door",
        "After (1): what was on 33.3% of it is erased",
        "After (1): 33.3% of it is new room",
        "After (1): 33.3% of it is new room: a lighthouse",
        "After (1): the lettering on 33.3% of it reads: OPEN",
    ]


def test_r14_a_card_in_line_says_that_purchases_are_stopped_and_how_to_get_out() -> None:
    entry = QueuedEdit(
        edit=specimens.edit(count=2),
        states=(JobState.QUEUED, JobState.RUNNING),
        ahead=3,
        stopped=PauseReason.SWAPPED,
    )

    card, queue = texts(built(cards.accepted(entry))), texts(built(cards.queue([entry])))

    for said in (card, queue):
        assert "A safety check stopped purchases" in said
        assert "Cancel frees" in said
        assert "3 pictures" not in said  # nobody is in front of it: everybody waits
    # One of the two pictures was sent before: only the other one's price is free to come back.
    assert "$0.08 set aside" in card
    assert "$0.16" in queue
    assert "waiting: purchases are stopped, being painted" in queue


def test_n17_a_submit_that_may_yet_be_refused_is_not_called_bought() -> None:
    entry = QueuedEdit(
        edit=specimens.edit(count=2),
        states=(JobState.QUEUED, JobState.SUBMITTING),
        ahead=0,
        stopped=PauseReason.LOCKED,
    )

    card = texts(built(cards.accepted(entry)))

    assert "Nothing was bought yet" in card
    assert "$0.16 set aside" in card


def test_a_queue_that_moves_says_nothing_of_stops() -> None:
    entry = QueuedEdit(edit=specimens.edit(), states=(JobState.QUEUED,), ahead=3, stopped=None)

    said = texts(built(cards.accepted(entry))) + texts(built(cards.queue([entry])))

    assert "stopped" not in said
    assert "3 pictures are ahead of it" in said
