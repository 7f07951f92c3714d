"""Figures of objects: one unit is about half of their height."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.labelled.figure import Figure
    from benchmarks.labelled.textures import Rgb


def mug(figure: Figure, *, glaze: Rgb = (186, 48, 44)) -> None:
    """A mug; one sees the ground through its handle."""
    figure.shadow(0.1, 0.82, 0.95, 0.22, 0.5)
    handle = [(0.5, -0.4), (1.0, -0.45), (1.0, 0.4), (0.5, 0.4)]
    figure.stroke(handle, 0.15, glaze)
    figure.blob(
        [(-0.6, -0.75), (0.6, -0.75), (0.56, 0.85), (0, 0.95), (-0.56, 0.85)], glaze, bulge=0.9
    )
    figure.ellipse(0, -0.66, 0.56, 0.13, (232, 222, 208), bulge=0.3)
    figure.spot(0, -0.63, 0.47, 0.09, (66, 40, 26))
    figure.band([(-0.58, 0), (0.58, 0), (0.57, 0.22), (-0.57, 0.22)], (238, 230, 214))


def bottle(figure: Figure, *, glass: Rgb = (40, 92, 56)) -> None:
    """A tall bottle with a label."""
    figure.shadow(0.15, 1.0, 0.5, 0.12, 0.5)
    outline = [
        (-0.3, 1.0),
        (-0.32, -0.1),
        (-0.12, -0.42),
        (-0.11, -1.0),
        (0.11, -1.0),
        (0.12, -0.42),
    ]
    figure.shape([*outline, (0.32, -0.1), (0.3, 1.0)], glass, bulge=1.1, grain=0.02)
    figure.shape([(-0.13, -1.02), (0.13, -1.02), (0.13, -0.88), (-0.13, -0.88)], (178, 150, 70))
    figure.band([(-0.32, 0.1), (0.32, 0.1), (0.31, 0.68), (-0.31, 0.68)], (236, 226, 200))
    figure.spot(0, 0.3, 0.14, 0.12, (160, 44, 40))


def plant(figure: Figure, *, clay: Rgb = (188, 98, 62)) -> None:
    """Large leaves in a pot."""
    figure.shadow(0.1, 0.95, 0.6, 0.14, 0.45)
    greens: list[Rgb] = [(44, 110, 60), (70, 142, 74), (34, 92, 52)]
    tips = [
        (-0.8, -0.5),
        (-0.45, -0.95),
        (0.05, -1.1),
        (0.5, -0.9),
        (0.85, -0.4),
        (-0.7, 0.0),
        (0.7, 0.1),
    ]
    for index, (x, y) in enumerate(tips):
        figure.stroke([(0, 0.4), (x * 0.4, y * 0.5)], 0.05, (60, 104, 56))
        dx, dy = -y * 0.28, x * 0.28
        near, far = (x * 0.3, y * 0.3), (x, y)
        leaf = [near, (x * 0.6 + dx, y * 0.6 + dy), far, (x * 0.6 - dx, y * 0.6 - dy)]
        figure.blob(leaf, greens[index % 3], bulge=0.5, grain=0.06)
    figure.shape([(-0.42, 0.3), (0.42, 0.3), (0.32, 0.98), (-0.32, 0.98)], clay, grain=0.05)
    figure.shape([(-0.48, 0.22), (0.48, 0.22), (0.46, 0.4), (-0.46, 0.4)], clay, grain=0.05)


def apple(figure: Figure, *, skin: Rgb = (196, 44, 40)) -> None:
    """An apple with stem and leaf."""
    figure.shadow(0.1, 0.72, 0.85, 0.2, 0.5)
    figure.stroke([(0.02, -0.5), (0.06, -0.92)], 0.07, (84, 58, 36))
    figure.blob(
        [(0.06, -0.72), (0.35, -1.0), (0.62, -0.86), (0.35, -0.66)], (84, 138, 56), bulge=0.5
    )
    skinline = [
        (0, -0.52),
        (0.5, -0.72),
        (0.95, -0.2),
        (0.6, 0.8),
        (0, 0.7),
        (-0.6, 0.8),
        (-0.95, -0.2),
        (-0.5, -0.72),
    ]
    figure.blob(skinline, skin, grain=0.05, cell=24)


def car(figure: Figure, *, paint: Rgb = (214, 170, 44)) -> None:
    """A small car from the side."""
    figure.shadow(0, 0.48, 1.3, 0.12, 0.6)
    for x in (-0.68, 0.7):
        figure.ellipse(x, 0.32, 0.24, 0.24, (34, 34, 38), bulge=0.4)
    roof = [(-0.75, -0.05), (-0.5, -0.5), (0.4, -0.5), (0.72, -0.05)]
    figure.shape(roof, paint, bulge=0.5)
    hull = [(-1.25, 0.3), (-1.3, -0.05), (-0.6, -0.14), (0.7, -0.14), (1.25, 0), (1.3, 0.3)]
    figure.blob(hull, paint, bulge=0.7, grain=0.02)
    for x in (-0.68, 0.7):
        figure.spot(x, 0.3, 0.23, 0.23, (34, 34, 38))
        figure.spot(x, 0.32, 0.11, 0.11, (176, 178, 184))
    figure.band([(-0.6, -0.1), (-0.42, -0.42), (-0.06, -0.42), (-0.06, -0.1)], (96, 122, 140))
    figure.band([(0.02, -0.1), (0.02, -0.42), (0.34, -0.42), (0.56, -0.1)], (96, 122, 140))


def balloon(figure: Figure) -> None:
    """A hot-air balloon in bands of colours, its basket on ropes."""
    for side in (-1, 1):
        figure.stroke([(side * 0.3, 0.4), (side * 0.12, 0.85)], 0.02, (70, 54, 44))
    figure.shape(
        [(-0.14, 0.82), (0.14, 0.82), (0.12, 1.04), (-0.12, 1.04)], (122, 84, 50), grain=0.1
    )
    hull = [
        (0, -1.1),
        (0.75, -1.0),
        (0.9, -0.2),
        (0.2, 0.62),
        (-0.2, 0.62),
        (-0.9, -0.2),
        (-0.75, -1.0),
    ]
    figure.blob(hull, (206, 60, 56), bulge=0.7)
    figure.band(
        [(-0.2, -1.2), (0.2, -1.2), (0.32, -0.3), (0.1, 0.7), (-0.1, 0.7), (-0.32, -0.3)],
        (244, 214, 120),
    )
    for side in (-1, 1):
        outer = [
            (side * 0.55, -1.2),
            (side * 0.95, -1.0),
            (side * 0.95, 0.2),
            (side * 0.25, 0.6),
            (side * 0.66, -0.3),
        ]
        figure.band(outer, (62, 96, 150))


def chair(figure: Figure, *, timber: Rgb = (96, 62, 40)) -> None:
    """A chair: thin parts, and the ground between them."""
    for x, foot in ((-0.5, 1.0), (0.5, 1.0), (-0.36, 0.8), (0.36, 0.8)):
        figure.shape(
            [(x - 0.06, 0), (x + 0.06, 0), (x + 0.06, foot), (x - 0.06, foot)], timber, bulge=0.5
        )
    for x in (-0.44, 0.44):
        figure.shape(
            [(x - 0.06, -1.05), (x + 0.06, -1.05), (x + 0.06, 0.1), (x - 0.06, 0.1)], timber
        )
    for y in (-0.95, -0.6, -0.3):
        figure.shape(
            [(-0.44, y - 0.07), (0.44, y - 0.07), (0.44, y + 0.07), (-0.44, y + 0.07)], timber
        )
    figure.blob(
        [(-0.6, 0.1), (-0.5, -0.12), (0.5, -0.12), (0.6, 0.1), (0.5, 0.16), (-0.5, 0.16)],
        (150, 48, 52),
    )


def vase(figure: Figure, *, glaze: Rgb = (196, 190, 178)) -> None:
    """A pale vase with a dark pattern."""
    figure.shadow(0.1, 0.98, 0.5, 0.12, 0.4)
    left = [(-0.22, -1.0), (-0.2, -0.7), (-0.62, -0.1), (-0.5, 0.6), (-0.28, 1.0)]
    figure.blob([*left, *((-x, y) for x, y in reversed(left))], glaze, bulge=0.9, grain=0.02)
    for y in (-0.35, 0.0, 0.35):
        for x in (-0.4, -0.2, 0.0, 0.2, 0.4):
            figure.spot(x, y, 0.055, 0.055, (60, 84, 130))
