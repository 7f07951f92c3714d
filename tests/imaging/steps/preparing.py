"""Prepares, revises and finishes edits in the tests' own process, lettering as if it were read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bot.domain.catalog import IDEOGRAM_V2_EDIT as MODEL
from bot.domain.catalog import Model
from bot.domain.edits.options import Adjusted
from bot.domain.edits.pictures import Brief, FinishedPicture, Lines, PictureLimits, PreparedPicture
from bot.imaging.steps.finish import finish
from bot.imaging.steps.prepare import prepare
from bot.imaging.steps.revise import revise


def prepared(
    folder: Path,
    picture: bytes,
    mask: bytes | None = None,
    area: str | None = None,
    *,
    lettering: Lines = None,
    offers_lettering: bool = False,
    model: Model = MODEL,
    out: Path | None = None,
) -> PreparedPicture:
    """What comes of a picture, in a folder `out` beside it unless another one is named."""
    (folder / "picture").write_bytes(picture)
    if mask is not None:
        (folder / "mask").write_bytes(mask)
    brief = Brief(
        source=folder / "picture",
        mask=folder / "mask" if mask is not None else None,
        area=area,
        offers_lettering=offers_lettering,
    )
    out = out or folder / "out"
    out.mkdir(exist_ok=True)
    return prepare(brief, lettering, model, PictureLimits(), out)


def revised(edit: PreparedPicture, adjusted: Adjusted, folder: Path) -> PreparedPicture:
    return revise(edit.source, edit.drawn, adjusted, edit.feather, edit.reading, MODEL, folder)


def finished(
    folder: Path, edit: PreparedPicture, result: bytes, feather: int | None = None
) -> FinishedPicture:
    (folder / "result").write_bytes(result)
    sent = (edit.crop, edit.sent_picture, edit.sent_mask, folder / "result")
    soft = edit.feather if feather is None else feather
    return finish(edit.source, edit.mask, *sent, soft, folder)


def array(path: Path, mode: str | None = None) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert(mode) if mode else image)
