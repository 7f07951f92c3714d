"""Sample pictures and masks that fit them: the project's own, free of anybody else's rights."""

from __future__ import annotations

from importlib import resources

from PIL import Image

__all__ = [
    "landscape",
    "landscape_house_mask",
    "poster",
    "poster_title_mask",
    "street",
    "street_cone_mask",
    "street_sign_mask",
]


def landscape() -> Image.Image:
    """Return hills in haze and a red house in a flowering meadow: 1200 x 800, RGB."""
    return _opened("landscape.webp")


def landscape_house_mask() -> Image.Image:
    """Return the mask of the house's walls and roof, generous like one drawn by hand."""
    return _opened("landscape_house_mask.png")


def poster() -> Image.Image:
    """Return flat shapes, a title and small print: 900 x 1200, RGB."""
    return _opened("poster.webp")


def poster_title_mask() -> Image.Image:
    """Return the mask of the title."""
    return _opened("poster_title_mask.png")


def street() -> Image.Image:
    """Return a brick shopfront with a sign, and a traffic cone before it: 1200 x 800, RGB."""
    return _opened("street.webp")


def street_cone_mask() -> Image.Image:
    """Return the mask of the cone and its shadow, generous like one drawn by hand."""
    return _opened("street_cone_mask.png")


def street_sign_mask() -> Image.Image:
    """Return the mask of the sign's painted panel, without the moulding."""
    return _opened("street_sign_mask.png")


def _opened(name: str) -> Image.Image:
    with (resources.files(__name__) / name).open("rb") as file, Image.open(file) as picture:
        return picture.copy()
