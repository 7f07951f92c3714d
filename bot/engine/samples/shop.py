"""The street: a brick shopfront with a sign, an awning, a door, and a cone nobody wants."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from PIL import Image, ImageDraw

from bot.engine.painting.letters import SERIF
from bot.engine.painting.pixels import blur, floats
from bot.engine.samples import shopfront
from bot.engine.samples.shopfront import HEIGHT, PAVEMENT, WIDTH
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

_SIGN = (214, 96, 806, 204)  # left, top, right, bottom of the painted sign
_CONE = (1098, 606)  # x of the cone's middle, y of its tip


def street_sign_mask() -> Image.Image:
    """Return the mask of the shop's sign (its painted panel, without the moulding)."""
    left, top, right, bottom = _SIGN
    mask = Image.new("L", (WIDTH, HEIGHT))
    ImageDraw.Draw(mask).rectangle((left + 9, top + 9, right - 10, bottom - 10), fill=255)
    return mask


def street_cone_mask() -> Image.Image:
    """Return the mask of the traffic cone and its shadow, drawn generously like by hand."""
    x, y = _CONE
    scene = Scenery(WIDTH, HEIGHT)
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
    scene = Scenery(WIDTH, HEIGHT)
    scene.pixels[:] = bricks((HEIGHT, WIDTH), rng)
    _plinth(scene, rng)
    _pavement(scene, rng)
    shopfront.window(scene, rng)
    shopfront.door(scene, rng)
    shopfront.awning(scene, rng)
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
        clouds((HEIGHT, WIDTH), 14, rng) * 0.12 + 0.5, [(0, (96, 92, 88)), (1, (150, 145, 138))]
    )
    scene.lay(scene.box(0, 606, WIDTH, PAVEMENT), stone)
    scene.shade(scene.box(0, 606, WIDTH, 609), -0.25)
    scene.shade(scene.box(0, 609, WIDTH, 613), 0.25)
    for x in range(70, WIDTH, 148):
        scene.shade(scene.box(x, 610, x + 3, PAVEMENT), 0.35)


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
        [[-40, PAVEMENT], [WIDTH + 40, PAVEMENT], [WIDTH + 460, 800], [-460, 800]], np.float32
    )
    matrix = cv2.getPerspectiveTransform(corners, seen)
    ground = floats(
        cv2.warpPerspective(
            flat, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT
        )
    )
    scene.lay(scene.box(0, PAVEMENT, WIDTH, HEIGHT), ground)
    asphalt = gradient(
        clouds((HEIGHT, WIDTH), 4, rng, octaves=3) * 0.16 + 0.5,
        [(0, (52, 53, 57)), (1, (96, 97, 100))],
    )
    scene.lay(scene.box(0, 752, WIDTH, 770), (168, 163, 154))
    scene.pixels[752:770] += 5 * clouds((18, WIDTH), 8, rng)[..., None]
    scene.shade(scene.box(0, 752, WIDTH, 754), -0.12)
    scene.lay(scene.box(0, 766, WIDTH, HEIGHT), asphalt)
    scene.shade(blur(scene.box(0, 766, WIDTH, 772), 2.5), 0.5)
    for x in range(60, WIDTH, 190):
        scene.shade(scene.box(x, 753, x + 2, 766), 0.3)
    scene.shade(blur(scene.box(0, PAVEMENT - 2, WIDTH, PAVEMENT + 5), 4), 0.55)


def _sign(scene: Scenery, rng: np.random.Generator) -> None:
    left, top, right, bottom = _SIGN
    scene.shade(blur(scene.box(left - 6, top + 4, right + 16, bottom + 20), 8), 0.6)
    scene.lay(
        scene.box(left - 10, top - 12, right + 10, bottom + 8, 3),
        wood((HEIGHT, WIDTH), (206, 168, 92), rng),
    )
    scene.shade(scene.box(left - 10, bottom + 2, right + 10, bottom + 8), 0.4)
    scene.shade(scene.box(left - 10, top - 12, right + 10, top - 8), -0.2)
    scene.shade(scene.box(left - 3, top - 3, right + 3, bottom + 3), 0.45)
    scene.lay(
        scene.box(left, top, right, bottom),
        wood((HEIGHT, WIDTH), (26, 62, 56), rng, strength=0.045),
    )
    height = bottom - top
    word = scene.words("BOOKS & TEA", (left + 30, top, right - 30, bottom), SERIF)
    scene.shade(blur(np.roll(word, (3, 2), (0, 1)), 1.2), 0.5)
    gold = gradient(
        (scene.down() * HEIGHT - top) / height,
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
        scene.across() * WIDTH / 120 - (x - 60) / 120,
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
    side = (scene.across() * WIDTH - x) / 34
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
        scene.lay(body * scene.box(0, y + high, WIDTH, y + low), white)
    scene.lay(scene.ellipse(x, y, 6, 2.5), (120, 48, 20))


def _sunlight(scene: Scenery, rng: np.random.Generator) -> None:
    """Afternoon sun from the upper left, through the leaves of a tree we do not see."""
    sun = gradient(
        np.clip(0.62 * scene.across() + 0.5 * scene.down(), 0, 1),
        [(0, (1.16, 1.09, 0.96)), (0.5, (1.0, 0.98, 0.97)), (1, (0.78, 0.82, 0.92))],
    )
    scene.pixels *= sun
    dapple = clouds((HEIGHT, WIDTH), 90, rng, octaves=3)
    shadow = blur((dapple > 0.55).astype(np.float32), 7)
    fade = np.clip(1.25 - 1.6 * scene.across() - 0.5 * scene.down(), 0, 1)
    scene.pixels *= (1 - 0.3 * shadow * fade)[..., None]
