"""Previews: what changes is seen at once, on any picture, and is nowhere else."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from bot.imaging.steps.preview import MAX_SIDE, MIN_SIDE, TINT, preview
from tests.imaging import picture_files as files

Colours = NDArray[np.int16]

SIZE = (900, 600)


def drawn(
    folder: Path,
    picture: Image.Image,
    mask: Image.Image,
    *,
    feather: int = 0,
    extended: bool = False,
) -> Colours:
    picture.save(folder / "picture.png")
    mask.save(folder / "mask.png")
    found = preview(folder / "picture.png", folder / "mask.png", feather, extended, folder)
    assert found.media_type == "image/png"
    with Image.open(found.path) as image:
        assert image.mode == "RGB"
        return np.asarray(image).astype(np.int16)


def box(left: int, top: int, right: int, bottom: int, size: tuple[int, int] = SIZE) -> Image.Image:
    mask = Image.new("L", size)
    mask.paste(255, (left, top, right, bottom))
    return mask


def pinkness(pixels: Colours) -> Colours:
    """How far a pixel leans to the tint: red above green."""
    lean: Colours = pixels[..., 0] - pixels[..., 1]
    return lean


@pytest.mark.parametrize("tone", [0, 60, 128, 200, 255])
def test_r13_n4_an_area_shows_on_any_ground(tmp_path: Path, tone: int) -> None:
    shown = drawn(tmp_path, Image.new("RGB", SIZE, (tone,) * 3), box(300, 200, 600, 400))

    inside, outside = shown[210:390, 310:590], shown[:190]
    assert pinkness(inside).min() > 70
    assert np.abs(pinkness(outside)).max() < 3
    edge = shown[300, 290:305].max(axis=-1)
    assert edge.max() > 240
    assert edge.min() < 60


def test_r13_what_changes_is_tinted_on_a_picture_of_the_tints_own_colour(tmp_path: Path) -> None:
    shown = drawn(tmp_path, Image.new("RGB", SIZE, TINT), box(300, 200, 600, 400))

    assert pinkness(shown[210:390, 310:590]).min() > 2 * pinkness(shown[:190]).max()


def test_r12_r13_the_tint_fades_in_as_the_new_picture_will(tmp_path: Path) -> None:
    ground = Image.new("RGB", SIZE, (128, 128, 128))

    hard = drawn(tmp_path, ground, box(300, 100, 700, 500))
    soft = drawn(tmp_path, ground, box(300, 100, 700, 500), feather=80)

    across = pinkness(soft)[300, 305:385]
    assert (np.diff(across) >= 0).all()
    assert across[5] < 20 < 60 < across[-1]
    assert np.ptp(pinkness(hard)[300, 305:385]) == 0


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    size=st.tuples(st.integers(16, 400), st.integers(16, 400)),
    corner=st.tuples(st.floats(0, 0.9), st.floats(0, 0.9)),
    extent=st.tuples(st.floats(0.3, 1), st.floats(0.3, 1)),
)
def test_n4_only_the_area_is_tinted(
    tmp_path: Path,
    size: tuple[int, int],
    corner: tuple[float, float],
    extent: tuple[float, float],
) -> None:
    left, top = (int(share * side) for share, side in zip(corner, size, strict=True))
    right, bottom = (
        min(side, start + 1 + int(share * side))
        for start, share, side in zip((left, top), extent, size, strict=True)
    )
    mask = box(left, top, right, bottom, size)

    shown = drawn(tmp_path, Image.new("RGB", size, (90, 90, 90)), mask)

    height, width = shown.shape[:2]
    marked = np.asarray(mask.resize((width, height), Image.Resampling.NEAREST))
    reach = 2 * max(8, round(max(width, height) / 60)) + 1
    far = cv2.dilate(marked, np.ones((reach, reach), np.uint8)) == 0
    assert not (pinkness(shown)[far] > 3).any()
    framed = np.pad(marked, 1)
    deep = cv2.erode(framed, np.ones((reach, reach), np.uint8))[1:-1, 1:-1] > 0
    assert (pinkness(shown)[deep] > 40).all()


@pytest.mark.parametrize(
    ("size", "shown"),
    [((5000, 2500), (MAX_SIDE, 640)), ((800, 1000), (800, 1000)), ((64, 32), (MIN_SIDE, 320))],
)
def test_r13_a_preview_is_as_large_as_people_see_it(
    tmp_path: Path, size: tuple[int, int], shown: tuple[int, int]
) -> None:
    found = drawn(tmp_path, Image.new("RGB", size), Image.new("L", size, 255))

    assert found.shape[1::-1] == shown


@pytest.mark.parametrize("place", [(40, 40), (850, 30), (450, 300), (20, 560), (870, 570)])
def test_r13_a_tiny_area_is_ringed_and_magnified(tmp_path: Path, place: tuple[int, int]) -> None:
    x, y = place
    ground = Image.new("RGB", SIZE, (100, 100, 100))
    small = box(x, y, x + 10, y + 10)

    shown = drawn(tmp_path, ground, small)

    tinted = pinkness(shown) > 40
    elsewhere = tinted.copy()
    elsewhere[max(0, y - 20) : y + 30, max(0, x - 20) : x + 30] = False
    # Ten pixels, shown in a corner a good ten times as large.
    assert np.count_nonzero(elsewhere) > 50 * 100
    ring = Image.new("L", SIZE)
    ImageDraw.Draw(ring).ellipse((x - 28, y - 28, x + 38, y + 38), fill=255)
    near = shown.min(axis=-1)[np.asarray(ring) > 0]
    assert np.count_nonzero(near > 240) > 100


def test_r13_each_of_a_few_tiny_spots_is_ringed(tmp_path: Path) -> None:
    spots = [(100, 100), (500, 300), (800, 500)]
    mask = Image.new("L", SIZE)
    for x, y in spots:
        mask.paste(255, (x, y, x + 6, y + 6))

    shown = drawn(tmp_path, Image.new("RGB", SIZE, (100, 100, 100)), mask)

    light = (shown.min(axis=-1) > 240).astype(np.uint8)
    rings = [np.count_nonzero(light[y - 25 : y + 31, x - 25 : x + 31]) for x, y in spots]
    assert min(rings) > 150
    assert np.count_nonzero(light) == sum(rings)


def test_r13_a_hair_thin_stroke_in_a_large_picture_is_not_lost(tmp_path: Path) -> None:
    mask = Image.new("L", (6000, 4000))
    ImageDraw.Draw(mask).line((100, 200, 5800, 3700), fill=255, width=1)

    shown = drawn(tmp_path, Image.new("RGB", (6000, 4000), (90, 90, 90)), mask)

    middle = shown[:, 300:900]
    assert (middle.max(axis=(0, 2)) > 200).all()


def test_r13_specks_all_over_do_not_hide_the_picture(tmp_path: Path) -> None:
    specks = (np.random.default_rng(1).random(SIZE[::-1]) < 0.02) * np.uint8(255)

    shown = drawn(tmp_path, Image.new("RGB", SIZE, (100, 100, 100)), Image.fromarray(specks))

    assert np.count_nonzero(shown.min(axis=-1) > 240) == 0
    assert pinkness(shown)[specks > 0].min() > 40


def test_r18_transparent_parts_are_chequered(tmp_path: Path) -> None:
    picture = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    picture.paste((20, 120, 40, 255), (0, 0, 450, 600))

    shown = drawn(tmp_path, picture, box(0, 0, 900, 300))

    kept, changed = shown[350:590, 500:890], shown[10:290, 500:890]
    assert len(np.unique(kept.reshape(-1, 3), axis=0)) == 2
    assert np.abs(pinkness(kept)).max() < 3
    assert len(np.unique(changed.reshape(-1, 3), axis=0)) == 2
    assert pinkness(changed).min() > 70


def test_r9_r13_new_room_is_chequered_and_the_overlap_is_the_picture(tmp_path: Path) -> None:
    picture = Image.new("RGB", SIZE, (100, 100, 100))
    mask = box(0, 0, 340, 600)

    shown = drawn(tmp_path, picture, mask, feather=40, extended=True)

    room, overlap = shown[10:590, 10:290], shown[300, 302:335]
    assert len(np.unique(room.reshape(-1, 3), axis=0)) == 2
    assert (np.diff(pinkness(overlap)) <= 0).all()
    assert np.ptp(pinkness(shown)[10:590, 400:]) == 0


def test_a_preview_leaves_its_files_alone(tmp_path: Path) -> None:
    picture, mask = files.photo(*SIZE), files.blob(*SIZE)

    drawn(tmp_path, picture, mask)

    with Image.open(tmp_path / "picture.png") as image:
        assert np.array_equal(np.asarray(image), np.asarray(picture))
    with Image.open(tmp_path / "mask.png") as image:
        assert np.array_equal(np.asarray(image), np.asarray(mask))
    assert len(list(tmp_path.iterdir())) == 3
