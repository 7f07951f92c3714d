"""The landscape: hills in haze, a sky with clouds, a red house in a flowering meadow."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from bot.engine.painting.pixels import Pixels, blur
from bot.engine.samples.textures import Rgb, Scenery, as_mask, clouds, film, gradient, leaves

if TYPE_CHECKING:
    from PIL import Image

_WIDTH, _HEIGHT = 1200, 800
_PATH_ROWS = (474, 500, 561, 640, 800)  # where the path bends, its middle and half its width
_PATH_MIDDLE = (793, 785, 750, 717, 715)
_PATH_HALF = (7, 11, 20, 27, 65)
_HOUSE = (792, 470)  # middle of the house's foot


def landscape_house_mask() -> Image.Image:
    """Return the mask of the red house's walls and roof, drawn generously like by hand."""
    x, y = _HOUSE
    scene = Scenery(_WIDTH, _HEIGHT)
    outline = [
        (x - 78, y + 16),
        (x - 78, y - 62),
        (x - 92, y - 66),
        (x - 44, y - 134),
        (x + 22, y - 134),
        (x + 24, y - 152),
        (x + 62, y - 152),
        (x + 64, y - 126),
        (x + 104, y - 66),
        (x + 88, y - 60),
        (x + 88, y + 16),
    ]
    return as_mask(scene.polygon(outline))


def landscape() -> Image.Image:
    """Return the landscape, 1200 x 800, RGB."""
    return _landscape().copy()


@cache
def _landscape() -> Image.Image:
    rng = np.random.default_rng(11)
    scene = Scenery(_WIDTH, _HEIGHT)
    _sky(scene, rng)
    _hills(scene, rng)
    _meadow(scene, rng)
    _house(scene, rng)
    _trees(scene, rng)
    _grass(scene, rng)
    film(scene, rng, grain=1.3, vignette=0.16)
    return scene.image()


