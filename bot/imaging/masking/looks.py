"""What the colours of a file say about it: a mask has a few flat ones, a photo has many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bot.imaging.files.pixels import Bytes, Pixels

SAMPLE_PIXELS: Final = 1 << 20
EVEN_RANGE: Final = 40  # tones closer than this are one colour and the noise of JPEG
TWO_TONES: Final = 0.85  # of the pixels have one of two colours; the rest are rims
_NEARLY_TWO_TONES: Final = 0.75
_CLEARLY_TWO_TONES: Final = 0.97
_SATURATED: Final = 60  # tones between the strongest and the weakest channel of a paint
_MOST_COLOURS: Final = 5
_LEAST_SHARE: Final = 0.0002  # of the pixels: rarer is a rim, no paint
_COLOURLESS: Final = 6.0  # tones between the channels, on average
_COLOURFUL: Final = 12.0
_GRAINY: Final = 3.0  # tones, on average
_DARK: Final = 64
_LEVEL: Final = 1.0  # tone: JPEG keeps what is flat so even, away from edges
_UNEVEN: Final = 0.6  # of the dark pixels of a mask at JPEG 20, 0.9 are level; of a soft one, 0.8


@dataclass(frozen=True, slots=True)
class Colour:
    """A flat colour (RGB) and the part of the pixels that have it, 0 to 1."""

    paint: NDArray[np.float32]
    share: float

    @property
    def is_saturated(self) -> bool:
        """Whether it is a paint, not a grey."""
        return float(np.ptp(self.paint)) >= _SATURATED


@dataclass(frozen=True, slots=True)
class Look:
    """How much of a file has its two commonest colours (0 to 1), and what else it shows, in tones.

    `has_paint`: it has a flat colour that is not grey, even in the thinnest line. `is_uneven`: what
    is dark in it, most of it, is not of one tone.
    """

    two_colours: float
    chroma: float
    grain: float
    has_paint: bool
    is_uneven: bool

    @property
    def is_photo(self) -> bool:
        """Many colours, or the grain of a photo; a mask has few colours, or soft greys."""
        return self.two_colours < TWO_TONES and (self.chroma > _COLOURFUL or self.grain > _GRAINY)

    @property
    def is_dark_photo(self) -> bool:
        """Nearly all of it dark, and nothing of it flat."""
        return self.two_colours >= TWO_TONES and self.is_uneven

    @property
    def is_mask(self) -> bool:
        """Two tones without colour."""
        return self.two_colours >= _CLEARLY_TWO_TONES and self.chroma < _COLOURLESS

    @property
    def is_grey(self) -> bool:
        """Without any colour."""
        return self.chroma < _COLOURLESS and not self.has_paint

    @property
    def is_two_toned(self) -> bool:
        """Two tones without any colour, and the rims of what is drawn in them."""
        return self.two_colours >= TWO_TONES and self.is_grey

    @property
    def is_nearly_two_toned(self) -> bool:
        """The same of a picture whose copy is two-toned: packing may cost it some of that."""
        return self.two_colours >= _NEARLY_TWO_TONES and self.chroma < _COLOURFUL


def look(file: Pixels) -> Look:
    """What a file's colours say, whatever is transparent in it."""
    rows = sample(file)
    flat = rows.reshape(-1, 3)
    found = colours(flat)
    grey = rows.mean(axis=-1)
    bend = np.abs(2 * grey[:, 1:-1] - grey[:, :-2] - grey[:, 2:]) if grey.shape[1] > 2 else grey * 0
    return Look(
        two_colours=sum(colour.share for colour in found[:2]),
        chroma=float(np.ptp(rows, axis=-1).mean()),
        grain=float(bend.mean()),
        has_paint=any(colour.is_saturated for colour in found),
        is_uneven=_is_uneven(grey),
    )


def colours(flat: Bytes) -> list[Colour]:
    """The commonest colours of pixels x 3, the commonest first."""
    found: list[Colour] = []
    left = flat
    while len(left) > _LEAST_SHARE * len(flat) and len(found) < _MOST_COLOURS:
        coarse = (left >> 4).astype(np.uint16) @ np.array([256, 16, 1], np.uint16)
        commonest = np.bincount(coarse, minlength=4096).argmax()
        paint = left[coarse == commonest].mean(axis=0).astype(np.float32)
        far = np.abs(left - paint).max(axis=-1) > EVEN_RANGE
        found.append(Colour(paint, (len(far) - np.count_nonzero(far)) / len(flat)))
        left = left[far]
    return found


def sample(file: Pixels) -> Bytes:
    """Whole rows spread over a picture, about a million pixels of them, without alpha."""
    step = max(1, file.width * file.height // SAMPLE_PIXELS)
    rows = [file.rows(top, top + 1)[..., :3] for top in range(0, file.height, step)]
    return np.concatenate(rows)


def _is_uneven(grey: NDArray[np.float64]) -> bool:
    dark = grey[grey < _DARK]
    if dark.size * 2 < grey.size:
        return False
    return bool(np.mean(np.abs(dark - np.median(dark)) <= _LEVEL) < _UNEVEN)
