"""What each style makes of a painted area."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from bot.domain.catalog import Style
from bot.engine.painting.pixels import (
    Bytes,
    Flags,
    Pixels,
    blur,
    depth,
    floats,
    grey,
    slopes,
    span,
    to_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_LIGHT: Final = np.array([-0.5, -0.62, 0.6], np.float32)  # from the upper left, towards us
_MARGIN = 24  # pixels round the area that a style may look at


def style_of(name: str) -> Style:
    """Read a style's name; an unknown one is `auto`, like a model that ignores the word."""
    try:
        return Style(name)
    except ValueError:
        return Style.AUTO


def finish(picture: Bytes, area: Flags, style: Style, rng: np.random.Generator) -> Bytes:
    """Return the picture with the area in the given style; fades in from the area's rim."""
    effect = _EFFECTS.get(style)
    if effect is None or not area.any():
        return picture.copy()
    box = span(area, _MARGIN)
    before = floats(picture[box])
    after = effect(before, area[box], rng)
    rim = 2.0 if style in (Style.DESIGN, Style.ANIME) else 12.0
    fade = np.minimum(depth(np.pad(area, 1))[1:-1, 1:-1][box] / rim, 1)[..., None]
    result = picture.copy()
    mixed = before + (after - before) * fade
    result[box][area[box]] = to_bytes(mixed)[area[box]]
    return result


def saturated(picture: Pixels, amount: float) -> Pixels:
    """Scale colourfulness by `amount` and keep the luma."""
    luma = grey(picture)[..., None]
    return luma + (picture - luma) * amount


def _smooth(picture: Pixels, rounds: int) -> Pixels:
    """Even out texture, keep edges."""
    flat = to_bytes(picture)
    for _ in range(rounds):
        flat = np.asarray(cv2.bilateralFilter(flat, 7, 42, 5), np.uint8)
    return floats(flat)


