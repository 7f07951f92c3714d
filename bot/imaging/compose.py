"""Put the provider's picture into the original, through the mask.

Every pixel the mask keeps stays as it was, bit for bit: the feather falls inwards only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from PIL import Image

from bot.domain.pictures import Box
from bot.imaging import masks
from bot.imaging.pixels import Bytes, Pixels, bands

if TYPE_CHECKING:
    from bot.imaging.png import PngWriter

_FEATHER_SHARE: Final = 1 / 40  # of the side of a square as large as the area
_MAX_FEATHER: Final = 24  # pixels


@dataclass(slots=True)
class Counts:
    """Pixels that differ from the original in any channel, alpha included."""

    changed_inside: int = 0
    changed_outside: int = 0


def stitch(
    source: Pixels, mask: Bytes, crop: Box, painted: Image.Image, feather: int, png: PngWriter
) -> Counts:
    """Write the source with `painted` (RGB, of any size, showing `crop`) where the mask says so.

    The new picture fades in over `feather` pixels from the outline inwards; 0 is a hard edge.
    Alpha stays as it is, with one exception: where most of the area is transparent, as in an
    erased copy, nobody would see the change; there the area becomes opaque, with a hard edge.
    """
    box = masks.bounds(mask)
    fills = _is_mostly_transparent(source, mask, box)
    layer = _Layer(mask, crop, painted, 0 if fills else feather, fills)
    counts = Counts()
    for top, bottom in bands(source.height, source.width):
        rows = source.rows(top, bottom)
        first, last = max(top, box.top), min(bottom, box.top + box.height)
        if first < last:
            part = Box(box.left, first, box.width, last - first)
            _change(rows[first - top : last - top], part, layer, counts)
        png.write(rows)
    return counts


def feather_width(marked: int) -> int:
    """How many pixels deep the new picture fades in, for an area of `marked` pixels."""
    return max(1, min(_MAX_FEATHER, round(math.sqrt(marked) * _FEATHER_SHARE)))


def weights(mask: Bytes, part: Box, feather: int) -> Bytes:
    """How much of the new picture each pixel of `part` takes, 0 to 255.

    It is 0 exactly where the mask is, and rises from the outline inwards over `feather` pixels.
    Strokes too thin for that still reach 255 in their middle: the rise is measured against the
    deepest point nearby.
    """
    if feather == 0:
        return mask[part.top : part.top + part.height, part.left : part.left + part.width]
    reach = 2 * feather + 3
    top, left = max(0, part.top - reach), max(0, part.left - reach)
    around = mask[top : part.top + part.height + reach, left : part.left + part.width + reach]
    depth = cv2.distanceTransform(np.ascontiguousarray(around), cv2.DIST_L2, 3)
    rise: Bytes = np.ceil(np.minimum(depth / (feather + 1), 1) * 255).astype(np.uint8)
    side = 2 * feather + 3
    deepest = cv2.dilate(rise, np.ones((side, side), np.uint8))
    y, x = part.top - top, part.left - left
    rise = rise[y : y + part.height, x : x + part.width]
    deepest = deepest[y : y + part.height, x : x + part.width]
    return (rise.astype(np.uint16) * 255 // np.maximum(deepest, 1)).astype(np.uint8)


def mean_differences(sent: Bytes, returned: Bytes, mask: Bytes) -> tuple[float, float]:
    """Mean absolute difference inside and outside the mask, 0 to 255; 0 for an empty part."""
    difference = cv2.absdiff(sent, returned).mean(axis=-1)
    inside = mask > 0
    means = (float(difference[part].mean()) if part.any() else 0.0 for part in (inside, ~inside))
    return next(means), next(means)


@dataclass(frozen=True, slots=True)
class _Layer:
    """What is laid over the source: `fills` makes what it covers opaque."""

    mask: Bytes
    crop: Box
    painted: Image.Image
    feather: int
    fills: bool


def _change(rows: Bytes, part: Box, layer: _Layer, counts: Counts) -> None:
    """Change whole rows of the source in place, in the columns of `part`, and count."""
    before = rows.copy()
    weight = weights(layer.mask, part, layer.feather)[..., None].astype(np.uint16)
    target = rows[:, part.left : part.left + part.width]
    new = _fitted(layer.painted, part, layer.crop)
    mixed = target[..., :3] * (255 - weight) + new * weight + 128
    mixed += mixed >> 8  # with the shift below: an exact, rounded division by 255
    target[..., :3] = mixed >> 8
    marked = layer.mask[part.top : part.top + part.height] > 0
    if layer.fills:
        rows[..., 3][marked] = 255
    changed = np.zeros(marked.shape, np.bool_)
    for channel in range(rows.shape[2]):
        changed |= rows[..., channel] != before[..., channel]
    counts.changed_inside += int(np.count_nonzero(changed & marked))
    counts.changed_outside += int(np.count_nonzero(changed & ~marked))


def _fitted(painted: Image.Image, part: Box, crop: Box) -> Bytes:
    """The provider's pixels for `part` of the source, scaled as the whole crop is."""
    if painted.size == (crop.width, crop.height):
        left, top = part.left - crop.left, part.top - crop.top
        return np.asarray(painted.crop((left, top, left + part.width, top + part.height)))
    across, down = painted.width / crop.width, painted.height / crop.height
    box = (
        (part.left - crop.left) * across,
        (part.top - crop.top) * down,
        min(painted.width, (part.left - crop.left + part.width) * across),
        min(painted.height, (part.top - crop.top + part.height) * down),
    )
    size = (part.width, part.height)
    return np.asarray(painted.resize(size, Image.Resampling.LANCZOS, box=box))


def _is_mostly_transparent(source: Pixels, mask: Bytes, box: Box) -> bool:
    """Whether what lies under the mask is transparent rather than visible, on average."""
    if source.channels == 3:
        return False
    total = marked = 0
    for top, bottom in bands(box.height, source.width):
        inside = mask[box.top + top : box.top + bottom] > 0
        alpha = source.rows(box.top + top, box.top + bottom)[..., 3]
        total += int(alpha[inside].sum(dtype=np.int64))
        marked += int(np.count_nonzero(inside))
    return total < 128 * marked
