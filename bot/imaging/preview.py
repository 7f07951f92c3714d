"""What an area means, shown on the picture: tinted, with its outline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from PIL import Image

from bot.domain.pictures import Fitted
from bot.imaging.encode import reduced
from bot.imaging.intake import OWN_FILES, open_picture
from bot.imaging.png import new_file

if TYPE_CHECKING:
    from pathlib import Path

MAX_SIDE: Final = 1280
TINT: Final = (255, 45, 120)
TINT_SHARE: Final = 0.42
LIGHT: Final = (255, 255, 255)
DARK: Final = (20, 20, 20)


def preview(source: Path, mask: Path, feather: int, out: Path) -> Fitted:
    """Draw the mask over a small copy of the picture: a new PNG in `out`.

    `source` is a kept original, `mask` its mode L mask of the same size; neither is changed.
    """
    with open_picture(source, OWN_FILES, folder=out) as opened:
        picture = reduced(opened.pixels, MAX_SIDE).convert("RGB")
    with Image.open(mask, formats=("PNG",)) as opened_mask:
        marked = np.asarray(opened_mask.resize(picture.size, Image.Resampling.BOX)) > 127
    canvas = np.array(picture)
    tinted = canvas[marked] + (np.array(TINT, np.float32) - canvas[marked]) * TINT_SHARE
    canvas[marked] = tinted.astype(np.uint8)
    edges, _ = cv2.findContours(marked.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    # A dark line under a light one shows on any ground.
    width = max(2, round(max(picture.size) / 400))
    cv2.drawContours(canvas, edges, -1, DARK, width + 2, cv2.LINE_AA)
    cv2.drawContours(canvas, edges, -1, LIGHT, width, cv2.LINE_AA)
    path, file = new_file(out, "preview", ".png")
    with file:
        Image.fromarray(canvas).save(file, "PNG", compress_level=1)
    return Fitted(path=path, media_type="image/png", exact=False)
