"""Finds the thing a generous mask was drawn round, so that a colour does not spill beyond it."""

from __future__ import annotations

import cv2
import numpy as np

from bot.engine.painting.pixels import (
    Bytes,
    Flags,
    Pixels,
    blur,
    floats,
    grey,
    grow,
    resize,
    shrink,
    slopes,
    span,
    to_bytes,
)

_WORK_SIDE = 300  # pixels: outlines are found on a copy of this size
_ROUNDS = 4
_CALM_RIM = 0.62  # share of the mask's rim that must run through even ground


def cover_of_thing(picture: Bytes, area: Flags) -> Pixels:
    """Return how much of each pixel (0 to 1) belongs to what the mask means; 0 outside the mask.

    A mask that follows the thing's own outline is taken at its word, and so is one in which no
    clear thing is found.
    """
    whole = floats(area)
    box = span(area, 8 + int(0.25 * np.sqrt(area.sum())))
    crop, inside = picture[box], area[box]
    factor = max(1.0, max(inside.shape) / _WORK_SIDE)
    shape = (max(1, round(inside.shape[0] / factor)), max(1, round(inside.shape[1] / factor)))
    small, marked = resize(floats(crop), shape), resize(floats(inside), shape) > 0.5
    if min(shape) < 12 or marked.all() or not _is_generous(small, marked):
        return whole
    thing = _cut(to_bytes(small), marked)
    share = thing.sum() / max(1, int(marked.sum()))
    if not 0.25 < share < 0.95:
        return whole
    soft = resize(blur(floats(thing), 0.7), inside.shape)
    whole[box] *= np.clip((soft - 0.25) * 2, 0, 1)
    return whole


def _is_generous(picture: Pixels, marked: Flags) -> bool:
    """Tell whether the mask's outline mostly runs through ground, not along an edge."""
    rim = grow(marked, 1) & ~shrink(marked, 1)
    slope = np.hypot(*slopes(blur(grey(picture), 0.8)))
    inner = float(np.percentile(slope[marked], 90))
    return float((slope[rim] < max(4.0, 0.3 * inner)).mean()) > _CALM_RIM


def _cut(picture: Bytes, marked: Flags) -> Flags:
    """Cut the thing out of the marked part (GrabCut); what is outside is ground for certain."""
    guess = np.where(marked, cv2.GC_PR_FGD, cv2.GC_BGD).astype(np.uint8)
    guess[marked & ~shrink(marked, 2)] = cv2.GC_PR_BGD
    if not (guess == cv2.GC_PR_FGD).any() or marked.mean() > 0.9:
        return marked
    cv2.setRNGSeed(1)  # GrabCut starts from random colour clusters
    ground, thing_model = np.zeros((1, 65)), np.zeros((1, 65))
    crop = np.ascontiguousarray(picture)
    nowhere = (0, 0, 1, 1)  # the mask says it all
    cv2.grabCut(crop, guess, nowhere, ground, thing_model, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    thing = ((guess == cv2.GC_PR_FGD) | (guess == cv2.GC_FGD)) & marked
    kernel = np.ones((5, 5), np.uint8)
    closed = cv2.morphologyEx(thing.astype(np.uint8), cv2.MORPH_CLOSE, kernel)
    count, names, stats, _ = cv2.connectedComponentsWithStats(1 - closed, connectivity=4)
    holes = stats[:, cv2.CC_STAT_AREA] < 0.06 * marked.sum()
    filled = (closed > 0) | (holes[names] if count > 1 else np.zeros_like(marked))
    return np.asarray(filled & marked, bool)
