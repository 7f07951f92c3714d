"""Figures with a known outline, composited onto varied grounds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import cv2
import numpy as np

from benchmarks.labelled import beings, grounds, objects
from benchmarks.labelled.example import Example, photographed
from benchmarks.labelled.figure import Figure
from benchmarks.labelled.textures import Scenery, film

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.labelled.grounds import Ground


@dataclass(frozen=True, slots=True)
class _Plan:
    """One picture: a figure of `unit` pixels at x and y (shares of the picture) on a ground."""

    name: str
    draw: Callable[[Figure], None]
    ground: Ground
    x: float
    y: float
    unit: float
    size: tuple[int, int] = (900, 675)
    quality: int = 90
    grain: float = 1.6


_WIDE, _TALL, _SQUARE = (900, 675), (675, 900), (768, 768)

_PLANS = (
    _Plan("mug, table", objects.mug, grounds.table, 0.5, 0.52, 190),
    _Plan(
        "mug, its colour", partial(objects.mug, glaze=(150, 96, 62)), grounds.table, 0.45, 0.5, 200
    ),
    _Plan(
        "bust, studio",
        beings.bust,
        grounds.studio((150, 156, 166), (96, 100, 110)),
        0.5,
        0.6,
        300,
        _TALL,
    ),
    _Plan(
        "bust, meadow",
        partial(beings.bust, coat=(150, 44, 50), hair=(30, 24, 22)),
        grounds.meadow,
        0.42,
        0.62,
        270,
        _WIDE,
    ),
    _Plan(
        "bust, wall",
        partial(beings.bust, coat=(46, 96, 78), hair=(196, 160, 96)),
        grounds.wall,
        0.55,
        0.6,
        290,
        _SQUARE,
    ),
    _Plan(
        "bust, dark",
        partial(beings.bust, coat=(34, 34, 42), skin=(120, 80, 60), hair=(20, 16, 16)),
        grounds.studio((86, 84, 92), (40, 40, 46)),
        0.5,
        0.6,
        260,
        _SQUARE,
    ),
    _Plan("cat, room", beings.cat, grounds.room, 0.45, 0.55, 250),
    _Plan(
        "cat, foliage",
        partial(beings.cat, fur=(206, 200, 192)),
        grounds.foliage,
        0.55,
        0.52,
        260,
        _SQUARE,
        70,
    ),
    _Plan("cat, sand", partial(beings.cat, fur=(182, 150, 106)), grounds.sand, 0.5, 0.5, 240),
    _Plan("bird, foliage", beings.bird, grounds.foliage, 0.52, 0.48, 230, _WIDE, 80),
    _Plan(
        "bird, studio",
        beings.bird,
        grounds.studio((196, 210, 214), (228, 226, 214)),
        0.35,
        0.42,
        170,
    ),
    _Plan("fish, spots", beings.fish, grounds.paint_spots, 0.5, 0.5, 260, _WIDE, 60, 3.0),
    _Plan("bear, cloth", beings.bear, grounds.cloth, 0.5, 0.52, 290, _SQUARE),
    _Plan("bear, room", partial(beings.bear, plush=(150, 108, 84)), grounds.room, 0.6, 0.6, 230),
    _Plan("bottle, lights", objects.bottle, grounds.lights, 0.46, 0.5, 330, _TALL, 85, 3.0),
    _Plan(
        "bottle, wall",
        partial(objects.bottle, glass=(52, 60, 110)),
        grounds.wall,
        0.5,
        0.54,
        300,
        _TALL,
    ),
    _Plan("plant, wall", objects.plant, grounds.wall, 0.5, 0.5, 270, _SQUARE, 75),
    _Plan("apple, cloth", objects.apple, grounds.cloth, 0.5, 0.52, 200, _WIDE, 70),
    _Plan("car, street", objects.car, grounds.pavement, 0.5, 0.72, 240),
    _Plan(
        "car, meadow", partial(objects.car, paint=(70, 120, 176)), grounds.meadow, 0.45, 0.7, 250
    ),
    _Plan("balloon, hills", objects.balloon, grounds.meadow, 0.56, 0.42, 200),
    _Plan("chair, room", objects.chair, grounds.room, 0.5, 0.55, 250, _SQUARE),
    _Plan("vase, poster", objects.vase, grounds.bill, 0.5, 0.55, 280, _SQUARE, 80),
    _Plan(
        "vase, its colour",
        objects.vase,
        grounds.studio((206, 200, 190), (176, 168, 156)),
        0.5,
        0.5,
        270,
        _TALL,
    ),
)


_DRAWN_BY_LOT = 36
_FIGURES = (
    beings.cat, beings.bird, beings.fish, beings.bear, objects.mug, objects.bottle,
    objects.plant, objects.apple, objects.car, objects.vase, beings.bust, objects.balloon,
)  # fmt: skip
_GROUNDS = (
    grounds.wall, grounds.table, grounds.room, grounds.meadow, grounds.pavement, grounds.bill,
    grounds.foliage, grounds.lights, grounds.sand, grounds.cloth, grounds.paint_spots,
    grounds.studio((150, 156, 166), (96, 100, 110)),
    grounds.studio((220, 214, 200), (190, 180, 168)),
)  # fmt: skip


def examples() -> Iterator[Example]:
    """Every composited subject, with the mask of exactly what was drawn."""
    for number, plan in enumerate(_PLANS):
        yield _drawn(plan, np.random.default_rng(100 + number))


def by_lot() -> Iterator[Example]:
    """Figures, grounds, places and sizes in any combination: no mask was tuned on these."""
    lots = np.random.default_rng(4242)
    for number in range(_DRAWN_BY_LOT):
        draw = _FIGURES[number % len(_FIGURES)]
        ground = int(lots.integers(len(_GROUNDS)))
        size = (_WIDE, _TALL, _SQUARE)[int(lots.integers(3))]
        unit = min(size) * lots.uniform(0.2, 0.36)
        y = lots.uniform(0.45, 0.58)
        if draw is beings.bust:
            unit, y = min(size) * lots.uniform(0.3, 0.42), 0.62
        x, quality = lots.uniform(0.4, 0.6), int(lots.integers(60, 95))
        name = f"{draw.__name__}, ground {ground}"
        plan = _Plan(name, draw, _GROUNDS[ground], x, y, unit, size, quality)
        yield _drawn(plan, np.random.default_rng(100 + number))


def _drawn(plan: _Plan, rng: np.random.Generator) -> Example:
    width, height = plan.size
    scene = Scenery(width, height)
    plan.ground(scene, rng)
    figure = Figure(scene, plan.x * width, plan.y * height, plan.unit, rng)
    plan.draw(figure)
    scene.pixels[:] = cv2.GaussianBlur(scene.pixels, (0, 0), 0.7)  # a lens
    film(scene, rng, grain=plan.grain)
    return Example(plan.name, photographed(scene.image(), plan.quality), figure.mask())
