"""Filling: flat stays flat, slopes go on, stripes and bricks continue, holes keep to themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from benchmarks.labelled.textures import bricks
from bot.engine.painting.fill import fill
from bot.engine.painting.paint import paint
from bot.engine.samples import street

Array = np.ndarray[Any, Any]


def hole_of(shape: tuple[int, int], *boxes: tuple[int, int, int, int]) -> Array:
    hole = np.zeros(shape, bool)
    for left, top, right, bottom in boxes:
        hole[top:bottom, left:right] = True
    return hole


def filled(truth: Array, hole: Array, seed: int = 1) -> Array:
    """Fill the hole of a picture whose truth is known; the hole's own content is magenta."""
    spoiled = truth.copy()
    spoiled[hole] = (255, 0, 255)
    return fill(spoiled, hole, np.random.default_rng(seed))


def error(truth: Array, result: Array, hole: Array) -> float:
    """Mean difference in the hole, in levels."""
    return float(np.abs(truth.astype(float) - result)[hole].mean())


@pytest.mark.parametrize(
    "box", [(60, 40, 120, 90), (0, 0, 50, 50), (150, 100, 200, 150), (0, 60, 200, 80)]
)
def test_a_flat_ground_stays_flat(box: tuple[int, int, int, int]) -> None:
    truth = np.full((150, 200, 3), (90, 140, 200), np.uint8)
    hole = hole_of((150, 200), box)

    result = filled(truth, hole)

    assert error(truth, result, hole) < 0.5


def test_a_gradient_goes_on_through_the_hole() -> None:
    ys, xs = np.mgrid[0:200, 0:300]
    truth = np.dstack([xs * 0.7, ys * 0.9, 200 - xs * 0.3]).astype(np.uint8)
    hole = hole_of((200, 300), (100, 60, 200, 140))

    result = filled(truth, hole)

    assert error(truth, result, hole) < 1.5


@pytest.mark.parametrize("across", [True, False])
def test_stripes_go_on_through_the_hole(across: bool) -> None:
    ys, xs = np.mgrid[0:240, 0:240]
    light = 120 + 80 * np.sin((ys if across else xs) * 2 * np.pi / 24)
    truth = np.dstack([light, light, 255 - light]).astype(np.uint8)
    hole = hole_of((240, 240), (80, 80, 160, 160))

    result = filled(truth, hole)

    assert error(truth, result, hole) < 6


def test_an_edge_goes_on_through_the_hole() -> None:
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 18, (240, 320, 3)) + np.array([120, 170, 220])
    truth[130:] = rng.integers(0, 40, (110, 320, 3)) + np.array([40, 90, 30])
    truth = truth.astype(np.uint8)
    hole = hole_of((240, 320), (120, 80, 200, 180))

    result = filled(truth, hole)

    sky, ground = result[80:124, 120:200], result[137:180, 120:200]
    assert np.abs(sky.mean((0, 1)) - (128, 178, 228)).max() < 12
    assert np.abs(ground.mean((0, 1)) - (60, 110, 50)).max() < 12


def test_bricks_keep_their_joints() -> None:
    truth = np.clip(bricks((360, 520), np.random.default_rng(4)), 0, 255).astype(np.uint8)
    hole = hole_of((360, 520), (200, 120, 330, 240))

    result = filled(truth, hole)

    rows = np.asarray(result[hole].reshape(120, 130, 3), float).mean((1, 2))
    spectrum = np.abs(np.fft.rfft(rows - rows.mean()))
    assert int(spectrum.argmax()) == 120 // 24  # one joint per course of 24 pixels
    assert abs(result[hole].std() / truth[hole].std() - 1) < 0.15


def test_each_hole_is_filled_from_its_own_surroundings() -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 60, (160, 600, 3)) + np.array([150, 20, 20])
    truth[:, 300:] = rng.integers(0, 60, (160, 300, 3)) + np.array([20, 20, 150])
    truth = truth.astype(np.uint8)
    hole = hole_of(truth.shape[:2], (60, 50, 120, 110), (480, 50, 540, 110))

    result = filled(truth, hole)

    assert np.abs(result[50:110, 60:120].mean((0, 1)) - (180, 50, 50)).max() < 10
    assert np.abs(result[50:110, 480:540].mean((0, 1)) - (50, 50, 180)).max() < 10


def test_single_pixels_and_scratches_take_their_neighbours_colour() -> None:
    truth = np.full((80, 120, 3), (60, 120, 90), np.uint8)
    hole = hole_of((80, 120), (5, 5, 6, 6), (0, 0, 1, 1), (119, 79, 120, 80), (20, 40, 100, 42))

    result = filled(truth, hole)

    assert error(truth, result, hole) < 1


def test_nothing_is_copied_from_outside_the_given_source() -> None:
    rng = np.random.default_rng(3)
    picture = rng.integers(0, 80, (160, 240, 3)).astype(np.uint8)
    picture[:, 120:] += 160
    hole = hole_of((160, 240), (40, 50, 100, 110))
    source = hole_of((160, 240), (0, 0, 118, 160))

    result = fill(picture, hole, np.random.default_rng(1), source=source)

    assert np.asarray(result[hole]).mean() < 60


def test_a_large_hole_is_filled_as_crisply_as_its_surroundings() -> None:
    rng = np.random.default_rng(6)
    truth = np.clip(bricks((1100, 1500), rng), 0, 255).astype(np.uint8)
    hole = hole_of(truth.shape[:2], (400, 250, 1100, 850))

    result = filled(truth, hole)

    def sharpness(picture: Array) -> float:
        return float(np.abs(np.diff(picture[260:840, 410:1090].astype(float), axis=1)).mean())

    assert not (result != truth).any(2)[~hole].any()
    assert 0.8 < sharpness(result) / sharpness(truth) < 1.2


def test_a_thing_before_a_wall_is_gone() -> None:
    before = Image.fromarray(np.asarray(street())[20:210, 830:1190])
    image, mask = before.copy(), Image.new("L", before.size)
    ImageDraw.Draw(image).ellipse((140, 60, 220, 140), fill=(20, 220, 240))
    ImageDraw.Draw(mask).ellipse((134, 54, 226, 146), fill=255)

    result = paint(image, mask, prompt="remove the disc", style="auto", seed=1)

    inside = np.asarray(result, int)[np.asarray(mask) > 0]
    assert not ((inside[:, 2] - inside[:, 0]) > 60).any()
