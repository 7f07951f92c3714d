"""Mask files of every kind end as 0 and 255 of the picture's size, and say how they were read."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from bot.domain.edits.pictures import Note, PreparedPicture, Question, Reading
from bot.domain.errors import AreaProblem, BadArea, BadMask, BadPicture, MaskProblem, PictureProblem
from tests.imaging import picture_files as files
from tests.imaging.steps.preparing import prepared

SIZE = (64, 48)
PICTURE = files.encoded(files.photo(*SIZE), "PNG")
BLOB = np.asarray(files.blob(*SIZE))


@dataclass(frozen=True)
class Read:
    """A prepared mask with its pixels."""

    prepared: PreparedPicture
    mask: NDArray[np.uint8]


def read(
    folder: Path, mask: bytes | None, picture: bytes = PICTURE, area: str | None = None
) -> Read:
    edit = prepared(folder, picture, mask, area, out=folder)
    with Image.open(edit.mask) as image:
        assert image.mode == "L"
        found = np.array(image)
    assert set(np.unique(found)) <= {0, 255}
    assert found.shape == (edit.height, edit.width)
    assert edit.masked_pixels == np.count_nonzero(found)
    return Read(edit, found)


def problem(folder: Path, mask: bytes | None, picture: bytes = PICTURE) -> BadMask:
    with pytest.raises(BadMask) as caught:
        read(folder, mask, picture)
    left = {found.name for found in folder.iterdir()}
    assert left <= {"picture", "mask"}
    return caught.value


def holed(ground: Image.Image) -> Image.Image:
    """A copy with a transparent hole where the blob is."""
    image = ground.convert("RGBA")
    image.putalpha(Image.fromarray(255 - BLOB))
    return image


def noisy(seed: int = 3) -> Image.Image:
    """The blob with the noise of a strongly packed JPEG."""
    return Image.open(io.BytesIO(files.encoded(files.blob(*SIZE), "JPEG", quality=20 + seed)))


def painted(paint: tuple[int, int, int]) -> Image.Image:
    """One colour on a transparent layer."""
    layer = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    layer.paste((*paint, 255), mask=files.blob(*SIZE))
    return layer


W, B, A = Reading.WHITE_CHANGES, Reading.BLACK_CHANGES, Reading.ALPHA_CHANGES
GREY16 = Image.fromarray(BLOB.astype(np.uint16) * 257)


@pytest.mark.parametrize(
    ("mask", "reading", "notes"),
    [
        pytest.param(files.blob(*SIZE), W, (), id="white on black"),
        pytest.param(files.blob(*SIZE, on=0, off=255), B, (), id="59 black on white"),
        pytest.param(files.blob(*SIZE, on=255, off=128).convert("RGB"), W, (), id="white on grey"),
        pytest.param(files.blob(*SIZE, on=100, off=20), W, (), id="two dark tones"),
        pytest.param(files.blob(*SIZE, on=150, off=250), B, (), id="two light tones"),
        pytest.param(files.blob(*SIZE).convert("1"), W, (), id="68 1-bit"),
        pytest.param(files.blob(*SIZE).convert("P"), W, (), id="68 palette"),
        pytest.param(files.blob(*SIZE).convert("LA"), W, (), id="68 grey with alpha"),
        pytest.param(GREY16, W, (Note.SIXTEEN_BIT,), id="68 16-bit"),
        pytest.param(holed(Image.new("RGB", SIZE)), A, (), id="66 black with a hole"),
        pytest.param(holed(files.photo(*SIZE, seed=2)), A, (), id="66 a hole in whatever"),
        pytest.param(painted((20, 20, 30)), B, (), id="black on a transparent layer"),
        pytest.param(painted((250, 240, 240)), W, (), id="white on a transparent layer"),
    ],
)
def test_r14_two_tones_either_way_are_read_and_the_reading_is_stated(
    tmp_path: Path, mask: Image.Image, reading: Reading, notes: tuple[Note, ...]
) -> None:
    found = read(tmp_path, files.encoded(mask, "PNG"))

    assert np.array_equal(found.mask, BLOB)
    assert (found.prepared.reading, found.prepared.notes) == (reading, notes)


def test_64_jpeg_noise_is_rounded_away_and_said(tmp_path: Path) -> None:
    found = read(tmp_path, files.encoded(noisy(), "PNG"))

    assert np.count_nonzero(found.mask != BLOB) <= 12
    assert found.prepared.notes == (Note.MASK_ROUNDED,)


def test_63_a_soft_gradient_is_cut_at_half_and_said(tmp_path: Path) -> None:
    gradient = np.repeat(np.linspace(0, 255, 64)[None], 48, axis=0).astype(np.uint8)

    found = read(tmp_path, files.encoded(Image.fromarray(gradient), "PNG"))

    assert np.array_equal(found.mask > 0, gradient >= 128)
    assert found.prepared.notes == (Note.MASK_ROUNDED,)


def test_r4_67_without_mask_and_area_the_erased_part_changes(tmp_path: Path) -> None:
    found = read(tmp_path, None, files.encoded(holed(files.photo(*SIZE)), "PNG"))

    assert np.array_equal(found.mask, BLOB)
    assert found.prepared.reading is Reading.ERASED


def test_the_mask_of_half_a_picture_follows_the_convention_that_white_changes(
    tmp_path: Path,
) -> None:
    half = np.zeros((48, 64), np.uint8)
    half[:, :45] = 255

    found = read(tmp_path, files.encoded(Image.fromarray(half), "PNG"))

    assert np.array_equal(found.mask, half)
    assert found.prepared.reading is Reading.WHITE_CHANGES
    assert found.prepared.question is Question.MOST_OF_IT


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        pytest.param(Image.new("L", SIZE, 0), MaskProblem.EMPTY, id="57 all black"),
        pytest.param(Image.new("L", SIZE, 255), MaskProblem.FULL, id="58 all white"),
        pytest.param(Image.new("L", SIZE, 128), MaskProblem.FULL, id="62 even grey"),
        pytest.param(Image.new("RGBA", SIZE), MaskProblem.FULL, id="all transparent"),
        pytest.param(files.photo(*SIZE), MaskProblem.NO_MARKS, id="69 the picture itself"),
        pytest.param(files.photo(*SIZE, seed=2), MaskProblem.OTHER_PICTURE, id="69 another photo"),
        pytest.param(files.photo(90, 20), MaskProblem.CROPPED, id="69 of another shape"),
        pytest.param(files.blob(128, 64), MaskProblem.OTHER_SHAPE, id="74 padded"),
        pytest.param(files.blob(63, 48), MaskProblem.OTHER_SHAPE, id="55 one pixel less"),
    ],
)
def test_4_2_a_mask_that_says_nothing_is_refused(
    tmp_path: Path, mask: Image.Image, expected: MaskProblem
) -> None:
    assert problem(tmp_path, files.encoded(mask, "PNG")).problem is expected


def test_62_an_even_grey_with_jpeg_noise_is_no_mask(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(-9, 10, SIZE[::-1]) + 128

    found = problem(tmp_path, files.encoded(Image.fromarray(noise.astype(np.uint8)), "PNG"))

    assert found.problem in (MaskProblem.FULL, MaskProblem.OTHER_PICTURE)


def test_r15_55_both_sizes_are_named(tmp_path: Path) -> None:
    error = problem(tmp_path, files.encoded(files.blob(63, 48), "PNG"))

    assert error.facts == {"mask_width": 63, "mask_height": 48, "width": 64, "height": 48}


def test_70_a_mask_in_the_place_of_the_picture_is_noticed(tmp_path: Path) -> None:
    error = problem(tmp_path, PICTURE, picture=files.encoded(files.blob(*SIZE), "PNG"))

    assert error.problem is MaskProblem.SWAPPED


def test_neither_mask_nor_area_nor_transparency_is_asked_for(tmp_path: Path) -> None:
    assert problem(tmp_path, None).problem is MaskProblem.MISSING


def test_both_mask_and_area_are_too_much(tmp_path: Path) -> None:
    with pytest.raises(BadMask) as caught:
        read(tmp_path, files.encoded(files.blob(*SIZE), "PNG"), area="top")

    assert caught.value.problem is MaskProblem.BOTH


def test_w45_an_area_of_which_nothing_is_left_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadArea) as caught:
        read(tmp_path, None, area="everything - everything")

    assert caught.value.problem is AreaProblem.NOTHING


def test_an_area_in_words_is_drawn_at_the_upright_size(tmp_path: Path) -> None:
    picture = files.encoded(files.ramp(48, 32), "JPEG", exif=files.exif(6))

    found = read(tmp_path, None, picture, area="top half")

    assert found.mask.shape == (48, 32)
    assert found.mask[:24].all()
    assert not found.mask[24:].any()
    assert found.prepared.reading is Reading.WORDS


@pytest.mark.parametrize(
    ("size", "scale"),
    [
        pytest.param((640, 480), 10, id="72 ten times larger"),
        pytest.param((32, 24), 0.5, id="72 half"),
    ],
)
def test_r15_72_a_mask_of_the_same_shape_is_scaled_and_said(
    tmp_path: Path, size: tuple[int, int], scale: float
) -> None:
    found = read(tmp_path, files.encoded(files.blob(*size), "PNG"))

    assert found.prepared.notes == (Note.MASK_SCALED,)
    assert np.count_nonzero(found.mask != BLOB) <= 90


def test_55_one_pixel_off_on_a_larger_picture_is_the_same_shape(tmp_path: Path) -> None:
    picture = files.encoded(files.photo(400, 300), "PNG")

    found = read(tmp_path, files.encoded(files.blob(399, 300), "PNG"), picture)

    assert found.prepared.notes == (Note.MASK_SCALED,)


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_r16_56_a_mask_drawn_on_the_stored_picture_is_turned_with_it(
    tmp_path: Path, orientation: int
) -> None:
    raw = files.blob(48, 32)
    picture = files.encoded(files.photo(48, 32), "JPEG", exif=files.exif(orientation))

    plain = read(tmp_path, files.encoded(raw, "PNG"), picture)
    tagged = read(tmp_path, files.encoded(raw, "PNG", exif=files.exif(orientation)), picture)

    assert plain.prepared.notes == (Note.MASK_TURNED,)
    assert tagged.prepared.notes == ()
    assert np.array_equal(plain.mask, tagged.mask)


def test_r16_a_mask_on_its_side_is_turned_clockwise_and_asked_about(tmp_path: Path) -> None:
    upright = files.blob(*SIZE)
    on_its_side = upright.transpose(Image.Transpose.ROTATE_90)  # counter-clockwise

    found = read(tmp_path, files.encoded(on_its_side, "PNG"))

    assert np.array_equal(found.mask, BLOB)
    assert found.prepared.question is Question.TURNED
    assert found.prepared.notes == ()


def test_r15_a_large_mask_on_its_side_is_turned_and_scaled(tmp_path: Path) -> None:
    on_its_side = files.blob(640, 480).transpose(Image.Transpose.ROTATE_90)

    found = read(tmp_path, files.encoded(on_its_side, "PNG"))

    assert np.count_nonzero(found.mask != BLOB) <= 90
    assert found.prepared.question is Question.TURNED
    assert found.prepared.notes == (Note.MASK_SCALED,)


@pytest.mark.parametrize(
    ("pixels", "question"),
    [(1, Question.ALMOST_NOTHING), (99, Question.ALMOST_NOTHING), (100, None), (2000, None)],
)
def test_60_hardly_anything_marked_is_asked_about(
    tmp_path: Path, pixels: int, question: Question | None
) -> None:
    mask = np.zeros((250, 400), np.uint8)
    mask[100].flat[:pixels] = 255
    mask[101:].flat[: pixels - 400 if pixels > 400 else 0] = 255
    picture = files.encoded(files.photo(400, 250), "PNG")

    found = read(tmp_path, files.encoded(Image.fromarray(mask), "PNG"), picture)

    assert found.prepared.masked_pixels == pixels
    assert found.prepared.question is question


@pytest.mark.parametrize(("share", "question"), [(60, None), (61, Question.MOST_OF_IT)])
def test_61_most_of_the_picture_is_asked_about(
    tmp_path: Path, share: int, question: Question | None
) -> None:
    picture = files.encoded(files.photo(100, 100), "PNG")

    found = read(tmp_path, None, picture, area=f"left {share}%")

    assert found.prepared.area_share == share / 100
    assert found.prepared.question is question


def test_71_five_thousand_specks_are_accepted_and_said(tmp_path: Path) -> None:
    mask = np.zeros((400, 600), np.uint8)
    mask[::8, ::6] = 255
    picture = files.encoded(files.photo(600, 400), "PNG")

    found = read(tmp_path, files.encoded(Image.fromarray(mask), "PNG"), picture)

    assert found.prepared.masked_pixels == 5000
    assert found.prepared.notes == (Note.MASK_SPECKLED,)


def test_71_a_drawn_shape_is_not_speckled(tmp_path: Path) -> None:
    mask = Image.new("L", (600, 400))
    ImageDraw.Draw(mask).ellipse((50, 50, 500, 350), fill=255)
    picture = files.encoded(files.photo(600, 400), "PNG")

    found = read(tmp_path, files.encoded(mask, "PNG"), picture)

    assert found.prepared.notes == ()


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        (files.claimed_png(30_000, 30_000), PictureProblem.TOO_MANY_PIXELS),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(90), PictureProblem.HEIC),
        (b"<svg>", PictureProblem.WEB_PAGE),
    ],
)
def test_73_a_mask_passes_the_same_gate(
    tmp_path: Path, mask: bytes, expected: PictureProblem
) -> None:
    with pytest.raises(BadPicture) as caught:
        read(tmp_path, mask)

    assert (caught.value.problem, caught.value.role) == (expected, "mask")


def test_73_of_a_moving_mask_the_first_frame_counts(tmp_path: Path) -> None:
    blank: dict[str, Any] = {"save_all": True, "append_images": [Image.new("L", SIZE)]}

    found = read(tmp_path, files.encoded(files.blob(*SIZE), "GIF", **blank))

    assert np.array_equal(found.mask, BLOB)
    assert found.prepared.notes == (Note.FIRST_FRAME,)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    share=st.floats(0.02, 0.45),
    mode=st.sampled_from(["L", "RGB", "RGBA", "1", "P", "LA"]),
    inverted=st.booleans(),
)
def test_r3_any_two_tone_mask_comes_out_exactly(
    tmp_path_factory: pytest.TempPathFactory, seed: int, share: float, mode: str, *, inverted: bool
) -> None:
    folder = tmp_path_factory.mktemp("mask")
    drawn = (np.random.default_rng(seed).random((48, 64)) < share) * np.uint8(255)
    drawn[0], drawn[-1], drawn[:, 0], drawn[:, -1] = 0, 0, 0, 0
    drawn[20:24, 20:30] = 255
    image = Image.fromarray(255 - drawn if inverted else drawn).convert(mode)

    found = read(folder, files.encoded(image, "PNG"))

    assert np.array_equal(found.mask, drawn)
    assert found.prepared.reading is (B if inverted else W)
