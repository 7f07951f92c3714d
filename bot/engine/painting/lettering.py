"""Letters words into an area: on the panel that is there, on a new board, or on the fill itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from bot.domain.catalog import Style
from bot.engine.painting.letters import SANS, SERIF, drawable, lay_out, shape
from bot.engine.painting.pixels import (
    Bytes,
    Flags,
    Pixels,
    blur,
    floats,
    grey,
    grow,
    shrink,
    slopes,
    span,
    to_bytes,
)
from bot.engine.painting.sign_layers import (
    WOOD,
    PaintLayer,
    blank,
    board_colour,
    letter_colour,
    paint_board,
    paint_letters,
    wood_grain,
    worn,
)
from bot.engine.painting.sign_layout import EDGE, hang
from bot.engine.painting.text_placement import TextPlacement, find_place

if TYPE_CHECKING:
    from bot.engine.painting.intent import PromptIntent
    from bot.engine.painting.tint import Colour

_MOST_CANVAS = 1500  # pixels of a canvas side: letters are smooth enough from there on
_BUSY = 9.0  # levels of local contrast above which letters on the bare fill are hard to read
_SHADOW = 0.14  # of a letter's height: how far its drop shadow reaches
_SHARP = 0.22  # share of the contrast that a letter's edge crosses within one pixel, at least


@dataclass(frozen=True, slots=True)
class Panel:
    """Lettering found inside an area: its pixels, its colour, and the ground it stands on."""

    strokes: Flags
    letters: Colour
    ground: Flags


def find_panel(picture: Bytes, area: Flags) -> Panel | None:
    """Find old lettering: sharp-edged marks on one even ground that fills most of the area."""
    if area.sum() < 400:
        return None
    box = span(area)
    colour, inside = floats(picture[box]), area[box]
    size = float(np.sqrt(inside.sum()))
    soft = blur(colour, max(0.6, size / 300))
    median = np.median(soft[inside], 0)
    away = np.sqrt(np.square(soft - median).sum(2))
    core = shrink(inside, max(2, int(0.03 * size)))
    if core.sum() < 200:
        return None
    scale = np.clip(away[core], 0, 255).astype(np.uint8)
    threshold, _ = cv2.threshold(scale, 0, 255, cv2.THRESH_OTSU)
    marks = (away > max(float(threshold), 40.0)) & inside
    strokes = _inner_parts(marks, core, size)
    share = strokes.sum() / inside.sum()
    if not 0.008 < share < 0.5:
        return None
    ground = inside & ~grow(marks, max(1, int(size / 150)))
    if ground.sum() < 0.3 * inside.sum() or not _crisp(soft, strokes, ground):
        return None
    letters = np.median(colour[shrink(strokes, 1) if shrink(strokes, 1).any() else strokes], 0)
    whole, everywhere = np.zeros_like(area), np.zeros_like(area)
    # Blurred rims and drop shadows of the letters go with them, and must not be painted with.
    whole[box] = grow(strokes, max(2, round(_SHADOW * _height(strokes)))) & inside
    clear = ground & ~whole[box]
    everywhere[box] = clear if clear.sum() > 0.15 * inside.sum() else ground
    red, green, blue = (int(value) for value in letters)
    return Panel(whole, (red, green, blue), everywhere)


def _height(strokes: Flags) -> float:
    """The height of the larger letters, in pixels."""
    stats = cv2.connectedComponentsWithStats(strokes.astype(np.uint8), connectivity=8)[2]
    return float(np.percentile(stats[1:, cv2.CC_STAT_HEIGHT], 75))


def _inner_parts(marks: Flags, core: Flags, size: float) -> Flags:
    """Keep the marks that lie inside the area: what touches its rim is a frame or another thing."""
    count, names, stats, _ = cv2.connectedComponentsWithStats(
        marks.astype(np.uint8), connectivity=8
    )
    touching = np.unique(names[marks & ~core])
    keep = np.ones(count, bool)
    keep[touching] = False
    keep[0] = False
    keep &= stats[:, cv2.CC_STAT_AREA] >= max(4, int(0.00006 * size * size))
    return np.asarray(keep[names], bool)


def _crisp(picture: Pixels, strokes: Flags, ground: Flags) -> bool:
    """Tell letters from clouds: a letter's edge is steep, and its ground is even."""
    luma = grey(picture)
    slope = np.hypot(*slopes(luma))
    rim = strokes & grow(~strokes, 1)
    step = abs(float(np.median(luma[strokes])) - float(np.median(luma[ground])))
    if step < 12:
        step = float(np.abs(np.median(picture[strokes], 0) - np.median(picture[ground], 0)).max())
    steep = float(np.median(slope[grow(rim, 1)]))
    uneven = float(np.percentile(luma[ground], 90) - np.percentile(luma[ground], 10))
    colours = picture[strokes]
    mixed = float(np.median(np.abs(colours - np.median(colours, 0)).max(1)))
    return steep > 0.5 * _SHARP * step and 2 * uneven < step and mixed < max(0.25 * step, 25)


