"""Adjusted areas: every press can be undone, and what is bought follows what is seen."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from bot.domain.catalog import IDEOGRAM_V2_EDIT as MODEL
from bot.domain.edits.options import MOST_GROWTH, Adjusted, Adjustment, growth_pixels
from bot.domain.edits.pictures import Brief, PictureLimits, PreparedPicture, Question, Reading
from bot.domain.errors import AreaProblem, BadArea
from bot.imaging.masking import growing
from bot.imaging.steps.prepare import prepare
from bot.imaging.steps.revise import MOST_FEATHER, adjusted_mask, revise
from tests.imaging import picture_files as files

Mask = NDArray[np.uint8]


@st.composite
def masks(draw: st.DrawFn) -> Mask:
    """A small mask of boxes; sometimes empty, sometimes full."""
    height, width = draw(st.integers(1, 48)), draw(st.integers(1, 48))
    mask = np.zeros((height, width), np.uint8)
    for _ in range(draw(st.integers(0, 4))):
        top, left = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
        mask[top : draw(st.integers(top, height)), left : draw(st.integers(left, width))] = 255
    return mask


def pressed(*adjustments: Adjustment) -> Adjusted:
    found = Adjusted()
    for adjustment in adjustments:
        found = found.after(adjustment)
    return found


PRESSES = st.lists(st.sampled_from(Adjustment), max_size=MOST_GROWTH)


@given(mask=masks(), before=PRESSES)
def test_r10_inverting_twice_is_as_if_nobody_had_pressed(
    mask: Mask, before: list[Adjustment]
) -> None:
    twice = pressed(*before, Adjustment.INVERT, Adjustment.INVERT)

    assert np.array_equal(adjusted_mask(mask, twice), adjusted_mask(mask, pressed(*before)))


@given(mask=masks(), before=PRESSES)
def test_r10_the_inverted_area_is_exactly_the_rest(mask: Mask, before: list[Adjustment]) -> None:
    seen = adjusted_mask(mask, pressed(*before))

    assert np.array_equal(adjusted_mask(mask, pressed(*before, Adjustment.INVERT)), 255 - seen)


@given(mask=masks(), before=PRESSES)
def test_turning_twice_is_as_if_nobody_had_pressed(mask: Mask, before: list[Adjustment]) -> None:
    twice = pressed(*before, Adjustment.TURN, Adjustment.TURN)

    assert np.array_equal(adjusted_mask(mask, twice), adjusted_mask(mask, pressed(*before)))


@given(mask=masks())
def test_a_turned_mask_stands_on_its_head(mask: Mask) -> None:
    turned = adjusted_mask(mask, pressed(Adjustment.TURN))

    assert np.array_equal(turned, np.rot90(mask, 2))


@given(
    mask=masks(),
    steps=st.integers(1, MOST_GROWTH),
    ways=st.permutations([Adjustment.GROW, Adjustment.SHRINK]),
    inverted=st.booleans(),
)
def test_r11_growing_and_shrinking_as_often_leaves_no_trace(
    mask: Mask, steps: int, ways: list[Adjustment], *, inverted: bool
) -> None:
    start = [Adjustment.INVERT] * inverted
    there, back = ways

    found = adjusted_mask(mask, pressed(*start, *[there] * steps, *[back] * steps))

    assert np.array_equal(found, adjusted_mask(mask, pressed(*start)))


@given(mask=masks(), before=PRESSES)
def test_r11_what_is_seen_grows_and_shrinks_whether_or_not_it_is_inverted(
    mask: Mask, before: list[Adjustment]
) -> None:
    seen = adjusted_mask(mask, pressed(*before))

    grown = adjusted_mask(mask, pressed(*before, Adjustment.GROW))
    shrunk = adjusted_mask(mask, pressed(*before, Adjustment.SHRINK))

    assert (grown >= seen).all()
    assert (shrunk <= seen).all()


@given(mask=masks(), before=PRESSES)
def test_an_adjusted_mask_says_change_or_keep_and_nothing_between(
    mask: Mask, before: list[Adjustment]
) -> None:
    found = adjusted_mask(mask, pressed(*before))

    assert found.dtype == np.uint8
    assert found.shape == mask.shape
    assert set(np.unique(found)) <= {0, 255}


@settings(max_examples=200)
@given(mask=masks(), reach=st.integers(0, 60))
def test_r11_an_area_grows_by_a_circle_exactly(mask: Mask, reach: int) -> None:
    expected = mask
    if mask.any():
        away = cv2.distanceTransform(255 - mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        expected = (away <= reach + 1e-3) * np.uint8(255)

    assert np.array_equal(growing.grown(mask, reach), expected)


def test_r11_an_area_grows_across_the_seams_of_the_work() -> None:
    # Rows of a million pixels are a band of their own.
    mask = np.zeros((9, 1_100_000), np.uint8)
    mask[4, 500_000] = 255

    grown = growing.grown(mask, 3)

    rows, columns = np.nonzero(grown)
    assert set(zip((rows - 4).tolist(), (columns - 500_000).tolist(), strict=True)) == {
        (y, x) for y in range(-3, 4) for x in range(-3, 4) if y * y + x * x <= 9
    }


def test_r11_the_edge_of_the_picture_is_no_outline() -> None:
    mask = np.full((20, 30), 255, np.uint8)
    mask[:, 20:] = 0

    shrunk = growing.shrunk(mask, 5)

    assert (shrunk[:, :15] == 255).all()
    assert not shrunk[:, 15:].any()


# ---- through files ------------------------------------------------------------------------------

WIDTH, HEIGHT = 1800, 1500


@pytest.fixture(scope="module")
def edit(tmp_path_factory: pytest.TempPathFactory) -> PreparedPicture:
    """A picture larger than what a model likes, and a box in it."""
    folder = tmp_path_factory.mktemp("prepared")
    (folder / "picture").write_bytes(files.encoded(files.photo(WIDTH, HEIGHT), "JPEG"))
    brief = Brief(source=folder / "picture", area="box 300px,400px,200px,150px")
    return prepare(brief, None, MODEL, PictureLimits(), folder)


def revised(edit: PreparedPicture, adjusted: Adjusted, out: Path) -> PreparedPicture:
    return revise(edit.source, edit.drawn, adjusted, edit.feather, edit.reading, MODEL, out)


def array(path: Path) -> Mask:
    with Image.open(path) as image:
        return np.asarray(image)


def test_r10_everything_that_is_bought_is_inverted(edit: PreparedPicture, tmp_path: Path) -> None:
    found = revised(edit, Adjusted(inverted=True), tmp_path)

    assert np.array_equal(array(found.mask), 255 - array(edit.mask))
    assert found.masked_pixels == WIDTH * HEIGHT - 200 * 150
    assert found.question is Question.MOST_OF_IT
    assert (found.crop.width, found.crop.height) == (WIDTH, HEIGHT)
    assert array(found.sent_mask).mean() > 200


def test_r11_a_grown_area_is_cut_out_anew(edit: PreparedPicture, tmp_path: Path) -> None:
    reach = growth_pixels(MOST_GROWTH, short_side=HEIGHT)

    found = revised(edit, Adjusted(growth=MOST_GROWTH), tmp_path)

    assert array(found.mask)[400 + 75, min(WIDTH - 1, 500 + reach - 1)] == 255
    assert found.crop.left == 0
    assert found.crop.width > edit.crop.width
    assert array(found.sent_mask).shape == array(found.sent_picture).shape[:2]
    assert array(found.sent_mask).shape == (found.sent_height, found.sent_width)
    assert set(np.unique(array(found.sent_mask))) == {0, 255}


def test_an_adjusted_edit_keeps_its_original_and_what_was_drawn(
    edit: PreparedPicture, tmp_path: Path
) -> None:
    drawn = array(edit.drawn)

    found = revised(edit, Adjusted(growth=3), tmp_path)

    assert (found.source, found.drawn) == (edit.source, edit.drawn)
    assert found.mask.parent == found.sent_picture.parent == found.sent_mask.parent == tmp_path
    assert np.array_equal(array(edit.drawn), drawn)
    assert (found.width, found.height, found.reading) == (WIDTH, HEIGHT, Reading.WORDS)


def test_r11_nothing_left_is_said(edit: PreparedPicture, tmp_path: Path) -> None:
    with pytest.raises(BadArea) as caught:
        revised(edit, Adjusted(growth=-4), tmp_path)

    assert caught.value.problem is AreaProblem.NOTHING
    assert list(tmp_path.iterdir()) == []


def test_an_area_that_grew_over_everything_is_asked_about(tmp_path: Path) -> None:
    (tmp_path / "picture").write_bytes(files.encoded(files.photo(60, 40), "PNG"))
    brief = Brief(source=tmp_path / "picture", area="center 80%")
    edit = prepare(brief, None, MODEL, PictureLimits(), tmp_path)

    found = revised(edit, Adjusted(growth=MOST_GROWTH), tmp_path)

    assert found.area_share == 1
    assert found.question is Question.MOST_OF_IT
    assert set(np.unique(array(found.sent_mask))) == {0, 255}


@pytest.mark.parametrize(
    ("feather", "softness", "depth"),
    [(4, 0, 4), (4, 1, 8), (4, 3, 32), (80, 2, MOST_FEATHER), (300, 3, 300), (0, 3, 0)],
)
def test_r12_each_step_of_softness_doubles_the_feather_up_to_a_bound(
    edit: PreparedPicture, tmp_path: Path, feather: int, softness: int, depth: int
) -> None:
    adjusted = Adjusted(softness=softness)

    found = revise(edit.source, edit.drawn, adjusted, feather, edit.reading, MODEL, tmp_path)

    assert found.feather == depth
    assert np.array_equal(array(found.mask), array(edit.mask))
