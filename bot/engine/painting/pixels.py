"""The few array operations the painter needs, typed once: floats are 0 to 255, flags are masks."""

from __future__ import annotations

from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

# float32 throughout; NumPy's types lose the width in arithmetic.
Pixels: TypeAlias = NDArray[np.floating[Any]]
Bytes: TypeAlias = NDArray[np.uint8]
Flags: TypeAlias = NDArray[np.bool_]
Whole: TypeAlias = NDArray[np.int64]

Span: TypeAlias = tuple[slice, slice]


def floats(array: NDArray[np.generic]) -> Pixels:
    """Return a float32 copy."""
    return array.astype(np.float32)


def to_bytes(array: Pixels) -> Bytes:
    """Round and clip to 0..255."""
    return np.asarray(np.clip(array + 0.5, 0, 255), np.uint8)


def grow(flags: Flags, radius: int) -> Flags:
    """Widen the marked part by `radius` pixels, in a square window."""
    if radius <= 0:
        return flags.copy()
    side = 2 * radius + 1
    wide = cv2.boxFilter(
        flags.astype(np.float32), -1, (side, side), normalize=False, borderType=cv2.BORDER_CONSTANT
    )
    return np.asarray(wide > 0.5, bool)


def shrink(flags: Flags, radius: int) -> Flags:
    """Narrow the marked part by `radius` pixels; the picture's edge counts as marked."""
    return ~grow(~flags, radius)


def depth(flags: Flags) -> Pixels:
    """Distance in pixels from each marked pixel to the nearest unmarked one."""
    return floats(np.asarray(cv2.distanceTransform(flags.astype(np.uint8), cv2.DIST_L2, 3)))


def blur(array: Pixels, sigma: float) -> Pixels:
    """Gaussian blur, or three box blurs where it is wide; the border repeats its last pixel."""
    if sigma < 4:
        soft = cv2.GaussianBlur(array, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
        return np.asarray(soft, np.float32).reshape(array.shape)
    # Three boxes of side w have the variance (w * w - 1) / 4.
    side = max(3, round(np.sqrt(4 * sigma * sigma + 1)) // 2 * 2 + 1)
    for _ in range(3):
        array = np.asarray(
            cv2.blur(array, (side, side), borderType=cv2.BORDER_REPLICATE), np.float32
        ).reshape(array.shape)
    return array


def blur_known(array: Pixels, known: Flags, sigma: float) -> Pixels:
    """Gaussian blur that looks at `known` pixels only; 0 where there are none near."""
    weight = floats(known)
    total = blur(array * weight[..., None], sigma)
    return total / np.maximum(blur(weight, sigma), 1e-4)[..., None]


def resize(array: Pixels, shape: tuple[int, int]) -> Pixels:
    """Resize to `shape` (height, width): averaging when smaller, linear when larger."""
    if array.shape[:2] == shape:
        return array.copy()
    smaller = shape[0] * shape[1] < array.shape[0] * array.shape[1]
    mode = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    result = np.asarray(cv2.resize(array, (shape[1], shape[0]), interpolation=mode), np.float32)
    return result.reshape(*shape, *array.shape[2:])  # OpenCV drops an axis of length one


def grey(array: Pixels) -> Pixels:
    """Luma of an RGB array, Rec. 601 weights."""
    return np.asarray(array @ np.array([0.299, 0.587, 0.114], np.float32), np.float32)


def slopes(field: Pixels) -> tuple[Pixels, Pixels]:
    """Return how fast a field rises downwards and to the right, per pixel; any size."""
    down, right = (
        cv2.Sobel(
            field, cv2.CV_32F, 1 - dy, dy, ksize=1, scale=0.5, borderType=cv2.BORDER_REPLICATE
        )
        for dy in (1, 0)
    )
    shape = field.shape
    return floats(np.asarray(down)).reshape(shape), floats(np.asarray(right)).reshape(shape)


def span(flags: Flags, margin: int = 0) -> Span:
    """Return the rows and columns that hold everything marked, widened by `margin`, inside."""
    rows, columns = np.flatnonzero(flags.any(1)), np.flatnonzero(flags.any(0))
    return (
        slice(max(0, int(rows[0]) - margin), min(flags.shape[0], int(rows[-1]) + 1 + margin)),
        slice(max(0, int(columns[0]) - margin), min(flags.shape[1], int(columns[-1]) + 1 + margin)),
    )
