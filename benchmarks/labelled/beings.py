"""Figures of people and animals: one unit is about half of their height."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.labelled.figure import Figure
    from benchmarks.labelled.textures import Rgb


def bust(
    figure: Figure,
    *,
    coat: Rgb = (52, 70, 104),
    hair: Rgb = (64, 40, 26),
    skin: Rgb = (222, 172, 140),
) -> None:
    """A person from the chest up; the lower edge of the picture is meant to cut it."""
    figure.blob(
        [(-0.42, -0.5), (-0.4, -1.05), (0.4, -1.05), (0.42, -0.5), (0.3, 0), (-0.3, 0)], hair
    )
    shoulders = [(-0.95, 1.5), (-0.86, 0.45), (-0.3, 0.16), (0.3, 0.16), (0.86, 0.45), (0.95, 1.5)]
    figure.blob(shoulders, coat, bulge=0.8, grain=0.06, cell=5)
    figure.blob([(-0.15, -0.2), (0.15, -0.2), (0.18, 0.3), (0, 0.42), (-0.18, 0.3)], skin)
    figure.ellipse(0, -0.42, 0.31, 0.42, skin, bulge=0.7)
    figure.blob(
        [(-0.33, -0.5), (-0.3, -0.98), (0.3, -0.98), (0.33, -0.5), (0.2, -0.7), (-0.2, -0.7)], hair
    )
    for side in (-1, 1):
        figure.spot(side * 0.12, -0.42, 0.055, 0.026, (240, 236, 230))
        figure.spot(side * 0.12, -0.42, 0.026, 0.026, (52, 36, 28))
        figure.spot(side * 0.12, -0.5, 0.075, 0.014, (58, 38, 26))
    figure.spot(0, -0.28, 0.045, 0.03, (204, 146, 118))
    figure.spot(0, -0.17, 0.09, 0.022, (168, 76, 72))
    figure.band([(-0.12, 0.34), (0.12, 0.34), (0.05, 0.75), (-0.05, 0.75)], (226, 224, 216))


def cat(figure: Figure, *, fur: Rgb = (176, 122, 72)) -> None:
    """A sitting cat, striped, its tail around it."""
    figure.stroke([(0.3, 0.8), (0.75, 0.85), (0.9, 0.45), (0.8, 0.1)], 0.14, fur, grain=0.1)
    body = [(-0.42, 0.95), (-0.48, 0.4), (-0.22, -0.2), (0.22, -0.2), (0.5, 0.4), (0.46, 0.95)]
    figure.blob(body, fur, grain=0.1, cell=5)
    for side in (-1, 1):
        figure.blob(
            [(side * 0.34, -0.5), (side * 0.36, -1.02), (side * 0.05, -0.68)], fur, grain=0.1
        )
        figure.ellipse(side * 0.2, 0.88, 0.15, 0.1, (226, 204, 178))
    figure.ellipse(0, -0.42, 0.37, 0.33, fur, grain=0.1, cell=5)
    for y in (0.05, 0.25, 0.45, 0.65):
        for side in (-1, 1):
            inner, outer = side * 0.18, side * 0.47
            figure.band([(outer, y - 0.04), (inner, y), (outer, y + 0.04)], (96, 60, 36))
    for side in (-1, 1):
        figure.spot(side * 0.15, -0.46, 0.075, 0.06, (176, 190, 84))
        figure.spot(side * 0.15, -0.46, 0.022, 0.058, (16, 18, 16))
    figure.spot(0, -0.3, 0.1, 0.07, (230, 212, 190))
    figure.spot(0, -0.34, 0.035, 0.025, (196, 110, 104))


def bird(figure: Figure, *, coat: Rgb = (58, 104, 164), breast: Rgb = (214, 120, 66)) -> None:
    """A small bird in profile."""
    figure.shape([(0.4, 0.1), (1.12, 0.34), (1.08, 0.5), (0.3, 0.45)], coat, bulge=0.5)
    for x in (-0.05, 0.16):
        figure.stroke([(x, 0.5), (x + 0.02, 0.86)], 0.045, (92, 70, 52))
        figure.stroke([(x - 0.12, 0.88), (x + 0.14, 0.88)], 0.045, (92, 70, 52))
    figure.blob(
        [(-0.6, -0.1), (-0.3, -0.5), (0.5, -0.1), (0.66, 0.3), (0.2, 0.66), (-0.4, 0.5)], breast
    )
    figure.shape([(-0.72, -0.48), (-1.0, -0.36), (-0.7, -0.3)], (60, 52, 44))
    figure.ellipse(-0.48, -0.4, 0.3, 0.28, coat)
    figure.blob(
        [(-0.2, -0.16), (0.2, -0.14), (0.8, 0.34), (0.3, 0.42), (-0.1, 0.2)], coat, grain=0.08
    )
    figure.spot(-0.58, -0.44, 0.045, 0.045, (12, 12, 14))


def fish(figure: Figure, *, scales: Rgb = (228, 128, 40)) -> None:
    """A fish with pale stripes."""
    figure.blob([(0.55, 0), (1.1, -0.42), (0.98, 0), (1.1, 0.42)], scales, bulge=0.5)
    figure.blob([(-0.3, -0.3), (0.1, -0.72), (0.45, -0.25)], scales, bulge=0.5)
    figure.blob([(-0.1, 0.3), (0.2, 0.62), (0.35, 0.25)], scales, bulge=0.5)
    body = [(-0.95, 0.02), (-0.5, -0.44), (0.3, -0.4), (0.8, 0), (0.3, 0.4), (-0.5, 0.44)]
    figure.blob(body, scales, grain=0.06)
    for x in (-0.42, 0.02, 0.46):
        figure.band(
            [(x, -0.6), (x + 0.12, -0.6), (x + 0.07, 0.6), (x - 0.05, 0.6)], (242, 234, 222)
        )
    figure.spot(-0.62, -0.1, 0.07, 0.07, (246, 244, 236))
    figure.spot(-0.63, -0.1, 0.038, 0.038, (14, 14, 18))


def bear(figure: Figure, *, plush: Rgb = (186, 142, 92)) -> None:
    """A toy bear, sitting."""
    for side in (-1, 1):
        figure.ellipse(side * 0.3, -0.78, 0.15, 0.15, plush, grain=0.12, cell=4)
        figure.stroke([(side * 0.35, 0), (side * 0.62, 0.32)], 0.24, plush, grain=0.12, cell=4)
    figure.ellipse(0, 0.3, 0.45, 0.55, plush, grain=0.12, cell=4)
    for side in (-1, 1):
        figure.ellipse(side * 0.4, 0.8, 0.24, 0.2, plush, grain=0.12, cell=4)
        figure.spot(side * 0.42, 0.82, 0.11, 0.1, (232, 206, 168))
    figure.ellipse(0, -0.45, 0.4, 0.37, plush, grain=0.12, cell=4)
    figure.spot(0, -0.33, 0.17, 0.13, (232, 206, 168))
    figure.spot(0, -0.4, 0.055, 0.04, (30, 22, 20))
    for side in (-1, 1):
        figure.spot(side * 0.15, -0.54, 0.04, 0.045, (26, 20, 18))
    figure.band([(-0.3, -0.14), (0.3, -0.14), (0.26, -0.04), (-0.26, -0.04)], (176, 40, 52))
