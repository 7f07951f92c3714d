"""A brush for figures with a known outline: shaded, textured, standing on any ground."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

from benchmarks.labelled.textures import Rgb, Scenery, clouds
from bot.engine.painting import Pixels, blur, floats, slopes

if TYPE_CHECKING:
    from collections.abc import Sequence


Points = list[tuple[float, float]]

_LIGHT = np.array([-0.45, -0.6, 0.66], np.float32)  # from the upper left, in front


class Figure:
    """Draws on a scene around (x, y); one unit is `size` pixels. What is drawn becomes the mask."""

    def __init__(
        self, scene: Scenery, x: float, y: float, size: float, rng: np.random.Generator
    ) -> None:
        self.scene = scene
        self.rng = rng
        self._x, self._y, self._size = x, y, size
        self._cover = np.zeros((scene.height, scene.width), np.float32)

    def mask(self) -> Image.Image:
        """Where the figure covers at least half of a pixel."""
        return Image.fromarray((self._cover >= 0.5).astype(np.uint8) * 255)

    def ellipse(
        self, x: float, y: float, across: float, down: float, paint: Rgb, **look: float
    ) -> None:
        """Lay an ellipse with these radii."""
        place = self._place([(x, y)])[0]
        cover = self.scene.ellipse(*place, across * self._size, down * self._size)
        self.lay(cover, paint, **look)

    def blob(self, points: Sequence[tuple[float, float]], paint: Rgb, **look: float) -> None:
        """Lay a shape with rounded corners through these points."""
        self.lay(self.scene.polygon(self._place(rounded(list(points)))), paint, **look)

    def shape(self, points: Sequence[tuple[float, float]], paint: Rgb, **look: float) -> None:
        """Lay a polygon."""
        self.lay(self.scene.polygon(self._place(list(points))), paint, **look)

    def stroke(
        self, points: Sequence[tuple[float, float]], width: float, paint: Rgb, **look: float
    ) -> None:
        """Lay a bent bar with round ends, `width` units thick."""
        line = self._place(rounded(list(points), closed=False))
        cover = self.scene.line(line, width * self._size)
        for end in (line[0], line[-1]):
            radius = width * self._size / 2
            cover = np.maximum(cover, self.scene.ellipse(*end, radius, radius))
        self.lay(cover, paint, **look)

    def lay(
        self,
        cover: Pixels,
        paint: Rgb,
        *,
        bulge: float = 1.0,
        grain: float = 0.03,
        cell: float = 9,
    ) -> None:
        """Paint a part: `bulge` is how round it is, `grain` how rough, in `cell` pixels."""
        if not cover.any():
            return
        light = _shaded(cover, bulge)
        rough = 1 + grain * clouds(cover.shape, cell, self.rng, octaves=3)
        colour = np.asarray(paint, np.float32) * (light * rough)[..., None]
        shine = np.clip(light - 1.12, 0, 1)[..., None] * 90 * bulge
        self.scene.lay(cover, colour + shine)
        self._cover = np.maximum(self._cover, cover)

    def marking(self, cover: Pixels, paint: Rgb) -> None:
        """Paint on the figure only, flat: stripes, labels, eyes."""
        self.scene.lay(cover * (self._cover >= 0.5), paint)

    def spot(self, x: float, y: float, across: float, down: float, paint: Rgb) -> None:
        """An ellipse painted on the figure."""
        place = self._place([(x, y)])[0]
        self.marking(self.scene.ellipse(*place, across * self._size, down * self._size), paint)

    def band(self, points: Sequence[tuple[float, float]], paint: Rgb) -> None:
        """A polygon painted on the figure."""
        self.marking(self.scene.polygon(self._place(list(points))), paint)

    def shadow(self, x: float, y: float, across: float, down: float, strength: float) -> None:
        """A soft shadow on the ground: no part of the figure, so draw it first."""
        place = self._place([(x, y)])[0]
        cover = self.scene.ellipse(*place, across * self._size, down * self._size)
        self.scene.shade(blur(cover, max(1.0, down * self._size * 0.4)), strength)

    def _place(self, points: Points) -> Points:
        return [(self._x + x * self._size, self._y + y * self._size) for x, y in points]


def rounded(points: Points, *, closed: bool = True) -> Points:
    """Cut the corners of a line four times (Chaikin)."""
    line = np.asarray(points, np.float64)
    for _ in range(4):
        following = np.roll(line, -1, axis=0) if closed else line[1:]
        first = line if closed else line[:-1]
        near, far = 0.75 * first + 0.25 * following, 0.25 * first + 0.75 * following
        middle = np.stack((near, far), axis=1).reshape(-1, 2)
        line = middle if closed else np.concatenate((line[:1], middle, line[-1:]))
    return [(float(x), float(y)) for x, y in line]


def _shaded(cover: Pixels, bulge: float) -> Pixels:
    """How light a part is, around 1: as if it swelled towards the viewer from its outline."""
    depth = floats(
        np.asarray(cv2.distanceTransform((cover > 0.5).astype(np.uint8), cv2.DIST_L2, 5))
    )
    reach = max(2.0, float(depth.max()) * 0.9)
    round_ = np.clip(depth / reach, 0, 1)
    height = blur(np.sqrt(np.clip(1 - (1 - round_) ** 2, 0, 1)) * reach, max(1.0, reach / 8))
    down, right = slopes(height)
    normal = np.dstack((-right * bulge, -down * bulge, np.ones_like(down)))
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    return np.asarray(0.42 + 0.78 * np.clip(normal @ _LIGHT, -0.25, 1), np.float32)
