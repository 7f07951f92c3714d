"""Holes that reach the picture's border: nothing holds them there, and still nothing runs away."""

from __future__ import annotations

import colorsys
from typing import Any

import numpy as np
import pytest

from bot.engine.painting.fill import fill
from bot.engine.painting.heal import bounded
from bot.engine.painting.poisson import solve
from bot.engine.samples import landscape, street

Array = np.ndarray[Any, Any]

# Rows and columns in hundredths; one, two and three borders.
HOLES = {
    "right": (0, 100, 67, 100),
    "bottom": (67, 100, 0, 100),
    "corner": (40, 100, 50, 100),
    "right, shorter": (20, 80, 60, 100),
    "left half": (0, 100, 0, 50),
    "bottom half": (50, 100, 0, 100),
}


def hole_of(shape: tuple[int, ...], box: tuple[int, int, int, int]) -> Array:
    top, bottom, left, right = box
    hole = np.zeros(shape[:2], bool)
    hole[
        shape[0] * top // 100 : shape[0] * bottom // 100,
        shape[1] * left // 100 : shape[1] * right // 100,
    ] = True
    return hole


def tint(pixels: Array) -> Array:
    """Mean colour as a point of the colour disc: its angle is the hue, its length the chroma."""
    hue, saturation, value = colorsys.rgb_to_hsv(*(pixels.mean(0) / 255))
    return saturation * value * np.array([np.cos(2 * np.pi * hue), np.sin(2 * np.pi * hue)])


@pytest.mark.parametrize("draw", [street, landscape])
@pytest.mark.parametrize("box", HOLES.values(), ids=HOLES)
def test_a_hole_at_the_border_keeps_to_the_colours_round_it(
    draw: Any, box: tuple[int, int, int, int]
) -> None:
    picture = np.asarray(draw().resize((301, 203)))
    hole = hole_of(picture.shape, box)
    known = picture[~hole]
    spoiled = picture.copy()
    spoiled[hole] = (255, 0, 255)

    result = fill(spoiled, hole, np.random.default_rng(3))[hole]

    low, high = np.percentile(known, [0.2, 99.8], axis=0)
    assert (np.percentile(result, 1, axis=0) > low - 8).all()
    assert (np.percentile(result, 99, axis=0) < high + 8).all()
    # A drift shows as a colour the surroundings do not have; magenta and violet above all.
    colours = [tint(block) for block in np.array_split(known, 24)]
    nearest = min(float(np.linalg.norm(tint(result) - colour)) for colour in colours)
    assert nearest < 0.12
    violet = np.minimum(result[:, 0], result[:, 2]).astype(int) - result[:, 1] > 30
    violet_before = np.minimum(known[:, 0], known[:, 2]).astype(int) - known[:, 1] > 30
    assert violet.mean() <= violet_before.mean() + 0.02


@pytest.mark.parametrize("shape", [(277, 421), (276, 420), (131, 64), (65, 200)])
@pytest.mark.parametrize("box", [*HOLES.values(), (0, 100, 25, 100)])
def test_the_solver_converges_at_free_borders(
    shape: tuple[int, int], box: tuple[int, int, int, int]
) -> None:
    hole = hole_of(shape, box)
    truth = np.random.default_rng(1).standard_normal((*shape, 1)).astype(np.float32)
    truth[~hole] = 0
    around = np.pad(truth, ((1, 1), (1, 1), (0, 0)), mode="edge")
    bend = around[2:, 1:-1] + around[:-2, 1:-1] + around[1:-1, 2:] + around[1:-1, :-2] - 4 * truth

    found = solve((bend * hole[..., None]).astype(np.float32), hole)

    assert np.abs(found - truth).max() < 0.3


def test_levelling_changes_light_within_limits_and_colour_less() -> None:
    change = np.array([[[300, 300, 300], [300, -300, 300], [4, 4, 4], [-900, 0, 0]]], np.float32)

    result = bounded(change)

    assert np.abs(result).max() < 45
    assert np.ptp(result, axis=2).max() < 21
    assert np.abs(result[0, 2] - 4).max() < 0.1
