"""A returned picture gets the tone of what was sent, and is left alone where that is in doubt."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from bot.engine.samples import landscape
from bot.imaging.stitching.tones import difference
from tests.imaging import picture_files as files

Bytes = NDArray[np.uint8]

SIZE = (480, 320)
SCENE: Bytes = np.asarray(landscape().convert("RGB").resize(SIZE, Image.Resampling.LANCZOS))


def ellipse(*box: int) -> Bytes:
    mask = Image.new("L", SIZE)
    ImageDraw.Draw(mask).ellipse(box, fill=255)
    return np.asarray(mask)


AREA = ellipse(150, 90, 330, 240)


def clipped(levels: NDArray[np.floating[Any]]) -> Bytes:
    found: Bytes = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    return found


def packed(picture: Bytes, kind: str, **options: int) -> Bytes:
    with Image.open(io.BytesIO(files.encoded(Image.fromarray(picture), kind, **options))) as image:
        return np.asarray(image.convert("RGB"))


def corrected(sent: Bytes, returned: Bytes, mask: Bytes) -> Bytes:
    tone = difference(sent, returned, mask)
    assert tone is not None
    picture = Image.fromarray(returned)
    tone.correct(picture)
    return np.asarray(picture)


def missed(found: Bytes, truth: Bytes, mask: Bytes = AREA) -> float:
    """The mean error of tone inside the mask, in levels."""
    inside = mask > 0
    return float(np.abs(found[inside].astype(float) - truth[inside]).mean())


SHIFTS = {
    "a constant shift": SCENE + np.array([6.0, -4.0, 3.0]),
    "a small shift": SCENE + np.array([2.0, -1.5, 1.0]),
    "a gain": SCENE * np.array([1.05, 1.03, 0.97]),
    "less contrast": (SCENE - 128.0) * 0.93 + 128,
    "a gradient": SCENE + np.linspace(-6, 8, SIZE[0])[None, :, None],
    "a gradient and a gain": SCENE * 0.96 + np.linspace(-4, 8, SIZE[1])[:, None, None],
}


@pytest.mark.parametrize("shift", SHIFTS)
def test_a_shift_of_tone_is_taken_back(shift: str) -> None:
    returned = clipped(SHIFTS[shift])

    found = corrected(SCENE, returned, AREA)

    assert missed(found, SCENE) < 0.2 * missed(returned, SCENE)


def test_only_the_shift_is_taken_back_and_not_what_was_painted() -> None:
    painted = SCENE.copy()
    painted[AREA > 0] = (200, 30, 40)
    returned = clipped(painted + np.array([6.0, -4.0, 3.0]))

    assert missed(corrected(SCENE, returned, AREA), painted) < 0.3


def test_a_returned_picture_of_another_size_is_corrected_as_one_of_the_same() -> None:
    tone = difference(SCENE, clipped(SHIFTS["a gradient"]), AREA)
    large = Image.fromarray(clipped(SHIFTS["a gradient"])).resize((1500, 1000))
    truth = Image.fromarray(SCENE).resize((1500, 1000))
    assert tone is not None

    tone.correct(large)

    mask = np.asarray(Image.fromarray(AREA).resize((1500, 1000)))
    assert missed(np.asarray(large), np.asarray(truth), mask) < 0.6


@pytest.mark.parametrize(("kind", "quality"), [("JPEG", 90), ("JPEG", 75), ("WEBP", 80)])
def test_the_noise_of_a_lossy_file_is_no_shift(kind: str, quality: int) -> None:
    assert difference(SCENE, packed(SCENE, kind, quality=quality), AREA) is None


def test_a_shift_is_found_under_the_noise_of_a_lossy_file() -> None:
    returned = packed(clipped(SHIFTS["a constant shift"]), "JPEG", quality=80)
    truth = packed(SCENE, "JPEG", quality=80)

    found = corrected(SCENE, returned, AREA)

    assert np.abs(found[AREA > 0].mean(axis=0) - truth[AREA > 0].mean(axis=0)).max() < 0.6


def beside_the_area() -> Bytes:
    returned = SCENE.copy()
    returned[60:270, 120:240] = 255 - returned[60:270, 120:240]
    return returned


@pytest.mark.parametrize(
    ("returned", "mask"),
    [
        (SCENE, AREA),
        (SCENE[::-1], AREA),
        (255 - SCENE, AREA),
        (np.full_like(SCENE, 120), AREA),
        (beside_the_area(), AREA),
        (clipped(SCENE + 60.0), AREA),  # another picture, not a shift
        (clipped(SCENE + 6.0), np.full_like(AREA, 255)),  # nothing was to be kept
        (clipped(SCENE + 6.0), np.zeros_like(AREA)),
        (clipped(SCENE + 6.0), 255 - ellipse(230, 150, 250, 170)),  # too little was kept
    ],
)
def test_nothing_is_corrected_where_nothing_can_be_said(returned: Bytes, mask: Bytes) -> None:
    assert difference(SCENE, returned, mask) is None


def test_what_the_model_painted_over_beside_the_area_does_not_mislead() -> None:
    """A sixth of the ring shows a new thing; the rest still tells the shift."""
    returned = clipped(SCENE + np.array([6.0, -4.0, 3.0]))
    returned[200:260, 220:300] = (250, 240, 20)

    assert missed(corrected(SCENE, returned, AREA), SCENE, ellipse(150, 90, 330, 190)) < 0.5


@settings(max_examples=25, deadline=None)
@given(
    shift=st.tuples(*[st.floats(-12, 12)] * 3),
    gain=st.floats(0.93, 1.07),
    box=st.tuples(st.integers(20, 300), st.integers(20, 180), st.integers(25, 140)),
    seed=st.integers(0, 2**32),
)
def test_no_correction_ever_makes_a_shifted_picture_worse(
    shift: tuple[float, float, float], gain: float, box: tuple[int, int, int], seed: int
) -> None:
    grain = np.random.default_rng(seed).normal(0, 2, SCENE.shape)
    mask = ellipse(box[0], box[1], box[0] + box[2], box[1] + box[2] * 2 // 3)
    returned = clipped(SCENE * gain + np.array(shift) + grain)
    truth = clipped(SCENE + grain)
    tone = difference(SCENE, returned, mask)
    picture = Image.fromarray(returned)
    if tone is not None:
        tone.correct(picture)

    assert missed(np.asarray(picture), truth, mask) <= missed(returned, truth, mask) + 0.5
