"""From what a member gave to what can be bought: every way to say where, alone and together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from bot.domain.edits.options import Adjusted, feather_width
from bot.domain.edits.pictures import Note, Question, Reading
from bot.domain.errors import BadMask, MaskProblem
from bot.engine.samples import landscape
from tests.imaging import picture_files as files
from tests.imaging.steps.preparing import array, prepared, revised


@pytest.fixture(scope="module")
def photo() -> bytes:
    return files.encoded(landscape(), "PNG", compress_level=1)


def scribbled(picture: bytes, *box: int) -> bytes:
    """A copy with a red outline drawn on it."""
    image = Image.fromarray(files.pixels(picture))
    ImageDraw.Draw(image).ellipse(box, outline=(255, 0, 0), width=14)
    return files.encoded(image, "JPEG", quality=85)


def test_what_was_drawn_is_the_mask_before_anybody_adjusts_it(tmp_path: Path, photo: bytes) -> None:
    edit = prepared(tmp_path, photo, area="center 40%")

    assert edit.drawn == edit.mask
    assert edit.feather == feather_width(edit.masked_pixels)
    assert edit.choices == ()


@pytest.mark.parametrize(
    ("area", "feather"),
    [
        ("center 50% feather 10px", 10),
        ("center 50% feather 2%", 16),  # of the 800 pixels of the short side
        ("left half feather 1px", 1),
        ("left half feather 0.05%", 1),  # less than half a pixel
    ],
)
def test_r12_a_feather_can_be_said(tmp_path: Path, photo: bytes, area: str, feather: int) -> None:
    assert prepared(tmp_path, photo, area=area).feather == feather


def test_r15_a_mask_of_another_size_is_fitted_and_said(tmp_path: Path, photo: bytes) -> None:
    small = files.encoded(files.blob(300, 200), "PNG")

    edit = prepared(tmp_path, photo, mask=small)

    assert np.array_equal(array(edit.mask)[::4, ::4], np.asarray(files.blob(300, 200)))
    assert Note.MASK_SCALED in edit.notes


def test_marks_speak_of_a_copy_that_must_be_there(tmp_path: Path, photo: bytes) -> None:
    with pytest.raises(BadMask) as caught:
        prepared(tmp_path, photo, area="marks grow 2%")

    assert caught.value.problem is MaskProblem.NOT_A_COPY


def test_words_may_go_on_from_the_marks_on_a_copy(tmp_path: Path, photo: bytes) -> None:
    copy = scribbled(photo, 200, 200, 600, 600)

    alone = array(prepared(tmp_path, photo, mask=copy).mask)
    edit = prepared(tmp_path, photo, mask=copy, area="marks & top half")

    mask = array(edit.mask)
    assert edit.reading is Reading.MARKED_COPY
    assert Note.MARKS_FILLED in edit.notes
    assert np.array_equal(mask[:400], alone[:400])
    assert mask[300, 400] == alone[500, 400] == 255
    assert not mask[400:].any()


def test_only_words_that_speak_of_marks_go_with_a_file(tmp_path: Path, photo: bytes) -> None:
    with pytest.raises(BadMask) as caught:
        prepared(tmp_path, photo, mask=scribbled(photo, 200, 200, 600, 600), area="top half")

    assert caught.value.problem is MaskProblem.BOTH


def test_what_is_told_is_told_once(tmp_path: Path) -> None:
    picture = files.encoded(files.photo(80, 60).convert("CMYK"), "TIFF")
    mask = files.encoded(files.blob(80, 60).convert("CMYK"), "TIFF")

    edit = prepared(tmp_path, picture, mask=mask)

    assert edit.notes.count(Note.CMYK) == 1


def test_the_way_a_mask_was_turned_is_asked_before_its_size(tmp_path: Path) -> None:
    mask = Image.new("L", (600, 1000))
    mask.paste(255, (10, 20, 30, 40))

    edit = prepared(
        tmp_path,
        files.encoded(files.photo(1000, 600), "PNG"),
        mask=files.encoded(mask, "PNG"),
    )
    other = revised(edit, Adjusted(turned=True), tmp_path)

    assert edit.question is Question.TURNED
    assert np.array_equal(array(other.mask), np.rot90(array(edit.mask), 2))
    assert other.question is Question.ALMOST_NOTHING
