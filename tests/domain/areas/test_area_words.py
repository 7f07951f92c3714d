"""What is looked for in a picture, lettering in quotes, and the feather of an area."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import areas
from bot.domain.areas import (
    Area,
    Border,
    Difference,
    Feathered,
    Found,
    Grown,
    Intersection,
    Length,
    Marks,
    Not,
    Shrunk,
    Side,
    Thing,
    Union,
    Unit,
)
from bot.domain.areas.grammar import MAX_WORDS_LENGTH
from bot.domain.errors import AreaProblem, BadArea

HALF = Fraction(1, 2)
TOP, LEFT = Side("top", HALF), Side("left", HALF)
SUBJECT, TEXT, FACES = Found(Thing.SUBJECT), Found(Thing.TEXT), Found(Thing.FACES)
SALE = Found(Thing.TEXT, "SALE")


def percent(value: int | str) -> Length:
    return Length(Fraction(value), Unit.PERCENT)


def pixels(value: int | str) -> Length:
    return Length(Fraction(value), Unit.PIXELS)


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("subject", SUBJECT),
        ("Background", Found(Thing.BACKGROUND)),
        ("text", TEXT),
        ("FACES", FACES),
        ("sky", Found(Thing.SKY)),
        ("marks", Marks()),
        ('text:"SALE"', SALE),
        ("text - faces & top", Difference(TEXT, Intersection(FACES, TOP))),
        ("not (subject + marks)", Not(Union(SUBJECT, Marks()))),
        ('text:"SALE" + text "OPEN"', Union(SALE, Found(Thing.TEXT, "OPEN"))),
    ],
)
def test_r8_a_named_area_is_understood(text: str, area: Area) -> None:
    assert areas.parse(text) == area


@pytest.mark.parametrize(
    "written",
    [
        'text:"SALE"',
        'TEXT : "SALE"',
        'text "SALE"',
        "text:“SALE”",
        "text:„SALE“",
        "text:”SALE”",
        "text:«SALE»",
        "text:'SALE'",
        "text:‘SALE’",
        "text:’SALE’",
        'text:"SALE”',
        'text:“SALE"',
        'text：" SALE\n"',
        'text:"SA\u200bLE"',
    ],
)
def test_r8_lettering_is_understood_in_whatever_quotes_a_phone_writes(written: str) -> None:
    assert areas.parse(written) == SALE
    assert str(areas.parse(written)) == 'text:"SALE"'


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("text:'don't stop'", "don't stop"),
        ('text:“say "hi"”', 'say "hi"'),
        ('text:"say ""hi"""', 'say "hi"'),
        ('text:"say “hi”"', "say “hi”"),
        ('text:"it\'s 50% - top + (left"', "it's 50% - top + (left"),
        ('text:"feather 2%"', "feather 2%"),
        ('text:"Två  Öl"', "Två Öl"),
        ('text:"Cafe\u0301"', "Café"),
    ],
)
def test_r8_lettering_may_hold_quotes_signs_and_other_scripts(written: str, words: str) -> None:
    area = areas.parse(written)

    assert area == Found(Thing.TEXT, words)
    assert areas.parse(str(area)) == area


@given(st.text(st.characters(), max_size=MAX_WORDS_LENGTH))
def test_r8_any_lettering_that_was_read_can_be_said(words: str) -> None:
    said = Found(Thing.TEXT, words)

    assert areas.parse(str(said)) == said
    assert said.words is None or said.words.isprintable()


def test_r8_lettering_of_the_greatest_length_can_be_said_and_one_longer_cannot() -> None:
    longest = Found(Thing.TEXT, '"' * MAX_WORDS_LENGTH)
    assert areas.parse(str(longest)) == longest

    with pytest.raises(BadArea) as caught:
        areas.parse(str(Found(Thing.TEXT, "A" * (MAX_WORDS_LENGTH + 1))))

    assert caught.value.problem is AreaProblem.TOO_LONG


@pytest.mark.parametrize(
    ("text", "problem", "word", "suggestion"),
    [
        ("top - person", AreaProblem.UNKNOWN_WORD, "person", "subject"),
        ("Foreground", AreaProblem.UNKNOWN_WORD, "Foreground", "subject"),
        ("object", AreaProblem.UNKNOWN_WORD, "object", "subject"),
        ("face", AreaProblem.UNKNOWN_WORD, "face", "faces"),
        ("lettering", AreaProblem.UNKNOWN_WORD, "lettering", "text"),
        ("writing", AreaProblem.UNKNOWN_WORD, "writing", "text"),
        ("letters", AreaProblem.UNKNOWN_WORD, "letters", "text"),
        ("words", AreaProblem.UNKNOWN_WORD, "words", "text"),
        ("clouds", AreaProblem.UNKNOWN_WORD, "clouds", "sky"),
        ("scribble", AreaProblem.UNKNOWN_WORD, "scribble", "marks"),
        ("drawing", AreaProblem.UNKNOWN_WORD, "drawing", "marks"),
        ("subject soften 2%", AreaProblem.UNKNOWN_WORD, "soften", "feather"),
        ("subject blur 2%", AreaProblem.UNKNOWN_WORD, "blur", "feather"),
        ("bakground", AreaProblem.UNKNOWN_WORD, "bakground", "background"),
        ("text grwo 2%", AreaProblem.UNKNOWN_WORD, "grwo", "grow"),
        ("text and faces", AreaProblem.UNKNOWN_WORD, "and", "+"),
        ("top + text STOP 2 - left", AreaProblem.UNEXPECTED, "text STOP 2", 'text:"STOP 2"'),
        ("text: top", AreaProblem.UNEXPECTED, "text: top", 'text:"top"'),
        ("text: grow 2%", AreaProblem.ENDED, "text:", 'text:"SALE"'),
        ("text:", AreaProblem.ENDED, "text:", 'text:"SALE"'),
        ('text:"SA', AreaProblem.ENDED, 'text:"SA', 'text:"SA"'),
        ("top + text “SA", AreaProblem.ENDED, "text “SA", 'text:"SA"'),
        ('text:" "', AreaProblem.UNEXPECTED, 'text:" "', "text"),
        ('"SALE"', AreaProblem.UNEXPECTED, '"SALE"', 'text:"SALE"'),
        ('top "SALE"', AreaProblem.UNEXPECTED, '"SALE"', '+ text:"SALE"'),
        ("text left", AreaProblem.UNEXPECTED, "left", "+ left"),
        ('subject:"me"', AreaProblem.UNEXPECTED, ":", None),
    ],
)
def test_r8_what_people_say_instead_is_pointed_at_and_the_nearest_offered(
    text: str, problem: AreaProblem, word: str, suggestion: str | None
) -> None:
    with pytest.raises(BadArea) as caught:
        areas.parse(text)

    error = caught.value
    assert (error.problem, error.word, error.suggestion) == (problem, word, suggestion)
    assert text.startswith(word, error.position)


