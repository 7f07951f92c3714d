"""Decide which part of a picture the provider sees, and cut it out.

A model works best at about one megapixel. A large picture squeezed into that would come back
blurred, so only the area and what surrounds it is sent, as near to its own resolution as fits:
never enlarged, with even sides, since no model documents sizes of its own for edits.

An area of several far-apart parts is sent as one crop, for one price. Measured on 12 MP by
`benchmarks/parts.py`: sharing a crop that is reduced 1.15, 1.35, 1.57, 1.97 and 2.62 times keeps
39, 26, 23, 13 and 4 % of the finest detail (31.5 to 26.7 dB), a crop for each part all of it. But
two crops cost two edits, $0.16 instead of $0.08, for a wish the member said once, and the model
could not let the parts match. So nothing is bought twice on its own: where the parts alone would
be much sharper (`parts_apart`), the member is told, and may say them one after the other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from PIL import Image

from bot.domain.edits.pictures import Box
from bot.imaging.files import scale
from bot.imaging.masking import masks

if TYPE_CHECKING:
    from bot.imaging.files.pixels import Bytes, Pixels

_WHOLE_PIXELS: Final = 2 * 1024 * 1024  # up to here a picture is sent whole
_SMALL_SHARE: Final = 0.05  # unless the area's box covers less than this
# Margin on each side, as a part of the side of a square as large as the box. By its longer side, a
# line of 3000 x 200 pixels in 12 MP would be sent reduced 3.4 times instead of 2.2.
_CONTEXT: Final = 0.35
_LEAST_CONTEXT: Final = 48  # pixels
_MAX_ASPECT: Final = 2.5
_NEARLY_WHOLE: Final = 0.8
_NOT_WORTH_SCALING: Final = 0.95
MUCH_REDUCED: Final = 1.5
"""Reduced so many times more than needed, a part has visibly lost detail: see above."""
_COPY_SIDE: Final = 1024  # pixels: the copy on which parts are looked for
_MOST_PARTS: Final = 64


@dataclass(frozen=True, slots=True)
class CropPlan:
    """`crop` of the source is sent as `width` x `height` pixels; both sides are even."""

    crop: Box
    width: int
    height: int


def plan(width: int, height: int, marked: Box, *, best_pixels: int) -> CropPlan:
    """Choose what is sent of a `width` x `height` picture whose area lies in the box `marked`."""
    whole = Box(0, 0, width, height)
    pixels = width * height
    if pixels <= best_pixels:
        return _sized(whole, marked, whole, best_pixels)
    if pixels <= _WHOLE_PIXELS and marked.width * marked.height >= _SMALL_SHARE * pixels:
        return _sized(whole, marked, whole, _WHOLE_PIXELS)
    crop = _around(marked, whole, best_pixels)
    if crop.width * crop.height >= _NEARLY_WHOLE * pixels:
        crop = whole
    return _sized(crop, marked, whole, best_pixels)


def parts_apart(mask: Bytes, shared: CropPlan, *, best_pixels: int) -> bool:
    """Whether one crop for all parts of an area costs the largest of them much of its detail.

    Parts that lie within each other's context count as one. Cheap at any size: it looks at a
    reduced copy.
    """
    reduced = _reduced(shared)
    if reduced <= MUCH_REDUCED:
        return False
    height, width = mask.shape
    largest = max(_parts(mask, shared.crop), key=lambda box: box.width * box.height)
    alone = plan(width, height, largest, best_pixels=best_pixels)
    return reduced > MUCH_REDUCED * _reduced(alone)


def cut_picture(picture: Pixels, plan: CropPlan) -> Bytes:
    """What is sent of the picture: height x width x 3, flattened where it is transparent."""
    return np.asarray(scale.scaled(picture, plan.crop, (plan.width, plan.height)))


def cut_mask(mask: Bytes, plan: CropPlan) -> Bytes:
    """What is sent of the mask: always both 0 and 255, neither lost where the crop has both.

    Where everything is marked, a frame of one pixel is sent as kept: Ideogram refuses a mask of
    one colour. What is stitched is decided by the member's own mask all the same.
    Source: https://developer.ideogram.ai, edit: both colours must be present.
    """
    crop = plan.crop
    cut = mask[crop.top : crop.top + crop.height, crop.left : crop.left + crop.width]
    if cut.all():
        framed = np.zeros((plan.height, plan.width), np.uint8)
        framed[1:-1, 1:-1] = 255
        return framed
    cut = np.ascontiguousarray(cut)
    if cut.shape == (plan.height, plan.width):
        return cut
    sent = masks.resized(cut, plan.width, plan.height)
    if not sent.any() or sent.all():
        # Thinner than a sent pixel: mark, or keep, every pixel that is touched.
        small = Image.fromarray(cut).resize((plan.width, plan.height), Image.Resampling.BOX)
        least = 0 if not sent.any() else 254
        sent = (np.asarray(small) > least) * np.uint8(255)
    return sent


def _reduced(plan: CropPlan) -> float:
    """How many pixels of the picture's width one sent pixel shows."""
    return math.sqrt(plan.crop.width * plan.crop.height / (plan.width * plan.height))


