"""The poster: flat shapes, a title and small print."""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image, ImageDraw

from bot.engine.painting.letters import SANS
from bot.engine.samples.textures import Rgb, Scenery, clouds, film, gradient

_WIDTH, _HEIGHT = 900, 1200
_TITLE = (70, 70, 830, 246)  # left, top, right, bottom of the title's lines
_NIGHT: Rgb = (26, 30, 66)
_SAND: Rgb = (250, 228, 190)


def poster_title_mask() -> Image.Image:
    """Return the mask of the title."""
    left, top, right, bottom = _TITLE
    mask = Image.new("L", (_WIDTH, _HEIGHT))
    ImageDraw.Draw(mask).rectangle((left, top, right - 1, bottom - 1), fill=255)
    return mask


def poster() -> Image.Image:
    """Return the poster, 900 x 1200, RGB."""
    return _poster().copy()


@cache
def _poster() -> Image.Image:
    rng = np.random.default_rng(5)
    scene = Scenery(_WIDTH, _HEIGHT)
    scene.pixels[:] = gradient(
        scene.down(),
        [(0, (250, 214, 150)), (0.34, (246, 160, 104)), (0.62, (222, 92, 92)), (1, (120, 48, 92))],
    )
    for radius, paint in ((250, (250, 190, 120)), (205, (252, 208, 138)), (160, (255, 236, 184))):
        scene.lay(scene.ellipse(_WIDTH / 2, 560, radius, radius), paint)
    _ranges(scene, rng)
    _screen(scene)
    _write(scene, "SUMMER\nNIGHTS", _TITLE, _NIGHT)
    _write(scene, "OPEN AIR CINEMA", (70, 250, 830, 312), (150, 42, 66))
    _write(scene, "12 – 28 JULY", (70, 1030, 830, 1104), _SAND)
    _write(
        scene, "RIVERSIDE PARK · DOORS 20:30 · FREE ENTRY", (70, 1104, 830, 1150), (246, 190, 150)
    )
    paper = clouds((_HEIGHT, _WIDTH), 5, rng, octaves=3)
    scene.pixels *= (1 + 0.008 * paper)[..., None]
    film(scene, rng, grain=0.8, vignette=0.06)
    return scene.image()


def _ranges(scene: Scenery, rng: np.random.Generator) -> None:
    layers: list[tuple[float, float, Rgb]] = [
        (640, 70, (206, 84, 92)),
        (710, 56, (158, 58, 92)),
        (790, 46, (104, 44, 88)),
        (880, 36, (58, 36, 80)),
    ]
    for height, swing, paint in layers:
        line = height - swing * clouds((3, _WIDTH), 330, rng, octaves=3)[1]
        ys = np.arange(_HEIGHT, dtype=np.float32)[:, None]
        scene.lay(np.clip(ys - line[None, :] + 0.5, 0, 1).astype(np.float32), paint)
    scene.lay(np.clip(scene.down() * _HEIGHT - 960, 0, 1), _NIGHT)


def _screen(scene: Scenery) -> None:
    """A cinema screen on a hill and the heads of those who came."""
    middle = _WIDTH / 2
    scene.lay(scene.box(middle - 132, 690, middle + 132, 846, 4), _NIGHT)
    scene.lay(scene.box(middle - 122, 700, middle + 122, 836, 2), (252, 240, 214))
    scene.lay(
        scene.polygon([(middle - 26, 732), (middle - 26, 804), (middle + 40, 768)]), (222, 92, 92)
    )
    for side in (-1, 1):
        scene.lay(scene.box(middle + side * 96 - 5, 846, middle + side * 96 + 5, 970), _NIGHT)
    for index, x in enumerate(range(40, _WIDTH, 62)):
        lift = (index * 37) % 17
        scene.lay(scene.ellipse(x, 962 - lift, 15, 17), _NIGHT)
        scene.lay(scene.ellipse(x, 996 - lift, 29, 30), _NIGHT)


def _write(scene: Scenery, text: str, box: tuple[int, int, int, int], paint: Rgb) -> None:
    scene.lay(scene.words(text, box, SANS), paint)
