"""The area language: what it understands, what it refuses, and how it is printed."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import areas
from bot.domain.areas import (
    Area,
    Border,
    Center,
    Corner,
    Difference,
    Ellipse,
    Everything,
    Grown,
    Intersection,
    Length,
    Not,
    Rectangle,
    Shrunk,
    Side,
    Transparent,
    Union,
    Unit,
)
from bot.domain.errors import AreaProblem, BadArea

HALF = Fraction(1, 2)
TOP, LEFT = Side("top", HALF), Side("left", HALF)


def percent(value: int | str) -> Length:
    return Length(Fraction(value), Unit.PERCENT)


def pixels(value: int) -> Length:
    return Length(Fraction(value), Unit.PIXELS)


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("top", TOP),
        ("left third", Side("left", Fraction(1, 3))),
        ("bottom 12.5%", Side("bottom", Fraction(1, 8))),
        ("  TOP \n Left ", Corner("top", "left", HALF)),
        ("bottom right quarter", Corner("bottom", "right", HALF)),
        ("top-left 20%", Corner("top", "left", Fraction(1, 5))),
        ("top -left", Difference(TOP, LEFT)),
        ("centre", Center(HALF)),
        ("middle 30%", Center(Fraction(3, 10))),
        ("border 5%", Border(percent(5))),
        ("border 12", Border(pixels(12))),
        ("box 10,20,30,40", Rectangle(pixels(10), pixels(20), pixels(30), pixels(40))),
        ("box 10 , 20 30 40%", Rectangle(percent(10), percent(20), percent(30), percent(40))),
        ("ellipse 0%,0%,100%,9px", Ellipse(percent(0), percent(0), percent(100), pixels(9))),
        ("everything", Everything()),
        ("transparent grow 5px", Grown(Transparent(), pixels(5))),
        ("top shrink 2% grow 3", Grown(Shrunk(TOP, percent(2)), pixels(3))),
        ("top - left + top", Union(Difference(TOP, LEFT), TOP)),
        ("top \u2212 left", Difference(TOP, LEFT)),
        ("top + left & top", Union(TOP, Intersection(LEFT, TOP))),
        ("not top & left", Intersection(Not(TOP), LEFT)),
        ("not (top & left)", Not(Intersection(TOP, LEFT))),
        ("not not top", Not(Not(TOP))),
    ],
)
def test_an_area_in_words_is_understood(text: str, area: Area) -> None:
    assert areas.parse(text) == area


@pytest.mark.parametrize(
    ("text", "problem", "word", "suggestion"),
    [
        ("middel", AreaProblem.UNKNOWN_WORD, "middel", "middle"),
        ("top + lefft", AreaProblem.UNKNOWN_WORD, "lefft", "left"),
        ("box 10,10", AreaProblem.ENDED, "", "box 10%,10%,50%,50%"),
        ("box 90%,90%,50%,50%", AreaProblem.OUTSIDE, "90", "box 90%,90%,10%,10%"),
        ("box 100%,0%,5%,5%", AreaProblem.OUTSIDE, "100", None),
        ("box 1,1,0,5", AreaProblem.OUT_OF_RANGE, "0", None),
        ("box 1,1,99999,5", AreaProblem.OUT_OF_RANGE, "99999", None),
        ("top -", AreaProblem.ENDED, "", None),
        ("", AreaProblem.ENDED, "", None),
        ("((((", AreaProblem.ENDED, "", None),
        ("(top", AreaProblem.ENDED, "", ")"),
        ("top)", AreaProblem.UNEXPECTED, ")", None),
        ("center 0%", AreaProblem.OUT_OF_RANGE, "0%", "center 50%"),
        ("center 101%", AreaProblem.OUT_OF_RANGE, "101%", "center 50%"),
        ("top 10", AreaProblem.UNEXPECTED, "10", "10%"),
        ("top grow 99999px", AreaProblem.OUT_OF_RANGE, "99999px", "10px"),
        ("grow 99999px", AreaProblem.UNEXPECTED, "grow", None),
        ("center 10,5%", AreaProblem.UNEXPECTED, "10,5", "10.5%"),
        ("border 2,5%", AreaProblem.UNEXPECTED, "2,5", "2.5%"),
        ("border 60%", AreaProblem.OUT_OF_RANGE, "60%", "border 10%"),
        ("top \u0663%", AreaProblem.UNKNOWN_WORD, "\u0663", "3"),
        ("\u4e0a", AreaProblem.UNKNOWN_WORD, "\u4e0a", None),
        ("top left right", AreaProblem.UNEXPECTED, "right", "+ right"),
        ("top and left", AreaProblem.UNKNOWN_WORD, "and", "+"),
        ("subject", AreaProblem.UNKNOWN_WORD, "subject", "center"),
        ("background", AreaProblem.UNKNOWN_WORD, "background", "not center"),
        ("text", AreaProblem.UNKNOWN_WORD, "text", "center 60%"),
        ("faces - top", AreaProblem.UNKNOWN_WORD, "faces", "center 30%"),
        ("sky", AreaProblem.UNKNOWN_WORD, "sky", "top third"),
        ("marks", AreaProblem.UNKNOWN_WORD, "marks", "transparent"),
        ("top 3.33333%", AreaProblem.OUT_OF_RANGE, "3.33333", "3.333"),
        ("top 1234567890%", AreaProblem.OUT_OF_RANGE, "1234567890", None),
        ("+".join(["top"] * 41), AreaProblem.TOO_LONG, "top", None),
        ("not " * 30 + "top", AreaProblem.TOO_LONG, "not", None),
        ("(" * 30 + "top" + ")" * 30, AreaProblem.TOO_LONG, "(", None),
        ("+".join(["box 1,1,1,1"] * 40), AreaProblem.TOO_LONG, "", None),
        ("top;drop", AreaProblem.UNKNOWN_WORD, ";", None),
    ],
)
def test_w45_an_area_that_means_nothing_is_refused_with_its_word_and_an_alternative(
    text: str, problem: AreaProblem, word: str, suggestion: str | None
) -> None:
    with pytest.raises(BadArea) as caught:
        areas.parse(text)

    error = caught.value
    assert (error.problem, error.word, error.suggestion) == (problem, word, suggestion)
    assert text[error.position :].lower().startswith(word.rstrip("%px"))


def test_w45_five_thousand_terms_are_refused_at_once() -> None:
    text = " + ".join(["everything"] * 5000)
    started = time.process_time()

    with pytest.raises(BadArea) as caught:
        areas.parse(text)

    assert caught.value.problem is AreaProblem.TOO_LONG
    assert len(caught.value.text) == areas.MAX_LENGTH
    assert time.process_time() - started < 0.05


@given(st.text(alphabet="top left-+&()%,.0123456789boxcenrgw not\u0663", max_size=120))
def test_any_text_is_understood_or_refused(text: str) -> None:
    try:
        area = areas.parse(text)
    except BadArea:
        return
    assert areas.parse(str(area)) == area


thousandths = st.integers(1, 100_000).map(lambda value: Fraction(value, 1000))
shares = st.one_of(
    st.sampled_from([Fraction(1, 3), Fraction(1, 4), HALF]),
    thousandths.map(lambda value: value / 100),
)
lengths = st.builds(
    Length, st.integers(1, 50_000).map(lambda value: Fraction(value, 1000)), st.sampled_from(Unit)
)
starts = st.builds(Length, st.integers(0, 40).map(Fraction), st.sampled_from(Unit))
sizes = st.builds(Length, st.integers(1, 60).map(Fraction), st.sampled_from(Unit))
shapes = st.one_of(
    st.builds(Everything),
    st.builds(Transparent),
    st.builds(Side, st.sampled_from(["top", "bottom", "left", "right"]), shares),
    st.builds(
        Corner, st.sampled_from(["top", "bottom"]), st.sampled_from(["left", "right"]), shares
    ),
    st.builds(Center, shares),
    st.builds(Border, lengths),
    st.builds(Rectangle, starts, starts, sizes, sizes),
    st.builds(Ellipse, starts, starts, sizes, sizes),
)


def combined(inner: st.SearchStrategy[Area]) -> st.SearchStrategy[Area]:
    return st.one_of(
        st.builds(Not, inner),
        st.builds(Grown, inner, lengths),
        st.builds(Shrunk, inner, lengths),
        st.builds(Union, inner, inner),
        st.builds(Difference, inner, inner),
        st.builds(Intersection, inner, inner),
    )


trees: st.SearchStrategy[Area] = st.recursive(shapes, combined, max_leaves=5)


@given(trees)
def test_a_printed_area_reads_back_as_the_same_area(area: Area) -> None:
    assert areas.parse(str(area)) == area


@given(trees)
def test_case_and_space_do_not_matter(area: Area) -> None:
    text = f"  {area} ".upper().replace(" ", "\t ")

    assert areas.parse(text) == area


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("", "center"),
        ("to", "top third"),
        ("top", "top half"),
        ("top l", "top left"),
        ("top - ", "top - center"),
        ("top + b", "top + bottom third"),
        ("not", "not center"),
        ("box", "box 25%,25%,50%,50%"),
        ("(top + left", "(top + left)"),
        ("(top + left) ", "(top + left) grow 2%"),
        ("center 4", "center 4%"),
        ("middel", "middle"),
        ("sky", "top third"),
        ("top + subject", "top + center"),
    ],
)
def test_autocomplete_continues_what_was_typed(typed: str, offered: str) -> None:
    assert offered in areas.complete(typed)


@given(st.text(alphabet="top left-+&()%,0123456789bcenrgw not", max_size=130))
def test_every_suggestion_can_be_chosen(typed: str) -> None:
    found = areas.complete(typed)

    assert len(found) <= areas.MAX_SUGGESTIONS
    assert all(0 < len(text) <= areas.MAX_SUGGESTION_LENGTH for text in found)
    assert all(str(areas.parse(text)) for text in found)


def test_93_a_suggestion_takes_at_most_five_milliseconds() -> None:
    typed = ["", "t", "top left + (center - ", "box 10%,10%,80%,30% + ellipse", "x" * 6000]

    durations = []
    for text in typed:
        started = time.process_time()
        for _ in range(20):
            areas.complete(text)
        durations.append((time.process_time() - started) / 20)

    assert max(durations) <= 0.005
