"""Bring the mask of a reduced copy to full size, along the edges of the picture.

A guided filter explains the mask by the colours around it; its few coefficients are found on the
copy and applied to the full picture ("Fast Guided Filter", He and Sun, 2015). That is done in
bands, and only near the outline: the rest of the mask is simply enlarged.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import cv2
import numpy as np

from bot.domain.edits.pictures import Box
from bot.imaging.files.pixels import bands
from bot.imaging.files.scale import flattened

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bot.imaging.files.pixels import Bytes, Pixels

    Field: TypeAlias = NDArray[np.floating[Any]]

_RADIUS: Final = 4  # pixels of the copy
_SMOOTH: Final = 1e-4  # colour variance (of 0 to 1) below which a neighbourhood counts as even
_MARGIN: Final = 2 * _RADIUS + 2  # pixels of the copy: the filter reaches twice its radius


def to_full_size(mask: NDArray[np.bool_], copy: Bytes, picture: Pixels) -> Bytes:
    """The mask of `copy` as one of the picture: height x width, 0 or 255.

    `mask` is height x width of `copy`, which shows the whole picture.
    """
    found = np.zeros((picture.height, picture.width), np.uint8)
    if mask.all():
        found[:] = 255
    if mask.all() or not mask.any():
        return found
    if mask.shape == found.shape:
        return np.asarray(mask * np.uint8(255))
    fields = _coefficients(copy, mask)
    across, down = picture.width / mask.shape[1], picture.height / mask.shape[0]
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    left = max(0, math.floor((int(columns[0]) - _MARGIN) * across))
    right = min(picture.width, math.ceil((int(columns[-1]) + 1 + _MARGIN) * across))
    top = max(0, math.floor((int(rows[0]) - _MARGIN) * down))
    bottom = min(picture.height, math.ceil((int(rows[-1]) + 1 + _MARGIN) * down))
    for first, last in bands(bottom - top, 4 * (right - left)):
        box = Box(left, top + first, right - left, last - first)
        part = found[box.top : box.top + box.height, left:right]
        part[_applied(fields, picture, box, across, down) > 0.5] = 255
    return found


def _coefficients(copy: Bytes, mask: NDArray[np.bool_]) -> Field:
    """What explains the mask by colour: height x width x 4, three factors and an offset."""
    side = (2 * _RADIUS + 1,) * 2

    def mean(field: Field) -> Field:
        return np.asarray(cv2.blur(field, side, borderType=cv2.BORDER_REFLECT), np.float32)

    colour = copy.astype(np.float32) / 255
    wanted = mask.astype(np.float32)
    middle, share = mean(colour), mean(wanted)
    spread = np.empty((*mask.shape, 3, 3), np.float32)
    for one in range(3):
        for other in range(3):
            product = mean(colour[..., one] * colour[..., other])
            spread[..., one, other] = product - middle[..., one] * middle[..., other]
        spread[..., one, one] += _SMOOTH
    shared = mean(colour * wanted[..., None]) - middle * share[..., None]
    factors = np.linalg.solve(spread, shared[..., None])[..., 0]
    offset = share - (factors * middle).sum(axis=2)
    return mean(np.dstack((factors, offset)).astype(np.float32))


def _applied(fields: Field, picture: Pixels, box: Box, across: float, down: float) -> Field:
    """The mask in a box of the full picture: about 0 where it is not, about 1 where it is."""
    # Maps the centre of a full pixel to its place on the copy.
    place = np.array(
        [
            [1 / across, 0, (box.left + 0.5) / across - 0.5],
            [0, 1 / down, (box.top + 0.5) / down - 0.5],
        ]
    )
    full = cv2.warpAffine(
        fields,
        place,
        (box.width, box.height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    colour = flattened(picture.box(box))
    total = full[..., 3]
    for channel in range(3):
        total += full[..., channel] * (colour[..., channel] * np.float32(1 / 255))
    return np.asarray(total)
