"""Pictures with known answers, drawn or composed by the project itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

    from bot.imaging.pixels import Bytes


@dataclass(frozen=True, slots=True)
class Example:
    """A picture and the mask a finder should give: height x width, 0 or 255."""

    name: str
    picture: Image.Image
    mask: Bytes
