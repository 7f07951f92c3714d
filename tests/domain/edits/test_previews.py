"""When a member must see what would change before they can say yes."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.edits import draft
from bot.domain.edits.options import EditKind, Previewing
from bot.domain.edits.pictures import Note, Question, Reading
from bot.domain.errors import BadArea
from tests.ui.specimens import edit

AUTO, ALWAYS, NEVER = Previewing.AUTO, Previewing.ALWAYS, Previewing.NEVER

CERTAIN_READINGS = {Reading.WORDS, Reading.WHITE_CHANGES, Reading.ERASED, Reading.EXTENDED}
HARMLESS_NOTES = {Note.FIRST_FRAME, Note.COLOUR_PROFILE, Note.FILE_RECODED}


def shown(previewing: Previewing, *, is_guessed: bool = False, **changes: Any) -> bool:
    return draft.is_shown_first(previewing, edit(**changes), is_guessed=is_guessed)


@pytest.mark.parametrize("previewing", list(Previewing))
@pytest.mark.parametrize("question", list(Question))
def test_a_question_is_always_asked(previewing: Previewing, question: Question) -> None:
    assert shown(previewing, question=question)


@pytest.mark.parametrize("previewing", list(Previewing))
def test_a_look_is_nothing_but_its_preview(previewing: Previewing) -> None:
    assert shown(previewing, kind=EditKind.AREA)


@pytest.mark.parametrize(
    ("previewing", "expected"), [(ALWAYS, True), (NEVER, False), (AUTO, False)]
)
@pytest.mark.parametrize("kind", [EditKind.EDIT, EditKind.ERASE])
def test_what_was_said_plainly_is_shown_only_to_those_who_want_it(
    previewing: Previewing, expected: bool, kind: EditKind
) -> None:
    assert shown(previewing, kind=kind) is expected


@pytest.mark.parametrize(("previewing", "expected"), [(AUTO, True), (NEVER, False)])
@pytest.mark.parametrize(
    "doubt",
    [
        {"is_guessed": True},
        {"kind": EditKind.EXTEND},
        {"kind": EditKind.RELETTER},
        *({"reading": reading} for reading in sorted(set(Reading) - CERTAIN_READINGS)),
        *({"notes": (Note.FIRST_FRAME, note)} for note in sorted(set(Note) - HARMLESS_NOTES)),
    ],
    ids=str,
)
def test_r13_what_was_guessed_or_may_be_meant_otherwise_is_shown_unless_never(
    previewing: Previewing, expected: bool, doubt: dict[str, Any]
) -> None:
    assert shown(previewing, **doubt) is expected


@pytest.mark.parametrize("reading", sorted(CERTAIN_READINGS))
@pytest.mark.parametrize("note", sorted(HARMLESS_NOTES))
def test_what_cannot_be_meant_otherwise_runs_at_once(reading: Reading, note: Note) -> None:
    assert not shown(AUTO, reading=reading, notes=(note,))


@pytest.mark.parametrize(
    ("area", "expected"),
    [
        (None, False),
        ("  ", False),
        ("top third - center 40%", False),
        ("transparent grow 2%", False),
        ("subject", True),
        ("top half & (left - faces)", True),
        ('text:"SALE" feather 4px', True),
        ("not marks", True),
    ],
)
def test_an_area_is_guessed_where_something_is_looked_for(area: str | None, expected: bool) -> None:
    assert draft.is_guessed(area) is expected


def test_an_area_nobody_understands_is_no_guess() -> None:
    with pytest.raises(BadArea):
        draft.is_guessed("somewhere nice")
