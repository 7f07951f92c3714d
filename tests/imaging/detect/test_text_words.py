"""R7 The words of a member are found among the lines that were read, as people would find them."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.imaging.detect import matching, quads
from bot.imaging.detect.matching import TextSpan, find_words

POSTER = ("SUMMER", "NIGHTS", "OPEN AIR CINEMA", "12 – 28 JULY", "Café Zoë · doors 20:30")
ONE_BLOCK = [[0, 1, 2], [3], [4]]


def found(words: str, texts: tuple[str, ...] = POSTER) -> list[str]:
    """What of the lines is taken for the words."""
    hits = find_words(words, texts, ONE_BLOCK)
    return [texts[span.line][span.start : span.end] for span in hits.spans] if hits else []


@pytest.mark.parametrize(
    ("words", "taken"),
    [
        ("summer", ["SUMMER"]),
        ("Open Air", ["OPEN AIR"]),
        ("openair cinema", ["OPEN AIR CINEMA"]),
        ("cafe zoe", ["Café Zoë"]),
        ("CAFÉ", ["Café"]),
        ("12-28 july", ["12 – 28 JULY"]),
        ("doors 2030", ["doors 20:30"]),
        ("Summer Nights", ["SUMMER", "NIGHTS"]),
        ("nights open", ["NIGHTS", "OPEN"]),
        ("28", ["28"]),
    ],
)
def test_r7_case_accents_spaces_and_line_breaks_do_not_matter(words: str, taken: list[str]) -> None:
    assert found(words) == taken


@pytest.mark.parametrize("words", ["winter", "SUMMER NIGHTS CINEMA AIR", "13", "xy", "?", "  "])
def test_r7_what_is_not_there_is_not_found(words: str) -> None:
    assert found(words) == []


def test_r7_whole_words_come_before_parts_of_others() -> None:
    texts = ("PARTY", "THE ART OF TEA", "ART!", "smart")

    assert [span.line for span in find_words("art", texts, []).spans] == [1, 2]  # type: ignore[union-attr]
    assert [span.line for span in find_words("par", texts, []).spans] == [0]  # type: ignore[union-attr]


def test_r7_every_place_of_the_words_is_marked() -> None:
    assert found("tea", ("tea or TEA", "green tea", "coffee")) == ["tea", "TEA", "tea"]


def test_r7_a_readers_slip_is_forgiven_and_told() -> None:
    hits = find_words("GARAGE", ("GARA6E", "keep clear"), [])

    assert hits == matching.TextMatches((TextSpan(0, 0, 6),), is_sure=False)
    assert find_words("SALE", ("MILK",), []) is None
    assert find_words("TEA", ("SEA",), []) is None


LINES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z", "M")), min_size=1).map(
        lambda text: unicodedata.normalize("NFC", text)
    ),
    min_size=1,
    max_size=5,
)


@given(LINES, st.data())
def test_r7_whatever_stands_in_a_line_is_found_in_it(lines: list[str], data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(lines) - 1))
    start = data.draw(st.integers(0, len(lines[number]) - 1))
    words = lines[number][start : data.draw(st.integers(start + 1, len(lines[number])))]

    hits = find_words(words, lines, [])

    if any(character.isalnum() for character in words):
        assert hits is not None
        assert hits.is_sure
    for span in hits.spans if hits else ():
        assert 0 <= span.start < span.end <= len(lines[span.line])


def box(left: float, top: float, width: float, height: float) -> quads.Quad:
    right, bottom = left + width, top + height
    return np.array(((left, top), (right, top), (right, bottom), (left, bottom)))


def test_lines_one_below_the_other_are_read_as_one_block() -> None:
    lines = [box(500, 0, 200, 40), box(0, 60, 300, 40), box(0, 0, 300, 40), box(0, 300, 300, 40)]

    assert quads.blocks(lines) == [[0], [2, 1], [3]]


def test_pieces_of_a_line_are_read_from_left_to_right() -> None:
    assert quads.blocks([box(130, 2, 100, 40), box(0, 0, 110, 40)]) == [[1, 0]]
    assert quads.blocks([box(300, 2, 100, 40), box(0, 0, 110, 40)]) == [[0], [1]]
    assert quads.blocks([box(0, 100, 100, 90), box(0, 60, 110, 30)]) == [[0], [1]]
