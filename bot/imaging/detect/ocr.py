"""Read the lettering in a picture, with the models that the extra `ocr` brings along.

Nothing is ever fetched: the models lie inside the package, and their paths are given.
"""

from __future__ import annotations

import functools
import importlib.util
import logging
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import cv2
import numpy as np

from bot.domain.edits.pictures import Box, Lettering, TextLine
from bot.imaging.files.intake import open_picture
from bot.imaging.files.scale import scaled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from PIL import Image

    from bot.domain.edits.pictures import PictureLimits
    from bot.imaging.files.pixels import Pixels

Corners: TypeAlias = "NDArray[np.float64]"
"""Four of them, x and y each, in the order of the clock."""

# Of the copy that is read. Letters 10 px high are read as well as larger ones; time and memory
# grow with the pixels: 0.8 s and 400 MB for these, 1.3 s and 640 MB for twice as many.
_MOST_PIXELS: Final = 1_250_000
_LONGEST_SIDE: Final = 2560
# False finds (eyes of cats, patches of cloth) scored 0.69 and less, lettering 0.92 and more.
_LEAST_SCORE: Final = 0.8
_LARGEST_SHARE: Final = 0.8  # of the picture: a larger "line" is the picture's own frame
_MOST_LINES: Final = 1000  # as many as the reader itself looks at
# How long all lines that are read may be together, in units of their height. A unit takes 2.2 ms,
# so that these take a quarter of the 20 s there are: 300 short words, or 50 lines across a page.
_MOST_UNITS: Final = 2000
_LEAST_UNITS: Final = 320 / 48  # the shape of the model's input, to which short words are padded
_UPRIGHT: Final = 1.5  # what is this much higher than wide is read lying on its side
_MOST_CHARACTERS: Final = 500  # in a line


def read_lettering(source: Path, limits: PictureLimits, out: Path) -> Lettering:
    """Find and read all lettering; corners are in pixels of the upright picture.

    Raises:
        BadPicture: it is not a usable picture.
    """
    with open_picture(source, limits, folder=out) as picture:
        width, height = picture.pixels.width, picture.pixels.height
        copy = _copy(picture.pixels)
    grown = np.array((width / copy.width, height / copy.height))
    lines = [
        TextLine(text[:_MOST_CHARACTERS], score, tuple((corners * grown).ravel().tolist()))
        for text, score, corners in _read(np.asarray(copy)[:, :, ::-1])
        if _area(corners) <= _LARGEST_SHARE * copy.width * copy.height
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


def _read(copy: NDArray[np.uint8]) -> Iterator[tuple[str, float, Corners]]:
    """Text, score and corners of each line in a BGR picture; no text where there is no time."""
    found = _found(copy)
    chosen = worth_reading(found)
    for number, corners in enumerate(found):
        if number not in chosen:
            yield "", 0.0, corners
            continue
        text, score = _text(_straightened(copy, corners))
        if text.strip() and score >= _LEAST_SCORE:
            yield text, score, corners


def worth_reading(found: Sequence[Corners]) -> set[int]:
    """The numbers of the lines that there is time for, the largest first."""
    chosen: set[int] = set()
    units = 0.0
    for number in sorted(range(len(found)), key=lambda number: -_area(found[number])):
        width, height = _sides(found[number])
        units += max(_LEAST_UNITS, max(width, height) / max(1, min(width, height)))
        if units > _MOST_UNITS:
            break
        chosen.add(number)
    return chosen


def _found(copy: NDArray[np.uint8]) -> list[Corners]:
    """Where the lines are in a BGR picture."""
    found = _asked(copy, use_det=True, use_cls=False, use_rec=False)
    boxes = getattr(found, "boxes", None)
    return [] if boxes is None else list(np.asarray(boxes, np.float64).reshape(-1, 4, 2))


def _text(line: NDArray[np.uint8]) -> tuple[str, float]:
    """What stands in a straightened line, and how sure that is."""
    found = _asked(line, use_det=False, use_cls=True, use_rec=True)
    if not getattr(found, "txts", None):
        return "", 0.0
    return str(found.txts[0]), float(found.scores[0])


def _asked(picture: NDArray[np.uint8], **steps: bool) -> Any:
    # Whatever is left out keeps the value of an earlier call.
    return _engine()(
        np.ascontiguousarray(picture),
        return_word_box=False,
        return_single_char_box=False,
        text_score=_LEAST_SCORE,
        **steps,
    )


def _straightened(copy: NDArray[np.uint8], corners: Corners) -> NDArray[np.uint8]:
    """A line as an upright picture of its own."""
    width, height = (max(1, int(side)) for side in _sides(corners))
    flat = np.array(((0, 0), (width, 0), (width, height), (0, height)), np.float32)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), flat)
    line = cv2.warpPerspective(
        copy,
        matrix,
        (width, height),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if height >= _UPRIGHT * width:
        line = np.rot90(line)
    return np.asarray(line, np.uint8)


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
            "Global.use_preprocess_img": False,  # single lines are neither enlarged nor reduced
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


def _sides(corners: Corners) -> tuple[float, float]:
    """The width and the height of a line, in pixels."""
    upper, right, lower, left = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T)
    return float(max(upper, lower)), float(max(left, right))


def _area(corners: Corners) -> float:
    """The area of a polygon with these corners, in square pixels."""
    x, y = corners.T
    return abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))) / 2
