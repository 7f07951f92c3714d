"""Intake: what is accepted comes out as the picture people see; the rest is refused by name."""

from __future__ import annotations

import contextlib
import io
import re
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps

from bot.domain.edits.pictures import Note, PictureLimits
from bot.domain.errors import BadPicture, PictureProblem
from bot.imaging.files import headers
from bot.imaging.files.intake import open_picture
from tests.imaging import picture_files as files

LIMITS = PictureLimits()
PROBLEM = PictureProblem


def let_in(
    folder: Path, data: bytes, limits: PictureLimits = LIMITS
) -> tuple[NDArray[np.uint8], tuple[Note, ...], bytes]:
    """Pixels, notes and the kept file's bytes of what came through intake."""
    path = folder / "attachment"
    path.write_bytes(data)
    with open_picture(path, limits, folder=folder, keep=True) as opened:
        assert opened.kept is not None
        kept = opened.kept.read_bytes()
        seen = opened.pixels.rows(0, opened.pixels.height)
        with open_picture(opened.kept, limits, folder=folder) as again:
            assert np.array_equal(again.pixels.rows(0, again.pixels.height), seen)
        return seen, opened.notes, kept


def refusal(folder: Path, data: bytes, limits: PictureLimits = LIMITS) -> BadPicture:
    path = folder / "attachment"
    path.write_bytes(data)
    with pytest.raises(BadPicture) as caught:
        open_picture(path, limits, folder=folder, keep=True)
    assert [found.name for found in folder.iterdir()] == ["attachment"]
    return caught.value


