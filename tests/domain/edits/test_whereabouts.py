"""What a form means by the place it names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.edits.options import MARKED, WRITTEN, area_of
from bot.domain.errors import BadArea, BadForm, FormProblem


@pytest.mark.parametrize(
    ("chosen", "written", "has_copy", "area"),
    [
        (MARKED, "", True, None),
        (MARKED, " marks - faces ", True, "marks - faces"),
        (WRITTEN, "top third", False, "top third"),
        (WRITTEN, "marks + sky", True, "marks + sky"),
        ("left third", "", False, "left third"),
        (None, "", True, None),
        (None, "sky", False, "sky"),
        (None, "marks grow 3%", True, "marks grow 3%"),
        (None, "", False, None),  # the picture itself may have a part erased
    ],
)
def test_what_is_left_out_goes_without_saying(
    chosen: str | None, written: str, has_copy: bool, area: str | None
) -> None:
    assert area_of(chosen, written, has_copy=has_copy) == area


@pytest.mark.parametrize(
    ("chosen", "written", "has_copy", "problem"),
    [
        (MARKED, "", False, FormProblem.NO_COPY),
        (MARKED, "top third", False, FormProblem.NO_COPY),
        (WRITTEN, "marks", False, FormProblem.NO_COPY),
        (None, "marks - faces", False, FormProblem.NO_COPY),
        (WRITTEN, "  ", False, FormProblem.NO_WORDS),
        (WRITTEN, "", True, FormProblem.NO_WORDS),
        ("sky", "top third", False, FormProblem.TWO_PLACES),
        ("sky", "", True, FormProblem.COPY_AND_PLACE),
        ("sky", "top third", True, FormProblem.COPY_AND_PLACE),
        (MARKED, "top third", True, FormProblem.COPY_AND_WORDS),
        (WRITTEN, "top third", True, FormProblem.COPY_AND_WORDS),
        (None, "top third", True, FormProblem.COPY_AND_WORDS),
    ],
)
def test_what_contradicts_is_not_guessed_at(
    chosen: str | None, written: str, has_copy: bool, problem: FormProblem
) -> None:
    with pytest.raises(BadForm) as caught:
        area_of(chosen, written, has_copy=has_copy)

    assert caught.value.problem is problem


@given(
    chosen=st.sampled_from([None, MARKED, WRITTEN, "sky", "left third"]),
    written=st.sampled_from(["", " ", "sky", "marks", "marks - sky", "top third feather 2%"]),
    has_copy=st.booleans(),
)
def test_an_answer_uses_everything_that_was_given(
    chosen: str | None, written: str, has_copy: bool
) -> None:
    """Nothing a member gave is dropped in silence: not the copy, not the words, not the choice."""
    try:
        area = area_of(chosen, written, has_copy=has_copy)
    except BadForm:
        return

    if written.strip():
        assert area == written.strip()
    if chosen not in (None, MARKED, WRITTEN):
        assert area == chosen
    if has_copy:
        assert area is None or "marks" in area
    if chosen == MARKED:
        assert has_copy


def test_words_that_are_no_area_are_told_as_such() -> None:
    with pytest.raises(BadArea):
        area_of(None, "the thing over there", has_copy=False)
