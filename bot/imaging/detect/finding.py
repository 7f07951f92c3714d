"""What a finder hands back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.edits.pictures import Note
    from bot.imaging.files.pixels import Bytes


@dataclass(frozen=True, slots=True)
class Finding:
    """Where something was found: `mask` is height x width, 0 or 255. Notes say what is unsure."""

    mask: Bytes
    notes: tuple[Note, ...] = ()
