"""A sheet that remembers where its letters stand.

The margin rule: the label of a line is the smallest upright box round its ink, grown on every
side by MARGIN of the ink's height. That is what a careful person would mark: no stroke touches
the edge, and the next line is left alone. Where a sheet is turned or seen at an angle, its
boxes go with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from bot.engine.painting import SANS
from bot.imaging import fonts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Colour = tuple[int, int, int]
    Corners = NDArray[np.float32]

MARGIN: Final = 0.15
LEAST_MARGIN: Final = 2.0  # pixels
PLAIN: Final = "the one that Pillow brings"


class Sheet:
    """A picture that is written on; `lines` holds four corners for each line."""

    def __init__(self, picture: Image.Image) -> None:
        self.picture = picture.convert("RGB")
        self.lines: list[Corners] = []

    @property
    def draw(self) -> ImageDraw.ImageDraw:
        """A pen for everything that is not lettering."""
        return ImageDraw.Draw(self.picture)

    def write(
        self,
        text: str,
        at: tuple[float, float],
        size: int,
        paint: Colour,
        *,
        font: str = SANS,
        anchor: str = "lt",
        outline: tuple[int, Colour] | None = None,
    ) -> None:
        """Write one line, and remember its place."""
        letters = face(font, size)
        stroke, edge = outline or (0, paint)
        pen = self.draw
        pen.text(
            at, text, paint, font=letters, anchor=anchor, stroke_width=stroke, stroke_fill=edge
        )
        ink = pen.textbbox(at, text, font=letters, anchor=anchor, stroke_width=stroke)
        self.lines.append(labelled(ink))

    def hung(self, on: Sheet, corners: list[tuple[float, float]]) -> Sheet:
        """This sheet hung on another one, its corners (in order of the clock) as they are said."""
        width, height = self.picture.size
        own = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
        matrix = cv2.getPerspectiveTransform(own, np.array(corners, np.float32))
        ground = np.asarray(on.picture)
        size = on.picture.size
        here = cv2.warpPerspective(np.asarray(self.picture), matrix, size, flags=cv2.INTER_AREA)
        full = np.full((height, width), 255, np.uint8)
        cover = cv2.warpPerspective(full, matrix, size, flags=cv2.INTER_LINEAR)
        share = (cover / 255.0)[..., None]
        seen = here * share + ground * (1 - share) + 0.5
        sheet = Sheet(Image.fromarray(seen.astype(np.uint8)))
        turned = [cv2.perspectiveTransform(line[None], matrix)[0] for line in self.lines]
        sheet.lines = [*on.lines, *(np.asarray(line, np.float32) for line in turned)]
        return sheet

    def mask(self) -> Image.Image:
        """The labels: mode L, 0 or 255."""
        width, height = self.picture.size
        found = np.zeros((height, width), np.uint8)
        for line in self.lines:
            cv2.fillConvexPoly(found, np.rint(line * 16).astype(np.int32), 255, shift=4)
        return Image.fromarray(found)


def labelled(ink: tuple[float, float, float, float]) -> Corners:
    """The corners of a line's label, from the box (left, top, right, bottom) of its ink."""
    left, top, right, bottom = ink
    margin = max(LEAST_MARGIN, MARGIN * (bottom - top))
    left, top, right, bottom = left - margin, top - margin, right + margin, bottom + margin
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)


def noisy(picture: Image.Image, *, grain: float, seed: int) -> Image.Image:
    """The picture with the noise of a sensor."""
    rng = np.random.default_rng(seed)
    pixels = np.asarray(picture, np.float32)
    pixels = pixels + rng.normal(0, grain, pixels.shape).astype(np.float32)
    return Image.fromarray(np.clip(pixels + 0.5, 0, 255).astype(np.uint8))


def face(name: str, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """One of the project's fonts, or PLAIN, in a size in pixels."""
    if name == PLAIN:
        return ImageFont.load_default(size)
    return fonts.face(name, size)
