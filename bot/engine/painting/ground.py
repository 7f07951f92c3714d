"""Tells what a picture is made of (wall, sky, ground) from the things that stand before it."""

from __future__ import annotations

import cv2
import numpy as np

from bot.engine.painting.pixels import Flags, Pixels, Whole, blur_known, grey, grow, resize

# The border of a picture mostly shows what lies behind things: the boundary prior of saliency
# detection (Wei and others, "Geodesic Saliency Using Background Priors", ECCV 2012).
_FRAME = 0.075  # of the longer side: how wide that border is
_WINDOW = 1 / 40  # of the longer side: over which colour and texture are averaged
_PLACES = 80  # along the longer side, where they are compared
_ALIKE = 18.0  # levels of difference that still count as the same ground
_LAYER = 0.2  # of the height: ground changes from top to bottom more than across
_LEAST = 0.1  # share of what is known that has to lie at the border
_MOST_TOLD = 400  # places of it that others are compared with
_THIN = 4  # one in so many places of a hole's rim is asked as well, where nothing else is seen
_USUAL = 0.18  # share of the border that looks alike from which a place is ground for certain

# Against a seam's mean squared error, found by eye.
_THING = 12_000.0
_LAYER_COST = 12_000.0  # of the other end of the picture's height


class BackgroundModel:
    """Judges a place to copy from in a wide hole: ground rather than things, from its own height.

    `things` is how much (0 to 1) each pixel looks like a thing, `heed` how much a rim pixel
    counts: what the hole's edge cuts through is not to be completed.
    """

    def __init__(self, picture: Pixels, known: Flags) -> None:
        self.things = find_things(picture, known)
        self.heed = 1 / (1 + 6 * self.things)
        self._flat = self.things.ravel()
        self._height, self._width = known.shape

    def cost(self, here: Whole, there: Whole) -> Pixels:
        """Return what copying `there` to `here` (flat pixel numbers) costs, per pixel."""
        down = (there // self._width - here // self._width) / self._height
        return np.asarray(_THING * self._flat[there] + _LAYER_COST * np.square(down), np.float32)


def find_things(picture: Pixels, known: Flags) -> Pixels:
    """Return how much (0 to 1) each pixel looks like a thing; only known pixels are looked at."""
    longer = max(known.shape)
    luma = grey(picture)
    slopes = [np.abs(cv2.Sobel(luma, cv2.CV_32F, dx, 1 - dx, scale=0.75)) for dx in (0, 1)]
    look = np.dstack([picture, *slopes]).astype(np.float32)
    near = blur_known(look, known, max(0.8, longer * _WINDOW))
    step = max(1, round(longer / _PLACES))
    places = near[step // 2 :: step, step // 2 :: step]
    seen = known[step // 2 :: step, step // 2 :: step]
    told = _telling(seen)
    if not told.any():
        return np.zeros(known.shape, np.float32)
    heights = np.arange(len(places), dtype=np.float32)[:, None] / len(places)
    heights = np.broadcast_to(heights, seen.shape)
    flat, border, levels = places.reshape(-1, places.shape[2]), places[told], heights[told]
    thin = max(1, len(border) // _MOST_TOLD)
    border, levels = border[::thin], levels[::thin]
    apart = np.square(flat).sum(1)[:, None] - 2 * flat @ border.T + np.square(border).sum(1)
    weight = np.exp(-np.square((heights.reshape(-1, 1) - levels) / _LAYER))
    alike = np.exp(-(apart / (2 * _ALIKE**2)).clip(0, 40)) * weight
    usual = (alike.sum(1) / weight.sum(1)).reshape(seen.shape)
    things = np.clip(1 - usual / _USUAL, 0, 1).astype(np.float32)
    # The average over a window blurs a thing's edge into the ground beside it.
    side = 2 * round(_WINDOW * longer / step) + 1
    things = np.asarray(cv2.dilate(things, np.ones((side, side), np.uint8)), np.float32)
    return resize(things, known.shape)


def _telling(seen: Flags) -> Flags:
    """Return the places that show the ground: the picture's border, or what stands in for it."""
    frame = max(1, round(_FRAME * max(seen.shape)))
    told = seen.copy()
    told[frame:-frame, frame:-frame] = False
    if told.sum() < _LEAST * seen.sum():  # the border is to be painted itself
        return seen
    if (~seen).all(1).sum() > _LEAST * len(seen):  # at some heights nothing is seen but the rim
        told[:, ::_THIN] |= (grow(~seen, frame) & seen)[:, ::_THIN]
    return told
