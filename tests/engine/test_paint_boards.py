"""Sign boards: cut to their words in a wide or tall area, and the whole of a modest one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from bot.domain.catalog import Style
from bot.engine.painting.letters import SANS, lay_out, shape
from bot.engine.painting.paint import paint
from bot.engine.painting.sign_layout import hang
from bot.engine.painting.text_placement import find_place

Array = np.ndarray[Any, Any]
GROUND = (150, 150, 150)
SIZE = (900, 600)


def boarded(box: tuple[int, int, int, int], words: str) -> tuple[Array, Array]:
    """Return where the board and where its letters are, in a crop of the area `box`."""
    image, mask = Image.new("RGB", SIZE, GROUND), Image.new("L", SIZE)
    mask.paste(255, box)
    prompt = f'a wall with a red sign with white letters that say "{words}"'

    result = paint(image, mask, prompt=prompt, style=Style.DESIGN, seed=3)

    crop = np.asarray(result.crop(box)).astype(int)
    letters = crop.min(2) > 225
    board = letters | (crop[..., 0] - crop[..., 1] > 60)
    rows, columns = np.flatnonzero(board.any(1)), np.flatnonzero(board.any(0))
    edge = (rows[-1] - rows[0]) // 5  # the board's own line is white as well
    letters[: rows[0] + edge] = letters[rows[-1] - edge :] = False
    letters[:, : columns[0] + edge] = letters[:, columns[-1] - edge :] = False
    return board, letters


def extent(flags: Array) -> tuple[int, int, float]:
    """Width, height and the middle's height of what is marked."""
    rows, columns = np.flatnonzero(flags.any(1)), np.flatnonzero(flags.any(0))
    return int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1, float(rows[0] + rows[-1]) / 2


@pytest.mark.parametrize(
    "box",
    [(600, 0, 900, 600), (450, 0, 900, 600), (0, 400, 900, 600), (200, 100, 700, 500)],
    ids=["right third", "right half", "bottom third", "middle"],
)
@pytest.mark.parametrize("words", ["OPEN", "BIG SALE TODAY"])
def test_a_board_in_a_wide_area_suits_its_words(box: tuple[int, int, int, int], words: str) -> None:
    board, letters = boarded(box, words)

    width, height, middle = extent(board)
    assert width <= 0.81 * (box[2] - box[0])
    assert height <= 0.46 * (box[3] - box[1])
    assert width >= 0.7 * (box[2] - box[0]) or height >= 0.35 * (box[3] - box[1])
    assert 0.3 < middle / (box[3] - box[1]) < 0.5
    assert extent(letters)[0] > 0.6 * width


def test_a_line_of_letters_fills_its_board() -> None:
    board, letters = boarded((600, 0, 900, 600), "OPEN")

    assert extent(letters)[1] > 0.45 * extent(board)[1]


def test_a_modest_area_is_the_sign() -> None:
    board, _ = boarded((300, 200, 540, 290), "OPEN")

    width, height, _ = extent(board)
    assert width > 0.9 * 240
    assert height > 0.85 * 90


def test_a_tall_narrow_area_gets_no_empty_board() -> None:
    board, _ = boarded((300, 100, 380, 500), "OPEN")

    assert extent(board)[1] < 0.3 * 400


@pytest.mark.parametrize("words", ["A", "OPEN", "FRESH COFFEE EVERY DAY", "supercalifragilistic"])
@pytest.mark.parametrize("box", [(0, 0, 900, 200), (0, 0, 300, 600), (0, 0, 600, 600)])
def test_the_words_reach_the_size_their_board_was_cut_for(
    box: tuple[int, int, int, int], words: str
) -> None:
    area = np.zeros((600, 900), bool)
    area[box[1] : box[3], box[0] : box[2]] = True

    place = hang(find_place(area), words, SANS, float(area.mean()))

    edge = 0.145 * min(place.width, place.height)
    across, down = int(place.width - 2 * edge), int(place.height - 2 * edge)
    layout = lay_out(words, across, down, SANS)
    assert layout is not None
    ink = shape(layout, across, down, (0.0, 0.0)) > 0
    assert extent(ink)[0] > 0.75 * across
    assert extent(ink)[1] > 0.6 * down
