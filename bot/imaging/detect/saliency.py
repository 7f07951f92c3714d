"""How much each part of a picture stands out from its ground.

The ground is what hangs together with the picture's border; what stands out is unlike the ground
near it. Follows "Saliency Optimization from Robust Background Detection" (Zhu, Liang, Wei and
Sun, CVPR 2014); its constants are used where none is explained here. The parts are those of SLIC
(Achanta and others, PAMI 2012).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bot.imaging.files.pixels import Bytes

Field: TypeAlias = "NDArray[np.floating[Any]]"
Parts: TypeAlias = "NDArray[np.intp]"

_ACROSS: Final = 24  # parts along the longer side; 16 swallow handles and tails
_COMPACT: Final = 12.0  # how much distance counts beside colour, in Lab units per part
_ROUNDS: Final = 6
_ALIKE: Final = 7.0  # Lab distance within which two parts may be the same thing
_NEAR: Final = 0.25  # of the longer side: how far a part's surroundings reach
_STRONG: Final = 90  # per cent of parts that stand out less than one of full strength
_EVENED: Final = 0.6  # exponent: a pale coat should count beside a bright face


def lab(rgb: Bytes) -> Field:
    """CIE Lab, L from 0 to 100: height x width x 3."""
    return np.asarray(cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2Lab), np.float32)


def standing_out(colours: Field) -> tuple[Field, Field]:
    """Two fields of 0 to 1 for a picture in Lab.

    For the first, all four sides belong to the ground; for the second the lower one does not, as
    in a portrait.
    """
    parts = _parts(colours)
    number = int(parts.max()) + 1
    count = np.bincount(parts.ravel(), minlength=number)
    ys, xs = np.mgrid[0 : parts.shape[0], 0 : parts.shape[1]] / max(parts.shape)
    means = [_mean(parts, colours[..., channel], count) for channel in range(3)]
    unlike = _distances(np.stack(means, axis=1))
    apart = _distances(np.stack((_mean(parts, ys, count), _mean(parts, xs, count)), axis=1))
    touching = _touching(parts, number)
    edges = (parts[0], parts[:, 0], parts[:, -1], parts[-1])
    fields = []
    for sides in (edges, edges[:3]):
        outer = np.zeros(number, np.bool_)
        outer[np.concatenate(sides)] = True
        strength = _solved(unlike, apart, touching, _groundedness(unlike, touching, outer))
        fields.append(strength[parts].astype(np.float32))
    return fields[0], fields[1]


def _parts(colours: Field) -> Parts:
    """Cut a picture into about _ACROSS x _ACROSS parts of one colour each."""
    height, width = colours.shape[:2]
    step = max(1.0, max(height, width) / _ACROSS)
    rows, columns = max(2, round(height / step)), max(2, round(width / step))
    ys, xs = np.mgrid[0:height, 0:width]
    row = np.minimum(ys * rows // height, rows - 1)
    column = np.minimum(xs * columns // width, columns - 1)
    place = np.dstack((ys, xs)) * (_COMPACT / step)
    points = np.dstack((colours, place)).astype(np.float32).reshape(-1, 5)
    nearby = [
        (np.clip(row + dy, 0, rows - 1) * columns + np.clip(column + dx, 0, columns - 1)).ravel()
        for dy in (-1, 0, 1)
        for dx in (-1, 0, 1)
    ]
    found = (row * columns + column).ravel()
    for _ in range(_ROUNDS):
        count = np.bincount(found, minlength=rows * columns)
        centres = np.stack([_mean(found, points[:, axis], count) for axis in range(5)], axis=1)
        centres[count == 0] = 1e4  # nobody joins a part that has died out
        centres = centres.astype(np.float32)
        least = np.full(len(points), np.inf, np.float32)
        for part in nearby:
            distance = np.square(points - centres[part]).sum(axis=1)
            closer = distance < least
            least[closer] = distance[closer]
            found = np.where(closer, part, found)
    return np.unique(found, return_inverse=True)[1].reshape(height, width)


def _mean(parts: Parts, values: Field, count: NDArray[np.intp]) -> Field:
    total = np.bincount(parts.ravel(), values.ravel(), len(count))
    return np.asarray(total / np.maximum(count, 1))


def _distances(points: Field) -> Field:
    return np.asarray(np.sqrt(np.square(points[:, None] - points[None]).sum(axis=2)))


def _touching(parts: Parts, number: int) -> NDArray[np.bool_]:
    found = np.zeros((number, number), np.bool_)
    for first, second in ((parts[1:], parts[:-1]), (parts[:, 1:], parts[:, :-1])):
        found[first.ravel(), second.ravel()] = True
    found |= found.T
    np.fill_diagonal(found, val=False)
    return found


def _groundedness(unlike: Field, touching: NDArray[np.bool_], outer: NDArray[np.bool_]) -> Field:
    """How surely each part belongs to the ground, 0 to 1.

    It is measured by how much of the border a part reaches through parts of its own colour,
    compared with how much of the picture it reaches.
    """
    steps = np.where(touching, unlike, np.inf)
    smallest = steps.min(axis=1)
    noise = smallest[np.isfinite(smallest)].mean() if np.isfinite(smallest).any() else 0.0
    border = np.ix_(outer, outer)
    steps[border] = np.minimum(steps[border], unlike[border])  # the border goes round the picture
    steps = np.maximum(steps - noise, 0)
    np.fill_diagonal(steps, 0)
    for part in range(len(steps)):
        np.minimum(steps, steps[:, part, None] + steps[None, part], out=steps)
    same = np.exp(-np.square(steps / _ALIKE) / 2)
    reached = same[:, outer].sum(axis=1) / np.sqrt(same.sum(axis=1))
    return np.asarray(1 - np.exp(-np.square(reached) / 2))


def _solved(unlike: Field, apart: Field, touching: NDArray[np.bool_], ground: Field) -> Field:
    """Weigh what is known of each part against what its neighbours say."""
    near = np.exp(-np.square(apart / _NEAR) / 2)
    contrast = (unlike * near * ground[None]).sum(axis=1)
    most = np.percentile(contrast, _STRONG)
    if most < 1e-6:
        return np.zeros(len(contrast))
    figure = np.clip(contrast / most, 0, 1) ** _EVENED * (1 - ground)
    links = touching.astype(np.float32)
    links = np.maximum(links, links @ links > 0)
    weight = np.exp(-np.square(unlike / _ALIKE) / 2) * links + 0.1 * touching
    np.fill_diagonal(weight, 0)
    system = np.diag(5 * ground + figure + 1e-6 + weight.sum(axis=1)) - weight
    found = np.linalg.solve(system, figure)
    span = np.ptp(found)
    return np.asarray((found - found.min()) / span if span > 1e-6 else np.zeros(len(found)))
