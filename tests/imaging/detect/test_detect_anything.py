"""R7: for any picture, looking for something ends in a whole mask or in nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.areas import Found, Thing
from bot.imaging import detect
from bot.imaging.detect import refine
from tests.imaging.detect.detected import ball, grainy, overlap, spooled

FOLDER = Path(tempfile.gettempdir())
THINGS = (Thing.SUBJECT, Thing.BACKGROUND, Thing.FACES, Thing.SKY)


@settings(max_examples=25, deadline=None)
@given(
    width=st.integers(16, 60),
    height=st.integers(16, 60),
    channels=st.sampled_from((3, 4)),
    levels=st.sampled_from((1, 2, 256)),
    thing=st.sampled_from(THINGS),
    seed=st.integers(0, 99),
)
def test_r7_any_small_picture_gives_a_hard_mask_of_its_size_or_nothing(
    width: int, height: int, channels: int, levels: int, thing: Thing, seed: int
) -> None:
    coarse = np.random.default_rng(seed).integers(0, levels, (4, 5, channels))
    rows = np.minimum(np.arange(height) * 4 // height, 3)
    columns = np.minimum(np.arange(width) * 5 // width, 4)
    picture = (coarse[rows][:, columns] * (255 // max(1, levels - 1))).astype(np.uint8)

    with spooled(FOLDER, picture) as pixels:
        finding = detect.find(Found(thing), pixels, lettering=None)

    if finding is not None:
        assert finding.mask.shape == (height, width)
        assert finding.mask.dtype == np.uint8
        assert set(np.unique(finding.mask)) == {0, 255}


@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("size", [(16, 16), (16, 192), (192, 16), (500, 700)])
def test_r7_noise_shows_nothing(tmp_path: Path, thing: Thing, size: tuple[int, int]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (*size, 3), np.uint8)

    with spooled(tmp_path, noise) as pixels:
        assert detect.find(Found(thing), pixels, lettering=None) is None


def test_r7_a_long_strip_is_looked_at_like_any_picture(tmp_path: Path) -> None:
    picture, mask = ball(120, 1400, x=0.3, radius=0.4)

    with spooled(tmp_path, picture) as pixels:
        finding = detect.find(Found(Thing.SUBJECT), pixels, lettering=None)

    assert finding is not None
    assert overlap(finding.mask, mask) > 0.9


@pytest.mark.parametrize("thing", THINGS)
def test_r7_one_colour_shows_nothing(tmp_path: Path, thing: Thing) -> None:
    with spooled(tmp_path, np.full((120, 160, 3), 40, np.uint8)) as pixels:
        assert detect.find(Found(thing), pixels, lettering=None) is None


@settings(max_examples=15, deadline=None)
@given(
    width=st.integers(90, 400),
    height=st.integers(90, 400),
    x=st.floats(0.3, 0.7),
    y=st.floats(0.3, 0.7),
    factor=st.integers(2, 5),
)
def test_r7_a_coarse_mask_is_brought_to_the_edges_of_the_full_picture(
    width: int, height: int, x: float, y: float, factor: int
) -> None:
    picture, mask = ball(height, width, x=x, y=y)
    copy = picture[factor // 2 :: factor, factor // 2 :: factor]
    small = mask[factor // 2 :: factor, factor // 2 :: factor] > 0

    with spooled(FOLDER, picture) as pixels:
        full = refine.to_full_size(small, np.ascontiguousarray(copy), pixels)

    plain = np.kron(small, np.ones((factor, factor), np.uint8))[:height, :width] * np.uint8(255)
    assert set(np.unique(full)) == {0, 255}
    assert overlap(full, mask) > 0.9
    assert overlap(full, mask) >= overlap(plain, mask[: plain.shape[0], : plain.shape[1]]) - 0.01


def test_nothing_stays_nothing_and_everything_everything(tmp_path: Path) -> None:
    picture = grainy((80, 100), (90, 120, 150))
    copy = np.ascontiguousarray(picture[::2, ::2])

    with spooled(tmp_path, picture) as pixels:
        nothing = refine.to_full_size(np.zeros((40, 50), np.bool_), copy, pixels)
        everything = refine.to_full_size(np.ones((40, 50), np.bool_), copy, pixels)

    assert not nothing.any()
    assert everything.all()
