"""Colour words, contrast, and giving an area another colour or another light."""

from __future__ import annotations

import re
from typing import Final, TypeAlias

import numpy as np

from bot.engine.painting.pixels import Bytes, Flags, Pixels, depth, floats, grey, to_bytes

Colour: TypeAlias = tuple[int, int, int]

COLOURS: Final[dict[str, Colour]] = {
    "red": (200, 35, 35),
    "crimson": (165, 20, 50),
    "burgundy": (110, 20, 45),
    "orange": (238, 125, 28),
    "coral": (250, 120, 95),
    "gold": (212, 168, 45),
    "golden": (212, 168, 45),
    "yellow": (246, 208, 45),
    "beige": (222, 205, 172),
    "cream": (250, 240, 215),
    "ivory": (250, 246, 230),
    "brown": (112, 70, 40),
    "olive": (115, 118, 40),
    "lime": (150, 215, 50),
    "green": (45, 140, 65),
    "mint": (150, 220, 185),
    "emerald": (20, 145, 95),
    "teal": (20, 128, 128),
    "turquoise": (50, 195, 190),
    "cyan": (45, 195, 220),
    "blue": (35, 90, 205),
    "navy": (25, 38, 95),
    "indigo": (70, 50, 165),
    "lavender": (185, 165, 230),
    "violet": (135, 75, 205),
    "purple": (122, 58, 165),
    "magenta": (215, 40, 150),
    "pink": (242, 125, 172),
    "white": (245, 245, 242),
    "silver": (192, 196, 202),
    "gray": (128, 128, 128),
    "grey": (128, 128, 128),
    "charcoal": (54, 58, 64),
    "black": (24, 24, 27),
}

_NAMES = "|".join(sorted(COLOURS, key=len, reverse=True))
_WORD = re.compile(rf"\b(?:(light|pale|bright|dark|deep)[\s-]+)?({_NAMES})(?:ish)?\b")


def find_colours(text: str) -> list[tuple[int, int, Colour]]:
    """Return start, end and colour of every colour word in lower-case `text`."""
    return [
        (match.start(), match.end(), _shade(COLOURS[match[2]], match[1]))
        for match in _WORD.finditer(text)
    ]


def _shade(colour: Colour, word: str | None) -> Colour:
    if word in ("light", "pale"):
        return mixed(colour, (255, 255, 255), 0.45)
    if word in ("dark", "deep"):
        return mixed(colour, (0, 0, 0), 0.45)
    return colour


def mixed(one: Colour, two: Colour, share: float) -> Colour:
    """Return `one` with `share` (0 to 1) of `two` mixed in."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, two, strict=True))
    return red, green, blue


def luminance(colour: Colour) -> float:
    """Relative luminance, 0 to 1. Source: https://www.w3.org/TR/WCAG21/#dfn-relative-luminance."""
    linear = [
        value / 255 / 12.92 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4
        for value in colour
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Colour, two: Colour) -> float:
    """Contrast ratio, 1 to 21. Source: https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio."""
    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)


def recolour(picture: Bytes, area: Flags, colour: Colour, *, cover: Pixels | None = None) -> Bytes:
    """Give the area a colour and keep its light and shade.

    `cover` (0 to 1 per pixel) says how much of the paint each pixel takes; by default all.

    Shades run black - colour - white, so the hue stays the named one at every brightness; mixing
    in a perceptual space turns bright blues violet.
    """
    result = floats(picture)
    inside = result[area]
    light = grey(inside)
    taken = light if cover is None else light[cover[area] > 0.5]
    middle = max(float(np.median(taken if taken.size else light)), 12.0)
    ratio = (light / middle)[:, None]
    paint = np.array(colour, np.float32)
    shade = paint * np.minimum(ratio, 1) ** 0.8
    shine = (255 - paint) * (1 - np.exp(-0.7 * np.maximum(ratio - 1, 0)))
    own = inside - light[:, None]
    dyed = shade + shine + 0.08 * own
    share = 0.94 * np.minimum(depth(np.pad(area, 1))[1:-1, 1:-1][area] / 1.5, 1)
    if cover is not None:
        share = share * cover[area]
    result[area] = inside + (dyed - inside) * share[:, None]
    return _within(picture, result, area)


def relight(picture: Bytes, area: Flags, light: float) -> Bytes:
    """Darken towards a cool night (`light` down to -1) or brighten towards warm sun (up to 1)."""
    result = floats(picture)
    inside = result[area] / 255
    if light < 0:
        gain = np.array([0.42, 0.48, 0.68], np.float32)
        moved = inside ** (1 - 0.22 * light) * (1 + (gain - 1) * -light)
    else:
        gain = np.array([1.10, 1.04, 0.93], np.float32)
        moved = (1 - (1 - inside) ** (1 + 0.7 * light)) * (1 + (gain - 1) * light)
    soft = max(2.0, 0.05 * float(np.sqrt(area.sum())))
    fade = np.minimum(depth(np.pad(area, 1))[1:-1, 1:-1][area] / soft, 1)[:, None]
    result[area] = 255 * (inside + (moved - inside) * (fade if not area.all() else 1))
    return _within(picture, result, area)


def _within(picture: Bytes, painted: Pixels, area: Flags) -> Bytes:
    result = picture.copy()
    result[area] = to_bytes(painted[area])
    return result
