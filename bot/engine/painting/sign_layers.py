"""Sign boards and lettering as layers: colour and coverage on a canvas, before the perspective."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from bot.domain.catalog import Style
from bot.engine.painting.pixels import Bytes, Pixels, blur, depth, floats
from bot.engine.painting.styles import lit, normals, saturated
from bot.engine.painting.tint import Colour, contrast, mixed

WOOD: Final[Colour] = (122, 78, 44)
INK: Final[Colour] = (28, 26, 30)
CREAM: Final[Colour] = (250, 243, 224)
BLACK: Final[Colour] = (6, 6, 8)
WHITE: Final[Colour] = (252, 252, 250)

ENAMELS: Final[tuple[Colour, ...]] = (
    (24, 62, 52),  # bottle green
    (28, 42, 82),  # navy
    (118, 28, 36),  # burgundy
    (38, 40, 46),  # charcoal
    (244, 234, 208),  # cream
    (20, 84, 98),  # petrol
    (164, 64, 26),  # rust
)
_READABLE = 4.5  # WCAG 2.1, success criterion 1.4.3


@dataclass(slots=True)
class PaintLayer:
    """Colour (height x width x 3, 0 to 255) and coverage (height x width, 0 to 1) of a canvas."""

    colour: Pixels
    cover: Pixels

    def lay(self, colour: Pixels, cover: Pixels) -> None:
        """Put paint of `colour` with `cover` on top, in place."""
        both = cover + self.cover * (1 - cover)
        share = (cover / np.maximum(both, 1e-6))[..., None]
        self.colour = self.colour * (1 - share) + colour * share
        self.cover = both


def blank(width: int, height: int) -> PaintLayer:
    """Return a canvas with nothing on it."""
    return PaintLayer(
        np.zeros((height, width, 3), np.float32), np.zeros((height, width), np.float32)
    )


def letter_colour(ground: Colour, wanted: Colour | None, old: Colour | None) -> Colour:
    """Choose the letters' colour: the wanted one, the former one if readable, else the clearest."""
    if wanted is not None:
        return wanted
    if old is not None and contrast(old, ground) > _READABLE:
        return old
    for colour in sorted((CREAM, INK), key=lambda colour: -contrast(colour, ground)):
        if contrast(colour, ground) > _READABLE:
            return colour
    return max((WHITE, BLACK), key=lambda colour: contrast(colour, ground))


def board_colour(wanted: Colour | None, letters: Colour | None, rng: np.random.Generator) -> Colour:
    """Choose a board: the wanted colour, else an enamel on which the letters are readable."""
    if wanted is not None:
        return wanted
    order = [ENAMELS[index] for index in rng.permutation(len(ENAMELS))]
    if letters is None:
        return order[0]
    return max(order, key=lambda colour: min(contrast(colour, letters), 6.0))


def _rounded(width: int, height: int, edge: float, radius: float) -> Pixels:
    """Coverage of a rounded rectangle, `edge` pixels inside the canvas, with soft pixel borders."""
    ys = np.abs(np.arange(height, dtype=np.float32) + 0.5 - height / 2)[:, None]
    xs = np.abs(np.arange(width, dtype=np.float32) + 0.5 - width / 2)[None, :]
    over_y = ys - (height / 2 - edge - radius)
    over_x = xs - (width / 2 - edge - radius)
    outside = np.hypot(np.maximum(over_x, 0), np.maximum(over_y, 0))
    distance = outside + np.minimum(np.maximum(over_x, over_y), 0) - radius
    return np.asarray(np.clip(0.5 - distance, 0, 1), np.float32)


