"""The shopfront of the street: window with books, door, awning."""

from __future__ import annotations

import numpy as np

from bot.engine.painting.pixels import blur
from bot.engine.samples.textures import Scenery, clouds, gradient, wood

WIDTH, HEIGHT = 1200, 800
PAVEMENT = 664  # row where the wall stands on the pavement


def window(scene: Scenery, rng: np.random.Generator) -> None:
    """Paint the shop window, lit from inside."""
    left, top, right, bottom = 228, 236, 792, 604
    frame = wood((HEIGHT, WIDTH), (32, 68, 62), rng)
    scene.shade(blur(scene.box(left - 20, top - 10, right + 26, bottom + 14), 8), 0.5)
    scene.lay(scene.box(left - 16, top - 20, right + 16, bottom + 4), frame)
    inside = gradient(
        scene.down(), [(0.28, (92, 62, 34)), (0.55, (150, 104, 58)), (0.76, (70, 46, 28))]
    )
    scene.lay(scene.box(left, top, right, bottom), inside)
    for x, glow in ((330, 1.0), (510, 0.9), (690, 1.0)):
        lamp = blur(scene.ellipse(x, 330, 60, 44), 34)
        scene.pixels += lamp[..., None] * np.array([120, 88, 40], np.float32) * glow
        scene.lay(scene.line([(x, top), (x, 316)], 2), (30, 24, 20))
        scene.lay(
            scene.polygon([(x - 20, 332), (x - 7, 312), (x + 7, 312), (x + 20, 332)]), (36, 40, 38)
        )
        scene.lay(scene.ellipse(x, 334, 12, 5), (255, 236, 180))
    _books(scene, rng, left, right)
    glass = scene.box(left, top, right, bottom)
    streak = scene.polygon([(300, bottom), (470, top), (560, top), (390, bottom)])
    streak += 0.6 * scene.polygon([(430, bottom), (600, top), (630, top), (460, bottom)])
    scene.pixels += (blur(streak, 3) * glass * 26)[..., None]
    scene.pixels += (glass * np.clip(0.9 - 2.0 * np.abs(scene.down() - 0.33), 0, 1) * 16)[
        ..., None
    ] * np.array([0.8, 0.95, 1.1], np.float32)
    for x in (left + 188, left + 376):
        scene.shade(scene.box(x - 5, top, x + 9, bottom), 0.35)
        scene.lay(scene.box(x - 6, top, x + 6, bottom), frame)
    scene.lay(scene.box(left, top + 62, right, top + 71), frame)
    scene.shade(scene.box(left, top + 71, right, top + 75) * glass, 0.4)
    scene.lay(
        scene.box(left - 26, bottom, right + 26, bottom + 18),
        wood((HEIGHT, WIDTH), (206, 198, 180), rng),
    )
    scene.shade(blur(scene.box(left - 26, bottom + 16, right + 26, bottom + 26), 3), 0.5)
    scene.shade(scene.box(left - 16, top - 20, left, bottom), -0.14)


def _books(scene: Scenery, rng: np.random.Generator, left: int, right: int) -> None:
    colours = [
        (168, 52, 44),
        (214, 160, 60),
        (48, 92, 112),
        (92, 116, 74),
        (208, 196, 170),
        (96, 58, 92),
        (224, 122, 66),
    ]
    for shelf, tall in ((424, 52), (512, 56), (600, 60)):
        scene.lay(scene.box(left, shelf, right, shelf + 7), (74, 48, 30))
        x = left + 10.0
        while x < right - 16:
            wide = rng.uniform(8, 19)
            if rng.random() < 0.13:
                x += wide * 1.6
                continue
            high = tall * rng.uniform(0.62, 1.0)
            colour = np.array(colours[int(rng.integers(len(colours)))], np.float32) * rng.uniform(
                0.5, 0.85
            )
            book = scene.pixels[round(shelf - high) : shelf, round(x) : round(x + wide) - 1]
            light = np.linspace(1.12, 0.72, max(1, book.shape[1]), dtype=np.float32)[None, :, None]
            book[:] = colour * light
            book[round(high * 0.18) : round(high * 0.18) + 3] += 30
            x += wide
        scene.shade(blur(scene.box(left, shelf + 7, right, shelf + 18), 4), 0.55)


