"""Tells whether a file is a copy of a picture, and which way up it lies.

A copy shows the picture's own detail at the same places, wherever it was not drawn on. A mask, or
another picture, does not, whatever their colours: that is why a mostly white mask is not taken
for a copy of a mostly white scan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from bot.domain.pictures import Box
from bot.imaging.drawn import same_shape, turned
from bot.imaging.scale import scaled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bot.imaging.intake import Opened
    from bot.imaging.pixels import Bytes, Pixels

    Floats = NDArray[np.float32]

_SIDE: Final = 384  # pixels of the longer side that are compared
_BLOCKS: Final = 24  # along the longer side
_DETAIL: Final = 3.0  # standard deviation of a block that has something to recognise
_ALIKE: Final = 0.6  # correlation; of unrelated blocks about 1 in 100 gets there
_ALIKE_PLAIN: Final = 0.85
_NEAR: Final = 24  # tones: JPEG and 5 % of brightness stay below

# The share of the detail that must be found again. A file of a few flat colours must show more
# of it: the shape of a mask may well follow the edges of the picture.
_LEAST_FOUND: Final = 0.3
_LEAST_FOUND_PLAIN: Final = 0.5
_LEAST_NEAR: Final = 0.5  # of a picture without detail: this share of it has kept its tone


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much of a picture a file shows. Shares are 0 to 1; `detail` counts blocks.

    `orientation` is the EXIF orientation by which the file must be turned for that.
    """

    orientation: int
    detail: int
    found: float
    found_well: float
    near: float

    def is_copy(self, *, plain: bool) -> bool:
        """Whether this is a copy; `plain` says that the file has but a few flat colours."""
        if self.detail == 0:
            return self.near >= _LEAST_NEAR
        if plain:
            return self.found_well >= _LEAST_FOUND_PLAIN
        return self.found >= _LEAST_FOUND or (self.detail < _BLOCKS and self.near >= _LEAST_NEAR)


def likeness(copy: Opened, picture: Opened) -> Likeness | None:
    """The best way to see a file as a copy of a picture; None where their shapes forbid it."""
    size = (copy.pixels.width, copy.pixels.height)
    wanted = (picture.pixels.width, picture.pixels.height)
    ways: list[int] = []
    if same_shape(size, wanted):
        ways += [1, 3]
    if same_shape(size[::-1], wanted):
        ways += [6, 8]
    if not ways:
        return None
    own = picture.orientation
    if own not in (1, *ways) and (own >= 5) == (ways[-1] >= 5):
        ways.append(own)
    factor = min(1.0, _SIDE / max(wanted))
    small = (max(1, round(wanted[0] * factor)), max(1, round(wanted[1] * factor)))
    seen = _small(picture.pixels, small)
    found: list[Likeness] = []
    for way in ways:
        file = _small(copy.pixels, small if way < 5 else small[::-1])
        found.append(_compared(turned(file, way), seen, way))
        if found[-1].found >= _LEAST_FOUND and way == ways[0]:
            break
    return max(found, key=lambda one: (one.found, one.near))


def _small(picture: Pixels, size: tuple[int, int]) -> Bytes:
    """Luma and alpha of a small copy: height x width x 2."""
    whole = Box(0, 0, picture.width, picture.height)
    image = scaled(picture, whole, size, keep_alpha=True)
    alpha = (
        image.getchannel("A") if image.mode == "RGBA" else image.getchannel(0).point([255] * 256)
    )
    return np.dstack((np.asarray(image.convert("L")), np.asarray(alpha)))


def _compared(copy: Bytes, picture: Bytes, orientation: int) -> Likeness:
    height, width = picture.shape[:2]
    grid = max(4, round(max(height, width) / _BLOCKS))
    blocks = (max(1, width // grid), max(1, height // grid))
    visible = np.minimum(copy[..., 1], picture[..., 1]) >= 250
    first, second = (_detail(one[..., 0], visible, grid) for one in (copy, picture))
    power, own, both = (
        cv2.resize(one, blocks, interpolation=cv2.INTER_AREA)
        for one in (first * first, second * second, first * second)
    )
    whole = cv2.resize(visible.astype(np.float32), blocks, interpolation=cv2.INTER_AREA) > 0.9
    detailed = (own >= _DETAIL**2) & whole
    match = both / np.sqrt(np.maximum(power * own, 1e-6))
    match[(power < own / 4) | (power > own * 4)] = 0
    count = int(np.count_nonzero(detailed))
    gap = np.abs(copy[..., 0].astype(np.int16) - picture[..., 0])
    return Likeness(
        orientation,
        count,
        float(np.count_nonzero(detailed & (match >= _ALIKE))) / max(1, count),
        float(np.count_nonzero(detailed & (match >= _ALIKE_PLAIN))) / max(1, count),
        float(np.mean(gap[visible] < _NEAR)) if visible.any() else 0.0,
    )


def _detail(luma: Bytes, visible: NDArray[np.bool_], reach: int) -> Floats:
    """What differs from the surroundings: neither brightness nor slow shades are left."""
    tones = luma.astype(np.float32)
    found = tones - cv2.blur(tones, (reach, reach))
    found[~visible] = 0
    return np.asarray(found, np.float32)
