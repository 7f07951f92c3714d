"""What runs in the painting process: look at the inputs, paint, and damage pictures on demand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
from PIL import Image, ImageOps, UnidentifiedImageError

# The queue decides how many processes run; each keeps to one core.
cv2.setNumThreads(1)

FORMATS: Final = ("PNG", "JPEG", "WEBP")
# Ours, not fal's, which publishes no limits for this endpoint: what one core paints in seconds.
MAX_BYTES: Final = 50 * 1024 * 1024
MAX_SIDE: Final = 8192
MAX_PIXELS: Final = 32_000_000
PNG_LEVEL: Final = 1  # a 12 MP PNG takes 2 s at level 1 and over 4 s at level 6


class BadInput(Exception):
    """An input the model refuses: fal's error type, the field, a sentence, and its `ctx`."""

    def __init__(
        self, kind: str, field: str, message: str, ctx: dict[str, Any] | None = None
    ) -> None:
        super().__init__(kind, field, message, ctx)
        self.kind = kind
        self.field = field
        self.message = message
        self.ctx = ctx


@dataclass(frozen=True, slots=True)
class PaintInputs:
    """Size in pixels, and the part of the picture that is to change, 0 to 1."""

    width: int
    height: int
    share: float


def look(image_path: str, mask_path: str) -> PaintInputs:
    """Decode both inputs and see that they fit together.

    Raises:
        BadInput: a file is not a picture, too large, or they differ in size.
    """
    image = _opened(image_path, "image_url")
    mask = _opened(mask_path, "mask_url").convert("L")
    if image.size != mask.size:
        raise BadInput(
            "value_error",
            "mask_url",
            f"The mask ({mask.width}x{mask.height}) must have the same dimensions as the image "
            f"({image.width}x{image.height})",
            {"width": image.width, "height": image.height},
        )
    changed = sum(mask.histogram()[128:])
    if not changed:
        raise BadInput("value_error", "mask_url", "The mask is black: there is nothing to edit")
    return PaintInputs(image.width, image.height, changed / (image.width * image.height))


def paint(
    image_path: str, mask_path: str, out_path: str, prompt: str, style: str, seed: int
) -> None:
    """Edit the white part of the mask and write the picture as PNG."""
    from bot.engine.painting.paint import paint as painted

    image = _opened(image_path, "image_url").convert("RGB")
    mask = _opened(mask_path, "mask_url").convert("L").point(_THRESHOLD)
    result = painted(image, mask, prompt=prompt, style=style, seed=seed % 2**32)
    result.save(out_path, "PNG", compress_level=PNG_LEVEL)


def damage(image_path: str, mask_path: str, out_path: str, how: str, size: tuple[int, int]) -> None:
    """Replace a finished picture by what a faulty model might have returned instead.

    `how` is the word after the dot of a job fault; `size` is used by "wrong_size" only.
    """
    out = Path(out_path)
    with Image.open(out) as opened:
        picture = opened.convert("RGB")
    image = _opened(image_path, "image_url").convert("RGB")
    match how:
        case "wrong_size":
            picture = picture.resize(size)
        case "rotated":
            picture = picture.transpose(Image.Transpose.ROTATE_90)
        case "black":
            picture = Image.new("RGB", picture.size)
        case "unchanged":
            picture = image
        case "swapped":
            mask = _opened(mask_path, "mask_url").convert("L").point(_THRESHOLD)
            picture = Image.composite(image, ImageOps.invert(image), mask)
        case _:
            raise ValueError(how)
    picture.save(out, "PNG", compress_level=PNG_LEVEL)


_THRESHOLD: Final = [0] * 128 + [255] * 128


def _opened(path: str, field: str) -> Image.Image:
    """Decode one input, with its limits tested before any pixel is."""
    size = Path(path).stat().st_size
    if size > MAX_BYTES:
        raise BadInput("file_too_large", field, "The file is too large", {"max_size": MAX_BYTES})
    try:
        with Image.open(path) as image:
            if image.format not in FORMATS:
                supported = {"supported_formats": [name.lower() for name in FORMATS]}
                raise BadInput(
                    "unsupported_image_format", field, "Unsupported image format", supported
                )
            if max(image.size) > MAX_SIDE or image.width * image.height > MAX_PIXELS:
                limits = {"max_height": MAX_SIDE, "max_width": MAX_SIDE}
                raise BadInput("image_too_large", field, "The image is too large", limits)
            image.load()
            return image.copy()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise BadInput("image_load_error", field, "Failed to load the image") from error
    except Image.DecompressionBombError as error:
        raise BadInput("image_too_large", field, "The image is too large") from error
