"""A large picture with detail at every pixel: the drawn samples, laid side by side unscaled."""

from __future__ import annotations

from PIL import Image, ImageOps

from bot.engine.samples import landscape, poster, street


def mosaic(size: tuple[int, int]) -> Image.Image:
    """An RGB picture of any size in pixels."""
    tiles = [
        street(),
        landscape(),
        ImageOps.mirror(street()),
        poster(),
        ImageOps.mirror(landscape()),
    ]
    picture = Image.new("RGB", size)
    top = count = 0
    while top < size[1]:
        left = 0
        while left < size[0]:
            tile = tiles[count % len(tiles)].convert("RGB").crop((0, 0, 900, 800))
            picture.paste(tile, (left, top))
            left, count = left + tile.width, count + 1
        top += 800
    return picture
