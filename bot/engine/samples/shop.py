"""The street: a brick shopfront with a sign, an awning, a door, and a cone nobody wants."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from PIL import Image, ImageDraw

from bot.engine.painting.letters import SERIF
from bot.engine.painting.pixels import blur, floats
from bot.engine.samples.textures import (
    Scenery,
    as_mask,
    bricks,
    clouds,
    film,
    gradient,
    leaves,
    wood,
)

_WIDTH, _HEIGHT = 1200, 800
_PAVEMENT = 664  # row where the wall stands on the pavement
_SIGN = (214, 96, 806, 204)  # left, top, right, bottom of the painted sign
_CONE = (1098, 606)  # x of the cone's middle, y of its tip


def street_sign_mask() -> Image.Image:
    """Return the mask of the shop's sign (its painted panel, without the moulding)."""
    left, top, right, bottom = _SIGN
    mask = Image.new("L", (_WIDTH, _HEIGHT))
    ImageDraw.Draw(mask).rectangle((left + 9, top + 9, right - 10, bottom - 10), fill=255)
    return mask


def street_cone_mask() -> Image.Image:
    """Return the mask of the traffic cone and its shadow, drawn generously like by hand."""
    x, y = _CONE
    scene = Scenery(_WIDTH, _HEIGHT)
    outline = [
        (x - 16, y - 14),
        (x + 16, y - 14),
        (x + 50, y + 96),
        (x + 96, y + 104),
        (x + 104, y + 128),
        (x - 44, y + 136),
        (x - 58, y + 120),
        (x - 46, y + 92),
    ]
    return as_mask(scene.polygon(outline))


@cache
def _street() -> Image.Image:
    rng = np.random.default_rng(20)
    scene = Scenery(_WIDTH, _HEIGHT)
    scene.pixels[:] = bricks((_HEIGHT, _WIDTH), rng)
    _plinth(scene, rng)
    _pavement(scene, rng)
    _window(scene, rng)
    _door(scene, rng)
    _awning(scene, rng)
    _sign(scene, rng)
    _lamp(scene)
    _planter(scene, rng)
    _cone(scene)
    _sunlight(scene, rng)
    film(scene, rng)
    return scene.image()


def street() -> Image.Image:
    """Return the street scene, 1200 x 800, RGB."""
    return _street().copy()


def _plinth(scene: Scenery, rng: np.random.Generator) -> None:
    stone = gradient(
        clouds((_HEIGHT, _WIDTH), 14, rng) * 0.12 + 0.5, [(0, (96, 92, 88)), (1, (150, 145, 138))]
    )
    scene.lay(scene.box(0, 606, _WIDTH, _PAVEMENT), stone)
    scene.shade(scene.box(0, 606, _WIDTH, 609), -0.25)
    scene.shade(scene.box(0, 609, _WIDTH, 613), 0.25)
    for x in range(70, _WIDTH, 148):
        scene.shade(scene.box(x, 610, x + 3, _PAVEMENT), 0.35)


