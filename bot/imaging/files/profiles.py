"""Colour profiles: every picture becomes sRGB with 8 bits for each colour."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageCms

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.imaging.files.pixels import Bytes

    Take = Callable[[tuple[int, int, int, int]], Image.Image]
    Check = Callable[[int, int], None]

_MAX_PROFILE: Final = 4 * 1024 * 1024


class Colours:
    """Converts bands of one picture to RGB or RGBA, through its colour profile if it has one."""

    def __init__(self, image: Image.Image) -> None:
        self.channels = 4 if image.has_transparency_data else 3
        if image.mode.startswith("I;16"):
            self.channels = 3
        self._transform = _to_srgb(image)

    @property
    def converts(self) -> bool:
        """Whether the picture's own profile is applied."""
        return self._transform is not None

    def rows(self, band: Image.Image) -> Bytes:
        """The band as height x width x channels."""
        if band.mode.startswith("I;16"):
            # Pillow's own conversion clips at 255 instead of scaling.
            grey = (np.asarray(band).astype(np.uint32) + 128) // 257
            return np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)
        if self.channels == 3:
            return np.asarray(self._rgb(band))
        with_alpha = band if band.mode in ("RGBA", "LA") else band.convert("RGBA")
        if self._transform is None:
            return np.asarray(with_alpha.convert("RGBA"))
        alpha = np.asarray(with_alpha.getchannel("A"))
        opaque = with_alpha.convert("L" if with_alpha.mode == "LA" else "RGB")
        return np.dstack((np.asarray(self._rgb(opaque)), alpha))

    def _rgb(self, band: Image.Image) -> Image.Image:
        if band.mode not in ("RGB", "L", "CMYK", "LAB"):
            band = band.convert("RGB")
        if self._transform is not None:
            found = ImageCms.applyTransform(band, self._transform)
            assert found is not None  # noqa: S101  only None when asked to work in place
            return found
        return band if band.mode == "RGB" else band.convert("RGB")


def _to_srgb(image: Image.Image) -> ImageCms.ImageCmsTransform | None:
    """The way from the picture's colours to sRGB; None when they are sRGB, or not usable."""
    profile = image.info.get("icc_profile")
    mode = {"LA": "L", "L": "L", "CMYK": "CMYK", "LAB": "LAB"}.get(image.mode, "RGB")
    try:
        if isinstance(profile, bytes) and 0 < len(profile) <= _MAX_PROFILE:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "srgb" in ImageCms.getProfileDescription(source).lower():
                return None
        elif mode == "LAB":
            source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        else:
            return None
        return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, UnicodeError):
        return None  # a broken profile is not a reason to refuse a picture