PNG = files.encoded(files.photo(), "PNG")
JPEG = files.encoded(files.photo(), "JPEG", quality=95)
WEBP = files.encoded(files.photo(), "WEBP", quality=90)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        pytest.param(files.claimed_png(30_000, 30_000), PROBLEM.TOO_MANY_PIXELS, id="1"),
        pytest.param(files.claimed_png(13_300, 13_300), PROBLEM.TOO_MANY_PIXELS, id="2"),
        pytest.param(files.many_scans(70), PROBLEM.TOO_COSTLY, id="5"),
        pytest.param(files.claimed_png(0, 0), PROBLEM.DAMAGED, id="9"),
        pytest.param(files.claimed_png(2**31 - 1, 2**31 - 1), PROBLEM.TOO_MANY_PIXELS, id="10"),
        pytest.param(files.png(1, 1), PROBLEM.TOO_SMALL, id="11"),
        pytest.param(files.png(15, 60), PROBLEM.TOO_SMALL, id="11, one side"),
        pytest.param(files.png(20_000, 1), PROBLEM.TOO_NARROW, id="12, wide"),
        pytest.param(files.png(1, 20_000), PROBLEM.TOO_NARROW, id="12, high"),
        pytest.param(
            files.encoded(Image.new("L", (65_500, 64)), "JPEG"), PROBLEM.TOO_NARROW, id="13"
        ),
        pytest.param(b"", PROBLEM.EMPTY, id="14, nothing"),
        pytest.param(b"\0", PROBLEM.EMPTY, id="14, one byte"),
        pytest.param(bytes(5000), PROBLEM.EMPTY, id="14, zeros"),
        pytest.param(bytes(range(7, 256)), PROBLEM.NOT_A_PICTURE, id="15, random"),
        pytest.param(b"MZ\x90\0" * 50, PROBLEM.NOT_A_PICTURE, id="15, program"),
        pytest.param(b"%PDF-1.7\n", PROBLEM.NOT_A_PICTURE, id="15, PDF"),
        pytest.param(b"PK\x03\x04" + bytes(90), PROBLEM.NOT_A_PICTURE, id="15, ZIP"),
        pytest.param(b"just some words", PROBLEM.NOT_A_PICTURE, id="15, text"),
        pytest.param(b"\n<!DOCTYPE html><p>", PROBLEM.WEB_PAGE, id="16, HTML"),
        pytest.param(b"\xef\xbb\xbf<?xml?><svg>", PROBLEM.WEB_PAGE, id="16, SVG"),
        pytest.param(PNG[: len(PNG) // 2], PROBLEM.INCOMPLETE, id="19, PNG"),
        pytest.param(JPEG[: len(JPEG) // 2], PROBLEM.INCOMPLETE, id="19, JPEG"),
        pytest.param(WEBP[: len(WEBP) // 2], PROBLEM.INCOMPLETE, id="19, WebP"),
        pytest.param(PNG[:20], PROBLEM.INCOMPLETE, id="19, PNG header"),
        pytest.param(JPEG[:3], PROBLEM.INCOMPLETE, id="19, JPEG header"),
        pytest.param(JPEG[:-2], PROBLEM.INCOMPLETE, id="20, two bytes"),
        pytest.param(PNG[:60] + b"!" + PNG[61:], PROBLEM.DAMAGED, id="21"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n", PROBLEM.UNSUPPORTED, id="28"),
        pytest.param(b"8BPS\0\1" + bytes(60), PROBLEM.UNSUPPORTED, id="29, PSD"),
        pytest.param(b"SIMPLE  = T", PROBLEM.UNSUPPORTED, id="29, FITS"),
        pytest.param(b"\0\0\0\x0cjP  \r\n\x87\n", PROBLEM.UNSUPPORTED, id="29, JPEG 2000"),
        pytest.param(b"\0\0\1\0\1\0" + bytes(60), PROBLEM.UNSUPPORTED, id="26, ICO"),
        pytest.param(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(90), PROBLEM.HEIC, id="27"),
        pytest.param(
            b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + bytes(90), PROBLEM.NOT_A_PICTURE, id="a film"
        ),
        pytest.param(files.encoded(Image.new("RGBA", (32, 32)), "PNG"), PROBLEM.INVISIBLE, id="35"),
        pytest.param(
            files.png(32, 32, extra=files.chunk(b"teSt") * 60_000), PROBLEM.TOO_COSTLY, id="8, x6"
        ),
        pytest.param(
            files.encoded(Image.new("F", (32, 32)), "TIFF"), PROBLEM.UNSUPPORTED, id="floats"
        ),
    ],
)
def test_4_1_a_bad_file_is_refused_by_name_and_leaves_nothing_behind(
    tmp_path: Path, data: bytes, problem: PictureProblem
) -> None:
    assert refusal(tmp_path, data).problem is problem


def frame_of(data: bytes) -> int:
    return data.index(b"\xff\xc0")


@pytest.mark.parametrize(
    ("offset", "value"),
    [(1, b"\xc9"), (1, b"\xc3"), (4, b"\x0c"), (5, b"\0\0"), (7, b"\0\0"), (9, b"\x02")],
)
def test_50_a_jpeg_of_a_rare_kind_or_without_a_size_is_refused(
    tmp_path: Path, offset: int, value: bytes
) -> None:
    at = frame_of(JPEG) + offset

    found = refusal(tmp_path, JPEG[:at] + value + JPEG[at + len(value) :])

    assert found.problem in (PROBLEM.UNSUPPORTED, PROBLEM.DAMAGED)


def test_6_a_bomb_in_a_text_chunk_is_dropped_unread(tmp_path: Path) -> None:
    bomb = files.chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(50_000_000), 9))

    seen, _, kept = let_in(tmp_path, files.png(32, 32, extra=bomb))

    assert seen.shape == (32, 32, 3)
    assert len(kept) < 1000


def test_7_a_bomb_in_a_colour_profile_is_refused(tmp_path: Path) -> None:
    bomb = files.chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(100_000_000), 9))

    assert refusal(tmp_path, files.png(32, 32, extra=bomb)).problem is PROBLEM.DAMAGED


def test_8_ten_thousand_text_chunks_are_dropped(tmp_path: Path) -> None:
    texts = files.chunk(b"tEXt", b"Comment\0" + b"SECRET" * 100) * 10_000

    _, _, kept = let_in(tmp_path, files.png(32, 32, extra=texts))

    assert b"SECRET" not in kept


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(files.with_segments(JPEG, b"\xfe<script>HIDDEN</script>"), id="17"),
        pytest.param(PNG + b"PK\x03\x04HIDDEN", id="18"),
        pytest.param(JPEG + b"PK\x03\x04HIDDEN", id="18, JPEG"),
    ],
)
def test_17_18_what_hides_beside_a_picture_is_dropped(tmp_path: Path, data: bytes) -> None:
    seen, _, kept = let_in(tmp_path, data)

    assert b"HIDDEN" not in kept
    assert np.array_equal(seen, files.pixels(data))


