"""Colour and light words: the hue that was asked for, with the light and shade that was there."""

from __future__ import annotations

import colorsys
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bot.engine.painting.paint import paint
from bot.engine.painting.tint import COLOURS, contrast, find_colours, luminance
from bot.engine.samples import street

Array = np.ndarray[Any, Any]
DOOR = (872, 252, 1010, 650)


def painted(prompt: str, box: tuple[int, int, int, int] = DOOR) -> tuple[Array, Array]:
    """Return the box of the street before and after."""
    image, mask = street(), Image.new("L", (1200, 800))
    mask.paste(255, box)
    result = paint(image, mask, prompt=prompt, style="auto", seed=1)
    return np.asarray(image.crop(box), float), np.asarray(result.crop(box), float)


@pytest.mark.parametrize(
    ("name", "degrees"),
    [
        ("red", 0),
        ("orange", 28),
        ("yellow", 49),
        ("green", 133),
        ("teal", 180),
        ("cyan", 188),
        ("blue", 221),
        ("purple", 276),
        ("magenta", 322),
        ("pink", 336),
    ],
)
def test_a_colour_word_gives_that_hue(name: str, degrees: float) -> None:
    _, after = painted(f"a {name} door")

    hue = 360 * colorsys.rgb_to_hsv(*(after.mean((0, 1)) / 255))[0]
    assert abs((hue - degrees + 180) % 360 - 180) < 20


@pytest.mark.parametrize(("name", "low", "high"), [("white", 150, 256), ("black", 0, 60)])
def test_white_and_black_have_no_hue(name: str, low: int, high: int) -> None:
    _, after = painted(f"paint the door {name}")

    mean = after.mean((0, 1))
    assert low <= mean.min()
    assert mean.max() < high
    assert np.ptp(mean) < 25


def test_light_and_shade_of_a_coloured_thing_stay() -> None:
    before, after = painted("a blue door")

    likeness = np.corrcoef(before.mean(2).ravel(), after.mean(2).ravel())[0, 1]
    assert likeness > 0.85


def test_a_coloured_wall_is_first_emptied() -> None:
    """The prompt names what lies behind, so the lamp before it has to go."""
    lamp = (1060, 160, 1140, 285)

    recoloured = painted("blue", lamp)[1]
    emptied = painted("a blue wall", lamp)[1]

    glass = np.s_[64:100, 24:44]
    assert recoloured[glass].mean() > emptied[glass].mean() + 40


@pytest.mark.parametrize(("word", "sign"), [("at night", -1), ("a sunny day", 1)])
def test_light_words_change_the_light(word: str, sign: int) -> None:
    before, after = painted(word)

    assert sign * (after.mean() - before.mean()) > 10


@pytest.mark.parametrize("name", COLOURS)
def test_every_colour_word_is_found(name: str) -> None:
    found = find_colours(f"something {name} here")

    assert [colour for _, _, colour in found] == [COLOURS[name]]


def test_dark_and_light_are_part_of_the_colour() -> None:
    plain, dark, light = (
        find_colours(text)[0][2] for text in ("green", "dark green", "light green")
    )

    assert luminance(dark) < luminance(plain) < luminance(light)


def test_contrast_is_that_of_the_guideline() -> None:
    """WCAG's own ends of the scale: black on white 21, equal colours 1."""
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((90, 90, 90), (90, 90, 90)) == pytest.approx(1)
