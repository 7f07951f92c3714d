"""A picture that is continued beyond its own edge."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from bot.domain.edits import prompts
from bot.engine.painting.paint import paint
from bot.engine.samples import landscape, street

MARGIN = 60


def enlarged(sides: str) -> tuple[Image.Image, Image.Image, tuple[int, int]]:
    """The landscape with new grey room, its mask, and where the picture now begins."""
    picture = landscape().resize((300, 200))
    left, top = MARGIN * ("l" in sides), MARGIN * ("t" in sides)
    size = (
        300 + left + MARGIN * ("r" in sides),
        200 + top + MARGIN * ("b" in sides),
    )
    canvas, mask = Image.new("RGB", size, "grey"), Image.new("L", size, 255)
    canvas.paste(picture, (left, top))
    mask.paste(0, (left, top, left + 300, top + 200))
    return canvas, mask, (left, top)


@pytest.mark.parametrize("sides", ["l", "r", "t", "b", "lr", "ltrb"])
def test_r9_new_room_meets_the_picture_without_a_seam(sides: str) -> None:
    canvas, mask, (left, top) = enlarged(sides)

    found = np.asarray(
        paint(canvas, mask, prompt=prompts.extend(""), style="auto", seed=3), np.int16
    )

    inside = np.asarray(canvas, np.int16)[top : top + 200, left : left + 300]
    assert np.array_equal(found[top : top + 200, left : left + 300], inside)
    usual = np.abs(np.diff(inside, axis=1)).mean() + np.abs(np.diff(inside, axis=0)).mean()
    for place, axis, at in (
        ("l", 1, left),
        ("r", 1, left + 300),
        ("t", 0, top),
        ("b", 0, top + 200),
    ):
        if place in sides:
            line = found.take(range(at - 1, at + 1), axis=axis)
            assert np.abs(np.diff(line, axis=axis)).mean() < 3 * usual


def test_new_room_wider_than_the_picture_is_filled_all_over() -> None:
    picture = landscape().resize((90, 60))
    canvas, mask = Image.new("RGB", (400, 60)), Image.new("L", (400, 60), 255)
    canvas.paste(picture, (300, 0))
    mask.paste(0, (300, 0, 390, 60))

    found = np.asarray(paint(canvas, mask, prompt=prompts.extend("sand"), style="auto", seed=3))

    assert found.std(axis=(0, 2)).min() > 10


def test_half_a_photo_that_is_painted_anew_does_not_show_the_other_half_twice() -> None:
    canvas = street().resize((300, 200))
    mask = Image.new("L", canvas.size)
    mask.paste(255, (150, 0, 300, 200))

    found = np.asarray(paint(canvas, mask, prompt="remove it", style="auto", seed=3), np.int16)

    mirrored = np.asarray(canvas, np.int16)[:, :150][:, ::-1]
    assert np.abs(found[:, 151:] - mirrored[:, 1:]).mean() > 10
