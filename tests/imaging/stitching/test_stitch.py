"""Finished pictures: nothing outside the mask changes, and the counts are true."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from bot.domain.edits.pictures import Box
from bot.domain.errors import Broken, Failure
from bot.domain.jobs.polarity import looks_swapped
from bot.engine.samples import landscape, street
from bot.imaging.stitching import compose
from tests.imaging import picture_files as files
from tests.imaging.steps.preparing import array, finished, prepared


def test_the_whole_area_takes_the_new_picture_except_for_the_feather(tmp_path: Path) -> None:
    picture = files.encoded(Image.new("RGB", (200, 160), "black"), "PNG")
    edit = prepared(tmp_path, picture, None, "box 50,40,100,80")

    found = finished(tmp_path, edit, files.encoded(Image.new("RGB", (200, 160), "white"), "PNG"))

    tones = array(found.picture)[..., 0]
    assert found.changed_inside == found.pixels_inside == 8000
    assert tones[80, 100] == 255
    assert 0 < tones[80, 50] < tones[80, 51] < tones[80, 52] <= 255
    assert not tones[:40].any()
    assert (found.raw_inside, found.raw_outside) == pytest.approx((255, 255))


@pytest.mark.parametrize("thickness", [1, 2, 3, 5])
def test_a_stroke_thinner_than_the_feather_still_takes_the_new_picture(thickness: int) -> None:
    mask = np.zeros((60, 400), np.uint8)
    mask[30 : 30 + thickness] = 255

    weight = compose.weights(mask, Box(0, 30, 400, thickness), 8)

    assert (weight.max(axis=0) == 255).all()
    assert (weight > 0).all()


def test_the_feather_does_not_fall_in_from_the_edge_of_the_picture() -> None:
    mask = np.zeros((60, 80), np.uint8)
    mask[:, :40] = 255

    weight = compose.weights(mask, Box(0, 0, 40, 60), 6)

    assert (weight[:, 0] == 255).all()
    assert (weight[0, :30] == 255).all()
    assert (weight[:, 39] < 60).all()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), feather=st.integers(1, 120), band=st.integers(1, 40))
def test_the_feather_is_the_same_in_bands_as_in_one_piece(
    seed: int, feather: int, band: int
) -> None:
    small = np.random.default_rng(seed).random((8, 10)) < 0.6
    mask = np.kron(small, np.ones((12, 12), np.uint8)).astype(np.uint8) * 255

    whole = compose.weights(mask, Box(0, 0, 120, 96), feather)
    parts = [
        compose.weights(mask, Box(0, top, 120, min(band, 96 - top)), feather)
        for top in range(0, 96, band)
    ]

    assert np.abs(np.concatenate(parts).astype(int) - whole).max() <= (feather > 32)
    assert np.array_equal(whole > 0, mask > 0)


@pytest.mark.parametrize("feather", [33, 64, 150])
def test_a_deep_feather_is_measured_on_a_reduced_mask_and_looks_the_same(feather: int) -> None:
    mask = np.zeros((500, 700), np.uint8)
    mask[60:440, 80:620] = 255
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    inner = np.minimum(depth / min(feather + 1, depth.max()), 1) * 255

    weight = compose.weights(mask, Box(0, 0, 700, 500), feather)

    assert np.array_equal(weight > 0, mask > 0)
    assert np.abs(weight - inner).max() < 16
    assert np.abs(weight - inner).mean() < 3


def test_r18_an_erased_hole_becomes_opaque_and_has_no_soft_rim(tmp_path: Path) -> None:
    source = files.photo(80, 60).convert("RGBA")
    alpha = Image.new("L", (80, 60), 255)
    alpha.paste(0, (20, 20, 50, 40))
    source.putalpha(alpha)
    edit = prepared(tmp_path, files.encoded(source, "PNG"), None)

    found = finished(tmp_path, edit, files.encoded(Image.new("RGB", (80, 60), "red"), "PNG"))

    after = array(found.picture)
    assert (after[20:40, 20:50] == (255, 0, 0, 255)).all()
    assert found.changed_outside == 0
    assert found.changed_inside == 600


def test_r18_a_sticker_stays_a_sticker(tmp_path: Path) -> None:
    """An area that is mostly visible keeps its alpha, transparent pixels included."""
    source = files.photo(80, 60).convert("RGBA")
    alpha = Image.new("L", (80, 60), 0)
    alpha.paste(255, (5, 5, 75, 55))
    source.putalpha(alpha)
    edit = prepared(tmp_path, files.encoded(source, "PNG"), None, "top")

    found = finished(tmp_path, edit, files.encoded(Image.new("RGB", (80, 60), "red"), "PNG"))

    assert np.array_equal(array(found.picture)[..., 3], np.asarray(alpha))


def test_r25_n8_a_large_picture_keeps_its_size_and_changes_only_where_its_crop_was_sent(
    tmp_path: Path,
) -> None:
    source = files.photo(3000, 2000)
    picture = files.encoded(source, "JPEG", quality=90, exif=files.exif(6))
    edit = prepared(tmp_path, picture, None, "ellipse 70%,80%,10%,5% + ellipse 55%,80%,5%,3%")
    result = Image.fromarray(255 - array(edit.sent_picture))

    found = finished(tmp_path, edit, files.encoded(result, "PNG"))

    before = np.rot90(files.pixels(picture), -1)
    after = array(found.picture)
    changed = (before != after).any(axis=-1)
    assert (edit.width, edit.height) == (2000, 3000)
    assert edit.sent_width * edit.sent_height < 1_200_000
    assert not changed[array(edit.mask) == 0].any()
    assert found.changed_inside == np.count_nonzero(changed) > 0.9 * found.pixels_inside
    centre = (int(0.825 * 3000), int(0.75 * 2000))
    assert np.abs(255 - before[centre].astype(int) - after[centre]).max() <= 1


def test_a_result_in_another_tone_is_matched_before_it_is_stitched(tmp_path: Path) -> None:
    """The seam: what the model left as it was looks as it was, although all came back lighter."""
    source = landscape().convert("RGB").resize((600, 400), Image.Resampling.LANCZOS)
    edit = prepared(tmp_path, files.encoded(source, "PNG"), None, "ellipse 30%,30%,40%,40%")
    sent = array(edit.sent_picture)
    lighter = np.clip(sent + np.array([8.0, 5.0, -4.0]), 0, 255).astype(np.uint8)

    found = finished(tmp_path, edit, files.encoded(Image.fromarray(lighter), "PNG"))

    away = np.abs(array(found.picture).astype(int) - np.asarray(source))
    assert 7 < found.tone_shift < 9
    assert away[array(edit.mask) > 0].mean() < 0.2
    assert found.changed_outside == 0


@pytest.mark.parametrize("share", [0.005, 0.02, 0.1, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_swapped_polarity_is_told_by_what_came_back(
    tmp_path: Path, share: float, kind: str
) -> None:
    """Areas of 0.5 to 90 %: painted, left alone, repainted as a whole, and swapped."""
    source = landscape().convert("RGB").resize((300, 200), Image.Resampling.LANCZOS)
    other = street().convert("RGB").resize((300, 200), Image.Resampling.LANCZOS)
    side = 100 * share**0.5
    area = f"box {55 - side / 2:.2f}%,{50 - side / 2:.2f}%,{side:.2f}%,{side:.2f}%"
    area = area if share < 0.6 else f"box 0%,0%,100%,{100 * share:.0f}%"
    edit = prepared(tmp_path, files.encoded(source, "PNG"), None, area)
    mask = Image.fromarray(array(edit.sent_mask))
    results = {
        "painted": Image.composite(other, source, mask),
        "left alone": source,
        "anew": other,
        "swapped": Image.composite(source, other, mask),
        "swapped negative": Image.composite(source, ImageOps.invert(source), mask),
    }

    options = {"quality": 75} if kind == "JPEG" else {}
    told = set()
    for name, result in results.items():
        found = finished(tmp_path, edit, files.encoded(result, kind, **options))
        if looks_swapped(inside=found.raw_inside, outside=found.raw_outside):
            told.add(name)

    assert told == {"swapped", "swapped negative"}


@pytest.mark.parametrize(
    "result",
    [
        b"",
        bytes(100),
        b"<!doctype html><h1>502 Bad Gateway</h1>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b'{"detail": "not found"}',
        files.encoded(files.photo(), "PNG")[:300],
        files.encoded(files.photo(), "JPEG")[:500],
        files.claimed_png(40_000, 40_000),
    ],
)
def test_a_result_that_is_no_picture_fails_the_job(tmp_path: Path, result: bytes) -> None:
    edit = prepared(tmp_path, files.encoded(files.photo(), "PNG"), None, "left")
    left = set(tmp_path.iterdir())

    with pytest.raises(Broken) as caught:
        finished(tmp_path, edit, result)

    assert caught.value.failure is Failure.BAD_RESULT
    assert set(tmp_path.iterdir()) - left == {tmp_path / "result"}


def test_a_kept_original_that_is_gone_is_our_own_fault(tmp_path: Path) -> None:
    edit = prepared(tmp_path, files.encoded(files.photo(), "PNG"), None, "left")
    edit.source.unlink()

    with pytest.raises(Broken) as caught:
        finished(tmp_path, edit, files.encoded(files.photo(), "PNG"))

    assert caught.value.failure is Failure.INTERNAL


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_what_is_sent_and_finished_carries_no_metadata(tmp_path: Path, kind: str) -> None:
    options: dict[str, Any] = {} if kind == "GIF" else {"exif": files.exif(3, gps=True)}
    picture = files.encoded(files.photo(), kind, **options)
    edit = prepared(tmp_path, picture, None, "left")
    found = finished(tmp_path, edit, picture)

    for path in (edit.sent_picture, edit.sent_mask, edit.mask, found.picture):
        with Image.open(path) as image:
            assert image.format == "PNG"
            assert image.info == {}
        assert b"SECRETCAMERA" not in path.read_bytes()
    assert b"SECRETCAMERA" not in edit.source.read_bytes()


@pytest.mark.parametrize("kind", ["JPEG", "smaller"])
def test_r14_grain_that_was_lost_on_the_way_is_no_paint(tmp_path: Path, kind: str) -> None:
    """A plain wall painted in nearly its own tone, in the middle of foliage."""
    noise = np.random.default_rng(1).integers(0, 256, (240, 320, 3), np.uint8)
    noise[80:160, 110:210] = 245
    edit = prepared(
        tmp_path, files.encoded(Image.fromarray(noise), "PNG"), None, "box 110,80,100,80"
    )
    noise[80:160, 110:210] = 238
    returned = Image.fromarray(noise)
    if kind == "smaller":
        returned = returned.resize((240, 180), Image.Resampling.LANCZOS)

    found = finished(tmp_path, edit, files.encoded(returned, "JPEG", quality=75))

    assert not looks_swapped(inside=found.raw_inside, outside=found.raw_outside)
    assert found.raw_inside > 4 * found.raw_outside


def test_r14_a_picture_that_changes_as_a_whole_says_nothing_of_its_surroundings(
    tmp_path: Path,
) -> None:
    """What is kept is a frame of one pixel, which the model asks for and nobody else."""
    photo = files.photo(320, 240)
    edit = prepared(tmp_path, files.encoded(photo, "PNG"), None, "everything")

    returned = ImageOps.expand(ImageOps.crop(photo, 2), 2, "black")
    found = finished(tmp_path, edit, files.encoded(returned, "PNG"))

    assert found.raw_outside == 0