def test_20_a_jpeg_without_its_last_byte_is_accepted(tmp_path: Path) -> None:
    seen, _, _ = let_in(tmp_path, JPEG[:-1])

    assert np.array_equal(seen, files.pixels(JPEG))


FRAMES = [files.photo(seed=seed) for seed in range(4)]
MOVING: dict[str, Any] = {"save_all": True, "append_images": FRAMES[1:]}


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        pytest.param("GIF", MOVING, id="22"),
        pytest.param("WEBP", {**MOVING, "lossless": True}, id="23"),
        pytest.param("PNG", MOVING, id="24"),
        pytest.param("TIFF", MOVING, id="25"),
        pytest.param("MPO", MOVING, id="53"),
        pytest.param("AVIF", MOVING, id="26"),
    ],
)
def test_22_to_25_53_of_a_moving_picture_the_first_frame_is_taken_and_said(
    tmp_path: Path, kind: str, options: dict[str, Any]
) -> None:
    data = files.encoded(FRAMES[0], kind, **options)

    seen, notes, _ = let_in(tmp_path, data)

    assert notes == (Note.FIRST_FRAME,)
    assert np.abs(seen[..., :3].astype(int) - files.pixels(data)).max() <= 1
    assert np.abs(seen[..., :3].astype(int) - np.asarray(FRAMES[0])).mean() < 12


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_r19_26_102_each_type_is_known_by_its_bytes(tmp_path: Path, kind: str) -> None:
    data = files.encoded(files.photo(), kind)

    seen, notes, _ = let_in(tmp_path, data)

    assert notes == ()
    assert np.abs(seen.astype(int) - files.pixels(data)).max() <= 1


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_36_to_43_every_orientation_is_applied(tmp_path: Path, kind: str, orientation: int) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    data = files.encoded(files.ramp(), kind, exif=files.exif(orientation), **options)
    with Image.open(io.BytesIO(data)) as image:
        upright = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))

    seen, _, kept = let_in(tmp_path, data)

    assert seen.shape == upright.shape == ((32, 48, 3) if orientation < 5 else (48, 32, 3))
    assert np.abs(seen.astype(int) - upright).max() <= 1
    assert b"SECRETCAMERA" not in kept


@pytest.mark.parametrize("orientation", [0, 9, 99, 65_535])
def test_44_a_meaningless_orientation_is_ignored(tmp_path: Path, orientation: Any) -> None:
    seen, _, _ = let_in(tmp_path, files.encoded(files.ramp(), "PNG", exif=files.exif(orientation)))

    assert np.array_equal(seen, np.asarray(files.ramp()))


@pytest.mark.parametrize("garbage", [b"", b"II*\0", b"MM\0*\xff\xff\xff\xff", b"\xff" * 300])
def test_44_garbage_instead_of_exif_is_ignored(tmp_path: Path, garbage: bytes) -> None:
    let_in(tmp_path, files.with_segments(JPEG, b"\xe1Exif\0\0" + garbage))

    assert headers.exif_orientation(garbage) == 1


def test_45_the_place_a_photo_was_taken_at_is_dropped(tmp_path: Path) -> None:
    data = files.encoded(files.ramp(), "JPEG", exif=files.exif(6, gps=True))

    _, _, kept = let_in(tmp_path, data)

    with Image.open(io.BytesIO(kept)) as image:
        assert dict(image.getexif()) == {0x0112: 6}


def test_45_the_thumbnail_of_what_was_cropped_away_is_dropped(tmp_path: Path) -> None:
    jfif = b"JFIF\0\1\1\0\0\1\0\1\x02\x01" + b"SECRET"
    data = JPEG[:2] + JPEG[20:]  # without Pillow's own 18 bytes of JFIF

    _, _, kept = let_in(tmp_path, files.with_segments(data, b"\xe0" + jfif))

    assert b"SECRET" not in kept


