"""Drawn faces. Photos of people belong to somebody, so these say little about real ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

from benchmarks.labelled import beings, grounds, subjects
from benchmarks.labelled.example import Example, photographed
from benchmarks.labelled.figure import Figure
from benchmarks.labelled.textures import Rgb, Scenery, film

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.labelled.grounds import Ground

_SKULL = (0.0, -0.42, 0.31, 0.42)  # the ellipse `beings.bust` draws: x, y, across, down in units
_SIZE = (900, 675)


@dataclass(frozen=True, slots=True)
class _Person:
    """Where a person stands (shares of the picture), how large (pixels), and their colours."""

    x: float
    y: float
    unit: float
    skin: Rgb = (222, 172, 140)
    hair: Rgb = (64, 40, 26)


_DARK = grounds.studio((86, 84, 92), (40, 40, 46))

_PLANS: tuple[tuple[str, Ground, tuple[_Person, ...]], ...] = (
    ("one, meadow", grounds.meadow, (_Person(0.4, 0.62, 250),)),
    ("one, dark", _DARK, (_Person(0.5, 0.6, 240, (120, 80, 60)),)),
    ("one, small", grounds.room, (_Person(0.6, 0.7, 120, (198, 146, 110), (30, 24, 22)),)),
    ("two, wall", grounds.wall, (_Person(0.3, 0.65, 190), _Person(0.72, 0.6, 210, (168, 118, 88)))),
    (
        "three, street",
        grounds.pavement,
        (
            _Person(0.2, 0.7, 130),
            _Person(0.5, 0.66, 150, (140, 94, 70), (20, 16, 16)),
            _Person(0.82, 0.72, 120, (236, 196, 168), (196, 160, 96)),
        ),
    ),
)


def examples() -> Iterator[Example]:
    """Pictures of one to three people."""
    for number, (name, ground, people) in enumerate(_PLANS):
        rng = np.random.default_rng(500 + number)
        scene = Scenery(*_SIZE)
        ground(scene, rng)
        mask = np.zeros(_SIZE[::-1], np.bool_)
        for person in people:
            x, y, unit = person.x * _SIZE[0], person.y * _SIZE[1], person.unit
            figure = Figure(scene, x, y, unit, rng)
            beings.bust(figure, skin=person.skin, hair=person.hair)
            middle, down, wide, high = (value * unit for value in _SKULL)
            mask |= scene.ellipse(x + middle, y + down, wide, high) >= 0.5
        scene.pixels[:] = cv2.GaussianBlur(scene.pixels, (0, 0), 0.8)  # a lens
        film(scene, rng)
        truth = Image.fromarray(mask.astype(np.uint8) * 255)
        yield Example(name, photographed(scene.image(), 88), truth)


def without() -> Iterator[Example]:
    """The labelled subjects that are no people."""
    for example in subjects.examples():
        if not example.name.startswith("bust"):
            nowhere = Image.new("L", example.picture.size)
            yield Example(example.name, example.picture, nowhere)