def wood_grain(width: int, height: int, rng: np.random.Generator) -> Pixels:
    """Return the light and dark of planks laid lengthwise, about -0.16 to 0.16."""
    fibre = max(1, height // 60)
    noise = rng.standard_normal(
        (height // fibre + 2, max(2, width // (22 * fibre)) + 2), np.float32
    )
    lines = floats(np.asarray(cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)))
    plank = max(8, height // 3)
    gaps = np.minimum(np.arange(height) % plank, 6).astype(np.float32)
    return np.asarray(0.08 * lines - 0.48 * np.exp(-gaps)[:, None], np.float32)


def worn(width: int, height: int, rng: np.random.Generator) -> Pixels:
    """Return the light and dark of weathered enamel, about -0.1 to 0.1."""
    noise = rng.standard_normal((height, width), np.float32)
    side = max(4.0, min(width, height) / 10)
    return np.asarray(
        0.5 * side * 0.05 * blur(noise, side / 2) + 0.04 * blur(noise, 1.2), np.float32
    )


def paint_board(
    canvas: PaintLayer, colour: Colour, keyline: Colour, style: Style, grain: Pixels | None = None
) -> None:
    """Paint a board on the canvas, its shadow included; `grain` makes it one of wood."""
    height, width = canvas.cover.shape
    side = float(min(width, height))
    edge = 0.055 * side
    radius = (0.02 if style is Style.DESIGN else 0.16 if style is Style.ANIME else 0.09) * side
    body = _rounded(width, height, edge, radius)
    if style is not Style.DESIGN:
        shadow = blur(_moved(body, 0.02 * side, 0.035 * side), max(0.8, 0.018 * side))
        canvas.lay(np.zeros_like(canvas.colour), 0.55 * shadow)
    surface = _enamel(body, colour, style)
    if grain is not None:
        surface = surface * (1 + grain[..., None])
    if style is Style.GENERAL:
        surface = saturated(surface, 1.12) * 1.05
    canvas.lay(surface, body)
    ring = 0.03 * side
    inner = _rounded(width, height, edge + 1.6 * ring, max(1.0, radius - 1.6 * ring))
    core = _rounded(
        width, height, edge + 1.6 * ring + max(1.0, 0.4 * ring), max(0.5, radius - 2 * ring)
    )
    line = np.array(INK if style is Style.ANIME else keyline, np.float32)
    if style is Style.ANIME:
        rim = body - _rounded(width, height, edge + ring, max(0.5, radius - ring))
        canvas.lay(np.broadcast_to(line, canvas.colour.shape), np.clip(rim, 0, 1))
    elif style is not Style.RENDER_3D:
        strength = 1.0 if style is Style.DESIGN else 0.85
        canvas.lay(
            np.broadcast_to(line, canvas.colour.shape), strength * np.clip(inner - core, 0, 1)
        )


def _enamel(body: Pixels, colour: Colour, style: Style) -> Pixels:
    """Return the board's surface: flat for posters, lit relief for renders, soft otherwise."""
    height, width = body.shape
    paint = np.broadcast_to(np.array(colour, np.float32), (height, width, 3)).copy()
    ys = np.linspace(-1, 1, height, dtype=np.float32)[:, None, None]
    xs = np.linspace(-1, 1, width, dtype=np.float32)[None, :, None]
    if style is Style.DESIGN:
        return paint
    if style is Style.ANIME:
        bright = np.array(mixed(colour, (255, 255, 255), 0.25), np.float32)
        return np.asarray(np.where(ys + 0.35 * xs < -0.25, bright, paint), np.float32)
    inside = depth(np.pad(body > 0.5, 1))[1:-1, 1:-1]
    bevel = max(2.0, (0.075 if style is Style.RENDER_3D else 0.022) * min(height, width))
    relief = bevel * np.sin(np.minimum(inside / bevel, 1) * np.pi / 2)
    scattered, shine = lit(normals(blur(relief.astype(np.float32), bevel / 5), 1.0))
    sheen = 1.07 - 0.09 * ys - 0.04 * xs
    gloss = 110 if style is Style.RENDER_3D else 45
    base_shine = float(lit(np.array([[[0, 0, 1]]], np.float32))[1][0, 0])
    glow = np.maximum(shine - base_shine, 0)[..., None] * gloss
    return np.asarray(paint * (0.35 + 0.65 * scattered[..., None]) * sheen + glow, np.float32)


def _moved(cover: Pixels, right: float, down: float) -> Pixels:
    matrix = np.array([[1, 0, right], [0, 1, down]], np.float32)
    return floats(cv2.warpAffine(cover, matrix, (cover.shape[1], cover.shape[0])))


def _widened(cover: Pixels, radius: float) -> Pixels:
    side = 2 * max(1, round(radius)) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return floats(cv2.dilate(cover, disc))


def paint_letters(
    canvas: PaintLayer, glyphs: Bytes, size: int, colour: Colour, ground: Colour, style: Style
) -> None:
    """Paint letter shapes of `size` pixels on the canvas, in the manner of the style."""
    cover = glyphs.astype(np.float32) / 255
    ink = INK if contrast(INK, colour) > contrast(WHITE, colour) else WHITE
    paint = np.broadcast_to(np.array(colour, np.float32), canvas.colour.shape)
    readable = contrast(colour, ground) >= 3
    if style is Style.ANIME or not readable:
        wide = _widened(cover, max(1.0, (0.055 if style is Style.ANIME else 0.03) * size))
        canvas.lay(np.broadcast_to(np.array(ink, np.float32), paint.shape), wide)
    if style is Style.RENDER_3D:
        _raised(canvas, cover, size, colour)
        return
    if style in (Style.AUTO, Style.GENERAL, Style.REALISTIC):
        reach = max(0.6, 0.022 * size)
        shadow = blur(_moved(cover, reach, 1.4 * reach), max(0.6, reach))
        dark = 0.45 if contrast(ground, (0, 0, 0)) > 2 else 0.25
        canvas.lay(np.zeros_like(canvas.colour), dark * shadow)
    canvas.lay(paint, cover)
    if style is Style.ANIME:
        rows = np.arange(cover.shape[0])[:, None]
        lines = np.flatnonzero(cover.max(1) > 0.5)
        middle = (lines[0] + lines[-1]) / 2 if len(lines) else 0
        pale = np.broadcast_to(
            np.array(mixed(colour, (255, 255, 255), 0.45), np.float32), paint.shape
        )
        canvas.lay(pale, 0.8 * cover * (rows < middle))


def _raised(canvas: PaintLayer, cover: Pixels, size: int, colour: Colour) -> None:
    """Letters as solid bodies: a stepped side, a bevelled and lit face."""
    steps = max(2, round(0.07 * size))
    side = np.broadcast_to(
        np.array(mixed(colour, (0, 0, 0), 0.62), np.float32), canvas.colour.shape
    )
    fall = blur(_moved(cover, 1.5 * steps, 1.8 * steps), max(0.8, 0.04 * size))
    canvas.lay(np.zeros_like(canvas.colour), 0.6 * fall)
    for step in range(steps, 0, -1):
        canvas.lay(side, _moved(cover, 0.55 * step, 0.8 * step))
    inside = depth(np.pad(cover > 0.5, 1))[1:-1, 1:-1]
    bevel = max(1.5, 0.06 * size)
    relief = bevel * np.minimum(inside / bevel, 1)
    scattered, shine = lit(normals(blur(relief.astype(np.float32), max(0.7, bevel / 4)), 0.8))
    face = np.array(colour, np.float32) * (0.45 + 0.58 * scattered[..., None])
    canvas.lay(np.asarray(face + 45 * shine[..., None], np.float32), cover)
