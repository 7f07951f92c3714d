from __future__ import annotations

from pathlib import Path

import numpy as np

from bot.domain.areas import Found, Thing
from bot.domain.edits.pictures import Note
from bot.imaging import detect
from bot.imaging.detect import Finding
from bot.imaging.files.pixels import Bytes
from tests.imaging.detect.detected import ball, grainy, overlap, rough_land, spooled, view


def found(folder: Path, picture: Bytes) -> Finding | None:
    with spooled(folder, picture) as pixels:
        return detect.find(Found(Thing.SKY), pixels, lettering=None)


def test_r7_a_blue_sky_over_land_is_found_for_certain(tmp_path: Path) -> None:
    picture, mask = view()

    finding = found(tmp_path, picture)

    assert finding is not None
    assert finding.notes == ()
    assert overlap(finding.mask, mask) > 0.97


def test_r7_the_horizon_of_a_large_picture_is_followed_to_its_own_pixels(tmp_path: Path) -> None:
    picture, mask = view(1500, 2000)

    finding = found(tmp_path, picture)

    assert finding is not None
    assert overlap(finding.mask, mask) > 0.99


def test_r7_a_blue_backdrop_behind_somebody_is_no_certain_sky(tmp_path: Path) -> None:
    picture, mask = ball(y=0.8, radius=0.3)
    backdrop = grainy(mask.shape, (110, 150, 205))
    picture = np.where(mask[..., None] > 0, picture, backdrop)

    finding = found(tmp_path, picture)

    assert finding is None or finding.notes == (Note.SKY_UNSURE,)


def test_r7_a_grey_wall_is_no_certain_sky(tmp_path: Path) -> None:
    wall = grainy((240, 320), (196, 196, 194))
    wall[160:] = rough_land(80, 320, 30, (110, 90, 70))

    finding = found(tmp_path, wall)

    assert finding is None or finding.notes == (Note.SKY_UNSURE,)


def test_r7_a_night_sky_is_found_in_doubt(tmp_path: Path) -> None:
    picture, mask = view()
    picture[mask > 0] = grainy(mask.shape, (12, 14, 34))[mask > 0] // 2 + 6

    finding = found(tmp_path, picture)

    assert finding is not None
    assert finding.notes == (Note.SKY_UNSURE,)
    assert overlap(finding.mask, mask) > 0.9


def test_r7_grass_and_stones_have_no_sky(tmp_path: Path) -> None:
    assert found(tmp_path, rough_land(240, 320, 30, (80, 110, 60))) is None
    assert found(tmp_path, ball()[0]) is None


def test_r7_looking_twice_finds_the_same_sky(tmp_path: Path) -> None:
    picture, _ = view()

    first, second = found(tmp_path, picture), found(tmp_path, picture)

    assert first is not None
    assert second is not None
    assert np.array_equal(first.mask, second.mask)