def _calm(picture: Pixels, strength: int) -> Pixels:
    """Melt texture into areas: edge-keeping smoothing on a small copy, edges from the large one."""
    height, width = picture.shape[:2]
    small = np.asarray(
        cv2.resize(picture, (max(8, width // 2), max(8, height // 2)), interpolation=cv2.INTER_AREA)
    )
    small = _smooth(floats(cv2.medianBlur(to_bytes(floats(small)), 5)), strength)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def _general(picture: Pixels) -> Pixels:
    """Clearer: more local contrast, a little more colour."""
    detail = picture - blur(picture, 1.2)
    shape = picture - blur(picture, 12)
    return saturated(picture + 0.55 * detail + 0.16 * shape, 1.10)


def _realistic(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """Photographic: film grain, the softest fall of light, shadows a touch deeper."""
    height, width = picture.shape[:2]
    grain = blur(rng.standard_normal((height, width), np.float32), 0.7) * 2.2
    coarse = blur(rng.standard_normal((height, width), np.float32), 1.6) * 3.0
    luma = grey(picture)[..., None]
    middle = 4 * (luma / 255) * (1 - luma / 255)
    ys = np.linspace(1, -1, height, dtype=np.float32)[:, None, None]
    lit = picture * (1.0 + 0.025 * ys)
    deep = lit + 5.0 * np.sin((luma / 255 - 0.5) * np.pi)
    return np.asarray(deep + (grain + coarse)[..., None] * (0.8 + 1.2 * middle), np.float32)


def _palette(picture: Pixels, area: Flags, number: int) -> Pixels:
    """Return the colours that matter most in the area (k-means from evenly spread luminances)."""
    inside = picture[area]
    inside = inside[:: max(1, len(inside) // 6000)]
    order = np.argsort(grey(inside), kind="stable")
    middles = ((np.arange(number) + 0.5) / number * len(order)).astype(int)
    centres = inside[order[middles]]
    for _ in range(10):
        nearest = np.square(inside[:, None] - centres[None]).sum(2).argmin(1)
        for index in range(number):
            members = inside[nearest == index]
            if len(members):
                centres[index] = members.mean(0)
    return np.asarray(centres, np.float32)


def _design(picture: Pixels, area: Flags) -> Pixels:
    """A poster: few flat, bold colours with crisp borders."""
    calm = _calm(picture, 4)
    centres = _palette(calm, area, 5)
    flat = calm.reshape(-1, 3)
    cost = -2 * flat @ centres.T + np.square(centres).sum(1)
    index = cost.argmin(1).reshape(area.shape).astype(np.uint8)
    index = np.asarray(cv2.medianBlur(index, 7))
    bold = saturated(centres[None], 1.45)[0]
    bold = 128 + (bold - 128) * 1.12
    return blur(np.asarray(bold[index], np.float32), 0.6)


def normals(height: Pixels, steepness: float) -> Pixels:
    """Unit normals (x, y, z) of a relief; `height` in pixels times `steepness`."""
    down, right = slopes(height * steepness)
    field = np.dstack([-right, -down, np.ones_like(height)]).astype(np.float32)
    return np.asarray(field / np.linalg.norm(field, axis=2, keepdims=True), np.float32)


def lit(field: Pixels) -> tuple[Pixels, Pixels]:
    """Return how much light normals scatter (1 = facing us) and how brightly they shine, 0 to 1."""
    light = _LIGHT / np.linalg.norm(_LIGHT)
    scattered = np.maximum(field @ light, 0) / light[2]
    half = light + np.array([0, 0, 1], np.float32)
    half /= np.linalg.norm(half)
    shine = np.maximum(field @ half, 0) ** 40
    return scattered.astype(np.float32), shine.astype(np.float32)


def _render(picture: Pixels) -> Pixels:
    """A rendered relief: smooth plastic, lit from the upper left, with highlights."""
    calm = _calm(picture, 2)
    relief = blur(grey(calm), 1.6) + 0.8 * blur(grey(picture), 4)
    scattered, shine = lit(normals(relief, 0.09))
    field_flat = lit(normals(np.zeros((2, 2), np.float32), 1.0))[1][0, 0]
    body = saturated(calm, 1.1) * (0.3 + 0.7 * scattered[..., None])
    return np.asarray(body + 150 * np.maximum(shine - field_flat, 0)[..., None], np.float32)


def _anime(picture: Pixels, area: Flags) -> Pixels:
    """Cel shading: a few steps of light, clear colours, ink outlines."""
    calm = _calm(picture, 4)
    luma = grey(calm)
    low, high = np.percentile(luma[area], [3, 97])
    reach = max(float(high - low), 30.0)
    steps = 4.0
    level = np.clip((luma - low) / reach, 0, 1) * steps
    whole = np.floor(level)
    soft = np.clip((level - whole - 0.5) * 5 + 0.5, 0, 1)
    target = low + (whole + soft) / steps * reach
    cel = saturated(calm * (target / np.maximum(luma, 4))[..., None], 1.4) + 10
    sketch = blur(grey(picture), 1.2) - blur(grey(picture), 3.2)
    ink = np.clip((-sketch - 4.5) / 7, 0, 1)[..., None]
    return cel * (1 - 0.78 * ink) + np.array([26, 20, 38], np.float32) * 0.78 * ink


_EFFECTS: Final[dict[Style, Callable[[Pixels, Flags, np.random.Generator], Pixels]]] = {
    Style.GENERAL: lambda picture, _area, _rng: _general(picture),
    Style.REALISTIC: lambda picture, _area, rng: _realistic(picture, rng),
    Style.DESIGN: lambda picture, area, _rng: _design(picture, area),
    Style.RENDER_3D: lambda picture, _area, _rng: _render(picture),
    Style.ANIME: lambda picture, area, _rng: _anime(picture, area),
}


def repaint(picture: Bytes, area: Flags, rng: np.random.Generator) -> Bytes:
    """Paint the area from its own content, in broad strokes: for when nothing else is left."""
    box = span(area, _MARGIN)
    before = floats(picture[box])
    shape = before.shape[:2]
    factor = max(1.0, np.sqrt(shape[0] * shape[1] / 250_000))
    size = (max(1, round(shape[1] / factor)), max(1, round(shape[0] / factor)))
    small = to_bytes(floats(cv2.resize(before, size, interpolation=cv2.INTER_AREA)))
    painted = _strokes(small, rng)
    large = floats(cv2.resize(painted, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC))
    result = picture.copy()
    result[box][area[box]] = to_bytes(large)[area[box]]
    return result


def _strokes(picture: Bytes, rng: np.random.Generator) -> Bytes:
    """Draw round brush dabs along the edges, large ones first, small ones where detail is lost."""
    height, width = picture.shape[:2]
    canvas = np.asarray(cv2.blur(picture, (31, 31)), np.uint8).copy()
    down, right = slopes(blur(grey(floats(picture)), 3))
    along = np.asarray(np.degrees(np.arctan2(right, -down)))  # strokes follow edges
    for radius in (14, 7, 4):
        if min(height, width) < 2 * radius:
            continue
        lead = floats(np.asarray(cv2.blur(picture, (radius, radius))))
        lost = np.asarray(np.abs(lead - floats(canvas)).sum(2))
        ys, xs = np.mgrid[radius // 2 : height : radius, radius // 2 : width : radius]
        ys = (
            (ys + rng.integers(-radius // 2, radius // 2 + 1, ys.shape)).clip(0, height - 1).ravel()
        )
        xs = (xs + rng.integers(-radius // 2, radius // 2 + 1, xs.shape)).clip(0, width - 1).ravel()
        for index in rng.permutation(len(ys)):
            y, x = int(ys[index]), int(xs[index])
            if radius < 14 and lost[y, x] < 24:
                continue
            colour = np.asarray(lead[y, x]) + rng.normal(0, 4)
            cv2.ellipse(
                canvas,
                (x, y),
                (round(radius * 1.9), max(1, round(radius * 0.6))),
                float(along[y, x]),
                0,
                360,
                tuple(float(value) for value in np.clip(colour, 0, 255)),
                -1,
                cv2.LINE_AA,
            )
    return canvas
