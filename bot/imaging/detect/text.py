"""Lettering: the lines that were read, or, without a reader, what looks like lines.

Lines get a margin, so that no stroke, shadow or accent sticks out of the mask.
"""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from bot.domain.edits.pictures import AreaChoice, Box, Note, OcrSkipped
from bot.domain.edits.prompts import ROOM_ROUND_LETTERS
from bot.imaging.detect import letters, matching, quads
from bot.imaging.detect.finding import Finding
from bot.imaging.files.scale import scaled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from bot.domain.edits.pictures import Lines, TextLine
    from bot.imaging.detect.quads import Quad
    from bot.imaging.files.pixels import Bytes, Pixels

# Of a line's height. The reader's own boxes stand off the ink already: they held 99.9 % of the
# boxes round the ink in the labelled set. Those of the other finder end with it.
_READ_MARGIN: Final = 0.02
_SEEN_MARGIN: Final = 0.15
_LEAST_MARGIN: Final = 1.0  # pixels
_MAX_CHOICES: Final = 25
_MAX_LABEL: Final = 100
_MAX_STEPS: Final = 8  # boxes that follow a line which is not level
_LEVEL: Final = 0.05  # of its width: a line that climbs no more is one box
# Widths of characters in units of an ordinary one, roughly as in common sans-serif letters.
_NARROW: Final = frozenset("iljtfrI.,:;'!|()[]1-\"` ")
_WIDE: Final = frozenset("mwMW@%&—…")
_STRIP_HEIGHT: Final = 48  # pixels of the straightened line in which gaps are looked for
_LONGEST_STRIP: Final = 1 << 14
_SEARCH: Final = 0.7  # of the height: how far a cut may move to the next gap
_HALO: Final = 0.12  # of the height: a gap is looked for with this much on either side


def find_text(picture: Pixels, words: str | None, lettering: Lines) -> Finding | None:
    """Find all lettering, or only what reads `words`; None if there is none.

    What was not read is at least found on flat background, except words.
    """
    if lettering is None or isinstance(lettering, OcrSkipped):
        return _unread(picture, lettering) if words is None else None
    lines = [(line, quad) for line in lettering if (quad := quads.quad_of(line)) is not None]
    found = [quad for _, quad in lines]
    is_sure = all(line.text for line, _ in lines)
    if words is not None:
        texts = [line.text for line, _ in lines]
        hits = matching.find_words(words, texts, quads.blocks(found))
        if hits is None:
            return None
        is_sure = hits.is_sure
        found = [_spanned(picture, texts[span.line], found[span.line], span) for span in hits.spans]
    if not found:
        return None
    return Finding(_drawn(found, picture, _READ_MARGIN), () if is_sure else (Note.TEXT_UNSURE,))


def lettering_choices(lines: Sequence[TextLine], width: int, height: int) -> tuple[AreaChoice, ...]:
    """Each line and each block of lines, the biggest first, with an area for other words there.

    `width` and `height` are the picture's, in pixels.
    """
    room = ROOM_ROUND_LETTERS.pixels(min(width, height))
    known = [(line, quad) for line in lines if (quad := quads.quad_of(line)) is not None]
    blocks = quads.blocks([quad for _, quad in known])
    units = [[number] for number in range(len(known))]
    units += [block for block in blocks if len(block) > 1]
    offers: list[tuple[float, AreaChoice]] = []
    for unit in units:
        around = quads.round_all([known[number][1] for number in unit])
        area = _said(quads.grown(_with_margin(around, _READ_MARGIN), room), width, height)
        label = " ".join(" ".join(known[number][0].text.split()) for number in unit)
        how = quads.lying(around)
        if area and label:
            area = f"{area} feather {ROOM_ROUND_LETTERS}"
            offers.append((how.width * how.height, AreaChoice(_short(label), area)))
    offers.sort(key=lambda offer: -offer[0])
    return tuple(choice for _, choice in offers[:_MAX_CHOICES])


def _unread(picture: Pixels, why: OcrSkipped | None) -> Finding | None:
    """What looks like lettering: good on posters and scans, a guess elsewhere."""
    size = letters.copy_size(picture.width, picture.height)
    copy = np.asarray(scaled(picture, Box(0, 0, picture.width, picture.height), size))
    seen = letters.find_lines(copy)
    if not seen.lines:
        return None
    larger = np.array((picture.width / size[0], picture.height / size[1]))
    notes: tuple[Note, ...] = ()
    if seen.is_photo and why is None:
        notes = (Note.TEXT_UNSURE, Note.TEXT_WITHOUT_READER)
    elif why is not None or not seen.is_clean:
        notes = (Note.TEXT_UNSURE,)
    return Finding(_drawn([quad * larger for quad in seen.lines], picture, _SEEN_MARGIN), notes)


def _drawn(found: Sequence[Quad], picture: Pixels, margin: float) -> Bytes:
    mask = np.zeros((picture.height, picture.width), np.uint8)
    for quad in found:
        # Sixteenths of a pixel; the corners of a pixel, not its middle, have whole numbers.
        points = np.rint((_with_margin(quad, margin) - 0.5) * 16)
        cv2.fillPoly(mask, [points.astype(np.int32)], 255, shift=4)
    return mask


