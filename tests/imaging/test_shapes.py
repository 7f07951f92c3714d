"""Areas in words become the pixels they name, and obey the laws of sets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import areas
from bot.domain.areas import Area, Difference, Intersection, Not, Union
from bot.domain.errors import AreaProblem, BadArea
from bot.imaging.shapes import rasterise


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
        ("box 8,4,2,2 grow 3px", (5, 1, 13, 9)),
        ("box 8,4,2,2 grow 50%", (3, 0, 15, 10)),
        ("center 50% shrink 1px", (6, 3, 14, 6)),
        ("left half shrink 2px", (0, 0, 8, 10)),
    ],
)
def test_a_shape_lies_where_its_words_say(text: str, box: tuple[int, int, int, int]) -> None:
    assert drawn(text) == [box]


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
sizes = st.tuples(st.integers(16, 41), st.integers(16, 33))


def same(size: tuple[int, int], first: Area, second: Area) -> bool:
    holes = (np.random.default_rng(7).random(size[::-1]) < 0.3) * np.uint8(255)
    one = rasterise(first, *size, transparent=holes)
    other = rasterise(second, *size, transparent=holes)
    return np.array_equal(one, other) and one.shape == size[::-1]


@given(sizes, trees, trees)
def test_areas_obey_the_laws_of_sets(size: tuple[int, int], a: Area, b: Area) -> None:
    assert same(size, Not(Not(a)), a)
    assert same(size, Not(Union(a, b)), Intersection(Not(a), Not(b)))
    assert same(size, Not(Intersection(a, b)), Union(Not(a), Not(b)))
    assert same(size, Difference(a, b), Intersection(a, Not(b)))
    assert same(size, Union(a, b), Union(b, a))
    assert same(size, Intersection(a, b), Intersection(b, a))


@given(sizes, trees)
def test_a_printed_area_draws_the_same_pixels(size: tuple[int, int], area: Area) -> None:
    assert same(size, areas.parse(str(area)), area)
