"""The sample pictures: small, always the same, and with masks that fit them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from PIL import Image

from bot.engine import samples

FOLDER: Final = Path(samples.__file__).parent
PICTURES = {
    samples.street: (1200, 800),
    samples.landscape: (1200, 800),
    samples.poster: (900, 1200),
}
MASKS = [
    (samples.street_sign_mask, samples.street),
    (samples.street_cone_mask, samples.street),
    (samples.landscape_house_mask, samples.landscape),
    (samples.poster_title_mask, samples.poster),
]


@pytest.mark.parametrize(("draw", "size"), PICTURES.items())
def test_a_sample_is_a_full_picture(draw: Callable[[], Image.Image], size: tuple[int, int]) -> None:
    picture = draw()

    assert (picture.mode, picture.size) == ("RGB", size)
    assert np.asarray(picture).std() > 30


def test_a_sample_is_the_same_every_time() -> None:
    first = samples.street()

    assert samples.street().tobytes() == first.tobytes()


def test_no_sample_weighs_much() -> None:
    files = [file for file in FOLDER.iterdir() if file.suffix in {".png", ".webp"}]

    assert len(files) == len(PICTURES) + len(MASKS)
    assert max(file.stat().st_size for file in files) < 200_000


def test_a_sample_may_be_changed_by_whoever_got_it() -> None:
    before = samples.poster().tobytes()

    samples.poster().paste((0, 0, 0), (0, 0, 900, 1200))

    assert samples.poster().tobytes() == before


@pytest.mark.parametrize(("draw_mask", "draw"), MASKS)
def test_a_mask_fits_its_picture(
    draw_mask: Callable[[], Image.Image], draw: Callable[[], Image.Image]
) -> None:
    mask = draw_mask()

    assert (mask.mode, mask.size) == ("L", draw().size)
    assert set(np.unique(np.asarray(mask))) == {0, 255}
    assert 0.01 < (np.asarray(mask) > 0).mean() < 0.2