def _pavement(scene: Scenery, rng: np.random.Generator) -> None:
    """Slabs in perspective, a kerb, a strip of road."""
    height, width = 620, 1600
    slab = (
        150
        + 5 * clouds((height, width), 6, rng, octaves=3)
        + 4 * rng.standard_normal((height, width), np.float32)
    )
    ys, xs = np.mgrid[0:height, 0:width]
    row = ys // 130
    tone = rng.normal(0, 6, (8, 16)).astype(np.float32)
    along = xs + (row % 2) * 100
    slab += tone[row, along // 200]
    joint = np.minimum(
        np.minimum(ys % 130, 130 - ys % 130), np.minimum(along % 200, 200 - along % 200)
    )
    slab *= 0.66 + 0.34 * np.clip(joint / 3.0, 0, 1)
    flat = np.dstack([slab * 1.02, slab * 0.985, slab * 0.94]).astype(np.float32)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    seen = np.array(
        [[-40, _PAVEMENT], [_WIDTH + 40, _PAVEMENT], [_WIDTH + 460, 800], [-460, 800]], np.float32
    )
    matrix = cv2.getPerspectiveTransform(corners, seen)
    ground = floats(
        cv2.warpPerspective(
            flat, matrix, (_WIDTH, _HEIGHT), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT
        )
    )
    scene.lay(scene.box(0, _PAVEMENT, _WIDTH, _HEIGHT), ground)
    asphalt = gradient(
        clouds((_HEIGHT, _WIDTH), 4, rng, octaves=3) * 0.16 + 0.5,
        [(0, (52, 53, 57)), (1, (96, 97, 100))],
    )
    scene.lay(scene.box(0, 752, _WIDTH, 770), (168, 163, 154))
    scene.pixels[752:770] += 5 * clouds((18, _WIDTH), 8, rng)[..., None]
    scene.shade(scene.box(0, 752, _WIDTH, 754), -0.12)
    scene.lay(scene.box(0, 766, _WIDTH, _HEIGHT), asphalt)
    scene.shade(blur(scene.box(0, 766, _WIDTH, 772), 2.5), 0.5)
    for x in range(60, _WIDTH, 190):
        scene.shade(scene.box(x, 753, x + 2, 766), 0.3)
    scene.shade(blur(scene.box(0, _PAVEMENT - 2, _WIDTH, _PAVEMENT + 5), 4), 0.55)


def _window(scene: Scenery, rng: np.random.Generator) -> None:
    left, top, right, bottom = 228, 236, 792, 604
    frame = wood((_HEIGHT, _WIDTH), (32, 68, 62), rng)
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
        wood((_HEIGHT, _WIDTH), (206, 198, 180), rng),
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


def _door(scene: Scenery, rng: np.random.Generator) -> None:
    left, top, right, bottom = 872, 252, 1010, _PAVEMENT - 6
    scene.shade(blur(scene.box(left - 24, top - 22, right + 28, bottom), 8), 0.5)
    scene.lay(
        scene.box(left - 18, top - 22, right + 18, bottom),
        wood((_HEIGHT, _WIDTH), (222, 214, 196), rng, strength=0.02),
    )
    scene.shade(scene.box(left - 2, top - 2, right + 2, bottom), 0.5)
    scene.lay(scene.box(left, top, right, bottom), wood((_HEIGHT, _WIDTH), (150, 44, 40), rng))
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
            wood((_HEIGHT, _WIDTH), (154, 46, 42), rng),
        )
    scene.shade(blur(scene.ellipse(right - 12, top + 224, 6, 9), 2), 0.4)
    scene.lay(scene.ellipse(right - 14, top + 220, 5.5, 5.5), (222, 180, 84))
    scene.lay(scene.ellipse(right - 15.5, top + 218, 2, 2), (255, 244, 200))
    scene.lay(scene.box(left - 30, bottom, right + 30, bottom + 14, 2), (176, 170, 160))
    scene.shade(scene.box(left - 30, bottom + 9, right + 30, bottom + 14), 0.3)


def _awning(scene: Scenery, rng: np.random.Generator) -> None:
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
    fold = np.clip((scene.down() * _HEIGHT - top) / (low - top), 0, 1)
    scene.pixels *= (1 + cloth * (0.10 - 0.26 * (1 - fold)))[..., None]
    scene.pixels += (cloth * 2.5 * clouds((_HEIGHT, _WIDTH), 8, rng, octaves=2))[..., None]
    scene.shade(scene.box(left - 22, low - 2, right + 22, low), 0.35)


def _sign(scene: Scenery, rng: np.random.Generator) -> None:
    left, top, right, bottom = _SIGN
    scene.shade(blur(scene.box(left - 6, top + 4, right + 16, bottom + 20), 8), 0.6)
    scene.lay(
        scene.box(left - 10, top - 12, right + 10, bottom + 8, 3),
        wood((_HEIGHT, _WIDTH), (206, 168, 92), rng),
    )
    scene.shade(scene.box(left - 10, bottom + 2, right + 10, bottom + 8), 0.4)
    scene.shade(scene.box(left - 10, top - 12, right + 10, top - 8), -0.2)
    scene.shade(scene.box(left - 3, top - 3, right + 3, bottom + 3), 0.45)
    scene.lay(
        scene.box(left, top, right, bottom),
        wood((_HEIGHT, _WIDTH), (26, 62, 56), rng, strength=0.045),
    )
    height = bottom - top
    word = scene.words("BOOKS & TEA", (left + 30, top, right - 30, bottom), SERIF)
    scene.shade(blur(np.roll(word, (3, 2), (0, 1)), 1.2), 0.5)
    gold = gradient(
        (scene.down() * _HEIGHT - top) / height,
        [(0.2, (248, 226, 160)), (0.5, (226, 184, 96)), (0.8, (196, 148, 66))],
    )
    scene.lay(word, gold)


