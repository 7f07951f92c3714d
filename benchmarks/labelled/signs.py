"""Signs as they stand in photos: seen at an angle, lit unevenly, with grain and JPEG."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from benchmarks.labelled.example import Example, photographed
from benchmarks.labelled.sheets import PLAIN, Sheet, labelled, noisy
from benchmarks.labelled.textures import Scenery, bricks, clouds, wood
from bot.engine import samples
from bot.engine.painting import SERIF

if TYPE_CHECKING:
    from collections.abc import Iterator


WHITE = (244, 242, 236)


def signs() -> Iterator[Example]:
    """Eight of them."""
    return (drawn(name) for name in _DRAWN)


def drawn(name: str) -> Example:
    """One of them."""
    sheet = _DRAWN[name]()
    return Example(name, sheet.picture, sheet.mask())


def _photographed(sheet: Sheet, *, grain: float = 6, quality: int = 82, seed: int = 1) -> Sheet:
    """Light that falls off to one side, the sensor's grain, and JPEG."""
    across = np.linspace(1.08, 0.78, sheet.picture.width, dtype=np.float32)[None, :, None]
    lit = np.clip(np.asarray(sheet.picture, np.float32) * across, 0, 255).astype(np.uint8)
    sheet.picture = photographed(noisy(Image.fromarray(lit), grain=grain, seed=seed), quality)
    return sheet


def _street() -> Sheet:
    """The sample street of the engine; its letters are laid out again to know their place."""
    sheet = Sheet(samples.street())
    ink = Scenery(*sheet.picture.size).words("BOOKS & TEA", (244, 96, 776, 204), SERIF) > 0.1
    down, across = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    sheet.lines.append(labelled((across[0], down[0], across[-1] + 1, down[-1] + 1)))
    return sheet


def _shop() -> Sheet:
    sheet = _street()
    sheet.picture = photographed(sheet.picture, 80)
    return sheet


def _signpost() -> Sheet:
    """Planks in a meadow."""
    rng = np.random.default_rng(2)
    plank = Scenery(640, 300)
    plank.pixels[:] = wood((300, 640), (142, 104, 66), rng)
    sheet = Sheet(plank.image())
    sheet.write("LAKE", (60, 40), 96, WHITE)
    sheet.write("2 miles", (64, 180), 70, WHITE, font=SERIF)
    corners = [(380.0, 300.0), (840.0, 260.0), (836.0, 500.0), (384.0, 510.0)]
    return _photographed(sheet.hung(Sheet(samples.landscape()), corners), seed=2)


def _wall() -> Sheet:
    """White paint on bricks: no panel, and joints through the letters."""
    rng = np.random.default_rng(6)
    wall = Scenery(1200, 800)
    wall.pixels[:] = bricks((800, 1200), rng)
    sheet = Sheet(wall.image())
    sheet.write("GARAGE", (600, 300), 170, (226, 224, 214), anchor="mm")
    sheet.write("keep clear", (600, 470), 90, (226, 224, 214), anchor="mm")
    worn = np.asarray(sheet.picture, np.float32) + 14 * clouds((800, 1200), 40, rng)[..., None]
    sheet.picture = Image.fromarray(np.clip(worn, 0, 255).astype(np.uint8))
    return _photographed(sheet, grain=8, seed=3)


def _plate() -> Sheet:
    sheet = Sheet(Image.new("RGB", (520, 120), (240, 240, 238)))
    sheet.draw.rectangle((0, 0, 44, 120), fill=(30, 60, 160))
    sheet.draw.rectangle((0, 0, 519, 119), outline=(20, 20, 20), width=4)
    sheet.write("KX 482 Q", (282, 62), 88, (16, 16, 18), anchor="mm")
    corners = [(560.0, 560.0), (830.0, 590.0), (826.0, 660.0), (556.0, 624.0)]
    return _photographed(sheet.hung(_street(), corners), seed=4, quality=75)


def _outlined() -> Sheet:
    """White letters with a dark edge, straight on a landscape."""
    sheet = Sheet(samples.landscape())
    edge = (4, (20, 20, 24))
    sheet.write("WISH YOU WERE", (600, 110), 96, WHITE, anchor="mm", outline=edge)
    sheet.write("HERE", (600, 690), 120, WHITE, anchor="mm", outline=edge)
    return _photographed(sheet, seed=5)


def _tilted() -> Sheet:
    """A road sign, turned by eighteen degrees."""
    sheet = Sheet(Image.new("RGB", (560, 220), (20, 110, 66)))
    sheet.draw.rounded_rectangle((8, 8, 551, 211), 24, outline=WHITE, width=6)
    sheet.write("Old Town", (280, 74), 80, WHITE, anchor="mm", font=PLAIN)
    sheet.write("EXIT 14", (280, 160), 56, WHITE, anchor="mm")
    angle = np.deg2rad(-18)
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    own = np.array([(0, 0), (560, 0), (560, 220), (0, 220)])
    corners = [(x, y) for x, y in (own - (280, 110)) @ matrix.T + (620, 330)]
    return _photographed(sheet.hung(Sheet(samples.landscape()), corners), seed=6)


def _neon() -> Sheet:
    """Bright letters on a street at night."""
    sheet = _street()
    night = np.asarray(sheet.picture, np.float32) * (0.20, 0.22, 0.34)
    sheet.picture = Image.fromarray(night.astype(np.uint8))
    sheet.draw.rectangle((830, 90, 1180, 330), fill=(14, 12, 24))
    sheet.write("OPEN", (1005, 160), 92, (255, 96, 150), anchor="mm")
    sheet.write("till late", (1005, 270), 56, (120, 220, 255), anchor="mm", font=SERIF)
    return _photographed(sheet, grain=9, seed=7)


def _far() -> Sheet:
    """A notice that is a small part of twelve megapixels."""
    sheet = Sheet(Image.new("RGB", (900, 400), (250, 214, 60)))
    sheet.write("BEACH CLOSED", (450, 140), 96, (30, 26, 20), anchor="mm")
    sheet.write("no lifeguard today", (450, 280), 70, (30, 26, 20), anchor="mm", font=PLAIN)
    ground = Sheet(samples.landscape().resize((4000, 3000)))
    corners = [(1500.0, 1700.0), (2340.0, 1640.0), (2350.0, 2020.0), (1510.0, 2070.0)]
    return _photographed(sheet.hung(ground, corners), seed=8)


_DRAWN = {
    "shop": _shop,
    "signpost": _signpost,
    "wall": _wall,
    "plate": _plate,
    "outlined": _outlined,
    "tilted": _tilted,
    "neon": _neon,
    "far": _far,
}
