"""Put the provider's picture into the original, through the mask.

Every pixel the mask keeps stays as it was, bit for bit: the feather falls inwards only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from PIL import Image

from bot.domain.edits.pictures import Box
from bot.imaging.files.pixels import Bytes, Pixels, bands
from bot.imaging.masking import masks
from bot.imaging.stitching.fading import Fade

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bot.imaging.files.png import PngWriter

_TONE_WINDOW: Final = 15  # pixels: over so many, a halftone or foliage that was blurred is equal

_RIM: Final = 8  # pixels
_LEAST_OUTSIDE: Final = 1000  # pixels
_LEAST_OUTSIDE_SHARE: Final = 0.02


@dataclass(slots=True)
class ChangedPixels:
    """Pixels that differ from the original in any channel, alpha included."""

    changed_inside: int = 0
    changed_outside: int = 0


def stitch(
    source: Pixels, mask: Bytes, crop: Box, painted: Image.Image, feather: int, png: PngWriter
) -> ChangedPixels:
    """Write the source with `painted` (RGB, of any size, showing `crop`) where the mask says so.

    The new picture fades in over `feather` pixels from the outline inwards; 0 is a hard edge.
    Alpha stays as it is, with one exception: where most of the area is transparent, as in an
    erased copy, nobody would see the change; there the area becomes opaque, with a hard edge.
    """
    box = masks.bounds(mask)
    fills = _is_mostly_transparent(source, mask, box)
    layer = _Layer(mask, crop, painted, Fade(mask, 0 if fills else feather), fills)
    counts = ChangedPixels()
    for top, bottom in bands(source.height, source.width):
        rows = source.rows(top, bottom)
        first, last = max(top, box.top), min(bottom, box.top + box.height)
        if first < last:
            part = Box(box.left, first, box.width, last - first)
            _change(rows[first - top : last - top], part, layer, counts)
        png.write(rows)
    return counts


def weights(mask: Bytes, part: Box, feather: int) -> Bytes:
    """How much of the new picture each pixel of a box takes, 0 to 255, as `stitch` mixes it."""
    return Fade(mask, feather).weights(part)


def mean_differences(sent: Bytes, returned: Bytes, mask: Bytes) -> tuple[float, float]:
    """Mean absolute difference in tone inside and outside the mask, 0 to 255; 0 for an empty part.

    Grain that resizing or packing took from a picture is not paint: differences are averaged over a
    small window, each part by itself, before their sign is dropped. A rim beside the mask is left
    out, where models soften their own edge; where hardly anything else is left outside, as of a
    picture that changes as a whole, it says nothing and counts as empty.
    """
    rim = np.ones((2 * _RIM + 1, 2 * _RIM + 1), np.uint8)
    outside = cv2.dilate(mask, rim) == 0
    if np.count_nonzero(outside) < max(_LEAST_OUTSIDE, _LEAST_OUTSIDE_SHARE * mask.size):
        outside[:] = False
    return _mean_tone(sent, returned, mask > 0), _mean_tone(sent, returned, outside)


def _mean_tone(sent: Bytes, returned: Bytes, part: NDArray[np.bool_]) -> float:
    if not part.any():
        return 0.0
    window = (_TONE_WINDOW, _TONE_WINDOW)
    weight = part.astype(np.float32)
    near = cv2.blur(weight, window)[part]
    found = 0.0
    for channel in range(3):
        signed = cv2.subtract(sent[..., channel], returned[..., channel], dtype=cv2.CV_32F)
        tone = cv2.blur(np.asarray(signed, np.float32) * weight, window)[part]
        found += float(np.abs(tone / near).mean(dtype=np.float64))
    return found / 3


@dataclass(frozen=True, slots=True)
class _Layer:
    """What is laid over the source: `fills` makes what it covers opaque."""

    mask: Bytes
    crop: Box
    painted: Image.Image
    fade: Fade
    fills: bool


def _change(rows: Bytes, part: Box, layer: _Layer, counts: ChangedPixels) -> None:
    """Change whole rows of the source in place, in the columns of `part`, and count."""
    before = rows.copy()
    weight = layer.fade.weights(part)[..., None].astype(np.uint16)
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
