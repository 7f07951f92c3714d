"""Marks on a copy of the picture become the area that is meant."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from benchmarks.labelled import scribbles as labelled
from benchmarks.labelled.pens import (
    Copy,
    Pen,
    brighter,
    jpeg,
    oriented,
    png,
    round_by_hand,
    through_gallery,
)
from bot.domain.edits.pictures import Note, Reading
from bot.domain.errors import MaskProblem
from bot.engine.samples import landscape, poster, street
from bot.imaging.masking import strokes
from tests.imaging import picture_files as files
from tests.imaging.masking.copies import found, overlap, refused, small

SMALL = 300_000  # pixels
RED = Pen((230, 30, 40), 14)


@pytest.mark.parametrize("name", labelled.NAMES)
def test_n6_a_scribble_is_found_whatever_happened_to_the_copy(tmp_path: Path, name: str) -> None:
    drawn = labelled.scribble(name, SMALL)

    mask = found(tmp_path, drawn.picture, drawn.copy)

    assert overlap(mask.pixels, drawn.mask) >= 0.95
    assert mask.reading is Reading.MARKED_COPY
    assert mask.question is None


@pytest.mark.parametrize(
    ("name", "notes"),
    [
        ("red ring", (Note.MARKS_FILLED,)),
        ("slightly open ring", (Note.MARKS_FILLED,)),
        ("cut by the edge", (Note.MARKS_FILLED,)),
        ("hatched", (Note.MARKS_FILLED,)),
        ("arrow", (Note.MARKS_OPEN,)),
        ("underlined", (Note.MARKS_OPEN,)),
        ("filled in white", ()),
    ],
)
def test_n6_it_is_said_whether_outlines_were_filled(
    tmp_path: Path, name: str, notes: tuple[Note, ...]
) -> None:
    drawn = labelled.scribble(name, SMALL)

    assert found(tmp_path, drawn.picture, drawn.copy).notes == notes


def test_r5_at_full_size_the_rim_is_exact_to_the_pixel(tmp_path: Path) -> None:
    drawn = labelled.scribble("red ring")

    mask = found(tmp_path, drawn.picture, drawn.copy)

    assert overlap(mask.pixels, drawn.mask) >= 0.998


@pytest.mark.parametrize(
    ("name", "send"),
    [
        ("PNG", png),
        ("JPEG 70", lambda image: jpeg(image, 70)),
        ("JPEG 60", lambda image: jpeg(image, 60)),
        ("5 % brighter", lambda image: jpeg(brighter(image, 0.05), 85)),
        ("5 % darker", lambda image: jpeg(brighter(image, -0.05), 85)),
        ("half the size", lambda image: jpeg(through_gallery(image, 0.5), 80)),
        ("half and back", lambda image: jpeg(through_gallery(image, 0.5, back=True), 80)),
        ("two pixels off", lambda image: jpeg(ImageChops.offset(image, 2, 1), 85)),
        ("sharpened", lambda image: jpeg(image.filter(ImageFilter.UnsharpMask(1.5, 40)), 85)),
    ],
)
@pytest.mark.parametrize("draw", [landscape, street, poster, labelled.plaster])
def test_a_copy_without_marks_shows_none(
    tmp_path: Path,
    draw: Callable[[], Image.Image],
    name: str,
    send: Callable[[Image.Image], bytes],
) -> None:
    picture = small(draw)

    assert refused(tmp_path, png(picture), send(picture)).problem is MaskProblem.NO_MARKS


def test_another_photo_is_no_copy(tmp_path: Path) -> None:
    other = small(street)

    assert refused(tmp_path, png(small(landscape)), png(other)).problem is MaskProblem.OTHER_PICTURE


def test_n6_a_cropped_copy_is_refused_and_both_sizes_are_named(tmp_path: Path) -> None:
    picture = small(landscape)
    copy = Copy(picture).ring(RED, round_by_hand(50, 50, 20, 20)).image()
    cropped = copy.crop((0, 0, 500, picture.height))

    error = refused(tmp_path, png(picture), png(cropped))

    assert error.problem is MaskProblem.CROPPED
    assert error.facts == {"mask_width": 500, "mask_height": 440, "width": 660, "height": 440}


def test_a_copy_in_the_place_of_the_mask_of_a_mask_is_a_swap(tmp_path: Path) -> None:
    picture = small(landscape)

    error = refused(tmp_path, files.encoded(files.blob(*picture.size), "PNG"), png(picture))

    assert error.problem is MaskProblem.SWAPPED


@pytest.mark.parametrize("orientation", [6, 8])
@pytest.mark.parametrize("keeps_exif", [True, False])
def test_r16_a_copy_on_its_side_is_seen_upright(
    tmp_path: Path, orientation: int, *, keeps_exif: bool
) -> None:
    picture = small(landscape)
    drawn = Copy(picture).ring(RED, round_by_hand(30, 60, 20, 20))
    raw, tags = oriented(picture, orientation)
    copy, _ = oriented(drawn.image(), orientation)
    options = {"exif": tags} if keeps_exif else {}

    mask = found(tmp_path, jpeg(raw, 90, exif=tags), jpeg(copy, 85, **options))

    assert overlap(mask.pixels, drawn.mask()) >= 0.95
    assert mask.question is None


def test_r16_a_copy_on_its_head_is_turned_as_it_shows_the_picture(tmp_path: Path) -> None:
    picture = small(street)
    drawn = Copy(picture).ring(RED, round_by_hand(30, 60, 20, 20))

    mask = found(tmp_path, png(picture), png(drawn.image().transpose(Image.Transpose.ROTATE_180)))

    assert overlap(mask.pixels, drawn.mask()) >= 0.95


def texture(seed: int, cell: int, contrast: int) -> Image.Image:
    """Soft spots of many colours, of about `cell` pixels."""
    rng = np.random.default_rng(seed)
    spots = rng.integers(128 - contrast, 128 + contrast, (240 // cell + 2, 320 // cell + 2, 3))
    return Image.fromarray(spots.astype(np.uint8)).resize((320, 240), Image.Resampling.BICUBIC)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    cell=st.integers(4, 40),
    contrast=st.integers(5, 60),
    middle=st.tuples(st.floats(30, 70), st.floats(30, 70)),
    radii=st.tuples(st.floats(12, 28), st.floats(12, 28)),
    paint=st.sampled_from([(240, 20, 30), (5, 5, 5), (255, 255, 255), (255, 230, 0)]),
    width=st.integers(20, 40),
    quality=st.integers(70, 95),
    light=st.floats(-0.03, 0.03),
    is_ring=st.booleans(),
)
def test_n6_marks_on_any_texture_are_found(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    cell: int,
    contrast: int,
    middle: tuple[float, float],
    radii: tuple[float, float],
    paint: tuple[int, int, int],
    width: int,
    quality: int,
    light: float,
    *,
    is_ring: bool,
) -> None:
    picture = texture(seed, cell, contrast)
    pen = Pen(paint, width)
    line = round_by_hand(*middle, *radii, seed=seed % 1000, turn=1.0 if is_ring else 0.4)
    drawn = Copy(picture)
    (drawn.ring if is_ring else drawn.stroke)(pen, line)

    mask = found(
        tmp_path_factory.mktemp("marks"),
        png(picture),
        jpeg(brighter(drawn.image(), light), quality),
    )

    # Of a stroke five pixels wide, half a pixel more on either side is a sixth of what is found.
    assert overlap(mask.pixels, drawn.mask()) >= (0.95 if is_ring else 0.7)


def drawn_lines(*lines: list[tuple[int, int]], width: int = 8) -> NDArray[np.bool_]:
    sheet = Image.new("L", (600, 400))
    for line in lines:
        ImageDraw.Draw(sheet).line(line, fill=255, width=width, joint="curve")
    return np.asarray(sheet) > 0


CROSS = ([(100, 100), (300, 300)], [(300, 100), (100, 300)])
ACROSS = [(0, 200), (300, 195), (599, 205)]
CORNER = [(0, 250), (80, 240), (150, 300), (160, 399)]
AT_ONE_EDGE = [(0, 100), (120, 120), (120, 250), (0, 260)]
GAPING = [(200, 100), (400, 100), (400, 300), (200, 300), (200, 130)]
ANGLE = [(200, 100), (400, 100), (400, 300)]


@pytest.mark.parametrize("lines", [CROSS, [ACROSS], [ANGLE], [ANGLE, ACROSS]])
def test_n6_open_strokes_mean_themselves(lines: list[list[tuple[int, int]]]) -> None:
    ink = drawn_lines(*lines)

    meant = strokes.meant(ink)

    assert np.array_equal(meant.area, ink)
    assert not meant.has_outlines
    assert not meant.is_blob


@pytest.mark.parametrize(
    ("line", "inside", "outside"),
    [
        (CORNER, (20, 380), (300, 200)),
        (AT_ONE_EDGE, (20, 180), (300, 200)),
        (GAPING, (300, 200), (100, 200)),
    ],
)
def test_n6_outlines_are_filled_at_the_edge_and_where_they_gape(
    line: list[tuple[int, int]], inside: tuple[int, int], outside: tuple[int, int]
) -> None:
    meant = strokes.meant(drawn_lines(line))

    assert meant.area[inside[::-1]]
    assert not meant.area[outside[::-1]]
    assert meant.has_outlines


def test_n6_hundreds_of_hatchings_are_each_looked_at_where_they_lie() -> None:
    """It takes half a second; 16 s when each was looked for in the whole picture."""
    ink = np.zeros((1500, 2000), np.uint8)
    for left in range(20, 1980, 66):
        for top in range(4, 1460, 50):
            for line in range(5):
                start = (left + 5 * line, top)
                cv2.line(ink, start, (start[0] + 15, top + 33), 1, 2)
    before = time.process_time()

    meant = strokes.meant(ink > 0)

    assert time.process_time() - before < 3
    assert meant.has_outlines
