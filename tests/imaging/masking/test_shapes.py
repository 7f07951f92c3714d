"""Areas in words become the pixels they name, and obey the laws of sets."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import areas
from bot.domain.areas import (
    Area,
    Difference,
    Feathered,
    Found,
    Grown,
    Intersection,
    Length,
    Marks,
    Not,
    Shrunk,
    Thing,
    Union,
    Unit,
)
from bot.domain.errors import AreaProblem, BadArea
from bot.imaging.files.pixels import Bytes
from bot.imaging.masking.rasterise import rasterise

SALE = Found(Thing.TEXT, "SALE")
FOUND: tuple[Found | Marks, ...] = (*map(Found, Thing), SALE, Marks())


def drawn(text: str, width: int = 20, height: int = 10) -> list[tuple[int, int, int, int]]:
    """The bounding box (left, top, right, bottom) of an area, and whether it fills it."""
    mask = rasterise(areas.parse(text), width, height)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    assert mask[box[1] : box[3], box[0] : box[2]].all()
    assert set(np.unique(mask)) <= {0, 255}
    return [box]


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("top", (0, 0, 20, 5)),
        ("bottom 30%", (0, 7, 20, 10)),
        ("left quarter", (0, 0, 5, 10)),
        ("right third", (13, 0, 20, 10)),
        ("top left quarter", (0, 0, 10, 5)),
        ("bottom right 20%", (16, 8, 20, 10)),
        ("center", (5, 2, 15, 7)),
        ("center 0.001%", (9, 4, 10, 5)),
        ("left 0.001%", (0, 0, 1, 10)),
        ("box 2,3,4,5", (2, 3, 6, 8)),
        ("box 10%,10%,50%,50%", (2, 1, 12, 6)),
        ("not (border 2px)", (2, 2, 18, 8)),
        ("everything", (0, 0, 20, 10)),
        ("everything - left half", (10, 0, 20, 10)),
        ("top & left", (0, 0, 10, 5)),
        ("center 50% shrink 1px", (6, 3, 14, 6)),
        ("left half shrink 2px", (0, 0, 8, 10)),
    ],
)
def test_a_shape_lies_where_its_words_say(text: str, box: tuple[int, int, int, int]) -> None:
    assert drawn(text) == [box]


def test_r11_grow_spreads_by_a_round_brush() -> None:
    """The same as the buttons of a preview: within 3 pixels of the box, corners rounded."""
    grown = rasterise(areas.parse("box 8,4,2,2 grow 3px"), 20, 10) > 0

    y, x = np.mgrid[:10, :20]
    away = np.hypot(
        np.maximum(0, np.maximum(8 - x, x - 9)), np.maximum(0, np.maximum(4 - y, y - 5))
    )
    assert np.array_equal(grown, away <= 3)


def test_two_halves_of_an_odd_size_leave_no_gap() -> None:
    assert rasterise(areas.parse("left + right"), 9, 5).all()
    assert rasterise(areas.parse("top + bottom"), 9, 5).all()


def test_an_ellipse_touches_its_box_and_leaves_its_corners() -> None:
    mask = rasterise(areas.parse("ellipse 0%,0%,100%,100%"), 40, 20) > 0

    assert mask[10, 0]
    assert mask[0, 20]
    assert not mask[0, 0]
    assert abs(mask.mean() - np.pi / 4) < 0.02
    assert np.array_equal(mask, mask[::-1, ::-1])


def test_transparent_is_what_the_picture_says() -> None:
    holes = np.zeros((10, 20), np.uint8)
    holes[2:4, 3:9] = 255

    assert np.array_equal(rasterise(areas.parse("transparent"), 20, 10, transparent=holes), holes)
    assert not rasterise(areas.parse("transparent"), 20, 10).any()


def test_r8_what_was_found_lies_where_it_was_found() -> None:
    words, marks = np.zeros((10, 21), np.uint8), np.zeros((10, 21), np.uint8)
    words[4:6, 9:18] = 255
    marks[0:3, 17:21] = 255
    found: dict[Found | Marks, Bytes] = {SALE: words, Marks(): marks}
    grown = np.zeros((10, 21), np.uint8)
    grown[2:8, 7:20] = 255
    grown[[2, 2, 7, 7, 2, 2, 7, 7, 3, 3, 6, 6], [7, 19, 7, 19, 8, 18, 8, 18, 7, 19, 7, 19]] = 0

    assert np.array_equal(rasterise(SALE, 21, 10, drawn=found), words)
    assert np.array_equal(rasterise(Marks(), 21, 10, drawn=found), marks)
    both = rasterise(areas.parse('text:"SALE" + marks'), 21, 10, drawn=found)
    assert np.array_equal(both, words | marks)
    assert np.array_equal(rasterise(areas.parse('text:"SALE" grow 2'), 21, 10, drawn=found), grown)


@pytest.mark.parametrize("area", FOUND)
def test_nothing_is_drawn_in_place_of_what_nobody_looked_for(area: Area) -> None:
    with pytest.raises(KeyError):
        rasterise(area, 21, 10)


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("top + box 30px,0,5,5", None),
        ("box 15px,5px,10px,10px", "box 15px,5px,5px,5px"),
        ("ellipse 0,0,21,10", "ellipse 0px,0px,20px,10px"),
        ("box 50%,0%,11px,5px", "box 10px,0px,10px,5px"),
    ],
)
def test_a_box_outside_the_picture_is_refused_with_one_that_fits(
    text: str, suggestion: str | None
) -> None:
    with pytest.raises(BadArea) as caught:
        drawn(text)

    error = caught.value
    assert error.problem is AreaProblem.OUTSIDE
    assert error.suggestion == suggestion
    assert error.text[error.position :].startswith(error.word)


words = st.sampled_from(
    [
        "top",
        "left third",
        "center 60%",
        "border 10%",
        "bottom right 40%",
        "ellipse 10%,10%,70%,50%",
        "transparent",
        "box 5%,5%,20%,80% grow 1px",
        "everything",
        "top 80% shrink 10%",
        "subject",
        "background - subject",
        "faces grow 2px",
        'text:"SALE" shrink 5%',
        "text & not sky",
        "marks",
    ]
).map(areas.parse)
trees: st.SearchStrategy[Area] = st.recursive(
    words,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(Union, inner, inner),
        st.builds(Difference, inner, inner),
        st.builds(Intersection, inner, inner),
    ),
    max_leaves=4,
)
lengths = st.builds(
    Length, st.integers(1, 20_000).map(lambda value: Fraction(value, 1000)), st.sampled_from(Unit)
)
sizes = st.tuples(st.integers(16, 41), st.integers(16, 33))


def noise(size: tuple[int, int], share: float, seed: int) -> Bytes:
    return (np.random.default_rng(seed).random(size[::-1]) < share) * np.uint8(255)


def mask_of(area: Area, size: tuple[int, int]) -> Bytes:
    """Drawn on a picture with holes, in which each thing was found somewhere else."""
    found = {thing: noise(size, 0.2, seed) for seed, thing in enumerate(FOUND)}
    return rasterise(area, *size, transparent=noise(size, 0.3, 99), drawn=found)


def same(size: tuple[int, int], first: Area, second: Area) -> bool:
    one, other = mask_of(first, size), mask_of(second, size)
    return np.array_equal(one, other) and one.shape == size[::-1]


@given(sizes, trees, trees)
def test_n9_areas_obey_the_laws_of_sets(size: tuple[int, int], a: Area, b: Area) -> None:
    assert same(size, Not(Not(a)), a)
    assert same(size, Not(Union(a, b)), Intersection(Not(a), Not(b)))
    assert same(size, Not(Intersection(a, b)), Union(Not(a), Not(b)))
    assert same(size, Difference(a, b), Intersection(a, Not(b)))
    assert same(size, Union(a, b), Union(b, a))
    assert same(size, Intersection(a, b), Intersection(b, a))
    assert same(size, Union(a, Intersection(a, b)), a)
    assert same(size, Intersection(a, Union(a, b)), a)


@given(sizes, trees, lengths)
def test_r11_an_area_grows_outwards_shrinks_inwards_and_a_feather_does_neither(
    size: tuple[int, int], area: Area, by: Length
) -> None:
    mask = mask_of(area, size)

    assert (mask_of(Grown(area, by), size) >= mask).all()
    assert (mask_of(Shrunk(area, by), size) <= mask).all()
    assert same(size, Shrunk(area, by), Not(Grown(Not(area), by)))
    assert same(size, Feathered(area, by), area)


@given(sizes, trees)
def test_a_printed_area_draws_the_same_pixels(size: tuple[int, int], area: Area) -> None:
    assert same(size, areas.parse(str(area)), area)