def door(scene: Scenery, rng: np.random.Generator) -> None:
    """Paint the red door and its step."""
    left, top, right, bottom = 872, 252, 1010, PAVEMENT - 6
    scene.shade(blur(scene.box(left - 24, top - 22, right + 28, bottom), 8), 0.5)
    scene.lay(
        scene.box(left - 18, top - 22, right + 18, bottom),
        wood((HEIGHT, WIDTH), (222, 214, 196), rng, strength=0.02),
    )
    scene.shade(scene.box(left - 2, top - 2, right + 2, bottom), 0.5)
    scene.lay(scene.box(left, top, right, bottom), wood((HEIGHT, WIDTH), (150, 44, 40), rng))
    pane = gradient(
        scene.down(), [(0.34, (124, 132, 128)), (0.5, (110, 84, 54)), (0.6, (84, 58, 38))]
    )
    scene.lay(scene.box(left + 22, top + 24, right - 22, top + 196, 3), (74, 20, 20))
    scene.lay(scene.box(left + 26, top + 28, right - 26, top + 192, 2), pane)
    scene.lay(
        0.3
        * scene.polygon(
            [
                (left + 26, top + 150),
                (left + 96, top + 28),
                (left + 112, top + 28),
                (left + 26, top + 178),
            ]
        ),
        (235, 240, 240),
    )
    for high, low in ((top + 216, top + 296), (top + 312, bottom - 20)):
        scene.shade(scene.box(left + 20, high, right - 20, low, 3), 0.34)
        scene.shade(scene.box(left + 24, high + 4, right - 20, low, 3), -0.42)
        scene.lay(
            scene.box(left + 25, high + 5, right - 23, low - 3, 3),
            wood((HEIGHT, WIDTH), (154, 46, 42), rng),
        )
    scene.shade(blur(scene.ellipse(right - 12, top + 224, 6, 9), 2), 0.4)
    scene.lay(scene.ellipse(right - 14, top + 220, 5.5, 5.5), (222, 180, 84))
    scene.lay(scene.ellipse(right - 15.5, top + 218, 2, 2), (255, 244, 200))
    scene.lay(scene.box(left - 30, bottom, right + 30, bottom + 14, 2), (176, 170, 160))
    scene.shade(scene.box(left - 30, bottom + 9, right + 30, bottom + 14), 0.3)


def awning(scene: Scenery, rng: np.random.Generator) -> None:
    """Paint the striped awning and the shade under it."""
    left, right, top, low = 206, 814, 218, 300
    scene.shade(
        blur(
            scene.polygon(
                [(left - 4, top), (right + 30, top), (right + 30, low + 58), (left + 26, low + 58)]
            ),
            10,
        ),
        0.5,
    )
    stripes = 19
    for index in range(stripes):
        a, b = index / stripes, (index + 1) / stripes
        colour = (186, 44, 42) if index % 2 == 0 else (240, 230, 208)
        x0, x1 = left + (right - left) * a, left + (right - left) * b
        y0, y1 = left - 22 + (right - left + 44) * a, left - 22 + (right - left + 44) * b
        scene.lay(scene.polygon([(x0, top), (x1, top), (y1, low), (y0, low)]), colour)
        middle = (y0 + y1) / 2
        flap = np.maximum(
            scene.box(y0, low - 1, y1, low + 12), scene.ellipse(middle, low + 12, (y1 - y0) / 2, 9)
        )
        scene.lay(flap, (0.84 * colour[0], 0.84 * colour[1], 0.84 * colour[2]))
    cloth = scene.polygon([(left, top), (right, top), (right + 22, low), (left - 22, low)])
    fold = np.clip((scene.down() * HEIGHT - top) / (low - top), 0, 1)
    scene.pixels *= (1 + cloth * (0.10 - 0.26 * (1 - fold)))[..., None]
    scene.pixels += (cloth * 2.5 * clouds((HEIGHT, WIDTH), 8, rng, octaves=2))[..., None]
    scene.shade(scene.box(left - 22, low - 2, right + 22, low), 0.35)
