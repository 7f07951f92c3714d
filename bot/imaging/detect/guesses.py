"""Rough guesses at what a picture is of, and the cut by colour (GrabCut) that refines them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import cv2
import numpy as np

from bot.imaging.detect import faces

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from bot.imaging.detect.faces import Face
    from bot.imaging.detect.saliency import Field
    from bot.imaging.files.pixels import Bytes

Flags: TypeAlias = "NDArray[np.bool_]"
Plan: TypeAlias = "NDArray[np.uint8]"

OUTSIDE, INSIDE, MAYBE_OUTSIDE, MAYBE_INSIDE = (
    np.uint8(value) for value in (cv2.GC_BGD, cv2.GC_FGD, cv2.GC_PR_BGD, cv2.GC_PR_FGD)
)
_SEED: Final = 1
_FRAME: Final = (0.06, 0.04, 0.01)  # left and right, top, bottom: shares that are ground at first
_LEVELS: Final = (1.0, 0.5, 0.25)  # of Otsu's threshold; what stands out is seldom of one strength
_FAINT: Final = 0.3  # below this level what stands out is not believed to be the whole of it
_COMPANION: Final = 0.25  # of the best part's weight: parts that belong to the subject too
_HULL_MARGIN: Final = 28  # the longer side is so many times the hull's margin
_BORDER: Final = 50  # the shorter side is so many times the strip at the border that is ground
_WHOLE: Final = 0.15  # of the largest piece: a piece of its own
_NEARBY: Final = 0.02  # of the largest piece: enough beside it
_NEAR: Final = 40  # the longer side is so many times the distance that is still beside it
_PINHOLE: Final = 0.0006  # of the picture: too small to be ground seen through the subject
_HOLE: Final = 0.05  # of the picture
_SAME_STRENGTH: Final = 0.35  # a hole that stands out as much as the subject does is part of it


def cut(picture: Bytes, plan: Plan, rounds: int) -> Flags:
    """Settle what a plan (GrabCut's four values) leaves open."""
    found = plan.copy()
    inside = np.isin(found, (INSIDE, MAYBE_INSIDE))
    if not inside.any() or inside.all():
        return inside
    cv2.setRNGSeed(_SEED)  # its colour models start at random
    ground, subject = np.zeros((1, 65)), np.zeros((1, 65))
    whole = (0, 0, picture.shape[1], picture.shape[0])  # not looked at in this mode
    cv2.grabCut(picture, found, whole, ground, subject, rounds, cv2.GC_INIT_WITH_MASK)
    return np.isin(found, (INSIDE, MAYBE_INSIDE))


def frame(height: int, width: int) -> Plan:
    """Everything but a frame. The lower side's is thin: people are cut by it."""
    plan = np.full((height, width), OUTSIDE)
    side, top, bottom = (
        max(1, round(share * length))
        for share, length in zip(_FRAME, (width, height, height), strict=True)
    )
    plan[top : height - bottom, side : width - side] = MAYBE_INSIDE
    return plan


def around(strength: Field) -> Iterator[Plan]:
    """The hull of what stands out, at several levels, with and without trust in its outline."""
    height, width = strength.shape
    otsu = cv2.threshold((strength * 255).astype(np.uint8), 0, 255, cv2.THRESH_OTSU)[0] / 255
    border = max(2, min(height, width) // _BORDER)
    for level in _LEVELS:
        part = _central(strength, otsu * level)
        if not part.any():
            continue
        hull = grown(_hull(part), max(3, max(height, width) // _HULL_MARGIN))
        hull[:border] = hull[:, :border] = hull[:, -border:] = False
        yield np.where(hull, MAYBE_INSIDE, OUTSIDE)
        if level > _FAINT:
            outline = np.where(hull, MAYBE_OUTSIDE, OUTSIDE)
            outline[hull & part] = MAYBE_INSIDE
            yield outline


def people(found: Sequence[Face], shape: tuple[int, int]) -> Plan:
    """Heads and shoulders below the faces, which are certain."""
    plan = np.full(shape, OUTSIDE)
    for face in found:
        x, y, across, down = faces.ellipse(face)
        middle, radii = (round(x), round(y - 0.15 * down)), (round(1.7 * across), round(1.5 * down))
        cv2.ellipse(plan, middle, radii, 0, 0, 360, int(MAYBE_INSIDE), -1)
        chin, foot = y + down, shape[0] - 1
        reach = min(3.4 * across, 1.6 * across + (foot - chin))
        shoulder = min(float(foot), chin + 0.9 * down)
        body = [(x - across, chin), (x + across, chin), (x + reach, shoulder), (x + reach, foot)]
        body += [(x - reach, foot), (x - reach, shoulder)]
        cv2.fillPoly(plan, [np.rint(body).astype(np.int32)], int(MAYBE_INSIDE))
        core = [(x - 0.5 * across, chin), (x + 0.5 * across, chin), (x + across, foot)]
        cv2.fillConvexPoly(plan, np.rint([*core, (x - across, foot)]).astype(np.int32), int(INSIDE))
    plan[faces_drawn(found, shape)] = INSIDE
    return plan


def faces_drawn(found: Sequence[Face], shape: tuple[int, int]) -> Flags:
    """The ellipses of faces."""
    drawn = np.zeros(shape, np.uint8)
    for face in found:
        x, y, across, down = (round(value) for value in faces.ellipse(face))
        cv2.ellipse(drawn, (x, y), (across, down), 0, 0, 360, 1, -1)
    return drawn > 0


def tidied(mask: Flags, strength: Field) -> Flags:
    """Without scattered pieces, and without holes that are as strong as what is round them."""
    pieces, names, facts, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if pieces < 2:
        return mask
    sizes = facts[:, cv2.CC_STAT_AREA]
    largest = 1 + int(sizes[1:].argmax())
    beside = grown(names == largest, max(2, max(mask.shape) // _NEAR))
    touched = np.bincount(names[beside], minlength=pieces) > 0
    kept = (sizes >= _WHOLE * sizes[largest]) | (touched & (sizes >= _NEARBY * sizes[largest]))
    kept[0] = False
    found = kept[names]
    holes, names, facts, _ = cv2.connectedComponentsWithStats(
        (~found).astype(np.uint8), connectivity=4
    )
    sizes = facts[:, cv2.CC_STAT_AREA]
    mean = np.bincount(names.ravel(), strength.ravel(), holes) / np.maximum(1, sizes)
    filled = (sizes < _HOLE * mask.size) & (mean > _SAME_STRENGTH * strength[found].mean())
    filled |= sizes < _PINHOLE * mask.size
    border = np.concatenate((names[0], names[-1], names[:, 0], names[:, -1]))
    filled[border] = filled[0] = False
    return np.asarray(found | filled[names], np.bool_)


def grown(mask: Flags, radius: int) -> Flags:
    """Widened by a disc of `radius` pixels."""
    return cv2.dilate(mask.astype(np.uint8), _disc(radius)) > 0


def shrunk(mask: Flags, radius: int) -> Flags:
    """Narrowed by a disc of `radius` pixels; the picture's edge is not an outline."""
    return cv2.erode(mask.astype(np.uint8), _disc(radius)) > 0


def _disc(radius: int) -> Bytes:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2), np.uint8)


def _central(strength: Field, level: float) -> Flags:
    """The parts above a level that are strong, large and near the middle."""
    above = (strength > level).astype(np.uint8)
    pieces, names = cv2.connectedComponents(above)
    height, width = strength.shape
    down = (np.arange(height)[:, None] + 0.5) / height - 0.5
    across = (np.arange(width) + 0.5) / width - 0.5
    # Half a spread of 0.4 and 0.35: subjects are placed less freely across than down.
    nearness = np.exp(-(np.square(down / 0.4) + np.square(across / 0.35)) / 2)
    weight = np.bincount(names.ravel(), (strength * nearness).ravel(), pieces)
    weight[0] = 0
    kept = weight >= max(1e-9, _COMPANION * weight.max())
    kept[0] = False
    return np.asarray(kept[names], np.bool_)


def _hull(part: Flags) -> Flags:
    points = np.argwhere(part)[:, ::-1].astype(np.int32)
    drawn = np.zeros(part.shape, np.uint8)
    cv2.fillConvexPoly(drawn, cv2.convexHull(points), 1)
    return drawn > 0
