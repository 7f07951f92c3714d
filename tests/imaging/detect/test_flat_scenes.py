"""A mask of a scene of two flat tones follows the scene's own edges, and is still a mask."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from benchmarks.labelled.pens import jpeg, png
from bot.domain.edits.pictures import Question, Reading
from bot.domain.errors import MaskProblem
from bot.engine.samples import landscape
from bot.imaging.masking import masks
from tests.imaging.masking.copies import found, overlap, refused, small

SIZE: Final = (500, 400)


def shapes() -> Image.Image:
    """A disc and a box."""
    sheet = Image.new("L", SIZE)
    pen = ImageDraw.Draw(sheet)
    pen.ellipse((60, 110, 240, 290), fill=255)
    pen.rectangle((300, 100, 425, 325), fill=255)
    return sheet


def sky() -> Image.Image:
    """All above a line of hills."""
    hills = np.sin(np.arange(SIZE[0]) / 45) * 25 + np.sin(np.arange(SIZE[0]) / 11) * 6 + 225
    return Image.fromarray((np.arange(SIZE[1])[:, None] < hills) * np.uint8(255))


def scene(mask: Image.Image, inside: int, outside: int, *, seed: int = 1) -> Image.Image:
    """Two tones with the shade and the grain of a clean photo."""
    light = np.linspace(-8, 6, SIZE[1])[:, None]
    grey = np.where(np.asarray(mask) > 0, inside, outside) + light
    grain = np.random.default_rng(seed).normal(0, 1.5, grey.shape)
    pixels = (grey + grain)[..., None] * np.array((0.97, 1, 1.02))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def jpeg92(image: Image.Image) -> bytes:
    return jpeg(image, 92)


def soft(mask: Image.Image) -> Image.Image:
    return mask.filter(ImageFilter.GaussianBlur(12))


@pytest.mark.parametrize("send", [png, jpeg92])
@pytest.mark.parametrize("is_inverted", [False, True])
@pytest.mark.parametrize(
    ("inside", "outside"),
    [(220, 90), (200, 60), (235, 30), (248, 14), (14, 240), (40, 235), (90, 220), (80, 240)],
)
@pytest.mark.parametrize("draw", [shapes, sky])
def test_n5_a_mask_of_a_flat_scene_is_a_mask(
    tmp_path: Path,
    draw: Callable[[], Image.Image],
    inside: int,
    outside: int,
    *,
    is_inverted: bool,
    send: Callable[[Image.Image], bytes],
) -> None:
    drawn = draw()
    picture = scene(drawn, inside, outside)
    file = ImageChops.invert(drawn) if is_inverted else drawn
    truth, reading = drawn, Reading.WHITE_CHANGES
    if is_inverted and draw is sky:  # nothing tells that such a mask was meant inverted
        truth = file
    elif is_inverted:
        reading = Reading.BLACK_CHANGES

    mask = found(tmp_path, jpeg92(picture), send(file))

    assert overlap(mask.pixels, truth) >= 0.995
    assert mask.reading is reading


@pytest.mark.parametrize(("inside", "outside"), [(220, 90), (235, 30), (248, 14)])
def test_n5_a_soft_mask_of_a_flat_scene_is_a_mask(
    tmp_path: Path, inside: int, outside: int
) -> None:
    mask = found(tmp_path, jpeg92(scene(sky(), inside, outside)), png(soft(sky())))

    assert overlap(mask.pixels, sky()) >= 0.98
    assert mask.reading is Reading.WHITE_CHANGES


def page() -> Image.Image:
    """A scan with some lines of black text."""
    sheet = Image.new("L", SIZE, 250)
    pen = ImageDraw.Draw(sheet)
    for row in range(60, 250, 30):
        pen.text((50, row), "The quick brown fox jumps", 15, font=ImageFont.load_default(22))
    return sheet


@pytest.mark.parametrize("send", [png, jpeg92])
@pytest.mark.parametrize(
    ("on", "off", "reading"),
    [(0, 255, Reading.BLACK_CHANGES), (255, 0, Reading.WHITE_CHANGES)],
)
def test_n5_a_mask_of_the_text_of_a_scan_is_a_mask(
    tmp_path: Path, on: int, off: int, reading: Reading, send: Callable[[Image.Image], bytes]
) -> None:
    mask = Image.new("L", SIZE, off)
    mask.paste(on, (40, 50, 400, 260))
    truth = Image.new("L", SIZE)
    truth.paste(255, (40, 50, 400, 260))

    read = found(tmp_path, jpeg92(page()), send(mask))

    assert overlap(read.pixels, truth) >= 0.99
    assert (read.reading, read.question) == (reading, None)


@pytest.mark.parametrize("send", [png, jpeg92])
def test_n5_a_logo_is_its_own_mask_and_that_is_asked_about(
    tmp_path: Path, send: Callable[[Image.Image], bytes]
) -> None:
    logo = ImageChops.invert(shapes())

    same = found(tmp_path, png(logo), send(logo))
    inverted = found(tmp_path, png(logo), send(shapes()))

    assert overlap(same.pixels, shapes()) >= 0.995
    assert (same.reading, same.question) == (Reading.BLACK_CHANGES, Question.COPY_OR_MASK)
    assert overlap(inverted.pixels, shapes()) >= 0.995
    assert (inverted.reading, inverted.question) == (Reading.WHITE_CHANGES, None)


@pytest.mark.parametrize("quality", [92, 50])
def test_n5_a_page_of_text_without_marks_is_told_so(tmp_path: Path, quality: int) -> None:
    sheet = Image.new("L", (620, 860), 255)
    for row in range(50, 800, 24):
        text = "The quick brown fox jumps over a lazy dog"
        ImageDraw.Draw(sheet).text((40, row), text, 15, font=ImageFont.load_default(16))

    error = refused(tmp_path, png(sheet), jpeg(sheet, quality))

    assert error.problem is MaskProblem.NO_MARKS


def test_n5_half_of_a_logo_may_be_its_mask_or_a_copy_and_that_is_asked_about(
    tmp_path: Path,
) -> None:
    logo = ImageChops.invert(shapes())
    half = logo.copy()
    half.paste(255, (0, 0, 270, 400))

    mask = found(tmp_path, png(logo), png(half))

    assert mask.question is Question.COPY_OR_MASK


@pytest.mark.parametrize("send", [png, jpeg92])
@pytest.mark.parametrize(
    ("paint", "question"), [((0, 0, 0), Question.COPY_OR_MASK), ((230, 30, 40), None)]
)
def test_n5_black_marks_on_a_scan_are_marks_and_asked_about(
    tmp_path: Path,
    send: Callable[[Image.Image], bytes],
    paint: tuple[int, int, int],
    question: Question | None,
) -> None:
    copy = page().convert("RGB")
    ImageDraw.Draw(copy).ellipse((80, 80, 360, 260), outline=paint, width=7)
    truth = Image.new("L", SIZE)
    ImageDraw.Draw(truth).ellipse((80, 80, 360, 260), fill=255)

    mask = found(tmp_path, jpeg92(page()), send(copy))

    assert overlap(mask.pixels, truth) >= 0.97
    assert (mask.reading, mask.question) == (Reading.MARKED_COPY, question)


@pytest.mark.parametrize("paint", [0, 255])
def test_n5_marks_on_a_flat_scene_are_marks(tmp_path: Path, paint: int) -> None:
    picture = scene(sky(), 180, 60)
    copy = picture.copy()
    ImageDraw.Draw(copy).ellipse((120, 120, 380, 330), outline=(paint,) * 3, width=9)
    truth = Image.new("L", SIZE)
    ImageDraw.Draw(truth).ellipse((120, 120, 380, 330), fill=255)

    mask = found(tmp_path, png(picture), jpeg92(copy))

    assert overlap(mask.pixels, truth) >= 0.97
    assert mask.reading is Reading.MARKED_COPY


def test_n5_black_marks_on_a_wall_without_any_detail_are_marks(tmp_path: Path) -> None:
    spots = np.random.default_rng(0).integers(123, 133, (15, 18, 3)).astype(np.uint8)
    picture = Image.fromarray(spots).resize(SIZE, Image.Resampling.BICUBIC)
    copy = picture.copy()
    ImageDraw.Draw(copy).ellipse((120, 120, 380, 330), outline=(5, 5, 5), width=9)
    truth = Image.new("L", SIZE)
    ImageDraw.Draw(truth).ellipse((120, 120, 380, 330), fill=255)

    mask = found(tmp_path, png(picture), jpeg(copy, 70))

    assert overlap(mask.pixels, truth) >= 0.97
    assert mask.reading is Reading.MARKED_COPY


def test_n5_marks_on_a_smooth_photo_without_colours_are_marks(tmp_path: Path) -> None:
    picture = small(landscape).convert("L").filter(ImageFilter.GaussianBlur(2))
    copy = picture.copy()
    ImageDraw.Draw(copy).ellipse((120, 120, 380, 330), fill=0)
    truth = Image.new("L", picture.size)
    ImageDraw.Draw(truth).ellipse((120, 120, 380, 330), fill=255)

    mask = found(tmp_path, jpeg92(picture), jpeg92(copy))

    assert overlap(mask.pixels, truth) >= 0.97
    assert (mask.reading, mask.question) == (Reading.MARKED_COPY, None)


def night(*, has_colours: bool) -> Image.Image:
    """A dark photo, in which hardly anything is light."""
    spots = np.random.default_rng(2).integers(4, 24, (32, 40, 3), np.uint8)
    photo = Image.fromarray(spots).resize(SIZE, Image.Resampling.BICUBIC)
    ImageDraw.Draw(photo).ellipse((330, 80, 360, 110), fill=(250, 240, 200))
    return photo if has_colours else photo.convert("L")


@pytest.mark.parametrize("has_colours", [True, False])
@pytest.mark.parametrize("on", [0, 255])
def test_70_a_dark_photo_in_the_place_of_the_mask_is_noticed(
    tmp_path: Path, on: int, *, has_colours: bool
) -> None:
    picture = shapes() if on else ImageChops.invert(shapes())

    error = refused(tmp_path, png(picture), jpeg92(night(has_colours=has_colours)))

    assert error.problem is MaskProblem.SWAPPED


@pytest.mark.parametrize(
    "mask",
    [
        pytest.param(sky(), id="of two tones"),
        pytest.param(soft(sky()), id="soft"),
        pytest.param(sky().filter(ImageFilter.GaussianBlur(35)), id="very soft"),
        pytest.param(sky().point(lambda tone: 30 + tone // 2), id="grey"),
    ],
)
@pytest.mark.parametrize("quality", [20, 50, 92])
def test_70_a_mask_of_a_drawing_is_no_photo(
    tmp_path: Path, mask: Image.Image, quality: int
) -> None:
    read = found(tmp_path, png(ImageChops.invert(shapes())), jpeg(mask, quality))

    assert overlap(read.pixels, sky()) >= 0.97
    assert read.reading is Reading.WHITE_CHANGES


def test_n5_who_speaks_of_marks_is_not_asked_what_the_file_is(tmp_path: Path) -> None:
    copy = page()
    ImageDraw.Draw(copy).ellipse((80, 80, 360, 260), outline=0, width=7)

    mask = found(tmp_path, png(page()), png(copy), read=masks.from_copy)

    assert (mask.reading, mask.question) == (Reading.MARKED_COPY, None)
