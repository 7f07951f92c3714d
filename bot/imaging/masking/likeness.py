"""Tells whether a file is a copy of a picture, and which way up it lies.

A copy shows the picture's own detail at the same places, wherever it was not drawn on. A mask, or
another picture, does not, whatever their colours: that is why a mostly white mask is not taken
for a copy of a mostly white scan. Where a scene has but two flat tones, a mask of one of them has
detail at the same places: its edges. Then the tones tell, and the shade and dirt on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from bot.domain.edits.pictures import Box
from bot.imaging.files.scale import scaled
from bot.imaging.masking.drawn import same_shape, turned

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bot.imaging.files.intake import OpenedPicture
    from bot.imaging.files.pixels import Bytes, Pixels

    Floats = NDArray[np.float32]
    Flags = NDArray[np.bool_]

_SIDE: Final = 384  # pixels of the longer side that are compared
_BLUR: Final = 1.0  # pixels; a copy may be a little off, or have been smaller for a while
_BLOCKS: Final = 24  # along the longer side
_DETAIL: Final = 3.0  # standard deviation of a block that has something to recognise
_FAINT_DETAIL: Final = 1.5  # where few blocks have; packing hardly leaves less
_STRONG_DETAIL: Final = 8.0
_ENOUGH: Final = 12  # blocks
_ALIKE: Final = 0.6  # correlation; of unrelated blocks about 1 in 100 gets there
_ALIKE_PLAIN: Final = 0.85
_VISIBLE: Final = 250  # of 255
_WHOLE: Final = 0.9  # of a block must be visible in both
_LEAST_SEEN: Final = 0.5  # of the picture, where tones alone must tell
_NEAR: Final = 24  # tones: JPEG and 5 % of brightness stay below

# The share of the detail that must be found again. A file of a few flat colours must show more
# of it: the shape of a mask may well follow the edges of the picture.
_LEAST_FOUND: Final = 0.3
_LEAST_FOUND_PLAIN: Final = 0.5
_LEAST_NEAR: Final = 0.5  # of a picture without detail: this share of it has kept its tone

_EDGE_REACH: Final = 2  # pixels
_SHADE_REACH: Final = 15  # pixels: grain does not survive packing, shade does
_LEAST_SHADE: Final = 1.5  # tones, as a standard deviation; JPEG 50 rounds to steps of two
_LEAST_SHADED: Final = 200  # pixels
_SHADE_KEPT: Final = 0.5  # of it: a copy keeps nearly all, a mask none


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much of a picture a file shows. Shares are 0 to 1; `detail` counts blocks.

    `orientation` is the EXIF orientation by which the file must be turned for that. `is_faint`
    says that the picture has hardly any strong contrast that a mask could follow. `keeps_tones`:
    most of the dark and most of the light part of the picture have their own tone and colour, and
    their shade, which is None where there is none to see.
    """

    orientation: int
    detail: int
    found: float
    found_well: float
    near: float
    is_faint: bool
    keeps_tones: bool
    keeps_shade: bool | None

    @property
    def keeps_greys(self) -> bool:
        """Whether a file of greys has the tones of the picture, as far as can be told."""
        return self.keeps_tones and self.keeps_shade is not False

    @property
    def may_be_grey_copy(self) -> bool:
        """Whether a file of greys shows enough of the picture to be asked about."""
        return self.keeps_greys and self.found >= _LEAST_FOUND

    @property
    def may_be_coloured_copy(self) -> bool:
        """Whether a copy has paint, even one packed so hard that its detail is only like ours."""
        return self.detail >= _ENOUGH and self.found >= _LEAST_FOUND_PLAIN and self.keeps_tones

    def is_copy(self, *, plain: bool) -> bool:
        """Whether this is a copy; `plain` says that the file has but a few flat colours."""
        if self.orientation != 1:  # only what is seen in it tells which way a copy was turned
            return self.detail >= _ENOUGH and self.found >= _LEAST_FOUND
        is_near = self.near >= _LEAST_NEAR
        if (self.detail < _ENOUGH and not plain) or self.detail == 0:
            return is_near or self.found >= _LEAST_FOUND
        if plain and not (self.is_faint and is_near):
            return self.found_well >= _LEAST_FOUND_PLAIN
        return self.found >= _LEAST_FOUND


def likeness(copy: OpenedPicture, picture: OpenedPicture) -> Likeness | None:
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
        if found[-1].found >= _LEAST_FOUND and way == 1:
            break
    return max(found, key=lambda one: one.found)  # the first of equals


