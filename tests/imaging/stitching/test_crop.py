"""What is sent: enough of the picture, never enlarged, with even sides and an honest mask."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bot.domain.edits.pictures import Box
from bot.imaging.files.pixels import Pixels
from bot.imaging.masking import masks
from bot.imaging.stitching import crop
from tests.imaging import picture_files as files

BEST = 1024 * 1024
POSITION = st.floats(0, 1)


@given(
    width=st.integers(16, 9000),
    height=st.integers(16, 5500),
    x=POSITION,
    y=POSITION,
    across=POSITION,
    down=POSITION,
)
def test_any_crop_holds_the_area_lies_inside_and_is_sent_unenlarged_with_even_sides(
    width: int, height: int, x: float, y: float, across: float, down: float
) -> None:
    left, top = int(x * (width - 1)), int(y * (height - 1))
    marked = Box(
        left, top, 1 + int(across * (width - left - 1)), 1 + int(down * (height - top - 1))
    )

    plan = crop.plan(width, height, marked, best_pixels=BEST)

    box = plan.crop
    assert box.left >= 0
    assert box.top >= 0
    assert box.left + box.width <= width
    assert box.top + box.height <= height
    assert box.left <= marked.left
    assert box.top <= marked.top
    assert marked.left + marked.width <= box.left + box.width
    assert marked.top + marked.height <= box.top + box.height
    assert plan.width % 2 == plan.height % 2 == 0
    assert plan.width <= box.width
    assert plan.height <= box.height
    assert plan.width * plan.height <= 2.2 * BEST
    assert abs(plan.width / plan.height / (box.width / box.height) - 1) < 0.2


@pytest.mark.parametrize(
    ("size", "marked", "expected"),
    [
        ((1000, 800), Box(400, 300, 20, 20), crop.CropPlan(Box(0, 0, 1000, 800), 1000, 800)),
        ((1600, 1200), Box(100, 100, 800, 600), crop.CropPlan(Box(0, 0, 1600, 1200), 1600, 1200)),
        ((101, 77), Box(10, 10, 20, 20), crop.CropPlan(Box(0, 0, 100, 76), 100, 76)),
        ((101, 77), Box(81, 57, 20, 20), crop.CropPlan(Box(1, 1, 100, 76), 100, 76)),
        ((101, 77), Box(0, 0, 101, 77), crop.CropPlan(Box(0, 0, 101, 77), 100, 76)),
        ((4000, 3000), Box(0, 0, 4000, 2900), crop.CropPlan(Box(0, 0, 4000, 3000), 1182, 886)),
    ],
)
def test_small_pictures_go_whole_and_large_areas_are_scaled(
    size: tuple[int, int], marked: Box, expected: crop.CropPlan
) -> None:
    assert crop.plan(*size, marked, best_pixels=BEST) == expected


def test_r26_a_small_area_of_a_large_picture_is_sent_at_its_own_resolution() -> None:
    plan = crop.plan(6000, 4000, Box(3000, 2000, 200, 120), best_pixels=BEST)

    assert (plan.crop.width, plan.crop.height) == (plan.width, plan.height)
    assert abs(plan.width * plan.height - BEST) < 0.06 * BEST


@pytest.mark.parametrize(
    ("marked", "most"),
    [
        (Box(600, 1400, 3000, 200), 2.2),  # a line of text
        (Box(0, 1400, 4242, 20), 2.7),  # a wire through the whole picture
        (Box(2000, 0, 30, 2828), 1.8),  # a pole
        (Box(0, 0, 4242, 900), 2.7),  # the sky: there is no context above it
        (Box(0, 0, 1400, 2828), 2.4),  # the left third
        (Box(4200, 2800, 42, 28), 1.0),  # a corner
        (Box(2000, 1400, 1, 1), 1.0),
    ],
)
def test_r25_no_area_of_a_12_mp_photo_is_reduced_more_than_its_context_needs(
    marked: Box, most: float
) -> None:
    """The whole photo would have to be reduced 3.38 times."""
    plan = crop.plan(4242, 2828, marked, best_pixels=BEST)

    assert 1 <= plan.crop.width / plan.width <= most
    assert plan.crop.width * plan.crop.height >= 0.9 * BEST
    assert max(plan.width, plan.height) <= 2.6 * min(plan.width, plan.height)


def marked_at(*boxes: Box, size: tuple[int, int] = (4242, 2828)) -> NDArray[np.uint8]:
    mask = np.zeros(size[::-1], np.uint8)
    for box in boxes:
        mask[box.top : box.top + box.height, box.left : box.left + box.width] = 255
    return mask


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ([Box(200, 200, 300, 300), Box(3700, 2300, 300, 300)], True),
        ([Box(200, 200, 300, 300), Box(700, 200, 300, 300)], False),  # sent at full size
        ([Box(200, 200, 3600, 2400)], False),  # one part, as large as it is
        ([Box(200, 200, 3600, 2400), Box(4200, 2700, 9, 9)], False),  # the large one needs it too
        ([Box(20 + 400 * letter, 1200, 300, 400) for letter in range(10)], False),  # a word
        ([Box(1, 1, 2, 2), Box(4000, 2800, 2, 2)], True),
    ],
)
def test_parts_are_apart_when_sharing_a_crop_costs_the_largest_much_detail(
    boxes: list[Box], expected: bool
) -> None:
    mask = marked_at(*boxes)
    shared = crop.plan(4242, 2828, masks.bounds(mask), best_pixels=BEST)

    assert crop.parts_apart(mask, shared, best_pixels=BEST) is expected


def test_specks_all_over_a_large_picture_are_no_parts_and_are_judged_soon() -> None:
    mask = (np.random.default_rng(1).random((5773, 8660)) < 0.01) * np.uint8(255)
    shared = crop.plan(8660, 5773, masks.bounds(mask), best_pixels=BEST)
    start = time.process_time()

    assert not crop.parts_apart(mask, shared, best_pixels=BEST)
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize("marked", ["a line", "all but a line"])
def test_scaling_loses_neither_tone_of_the_mask(marked: str) -> None:
    mask = np.zeros((3000, 4000), np.uint8)
    mask[1001] = 255
    mask = mask if marked == "a line" else 255 - mask
    plan = crop.CropPlan(Box(0, 0, 4000, 3000), 1182, 886)

    sent = crop.cut_mask(mask, plan)

    assert sent.shape == (886, 1182)
    assert set(np.unique(sent)) == {0, 255}


@pytest.mark.parametrize("size", [(64, 48), (3000, 2000)])
def test_a_mask_of_everything_is_sent_with_a_kept_frame(size: tuple[int, int]) -> None:
    """Ideogram refuses a mask of one colour; the picture's own mask still says everything."""
    width, height = size
    mask = np.full((height, width), 255, np.uint8)
    plan = crop.plan(width, height, Box(0, 0, width, height), best_pixels=1024 * 1024)

    sent = crop.cut_mask(mask, plan)

    assert sent.shape == (plan.height, plan.width)
    assert (sent[1:-1, 1:-1] == 255).all()
    assert int((sent == 0).sum()) == 2 * (plan.width + plan.height) - 4


