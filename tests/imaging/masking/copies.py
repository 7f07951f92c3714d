"""A picture and its copy, read as the bot reads them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from bot.domain.edits.pictures import PictureLimits
from bot.domain.errors import BadMask
from bot.imaging.files.intake import OpenedPicture, open_picture
from bot.imaging.masking import masks


def small(draw: Callable[[], Image.Image]) -> Image.Image:
    return ImageOps.contain(draw(), (660, 660))


def found(
    folder: Path,
    picture: bytes,
    copy: bytes,
    read: Callable[[OpenedPicture, OpenedPicture], masks.Mask] = masks.from_file,
) -> masks.Mask:
    (folder / "picture").write_bytes(picture)
    (folder / "copy").write_bytes(copy)
    with ExitStack() as stack:
        opened = functools.partial(open_picture, limits=PictureLimits(), folder=folder)
        source = stack.enter_context(opened(folder / "picture"))
        file = stack.enter_context(opened(folder / "copy", role="mask"))
        mask = read(file, source)
        assert mask.pixels.shape == (source.pixels.height, source.pixels.width)
    assert set(np.unique(mask.pixels)) <= {0, 255}
    return mask


def refused(folder: Path, picture: bytes, copy: bytes) -> BadMask:
    with pytest.raises(BadMask) as caught:
        found(folder, picture, copy)
    return caught.value


def overlap(mask: NDArray[np.uint8], truth: Image.Image) -> float:
    """Intersection over union."""
    first, second = mask > 0, np.asarray(truth) > 0
    return float(np.count_nonzero(first & second) / np.count_nonzero(first | second))