def letter(
    picture: Bytes,
    area: Flags,
    intent: PromptIntent,
    style: Style,
    rng: np.random.Generator,
    *,
    board: bool,
    old: Colour | None,
) -> Bytes:
    """Return the picture with the prompt's text lettered into the area, as large as fits.

    A `board` is painted first if asked for, cut to suit its words where the area is wide or tall;
    `old` is the colour of the letters there were. Characters that no font here has are left out;
    when nothing can be drawn the picture is returned as it is.
    """
    font = SERIF if intent.serif else SANS
    text = drawable(intent.text or "", font)
    if not text or not area.any():
        return picture.copy()
    place = find_place(area)
    if board:
        place = hang(place, text, font, float(area.mean()))
    scale = min(2.0, _MOST_CANVAS / max(place.width, place.height))
    canvas = blank(max(8, round(place.width * scale)), max(8, round(place.height * scale)))
    height, width = canvas.cover.shape
    edge = (EDGE if board else 0.03) * min(width, height)
    layout = lay_out(text, int(width - 2 * edge), int(height - 2 * edge), font)
    if layout is None:
        return picture.copy()
    ground = _ground(picture, area, place)
    colour = letter_colour(ground, intent.letters, old)
    if board:
        ground = board_colour(intent.colour or (WOOD if intent.wood else None), intent.letters, rng)
        colour = letter_colour(ground, intent.letters, None)
        paint_board(canvas, ground, colour, style, _board_grain(canvas, intent, style, rng))
    shift = rng.uniform(-0.05, 0.05, 2)
    glyphs = shape(layout, width, height, (float(shift[0]), float(shift[1])))
    paint_letters(canvas, glyphs, layout.size, colour, ground, style)
    return _press(picture, area, canvas, place, scale, style, rng, board=board)


def _board_grain(
    canvas: PaintLayer, intent: PromptIntent, style: Style, rng: np.random.Generator
) -> Pixels | None:
    height, width = canvas.cover.shape
    if intent.wood and style not in (Style.DESIGN, Style.ANIME):
        return wood_grain(width, height, rng)
    return worn(width, height, rng) if style is Style.REALISTIC else None


def needs_board(picture: Bytes, area: Flags) -> bool:
    """Tell whether the area is too busy to read letters on."""
    box = span(area)
    luma = grey(floats(picture[box]))
    inside = area[box]
    texture = np.abs(luma - blur(luma, 2.5))[inside].mean()
    return float(texture + 0.35 * luma[inside].std()) > _BUSY


def _ground(picture: Bytes, area: Flags, place: TextPlacement) -> Colour:
    """Return the typical colour where the letters will stand."""
    middle = np.zeros(area.shape, np.uint8)
    cv2.fillConvexPoly(middle, np.rint(place.inset(0.15).corners).astype(np.int32), 1)
    inside = (middle > 0) & area
    red, green, blue = np.median(picture[inside if inside.any() else area], 0)
    return int(red), int(green), int(blue)


def _press(
    picture: Bytes,
    area: Flags,
    canvas: PaintLayer,
    place: TextPlacement,
    scale: float,
    style: Style,
    rng: np.random.Generator,
    *,
    board: bool,
) -> Bytes:
    """Lay the canvas into the picture, in perspective, keeping light and grain of the ground."""
    box = span(area, 2)
    top, left = box[0].start, box[1].start
    shape_ = (box[1].stop - left, box[0].stop - top)
    fine = 2 if max(shape_) < 900 else 1
    move = np.array([[fine, 0, -left * fine], [0, fine, -top * fine], [0, 0, 1]], np.float32)
    matrix = move @ place.matrix(scale)
    layers = np.dstack([canvas.colour * canvas.cover[..., None], canvas.cover])
    size = (shape_[0] * fine, shape_[1] * fine)
    warped = cv2.warpPerspective(layers, matrix, size, flags=cv2.INTER_LINEAR)
    warped = floats(cv2.resize(warped, shape_, interpolation=cv2.INTER_AREA))
    below = floats(picture[box])
    cover = warped[..., 3:]
    paint = warped[..., :3]
    if style is not Style.DESIGN and style is not Style.ANIME:
        grain: Pixels = 0.5 * (below - blur(below, 2.0))
        if board:  # a board covers the ground, but was photographed with the same camera
            noise = blur(rng.standard_normal(below.shape[:2], np.float32), 0.6)[..., None]
            grain = noise * min(6.0, 1.5 + 2 * float(np.abs(grain[area[box]]).mean()))
        paint = paint + np.clip(grain, -12, 12) * cover
    mixed = below * (1 - cover) + paint
    result = picture.copy()
    result[box][area[box]] = to_bytes(mixed)[area[box]]
    return result
