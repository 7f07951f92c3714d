"""What the painter promises whatever the picture: same in, same out, and nothing outside."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.domain.catalog import Style
from bot.engine.painting.paint import paint

PROMPTS = (
    "",
    "remove it",
    "a cat",
    "blue",
    "night",
    'a sign that says "OPEN"',
    '"日本"',
    'yellow letters "A\nB"',
    "a red wall",
)


def noisy(width: int, height: int, seed: int = 3) -> Image.Image:
    rng = np.random.default_rng(seed)
    ys, xs = np.mgrid[0:height, 0:width]
    base = np.dstack([90 + xs % 60, 120 + ys % 40, 150 - xs % 30])
    return Image.fromarray((base + rng.integers(0, 20, base.shape)).astype(np.uint8))


def box_mask(size: tuple[int, int], box: tuple[int, int, int, int]) -> Image.Image:
    mask = Image.new("L", size)
    mask.paste(255, box)
    return mask


def changed(before: Image.Image, after: Image.Image) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.asarray((np.asarray(before) != np.asarray(after)).any(2))


@st.composite
def edits(draw: st.DrawFn) -> tuple[Image.Image, Image.Image]:
    """A small picture and a mask: boxes, single pixels, the border, or everything."""
    width, height = draw(st.integers(1, 72)), draw(st.integers(1, 72))
    mask = np.zeros((height, width), np.uint8)
    for _ in range(draw(st.integers(1, 3))):
        left, top = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
        across, down = draw(st.integers(1, width)), draw(st.integers(1, height))
        mask[top : top + down, left : left + across] = 255
    if draw(st.integers(0, 9)) == 0:
        mask[:] = 255
    return noisy(width, height, draw(st.integers(0, 99))), Image.fromarray(mask)


@given(
    edit=edits(),
    prompt=st.sampled_from(PROMPTS),
    style=st.sampled_from([style.value for style in Style]),
    seed=st.integers(-(2**70), 2**70),
)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_pixel_outside_the_mask_ever_changes(
    edit: tuple[Image.Image, Image.Image], prompt: str, style: str, seed: int
) -> None:
    image, mask = edit

    result = paint(image, mask, prompt=prompt, style=style, seed=seed)

    assert (result.mode, result.size) == ("RGB", image.size)
    assert not (changed(image, result) & (np.asarray(mask) < 128)).any()


@pytest.mark.parametrize("prompt", ["", "green", 'a sign "HELLO"'])
def test_equal_input_and_seed_give_equal_bytes(prompt: str) -> None:
    image, mask = noisy(160, 120), box_mask((160, 120), (40, 30, 120, 90))

    first = paint(image, mask, prompt=prompt, style="realistic", seed=5)
    second = paint(image, mask, prompt=prompt, style="realistic", seed=5)

    assert first.tobytes() == second.tobytes()


@pytest.mark.parametrize("prompt", ["", '"HELLO"', 'a sign "HELLO"'])
def test_another_seed_gives_another_picture(prompt: str) -> None:
    image, mask = noisy(160, 120), box_mask((160, 120), (40, 30, 120, 90))

    results = {
        paint(image, mask, prompt=prompt, style="auto", seed=seed).tobytes() for seed in range(4)
    }

    assert len(results) > 1


@pytest.mark.parametrize("prompt", ["", "a blue thing", '"SALE"', 'a sign "SALE"'])
def test_every_style_looks_different_in_the_area(prompt: str) -> None:
    image, mask = noisy(200, 150), box_mask((200, 150), (60, 45, 140, 110))

    results = {
        style: np.asarray(paint(image, mask, prompt=prompt, style=style, seed=1), float)
        for style in Style
    }

    inside = np.asarray(mask) > 0
    for one, two in combinations(Style, 2):
        difference = np.abs(results[one] - results[two])[inside].mean()
        assert difference > 0.5, (one, two)


def test_an_unknown_style_counts_as_auto() -> None:
    image, mask = noisy(90, 60), box_mask((90, 60), (20, 20, 50, 40))

    unknown = paint(image, mask, prompt="x", style="baroque", seed=1)

    assert unknown.tobytes() == paint(image, mask, prompt="x", style="auto", seed=1).tobytes()


def test_a_subject_it_cannot_draw_is_not_faked() -> None:
    image, mask = noisy(120, 90), box_mask((120, 90), (40, 30, 80, 60))

    cat = paint(image, mask, prompt="a cat", style="auto", seed=1)

    assert cat.tobytes() == paint(image, mask, prompt="", style="auto", seed=1).tobytes()


def test_removing_a_blue_thing_does_not_paint_it_blue() -> None:
    image, mask = noisy(120, 90), box_mask((120, 90), (40, 30, 80, 60))

    removed = paint(image, mask, prompt="remove the blue car", style="auto", seed=1)

    assert removed.tobytes() == paint(image, mask, prompt="", style="auto", seed=1).tobytes()


def test_an_empty_mask_changes_nothing() -> None:
    image = noisy(40, 30)

    result = paint(image, Image.new("L", image.size), prompt="red", style="anime", seed=1)

    assert result.tobytes() == image.tobytes()


def test_a_mask_of_everything_repaints_the_picture_from_itself() -> None:
    image = Image.new("RGB", (240, 160), (40, 90, 200))
    image.paste((200, 60, 40), (120, 0, 240, 160))

    result = paint(image, Image.new("L", image.size, 255), prompt="a cat", style="auto", seed=1)

    left, right = np.asarray(result)[:, :100], np.asarray(result)[:, 140:]
    assert result.tobytes() != image.tobytes()
    assert np.abs(left.mean((0, 1)) - (40, 90, 200)).max() < 12
    assert np.abs(right.mean((0, 1)) - (200, 60, 40)).max() < 12


def test_the_inputs_are_left_as_they_were() -> None:
    image, mask = noisy(80, 60), box_mask((80, 60), (20, 20, 60, 40))
    before = image.tobytes(), mask.tobytes()

    paint(image, mask, prompt='"HI"', style="render_3D", seed=1)

    assert (image.tobytes(), mask.tobytes()) == before


def test_a_mask_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="mask"):
        paint(noisy(40, 30), Image.new("L", (30, 40), 255), prompt="", style="auto", seed=1)