def _with_margin(quad: Quad, share: float) -> Quad:
    return quads.grown(quad, max(_LEAST_MARGIN, share * quads.lying(quad).height))


def _spanned(picture: Pixels, text: str, quad: Quad, span: matching.TextSpan) -> Quad:
    """The piece of a line that some of its characters take, cut in the gaps between letters."""
    direction = quads.lying(quad).along
    if abs(direction[1]) > abs(direction[0]):
        return quad  # whether it is read upwards or downwards nobody said
    before, through = text[: span.start], text[: span.end]
    whole = _length(text.strip())
    lead = _length(text) - _length(text.lstrip())
    start = (_length(before) - lead) / whole if before.strip() else 0.0
    end = (_length(through) - lead) / whole if text[span.end :].strip() else 1.0
    if (start, end) == (0.0, 1.0):
        return quad
    strip = _straightened(picture, quad)
    if start > 0:
        start = _gap(strip, start, spaced=text[span.start - 1].isspace())
    if end < 1:
        end = _gap(strip, end, spaced=text[span.end].isspace())
    return quads.part(quad, start, end) if start < end else quad


def _length(text: str) -> float:
    """About how wide a text is, in ordinary characters."""
    widths = {True: 0.5, False: 1.0}
    return math.fsum(
        1.5
        if char in _WIDE or unicodedata.east_asian_width(char) in "WF"
        else widths[char in _NARROW]
        for char in text
    )


def _straightened(picture: Pixels, quad: Quad) -> NDArray[np.uint8]:
    """A line as a level strip of grey, _STRIP_HEIGHT pixels high."""
    left, top = np.floor(quad.min(0)).astype(int)
    right, bottom = np.ceil(quad.max(0)).astype(int)
    left, top = max(0, int(left)), max(0, int(top))
    right, bottom = min(picture.width, int(right)), min(picture.height, int(bottom))
    how = quads.lying(quad)
    width = min(_LONGEST_STRIP, max(1, round(how.width / how.height * _STRIP_HEIGHT)))
    if right <= left or bottom <= top:
        return np.zeros((_STRIP_HEIGHT, width), np.uint8)
    box = Box(left, top, right - left, bottom - top)
    share = min(1.0, 2 * _STRIP_HEIGHT / how.height)
    size = (max(1, round(box.width * share)), max(1, round(box.height * share)))
    grey = np.asarray(scaled(picture, box, size).convert("L"))
    corners = ((quad - (left, top)) * (size[0] / box.width, size[1] / box.height)).astype(
        np.float32
    )
    flat = np.array(((0, 0), (width, 0), (width, _STRIP_HEIGHT), (0, _STRIP_HEIGHT)), np.float32)
    matrix = cv2.getPerspectiveTransform(corners, flat)
    level = cv2.warpPerspective(
        grey, matrix, (width, _STRIP_HEIGHT), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(level, np.uint8)


def _gap(strip: NDArray[np.uint8], near: float, *, spaced: bool) -> float:
    """The emptiest place of a strip near a share of its length, as such a share."""
    width = strip.shape[1]
    edges = np.abs(np.diff(strip.astype(np.float32), axis=1, prepend=strip[:, :1])).sum(0)
    edges += np.abs(np.diff(strip.astype(np.float32), axis=0)).sum(0)
    empty = max(3, round((2 if spaced else 1) * _HALO * _STRIP_HEIGHT)) | 1
    busy = np.convolve(np.pad(edges, empty // 2, mode="edge"), np.ones(empty) / empty, "valid")
    reach = _SEARCH * _STRIP_HEIGHT
    first, last = max(0, int(near * width - reach)), min(width, int(near * width + reach) + 1)
    places = np.arange(first, last)
    away = np.abs(places - near * width) / reach
    cost = busy[first:last] / max(float(np.median(busy)), 1.0) + 0.5 * away**2
    emptiest = first + int(np.argmin(cost))
    return (emptiest + 0.5) / float(width)


def _short(label: str) -> str:
    return label if len(label) <= _MAX_LABEL else label[: _MAX_LABEL - 1].rstrip() + "…"


def _said(quad: Quad, width: int, height: int) -> str:
    """An area in words that covers a quad; a line that climbs is followed in steps."""
    how = quads.lying(quad)
    climb = abs(float(how.along[1] * how.width))
    level = climb <= _LEVEL * how.width or climb <= how.height / 4
    steps = 1 if level else min(_MAX_STEPS, math.ceil(climb / (how.height / 2)))
    cuts = np.linspace(0, 1, steps + 1)
    pieces = (quads.part(quad, cuts[step], cuts[step + 1]) for step in range(steps))
    return " + ".join(box for piece in pieces for box in _box(piece, width, height))


def _box(quad: Quad, width: int, height: int) -> Iterator[str]:
    left, top = (max(0, math.floor(value)) for value in quad.min(0))
    right, bottom = (math.ceil(value) for value in quad.max(0))
    right, bottom = min(width, right), min(height, bottom)
    if right > left and bottom > top:
        yield f"box {left},{top},{right - left},{bottom - top}"
