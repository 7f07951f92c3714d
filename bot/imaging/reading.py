"""Read the lettering in a picture, with the models that the extra `ocr` brings along.

Nothing is ever fetched: the models lie inside the package, and their paths are given.
"""

from __future__ import annotations

import functools
import importlib.util
import logging
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from bot.domain.pictures import Box, Lettering, TextLine
from bot.imaging.intake import open_picture
from bot.imaging.scale import scaled

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

    from bot.domain.pictures import PictureLimits
    from bot.imaging.pixels import Pixels

# Of the copy that is read. Letters 10 px high are read as well as larger ones; time and memory
# grow with the pixels: 0.8 s and 400 MB for these, 1.3 s and 640 MB for twice as many.
_MOST_PIXELS: Final = 1_250_000
_LONGEST_SIDE: Final = 2560
# False finds (eyes of cats, patches of cloth) scored 0.69 and less, lettering 0.92 and more.
_LEAST_SCORE: Final = 0.8
_LARGEST_SHARE: Final = 0.8  # of the picture: a larger "line" is the picture's own frame
_MOST_LINES: Final = 1000  # as many as the reader itself looks at
_MOST_CHARACTERS: Final = 500  # in a line


def read_lettering(source: Path, limits: PictureLimits, out: Path) -> Lettering:
    """Find and read all lettering; corners are in pixels of the upright picture.

    Raises:
        BadPicture: it is no usable picture.
    """
    with open_picture(source, limits, folder=out) as picture:
        width, height = picture.pixels.width, picture.pixels.height
        copy = _copy(picture.pixels)
    found = _read(np.asarray(copy)[:, :, ::-1])
    grown = np.array((width / copy.width, height / copy.height))
    lines = [
        TextLine(text[:_MOST_CHARACTERS], float(score), tuple((corners * grown).ravel().tolist()))
        for text, score, corners in found
        if score >= _LEAST_SCORE and _area(corners) <= _LARGEST_SHARE * copy.width * copy.height
    ]
    return Lettering(tuple(lines[:_MOST_LINES]))


def _copy(picture: Pixels) -> Image.Image:
    """The picture, as large as it is worth reading."""
    width, height = picture.width, picture.height
    reduced = min(
        1.0, _LONGEST_SIDE / max(width, height), math.sqrt(_MOST_PIXELS / (width * height))
    )
    size = (max(1, round(width * reduced)), max(1, round(height * reduced)))
    return scaled(picture, Box(0, 0, width, height), size)


def _read(copy: NDArray[np.uint8]) -> list[tuple[str, float, NDArray[np.float64]]]:
    """Text, score and the four corners (x, y) of each line in a BGR picture."""
    # Whatever is left out keeps the value of an earlier call.
    found = _engine()(
        np.ascontiguousarray(copy),
        use_det=True,
        use_cls=True,
        use_rec=True,
        return_word_box=False,
        return_single_char_box=False,
        text_score=_LEAST_SCORE,
    )
    if getattr(found, "txts", None) is None or found.boxes is None:
        return []
    corners = np.asarray(found.boxes, np.float64).reshape(-1, 4, 2)
    return list(zip(found.txts, found.scores, corners, strict=True))


@functools.cache
def _engine() -> Any:
    """The reader; loading it takes more than a second."""
    from rapidocr import RapidOCR

    logging.getLogger("RapidOCR").disabled = True
    models = _models()
    threads = "EngineConfig.onnxruntime"
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.max_side_len": _LONGEST_SIDE,
            "Det.limit_type": "max",
            "Det.limit_side_len": _LONGEST_SIDE,
            # Lines of other lengths are not padded to the longest: less memory in the same time.
            "Rec.rec_batch_num": 1,
            "Det.model_path": str(next(models.glob("*_det_*.onnx"))),
            "Rec.model_path": str(next(models.glob("*_rec_*.onnx"))),
            "Cls.model_path": str(next(models.glob("*_cls_*.onnx"))),
            f"{threads}.intra_op_num_threads": 1,
            f"{threads}.inter_op_num_threads": 1,
        }
    )


def _models() -> Path:
    """The folder of the models that came with the package."""
    found = importlib.util.find_spec("rapidocr")
    assert found is not None  # noqa: S101  it has just been imported
    assert found.origin is not None  # noqa: S101
    return Path(found.origin).parent / "models"


def _area(corners: NDArray[np.float64]) -> float:
    """The area of a polygon with these corners, in square pixels."""
    x, y = corners.T
    return abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))) / 2
