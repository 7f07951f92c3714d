"""R7 What is found in a picture and read in it, on its way into an area; and what is not."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.labelled import posters
from benchmarks.labelled.sheets import Sheet
from bot.domain import areas
from bot.domain.areas import Found, Thing
from bot.domain.edits import prompts
from bot.domain.edits.pictures import Box, Note, OcrSkipped, Reading, TextLine
from bot.domain.errors import AreaProblem, BadArea
from bot.engine.samples import landscape
from bot.imaging.files.pixels import Bytes, Pixels
from bot.imaging.masking.findings import look_for
from bot.imaging.stitching.compose import weights
from tests.imaging import picture_files as files
from tests.imaging.detect.detected import ball
from tests.imaging.steps.preparing import array, prepared

SALE = TextLine("SALE", 0.98, (100.0, 100.0, 400.0, 100.0, 400.0, 180.0, 100.0, 180.0))
OPEN = TextLine("OPEN TODAY", 0.95, (600.0, 500.0, 1000.0, 500.0, 1000.0, 560.0, 600.0, 560.0))


@pytest.fixture(scope="module")
def photo() -> bytes:
    return files.encoded(landscape(), "PNG", compress_level=1)


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
        prepared(tmp_path, photo, area='text:"SALE"', lettering=OcrSkipped.NOT_NOW)
    clean = files.encoded(posters.drawn("caption").picture, "PNG", compress_level=1)
    poster = prepared(tmp_path, clean, area="text", lettering=OcrSkipped.NOT_NOW)

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


def test_n10_nothing_of_the_old_letters_is_left_under_the_new_ones(tmp_path: Path) -> None:
    """A page of lettering fades in deeper than the reader stands off the ink."""
    page = Sheet(Image.new("RGB", (1240, 1754), (250, 250, 248)))
    for top in range(300, 1500, 60):
        page.write("the house management will clean", (120, top), 34, (30, 30, 34))
    lines = tuple(
        TextLine("the house management will clean", 0.99, tuple(line.ravel().tolist()))
        for line in page.lines
    )
    data = files.encoded(page.picture, "PNG", compress_level=1)
    ink = np.asarray(page.picture.convert("L")) < 200

    everything = prompts.lettering_area(None)
    edit = prepared(tmp_path, data, area=everything, lettering=lines, offers_lettering=True)
    block = prepared(tmp_path, data, area=edit.choices[0].area, lettering=lines)

    for drawn in (edit, block):
        assert drawn.feather > 10
        assert (weights(array(drawn.mask), Box(0, 0, 1240, 1754), drawn.feather)[ink] > 240).all()
