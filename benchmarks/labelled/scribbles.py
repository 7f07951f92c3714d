"""Copies of the sample pictures that were scribbled on, and what their marks mean.

The truth is the ink (at least half of a pixel) with the inside of every outline; of a hatching
it is the body it covers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageChops

from benchmarks.labelled.pens import (
    Copy,
    Pen,
    brighter,
    jpeg,
    oriented,
    png,
    round_by_hand,
    through_gallery,
    zigzag,
)
from benchmarks.labelled.textures import Scenery, clouds, film
from bot.engine.samples import landscape, poster, street

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.labelled.pens import Line

MEGAPIXEL: Final = 1_000_000

RED = Pen((235, 30, 40), 12)
BLACK = Pen((10, 10, 10), 9)
YELLOW = Pen((255, 214, 10), 14)
WHITE = Pen((255, 255, 255), 12)
THIN = Pen((220, 20, 30), 4)
HIGHLIGHTER = Pen((255, 235, 40), 44, opacity=0.5)


@dataclass(frozen=True, slots=True)
class Scribble:
    """Two files as a member would send them, and the area that is meant: mode L, 0 or 255."""

    name: str
    picture: bytes
    copy: bytes
    mask: Image.Image


def scribbles(size: float = 0.96 * MEGAPIXEL) -> Iterator[Scribble]:
    """The whole set, drawn at about `size` pixels."""
    for name in NAMES:
        yield scribble(name, size)


def scribble(name: str, size: float = 0.96 * MEGAPIXEL) -> Scribble:
    """One of the set by its name."""
    draw, ground, send = _SET[name]
    picture = _scaled(ground(), size)
    copy = draw(Copy(picture))
    sent = send(picture, copy.image())
    return Scribble(name, sent[0], sent[1], copy.mask())


def plaster() -> Image.Image:
    """A light wall with a window: little to hold on to, and hardly darker than a white pen."""
    rng = np.random.default_rng(9)
    scene = Scenery(1200, 800)
    scene.pixels[:] = np.array((222, 219, 212), np.float32)
    scene.pixels *= (1 + 0.02 * clouds((800, 1200), 40, rng, octaves=4))[..., None]
    scene.lay(scene.box(760, 150, 1010, 520, 4), (120, 104, 92))
    scene.lay(scene.box(778, 168, 992, 502, 2), (74, 92, 112))
    film(scene, rng, grain=1.2, vignette=0.05)
    return scene.image()


def _scaled(picture: Image.Image, size: float) -> Image.Image:
    factor = (size / (picture.width * picture.height)) ** 0.5
    if abs(factor - 1) < 0.01:
        return picture
    wanted = (round(picture.width * factor), round(picture.height * factor))
    return picture.resize(wanted, Image.Resampling.BICUBIC)


def _house(pen: Pen, copy: Copy) -> Copy:
    return copy.ring(pen, round_by_hand(66, 50, 10, 14))


def _sign(pen: Pen, copy: Copy) -> Copy:
    return copy.ring(pen, round_by_hand(43, 19, 27, 11, seed=4))


def _shut(line: Line) -> Line:
    return [*line, line[0]]


def _open_ring(pen: Pen, copy: Copy) -> Copy:
    line = round_by_hand(66, 50, 10, 14, turn=0.97, seed=5)
    return copy.ring(pen, line, inside=_shut(line))


def _open_thin_ring(copy: Copy) -> Copy:
    line = round_by_hand(50, 16, 40, 9, turn=0.985, seed=6)
    return copy.ring(THIN, line, inside=_shut(line))


def _two_rings(copy: Copy) -> Copy:
    copy.ring(RED, round_by_hand(92, 82, 6, 13, seed=7))
    return copy.ring(BLACK, round_by_hand(10, 70, 8, 20, seed=8))


def _cut_by_the_edge(copy: Copy) -> Copy:
    return copy.ring(RED, round_by_hand(4, 42, 22, 24, seed=9))


def _in_the_corner(copy: Copy) -> Copy:
    return copy.ring(YELLOW, round_by_hand(97, 96, 16, 26, seed=10))


def _arrow(copy: Copy) -> Copy:
    shaft: Line = [(30, 30), (42, 40), (55, 46)]
    head: Line = [(51, 40), (55.5, 46.3), (49, 48)]
    return copy.stroke(RED, shaft, head)


def _underlined(copy: Copy) -> Copy:
    wave: Line = [(14 + x * 0.72, 22.5 + np.sin(x / 6) * 0.6) for x in range(101)]
    return copy.stroke(Pen((230, 20, 60), 16), wave)


def _struck_out(pen: Pen, copy: Copy) -> Copy:
    return copy.stroke(pen, [(12, 88.9), (50, 88.7), (89, 89.1)])


def _hatched(pen: Pen, step: float, copy: Copy) -> Copy:
    body = round_by_hand(66, 50, 10, 14, seed=11)
    return copy.hatch(pen, [zigzag(body, step)], body)


def _filled(paint: tuple[int, int, int], copy: Copy) -> Copy:
    line = round_by_hand(18, 36, 17, 24, seed=13)
    body = Pen(paint, 30)
    copy.ring(body, line)
    return copy.hatch(body, [zigzag(line, 1.5)], line)


def _on_plaster(copy: Copy) -> Copy:
    return copy.ring(WHITE, round_by_hand(30, 50, 18, 30, seed=14))


def _as_png(picture: Image.Image, copy: Image.Image) -> tuple[bytes, bytes]:
    return png(picture), png(copy)


def _as_jpeg(quality: int, picture: Image.Image, copy: Image.Image) -> tuple[bytes, bytes]:
    return jpeg(picture, 92), jpeg(copy, quality)


def _twice_packed(picture: Image.Image, copy: Image.Image) -> tuple[bytes, bytes]:
    """The picture is a JPEG already, and its copy a worse one."""
    return jpeg(picture, 75), jpeg(copy, 70, subsampling="4:2:0")


def _brighter(share: float, picture: Image.Image, copy: Image.Image) -> tuple[bytes, bytes]:
    return jpeg(picture, 92), jpeg(brighter(copy, share), 85)


def _smaller(share: float, picture: Image.Image, copy: Image.Image) -> tuple[bytes, bytes]:
    return jpeg(picture, 92), jpeg(through_gallery(copy, share), 80)


def _there_and_back(picture: Image.Image, copy: Image.Image) -> tuple[bytes, bytes]:
    return jpeg(picture, 92), jpeg(through_gallery(copy, 0.7, back=True), 70)


def _on_its_side(picture: Image.Image, copy: Image.Image) -> tuple[bytes, bytes]:
    """The picture needs its EXIF; the gallery wrote the copy upright."""
    raw, tags = oriented(picture, 6)
    return jpeg(raw, 92, exif=tags), jpeg(copy, 85)


def _both_on_their_sides(picture: Image.Image, copy: Image.Image) -> tuple[bytes, bytes]:
    raw, tags = oriented(picture, 6)
    other, others = oriented(copy, 8)
    return jpeg(raw, 92, exif=tags), jpeg(other, 80, exif=others)


def _exif_lost(picture: Image.Image, copy: Image.Image) -> tuple[bytes, bytes]:
    """The app dropped the copy's EXIF and did not turn it."""
    raw, tags = oriented(picture, 6)
    return jpeg(raw, 92, exif=tags), jpeg(oriented(copy, 6)[0], 80)


