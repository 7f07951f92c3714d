"""Marks on a copy of the picture become the area that is meant."""

from __future__ import annotations

import functools
import io
from contextlib import ExitStack
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont, ImageOps

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
from bot.domain.errors import BadMask, MaskProblem
from bot.domain.pictures import Note, PictureLimits, Reading
from bot.engine.samples import landscape, poster, street
from bot.imaging import masks
from bot.imaging.intake import open_picture
from bot.imaging.marks import find_marks
from tests.imaging import picture_files as files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from bot.imaging.intake import Opened

SMALL = 300_000  # pixels
RED = Pen((230, 30, 40), 14)


def small(draw: Callable[[], Image.Image]) -> Image.Image:
    return ImageOps.contain(draw(), (660, 660))


def found(
    folder: Path,
    picture: bytes,
    copy: bytes,
    read: Callable[[Opened, Opened], masks.Mask] = masks.from_file,
) -> masks.Mask:
    (folder / "picture").write_bytes(picture)
    (folder / "copy").write_bytes(copy)
    with ExitStack() as stack:
        opened = functools.partial(open_picture, limits=PictureLimits(), folder=folder)
        source = stack.enter_context(opened(folder / "picture"))
        file = stack.enter_context(opened(folder / "copy", role="mask"))
        mask = read(file, source)
        assert mask.pixels.shape == (source.pixels.height, source.pixels.width)
    assert set(np.unique(mask.pixels)) <= {0, 255}
    return mask


def refused(folder: Path, picture: bytes, copy: bytes) -> BadMask:
    with pytest.raises(BadMask) as caught:
        found(folder, picture, copy)
    return caught.value


def overlap(mask: NDArray[np.uint8], truth: Image.Image) -> float:
    """Intersection over union."""
    first, second = mask > 0, np.asarray(truth) > 0
    return float(np.count_nonzero(first & second) / np.count_nonzero(first | second))


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
