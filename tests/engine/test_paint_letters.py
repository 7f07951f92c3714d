"""Lettering: readable, inside the mask, in perspective, and never a crossed box."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from bot.domain.catalog import Style
from bot.engine.painting.lettering import find_panel
from bot.engine.painting.letters import SANS, SERIF, TextLayout, drawable, lay_out, shape
from bot.engine.painting.paint import paint
from bot.engine.painting.text_placement import find_place
from bot.engine.painting.tint import Colour, contrast
from bot.engine.samples import landscape, poster, poster_title_mask, street, street_sign_mask

Array = np.ndarray[Any, Any]
SIZE = (360, 200)
_SHRINK = ImageFilter.MinFilter(3)


def box_mask(size: tuple[int, int], box: tuple[int, int, int, int]) -> Image.Image:
    mask = Image.new("L", size)
    mask.paste(255, box)
    return mask


def likeness(picture: Image.Image, box: tuple[int, int, int, int], text: str) -> float:
    """How well the light and dark in the box match the text's shape, 0 to 1, wherever it stands."""
    found = np.asarray(picture.crop(box).convert("L"), np.float32)
    layout = lay_out(text, found.shape[1], found.shape[0], SANS)
    assert layout is not None
    best = 0.0
    for size in range(layout.size // 2, layout.size + 4):
        glyphs = shape(TextLayout(layout.lines, size, SANS), found.shape[1], found.shape[0], (0, 0))
        ys, xs = np.nonzero(glyphs)
        cut = glyphs[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1].astype(np.float32)
        if cut.shape[0] <= found.shape[0] and cut.shape[1] <= found.shape[1]:
            match = cv2.matchTemplate(found, cut, cv2.TM_CCOEFF_NORMED)
            best = max(best, float(np.abs(match).max()))
    return best


@pytest.mark.parametrize("style", list(Style))
@pytest.mark.parametrize("prompt", ['"OPEN"', 'a sign that says "OPEN"'])
def test_the_words_can_be_read_in_every_style(style: Style, prompt: str) -> None:
    image = Image.new("RGB", SIZE, (120, 150, 170))
    box = (40, 40, 320, 160)

    result = paint(image, box_mask(SIZE, box), prompt=prompt, style=style, seed=2)

    assert likeness(result, box, "OPEN") > 0.75


@pytest.mark.parametrize(
    "ground", [(250, 250, 250), (10, 10, 12), (128, 128, 128), (200, 40, 40), (240, 210, 40)]
)
def test_letters_of_a_free_colour_stand_out_from_their_ground(ground: Colour) -> None:
    image = Image.new("RGB", SIZE, ground)

    result = paint(
        image, box_mask(SIZE, (40, 40, 320, 160)), prompt='"OPEN"', style="design", seed=1
    )

    pixels = np.asarray(result.crop((50, 50, 310, 150))).reshape(-1, 3)
    colours, counts = np.unique(pixels, axis=0, return_counts=True)
    letters, around = (tuple(colour) for colour in colours[np.argsort(counts)[-2:]].tolist())
    assert contrast(letters, around) > 4.5


def test_letters_take_the_colour_they_are_given() -> None:
    image = Image.new("RGB", SIZE, (30, 40, 60))
    prompt = 'yellow letters that say "TAXI"'

    result = paint(image, box_mask(SIZE, (40, 40, 320, 160)), prompt=prompt, style="design", seed=1)

    red, green, blue = np.asarray(result)[np.asarray(result.convert("L")) > 150].mean(0)
    assert red > 220
    assert green > 180
    assert blue < 90


@pytest.mark.parametrize(
    "outline",
    [
        [(60, 60), (300, 90), (290, 170), (70, 180)],
        [(40, 30), (320, 30), (320, 60), (40, 60)],
        [(100, 10), (180, 10), (180, 190), (100, 190)],
    ],
)
def test_all_ink_stays_inside_the_mask(outline: list[tuple[int, int]]) -> None:
    image = Image.new("RGB", SIZE, (200, 210, 215))
    mask = Image.new("L", SIZE)
    ImageDraw.Draw(mask).polygon(outline, fill=255)

    result = paint(image, mask, prompt='"GOOD MORNING"', style="auto", seed=3)

    dark = np.asarray(result.convert("L")) < 110
    ys, xs = np.nonzero(dark)
    inside = np.asarray(mask) > 0
    assert dark.sum() > 60
    assert inside[ys, xs].all()
    # Ink right at the mask's border would mean that letters were cut off.
    assert not (dark & ~np.asarray(mask.filter(_SHRINK), bool)).any()


def test_letters_follow_the_slope_of_a_slanted_area() -> None:
    image = Image.new("RGB", SIZE, (225, 225, 225))
    mask = Image.new("L", SIZE)
    ImageDraw.Draw(mask).polygon([(40, 20), (320, 80), (320, 150), (40, 90)], fill=255)

    result = paint(image, mask, prompt='"HHHHHHHH"', style="design", seed=1)

    dark = np.asarray(result.convert("L")) < 100
    ys, xs = np.nonzero(dark)
    slope = np.polyfit(xs, ys, 1)[0]
    assert slope == pytest.approx(60 / 280, abs=0.04)


def test_a_round_area_is_lettered_inside_the_circle() -> None:
    mask = Image.new("L", (300, 300))
    ImageDraw.Draw(mask).ellipse((20, 20, 280, 280), fill=255)

    place = find_place(np.asarray(mask) > 0)

    inside = np.asarray(mask) > 0
    for x, y in place.inset(0.05).corners:
        assert inside[int(y), int(x)]
    assert place.width * place.height > 0.4 * inside.sum()


def test_old_lettering_is_rubbed_out() -> None:
    image = Image.new("RGB", SIZE, (30, 70, 60))
    ImageDraw.Draw(image).text(
        (180, 100), "CLOSED", (240, 220, 160), ImageFont.load_default(64), anchor="mm"
    )
    mask = box_mask(SIZE, (20, 30, 340, 170))

    result = paint(image, mask, prompt='"I"', style="design", seed=1)

    # Left and right of the one narrow letter nothing of the old word is left.
    rest = np.concatenate(
        [np.asarray(result)[30:170, 20:150], np.asarray(result)[30:170, 210:340]], 1
    )
    assert np.abs(rest.astype(int) - (30, 70, 60)).max() < 30


def test_the_shadows_of_old_letters_go_with_them() -> None:
    """However closely the area lies round the letters."""
    ground = Image.new("RGB", SIZE, (90, 130, 110))
    word, font = "CLOSED", ImageFont.load_default(64)
    shade = Image.new("L", SIZE)
    ImageDraw.Draw(shade).text((185, 105), word, 140, font, anchor="mm")
    ground.paste((30, 44, 36), mask=shade.filter(ImageFilter.GaussianBlur(1.5)))
    ImageDraw.Draw(ground).text((180, 100), word, (240, 220, 160), font, anchor="mm")
    left, top, right, bottom = (int(side) for side in shade.getbbox() or SIZE * 2)
    mask = box_mask(SIZE, (left - 14, top - 14, right + 8, bottom + 8))

    result = paint(ground, mask, prompt='"I"', style="auto", seed=1)

    rest = np.concatenate([np.asarray(result)[:, :150], np.asarray(result)[:, 210:]], 1)
    assert np.abs(rest.astype(int) - (90, 130, 110)).max() < 20


@pytest.mark.parametrize(
    ("image", "mask"), [(street(), street_sign_mask()), (poster(), poster_title_mask())]
)
def test_old_lettering_is_found_on_signs_and_posters(image: Image.Image, mask: Image.Image) -> None:
    panel = find_panel(np.asarray(image), np.asarray(mask) > 0)

    assert panel is not None
    assert 0.02 < panel.strokes.sum() / (np.asarray(mask) > 0).sum() < 0.5


@pytest.mark.parametrize("box", [(830, 20, 1180, 190), (1000, 300, 1190, 590)])
def test_bricks_are_not_taken_for_lettering(box: tuple[int, int, int, int]) -> None:
    image = street()

    assert find_panel(np.asarray(image), np.asarray(box_mask(image.size, box)) > 0) is None


def test_clouds_are_not_taken_for_lettering() -> None:
    image = landscape()
    mask = box_mask(image.size, (420, 20, 1190, 340))

    assert find_panel(np.asarray(image), np.asarray(mask) > 0) is None


def test_on_a_busy_ground_the_words_get_a_board() -> None:
    image = street()
    box = (850, 30, 1150, 180)

    result = paint(image, box_mask(image.size, box), prompt='"CAFE"', style="auto", seed=1)

    assert likeness(result, box, "CAFE") > 0.75


def test_a_blue_sign_has_a_blue_board() -> None:
    image = Image.new("RGB", (800, 480), (160, 150, 140))
    prompt = 'a blue sign that says "BUS"'

    result = paint(
        image, box_mask(image.size, (40, 30, 320, 170)), prompt=prompt, style="auto", seed=1
    )

    red, _, blue = np.asarray(result)[45:60, 70:290].mean((0, 1))
    assert blue > red + 80


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("Grüße, ñandú", "Grüße, ñandú"),
        ("Привет", "Привет"),
        ("café 日本", "café"),
        ("日本", ""),
        ("ＯＰＥＮ", "OPEN"),
        ("I ♥ NY", "I ♥ NY"),
        ("go 🚀 now", "go now"),
        ("a\u200bb\tc\x07", "ab c"),
        ("one\ntwo", "one\ntwo"),
        ("\U0010fffd", ""),
    ],
)
def test_what_the_font_lacks_is_left_out_or_written_plainly(text: str, drawn: str) -> None:
    assert drawable(text, SANS) == drawn