def _parts(mask: Bytes, crop: Box) -> list[Box]:
    """The boxes of an area's parts inside `crop`, of which nearby ones count as one."""
    cut = mask[crop.top : crop.top + crop.height, crop.left : crop.left + crop.width]
    step = -(-max(cut.shape) // _COPY_SIDE)
    size = (-(-crop.width // step), -(-crop.height // step))
    small = cv2.resize(np.ascontiguousarray(cut), size, interpolation=cv2.INTER_AREA)
    near = 2 * (_LEAST_CONTEXT // step) + 1
    small = cv2.dilate((small > 0).astype(np.uint8), np.ones((near, near), np.uint8))
    stats = cv2.connectedComponentsWithStats(small)[2][1:]
    stats = stats[np.argsort(-stats[:, cv2.CC_STAT_AREA])][:_MOST_PARTS]
    boxes = [
        Box(crop.left + left * step, crop.top + top * step, wide * step, high * step)
        for left, top, wide, high in stats[:, :4].tolist()
    ]
    return _merged(boxes)


def _merged(boxes: list[Box]) -> list[Box]:
    """Boxes of which none lies within the context of another."""
    parts: list[Box] = []
    for box in boxes:
        while near := next((part for part in parts if _share_context(part, box)), None):
            parts.remove(near)
            box = _both(near, box)
        parts.append(box)
    return parts


def _share_context(first: Box, second: Box) -> bool:
    margin = max(_margin(first), _margin(second))
    return (
        first.left - margin < second.left + second.width
        and second.left - margin < first.left + first.width
        and first.top - margin < second.top + second.height
        and second.top - margin < first.top + first.height
    )


def _both(first: Box, second: Box) -> Box:
    left, top = min(first.left, second.left), min(first.top, second.top)
    right = max(first.left + first.width, second.left + second.width)
    bottom = max(first.top + first.height, second.top + second.height)
    return Box(left, top, right - left, bottom - top)


def _margin(marked: Box) -> int:
    """How much around a box the model sees on each side, in pixels."""
    return max(_LEAST_CONTEXT, round(_CONTEXT * math.sqrt(marked.width * marked.height)))


def _around(marked: Box, whole: Box, best_pixels: int) -> Box:
    """The area's box with context: at least as many pixels as the model likes, not too narrow."""
    margin = _margin(marked)
    wide: float = _reaching(marked.left, marked.width, margin, whole.width)
    high: float = _reaching(marked.top, marked.height, margin, whole.height)
    wide, high = max(wide, high / _MAX_ASPECT), max(high, wide / _MAX_ASPECT)
    grow = max(1.0, math.sqrt(best_pixels / (wide * high)))
    width, height = _limited(wide * grow, whole.width), _limited(high * grow, whole.height)
    # Where one side met the picture's edge, the other may take what is missing.
    width = _limited(max(width, best_pixels / height), whole.width)
    height = _limited(max(height, best_pixels / width), whole.height)
    left = _placed(marked.left, marked.width, width, whole.width)
    top = _placed(marked.top, marked.height, height, whole.height)
    return Box(left, top, width, height)


def _reaching(start: int, size: int, margin: int, limit: int) -> int:
    """One dimension of an area with its context: there is none beyond the picture's edge."""
    return min(limit, start + size + margin) - max(0, start - margin)


def _limited(side: float, limit: int) -> int:
    return min(limit, math.ceil(side))


def _placed(start: int, size: int, crop: int, limit: int) -> int:
    """Where a crop of one dimension begins: centred on the area, inside the picture."""
    return min(max(0, start + size // 2 - crop // 2), limit - crop)


def _sized(crop: Box, marked: Box, whole: Box, most_pixels: int) -> CropPlan:
    """Even sides: by a column or row more or less where nothing has to be scaled."""
    left, width = _even(crop.left, crop.width, marked.left, marked.width, whole.width)
    top, height = _even(crop.top, crop.height, marked.top, marked.height, whole.height)
    crop = Box(left, top, width, height)
    scale = min(1.0, math.sqrt(most_pixels / (width * height)))
    sent = (max(2, 2 * round(side * scale / 2)) for side in (width, height))
    if scale > _NOT_WORTH_SCALING:
        sent = (max(2, side - side % 2) for side in (width, height))
    return CropPlan(crop, *sent)


def _even(start: int, size: int, marked: int, length: int, limit: int) -> tuple[int, int]:
    """Make one dimension of a crop even if the picture has room, or the area does not need it."""
    if size % 2 == 0:
        return start, size
    if start + size < limit:
        return start, size + 1
    if start > 0:
        return start - 1, size + 1
    if marked + length < start + size:
        return start, size - 1
    if marked > start:
        return start + 1, size - 1
    return start, size