def test_30_cmyk_is_converted_and_said(tmp_path: Path) -> None:
    data = files.encoded(files.photo().convert("CMYK"), "JPEG", quality=98)

    seen, notes, _ = let_in(tmp_path, data)

    assert notes == (Note.CMYK,)
    assert np.abs(seen.astype(int) - np.asarray(files.photo())).mean() < 6


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_31_sixteen_bit_grey_is_scaled_not_clipped(tmp_path: Path, kind: str) -> None:
    levels = np.linspace(0, 65_535, 64 * 48).reshape(48, 64).astype(np.uint16)

    seen, notes, _ = let_in(tmp_path, files.encoded(Image.fromarray(levels), kind))

    assert notes == (Note.SIXTEEN_BIT,)
    assert np.abs(seen[..., 0].astype(int) - np.round(levels / 257)).max() <= 1
    assert np.array_equal(seen[..., 0], seen[..., 2])


def test_32_sixteen_bit_colour_is_accepted(tmp_path: Path) -> None:
    seen, notes, _ = let_in(tmp_path, files.png(32, 32, depth=16))

    assert notes == (Note.SIXTEEN_BIT,)
    assert seen.shape == (32, 32, 3)


def test_33_a_palette_with_transparency_keeps_it(tmp_path: Path) -> None:
    image = files.photo().quantize(16)
    expected = image.copy()
    expected.info["transparency"] = 3

    seen, _, _ = let_in(tmp_path, files.encoded(image, "PNG", transparency=3))

    assert np.array_equal(seen, np.asarray(expected.convert("RGBA")))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
def test_34_other_modes_look_as_before(tmp_path: Path, mode: str) -> None:
    source = files.photo()
    source.putalpha(files.blob(on=200, off=255))
    image = source.convert(mode)

    seen, notes, _ = let_in(tmp_path, files.encoded(image, "PNG"))

    assert notes == ()
    has_alpha = image.has_transparency_data
    assert has_alpha == (mode not in ("1", "L"))
    assert np.array_equal(seen, np.asarray(image.convert("RGBA" if has_alpha else "RGB")))


def test_46_a_wide_colour_profile_is_converted_to_srgb(tmp_path: Path) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rTRC", b"xTRC")

    plain = let_in(tmp_path, files.encoded(files.photo(), "PNG", icc_profile=srgb))
    odd = let_in(tmp_path, files.encoded(files.photo(), "PNG", icc_profile=lab))
    broken = let_in(tmp_path, files.encoded(files.photo(), "PNG", icc_profile=swapped))
    garbage = let_in(tmp_path, files.encoded(files.photo(), "JPEG", icc_profile=b"garbage" * 99))

    for seen, notes, _ in (plain, odd, broken):
        assert notes == ()
        assert np.array_equal(seen, np.asarray(files.photo()))
    assert garbage[1] == ()


def test_46_a_grey_profile_changes_the_tones_and_is_said(tmp_path: Path) -> None:
    seen, notes, kept = let_in(
        tmp_path,
        files.encoded(Image.new("L", (32, 32), 100), "PNG", icc_profile=gamma_profile(1.0)),
    )

    assert notes == (Note.COLOUR_PROFILE,)
    assert 160 < seen.mean() < 175  # linear 100 is sRGB 168
    assert b"iCCP" in kept


def gamma_profile(gamma: float) -> bytes:
    """A grey profile of the given exponent; ICC.1:2010, 7 and 8.4."""
    white = b"XYZ \0\0\0\0" + struct.pack(">iii", 0xF6D6, 0x10000, 0xD32D)
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, int(gamma * 256)) + b"\0\0"
    name = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"grey\0" + bytes(4 + 4 + 2 + 1 + 67 + 3)
    text = b"text\0\0\0\0none\0\0\0\0"
    tags, body, at = [], b"", 128 + 4 + 4 * 12
    for tag, value in ((b"wtpt", white), (b"kTRC", curve), (b"desc", name), (b"cprt", text)):
        tags.append(tag + struct.pack(">II", at + len(body), len(value)))
        body += value + bytes(-len(value) % 4)
    table = struct.pack(">I", 4) + b"".join(tags)
    date = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
    head = bytes(8) + struct.pack(">I", 0x02400000) + b"mntrGRAYXYZ " + date + b"acsp"
    head += bytes(28) + struct.pack(">iii", 0xF6D6, 0x10000, 0xD32D)
    head += bytes(128 - len(head))
    return struct.pack(">I", 128 + len(table) + len(body)) + head[4:] + table + body


