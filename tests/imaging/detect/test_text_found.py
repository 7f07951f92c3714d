"""R7 Lettering as an area: what was read, and what is seen where nobody can read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from benchmarks.labelled import posters
from benchmarks.labelled.sheets import MARGIN, Sheet, face, noisy
from bot.domain import areas
from bot.domain.edits.pictures import Note, TextLine
from bot.engine import samples
from bot.engine.painting import SANS
from bot.imaging.detect import quads
from bot.imaging.detect.finding import Finding
from bot.imaging.detect.text import find_text, lettering_choices
from bot.imaging.files.pixels import Bytes, Pixels
from bot.imaging.masking.rasterise import rasterise

WHITE, INK = (250, 250, 248), (30, 30, 34)


@pytest.fixture
def spooled(tmp_path: Path) -> Iterator[Callable[[Image.Image], Pixels]]:
    """Writes pictures to where the finders read them."""
    opened = []

    def spool(picture: Image.Image) -> Pixels:
        rows = np.asarray(picture)
        pixels = Pixels(tmp_path, width=rows.shape[1], height=rows.shape[0], channels=rows.shape[2])
        pixels.append(rows)
        opened.append(pixels)
        return pixels

    yield spool
    for pixels in opened:
        pixels.close()


def sheet(width: int = 1200, height: int = 400) -> Sheet:
    found = Sheet(Image.new("RGB", (width, height), WHITE))
    found.write("THE LAST TRAIN LEAVES AT TEN", (80, 120), 56, INK)
    found.write("mind the gap", (80, 196), 48, INK)
    return found


def as_read(found: Sheet, *said: str) -> tuple[TextLine, ...]:
    """The lines of a sheet as a reader gives them."""
    return tuple(
        TextLine(text, 0.99, tuple(float(value) for value in line.ravel()))
        for text, line in zip(said, found.lines, strict=True)
    )


LINES = ("THE LAST TRAIN LEAVES AT TEN", "mind the gap")


def overlap(finding: Finding | None, wanted: Bytes) -> float:
    """Intersection over union."""
    assert finding is not None
    mask = finding.mask > 0
    assert set(np.unique(finding.mask)) <= {0, 255}
    return float(np.mean(mask[mask | (wanted > 0)] & (wanted > 0)[mask | (wanted > 0)]))


def test_r7_all_lines_that_were_read_become_the_area(
    spooled: Callable[[Image.Image], Pixels],
) -> None:
    page = sheet()

    finding = find_text(spooled(page.picture), None, as_read(page, *LINES))

    assert overlap(finding, np.asarray(page.mask())) > 0.9
    assert finding is not None
    assert finding.notes == ()
    ink = np.asarray(page.picture.convert("L")) < 200
    assert finding.mask[ink].all()


@pytest.mark.parametrize("word", ["THE", "LAST", "TRAIN", "LEAVES", "TEN", "leaves at"])
def test_r7_a_word_is_cut_out_of_its_line_between_the_letters(
    spooled: Callable[[Image.Image], Pixels], word: str
) -> None:
    page, alone = sheet(), Sheet(Image.new("RGB", (1200, 400), WHITE))
    start = LINES[0].index(word.upper())
    before = alone.draw.textlength(LINES[0][:start], font=face(SANS, 56))
    alone.write(word.upper(), (80 + before, 120), 56, INK)

    finding = find_text(spooled(page.picture), word, as_read(page, *LINES)[:1])

    assert finding is not None
    only = np.asarray(alone.picture.convert("L")) < 128
    others = (np.asarray(page.picture.convert("L")) < 128) & ~only
    assert np.mean(finding.mask[only] > 0) > 0.995
    assert np.mean(finding.mask[others] > 0) < 0.03  # one letter has 0.045


def test_r7_words_are_found_on_a_tilted_board(spooled: Callable[[Image.Image], Pixels]) -> None:
    corners = [(100.0, 420.0), (1180.0, 60.0), (1260.0, 400.0), (160.0, 820.0)]
    board = sheet().hung(Sheet(samples.landscape()), corners)

    finding = find_text(spooled(board.picture), "train", as_read(board, *LINES))

    assert finding is not None
    line = quads.lying(board.lines[0].astype(np.float64))
    rows, columns = np.nonzero(finding.mask)
    middle = np.array((columns.mean(), rows.mean())) - line.middle
    assert abs(middle @ line.down) < line.height / 4
    assert 0.14 < finding.mask.astype(bool).sum() / (line.width * line.height) < 0.25


def test_r7_a_line_that_stands_on_end_is_marked_whole(
    spooled: Callable[[Image.Image], Pixels],
) -> None:
    """Nobody knows whether it is read upwards or downwards."""
    page = Image.new("RGB", (300, 900), WHITE)
    line = TextLine("EMERGENCY EXIT", 1.0, (100, 50, 160, 50, 160, 850, 100, 850))

    finding = find_text(spooled(page), "exit", (line,))

    assert finding is not None
    assert np.count_nonzero(finding.mask) == pytest.approx(60 * 800, rel=0.1)


def test_r7_a_near_miss_is_marked_as_unsure(spooled: Callable[[Image.Image], Pixels]) -> None:
    page = sheet()

    finding = find_text(spooled(page.picture), "GAP", as_read(page, LINES[0], "mind the 6ap"))
    close = find_text(spooled(page.picture), "trains", as_read(page, *LINES))

    assert finding is None
    assert close is not None
    assert close.notes == (Note.TEXT_UNSURE,)


def test_r7_nothing_is_found_where_nothing_was_read(
    spooled: Callable[[Image.Image], Pixels],
) -> None:
    page = sheet()
    senseless = (
        TextLine("short", 1.0, (1.0, 2.0)),
        TextLine("flat", 1.0, (1.0, 2.0, 9.0, 2.0, 9.0, 2.0, 1.0, 2.0)),
        TextLine("far", 1.0, (0.0, 0.0, 1e9, 0.0, 1e9, 9.0, 0.0, 9.0)),
    )

    assert find_text(spooled(page.picture), None, ()) is None
    assert find_text(spooled(page.picture), "bus", as_read(page, *LINES)) is None
    assert find_text(spooled(page.picture), None, senseless) is None
    assert find_text(spooled(page.picture), "mind", None) is None


@pytest.mark.parametrize("name", ["cinema", "sale", "slide", "page askew", "receipt", "menu"])
def test_r7_posters_and_scans_need_no_reader(
    spooled: Callable[[Image.Image], Pixels], name: str
) -> None:
    poster = posters.drawn(name)

    finding = find_text(spooled(poster.picture), None, None)

    assert overlap(finding, np.asarray(poster.mask)) > 0.85
    assert finding is not None
    assert finding.notes == ()


def test_r7_on_a_photo_the_finder_says_that_it_guesses(
    spooled: Callable[[Image.Image], Pixels],
) -> None:
    photo = noisy(samples.landscape(), grain=6, seed=1)

    finding = find_text(spooled(photo), None, None)

    assert finding is not None
    assert finding.notes == (Note.TEXT_UNSURE, Note.TEXT_WITHOUT_READER)


@pytest.mark.parametrize(
    "picture",
    [
        Image.new("RGB", (300, 200), (90, 120, 200)),
        Image.linear_gradient("L").resize((640, 480)).convert("RGB"),
        Image.new("RGBA", (40, 30), (0, 0, 0, 40)),
    ],
    ids=["one colour", "a gradient", "see-through"],
)
def test_r7_no_lettering_is_seen_where_there_is_none(
    spooled: Callable[[Image.Image], Pixels], picture: Image.Image
) -> None:
    assert find_text(spooled(picture), None, None) is None


def test_r7_the_choices_are_lines_and_blocks_the_biggest_first() -> None:
    page = sheet()

    choices = lettering_choices(as_read(page, *LINES), 1200, 400)

    assert [choice.label for choice in choices] == [" ".join(LINES), *LINES]
    assert [choice.area.count("box") for choice in choices] == [1, 1, 1]


def test_a_long_line_has_a_short_label_and_a_long_list_an_end() -> None:
    lines = [
        TextLine("many words " * 20, 1.0, (0, top, 400, top, 400, top + 9, 0, top + 9))
        for top in range(0, 2000, 50)
    ]

    choices = lettering_choices(lines, 500, 2100)

    assert len(choices) == 25
    assert all(len(choice.label) <= 100 and choice.label.endswith("…") for choice in choices)


POINTS = st.tuples(
    st.floats(-50, 350), st.floats(-50, 250), st.floats(8, 300), st.floats(8, 60), st.floats(-3, 3)
)


@given(POINTS)
def test_r7_a_choice_finds_its_lettering_again_without_a_reader(
    drawn: tuple[float, float, float, float, float],
) -> None:
    """Its area is understood, lies in the picture, and covers the line it was made from."""
    left, top, length, height, angle = drawn
    along = np.array((np.cos(angle), np.sin(angle))) * length
    down = np.array((-np.sin(angle), np.cos(angle))) * height
    start = np.array((left, top))
    quad = np.stack((start, start + along, start + along + down, start + down))
    line = TextLine("EXIT", 1.0, tuple(quad.ravel().tolist()))
    wanted = np.zeros((200, 300), np.uint8)
    cv2.fillPoly(wanted, [np.rint((quad - 0.5) * 16).astype(np.int32)], 255, shift=4)
    wanted = np.asarray(cv2.erode(wanted, np.ones((3, 3), np.uint8)))  # whole pixels only

    choices = lettering_choices([line], 300, 200)

    covered = [rasterise(areas.parse(choice.area), 300, 200) for choice in choices]
    assert len(covered) <= 1
    assert wanted.any() <= bool(covered)
    if covered:
        assert covered[0][wanted > 0].all()


def test_the_labels_keep_their_distance_from_the_ink() -> None:
    """The margin rule that the figures rest on."""
    page = sheet()
    ink = np.asarray(page.picture.convert("L"))[:190] < 128
    rows = np.flatnonzero(ink.any(1))
    height = rows[-1] + 1 - rows[0]

    assert page.lines[0][0, 1] == pytest.approx(rows[0] - MARGIN * height, abs=1)
    assert page.lines[0][2, 1] == pytest.approx(rows[-1] + 1 + MARGIN * height, abs=1)
