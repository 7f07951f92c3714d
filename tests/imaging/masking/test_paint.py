"""Coloured paint on a plain ground: the paint changes, whatever both colours are."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from bot.domain.edits.pictures import Note, PictureLimits, Reading
from bot.imaging.files.intake import open_picture
from bot.imaging.masking import masks
from tests.imaging import picture_files as files

SIZE = (320, 240)
PICTURE = files.encoded(files.photo(*SIZE), "PNG")
RED, GREEN, MAGENTA = (220, 20, 30), (30, 200, 60), (230, 40, 220)
YELLOW, BLUE = (255, 240, 40), (20, 40, 230)
WHITE, BLACK, GREY = (255, 255, 255), (0, 0, 0), (128, 128, 128)


def read(folder: Path, mask: bytes) -> masks.Mask:
    (folder / "picture").write_bytes(PICTURE)
    (folder / "mask").write_bytes(mask)
    with (
        open_picture(folder / "picture", PictureLimits(), folder=folder) as picture,
        open_picture(folder / "mask", PictureLimits(), folder=folder, role="mask") as file,
    ):
        return masks.from_file(file, picture)


def strokes(fine: int = 1) -> Image.Image:
    """Two strokes and a blot; drawn `fine` times larger, they have soft rims."""
    layer = Image.new("L", (SIZE[0] * fine, SIZE[1] * fine))
    pen = ImageDraw.Draw(layer)
    for line in ([(40, 40), (120, 70)], [(60, 180), (280, 150)]):
        pen.line([(x * fine, y * fine) for x, y in line], fill=255, width=15 * fine)
    pen.ellipse((200 * fine, 30 * fine, 280 * fine, 90 * fine), fill=255)
    return layer.resize(SIZE, Image.Resampling.BOX)


def painted(
    paint: tuple[int, int, int], ground: tuple[int, int, int] | None, fine: int = 1
) -> Image.Image:
    layer = Image.new("RGBA", SIZE, (0, 0, 0, 0) if ground is None else (*ground, 255))
    if ground is None:
        layer.paste((*paint, 255), (0, 0, *SIZE))
        layer.putalpha(strokes(fine))
        return layer
    layer.paste((*paint, 255), mask=strokes(fine))
    return layer.convert("RGB")


@pytest.mark.parametrize("ground", [WHITE, BLACK, GREY, None])
@pytest.mark.parametrize("paint", [RED, GREEN, MAGENTA, YELLOW, BLUE])
def test_n5_strokes_of_paint_change_on_any_ground(
    tmp_path: Path, paint: tuple[int, int, int], ground: tuple[int, int, int] | None
) -> None:
    mask = read(tmp_path, files.encoded(painted(paint, ground), "PNG"))

    assert np.array_equal(mask.pixels, np.asarray(strokes()))
    assert (mask.reading, mask.notes) == (Reading.PAINT_CHANGES, ())


@pytest.mark.parametrize("ground", [WHITE, BLACK, GREY, None])
def test_n5_soft_rims_of_paint_are_cut_at_half(
    tmp_path: Path, ground: tuple[int, int, int] | None
) -> None:
    mask = read(tmp_path, files.encoded(painted(GREEN, ground, fine=4), "PNG"))

    share = np.asarray(strokes(fine=4)).astype(np.int16)
    wrong = (mask.pixels > 0) != (share >= 128)
    assert not wrong[abs(share - 128) > 8].any()
    assert mask.reading is Reading.PAINT_CHANGES


@pytest.mark.parametrize("ground", [WHITE, BLACK, GREY])
def test_n5_paint_survives_a_jpeg(tmp_path: Path, ground: tuple[int, int, int]) -> None:
    mask = read(tmp_path, files.encoded(painted(RED, ground), "JPEG", quality=60))

    truth = np.asarray(strokes()) > 0
    both = np.count_nonzero((mask.pixels > 0) & truth)
    assert both / np.count_nonzero((mask.pixels > 0) | truth) >= 0.95
    assert mask.reading is Reading.PAINT_CHANGES
    assert mask.notes in ((), (Note.MASK_ROUNDED,))


def test_n5_several_paints_on_one_ground_all_change(tmp_path: Path) -> None:
    layer = painted(RED, WHITE)
    layer.paste(BLUE, (140, 190, 220, 230))
    expected = np.asarray(strokes()).copy()
    expected[190:230, 140:220] = 255

    mask = read(tmp_path, files.encoded(layer, "PNG"))

    assert np.array_equal(mask.pixels, expected)
    assert mask.reading is Reading.PAINT_CHANGES


def test_r5_paint_over_most_of_the_ground_is_still_what_changes(tmp_path: Path) -> None:
    layer = Image.new("RGB", SIZE, MAGENTA)
    layer.paste(WHITE, (100, 80, 200, 160))

    mask = read(tmp_path, files.encoded(layer, "PNG"))

    assert not mask.pixels[80:160, 100:200].any()
    assert mask.pixels[:80].all()


def test_r14_of_two_paints_the_one_around_is_the_ground(tmp_path: Path) -> None:
    layer = Image.new("RGB", SIZE, GREEN)
    layer.paste(RED, (100, 80, 200, 160))

    mask = read(tmp_path, files.encoded(layer, "PNG"))

    assert mask.pixels[80:160, 100:200].all()
    assert np.count_nonzero(mask.pixels) == 8000


@settings(max_examples=40, deadline=None)
@given(
    hue=st.integers(0, 255),
    ground=st.one_of(st.none(), st.sampled_from([WHITE, BLACK, GREY])),
    left=st.integers(5, 200),
    top=st.integers(5, 150),
    side=st.integers(10, 80),
)
def test_n5_a_blot_of_any_hue_is_read_exactly(
    tmp_path_factory: pytest.TempPathFactory,
    hue: int,
    ground: tuple[int, int, int] | None,
    left: int,
    top: int,
    side: int,
) -> None:
    paint = Image.new("HSV", (side, side), (hue, 230, 230)).convert("RGBA")
    layer = Image.new("RGBA", SIZE, (0, 0, 0, 0) if ground is None else (*ground, 255))
    layer.paste(paint, (left, top))
    file = io.BytesIO()
    layer.save(file, "PNG")
    expected = np.zeros(SIZE[::-1], np.uint8)
    expected[top : top + side, left : left + side] = 255

    mask = read(tmp_path_factory.mktemp("paint"), file.getvalue())

    assert np.array_equal(mask.pixels, expected)
    assert mask.reading is Reading.PAINT_CHANGES
