"""A file is a mask or a copy, erased or marked: it is told apart by what it shows."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageOps

from benchmarks.labelled.pens import Copy, Pen, jpeg, png, round_by_hand
from bot.domain.edits.pictures import Reading
from bot.domain.errors import BadMask, MaskProblem
from bot.engine.samples import landscape, poster, street
from bot.imaging.masking import masks
from bot.imaging.masking.marks import find_marks
from tests.imaging import picture_files as files
from tests.imaging.masking.copies import found, overlap, small


def holed(picture: Image.Image, hole: Image.Image, *, under: int | None = None) -> Image.Image:
    """A copy with a hole; editors keep the colours under it, or wipe them."""
    copy = picture.convert("RGBA")
    if under is not None:
        copy.paste((under, under, under, 255), mask=hole)
    copy.putalpha(ImageChops.invert(hole))
    return copy


@pytest.mark.parametrize("under", [None, 0, 255])
@pytest.mark.parametrize("share", [1.0, 0.5])
def test_r4_an_erased_copy_says_where_and_nothing_else(
    tmp_path: Path, under: int | None, share: float
) -> None:
    picture = small(landscape)
    hole = Image.new("L", picture.size)
    ImageDraw.Draw(hole).ellipse((200, 100, 420, 300), fill=255)
    copy = ImageOps.scale(holed(picture, hole, under=under), share)

    mask = found(tmp_path, jpeg(picture, 90), png(copy))

    # The soft rim that resizing makes belongs to the hole: a pixel and a half all around.
    assert overlap(mask.pixels, hole) >= (1 if share == 1 else 0.95)
    assert (mask.reading, mask.notes) == (Reading.ERASED_COPY, ())


def test_r4_what_was_transparent_before_was_not_erased(tmp_path: Path) -> None:
    sticker = small(landscape).convert("RGBA")
    shape = Image.new("L", sticker.size)
    ImageDraw.Draw(shape).ellipse((20, 20, 640, 420), fill=255)
    sticker.putalpha(shape)
    erased = sticker.copy()
    erased.paste((0, 0, 0, 0), (300, 200, 400, 300))
    expected = Image.new("L", sticker.size)
    expected.paste(255, (300, 200, 400, 300))

    mask = found(tmp_path, png(sticker), png(erased))

    assert np.array_equal(mask.pixels, np.asarray(expected))
    assert mask.reading is Reading.ERASED_COPY


@pytest.mark.parametrize("ground", [None, (255, 255, 255), (0, 0, 0)])
def test_marks_on_a_copy_of_a_sticker_are_found_on_any_ground(
    tmp_path: Path, ground: tuple[int, int, int] | None
) -> None:
    """An app may put what is transparent on white or black."""
    sticker = small(landscape).convert("RGBA")
    shape = Image.new("L", sticker.size)
    ImageDraw.Draw(shape).ellipse((20, 20, 640, 420), fill=255)
    sticker.putalpha(shape)
    copy = sticker.copy()
    if ground is not None:
        copy = Image.alpha_composite(Image.new("RGBA", sticker.size, (*ground, 255)), sticker)
    ImageDraw.Draw(copy).ellipse((250, 150, 400, 300), outline=(230, 30, 40, 255), width=10)
    truth = Image.new("L", sticker.size)
    ImageDraw.Draw(truth).ellipse((250, 150, 400, 300), fill=255)

    mask = found(tmp_path, png(sticker), png(copy))

    assert overlap(mask.pixels, truth) >= 0.95
    assert mask.reading is Reading.MARKED_COPY


def test_r4_a_part_erased_to_white_is_a_mark(tmp_path: Path) -> None:
    picture = small(street)
    erased = picture.copy()
    erased.paste((255, 255, 255), (200, 100, 400, 300))
    expected = Image.new("L", picture.size)
    expected.paste(255, (200, 100, 400, 300))

    mask = found(tmp_path, png(picture), jpeg(erased, 85))

    assert overlap(mask.pixels, expected) >= 0.97
    assert (mask.reading, mask.notes) == (Reading.MARKED_COPY, ())


def scan() -> Image.Image:
    """A mostly white page."""
    page = Image.new("RGB", (620, 860), (255, 255, 255))
    pen = ImageDraw.Draw(page)
    for row in range(70, 700, 34):
        pen.text(
            (60, row),
            "The quick brown fox jumps over a lazy dog.",
            (20, 20, 20),
            font=ImageFont.load_default(21),
        )
    return page


def pixel_art() -> Image.Image:
    paints = np.array([(0, 0, 0), (255, 255, 255), (190, 40, 40), (40, 60, 180)], np.uint8)
    return Image.fromarray(np.random.default_rng(3).choice(paints, (24, 32))).resize((640, 480), 0)


def drawing() -> Image.Image:
    """Black lines on white, and nothing else."""
    sheet = Image.new("RGB", (600, 500), (255, 255, 255))
    pen = ImageDraw.Draw(sheet)
    for index in range(6):
        pen.ellipse((40 + 80 * index, 60, 150 + 80 * index, 400 - 30 * index), outline=0, width=5)
    return sheet


FLAT = [scan, pixel_art, drawing, lambda: small(poster)]


@pytest.mark.parametrize("draw", FLAT)
def test_n5_a_marked_copy_of_flat_graphics_is_a_copy(
    tmp_path: Path, draw: Callable[[], Image.Image]
) -> None:
    drawn = Copy(draw()).ring(Pen((20, 90, 220), 16), round_by_hand(55, 45, 25, 20, seed=3))

    mask = found(tmp_path, png(draw()), jpeg(drawn.image(), 80))

    assert overlap(mask.pixels, drawn.mask()) >= 0.95
    assert mask.reading is Reading.MARKED_COPY


@pytest.mark.parametrize("draw", FLAT)
@pytest.mark.parametrize(
    ("on", "off", "reading"),
    [(0, 255, Reading.BLACK_CHANGES), (255, 0, Reading.WHITE_CHANGES)],
)
def test_n5_a_mask_of_flat_graphics_is_a_mask(
    tmp_path: Path, draw: Callable[[], Image.Image], on: int, off: int, reading: Reading
) -> None:
    """The trap: a mask and a scan are both mostly white, and equal in most of their pixels."""
    picture = draw()
    mask = Image.new("L", picture.size, off)
    ImageDraw.Draw(mask).ellipse((150, 120, 420, 330), fill=on)
    truth = Image.new("L", picture.size)
    ImageDraw.Draw(truth).ellipse((150, 120, 420, 330), fill=255)

    read = found(tmp_path, png(picture), png(mask))

    assert np.array_equal(read.pixels, np.asarray(truth))
    assert read.reading is reading


@pytest.mark.parametrize("radius", [12, 28])
def test_n5_a_marked_copy_of_faint_grain_is_a_copy_however_packed(
    tmp_path: Path, radius: int
) -> None:
    """Two colours are nearly all of it, and JPEG leaves little of its detail as it was."""
    spots = np.random.default_rng(0).integers(112, 144, (62, 82, 3)).astype(np.uint8)
    picture = Image.fromarray(spots).resize((320, 240), Image.Resampling.BICUBIC)
    drawn = Copy(picture).ring(Pen((240, 20, 30), 20), round_by_hand(30, 30, radius, radius))

    mask = found(tmp_path, png(picture), jpeg(drawn.image(), 70))

    assert overlap(mask.pixels, drawn.mask()) >= 0.95
    assert mask.reading is Reading.MARKED_COPY


def test_n5_a_ring_of_paint_is_taken_as_the_paint_on_a_mask_and_filled_on_a_copy(
    tmp_path: Path,
) -> None:
    ring = Image.new("L", (620, 860))
    ImageDraw.Draw(ring).ellipse((150, 120, 420, 330), outline=255, width=14)
    full = Image.new("L", ring.size)
    ImageDraw.Draw(full).ellipse((150, 120, 420, 330), fill=255)
    blank = Image.new("RGB", ring.size, (255, 255, 255))
    sheets = [sheet.copy() for sheet in (blank, scan())]
    for sheet in sheets:
        sheet.paste((255, 0, 0), mask=ring)

    on_mask, on_copy = (found(tmp_path, png(scan()), png(sheet)) for sheet in sheets)

    assert on_mask.reading is Reading.PAINT_CHANGES
    assert np.array_equal(on_mask.pixels, np.asarray(ring))
    assert on_copy.reading is Reading.MARKED_COPY
    assert overlap(on_copy.pixels, full) >= 0.97


def test_who_speaks_of_marks_may_also_send_a_mask(tmp_path: Path) -> None:
    picture = small(landscape)
    blob = files.blob(*picture.size)

    mask = found(tmp_path, png(picture), png(blob), read=masks.from_copy)

    assert np.array_equal(mask.pixels, np.asarray(blob))


def test_find_marks_takes_copies_only(tmp_path: Path) -> None:
    picture = small(landscape)

    with pytest.raises(BadMask) as caught:
        found(tmp_path, png(picture), png(files.blob(*picture.size)), read=find_marks)

    assert caught.value.problem is MaskProblem.OTHER_PICTURE


@settings(max_examples=40, deadline=None)
@given(
    seeds=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    size=st.tuples(st.integers(16, 70), st.integers(16, 70)),
    other=st.tuples(st.integers(16, 70), st.integers(16, 70)),
    modes=st.tuples(*[st.sampled_from(["RGB", "RGBA", "L", "1"])] * 2),
    same_size=st.booleans(),
)
def test_noise_is_read_or_refused_and_never_breaks_anything(
    tmp_path_factory: pytest.TempPathFactory,
    seeds: tuple[int, int],
    size: tuple[int, int],
    other: tuple[int, int],
    modes: tuple[str, str],
    *,
    same_size: bool,
) -> None:
    def noise(seed: int, size: tuple[int, int], mode: str) -> bytes:
        pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 4), np.uint8)
        pixels[0, 0, 3] = 255
        file = io.BytesIO()
        Image.fromarray(pixels).convert(mode).save(file, "PNG")
        return file.getvalue()

    picture = noise(seeds[0], size, modes[0])
    file = noise(seeds[1], size if same_size else other, modes[1])
    folder = tmp_path_factory.mktemp("noise")

    for read in (masks.from_file, masks.from_copy, find_marks):
        try:
            mask = found(folder, picture, file, read)
        except BadMask:
            continue
        assert mask.pixels.any()
        assert not mask.pixels.all()