def _lamp(scene: Scenery) -> None:
    x, y = 1092, 214
    scene.shade(blur(scene.ellipse(x + 22, y + 34, 26, 40), 10), 0.45)
    scene.lay(scene.box(x + 22, y - 46, x + 34, y + 20, 4), (34, 36, 38))
    scene.lay(
        scene.line([(x + 28, y - 30), (x + 14, y - 44), (x, y - 34), (x, y - 12)], 5), (34, 36, 38)
    )
    scene.lay(
        scene.polygon([(x - 20, y + 6), (x - 9, y - 14), (x + 9, y - 14), (x + 20, y + 6)]),
        (40, 42, 44),
    )
    scene.lay(
        scene.polygon([(x - 17, y + 6), (x + 17, y + 6), (x + 11, y + 48), (x - 11, y + 48)]),
        (250, 226, 166),
    )
    scene.lay(scene.ellipse(x, y + 28, 6, 11), (255, 250, 226))
    for side in (-1, 0, 1):
        scene.lay(scene.line([(x + 17 * side, y + 6), (x + 11 * side, y + 48)], 3), (40, 42, 44))
    scene.lay(scene.box(x - 13, y + 47, x + 13, y + 54, 2), (40, 42, 44))
    scene.pixels += (blur(scene.ellipse(x, y + 26, 50, 54), 40) * 46)[..., None] * np.array(
        [1, 0.82, 0.5], np.float32
    )


def _planter(scene: Scenery, rng: np.random.Generator) -> None:
    x, base = 118, 712
    scene.shade(blur(scene.ellipse(x + 34, base - 2, 84, 13), 7), 0.6)
    pot = scene.polygon([(x - 50, base - 92), (x + 50, base - 92), (x + 38, base), (x - 38, base)])
    clay = gradient(
        scene.across() * _WIDTH / 120 - (x - 60) / 120,
        [(0, (196, 108, 70)), (0.35, (214, 128, 88)), (1, (112, 54, 36))],
    )
    scene.lay(pot, clay)
    scene.lay(scene.box(x - 56, base - 106, x + 56, base - 84, 4), clay * 1.08)
    scene.shade(blur(scene.box(x - 52, base - 84, x + 52, base - 78), 2) * pot, 0.5)
    greens = [(20, 44, 26), (34, 74, 36), (64, 112, 48), (112, 156, 66), (158, 190, 92)]
    leaves(scene, (x, base - 168), (76, 84), 900, greens, rng, 8)
    for _ in range(26):
        angle, radius = rng.uniform(0, 2 * np.pi), np.sqrt(rng.random())
        fx, fy = x + 66 * radius * np.cos(angle), base - 174 + 70 * radius * np.sin(angle)
        scene.lay(scene.ellipse(fx, fy, 5, 4.6), (238, 222, 232))
        scene.lay(scene.ellipse(fx, fy + 0.6, 2, 2), (232, 180, 70))


def _cone(scene: Scenery) -> None:
    x, y = _CONE
    foot = y + 118
    scene.shade(
        blur(
            scene.polygon(
                [(x - 40, foot + 4), (x + 40, foot - 10), (x + 92, foot - 2), (x + 60, foot + 8)]
            ),
            4,
        ),
        0.55,
    )
    scene.lay(
        scene.polygon(
            [(x - 46, foot + 6), (x - 36, foot - 10), (x + 36, foot - 10), (x + 46, foot + 6)]
        ),
        (196, 74, 24),
    )
    scene.lay(
        scene.polygon(
            [(x - 46, foot + 6), (x + 46, foot + 6), (x + 45, foot + 11), (x - 45, foot + 11)]
        ),
        (136, 46, 16),
    )
    side = (scene.across() * _WIDTH - x) / 34
    orange = gradient(
        np.clip(side * 0.5 + 0.5, 0, 1),
        [(0, (236, 106, 34)), (0.32, (255, 146, 66)), (1, (168, 60, 20))],
    )
    white = gradient(
        np.clip(side * 0.5 + 0.5, 0, 1),
        [(0, (232, 230, 226)), (0.32, (255, 255, 252)), (1, (158, 156, 154))],
    )
    body = scene.polygon([(x - 6, y), (x + 6, y), (x + 32, foot - 4), (x - 32, foot - 4)])
    body = np.maximum(body, scene.ellipse(x, foot - 4, 32, 5))
    scene.lay(body, orange)
    for high, low in ((26, 46), (66, 88)):
        scene.lay(body * scene.box(0, y + high, _WIDTH, y + low), white)
    scene.lay(scene.ellipse(x, y, 6, 2.5), (120, 48, 20))


def _sunlight(scene: Scenery, rng: np.random.Generator) -> None:
    """Afternoon sun from the upper left, through the leaves of a tree we do not see."""
    sun = gradient(
        np.clip(0.62 * scene.across() + 0.5 * scene.down(), 0, 1),
        [(0, (1.16, 1.09, 0.96)), (0.5, (1.0, 0.98, 0.97)), (1, (0.78, 0.82, 0.92))],
    )
    scene.pixels *= sun
    dapple = clouds((_HEIGHT, _WIDTH), 90, rng, octaves=3)
    shadow = blur((dapple > 0.55).astype(np.float32), 7)
    fade = np.clip(1.25 - 1.6 * scene.across() - 0.5 * scene.down(), 0, 1)
    scene.pixels *= (1 - 0.3 * shadow * fade)[..., None]
