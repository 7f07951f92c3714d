"""Prepares edits in the tests' own process, with lettering as a reader would give it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bot.domain.catalog import IDEOGRAM_V2_EDIT as MODEL
from bot.domain.edits.pictures import Brief, Lines, PictureLimits, PreparedPicture
from bot.imaging.steps.prepare import prepare


def prepared(
    folder: Path,
    picture: bytes,
    *,
    mask: bytes | None = None,
    area: str | None = None,
    lettering: Lines = None,
    offers_lettering: bool = False,
) -> PreparedPicture:
    (folder / "picture").write_bytes(picture)
    if mask is not None:
        (folder / "mask").write_bytes(mask)
    brief = Brief(
        source=folder / "picture",
        mask=folder / "mask" if mask is not None else None,
        area=area,
        offers_lettering=offers_lettering,
    )
    out = folder / "out"
    out.mkdir(exist_ok=True)
    return prepare(brief, lettering, MODEL, PictureLimits(), out)


def array(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image)
