"""Sample pictures drawn by the program: the same on every machine, free of anybody's rights."""

from __future__ import annotations

from bot.engine.samples.bill import poster, poster_title_mask
from bot.engine.samples.meadow import landscape, landscape_house_mask
from bot.engine.samples.shop import street, street_cone_mask, street_sign_mask

__all__ = [
    "landscape",
    "landscape_house_mask",
    "poster",
    "poster_title_mask",
    "street",
    "street_cone_mask",
    "street_sign_mask",
]
