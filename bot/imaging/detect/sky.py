"""Find the sky: smooth, of a sky's colour, and hanging from the upper edge.

A wall or a backdrop has all of that too. The finding is sure only where the colour is blue, or
bright and brighter towards the horizon, and where land lies below it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from bot.domain.edits.pictures import Note
from bot.imaging.detect import copies, guesses, refine, saliency
from bot.imaging.detect.finding import Finding

if TYPE_CHECKING:
    from bot.imaging.detect.guesses import Flags
    from bot.imaging.detect.saliency import Field
    from bot.imaging.files.pixels import Pixels

_SIDE: Final = 320  # pixels of the copy
_LEAST_SIDE: Final = 12
_SMOOTH: Final = 1.6  # L per pixel, mean slope: clouds stay below it, leaves and windows do not
_WINDOW: Final = 9  # pixels over which the slope is averaged
_EDGE: Final = 9.0  # L per pixel: an outline, however smooth both sides of it are
_LEAST: Final = 0.03  # of the picture
_TOP: Final = 0.2  # of the upper edge
_REACH: Final = 24  # pixels beyond what is certain, in which the outline is looked for

_BLUE: Final = -6.0  # Lab b
_BRIGHT: Final = (66.0, 14.0)  # least L, most chroma
_WARM: Final = (8.0, 35.0)  # least b, least L: a sky at dusk, where its upper part is not warm
_NOT_WARM: Final = 4.0  # most b of the upper part
_PINK: Final = (6.0, 16.0)  # least Lab a, most b: where a dusk's blue turns to its yellow
_DARK: Final = 24.0  # most L
_NIGHT: Final = 12.0  # Lab distance from the upper edge: dark walls are not much further
_GREEN: Final = -14.0  # Lab a below which it is a meadow

_SURE_BLUE: Final = 0.35  # of the sky
_SURE_BRIGHT: Final = (74.0, 9.0)  # least median L, most median chroma
_SURE_TOP: Final = 0.95  # of the upper edge, where the sky is bright but not blue
_BRIGHTENS: Final = 1.5  # L from the upper to the lower third of a bright sky
_FOOT: Final = 0.03  # of the lower edge: the sky may hardly touch it
_SIDES: Final = 0.85  # of the height: backdrops go further down
_ROUGHER: Final = 1.5  # times: land is so much rougher than the sky


def find_sky(picture: Pixels) -> Finding | None:
    """The sky; None where there is none."""
    copy = copies.copy_of(picture, _SIDE)
    if min(copy.shape[:2]) < _LEAST_SIDE:
        return None
    lab = saliency.lab(copy)
    slope = _slope(lab)
    certain = _hanging(_is_smooth(slope) & _is_sky_coloured(lab) & (slope < _EDGE))
    if not _is_enough(certain):
        return None
    plan = np.where(certain, guesses.MAYBE_INSIDE, guesses.MAYBE_OUTSIDE)
    plan[guesses.shrunk(certain, 2)] = guesses.INSIDE
    plan[~guesses.grown(certain, _REACH)] = guesses.OUTSIDE
    plan[-1] = np.where(certain[-1], plan[-1], guesses.OUTSIDE)
    sky = _hanging(_filled(guesses.cut(copy, plan, 2)))
    if not _is_enough(sky):
        return None
    notes = () if _is_sure(sky, lab, slope) else (Note.SKY_UNSURE,)
    return Finding(refine.to_full_size(sky, copy, picture), notes)


def _slope(lab: Field) -> Field:
    """How fast L changes, per pixel."""
    light = cv2.GaussianBlur(lab[..., 0], (0, 0), 0.8)
    across = cv2.Sobel(light, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    down = cv2.Sobel(light, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    return np.asarray(cv2.magnitude(across, down), np.float32)


def _is_smooth(slope: Field) -> Flags:
    return np.asarray(cv2.blur(slope, (_WINDOW, _WINDOW)) < _SMOOTH, np.bool_)


def _is_sky_coloured(lab: Field) -> Flags:
    soft = np.asarray(cv2.blur(lab, (3, 3)), np.float32)
    light, red, yellow = (soft[..., channel] for channel in range(3))
    chroma = np.hypot(red, yellow)
    blue = yellow < _BLUE
    bright = (light > _BRIGHT[0]) & (chroma < _BRIGHT[1])
    warm = (yellow > _WARM[0]) & (light > _WARM[1])
    upper = light.shape[0] // 8 + 1
    if np.median(yellow[:upper]) > _NOT_WARM:
        warm[:] = False  # warm from the top down: a wall, wood or paper
    pink = (red > _PINK[0]) & (yellow < _PINK[1])
    top = np.median(soft[:upper].reshape(-1, 3), axis=0)
    dark = (light < _DARK) & (np.square(soft - top).sum(axis=2) < _NIGHT**2)
    return np.asarray((blue | bright | warm | pink | dark) & (red > _GREEN), np.bool_)


def _hanging(mask: Flags) -> Flags:
    """What of a mask hangs together with the upper edge."""
    number, names = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    hangs = np.zeros(number, np.bool_)
    hangs[np.unique(names[:2])] = True
    hangs[0] = False
    return np.asarray(hangs[names], np.bool_)


def _filled(mask: Flags) -> Flags:
    """With small holes closed: birds, bright clouds, wires."""
    _, names, facts, _ = cv2.connectedComponentsWithStats((~mask).astype(np.uint8), connectivity=4)
    small = facts[:, cv2.CC_STAT_AREA] < mask.size / 500
    small[0] = False
    small[np.unique(np.concatenate((names[-1], names[:, 0], names[:, -1])))] = False
    return np.asarray(mask | small[names], np.bool_)


def _is_enough(sky: Flags) -> bool:
    return _LEAST <= sky.mean() < 1 and bool(sky[:2].any(axis=0).mean() >= _TOP)


def _is_sure(sky: Flags, lab: Field, slope: Field) -> bool:
    """Whether it can hardly be a wall."""
    height = sky.shape[0]
    lowest = max(int(np.flatnonzero(side)[-1]) if side.any() else 0 for side in sky[:, [0, -1]].T)
    if sky[-1].mean() > _FOOT or lowest > _SIDES * height:
        return False
    land = ~guesses.grown(sky, 4)
    if not land.any() or slope[land].mean() < _ROUGHER * slope[guesses.shrunk(sky, 4)].mean():
        return False
    if float((lab[..., 2][sky] < _BLUE).mean()) >= _SURE_BLUE:
        return bool(np.median(lab[..., 0][sky]) > _DARK)
    return sky[0].mean() >= _SURE_TOP and _is_bright(sky, lab)


def _is_bright(sky: Flags, lab: Field) -> bool:
    """Whether it is white or grey, and brighter towards the horizon: walls seldom are."""
    light, chroma = lab[..., 0], np.hypot(lab[..., 1], lab[..., 2])
    rows = np.flatnonzero(sky.any(axis=1))
    third = max(1, int(rows[-1]) // 3)
    upper, lower = light[:third][sky[:third]], light[third:][sky[third:]]
    if not upper.size or not lower.size:
        return False
    return bool(
        np.median(light[sky]) >= _SURE_BRIGHT[0]
        and np.median(chroma[sky]) <= _SURE_BRIGHT[1]
        and lower.mean() - upper.mean() >= _BRIGHTENS
    )
