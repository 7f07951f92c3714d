"""Files for people: exact where they fit, smaller and said so where they do not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from bot.domain.errors import CardTooLarge
from bot.imaging.files.encode import fit, thumbnail
from bot.imaging.files.png import write_png
from bot.imaging.pool.process import _ENVIRONMENT
from tests.imaging import picture_files as files


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


def decoded(path: Path, mode: str) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert(mode))


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("step", ["file", "lossless"])
@pytest.mark.parametrize("less", [-1, 0, 1])
def test_exact_is_said_only_where_every_pixel_survives_just_around_a_limit(
    tmp_path: Path, mode: str, step: str, less: int
) -> None:
    source = np.asarray(grainy(mode))
    path = write_png(source, tmp_path, "finished")
    size = path.stat().st_size
    if step == "lossless":
        size = fit(path, size - 1, tmp_path).path.stat().st_size

    found = fit(path, size - less, tmp_path)

    assert found.path.stat().st_size <= size - less
    survives = np.array_equal(decoded(found.path, mode), source)
    assert found.exact is survives is (step == "file" or less <= 0)
    assert (found.path == path) is (step == "file" and less <= 0)


@settings(max_examples=20, deadline=None)
@given(share=st.floats(0.05, 1.2), mode=st.sampled_from(["RGB", "RGBA"]))
def test_a_file_is_never_larger_than_its_place_and_exact_is_never_a_lie(
    tmp_path_factory: pytest.TempPathFactory, share: float, mode: str
) -> None:
    folder = tmp_path_factory.mktemp("fit")
    source = np.asarray(grainy(mode))
    path = write_png(source, folder, "finished")
    limit = int(path.stat().st_size * share)

    found = fit(path, limit, folder)

    assert found.path.stat().st_size <= limit
    assert found.exact is np.array_equal(decoded(found.path, mode), source)
    assert path.exists()


def test_a_picture_wider_than_webp_can_be_becomes_a_jpeg(tmp_path: Path) -> None:
    """WebP ends at 16383 pixels; where there is alpha, the picture is reduced to that."""
    rows = np.random.default_rng(1).integers(0, 256, (16, 16_384, 4), np.uint8)
    opaque = write_png(rows[..., :3].copy(), tmp_path, "opaque")
    clear = write_png(rows, tmp_path, "clear")

    jpeg = fit(opaque, opaque.stat().st_size - 1, tmp_path)
    webp = fit(clear, clear.stat().st_size - 1, tmp_path)

    assert (jpeg.media_type, jpeg.exact) == ("image/jpeg", False)
    assert decoded(jpeg.path, "RGB").shape == (16, 16_384, 3)
    assert (webp.media_type, webp.exact) == ("image/webp", False)
    assert decoded(webp.path, "RGBA").shape == (16, 16_383, 4)


PACK = """
import sys
from pathlib import Path
sys.path.insert(0, ".")
from bot.imaging.pool import picture_main
from bot.imaging.files.encode import fit
picture, out = Path(sys.argv[1]), Path(sys.argv[2])
found = fit(picture, picture.stat().st_size - 1, out)
lines = Path("/proc/self/status").read_text().splitlines()
print(found.exact, next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")))
"""


@pytest.mark.parametrize(
    ("width", "height", "exact"),
    [(3160, 2120, True), (3690, 2466, True), (3700, 2470, False)],
)
def test_packing_the_largest_picture_of_each_kind_takes_less_than_300_mb(
    tmp_path: Path, width: int, height: int, exact: bool
) -> None:
    """The harder method, the easier one, and what is too large for either."""
    grain = np.random.default_rng(1).integers(0, 8, (height, width, 4), np.uint8)
    grain[..., :3] += np.asarray(files.photo(width, height)) // 2
    if exact:
        grain[..., 3] = 255
    path = write_png(grain, tmp_path, "finished")

    done = subprocess.run(
        [sys.executable, "-c", PACK, str(path), str(tmp_path)],
        env=_ENVIRONMENT,
        capture_output=True,
        check=True,
        text=True,
    )

    said, peak_kb = done.stdout.split()
    assert said == str(exact)
    assert int(peak_kb) * 1024 <= 300_000_000


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

    found = thumbnail(path, 120, None, 0, tmp_path)

    with Image.open(found.path) as image:
        assert image.size == expected
        assert image.mode == mode
        assert not image.getexif()
