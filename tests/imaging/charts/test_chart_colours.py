"""The colours of charts: for colour-blind people, on a dark and on a light ground."""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.domain.reports.charts import MOST_LAYERS, ChartTheme
from bot.imaging.charts.palette import PALETTES, Palette

# Complete dichromacy, from Machado, Oliveira and Fernandes 2009:
# https://www.inf.ufrgs.br/~oliveira/pubs_files/CVD_Simulation/CVD_Simulation.html
SIGHT: Final = {
    "trichromat": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanope": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranope": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanope": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
_TO_XYZ: Final = [
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
]
# 2.3 is what one can just tell apart, side by side.
APART: Final = 20.0


def _linear(colour: str) -> NDArray[np.float64]:
    shown = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)


def _lab(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    found = (np.array(_TO_XYZ) @ np.clip(linear, 0, 1)) / [0.95047, 1, 1.08883]
    x, y, z = np.where(found > 0.008856, np.cbrt(found), 7.787 * found + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def _contrast(one: str, other: str) -> float:
    low, high = sorted(float(np.array(_TO_XYZ[1]) @ _linear(colour)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def _layers(palette: Palette) -> tuple[str, ...]:
    return (*palette.layers, palette.rest)


@pytest.mark.parametrize("theme", ChartTheme)
@pytest.mark.parametrize("sight", SIGHT)
def test_layers_stay_apart_whoever_looks(theme: ChartTheme, sight: str) -> None:
    seen = [_lab(np.array(SIGHT[sight]) @ _linear(layer)) for layer in _layers(PALETTES[theme])]

    distances = [np.linalg.norm(one - other) for one, other in itertools.combinations(seen, 2)]

    assert len(seen) == MOST_LAYERS
    assert min(distances) >= APART


@pytest.mark.parametrize("theme", ChartTheme)
def test_all_that_is_drawn_stands_out_from_its_ground(theme: ChartTheme) -> None:
    """3:1 for shapes, 4.5:1 for words: https://www.w3.org/TR/WCAG22/#contrast-minimum."""
    palette = PALETTES[theme]
    words = (palette.text, palette.quiet, palette.warning)

    assert min(_contrast(layer, palette.ground) for layer in _layers(palette)) >= 3
    assert min(_contrast(word, palette.ground) for word in words) >= 4.5
    assert min(_contrast(palette.text, under) for under in (palette.band, palette.grid)) >= 4.5
