"""Small pictures to find things in, spooled as intake spools them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from bot.imaging.files.pixels import Bytes, Pixels


def spooled(folder: Path, picture: Bytes) -> Pixels:
    """Height x width x 3 or 4; to be closed by the caller."""
    height, width, channels = picture.shape
    pixels = Pixels(folder, width=width, height=height, channels=channels)
    pixels.append(picture)
    return pixels


def grainy(size: tuple[int, ...], colour: tuple[int, int, int], *, seed: int = 1) -> Bytes:
    """Height x width of one colour with the grain of a photo."""
    grain = np.random.default_rng(seed).normal(0, 4, (*size, 1))
    return np.asarray(np.clip(np.array(colour) + grain, 0, 255), np.uint8)


def ball(
    height: int = 240, width: int = 320, *, x: float = 0.5, y: float = 0.5, radius: float = 0.25
) -> tuple[Bytes, Bytes]:
    """A red ball on a grainy grey-green ground, and its mask: 0 or 255."""
    picture = grainy((height, width), (120, 136, 118))
    mask = np.zeros((height, width), np.uint8)
    middle, reach = (round(x * width), round(y * height)), round(radius * min(height, width))
    cv2.circle(mask, middle, reach, 255, -1)
    picture[mask > 0] = grainy((height, width), (196, 60, 48), seed=2)[mask > 0]
    return picture, mask


def view(height: int = 240, width: int = 320) -> tuple[Bytes, Bytes]:
    """A blue sky over rough hills, and its mask."""
    blue = np.linspace((60, 120, 200), (190, 214, 232), height)
    picture = np.repeat(blue[:, None], width, axis=1)
    horizon = height * (0.6 + 0.08 * np.sin(np.arange(width) / width * 9))
    mask = np.arange(height)[:, None] < horizon[None]
    rough = rough_land(height, width, 24, (70, 104, 52))
    picture = np.where(mask[..., None], picture, rough)
    return np.asarray(np.clip(picture, 0, 255), np.uint8), np.asarray(mask * np.uint8(255))


def rough_land(
    height: int, width: int, spread: float, colour: tuple[int, int, int], *, seed: int = 3
) -> Bytes:
    """Grass or gravel: every pixel lighter or darker than the next."""
    light = np.random.default_rng(seed).normal(0, spread, (height, width, 1))
    return np.asarray(np.clip(light + np.array(colour), 0, 255), np.uint8)


def overlap(one: Bytes, other: Bytes) -> float:
    """Intersection over union of two masks."""
    either = np.count_nonzero(one | other)
    return float(np.count_nonzero(one & other) / either) if either else 1.0
