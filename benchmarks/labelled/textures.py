"""Noise, light and brushes for drawn pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np
from PIL import Image, ImageDraw

from bot.engine.painting import Pixels, TextLayout, blur, floats, lay_out, shape, span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


Point: TypeAlias = tuple[float, float]
Rgb: TypeAlias = tuple[float, float, float]

_FINE = 3  # shapes are drawn this much larger and averaged


def clouds(
    shape: tuple[int, int],
    cell: float,
    rng: np.random.Generator,
    *,
    octaves: int = 4,
    stretch: float = 1.0,
) -> Pixels:
    """Fractal noise of mean 0 and spread 1; `cell` is the largest feature in pixels."""
    height, width = shape
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        step = max(1.0, cell / 2**octave)
        grid = (int(height / step) + 3, int(width / (step * stretch)) + 3)
        noise = rng.standard_normal(grid, np.float32)
        wide = cv2.resize(
            noise,
            (int(grid[1] * step * stretch), int(grid[0] * step)),
            interpolation=cv2.INTER_CUBIC,
        )
        total += floats(np.asarray(wide))[:height, :width] / 1.7**octave
    return np.asarray((total - total.mean()) / total.std(), np.float32)


class Scenery:
    """A picture in the making: float RGB, painted over shape by shape."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.pixels = np.zeros((height, width, 3), np.float32)

    def image(self) -> Image.Image:
        """Return the picture as an RGB image."""
        return Image.fromarray(np.clip(self.pixels + 0.5, 0, 255).astype(np.uint8))

    def lay(self, cover: Pixels, paint: Rgb | Pixels) -> None:
        """Put paint on the picture where `cover` (0 to 1) says."""
        if cover.any():
            box = span(cover > 0)
            colour = np.asarray(paint, np.float32)
            local = colour if colour.ndim == 1 else colour[box]
            self.pixels[box] += (local - self.pixels[box]) * cover[box][..., None]

    def shade(self, cover: Pixels, strength: float) -> None:
        """Darken by up to `strength` (0 to 1) where `cover` says."""
        if cover.any():
            box = span(cover > 0)
            self.pixels[box] *= (1 - strength * cover[box])[..., None]

    def polygon(self, points: Sequence[Point]) -> Pixels:
        """Return the coverage of a polygon."""
        return self._drawn(
            lambda pen, scale: pen.polygon([(x * scale, y * scale) for x, y in points], fill=255)
        )

    def box(
        self, left: float, top: float, right: float, bottom: float, radius: float = 0
    ) -> Pixels:
        """Return the coverage of a (rounded) box."""
        return self._drawn(
            lambda pen, scale: pen.rounded_rectangle(
                (left * scale, top * scale, right * scale - 1, bottom * scale - 1),
                radius * scale,
                fill=255,
            )
        )

    def ellipse(self, x: float, y: float, across: float, down: float) -> Pixels:
        """Return the coverage of an ellipse with these radii."""
        return self._drawn(
            lambda pen, scale: pen.ellipse(
                (
                    (x - across) * scale,
                    (y - down) * scale,
                    (x + across) * scale,
                    (y + down) * scale,
                ),
                fill=255,
            )
        )

    def line(self, points: Sequence[Point], width: float) -> Pixels:
        """Return the coverage of a line."""
        return self._drawn(
            lambda pen, scale: pen.line(
                [(x * scale, y * scale) for x, y in points],
                fill=255,
                width=max(1, round(width * scale)),
                joint="curve",
            )
        )

    def words(self, text: str, box: tuple[int, int, int, int], font: str) -> Pixels:
        """Return the coverage of `text`, as large as fits the box (left, top, right, bottom)."""
        left, top, right, bottom = box
        width, height = right - left, bottom - top
        layout = lay_out(text, width, height, font)
        if layout is None:
            raise ValueError(f"no room for {text!r}")
        large = TextLayout(layout.lines, layout.size * _FINE, layout.font)
        sheet = Image.fromarray(shape(large, width * _FINE, height * _FINE, (0, 0)))
        cover = np.zeros((self.height, self.width), np.float32)
        cover[top:bottom, left:right] = np.asarray(sheet.reduce(_FINE), np.float32) / 255
        return cover

    def _drawn(self, draw: Callable[[ImageDraw.ImageDraw, int], None]) -> Pixels:
        sheet = Image.new("L", (self.width * _FINE, self.height * _FINE))
        draw(ImageDraw.Draw(sheet), _FINE)
        cover = np.zeros((self.height, self.width), np.float32)
        found = sheet.getbbox()
        if found is not None:
            left, top = found[0] // _FINE, found[1] // _FINE
            right, bottom = -(-found[2] // _FINE), -(-found[3] // _FINE)
            part = sheet.crop((left * _FINE, top * _FINE, right * _FINE, bottom * _FINE))
            cover[top:bottom, left:right] = np.asarray(part.reduce(_FINE), np.float32) / 255
        return cover

    def down(self) -> Pixels:
        """Return 0 at the top row to 1 at the bottom row, as a full field."""
        return np.broadcast_to(
            np.linspace(0, 1, self.height, dtype=np.float32)[:, None], (self.height, self.width)
        )

    def across(self) -> Pixels:
        """Return 0 at the left column to 1 at the right column, as a full field."""
        return np.broadcast_to(
            np.linspace(0, 1, self.width, dtype=np.float32)[None, :], (self.height, self.width)
        )


def gradient(fraction: Pixels, stops: Sequence[tuple[float, Rgb]]) -> Pixels:
    """Colour a field of 0..1 by stops of (place, colour)."""
    places = [place for place, _ in stops]
    channels = [
        np.interp(fraction, places, [colour[index] for _, colour in stops]) for index in range(3)
    ]
    return np.dstack(channels).astype(np.float32)


def bricks(
    shape: tuple[int, int],
    rng: np.random.Generator,
    *,
    course: int = 24,
    length: int = 68,
    joint: int = 4,
) -> Pixels:
    """A brick wall in running bond: every brick its own shade, worn edges, sandy joints."""
    height, width = shape
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    xs = xs + 0.9 * clouds(shape, 30, rng, octaves=2)
    ys = ys + 0.7 * clouds(shape, 30, rng, octaves=2)
    row = np.floor(ys / course).astype(int)
    along = xs + np.where(row % 2 == 1, length / 2, 0)
    column = np.floor(along / length).astype(int)
    down, right = ys - row * course, along - column * length
    inside = np.minimum(
        np.minimum(down, course - joint - down), np.minimum(right, length - joint - right)
    ).astype(np.float32)
    face = np.clip(inside + 0.6, 0, 1)
    shades = rng.normal(0, 1, (row.max() + 4, column.max() + 4)).astype(np.float32)
    warm = rng.normal(0, 1, shades.shape).astype(np.float32)
    shade, hue = shades[row + 1, column + 1], warm[row + 1, column + 1]
    burnt = (hue > 1.35).astype(np.float32)
    speck = rng.standard_normal(shape, np.float32)
    brick = np.dstack(
        [154 + 12 * shade + 8 * hue, 82 + 9 * shade - 3 * hue, 62 + 8 * shade - 5 * hue]
    )
    brick -= burnt[..., None] * np.array([46, 22, 10], np.float32)
    brick += (7 * blur(speck, 0.7) + 5 * clouds(shape, 9, rng, octaves=2))[..., None]
    brick *= (
        1 + 0.10 * np.clip(2.5 - down, 0, 1) - 0.22 * np.clip(down - (course - joint - 2.5), 0, 1)
    )[..., None]
    mortar = np.array([186, 174, 156], np.float32) + (9 * blur(speck[::-1], 0.8))[..., None]
    mortar *= (0.86 + 0.14 * np.clip((down - course + joint) / joint, 0, 1))[..., None]
    wall = mortar + (brick - mortar) * face[..., None]
    return np.asarray(wall * (1 + 0.05 * clouds(shape, 160, rng, octaves=3))[..., None], np.float32)


def wood(
    shape: tuple[int, int], colour: Rgb, rng: np.random.Generator, *, strength: float = 0.05
) -> Pixels:
    """Painted wood: faint grain along the width."""
    grain = clouds(shape, 5, rng, octaves=2, stretch=18.0) + 0.5 * clouds(shape, 60, rng, octaves=2)
    return np.asarray(np.array(colour, np.float32) * (1 + strength * grain)[..., None], np.float32)


def leaves(
    scene: Scenery,
    middle: Point,
    reach: Point,
    number: int,
    colours: Sequence[Rgb],
    rng: np.random.Generator,
    size: float = 6,
) -> None:
    """Scatter leaves in an ellipse, dark ones below and behind, light ones above and in front."""
    order = np.sort(rng.random(number))
    for depth in order:
        angle, radius = rng.uniform(0, 2 * np.pi), np.sqrt(rng.random())
        x = middle[0] + reach[0] * radius * np.cos(angle)
        y = middle[1] + reach[1] * radius * np.sin(angle)
        light = 0.55 * depth + 0.45 * (
            0.5 - 0.5 * np.sin(angle) * radius - 0.15 * np.cos(angle) * radius
        )
        place = light * (len(colours) - 1)
        low = int(np.clip(place, 0, len(colours) - 2))
        share = float(np.clip(place - low, 0, 1))
        colour = [
            a + (b - a) * share + rng.normal(0, 5)
            for a, b in zip(colours[low], colours[low + 1], strict=True)
        ]
        long = size * rng.uniform(0.6, 1.3)
        cv2.ellipse(
            scene.pixels,
            (round(x * 8), round(y * 8)),
            (round(long * 8), round(long * 3.4)),
            float(rng.uniform(0, 180)),
            0,
            360,
            tuple(float(value) for value in colour),
            -1,
            cv2.LINE_AA,
            3,
        )


def film(
    scene: Scenery, rng: np.random.Generator, *, grain: float = 1.6, vignette: float = 0.2
) -> None:
    """Finish like a photograph: a slight fall of light to the corners and fine grain."""
    dx, dy = scene.across() - 0.5, scene.down() - 0.5
    scene.pixels *= (1 - vignette * np.clip(dx * dx + dy * dy, 0, 0.5) * 2)[..., None]
    noise = blur(rng.standard_normal((scene.height, scene.width), np.float32), 0.6)
    scene.pixels += (grain * 1.7 * noise)[..., None]