def test_n9_an_area_tells_what_must_be_looked_for_each_thing_once() -> None:
    area = areas.parse('text - (faces + text:"SALE") & not subject grow 2% + text feather 2%')

    assert areas.found_in(area) == (TEXT, FACES, SALE, SUBJECT)
    assert not areas.says_marks(area)
    assert areas.found_in(areas.parse("top - left shrink 2px")) == ()
    assert areas.says_marks(areas.parse("not (marks grow 2px) feather 2%"))


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("top grow 2%", Grown(TOP, percent(2))),
        ("top shrink 12px", Shrunk(TOP, pixels(12))),
        ("top grow 3", Grown(TOP, pixels(3))),
        ("subject grow 1.5% shrink 2 pixels", Shrunk(Grown(SUBJECT, percent("1.5")), pixels(2))),
        ("border 5% grow 50 percent", Grown(Border(percent(5)), percent(50))),
    ],
)
def test_r11_an_area_grows_and_shrinks_by_per_cent_and_pixels(text: str, area: Area) -> None:
    assert areas.parse(text) == area


@pytest.mark.parametrize(
    ("text", "area", "by"),
    [
        ("top feather 2%", TOP, percent(2)),
        ("top + left feather 12px", Union(TOP, LEFT), pixels(12)),
        ("top + left FEATHER 7", Union(TOP, LEFT), pixels(7)),
        ("(top) feather 0.5 percent", TOP, percent("0.5")),
        ("not subject grow 2% feather 256", Not(Grown(SUBJECT, percent(2))), pixels(256)),
    ],
)
def test_r12_a_feather_at_the_end_is_the_whole_areas(text: str, area: Area, by: Length) -> None:
    said = areas.parse(text)

    assert said == Feathered(area, by)
    assert areas.feather_of(said) == by
    assert areas.feather_of(area) is None


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("(top feather 2%) + left", "top half + left half feather 2%"),
        ("top feather 2% + left", "top half + left half feather 2%"),
        ("top feather 3px grow 2%", "top half grow 2% feather 3px"),
        ("top feather 2% feather 5", "top half feather 5px"),
        ("feather 2% top", "top half feather 2%"),
        ("(subject feather 5px)", "subject feather 5px"),
        ("(faces feather) - top", "faces - top half feather 2%"),
        ("feather 2%", "subject feather 2%"),
        ("top + feather 2%", "subject feather 2%"),
        ("top feather 2% + feather", "subject feather 2%"),
    ],
)
def test_r12_a_feather_anywhere_else_is_refused_with_the_right_form(
    text: str, suggestion: str
) -> None:
    with pytest.raises(BadArea) as caught:
        areas.parse(text)

    error = caught.value
    assert error.problem is AreaProblem.FEATHER_INSIDE
    assert error.word == text[error.position :][: len("feather")] == "feather"
    assert error.suggestion == suggestion
    assert areas.feather_of(areas.parse(suggestion))


@pytest.mark.parametrize(
    ("text", "problem", "word", "suggestion"),
    [
        ("top feather", AreaProblem.ENDED, "", "2%"),
        ("top feather left", AreaProblem.UNEXPECTED, "left", "2%"),
        ("top feather 0px", AreaProblem.OUT_OF_RANGE, "0px", "2%"),
        ("top feather 11%", AreaProblem.OUT_OF_RANGE, "11%", "2%"),
        ("top feather 257", AreaProblem.OUT_OF_RANGE, "257", "2%"),
        ("top feather 2,5%", AreaProblem.UNEXPECTED, "2,5%", "2.5%"),
        ("top feather 2%)", AreaProblem.UNEXPECTED, ")", None),
        ("top feather 2% please", AreaProblem.UNKNOWN_WORD, "please", None),
    ],
)
def test_r12_a_feather_that_makes_no_sense_is_refused(
    text: str, problem: AreaProblem, word: str, suggestion: str | None
) -> None:
    with pytest.raises(BadArea) as caught:
        areas.parse(text)

    error = caught.value
    assert (error.problem, error.word, error.suggestion) == (problem, word, suggestion)