@pytest.mark.parametrize(("extra", "fits"), [(0, True), (1, False)])
def test_r19_47_48_the_limit_in_bytes_is_exact(tmp_path: Path, extra: int, *, fits: bool) -> None:
    limits = PictureLimits(max_bytes=20_000)
    data = PNG + bytes(20_000 - len(PNG) + extra)

    if fits:
        assert let_in(tmp_path, data, limits)[0].shape == (48, 64, 3)
    else:
        error = refusal(tmp_path, data, limits)
        assert error.problem is PROBLEM.TOO_HEAVY
        assert error.facts == {"size_bytes": 20_001, "limit_bytes": 20_000}


@pytest.mark.parametrize(("width", "fits"), [(100, True), (101, False)])
def test_r19_49_the_limit_in_pixels_is_exact(tmp_path: Path, width: int, *, fits: bool) -> None:
    limits = PictureLimits(max_pixels=10_000)

    if fits:
        assert let_in(tmp_path, files.png(width, 100), limits)[0].shape == (100, 100, 3)
    else:
        error = refusal(tmp_path, files.png(width, 100), limits)
        assert error.facts == {"width": 101, "height": 100, "limit_megapixels": 0.01}


def test_51_thousands_of_restart_markers_are_no_scans(tmp_path: Path) -> None:
    data = files.encoded(files.photo(1024, 1056), "JPEG", restart_marker_blocks=1)

    seen, _, _ = let_in(tmp_path, data)

    assert len(re.findall(rb"\xff[\xd0-\xd7]", data)) > 4000
    assert np.array_equal(seen, files.pixels(data))


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("data", [PNG, JPEG, WEBP], ids=["PNG", "JPEG", "WebP"])
def test_n7_51_a_file_with_flipped_bytes_is_read_or_refused(
    tmp_path: Path, data: bytes, seed: int
) -> None:
    random = np.random.default_rng(seed)
    broken = bytearray(data)
    for at in random.integers(0, len(data), 4):
        broken[at] = random.integers(0, 256)
    path = tmp_path / "attachment"
    path.write_bytes(broken)

    with (
        contextlib.suppress(BadPicture),
        open_picture(path, LIMITS, folder=tmp_path, keep=True) as opened,
    ):
        assert opened.pixels.width * opened.pixels.height <= LIMITS.max_pixels


def test_52_an_interlaced_picture_is_accepted(tmp_path: Path) -> None:
    """Pillow writes no Adam7, so the one-pixel passes are built by hand."""
    side = 16
    values = np.random.default_rng(1).integers(0, 256, (side, side), np.uint8)
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2)]
    lines = b"".join(
        b"\0" + row.tobytes()
        for x, y, across, down in [*passes, (0, 1, 1, 2)]
        for row in values[y::down, x::across]
    )
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 1)
    body = files.chunk(b"IHDR", header) + files.chunk(b"IDAT", zlib.compress(lines))

    seen, _, _ = let_in(tmp_path, b"\x89PNG\r\n\x1a\n" + body + files.chunk(b"IEND"))

    assert np.array_equal(seen[..., 0], values)


def test_54_the_name_of_a_file_is_never_used(tmp_path: Path) -> None:
    path = tmp_path / "CON.png \u202e\n;$(reboot)"
    path.write_bytes(PNG)

    with open_picture(path, LIMITS, folder=tmp_path, keep=True) as opened:
        assert opened.kept is not None
        assert re.fullmatch(r"source-[0-9a-f]{16}\.png", opened.kept.name)
        assert opened.kept.stat().st_mode & 0o777 == 0o600
