"""From what a member gave to what can be bought: every way to say where, alone and together."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw

from benchmarks.labelled import posters
from bot.domain import areas
from bot.domain.adjusting import Adjusted
from bot.domain.areas import Found, Thing
from bot.domain.catalog import IDEOGRAM_V2_EDIT as MODEL
from bot.domain.errors import AreaProblem, BadArea, BadMask, MaskProblem
from bot.domain.feathers import feather_width
from bot.domain.pictures import (
    Brief,
    Lines,
    Note,
    PictureLimits,
    Prepared,
    Question,
    Reading,
    TextLine,
    Unread,
)
from bot.engine.samples import landscape
from bot.imaging.findings import look_for
from bot.imaging.pixels import Pixels
from bot.imaging.prepare import prepare
from bot.imaging.revise import revise
from tests.imaging import picture_files as files
from tests.imaging.detected import ball

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from bot.imaging.pixels import Bytes

SIZE = (1200, 800)
SALE = TextLine("SALE", 0.98, (100.0, 100.0, 400.0, 100.0, 400.0, 180.0, 100.0, 180.0))
OPEN = TextLine("OPEN TODAY", 0.95, (600.0, 500.0, 1000.0, 500.0, 1000.0, 560.0, 600.0, 560.0))


@pytest.fixture(scope="module")
def photo() -> bytes:
    return files.encoded(landscape(), "PNG", compress_level=1)


def prepared(
    folder: Path,
    picture: bytes,
    *,
    mask: bytes | None = None,
    area: str | None = None,
    lettering: Lines = None,
    offers_lettering: bool = False,
) -> Prepared:
    (folder / "picture").write_bytes(picture)
    if mask is not None:
        (folder / "mask").write_bytes(mask)
    brief = Brief(
        source=folder / "picture",
        mask=folder / "mask" if mask is not None else None,
        area=area,
        offers_lettering=offers_lettering,
    )
    out = folder / "out"
    out.mkdir(exist_ok=True)
    return prepare(brief, lettering, MODEL, PictureLimits(), out)


def array(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image)


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
    other = revise(
        edit.source,
        edit.drawn,
        Adjusted(turned=True),
        edit.feather,
        edit.reading,
        MODEL,
        tmp_path,
    )

    assert edit.question is Question.TURNED
    assert np.array_equal(array(other.mask), np.rot90(array(edit.mask), 2))
    assert other.question is Question.ALMOST_NOTHING


# ---- what is found in the picture ---------------------------------------------------------------


def test_lettering_that_was_read_is_marked(tmp_path: Path, photo: bytes) -> None:
    edit = prepared(tmp_path, photo, area='text:"SALE"', lettering=(SALE, OPEN))

    mask = array(edit.mask)
    assert (mask[100:180, 100:400] == 255).all()
    assert not mask[:, 500:].any()
    assert edit.reading is Reading.WORDS


def test_what_was_found_can_be_reckoned_with(tmp_path: Path, photo: bytes) -> None:
    everything = array(prepared(tmp_path, photo, area="text", lettering=(SALE, OPEN)).mask)

    rest = array(
        prepared(tmp_path, photo, area="not text - left half", lettering=(SALE, OPEN)).mask
    )

    assert np.array_equal(rest[:, 600:], 255 - everything[:, 600:])
    assert not rest[:, :600].any()


@pytest.mark.parametrize(
    ("words", "suggestion"),
    [
        ("Alarm", 'text:"SALE"'),
        ("Closed today", 'text:"OPEN TODAY"'),
        ("SILK", 'text:"SALE"'),
    ],
)
def test_lettering_that_is_not_there_is_pointed_at_with_the_nearest_that_is(
    tmp_path: Path, photo: bytes, words: str, suggestion: str
) -> None:
    area = f'left half & text:"{words}"'

    with pytest.raises(BadArea) as caught:
        prepared(tmp_path, photo, area=area, lettering=(SALE, OPEN))

    assert caught.value.problem is AreaProblem.NOT_FOUND
    assert (caught.value.text, caught.value.position) == (area, 12)
    assert caught.value.word == f'text:"{words}"'
    assert caught.value.suggestion == suggestion


def test_no_lettering_is_suggested_where_none_was_read(tmp_path: Path, photo: bytes) -> None:
    with pytest.raises(BadArea) as caught:
        prepared(tmp_path, photo, area='text:"SALE"', lettering=())

    assert caught.value.problem is AreaProblem.NOT_FOUND
    assert caught.value.suggestion is None


def test_words_that_may_stand_in_what_was_not_read_are_not_said_to_be_missing(
    tmp_path: Path, photo: bytes
) -> None:
    crowd = (SALE, dataclasses.replace(OPEN, text="", score=0))

    found = prepared(tmp_path, photo, area='text:"SALE"', lettering=crowd)
    everything = prepared(tmp_path, photo, area="text", lettering=crowd)
    with pytest.raises(BadArea) as caught:
        prepared(tmp_path, photo, area='text:"OPEN"', lettering=crowd)

    assert found.notes == ()
    assert everything.notes == (Note.TEXT_UNSURE,)
    assert (array(everything.mask)[500:560, 600:1000] == 255).all()
    assert caught.value.problem is AreaProblem.CROWDED
    assert caught.value.suggestion == 'text:"SALE"'


def test_words_wait_for_a_reader_that_has_no_time(tmp_path: Path, photo: bytes) -> None:
    """It is installed already: nobody is told to install it."""
    with pytest.raises(BadArea) as caught:
        prepared(tmp_path, photo, area='text:"SALE"', lettering=Unread.NOT_NOW)
    clean = files.encoded(posters.drawn("caption").picture, "PNG", compress_level=1)
    poster = prepared(tmp_path, clean, area="text", lettering=Unread.NOT_NOW)

    assert caught.value.problem is AreaProblem.NOT_READ
    assert (caught.value.word, caught.value.position) == ('text:"SALE"', 0)
    assert poster.notes == (Note.TEXT_UNSURE,)


class Watched(Pixels):
    """A spooled picture that counts how often it is looked at."""

    looks = 0

    def rows(self, top: int, bottom: int) -> Bytes:
        self.looks += 1
        return super().rows(top, bottom)


@pytest.mark.parametrize("area", ["subject & background", "background - subject"])
def test_subject_and_background_share_one_look(tmp_path: Path, area: str) -> None:
    picture, _ = ball()
    height, width, channels = picture.shape

    with Watched(tmp_path, width=width, height=height, channels=channels) as pixels:
        pixels.append(picture)
        look_for(areas.parse("subject"), "subject", pixels, None)
        once = pixels.looks
        both = look_for(areas.parse(area), area, pixels, None)

    assert pixels.looks == 2 * once
    assert np.array_equal(both[Found(Thing.BACKGROUND)], 255 - both[Found(Thing.SUBJECT)])


def test_words_in_a_picture_need_a_reader(tmp_path: Path, photo: bytes) -> None:
    area = "top half + text “sale”"

    with pytest.raises(BadArea) as caught:
        prepared(tmp_path, photo, area=area)

    assert caught.value.problem is AreaProblem.NEEDS_READER
    assert (caught.value.word, caught.value.position) == ("text", 11)


def test_a_thing_that_is_not_in_the_picture_is_named(tmp_path: Path) -> None:
    plain = files.encoded(Image.new("RGB", (400, 300), (120, 130, 140)), "PNG")

    with pytest.raises(BadArea) as caught:
        prepared(tmp_path, plain, area="everything - faces")

    assert caught.value.problem is AreaProblem.NOT_FOUND
    assert (caught.value.word, caught.value.position) == ("faces", 13)
    assert list((tmp_path / "out").iterdir()) == []


def test_n10_every_lettering_is_offered_and_each_offer_can_be_taken(
    tmp_path: Path, photo: bytes
) -> None:
    edit = prepared(tmp_path, photo, area="text", lettering=(SALE, OPEN), offers_lettering=True)

    assert {"SALE", "OPEN TODAY"} <= {choice.label for choice in edit.choices}
    whole = array(edit.mask)
    for choice in edit.choices:
        taken = prepared(tmp_path, photo, area=choice.area, lettering=(SALE, OPEN))
        assert 0 < np.count_nonzero(array(taken.mask)) <= np.count_nonzero(whole)


def test_n10_nothing_is_offered_where_nothing_was_read(tmp_path: Path, photo: bytes) -> None:
    edit = prepared(tmp_path, photo, area="top half", offers_lettering=True)

    assert edit.choices == ()
