"""Files for people: exact where they fit, smaller and said so where they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.domain.errors import CardTooLarge
from bot.imaging.encode import fit, thumbnail
from bot.imaging.png import write_png
from tests.imaging import picture_files as files

if TYPE_CHECKING:
    from pathlib import Path


@settings(max_examples=60, deadline=None)
@given(
    channels=st.sampled_from([1, 3, 4]),
    width=st.integers(1, 40),
    height=st.integers(1, 40),
    seed=st.integers(0, 2**32),
)
def test_a_written_png_reads_back_exactly(
    tmp_path_factory: pytest.TempPathFactory, channels: int, width: int, height: int, seed: int
) -> None:
    rows = np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)
    rows = rows[..., 0] if channels == 1 else rows

    path = write_png(rows, tmp_path_factory.mktemp("png"), "test")

    with Image.open(path) as image:
        image.verify()
    with Image.open(path) as image:
        assert image.mode == {1: "L", 3: "RGB", 4: "RGBA"}[channels]
        assert np.array_equal(np.asarray(image), rows)


def test_a_png_of_many_bands_reads_back_exactly(tmp_path: Path) -> None:
    rows = np.asarray(files.photo(2000, 1700))

    with Image.open(write_png(rows, tmp_path, "test")) as image:
        assert np.array_equal(np.asarray(image), rows)


def grainy(mode: str = "RGB") -> Image.Image:
    noise = np.random.default_rng(1).integers(0, 5, (300, 400, 4), np.uint8)
    noise[..., :3] += np.asarray(files.photo(400, 300)) // 2
    noise[..., 3] += 200
    return Image.fromarray(noise).convert(mode)


def test_a_file_that_fits_is_taken_as_it_is(tmp_path: Path) -> None:
    path = write_png(np.asarray(grainy()), tmp_path, "finished")

    found = fit(path, path.stat().st_size, tmp_path)

    assert (found.path, found.media_type, found.exact) == (path, "image/png", True)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_little_too_large_becomes_lossless_webp(tmp_path: Path, mode: str) -> None:
    source = np.array(grainy(mode))
    source[:9, :9, 3:] = 0  # colours nobody sees survive too
    path = write_png(source, tmp_path, "finished")
    limit = path.stat().st_size - 1

    found = fit(path, limit, tmp_path)

    assert (found.media_type, found.exact) == ("image/webp", True)
    assert found.path.stat().st_size <= limit
    with Image.open(found.path) as image:
        assert np.array_equal(np.asarray(image), source)


@pytest.mark.parametrize(("mode", "media_type"), [("RGB", "image/jpeg"), ("RGBA", "image/webp")])
@pytest.mark.parametrize("limit", [60_000, 20_000, 4_000])
def test_far_too_large_is_packed_with_loss_and_said(
    tmp_path: Path, mode: str, media_type: str, limit: int
) -> None:
    path = write_png(np.asarray(grainy(mode)), tmp_path, "finished")

    found = fit(path, limit, tmp_path)

    assert (found.media_type, found.exact) == (media_type, False)
    assert found.path.stat().st_size <= limit
    with Image.open(found.path) as image:
        assert image.mode == mode
        assert image.width >= 64


def test_nothing_fits_into_a_hundred_bytes(tmp_path: Path) -> None:
    path = write_png(np.asarray(grainy()), tmp_path, "finished")

    with pytest.raises(CardTooLarge) as caught:
        fit(path, 100, tmp_path)

    assert caught.value.limit_bytes == 100


@pytest.mark.parametrize(
    ("mode", "size", "expected"),
    [
        ("RGB", (400, 300), (120, 90)),
        ("RGBA", (300, 400), (90, 120)),
        ("RGB", (60, 40), (60, 40)),
        ("RGB", (1200, 100), (120, 10)),
    ],
)
def test_a_thumbnail_is_upright_small_and_bare(
    tmp_path: Path, mode: str, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    path = tmp_path / "picture"
    source = files.photo(*size[::-1])
    if mode == "RGBA":
        source.putalpha(files.blob(*size[::-1]))
    path.write_bytes(files.encoded(source, "PNG", exif=files.exif(6, gps=True)))

    found = thumbnail(path, 120, tmp_path)

    with Image.open(found.path) as image:
        assert image.size == expected
        assert image.mode == mode
        assert not image.getexif()
