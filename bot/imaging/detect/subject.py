"""Find what a picture is of.

Several rough guesses are each cut out by colour on a small copy and vote for every pixel; the
outline that comes of it is cut once more on a larger copy. How far the guesses agree, and how
clearly the outline shows, says how sure the finding is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from bot.domain.edits.pictures import Note
from bot.imaging.detect import colours, copies, faces, guesses, refine, saliency
from bot.imaging.detect.finding import Finding
from bot.imaging.detect.outline import Outline, outline_of
from bot.imaging.files.pixels import bands

if TYPE_CHECKING:
    from bot.imaging.detect.faces import Face
    from bot.imaging.detect.guesses import Flags, Plan
    from bot.imaging.detect.saliency import Field
    from bot.imaging.files.pixels import Bytes, Pixels

_CUT_SIDE: Final = 384  # pixels: beyond it GrabCut takes seconds and finds no more
_GUESS_SIDE: Final = 192  # pixels: a guess takes about 40 ms there
_LEAST_SIDE: Final = 12  # pixels of the copy: nothing can be told from less
_VISIBLE: Final = 128  # of 255
_CUT_OUT: Final = 0.02  # transparent in a picture whose subject was cut out before
_POSSIBLE: Final = (0.002, 0.95)  # of the picture: a guess outside does not count
_ELECTED: Final = 0.45  # of the votes
_FOUR_SIDED: Final = 0.7  # what a guess weighs that takes the lower side for ground
_PEOPLE: Final = 0.9  # what the guess that starts from faces weighs, beside all others together
_LARGE_FACE: Final = 0.12  # of the shorter side: the picture is of this person
_CERTAIN: Final = 0.8  # of the votes
_EMPTY: Final = 0.12  # of the subject's mean strength: hardly stands out
_KEPT: Final = 0.5  # intersection over union: the second cut refines an outline, no more

# Set on the labelled pictures so that few good masks are doubted; a busy street still deceives.
_SURE_AGREEMENT: Final = 0.88
_SURE_SHARE: Final = (0.015, 0.7)
_SURE_CONTRAST: Final = 18.0
_SURE_FAINT: Final = 0.3
_SURE_LENGTH: Final = 25.0
_SURE_PIECES: Final = 2
_SEEN_CONTRAST: Final = 2.0  # Lab distance across the outline: below it there is nothing to see


def find_subject(picture: Pixels) -> Finding | None:
    """What the picture is of; None where nothing stands out from its ground."""
    visible = _visible(picture)
    if visible is not None:
        return Finding(visible)
    copy = copies.copy_of(picture, _CUT_SIDE)
    if min(copy.shape[:2]) < _LEAST_SIDE:
        return None
    look = _looked(copy)
    if look is None:
        return None
    outline = outline_of(look.mask, saliency.lab(copy))
    if outline is None or outline.contrast < _SEEN_CONTRAST:
        return None
    notes = () if _is_sure(look, outline) else (Note.SUBJECT_UNSURE,)
    return Finding(refine.to_full_size(look.mask, copy, picture), notes)


def find_background(picture: Pixels) -> Finding | None:
    """Everything but the subject; None where nothing stands out."""
    found = find_subject(picture)
    if found is not None:
        np.bitwise_not(found.mask, out=found.mask)
    return found


def _visible(picture: Pixels) -> Bytes | None:
    """What of the picture can be seen, where its subject was cut out already."""
    if picture.channels == 3:
        return None
    found = np.empty((picture.height, picture.width), np.uint8)
    for top, bottom in bands(picture.height, picture.width):
        found[top:bottom] = (picture.rows(top, bottom)[..., 3] >= _VISIBLE) * np.uint8(255)
    hidden = 1 - np.count_nonzero(found) / found.size
    return found if _CUT_OUT <= hidden < 1 else None


@dataclass(frozen=True, slots=True)
class _Look:
    """A mask of the copy, and how far the guesses agree with it, 0 to 1."""

    mask: Flags
    agreement: float


def _looked(copy: Bytes) -> _Look | None:
    small = _resized(copy, _GUESS_SIDE)
    four_sided, strength = saliency.standing_out(saliency.lab(small))
    either = np.maximum(four_sided, strength)
    if not either.any():
        return None
    least = _LARGE_FACE * min(copy.shape[:2])
    found = [face for face in faces.faces_in(copy) if face.is_sure and face.side >= least]
    factor = small.shape[1] / copy.shape[1]
    plans = _plans(four_sided, strength, [_scaled(face, factor) for face in found])
    cuts = [(guesses.tidied(guesses.cut(small, plan, 2), either), own) for plan, own in plans]
    cuts = [(mask, own) for mask, own in cuts if _POSSIBLE[0] < mask.mean() < _POSSIBLE[1]]
    if not cuts:
        return None
    masks = [mask for mask, _ in cuts]
    weights = _weights(cuts, strength)
    votes = np.tensordot(weights, np.stack(masks).astype(np.float32), axes=1)
    rough = guesses.tidied(votes > _ELECTED, either)
    if not rough.any():
        return None
    agreement = sum(
        weight * _overlap(mask, rough) for weight, mask in zip(weights, masks, strict=True)
    )
    mask = _recut(copy, rough, votes, either, found)
    return _Look(mask, float(agreement)) if mask.any() and not mask.all() else None


def _weights(cuts: list[tuple[Flags, float]], strength: Field) -> Field:
    """What each cut's vote counts, 1 in all: those that cover what stands out, and are like others.

    Where there are people, the cut that starts from them counts nearly as much as all others.
    """
    alike = np.array([[_overlap(one, other) for other, _ in cuts] for one, _ in cuts])
    covered = np.array([_covered(mask, strength) for mask, _ in cuts])
    own = np.array([own for _, own in cuts])
    weights = np.where(own == _PEOPLE, 0, own * covered**2 * alike.mean(axis=1))
    weights = np.where(own == _PEOPLE, _PEOPLE * max(1e-9, weights.sum()), weights)
    return np.asarray(weights / max(1e-9, weights.sum()))


def _plans(four_sided: Field, strength: Field, found: list[Face]) -> list[tuple[Plan, float]]:
    """The guesses to be cut out, and what each weighs."""
    shape = (strength.shape[0], strength.shape[1])
    plans = [(guesses.frame(*shape), 1.0)]
    plans += [(plan, 1.0) for plan in guesses.around(strength)]
    plans += [(plan, _FOUR_SIDED) for plan in guesses.around(four_sided)]
    if found:
        plans.append((guesses.people(found, shape), _PEOPLE))
        certain = guesses.faces_drawn(found, shape)
        for plan, _ in plans:
            plan[certain] = guesses.INSIDE
    return plans


def _recut(copy: Bytes, rough: Flags, votes: Field, strength: Field, found: list[Face]) -> Flags:
    """Refine the outline on the larger copy, and take out the ground that is seen through it."""
    size = (copy.shape[1], copy.shape[0])
    wide, votes, strength = (
        np.asarray(cv2.resize(field.astype(np.float32), size), np.float32)
        for field in (rough, votes, strength)
    )
    inside = wide > 0.5
    plan = np.where(inside, guesses.MAYBE_INSIDE, guesses.MAYBE_OUTSIDE)
    empty = strength < _EMPTY * float(strength[inside].mean() if inside.any() else 0)
    # Hair and fur reach a little beyond the outline, and a shadow's edge a little inside it.
    core = guesses.shrunk(inside, max(2, size[0] // 70))
    plan[core & (votes > _CERTAIN) & ~empty] = guesses.INSIDE
    plan[inside & empty] = guesses.MAYBE_OUTSIDE
    plan[~guesses.grown(inside, max(3, size[0] // 45))] = guesses.OUTSIDE
    plan[guesses.faces_drawn(found, inside.shape)] = guesses.INSIDE
    mask = guesses.tidied(guesses.cut(copy, plan, 3), strength)
    if _overlap(mask, inside) < _KEPT:
        mask = inside
    return colours.without_ground(mask, saliency.lab(copy))


def _is_sure(look: _Look, outline: Outline) -> bool:
    least, most = _SURE_SHARE
    return (
        look.agreement >= _SURE_AGREEMENT
        and least <= float(look.mask.mean()) <= most
        and outline.contrast >= _SURE_CONTRAST
        and outline.faint <= _SURE_FAINT
        and outline.length <= _SURE_LENGTH
        and outline.pieces <= _SURE_PIECES
    )


def _overlap(one: Flags, other: Flags) -> float:
    """Intersection over union."""
    either = np.count_nonzero(one | other)
    return float(np.count_nonzero(one & other) / either) if either else 0.0


def _covered(mask: Flags, strength: Field) -> float:
    """How well a mask covers what stands out, 0 to 1: Dice's coefficient."""
    total = float(strength.sum()) + np.count_nonzero(mask)
    return 2 * float(strength[mask].sum()) / max(1e-9, total)


def _scaled(face: Face, factor: float) -> Face:
    x, y, side = (round(value * factor) for value in (face.x, face.y, face.side))
    return faces.Face(x, y, side, face.looks)


def _resized(copy: Bytes, side: int) -> Bytes:
    factor = min(1.0, side / max(copy.shape[:2]))
    size = (max(1, round(copy.shape[1] * factor)), max(1, round(copy.shape[0] * factor)))
    return np.asarray(cv2.resize(copy, size, interpolation=cv2.INTER_AREA), np.uint8)
