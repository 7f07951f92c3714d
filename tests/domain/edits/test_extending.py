"""New room beside a picture: what may be said, and how many pixels it comes to."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.areas import Length, Unit
from bot.domain.edits.extension import (
    AMOUNTS,
    AspectRatio,
    Edge,
    Extension,
    Margins,
    describe_extension,
    margins,
    parse_extension,
)
from bot.domain.errors import BadOption, OptionProblem


def percent(value: int | str) -> Length:
    return Length(Fraction(value), Unit.PERCENT)


def pixels(value: int | str) -> Length:
    return Length(Fraction(value), Unit.PIXELS)


@pytest.mark.parametrize(
    ("edge", "amount", "meant", "words"),
    [
        ("left", "20%", percent(20), "left 20%"),
        (" Right ", "12,5 percent", percent("12.5"), "right 12.5%"),
        ("top", "128px", pixels(128), "top 128px"),
        ("bottom", " 128 ", pixels(128), "bottom 128px"),
        ("sides", "200%", percent(200), "left and right 200% each"),
        ("all", "4096 pixels", pixels(4096), "all four sides 4096px each"),
        ("all", "16:9", AspectRatio(16, 9), "to 16:9"),
        ("sides", "TO 16 : 9", AspectRatio(16, 9), "to 16:9 on the left and right"),
        ("left", "to square", AspectRatio(1, 1), "to 1:1 on the left"),
        ("right", "21:9", AspectRatio(21, 9), "to 21:9 on the right"),
        ("top", "square", AspectRatio(1, 1), "to 1:1 at the top"),
        ("bottom", "1080:1920", AspectRatio(1080, 1920), "to 1080:1920 at the bottom"),
        ("all", "12:1", AspectRatio(12, 1), "to 12:1"),
    ],
)
def test_an_extension_is_understood_and_said_in_words(
    edge: str, amount: str, meant: Length | AspectRatio, words: str
) -> None:
    extension = parse_extension(edge, amount, overlap=24)

    assert extension == Extension(Edge(edge.strip().lower()), meant, 24)
    assert describe_extension(extension) == words


@pytest.mark.parametrize(
    ("amount", "allowed"),
    [
        ("", AMOUNTS),
        ("a bit", AMOUNTS),
        ("-20%", AMOUNTS),
        ("16:9:4", AMOUNTS),
        ("1920x1080", AMOUNTS),
        ("to 20%", AMOUNTS),
        ("999999999", AMOUNTS),
        ("\u0663%", AMOUNTS),
        ("0%", "above 0, and at most 200% or 4096px"),
        ("200.001%", "above 0, and at most 200% or 4096px"),
        ("4097px", "above 0, and at most 200% or 4096px"),
        ("0:0", "a format from 12:1 to 1:12"),
        ("16:0", "a format from 12:1 to 1:12"),
        ("13:1", "a format from 12:1 to 1:12"),
        ("1:13", "a format from 12:1 to 1:12"),
    ],
)
def test_an_amount_that_means_nothing_is_refused_with_what_would_do(
    amount: str, allowed: str
) -> None:
    with pytest.raises(BadOption) as caught:
        parse_extension("left", amount)

    error = caught.value
    assert (error.option, error.value, error.allowed) == ("amount", amount, allowed)


def test_a_side_and_an_overlap_that_make_no_sense_are_refused() -> None:
    with pytest.raises(BadOption) as side:
        parse_extension("up", "20%")
    with pytest.raises(BadOption) as overlap:
        parse_extension("left", "20%", overlap=257)

    assert (side.value.option, side.value.value) == ("side", "up")
    assert set(re.findall("[a-z]+", side.value.allowed)) == {*Edge, "or"}
    assert (overlap.value.option, overlap.value.allowed) == ("overlap", "0 to 256 pixels")


@pytest.mark.parametrize(
    ("edge", "amount", "expected"),
    [
        ("left", "20%", (80, 0, 0, 0)),
        ("right", "12.5%", (0, 0, 50, 0)),
        ("top", "20%", (0, 60, 0, 0)),
        ("bottom", "0.001%", (0, 0, 0, 1)),
        ("sides", "33px", (33, 0, 33, 0)),
        ("all", "10%", (40, 30, 40, 30)),
        ("all", "0.4px", (1, 1, 1, 1)),
        ("all", "16:9", (66, 0, 67, 0)),
        ("sides", "16:9", (66, 0, 67, 0)),
        ("left", "2:1", (200, 0, 0, 0)),
        ("right", "2:1", (0, 0, 200, 0)),
        ("all", "square", (0, 50, 0, 50)),
        ("top", "square", (0, 100, 0, 0)),
        ("bottom", "3:4", (0, 0, 0, 233)),
    ],
)
def test_margins_are_what_the_words_say(
    edge: str, amount: str, expected: tuple[int, int, int, int]
) -> None:
    """The picture is 400 x 300."""
    extension = parse_extension(edge, amount)

    assert margins(extension, 400, 300) == Margins(*expected)


@pytest.mark.parametrize(
    ("edge", "amount", "size", "allowed"),
    [
        ("all", "4:3", (400, 300), "another format than the picture's own, 400 × 300, or a length"),
        ("left", "16:9", (1367, 768), "another format than the picture's own, 1367 × 768"),
        ("top", "16:9", (1366, 768), "another format than the picture's own, 1366 × 768"),
    ],
)
def test_a_format_that_cannot_be_reached_is_refused_with_what_would_do(
    edge: str, amount: str, size: tuple[int, int], allowed: str
) -> None:
    with pytest.raises(BadOption) as caught:
        margins(parse_extension(edge, amount), *size)

    assert (caught.value.option, caught.value.value) == ("amount", amount.replace("square", "1:1"))
    assert caught.value.allowed.startswith(allowed)


@pytest.mark.parametrize(
    ("edge", "amount", "size", "problem"),
    [
        ("left", "square", (400, 300), OptionProblem.TOO_TALL),
        ("sides", "9:16", (400, 300), OptionProblem.TOO_TALL),
        ("top", "16:9", (400, 300), OptionProblem.TOO_WIDE),
        ("bottom", "2:1", (300, 400), OptionProblem.TOO_WIDE),
    ],
)
def test_a_format_that_needs_other_sides_is_refused_with_the_side(
    edge: str, amount: str, size: tuple[int, int], problem: OptionProblem
) -> None:
    with pytest.raises(BadOption) as caught:
        margins(parse_extension(edge, amount), *size)

    assert (caught.value.option, caught.value.value) == ("amount", amount.replace("square", "1:1"))
    assert (caught.value.problem, caught.value.facts) == (problem, {"edge": edge})


sides = st.integers(16, 9000)
formats = st.tuples(st.integers(1, 40), st.integers(1, 40)).filter(
    lambda pair: max(pair) <= 12 * min(pair)
)
numbers = st.one_of(
    st.integers(1, 200_000).map(lambda value: f"{value / 1000:g}%"),
    st.integers(1, 4096).map(lambda value: f"{value}px"),
)


@given(st.sampled_from(Edge), numbers, sides, sides)
def test_room_by_a_length_is_added_where_it_was_asked_for_and_nowhere_else(
    edge: Edge, amount: str, width: int, height: int
) -> None:
    found = margins(parse_extension(edge, amount), width, height)

    grown = {side for side in ("left", "top", "right", "bottom") if getattr(found, side) > 0}
    asked = {Edge.SIDES: {"left", "right"}, Edge.ALL: {"left", "top", "right", "bottom"}}
    assert grown == asked.get(edge, {str(edge)})
    assert min(found.left, found.top, found.right, found.bottom) >= 0


def margins_or_refusal(extension: Extension, width: int, height: int) -> Margins | BadOption:
    try:
        return margins(extension, width, height)
    except BadOption as error:
        return error


@given(st.sampled_from(Edge), formats, sides, sides)
def test_a_format_is_met_within_a_pixel_or_refused_for_a_reason(
    edge: Edge, shape: tuple[int, int], width: int, height: int
) -> None:
    extension = parse_extension(edge, f"to {shape[0]}:{shape[1]}")
    wanted, has = Fraction(*shape), Fraction(width, height)

    found = margins_or_refusal(extension, width, height)

    if isinstance(found, BadOption):
        is_near = (
            abs(height * wanted - width) <= width / 200 + 1
            or abs(width / wanted - height) <= height / 200 + 1
        )
        across_only, down_only = edge in ("left", "right", "sides"), edge in ("top", "bottom")
        assert is_near or (across_only and wanted < has) or (down_only and wanted > has)
    else:
        added = (found.left, found.top, found.right, found.bottom)
        new_width, new_height = width + added[0] + added[2], height + added[1] + added[3]
        assert min(added) >= 0
        assert (new_width == width) != (new_height == height)
        assert (
            abs(new_width - new_height * wanted) <= 1 or abs(new_height - new_width / wanted) <= 1
        )
        assert edge not in ("sides", "all") or 0 <= added[2] - added[0] <= 1
        assert edge != "all" or 0 <= added[3] - added[1] <= 1
