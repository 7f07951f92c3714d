"""One picture of the labelled set."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image


@dataclass(frozen=True, slots=True)
class Example:
    """A picture (RGB or RGBA), and where in it the thing is: mode L of its size, 0 or 255.

    `original` is the picture before it was scribbled on, where that is what the set is about.
    """

    name: str
    picture: Image.Image
    mask: Image.Image
    original: Image.Image | None = None


def photographed(picture: Image.Image, quality: int) -> Image.Image:
    """The picture after JPEG compression of this quality (1 to 95)."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(io.BytesIO(file.getvalue())).convert("RGB")
