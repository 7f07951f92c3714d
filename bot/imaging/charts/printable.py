"""Names of members and channels as a chart can show them: they may hold anything."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Container

# Longer ones are cut before they are measured: a name may be a thousand letters long.
_LONGEST: Final = 60


def drawable(name: str, fallback: str, *, glyphs: Container[int]) -> str:
    """The letters of `name` that the font has (`glyphs`: their code points), else `fallback`.

    Marks that stack up, directions and everything invisible are left out.
    """
    plain = unicodedata.normalize("NFKC", name[: _LONGEST * 4])
    kept = "".join(
        " " if letter.isspace() else letter
        for letter in plain
        if letter.isspace() or (unicodedata.category(letter)[0] in "LNPS" and ord(letter) in glyphs)
    )
    kept = " ".join(kept.split())[:_LONGEST].strip()
    # What is left of a name in another script are its spaces and brackets: that names nobody.
    return kept if any(letter.isalnum() for letter in kept) else fallback


def shortened(text: str, *, room: float, width: Callable[[str], float]) -> str:
    """`text`, cut at its end until its `width` is at most `room`, both in pixels."""
    if width(text) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width(f"{text[:middle].rstrip()}…") <= room:
            low = middle
        else:
            high = middle - 1
    return f"{text[:low].rstrip()}…"
