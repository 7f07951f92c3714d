"""The models Touchup can buy from, as values: what they cost and what they accept."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

EMBEDDED: Final = "embedded"
"""The name of the embedded engine in the books; its money is play money."""
OWN_SERVER: Final = "custom"
"""How the books call a fal-compatible server of one's own, among the providers' names."""


class Style(StrEnum):
    """Ideogram's `style` argument.

    Source: the endpoint's schema, https://fal.ai/models/fal-ai/ideogram/v2/edit/api
    """

    AUTO = "auto"
    GENERAL = "general"
    REALISTIC = "realistic"
    DESIGN = "design"
    RENDER_3D = "render_3D"
    ANIME = "anime"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One endpoint of the provider.

    `price_nano_usd` is what the provider bills for one picture. `white_is_edit` is the polarity
    the endpoint expects of a mask; fal does not document it for Ideogram, white is what its own
    example file shows. `best_pixels` is the picture size (in pixels) the model works at natively,
    `max_bytes` the largest file accepted for one input.
    """

    id: str
    endpoint: str
    name: str
    price_nano_usd: int
    styles: tuple[Style, ...]
    white_is_edit: bool = True
    best_pixels: int = 1024 * 1024
    max_prompt: int = 2000
    max_bytes: int = 10 * 1024 * 1024

    @property
    def price_micro_usd(self) -> int:
        """Price of one picture in micro-USD, rounded up: a member's charge never has fractions."""
        return -(-self.price_nano_usd // 1000)


IDEOGRAM_V2_EDIT: Final = Model(
    id="ideogram-v2",
    endpoint="fal-ai/ideogram/v2/edit",
    name="Ideogram V2 Edit",
    price_nano_usd=80_000_000,
    styles=tuple(Style),
)
IDEOGRAM_V2_TURBO_EDIT: Final = Model(
    id="ideogram-v2-turbo",
    endpoint="fal-ai/ideogram/v2/turbo/edit",
    name="Ideogram V2 Turbo Edit",
    price_nano_usd=50_000_000,
    styles=tuple(Style),
)
MODELS: Final = {model.id: model for model in (IDEOGRAM_V2_EDIT, IDEOGRAM_V2_TURBO_EDIT)}
