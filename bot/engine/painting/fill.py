"""Fills holes with what surrounds them, each from its own neighbourhood."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from bot.engine.painting.ground import BackgroundModel
from bot.engine.painting.heal import copied, level
from bot.engine.painting.labels import arrange
from bot.engine.painting.patches import quilt
from bot.engine.painting.pixels import (
    Bytes,
    Flags,
    Pixels,
    Span,
    Whole,
    blur_known,
    depth,
    floats,
    grey,
    grow,
    resize,
    slopes,
    span,
    to_bytes,
)
from bot.engine.painting.poisson import membrane, smooth_fill
from bot.engine.painting.reflect import mirrored
from bot.engine.painting.shifts import Scene, find_shifts

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SPECK = 2.0  # pixels: holes nowhere deeper than this need no texture
_MOST_PIECES = 12
_CONTEXT = 0.8  # how far round a hole to look, in sizes of the hole
_WORK_CROP = 1_100_000  # pixels of a crop that is worked on at full size
_WORK_HOLE = 220_000  # pixels of a hole's box that is worked on at full size
_MOST_SHIFTS = 110
_WIDE_SHARE = 0.2  # of the picture, from which a hole is filled with ground, not by its rim alone
_PLAIN = 3.5  # levels per pixel: a rim with gentler slopes than this has no texture to copy


def fill(
    picture: Bytes, hole: Flags, rng: np.random.Generator, *, source: Flags | None = None
) -> Bytes:
    """Return the picture with `hole` continued from its surroundings; the rest is untouched.

    `source` limits where pixels may be copied from (default: everywhere outside the hole).
    """
    if source is None:
        picture, hole = mirrored(picture, hole)
    allowed = ~hole if source is None else source & ~hole
    result = picture.copy()
    specks, pieces = _pieces(hole)
    if specks.any():
        box = span(specks, 8)
        thin = cv2.inpaint(
            np.ascontiguousarray(result[box]), hole[box].astype(np.uint8), 3, cv2.INPAINT_TELEA
        )
        result[box][specks[box]] = thin[specks[box]]
    for piece in pieces:
        rows, columns = span(piece)
        reach = int(_CONTEXT * max(rows.stop - rows.start, columns.stop - columns.start)) + 32
        if piece.mean() > _WIDE_SHARE:  # needs all there is to choose from
            reach = max(piece.shape)
        box = span(piece, reach)
        result[box][piece[box]] = _fill_piece(
            picture[box], piece[box], hole[box], allowed[box], rng
        )
    return result


def _pieces(hole: Flags) -> tuple[Flags, list[Flags]]:
    """Split a hole into specks (all together) and pieces too far apart to affect each other."""
    reach = max(2, min(hole.shape) // 80)
    while True:
        count, names = cv2.connectedComponents(grow(hole, reach).astype(np.uint8), connectivity=8)
        names = np.where(hole, names, 0)
        deepest = np.zeros(count, np.float32)
        np.maximum.at(
            deepest, np.asarray(names[hole], np.int64), depth(np.pad(hole, 1))[1:-1, 1:-1][hole]
        )
        large = np.flatnonzero(deepest > _SPECK)
        if len(large) <= _MOST_PIECES:
            break
        reach *= 2
    pieces = [names == name for name in large]
    return hole & ~np.isin(names, large), pieces


def _fill_piece(
    picture: Bytes, piece: Flags, hole: Flags, allowed: Flags, rng: np.random.Generator
) -> Bytes:
    """Return the new pixels of one piece, in the order of `picture[piece]`."""
    rows, columns = span(piece)
    area = (rows.stop - rows.start) * (columns.stop - columns.start)
    factor = max(piece.size / _WORK_CROP, area / _WORK_HOLE)
    factor = max(1, int(np.ceil(np.sqrt(factor))))
    shape = (-(-piece.shape[0] // factor), -(-piece.shape[1] // factor))
    small = _shrunk(picture, shape, factor)
    # A neighbour piece is unknown as well: it must be neither copied nor matched.
    small_hole = _shrunk(piece, shape, factor) > 0
    small_source = (_shrunk(allowed, shape, factor) > 0.999) & ~small_hole
    others = (_shrunk(hole, shape, factor) > 0) & ~small_hole
    if others.any():
        small = membrane(small, small_hole | others)
    made, labels, shifts = _complete(small, small_hole, small_source & ~others, rng)
    if factor == 1:
        return to_bytes(made[piece])
    return _replay(picture, piece, made, labels, shifts * factor, factor)


def _shrunk(array: NDArray[np.generic], shape: tuple[int, int], factor: int) -> Pixels:
    """Average blocks of `factor` pixels; the last row and column are repeated to fill a block."""
    values = array.astype(np.uint8 if array.dtype == bool else array.dtype)
    if factor == 1:
        return floats(values)
    pad = [(0, shape[axis] * factor - values.shape[axis]) for axis in (0, 1)]
    pad += [(0, 0)] * (values.ndim - 2)
    size = (shape[1], shape[0])
    whole = np.pad(values, pad, mode="edge")
    if array.dtype == bool:  # one marked pixel in a block has to count
        whole = whole.astype(np.float32)
    return floats(np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA)))


def _is_plain(picture: Pixels, hole: Flags, source: Flags) -> bool:
    """Tell whether the rim is flat or a gentle gradient, apart from grain."""
    ring = grow(hole, 8) & ~grow(hole, 2) & source
    if not ring.any():
        return True
    calm = grey(blur_known(picture, ~hole, 1.5))
    slope = np.hypot(*slopes(calm))
    return float(np.percentile(slope[ring], 98)) < _PLAIN


def _complete(
    picture: Pixels, hole: Flags, source: Flags, rng: np.random.Generator
) -> tuple[Pixels, Whole, Whole]:
    """Fill at work size. Returns the picture, each pixel's shift number (or -1) and the shifts."""
    nothing = np.full(hole.shape, -1, np.int64), np.zeros((0, 2), np.int64)
    if source.sum() < 0.1 * hole.sum() or source.sum() < 200 or _is_plain(picture, hole, source):
        return smooth_fill(picture, hole, rng), *nothing
    scene = Scene(membrane(picture, hole), hole, source)
    if hole.mean() > _WIDE_SHARE:
        ground = BackgroundModel(picture, ~hole & source)
        laid = quilt(scene, ground, rng)
        shifts = find_shifts(scene, _MOST_SHIFTS // 2, rng)
        shifts = np.unique(np.concatenate([laid, shifts]), axis=0)
        labels = arrange(scene, shifts, ground)
    else:
        shifts = find_shifts(scene, _MOST_SHIFTS, rng)
        labels = arrange(scene, shifts)
    reached = labels >= 0
    if not reached.any():
        return smooth_fill(picture, hole, rng), *nothing
    scene = Scene(scene.picture, hole, source)
    made = level(scene, copied(scene, labels, shifts), labels, shifts)
    rest = hole & ~reached
    if rest.any():
        # The middle of a wide hole is out of every shift's reach: go on from what was made.
        made = _complete(made, rest, source | reached, rng)[0]
    return made, labels, shifts


def _replay(
    picture: Bytes, piece: Flags, made: Pixels, labels: Whole, shifts: Whole, factor: int
) -> Bytes:
    """Copy again at full size with the shifts found at work size; light follows `made`."""
    height, width = piece.shape
    # Half the width of an index is enough, and of millions of pixels half the memory.
    ys, xs = (part.astype(np.int32) for part in np.nonzero(piece))
    names = labels.astype(np.int32)[ys // factor, xs // factor]
    blocks, box = _blocks(piece, factor)
    made = made[blocks]
    size = (made.shape[0] * factor, made.shape[1] * factor)
    cut = (box[0].stop - box[0].start, box[1].stop - box[1].start)
    detail = floats(picture[box])
    inside = piece[box]
    detail[inside] = resize(made, size)[: cut[0], : cut[1]][inside]
    told = names >= 0
    ys, xs, move = ys[told], xs[told], shifts.astype(np.int32)[names[told]]
    detail[ys - box[0].start, xs - box[1].start] = picture[
        (ys + move[:, 0]).clip(0, height - 1), (xs + move[:, 1]).clip(0, width - 1)
    ]
    wrong = resize(made - _shrunk(detail, (made.shape[0], made.shape[1]), factor), size)
    return to_bytes(detail[inside] + wrong[: cut[0], : cut[1]][inside])


def _blocks(piece: Flags, factor: int) -> tuple[Span, Span]:
    """Return the box of a piece in blocks, with one to spare, and the same box in pixels."""
    small, large = [], []
    for side, marked in zip(piece.shape, span(piece), strict=True):
        first = max(0, marked.start // factor - 1)
        last = min(-(-side // factor), -(-marked.stop // factor) + 1)
        small.append(slice(first, last))
        large.append(slice(first * factor, min(side, last * factor)))
    return (small[0], small[1]), (large[0], large[1])
