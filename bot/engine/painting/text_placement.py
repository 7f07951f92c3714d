"""Where lettering can go in an area: its four corners, or the largest upright box inside it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from bot.engine.painting.pixels import Flags, Pixels, floats, resize

_QUAD_FIT = 0.88  # overlap of area and its four corners from which it counts as a quadrilateral


@dataclass(frozen=True, slots=True)
class TextPlacement:
    """Four corners (x, y) in pixels, clockwise from the top left, and the size they stand for."""

    corners: Pixels
    width: int
    height: int

    def inset(self, share: float) -> TextPlacement:
        """Return the place made smaller by `share` of its shorter side, all round."""
        edge = share * min(self.width, self.height)
        return self.part(edge, edge, self.width - edge, self.height - edge)

    def part(self, left: float, top: float, right: float, bottom: float) -> TextPlacement:
        """Return the box with these sides, in this place's own pixels."""
        box = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
        corners = floats(cv2.perspectiveTransform(box[None], self.matrix(1.0))[0])
        return TextPlacement(corners, max(1, round(right - left)), max(1, round(bottom - top)))

    def matrix(self, scale: float) -> Pixels:
        """Return the perspective from a canvas of `scale` times this size to the picture."""
        width, height = self.width * scale, self.height * scale
        canvas = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        return np.asarray(cv2.getPerspectiveTransform(canvas, self.corners), np.float32)


def find_place(area: Flags) -> TextPlacement:
    """Return where to letter in the largest connected part of `area` (not empty)."""
    count, names, stats, _ = cv2.connectedComponentsWithStats(area.astype(np.uint8), connectivity=4)
    largest = 1 + int(np.argmax(stats[1:count, cv2.CC_STAT_AREA]))
    part = np.asarray(names == largest, bool)
    return _quad(part) or _inner_box(part)


def _quad(part: Flags) -> TextPlacement | None:
    contours, _ = cv2.findContours(part.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hull = cv2.convexHull(max(contours, key=cv2.contourArea))
    length = cv2.arcLength(hull, closed=True)
    for accuracy in (0.01, 0.02, 0.03, 0.05, 0.08):
        corners = cv2.approxPolyDP(hull, accuracy * length, closed=True)
        if len(corners) <= 4:
            break
    if len(corners) != 4:
        return None
    drawn = np.zeros(part.shape, np.uint8)
    cv2.fillConvexPoly(drawn, corners, 1)
    overlap = (drawn > 0) & part
    if overlap.sum() < _QUAD_FIT * ((drawn > 0) | part).sum():
        return None
    ordered = _clockwise(floats(corners[:, 0]))
    # Contours run through pixel centres; the area reaches half a pixel further.
    ordered += np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]], np.float32) + 0.5
    sides = np.linalg.norm(np.roll(ordered, -1, 0) - ordered, axis=1)
    width, height = (sides[0] + sides[2]) / 2, (sides[1] + sides[3]) / 2
    return TextPlacement(ordered, max(1, round(float(width))), max(1, round(float(height))))


def _clockwise(corners: Pixels) -> Pixels:
    """Order corners clockwise, beginning with the one that is the upper left of an upright text."""
    middle = corners.mean(0)
    angle = np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0])
    corners = corners[np.argsort(angle)]
    edges = np.roll(corners, -1, 0) - corners
    # The top edge is the one that runs most nearly to the right.
    top = int(np.argmax(edges[:, 0] / np.maximum(np.linalg.norm(edges, axis=1), 1e-6)))
    return np.roll(corners, -top, 0)


def _inner_box(part: Flags) -> TextPlacement:
    """Return the largest upright box inside `part`, wide ones preferred."""
    factor = max(1.0, max(part.shape) / 120)
    shape = (max(1, round(part.shape[0] / factor)), max(1, round(part.shape[1] / factor)))
    inside = resize(floats(part), shape) > 0.98
    if not inside.any():
        inside = resize(floats(part), shape) >= resize(floats(part), shape).max()
    heights = np.zeros(shape[1], np.int64)
    best, box = -1.0, (0, 0, 1, 1)
    for row in range(shape[0]):
        heights = np.where(inside[row], heights + 1, 0)
        for left in range(shape[1]):
            low = np.minimum.accumulate(heights[left:])
            width = np.arange(1, len(low) + 1)
            score = low * width * np.minimum(width / np.maximum(low, 1), 1.6) ** 0.5
            end = int(score.argmax())
            if score[end] > best:
                best = float(score[end])
                box = (left, row + 1 - int(low[end]), left + end + 1, row + 1)
    fy, fx = part.shape[0] / shape[0], part.shape[1] / shape[1]
    left, top, right, bottom = box[0] * fx, box[1] * fy, box[2] * fx, box[3] * fy
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
    return TextPlacement(corners, max(1, round(right - left)), max(1, round(bottom - top)))