def _shifted(picture: Image.Image, copy: Image.Image) -> tuple[bytes, bytes]:
    return jpeg(picture, 92), jpeg(ImageChops.offset(copy, 1, -1), 85)


_SET: Final[
    dict[
        str,
        tuple[
            Callable[[Copy], Copy],
            Callable[[], Image.Image],
            Callable[[Image.Image, Image.Image], tuple[bytes, bytes]],
        ],
    ]
] = {
    "red ring": (partial(_house, RED), landscape, _as_png),
    "black ring, JPEG 70": (partial(_sign, BLACK), street, partial(_as_jpeg, 70)),
    "red ring, JPEG 60": (partial(_sign, RED), street, partial(_as_jpeg, 60)),
    "packed twice": (partial(_house, RED), landscape, _twice_packed),
    "yellow ring, 3 % brighter": (partial(_house, YELLOW), landscape, partial(_brighter, 0.03)),
    "black ring, 3 % darker": (partial(_sign, BLACK), street, partial(_brighter, -0.03)),
    "smaller by the gallery": (partial(_house, RED), landscape, partial(_smaller, 0.6)),
    "smaller and enlarged again": (partial(_sign, WHITE), street, _there_and_back),
    "picture on its side": (partial(_house, BLACK), landscape, _on_its_side),
    "both on their sides": (partial(_sign, YELLOW), street, _both_on_their_sides),
    "copy lost its EXIF": (partial(_house, RED), landscape, _exif_lost),
    "one pixel off": (partial(_house, RED), landscape, _shifted),
    "highlighter on letters": (partial(_struck_out, HIGHLIGHTER), poster, partial(_as_jpeg, 85)),
    "highlighter round the house": (
        partial(_house, HIGHLIGHTER),
        landscape,
        partial(_as_jpeg, 80),
    ),
    "white marker on a light wall": (_on_plaster, plaster, partial(_as_jpeg, 80)),
    "thin pen, slightly open": (_open_thin_ring, poster, partial(_as_jpeg, 85)),
    "slightly open ring": (partial(_open_ring, RED), landscape, partial(_as_jpeg, 75)),
    "arrow": (_arrow, landscape, partial(_as_jpeg, 80)),
    "underlined": (_underlined, poster, partial(_as_jpeg, 80)),
    "two rings": (_two_rings, street, partial(_as_jpeg, 75)),
    "cut by the edge": (_cut_by_the_edge, landscape, partial(_as_jpeg, 75)),
    "in the corner": (_in_the_corner, street, partial(_as_jpeg, 75)),
    "hatched": (partial(_hatched, RED, 2.6), landscape, partial(_as_jpeg, 80)),
    "filled in white": (partial(_filled, (255, 255, 255)), landscape, partial(_as_jpeg, 80)),
}

NAMES: Final = tuple(_SET)
