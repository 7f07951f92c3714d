"""What an area means, shown on the picture before money moves.

What stays is grey and dim; what changes keeps its colours under a tint, which fades in as the new
picture will; a light line in a dark one runs around it and shows on any ground. Areas too small
to be seen at once are pointed at. Transparent parts and new room are chequered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from PIL import Image

from bot.domain.edits.pictures import Box, FittedFile
from bot.imaging.files.intake import OWN_FILES, open_picture
from bot.imaging.files.png import new_file, read_mask
from bot.imaging.files.scale import scaled
from bot.imaging.masking import growing
from bot.imaging.steps import pointing
from bot.imaging.stitching import compose

if TYPE_CHECKING:
    from pathlib import Path

    from bot.imaging.files.pixels import Bytes, Pixels

MAX_SIDE: Final = 1280  # pixels; Discord shows no more on a desktop
MIN_SIDE: Final = 640  # smaller pictures are enlarged, so that the lines do not cover them
TINT: Final = (255, 45, 120)
TINT_SHARE: Final = 0.4

_KEPT_COLOUR: Final = 0.25  # how much colour what stays has left
_KEPT_LIGHT: Final = 0.68
_LUMA: Final = (0.299, 0.587, 0.114)  # ITU-R BT.601
_SQUARES: Final = (235, 190)  # the two greys of a chequered ground
_SQUARE_SHARE: Final = 1 / 64  # of the longer side
_WORTH_MAGNIFYING: Final = 1.5
_MOST_OUTLINES: Final = 1500  # lines around more specks than that would hide all the rest


def preview(source: Path, mask: Path, feather: int, extended: bool, out: Path) -> FittedFile:
    """Draw the area over a small copy of the picture: a new PNG in `out`.

    `source` is a kept original and `mask` its mode L mask of the same size; neither is changed.
    `feather` is in pixels of the source. `extended`: the area is new room, and `feather` is how
    far it reaches into the picture.
    """
    with open_picture(source, OWN_FILES, folder=out) as opened:
        pixels = opened.pixels
        marked = read_mask(mask)
        side = max(pixels.width, pixels.height)
        scale = max(min(side, MAX_SIDE), MIN_SIDE) / side
        size = max(1, round(pixels.width * scale)), max(1, round(pixels.height * scale))
        whole = Box(0, 0, pixels.width, pixels.height)
        canvas = _view(pixels, marked, whole, size, feather, extended=extended)
        small = _reduced(marked, size)
        spots = pointing.spots(small)
        if len(spots) == 1 and pointing.is_all(spots[0], small):
            box = pointing.surroundings(spots[0], scale, whole)
            inset_size = pointing.inset_size(box, size)
            if inset_size[0] >= _WORTH_MAGNIFYING * box.width * scale:
                inset = _view(pixels, marked, box, inset_size, feather, extended=extended)
                pointing.place_inset(canvas, spots[0], inset)
        for spot in spots:
            pointing.encircle(canvas, spot)
    path, file = new_file(out, "preview", ".png")
    with file:
        Image.fromarray(canvas).save(file, "PNG", compress_level=1)
    return FittedFile(path=path, media_type="image/png", exact=False)


def _view(
    picture: Pixels, mask: Bytes, box: Box, size: tuple[int, int], feather: int, *, extended: bool
) -> Bytes:
    """A box of the picture with what changes in it, drawn in `size`."""
    part = mask[box.top : box.top + box.height, box.left : box.left + box.width]
    marked = _reduced(part, size)
    depth = round(feather * size[0] / box.width)
    weight = compose.weights(marked, Box(0, 0, *size), depth)
    seen = _seen(scaled(picture, box, size, keep_alpha=True))
    if extended:
        room = growing.shrunk(marked, depth) > 0
        seen[room] = _chequered(size)[room]
    canvas = _shaded(seen, weight)
    _outline(canvas, marked)
    return canvas


def _reduced(mask: Bytes, size: tuple[int, int]) -> Bytes:
    """A mask in another size; strokes too thin for it are kept all the same."""
    image = Image.fromarray(mask)
    if size[0] > mask.shape[1]:
        share = np.asarray(image.resize(size, Image.Resampling.BILINEAR))
        touched = np.asarray(image.resize(size, Image.Resampling.NEAREST)) > 0
    else:
        share = np.asarray(image.resize(size, Image.Resampling.BOX))
        touched = share > 0
    solid = (share >= 128) * np.uint8(255)
    near = cv2.dilate(solid, np.ones((3, 3), np.uint8))
    return np.where(touched & (near == 0), 255, solid).astype(np.uint8)


def _seen(image: Image.Image) -> Bytes:
    """The picture, its transparent parts on a chequered ground."""
    if image.mode == "RGB":
        return np.array(image)
    ground = Image.fromarray(_chequered(image.size)).convert("RGBA")
    return np.array(Image.alpha_composite(ground, image).convert("RGB"))


def _chequered(size: tuple[int, int]) -> Bytes:
    square = max(4, round(max(size) * _SQUARE_SHARE))
    down, across = np.ogrid[: size[1], : size[0]]
    is_dark = (down // square + across // square) % 2
    return np.repeat(np.array(_SQUARES, np.uint8)[is_dark][..., None], 3, axis=2)


def _shaded(picture: Bytes, weight: Bytes) -> Bytes:
    """Grey and dim where `weight` is 0, tinted where it is 255."""
    colours = picture.astype(np.float32)
    grey = colours @ np.array(_LUMA, np.float32)
    kept = (colours * _KEPT_COLOUR + grey[..., None] * (1 - _KEPT_COLOUR)) * _KEPT_LIGHT
    changed = colours + (np.array(TINT, np.float32) - colours) * TINT_SHARE
    kept += (changed - kept) * (weight[..., None] / np.float32(255))
    return np.rint(kept).astype(np.uint8)


def _outline(canvas: Bytes, marked: Bytes) -> None:
    """Draw around an area, mostly on what stays, so that thin strokes show their tint."""
    width = pointing.line_width(canvas)
    around = cv2.dilate(marked, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width + 1,) * 2))
    edges, _ = cv2.findContours(around, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    if len(edges) > _MOST_OUTLINES:
        return
    cv2.drawContours(canvas, edges, -1, pointing.DARK, width + 3, cv2.LINE_AA)
    cv2.drawContours(canvas, edges, -1, pointing.LIGHT, width, cv2.LINE_AA)