def test_words_that_cannot_be_drawn_leave_a_plain_fill_and_no_boxes() -> None:
    image = Image.new("RGB", SIZE, (90, 120, 150))
    mask = box_mask(SIZE, (40, 40, 320, 160))

    result = paint(image, mask, prompt='"日本語"', style="auto", seed=1)

    assert np.abs(np.asarray(result).astype(int) - (90, 120, 150)).max() < 12


@pytest.mark.parametrize(
    ("width", "height", "lines"), [(900, 100, 1), (500, 240, 2), (300, 300, 3), (120, 400, 4)]
)
def test_lines_are_broken_to_suit_the_area(width: int, height: int, lines: int) -> None:
    layout = lay_out("FRESH COFFEE EVERY DAY", width, height, SANS)

    assert layout is not None
    assert abs(len(layout.lines) - lines) <= 1
    assert " ".join(layout.lines) == "FRESH COFFEE EVERY DAY"


@pytest.mark.parametrize("font", [SANS, SERIF])
def test_the_letters_are_as_large_as_fits(font: str) -> None:
    layout = lay_out("OPEN", 400, 120, font)

    assert layout is not None
    ys, xs = np.nonzero(shape(layout, 400, 120, (0.0, 0.0)))
    share = max(np.ptp(xs) / 400, np.ptp(ys) / 120)
    assert 0.7 < share <= 0.88


def test_a_very_long_text_still_ends_in_a_picture() -> None:
    image = Image.new("RGB", SIZE, (240, 240, 240))
    prompt = '"' + "word " * 39 + '"'

    result = paint(image, box_mask(SIZE, (10, 10, 350, 190)), prompt=prompt, style="auto", seed=1)

    assert result.size == SIZE


def test_an_area_of_a_few_pixels_is_not_lettered() -> None:
    image = Image.new("RGB", (40, 40), (200, 200, 200))

    result = paint(
        image, box_mask((40, 40), (18, 18, 22, 22)), prompt='"OPEN"', style="auto", seed=1
    )

    assert np.abs(np.asarray(result).astype(int) - 200).max() < 10