def _small(picture: Pixels, size: tuple[int, int]) -> Bytes:
    """Luma, chroma and alpha of a small copy: height x width x 4."""
    whole = Box(0, 0, picture.width, picture.height)
    image = scaled(picture, whole, size, keep_alpha=True)
    pixels = np.asarray(image.convert("RGBA"))
    planes = cv2.cvtColor(np.ascontiguousarray(pixels[..., :3]), cv2.COLOR_RGB2YCrCb)
    return np.dstack((np.asarray(planes, np.uint8), pixels[..., 3]))


def _compared(copy: Bytes, picture: Bytes, orientation: int) -> Likeness:
    height, width = picture.shape[:2]
    grid = max(4, round(max(height, width) / _BLOCKS))
    visible = np.minimum(copy[..., 3], picture[..., 3]) >= _VISIBLE

    def in_blocks(values: Floats) -> Floats:
        blocks = (max(1, width // grid), max(1, height // grid))
        return np.asarray(cv2.resize(values, blocks, interpolation=cv2.INTER_AREA), np.float32)

    theirs, ours = (_detail(one, visible, 2 * grid + 1) for one in (copy, picture))
    power, own = in_blocks((theirs * theirs).sum(axis=2)), in_blocks((ours * ours).sum(axis=2))
    match = in_blocks((theirs * ours).sum(axis=2)) / np.sqrt(np.maximum(power * own, 1e-6))
    match[(power < own / 4) | (power > own * 4)] = 0
    whole = in_blocks(visible.astype(np.float32)) > _WHOLE
    detailed = (own >= _DETAIL**2) & whole
    if np.count_nonzero(detailed) < _ENOUGH:
        detailed = (own >= _FAINT_DETAIL**2) & whole
    count = int(np.count_nonzero(detailed))
    gap = np.abs(copy[..., 0].astype(np.int16) - picture[..., 0])[visible]
    is_seen = np.count_nonzero(visible) >= _LEAST_SEEN * visible.size
    return Likeness(
        orientation,
        count,
        float(np.count_nonzero(detailed & (match >= _ALIKE))) / max(1, count),
        float(np.count_nonzero(detailed & (match >= _ALIKE_PLAIN))) / max(1, count),
        float(np.mean(gap < _NEAR)) if is_seen else 0.0,
        int(np.count_nonzero((own >= _STRONG_DETAIL**2) & whole)) < _ENOUGH,
        *_kept(copy, picture, visible),
    )


def _kept(copy: Bytes, picture: Bytes, visible: Flags) -> tuple[bool, bool | None]:
    """Whether the dark and the light part keep their tones, and their shade (see Likeness)."""
    ours = np.ascontiguousarray(picture[..., 0])
    cut = cv2.threshold(ours, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[0]
    gap = np.abs(copy[..., :3].astype(np.int16) - picture[..., :3]).max(axis=2)
    near = (gap < _NEAR) & visible
    kernel = np.ones((2 * _EDGE_REACH + 1,) * 2, np.uint8)
    even = near & (cv2.subtract(cv2.dilate(ours, kernel), cv2.erode(ours, kernel)) < _NEAR)
    keeps = True
    common = power = 0.0
    count = 0
    for part in (ours <= cut, ours > cut):
        keeps &= bool(
            np.count_nonzero(near & part) >= _LEAST_NEAR * np.count_nonzero(part & visible)
        )
        seen = even & part
        theirs, own = (_shade(one[..., 0], seen) for one in (copy, picture))
        common += float(theirs @ own)
        power += float(own @ own)
        count += len(own)
    if count < _LEAST_SHADED or power < _LEAST_SHADE**2 * count:
        return keeps, None
    return keeps, common >= _SHADE_KEPT * power


def _shade(luma: Bytes, seen: Flags) -> Floats:
    """How much lighter the surroundings of each pixel seen are than all that is seen."""
    weight = seen.astype(np.float32)
    reach = (_SHADE_REACH, _SHADE_REACH)
    mean = cv2.blur(luma * weight, reach) / np.maximum(cv2.blur(weight, reach), 1e-3)
    found = np.asarray(mean[seen], np.float32)
    return found - found.mean() if len(found) else found


def _detail(planes: Bytes, visible: Flags, reach: int) -> Floats:
    """What differs from the surroundings: neither brightness nor slow shades are left."""
    tones = cv2.GaussianBlur(planes[..., :3].astype(np.float32), (0, 0), _BLUR)
    found = tones - cv2.blur(tones, (reach, reach))
    found[~visible] = 0
    return np.asarray(found, np.float32)