def _sky(scene: Scenery, rng: np.random.Generator) -> None:
    scene.pixels[:] = gradient(
        scene.down(),
        [
            (0, (62, 124, 194)),
            (0.3, (128, 180, 222)),
            (0.5, (214, 228, 232)),
            (0.56, (248, 236, 214)),
        ],
    )
    glow = np.exp(-(((scene.across() - 0.16) * 1.5) ** 2 + (scene.down() - 0.42) ** 2) / 0.03)
    scene.pixels += glow[..., None] * np.array([52, 40, 12], np.float32)
    # Clouds lie flatter and smaller towards the horizon.
    ys, xs = np.mgrid[0:_HEIGHT, 0:_WIDTH].astype(np.float32)
    far = 1 / (0.14 + np.clip(0.60 - ys / _HEIGHT, 0.02, 1))
    field = clouds((900, 1800), 190, rng, octaves=6)
    u = 900 + (xs - _WIDTH / 2) * 0.34 * far
    v = (60 + 150 * far) % 880
    bank = cv2.remap(
        field,
        u.astype(np.float32),
        v.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    light = cv2.remap(
        field,
        (u - 16).astype(np.float32),
        (v + 14).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    cover = np.clip((np.asarray(bank, np.float32) - 0.25) * 0.75, 0, 1)
    cover = cover * cover * (3 - 2 * cover) * np.clip((0.53 - scene.down()) * 14, 0, 1)
    lit = np.clip(0.75 + 0.35 * (np.asarray(bank) - np.asarray(light)), 0, 1)
    paint = gradient(
        lit.astype(np.float32),
        [(0, (152, 164, 186)), (0.55, (232, 232, 234)), (1, (255, 252, 244))],
    )
    scene.lay((0.92 * cover).astype(np.float32), paint)


def _ridge(
    rng: np.random.Generator, height: float, swing: float, cell: float, rough: float
) -> Pixels:
    line = clouds((3, _WIDTH), cell, rng, octaves=5, stretch=1.0)[1]
    fine = clouds((3, _WIDTH), 26, rng, octaves=3)[1]
    return np.asarray(height - swing * line - rough * fine, np.float32)


def _below(line: Pixels) -> Pixels:
    ys = np.arange(_HEIGHT, dtype=np.float32)[:, None]
    return np.clip(ys - line[None, :] + 0.5, 0, 1).astype(np.float32)


def _hills(scene: Scenery, rng: np.random.Generator) -> None:
    layers: list[tuple[float, float, float, float, Rgb, Rgb]] = [
        (372, 34, 420, 4.0, (150, 172, 198), (196, 208, 216)),
        (408, 26, 360, 2.5, (112, 142, 166), (168, 188, 192)),
        (436, 18, 420, 2.0, (88, 124, 122), (140, 164, 148)),
        (462, 16, 520, 2.2, (70, 108, 78), (116, 146, 98)),
    ]
    for height, swing, cell, rough, top, foot in layers:
        line = _ridge(rng, height, swing, cell, rough)
        ys = np.arange(_HEIGHT, dtype=np.float32)[:, None]
        deep = np.clip((ys - line[None, :]) / 90, 0, 1)
        paint = gradient(deep.astype(np.float32), [(0, top), (1, foot)])
        fold = clouds((_HEIGHT, _WIDTH), 70, rng, octaves=4, stretch=1.6)
        paint *= (1 + 0.045 * fold)[..., None]
        scene.lay(_below(line), paint)


def _meadow(scene: Scenery, rng: np.random.Generator) -> None:
    line = _ridge(rng, 474, 7, 700, 0.6)
    ys = np.arange(_HEIGHT, dtype=np.float32)[:, None]
    deep = np.clip((ys - line[None, :]) / (_HEIGHT - 474), 0, 1).astype(np.float32)
    paint = gradient(
        deep, [(0, (150, 168, 84)), (0.25, (122, 154, 66)), (0.6, (88, 128, 48)), (1, (52, 88, 34))]
    )
    paint *= (1 + 0.07 * clouds((_HEIGHT, _WIDTH), 120, rng, octaves=4, stretch=4.0))[..., None]
    paint *= (1 + 0.05 * clouds((_HEIGHT, _WIDTH), 5, rng, octaves=2, stretch=2.0))[..., None]
    scene.lay(_below(line), paint)
    bends = list(zip(_PATH_ROWS, _PATH_MIDDLE, _PATH_HALF, strict=True))
    path = scene.polygon(
        [(middle - half, row) for row, middle, half in bends]
        + [(middle + half, row) for row, middle, half in reversed(bends)]
    )
    earth = gradient(
        clouds((_HEIGHT, _WIDTH), 9, rng, octaves=3) * 0.14 + 0.5,
        [(0, (150, 124, 84)), (1, (206, 182, 134))],
    )
    scene.lay(0.9 * blur(path, 2.2), earth)


def _house(scene: Scenery, rng: np.random.Generator) -> None:
    x, y = _HOUSE
    scene.shade(
        blur(
            scene.polygon([(x - 70, y + 2), (x + 84, y + 2), (x + 190, y + 16), (x + 20, y + 18)]),
            5,
        ),
        0.45,
    )
    boards = 1 - 0.10 * (np.arange(_HEIGHT) % 7 == 0).astype(np.float32)[:, None] * np.ones(
        (1, _WIDTH), np.float32
    )
    grain = 1 + 0.03 * clouds((_HEIGHT, _WIDTH), 6, rng, octaves=2, stretch=8.0)
    front = np.array([182, 52, 44], np.float32) * (boards * grain)[..., None]
    scene.lay(
        scene.polygon(
            [(x - 66, y + 4), (x - 66, y - 66), (x - 36, y - 114), (x - 6, y - 66), (x - 6, y + 4)]
        ),
        front * 1.06,
    )
    scene.lay(scene.box(x - 6, y - 68, x + 78, y + 4), front * 0.72)
    roof = gradient(
        clouds((_HEIGHT, _WIDTH), 5, rng, octaves=2) * 0.15 + 0.5,
        [(0, (62, 56, 62)), (1, (104, 94, 96))],
    )
    scene.lay(
        scene.polygon([(x - 40, y - 118), (x + 56, y - 118), (x + 92, y - 62), (x - 2, y - 62)]),
        roof,
    )
    scene.lay(
        scene.polygon([(x - 78, y - 60), (x - 38, y - 122), (x - 34, y - 116), (x - 70, y - 58)]),
        (236, 228, 214),
    )
    scene.lay(
        scene.polygon([(x - 38, y - 122), (x + 2, y - 60), (x - 5, y - 58), (x - 38, y - 110)]),
        (196, 188, 178),
    )
    scene.shade(blur(scene.box(x - 4, y - 62, x + 78, y - 54), 2), 0.4)
    scene.lay(scene.box(x + 34, y - 138, x + 50, y - 104), (138, 74, 58))
    scene.lay(scene.box(x + 32, y - 141, x + 52, y - 136), (98, 52, 44))
    for left, top, right, bottom, bright in (
        (x - 46, y - 84, x - 26, y - 60, 1.0),
        (x + 8, y - 46, x + 30, y - 18, 0.8),
        (x + 46, y - 46, x + 68, y - 18, 0.8),
    ):
        scene.lay(
            scene.box(left - 3, top - 3, right + 3, bottom + 3),
            (240 * bright, 234 * bright, 222 * bright),
        )
        scene.lay(scene.box(left, top, right, bottom), (70, 88, 104))
        scene.lay(0.5 * scene.polygon([(left, bottom), (left, top), (right, top)]), (170, 196, 214))
        scene.lay(
            scene.box((left + right) / 2 - 1, top, (left + right) / 2 + 1, bottom),
            (240 * bright, 234 * bright, 222 * bright),
        )
    scene.lay(scene.box(x - 48, y - 42, x - 24, y + 4), (240, 232, 218))
    scene.lay(scene.box(x - 45, y - 39, x - 27, y + 4), (58, 84, 78))


def _trees(scene: Scenery, rng: np.random.Generator) -> None:
    greens: list[Rgb] = [(22, 42, 26), (38, 70, 34), (70, 108, 44), (124, 152, 62), (176, 186, 92)]
    for x, foot, size in (
        (948, 480, 0.62),
        (1006, 484, 0.85),
        (1082, 482, 0.7),
        (560, 476, 0.5),
        (610, 478, 0.36),
    ):
        scene.shade(blur(scene.ellipse(x + 40 * size, foot, 70 * size, 8 * size), 4), 0.5)
        scene.lay(
            scene.polygon(
                [
                    (x - 5 * size, foot),
                    (x - 3 * size, foot - 60 * size),
                    (x + 3 * size, foot - 60 * size),
                    (x + 6 * size, foot),
                ]
            ),
            (66, 50, 38),
        )
        leaves(
            scene,
            (x, foot - 86 * size),
            (52 * size, 58 * size),
            round(900 * size),
            greens,
            rng,
            5.5 * size,
        )
    x, foot = 214, 560
    scene.shade(blur(scene.ellipse(x + 110, foot + 6, 210, 22), 10), 0.5)
    scene.lay(
        scene.polygon(
            [(x - 24, foot + 8), (x - 13, foot - 190), (x + 13, foot - 190), (x + 30, foot + 8)]
        ),
        gradient(
            np.clip((scene.across() * _WIDTH - x + 24) / 50, 0, 1),
            [(0, (116, 92, 66)), (1, (44, 34, 28))],
        ),
    )
    for dx, dy, rx, ry, number in (
        (-74, -206, 96, 78, 1700),
        (84, -214, 100, 82, 1800),
        (4, -282, 124, 104, 2800),
        (-10, -196, 106, 62, 1200),
    ):
        leaves(scene, (x + dx, foot + dy), (rx, ry), number, greens, rng, 7.5)


def _grass(scene: Scenery, rng: np.random.Generator) -> None:
    """Blades and flowers, from far and small to near and large."""
    number = 15_000
    deep = np.sort(rng.random(number) ** 0.62)
    for share in deep:
        y = 500 + share * 320
        x = rng.uniform(-10, _WIDTH + 10)
        long = 3 + 30 * share**1.7 * rng.uniform(0.6, 1.3)
        lean = rng.normal(0.12, 0.28) * long
        tone = rng.normal(0, 1)
        colour = np.array([104 - 36 * share, 142 - 34 * share, 56 - 16 * share]) * (1 + 0.2 * tone)
        if abs(x - np.interp(y, _PATH_ROWS, _PATH_MIDDLE)) < np.interp(y, _PATH_ROWS, _PATH_HALF):
            continue
        bend = np.array([[x, y], [x + 0.3 * lean, y - 0.6 * long], [x + lean, y - long]]) * 8
        cv2.polylines(
            scene.pixels,
            [np.rint(bend).astype(np.int32)],
            False,
            tuple(float(v) for v in colour),
            max(1, round(0.4 + 1.8 * share)),
            cv2.LINE_AA,
            3,
        )
        if rng.random() < 0.045:
            petals: list[Rgb] = [(238, 236, 226), (226, 62, 52), (246, 206, 74), (196, 158, 220)]
            chosen = petals[int(rng.choice(4, p=[0.42, 0.28, 0.18, 0.12]))]
            size = 0.9 + 4.2 * share
            cv2.ellipse(
                scene.pixels,
                (round((x + lean) * 8), round((y - long) * 8)),
                (round(size * 8), round(size * 6.4)),
                float(rng.uniform(-30, 30)),
                0,
                360,
                chosen,
                -1,
                cv2.LINE_AA,
                3,
            )
            cv2.circle(
                scene.pixels,
                (round((x + lean) * 8), round((y - long) * 8)),
                round(size * 2.6),
                tuple(float(v) * 0.72 for v in chosen),
                -1,
                cv2.LINE_AA,
                3,
            )
