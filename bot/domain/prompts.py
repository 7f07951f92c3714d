"""What a member wants to see, made safe to store, show and send without changing its meaning."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from bot.domain.errors import BadPrompt, PromptProblem

# Far above any model's limit; keeps a forged payload of megabytes from being worked on.
_MAX_RAW: Final = 50_000
# Pointed Hebrew and Vietnamese need three or four; "zalgo" text has dozens.
_MAX_MARKS: Final = 6

_LINE_BREAKS: Final = re.compile("\r\n?|[\u0085\u2028\u2029]")
_UNREADABLE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
# Overrides, embeddings and isolates turn the text around them; the byte order mark says nothing.
_DROPPED: Final = re.compile("[\u202a-\u202e\u2066-\u2069\ufeff]")
# Letters by their category, but drawn as nothing: Hangul fillers and the empty Braille pattern.
_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_UNSEEN_CATEGORIES: Final = frozenset(("Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me", "Mc"))


def clean(text: str, *, limit: int) -> str:
    """The prompt in NFC, without surrounding space, direction overrides and storms of marks.

    `limit` and the length it is compared with are in code points, after cleaning.

    Raises:
        BadPrompt: it is empty, longer than `limit` (it is never cut), or unreadable.
    """
    if len(text) > max(_MAX_RAW, limit):
        raise BadPrompt(PromptProblem.TOO_LONG, length=len(text), limit=limit)
    text = _LINE_BREAKS.sub("\n", text).replace("\t", " ")
    if _UNREADABLE.search(text):
        raise BadPrompt(PromptProblem.UNREADABLE)
    text = _without_storms(unicodedata.normalize("NFC", _DROPPED.sub("", text))).strip()
    if not any(map(_is_seen, text)):
        raise BadPrompt(PromptProblem.EMPTY)
    if len(text) > limit:
        raise BadPrompt(PromptProblem.TOO_LONG, length=len(text), limit=limit)
    return text


def _is_seen(character: str) -> bool:
    return (
        character not in _BLANK_LETTERS
        and unicodedata.category(character) not in _UNSEEN_CATEGORIES
    )


def _without_storms(text: str) -> str:
    """Keep at most a few marks on each letter; scripts and emoji never need more."""
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= _MAX_MARKS:
            kept.append(character)
    return "".join(kept)
