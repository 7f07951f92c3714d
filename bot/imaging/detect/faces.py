"""Find faces with OpenCV's cascades.

One cascade alone takes wheels, knots and folds for faces. What one finds is therefore shown to
the others again, larger, and mirrored: most of what is not a face fails that test. Faces
in profile are not looked for: their cascade costs as much again and found hair and lamps instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from bot.domain.edits.pictures import Note
from bot.imaging.detect import copies
from bot.imaging.detect.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.imaging.files.pixels import Bytes, Pixels

_SIDE: Final = 720  # pixels of the copy: a face of 24 pixels there is 1/30 of the picture
_LEAST_FACE: Final = 24  # pixels: what the cascades were trained on is hardly smaller
_STEP: Final = 1.1
_NEIGHBOURS: Final = 3
_FRONTAL: Final = ("frontalface_alt2", "frontalface_alt", "frontalface_default")
_PROPOSING: Final = ("frontalface_alt2", "frontalface_default")
_SHOWN_AGAIN: Final = 96  # pixels of a face's side in the second look
_ROOM: Final = 0.45  # of a face's side, on each side of it, in the second look
_OVERLAP: Final = 0.4  # intersection over union of two squares that mean the same face
_LOOKS: Final = 2 * len(_FRONTAL)  # each cascade, and its mirror image
_SURE: Final = _LOOKS  # every drawn and photographed face; eyes of cats and dots on vases get less
_LIKELY: Final = 4
_NO_SKIN: Final = 2  # looks that a colour unlike skin takes away
_NOT_TWO: Final = 0.3
_SKIN_CR: Final = (133, 180)  # of YCrCb, for skin of every tone; Chai and Ngan, 1999, widened
_SKIN_CB: Final = (77, 131)
_GREY: Final = 6.0  # mean distance of Cr and Cb from 128 below which a picture has no colour
_SKIN_SHARE: Final = 0.35


@dataclass(frozen=True, slots=True)
class Face:
    """A square around a face, in pixels of the copy, and how many looks confirmed it."""

    x: int
    y: int
    side: int
    looks: int

    @property
    def is_sure(self) -> bool:
        """Nearly every look agrees."""
        return self.looks >= _SURE


def find_faces(picture: Pixels) -> Finding | None:
    """All faces, as ellipses from the hairline to the chin; None where there are none."""
    copy = copies.copy_of(picture, _SIDE)
    faces = faces_in(copy)
    if not faces:
        return None
    mask = np.zeros((picture.height, picture.width), np.uint8)
    factor = picture.width / copy.shape[1]
    for face in faces:
        _draw(mask, face, factor)
    notes = () if all(face.is_sure for face in faces) else (Note.FACES_UNSURE,)
    return Finding(mask, notes)


def faces_in(copy: Bytes) -> list[Face]:
    """The faces in an RGB copy, those confirmed most often first."""
    grey = _even(copy)
    if min(grey.shape) < _LEAST_FACE:
        return []
    proposed = {
        square for name in _PROPOSING for square in _squares(grey, name, _NEIGHBOURS, _LEAST_FACE)
    }
    looked = (
        Face(*square, _looked_at(copy, *square) - (0 if _has_skin(copy, *square) else _NO_SKIN))
        for square in sorted(proposed)
    )
    found: list[Face] = []
    for face in sorted(looked, key=lambda face: (-face.looks, -face.side)):
        if face.looks >= _LIKELY and not any(_overlap(face, other) for other in found):
            found.append(face)
    return found


def _overlap(one: Face, other: Face) -> bool:
    """Whether two squares share so much that only one of them can be a face."""
    shared = _shared((one.x, one.y, one.side), (other.x, other.y, other.side))
    return shared > _NOT_TWO * min(one.side, other.side) ** 2


def _squares(grey: Bytes, name: str, neighbours: int, least: int) -> Iterator[tuple[int, int, int]]:
    found = _cascade(name).detectMultiScale(grey, _STEP, neighbours, minSize=(least, least))
    for x, y, side, _ in found:
        yield int(x), int(y), int(side)


@cache
def _cascade(name: str) -> cv2.CascadeClassifier:
    folder = Path(cv2.__file__).parent / "data"
    return cv2.CascadeClassifier(str(folder / f"haarcascade_{name}.xml"))


def _looked_at(copy: Bytes, x: int, y: int, side: int) -> int:
    """How many of _LOOKS find the face again when it is shown larger."""
    room = round(side * _ROOM)
    left, top = max(0, x - room), max(0, y - room)
    part = copy[top : y + side + room, left : x + side + room]
    factor = _SHOWN_AGAIN / side
    size = (round(part.shape[1] * factor), round(part.shape[0] * factor))
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    grey = _even(np.asarray(cv2.resize(part, size, interpolation=method), np.uint8))
    place = (round((x - left) * factor), round((y - top) * factor), _SHOWN_AGAIN)
    mirrored = (size[0] - place[0] - place[2], place[1], place[2])
    looks = 0
    for view, expected in ((grey, place), (np.ascontiguousarray(grey[:, ::-1]), mirrored)):
        for name in _FRONTAL:
            again = _squares(view, name, _NEIGHBOURS, _SHOWN_AGAIN // 2)
            looks += any(_same(square, expected) for square in again)
    return looks


def _even(rgb: Bytes) -> Bytes:
    """In grey, every grey as frequent as any other: what the cascades were trained on."""
    return np.asarray(cv2.equalizeHist(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)), np.uint8)


def _same(first: tuple[int, int, int], second: tuple[int, int, int]) -> bool:
    shared = _shared(first, second)
    return shared > _OVERLAP * (first[2] ** 2 + second[2] ** 2 - shared)


def _shared(first: tuple[int, int, int], second: tuple[int, int, int]) -> int:
    across = min(first[0] + first[2], second[0] + second[2]) - max(first[0], second[0])
    down = min(first[1] + first[2], second[1] + second[2]) - max(first[1], second[1])
    return max(0, across) * max(0, down)


def _has_skin(copy: Bytes, x: int, y: int, side: int) -> bool:
    """Whether the middle of a square has the colour of skin; in a grey picture all has."""
    coded = cv2.cvtColor(copy[y : y + side, x : x + side], cv2.COLOR_RGB2YCrCb).astype(np.int16)
    inset = side // 5
    red, blue = coded[inset : side - inset, inset : side - inset, 1:].reshape(-1, 2).T
    if (np.abs(red - 128) + np.abs(blue - 128)).mean() < _GREY:
        return True
    is_skin = (_SKIN_CR[0] <= red) & (red <= _SKIN_CR[1])
    is_skin &= (_SKIN_CB[0] <= blue) & (blue <= _SKIN_CB[1])
    return float(is_skin.mean()) >= _SKIN_SHARE


def ellipse(face: Face) -> tuple[float, float, float, float]:
    """The middle (x, y) and the radii (across, down) of the ellipse that covers a face.

    The cascades' squares end at the brows and below the mouth, so it is higher than wide.
    """
    return face.x + face.side / 2, face.y + face.side * 0.52, face.side * 0.46, face.side * 0.62


def _draw(mask: Bytes, face: Face, factor: float) -> None:
    x, y, across, down = (round(value * factor * 16) for value in ellipse(face))
    cv2.ellipse(mask, (x, y), (across, down), 0, 0, 360, 255, -1, cv2.LINE_8, 4)
