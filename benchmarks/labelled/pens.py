"""Pens of a phone's markup, and what happens to a copy on its way back, with the truth kept."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import Image, ImageEnhance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from benchmarks.labelled.textures import Rgb

Line = list[tuple[float, float]]

_FINE = 4  # strokes are drawn this much larger, so that their rims are exact


@dataclass(frozen=True, slots=True)
class Pen:
    """A marker. `width` is in pixels of a picture about 1200 wide; it grows with the picture."""

    paint: Rgb
    width: float
    opacity: float = 1.0


class Copy:
    """A copy of a picture that is drawn on. Lines are in hundredths of its width and height."""

    def __init__(self, picture: Image.Image) -> None:
        self._pixels = np.asarray(picture.convert("RGB"), np.float32)
        self._truth: NDArray[np.float32] = np.zeros(self._pixels.shape[:2], np.float32)

    @property
    def size(self) -> tuple[int, int]:
        height, width = self._truth.shape
        return width, height

    def stroke(self, pen: Pen, *lines: Line) -> Copy:
        """Draw lines; the ink itself is what is meant."""
        ink = self._ink(pen, lines)
        self._lay(pen, ink)
        self._truth = np.maximum(self._truth, ink)
        return self

    def ring(self, pen: Pen, line: Line, *, inside: Line | None = None) -> Copy:
        """Draw an outline; its inside is meant with it. `inside` says it where the line is open."""
        ink = self._ink(pen, [line])
        self._lay(pen, ink)
        self._truth = np.maximum(self._truth, np.maximum(ink, self._body(inside or line)))
        return self

    def hatch(self, pen: Pen, lines: Sequence[Line], body: Line) -> Copy:
        """Draw a zigzag; the body it covers is meant, with half the pen around."""
        self._lay(pen, self._ink(pen, lines))
        covered = np.maximum(self._body(body), self._ink(pen, [[*body, body[0]]]))
        self._truth = np.maximum(self._truth, covered)
        return self

    def image(self) -> Image.Image:
        return Image.fromarray(np.clip(self._pixels + 0.5, 0, 255).astype(np.uint8))

    def mask(self) -> Image.Image:
        return Image.fromarray(((self._truth >= 0.5) * 255).astype(np.uint8))

    def _lay(self, pen: Pen, ink: NDArray[np.float32]) -> None:
        share = (ink * pen.opacity)[..., None]
        self._pixels += share * (np.asarray(pen.paint, np.float32) - self._pixels)

    def _ink(self, pen: Pen, lines: Sequence[Line]) -> NDArray[np.float32]:
        width = max(1, round(pen.width * max(self.size) / 1200 * _FINE))
        fine = self._fine()
        cv2.polylines(fine, [self._points(line) for line in lines], False, 255, width)
        return self._share(fine)

    def _body(self, line: Line) -> NDArray[np.float32]:
        fine = self._fine()
        cv2.fillPoly(fine, [self._points(line)], 255)
        return self._share(fine)

    def _fine(self) -> NDArray[np.uint8]:
        return np.zeros((self.size[1] * _FINE, self.size[0] * _FINE), np.uint8)

    def _points(self, line: Line) -> NDArray[np.int32]:
        unit = np.array(self.size, np.float64) * _FINE / 100
        return np.rint(np.array(line) * unit).astype(np.int32)

    def _share(self, fine: NDArray[np.uint8]) -> NDArray[np.float32]:
        small = cv2.resize(fine, self.size, interpolation=cv2.INTER_AREA)
        return np.asarray(small / np.float32(255), np.float32)


def round_by_hand(
    x: float, y: float, across: float, down: float, *, turn: float = 1.0, seed: int = 1
) -> Line:
    """A loop as a finger draws it, in hundredths of the picture; `turn` 1 is closed, 0.9 open."""
    rng = np.random.default_rng(seed)
    start = rng.uniform(0, math.tau)
    angles = np.linspace(0, math.tau * turn, 181)
    waves = rng.normal(0, 0.025, 4)
    wobble = 1 + sum(
        wave * np.sin((index + 2) * angles + rng.uniform(0, math.tau))
        for index, wave in enumerate(waves)
    )
    wobble += (wobble[0] - wobble[-1]) * np.linspace(0, 1, len(angles)) ** 8 if turn == 1 else 0
    xs = x + across * wobble * np.cos(angles + start)
    ys = y + down * wobble * np.sin(angles + start)
    return list(zip(xs.tolist(), ys.tolist(), strict=True))


def zigzag(body: Line, step: float) -> Line:
    """Lines from left to right and back within a convex body, `step` hundredths apart."""
    points = np.array(body)
    low, high = points[:, 1].min(), points[:, 1].max()
    heights = np.linspace(low + 0.3, high - 0.3, round((high - low) / step) + 1)
    found: Line = []
    following = np.roll(points, -1, axis=0)
    for index, y in enumerate(heights):
        crosses = (points[:, 1] <= y) != (following[:, 1] <= y)
        first, second = points[crosses], following[crosses]
        xs = first[:, 0] + (y - first[:, 1]) * (second[:, 0] - first[:, 0]) / (
            second[:, 1] - first[:, 1]
        )
        ends = [(float(xs.min()), float(y)), (float(xs.max()), float(y))]
        found += ends if index % 2 == 0 else ends[::-1]
    return found


def png(image: Image.Image, **options: Any) -> bytes:
    return _encoded(image, "PNG", **options)


def jpeg(image: Image.Image, quality: int, **options: Any) -> bytes:
    return _encoded(image.convert("RGB"), "JPEG", quality=quality, **options)


def brighter(image: Image.Image, share: float) -> Image.Image:
    """As an app's own rendering makes it: `share` brighter (0.03 = 3 %)."""
    return ImageEnhance.Brightness(image).enhance(1 + share)


def through_gallery(image: Image.Image, share: float, *, back: bool = False) -> Image.Image:
    """Made smaller by a phone's gallery, and perhaps enlarged to its old size again."""
    size = (round(image.width * share), round(image.height * share))
    small = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    return small.resize(image.size, Image.Resampling.BICUBIC) if back else small


def oriented(image: Image.Image, orientation: int) -> tuple[Image.Image, bytes]:
    """The same picture as a camera on its side stores it (orientation 6 or 8), and its EXIF."""
    tags = Image.Exif()
    tags[0x0112] = orientation
    way = Image.Transpose.ROTATE_90 if orientation == 6 else Image.Transpose.ROTATE_270
    return image.transpose(way), tags.tobytes()


def _encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()
