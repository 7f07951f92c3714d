"""Skies with a known horizon, and pictures that have none."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from PIL import Image

from benchmarks.labelled import beings, grounds, objects
from benchmarks.labelled.example import Example, photographed
from benchmarks.labelled.figure import Figure
from benchmarks.labelled.textures import Rgb, Scenery, clouds, film, gradient, leaves
from bot.engine.painting import Pixels, blur

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from benchmarks.labelled.grounds import Ground


Stops: TypeAlias = list[tuple[float, Rgb]]

_SIZE = (900, 600)
_BLUE: Stops = [(0, (58, 116, 190)), (0.5, (150, 194, 228)), (0.75, (214, 228, 234))]
_GREY: Stops = [(0, (176, 180, 186)), (0.7, (214, 216, 218))]
_DUSK: Stops = [(0, (72, 76, 132)), (0.35, (206, 126, 118)), (0.62, (250, 196, 120))]
_NIGHT: Stops = [(0, (8, 10, 26)), (0.7, (26, 30, 56))]
_PALE: Stops = [(0, (188, 210, 228)), (0.6, (232, 234, 232))]


class _View:
    """A sky, in front of which the land is laid; what stays uncovered is the mask."""

    def __init__(self, stops: Stops, seed: int, *, cover: float = 0) -> None:
        self.rng = np.random.default_rng(seed)
        self.scene = Scenery(*_SIZE)
        self.scene.pixels[:] = gradient(self.scene.down(), stops)
        self._land = np.zeros(_SIZE[::-1], np.float32)
        if cover:
            field = clouds(_SIZE[::-1], 220, self.rng, octaves=6, stretch=1.8)
            puff = np.clip((field + cover - 1) * 1.1, 0, 1) * (1 - self.scene.down() * 0.8)
            white = 236 + 12 * clouds(_SIZE[::-1], 90, self.rng)
            self.scene.lay(puff.astype(np.float32), np.dstack([white, white, white + 4]))

    def lay(self, cover: Pixels, paint: Rgb, *, grain: float, cell: float = 6) -> None:
        """Put land before the sky."""
        rough = 1 + grain * clouds(cover.shape, cell, self.rng, octaves=4)
        self.scene.lay(cover, np.asarray(paint, np.float32) * rough[..., None])
        self._land = np.maximum(self._land, cover)

    def ridge(self, height: float, swing: float, paint: Rgb, *, grain: float = 0.12) -> None:
        """Land up to a wavy line, `height` and `swing` as shares of the picture."""
        line = height - swing * clouds((3, _SIZE[0]), 260, self.rng, octaves=5)[1]
        ys = np.arange(_SIZE[1], dtype=np.float32)[:, None]
        cover = np.clip(ys - line[None] * _SIZE[1] + 0.5, 0, 1).astype(np.float32)
        self.lay(cover, paint, grain=grain)

    def houses(self, tops: Sequence[float], paints: Sequence[Rgb], *, lit: float = 0.2) -> None:
        """A row of houses from left to right, with windows; a top of 1 leaves a gap."""
        width = _SIZE[0] / len(tops)
        for index, top in enumerate(tops):
            if top >= 1:
                continue
            left, high = index * width, top * _SIZE[1]
            box = self.scene.box(left, high, left + width - 1, _SIZE[1])
            self.lay(box, paints[index % len(paints)], grain=0.03, cell=40)
            for y in np.arange(high + 16, _SIZE[1] - 20, 30):
                for x in np.arange(left + 12, left + width - 18, 26):
                    glow = (250, 214, 140) if self.rng.random() < lit else (46, 56, 70)
                    self.scene.lay(self.scene.box(x, y, x + 13, y + 17), glow)

    def tree(self, x: float, y: float, reach: float) -> None:
        """A tree, the sky between its outer leaves counted as tree."""
        trunk = self.scene.box(x - 9, y, x + 9, _SIZE[1])
        self.lay(trunk, (74, 54, 40), grain=0.1)
        before = self.scene.pixels.copy()
        greens: list[Rgb] = [(30, 56, 24), (62, 98, 40), (110, 148, 62)]
        leaves(self.scene, (x, y), (reach, reach * 0.8), int(reach * 9), greens, self.rng, size=8)
        changed = (np.abs(self.scene.pixels - before).max(axis=2) > 8).astype(np.float32)
        self._land = np.maximum(self._land, np.round(blur(changed, 2)))

    def example(self, name: str, quality: int = 88) -> Example:
        """Finish it like a photo."""
        film(self.scene, self.rng, grain=1.5, vignette=0.1)
        mask = Image.fromarray((self._land < 0.5).astype(np.uint8) * 255)
        return Example(name, photographed(self.scene.image(), quality), mask)


def examples() -> Iterator[Example]:
    """Every sky."""
    view = _View(_BLUE, 1)
    view.ridge(0.62, 0.05, (96, 124, 120), grain=0.04)
    view.ridge(0.7, 0.03, (74, 112, 60))
    yield view.example("blue, hills")
    view = _View(_BLUE, 2, cover=1.0)
    view.ridge(0.55, 0.04, (82, 120, 64))
    view.tree(240, 300, 120)
    yield view.example("clouds, tree", 75)
    view = _View(_BLUE, 3, cover=0.7)
    view.houses(
        (0.4, 0.3, 0.52, 0.35, 0.6, 0.28, 0.45), [(178, 150, 126), (150, 92, 78), (200, 194, 182)]
    )
    yield view.example("clouds, houses")
    view = _View(_GREY, 4)
    view.ridge(0.58, 0.06, (52, 68, 48), grain=0.2)
    yield view.example("overcast, wood")
    view = _View(_DUSK, 5)
    view.ridge(0.66, 0.0, (96, 72, 92), grain=0.1)
    yield view.example("dusk, sea")
    view = _View(_DUSK, 6, cover=0.8)
    view.houses((0.5, 0.42, 0.6, 0.36, 0.55), [(52, 40, 52), (66, 50, 58)], lit=0.5)
    yield view.example("dusk, houses", 70)
    view = _View(_NIGHT, 7)
    view.houses((0.5, 0.36, 0.62, 0.3, 0.44, 0.58), [(40, 40, 48), (52, 48, 50)], lit=0.6)
    yield view.example("night, houses")
    view = _View(_PALE, 8)
    view.ridge(0.45, 0.08, (150, 166, 180), grain=0.03)
    view.ridge(0.62, 0.05, (106, 128, 130), grain=0.06)
    view.ridge(0.78, 0.02, (120, 128, 84))
    yield view.example("haze, mountains")
    view = _View(_BLUE, 9)
    view.houses((0.05, 0.18, 1.0, 1.0, 0.24, 0.1), [(190, 170, 140), (160, 120, 96)])
    view.ridge(0.8, 0.0, (120, 118, 114), grain=0.06)
    yield view.example("street, gap")


def without() -> Iterator[Example]:
    """Pictures that have no sky, some with a backdrop that may be taken for one."""
    plans: list[tuple[str, Callable[[Figure], None], Ground]] = [
        ("grey backdrop", beings.bust, grounds.studio((168, 172, 178), (128, 130, 136))),
        ("blue backdrop", beings.bust, grounds.studio((120, 160, 206), (96, 132, 180))),
        ("room", beings.cat, grounds.room),
        ("table", objects.mug, grounds.table),
        ("wall", objects.bottle, grounds.wall),
        ("cloth", beings.bear, grounds.cloth),
    ]
    for number, (name, draw, ground) in enumerate(plans):
        rng = np.random.default_rng(300 + number)
        scene = Scenery(*_SIZE)
        ground(scene, rng)
        draw(Figure(scene, 450, 340, 220, rng))
        film(scene, rng)
        yield Example(name, photographed(scene.image(), 88), Image.new("L", _SIZE))
