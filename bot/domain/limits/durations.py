"""Lengths of time as moderators write them: `30m`, `12h`, `7d`, `2w`, `1mo`, and `1d12h`."""

from __future__ import annotations

import re
from typing import Final

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR

# Largest first. `m` is minutes everywhere; a month is thirty days.
_UNITS: Final = {"mo": 30 * _DAY, "w": 7 * _DAY, "d": _DAY, "h": _HOUR, "m": _MINUTE}
_MOST_DIGITS: Final = 6
_PART: Final = re.compile(rf"([0-9]{{1,{_MOST_DIGITS}}}) ?(mo|[wdhm])")
_WORDS: Final = re.compile(r"\s*(months?|weeks?|days?|hours?|minutes?|mins?)\b")
_SHORT: Final = {"month": "mo", "week": "w", "day": "d", "hour": "h", "minute": "m", "min": "m"}


def parse(text: str) -> int:
    """Read a length of time as seconds; each unit once, the larger before the smaller.

    Raises:
        ValueError: it is not one.
    """
    text = _WORDS.sub(lambda word: _SHORT[word[1].removesuffix("s")], text.strip().casefold())
    text = re.sub(r"\s+", "", text)
    parts = [(int(part[1]), part[2]) for part in _PART.finditer(text)]
    if not parts or "".join(f"{part[0]}" for part in _PART.finditer(text)) != text:
        raise ValueError("no length of time")
    lengths = [_UNITS[unit] for _, unit in parts]
    if lengths != sorted(set(lengths), reverse=True):
        raise ValueError("each unit once, the larger before the smaller")
    return sum(number * _UNITS[unit] for number, unit in parts)