def test_a_transparent_picture_is_sent_on_a_neutral_ground(tmp_path: Path) -> None:
    rows = np.full((16, 16, 4), 200, np.uint8)
    rows[:8, :, 3] = 255
    rows[8:, :, 3] = 0

    with Pixels(tmp_path, width=16, height=16, channels=4) as pixels:
        pixels.append(rows)
        sent = crop.cut_picture(pixels, crop.CropPlan(Box(0, 0, 16, 16), 16, 16))

    assert (sent[:8] == 200).all()
    assert (sent[8:] == 128).all()


def test_scaling_in_bands_leaves_no_seams(tmp_path: Path) -> None:
    """A picture of many bands, scaled, equals the same picture scaled in one piece."""
    image = files.photo(3001, 2003)
    with Pixels(tmp_path, width=3001, height=2003, channels=3) as pixels:
        pixels.append(np.asarray(image))
        sent = crop.cut_picture(pixels, crop.CropPlan(Box(0, 0, 3001, 2003), 1200, 800))

    whole = np.asarray(image.resize((1200, 800), resample=1))
    assert np.abs(sent.astype(int) - whole).max() <= 3


def test_the_box_around_a_mask_is_tight() -> None:
    mask = np.zeros((9, 12), np.uint8)
    mask[2, 3] = mask[6, 10] = 255

    assert masks.bounds(mask) == Box(3, 2, 8, 5)
