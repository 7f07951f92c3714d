"""What figures stand in front of: float RGB fields of any size."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from PIL import Image

from benchmarks.labelled.textures import Rgb, Scenery, bricks, clouds, gradient, leaves, wood
from bot.engine.painting import Pixels, blur, floats
from bot.engine.samples import landscape, poster, street

if TYPE_CHECKING:
    from collections.abc import Callable

    Ground: TypeAlias = Callable[[Scenery, np.random.Generator], None]


def studio(top: Rgb, foot: Rgb) -> Ground:
    """A smooth backdrop with a pool of light."""

    def paint(scene: Scenery, _: np.random.Generator) -> None:
        scene.pixels[:] = gradient(scene.down(), [(0, top), (1, foot)])
        dx, dy = scene.across() - 0.45, scene.down() - 0.4
        scene.pixels *= (1.12 - 0.5 * (dx * dx + dy * dy))[..., None]

    return paint


def wall(scene: Scenery, rng: np.random.Generator) -> None:
    """Bricks."""
    scene.pixels[:] = bricks((scene.height, scene.width), rng)


def table(scene: Scenery, rng: np.random.Generator) -> None:
    """Planks seen from above."""
    shape = (scene.height, scene.width)
    scene.pixels[:] = wood(shape, (166, 118, 74), rng, strength=0.11)
    step = scene.height // 5
    for index, top in enumerate(range(0, scene.height, step)):
        scene.pixels[top : top + step] *= 0.9 + 0.2 * rng.random()
        scene.pixels[top : top + 3] *= 0.5 + 0.05 * index


def room(scene: Scenery, rng: np.random.Generator) -> None:
    """A papered wall above a wooden floor."""
    shape = (scene.height, scene.width)
    floor = scene.height * 2 // 3
    scene.pixels[:] = np.array((206, 196, 172), np.float32)
    stripes = (scene.across() * 24 % 1 < 0.5)[..., None]
    scene.pixels += np.where(stripes, np.float32(10), np.float32(-8))
    scene.pixels *= (1 + 0.03 * clouds(shape, 120, rng))[..., None]
    scene.pixels[floor:] = wood(shape, (122, 80, 52), rng, strength=0.14)[floor:]
    scene.pixels[floor - 14 : floor] = (226, 220, 206)


def meadow(scene: Scenery, _: np.random.Generator) -> None:
    """The landscape, a little out of focus."""
    scene.pixels[:] = blur(_resized(landscape(), scene), 2.4)


def pavement(scene: Scenery, _: np.random.Generator) -> None:
    """The street, out of focus."""
    scene.pixels[:] = blur(_resized(street(), scene), 4.5)


def bill(scene: Scenery, _: np.random.Generator) -> None:
    """The poster, as a wall behind."""
    scene.pixels[:] = blur(_resized(poster().crop((0, 300, 900, 975)), scene), 1.5)


def foliage(scene: Scenery, rng: np.random.Generator) -> None:
    """Leaves everywhere."""
    scene.pixels[:] = (38, 62, 30)
    greens: list[Rgb] = [(26, 48, 22), (48, 84, 34), (84, 124, 48), (138, 168, 76)]
    middle = (scene.width / 2, scene.height / 2)
    leaves(scene, middle, (scene.width * 0.8, scene.height * 0.8), 5200, greens, rng, size=13)


def lights(scene: Scenery, rng: np.random.Generator) -> None:
    """Night, with the discs of lights out of focus."""
    scene.pixels[:] = gradient(scene.down(), [(0, (14, 16, 34)), (1, (38, 26, 32))])
    colours = [(250, 190, 90), (230, 90, 70), (120, 170, 240), (250, 240, 210)]
    for _ in range(46):
        x, y = rng.uniform(0, scene.width), rng.uniform(0, scene.height)
        radius = rng.uniform(8, 30)
        glow = scene.ellipse(x, y, radius, radius) * rng.uniform(0.12, 0.5)
        scene.lay(glow.astype(np.float32), colours[int(rng.integers(4))])


def sand(scene: Scenery, rng: np.random.Generator) -> None:
    """Rough sand with ripples."""
    shape = (scene.height, scene.width)
    rough = 0.05 * clouds(shape, 4, rng, octaves=2) + 0.07 * clouds(shape, 90, rng, stretch=4.0)
    scene.pixels[:] = np.array((204, 178, 136), np.float32) * (1 + rough)[..., None]


def cloth(scene: Scenery, rng: np.random.Generator) -> None:
    """A checked tablecloth."""
    scene.pixels[:] = (236, 232, 222)
    for field in (scene.across() * scene.width, scene.down() * scene.height):
        scene.pixels *= np.where((field % 84 < 42)[..., None], (0.98, 0.72, 0.7), (1, 1, 1))
    scene.pixels *= (1 + 0.04 * clouds((scene.height, scene.width), 3, rng, octaves=2))[..., None]


def paint_spots(scene: Scenery, rng: np.random.Generator) -> None:
    """Coloured noise, coarse and fine."""
    shape = (scene.height, scene.width)
    for channel, mean in enumerate((118, 132, 142)):
        field = 20 * clouds(shape, 150, rng) + 9 * rng.standard_normal(shape, np.float32)
        scene.pixels[..., channel] = mean + field


def _resized(image: Image.Image, scene: Scenery) -> Pixels:
    size = (scene.width, scene.height)
    return floats(np.asarray(image.resize(size, Image.Resampling.LANCZOS)))
