"""The area language: shapes and their algebra, what is refused, and how areas are printed."""

from __future__ import annotations

import re
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
from bot.domain.areas.words import WORDS
from bot.domain.errors import AreaProblem, BadArea
from tests.domain.areas.random_areas import areas_said

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
        ("border 2,5px", AreaProblem.UNEXPECTED, "2,5px", "2.5px"),
        ("border 60 percent", AreaProblem.OUT_OF_RANGE, "60 percent", "border 10%"),
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
        ("center 10,5%", AreaProblem.UNEXPECTED, "10,5%", "10.5%"),
        ("border 2,5%", AreaProblem.UNEXPECTED, "2,5%", "2.5%"),
        ("border 60%", AreaProblem.OUT_OF_RANGE, "60%", "border 10%"),
        ("top \u0663%", AreaProblem.UNKNOWN_WORD, "\u0663", "3"),
        ("\u4e0a", AreaProblem.UNKNOWN_WORD, "\u4e0a", None),
        ("top left right", AreaProblem.UNEXPECTED, "right", "+ right"),
        ("top and left", AreaProblem.UNKNOWN_WORD, "and", "+"),
        ("top 3.33333%", AreaProblem.OUT_OF_RANGE, "3.33333", "3.333"),
        ("top 1234567890%", AreaProblem.OUT_OF_RANGE, "1234567890", None),
        ("+".join(["top"] * 41), AreaProblem.TOO_LONG, "top", None),
        ("not " * 30 + "top", AreaProblem.TOO_LONG, "not", None),
        ("(" * 30 + "top" + ")" * 30, AreaProblem.TOO_LONG, "(", None),
        ("+".join(["box 1,1,1,1"] * 40), AreaProblem.TOO_LONG, "", None),
        ("Top + LEFFT", AreaProblem.UNKNOWN_WORD, "LEFFT", "left"),
        ("faces half", AreaProblem.UNEXPECTED, "half", None),
        (" + ".join(f'text:"{n}"' for n in range(9)), AreaProblem.TOO_LONG, 'text:"8"', None),
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
    assert text[error.position :].startswith(word)


def test_w45_five_thousand_terms_are_refused_at_once() -> None:
    text = " + ".join(["everything"] * 5000)
    started = time.process_time()

    with pytest.raises(BadArea) as caught:
        areas.parse(text)

    assert caught.value.problem is AreaProblem.TOO_LONG
    assert len(caught.value.text) == areas.MAX_LENGTH
    assert time.process_time() - started < 0.05


def understood(text: str) -> Area | BadArea:
    try:
        return areas.parse(text)
    except BadArea as error:
        return error


@given(
    st.one_of(
        st.text(alphabet="top left-+&()%,.0123456789boxcenrgw not:\"“'’\u0663", max_size=120),
        st.text(st.characters(), max_size=30),
        st.lists(st.sampled_from([*WORDS, *"+-&()%,:\"'", "2%", "7px", "10,"]), max_size=14).map(
            " ".join
        ),
    )
)
def test_n9_any_text_is_understood_or_refused(text: str) -> None:
    found = understood(text)

    if isinstance(found, BadArea):
        assert found.text.startswith(found.word, found.position)
    else:
        assert areas.parse(str(found)) == found


@given(areas_said)
def test_n9_a_printed_area_reads_back_as_the_same_area(area: Area) -> None:
    assert areas.parse(str(area)) == area


@given(areas_said)
def test_case_and_space_do_not_matter(area: Area) -> None:
    quotations = re.split(r"(\"(?:[^\"]|\"\")*\")", str(area))
    quotations[::2] = [part.upper().replace(" ", "\t ") for part in quotations[::2]]

    assert areas.parse(f"  {''.join(quotations)} ") == area
