"""Makes what members write safe to repeat: it mentions nobody and changes no layout."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

ELLIPSIS: Final = "…"

# Control characters, surrogates, and the marks that turn the text around them.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
    "\ud800-\udfff]"
)
_SPACE: Final = re.compile(r"\s+")
# Discord shows any ASCII punctuation behind a backslash as itself. These begin or belong to
# markup, mentions (<@1>), links (https://…), bare invites (discord.gg/…) and lists (1. or -).
_MARKUP: Final = re.compile(r"[\\*_~|`<>#\-+\[\]():/.!@]")
# Discord's server finds "@everyone" whatever stands around it, so something must stand inside.
_AT: Final = re.compile("[@\uff20\ufe6b]")
_RIGHT_TO_LEFT: Final = frozenset(("R", "AL", "AN"))


def plain(text: str, *, limit: int | None = None) -> str:
    """One line without invisible controls, for places where Discord knows no markup.

    Longer than `limit` characters, it is cut, and an ellipsis says so.
    """
    # Spaces first: some of them are control characters.
    text = _UNSEEN.sub("", _SPACE.sub(" ", text)).strip()
    if limit is not None and len(text) > limit:
        text = text[: limit - len(ELLIPSIS)].rstrip() + ELLIPSIS
    return text


def escaped(text: str, *, limit: int | None = None) -> str:
    """The same for places where Discord reads markup: everything in it is shown as typed.

    `limit` counts before escaping, which makes the text up to three times as long.
    """
    text = _MARKUP.sub(r"\\\g<0>", plain(text, limit=limit))
    text = _AT.sub("\\g<0>\u200b", text)
    if any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text):
        # An isolate keeps right-to-left writing from reordering our own words after it.
        return f"\u2068{text}\u2069"
    return text
