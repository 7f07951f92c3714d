"""What moderators write about limits, read: amounts, the end of a boost, reasons."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import MICRO_DIGITS, MICRO_PER_USD, parse_usd
from bot.domain.edits.prompts import clean
from bot.domain.errors import BadLimit, BadPrompt, LimitProblem, PromptProblem
from bot.domain.limits import durations

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

LARGEST_CAP: Final = 1_000_000 * MICRO_PER_USD
"""A million dollars, in micro-USD: above it an amount is a slip of the keyboard."""
REASON_LENGTH: Final = 200
"""Characters: a sentence or two, of which twenty fit on a card."""
LONGEST_BOOST_DAYS: Final = 366
SHORTEST_BOOST_SECONDS: Final = 60
CLOSED: Final = "closed"
NONE: Final = "none"

_LONGEST_AMOUNT: Final = 40
_DOLLARS: Final = re.compile(r"(?:\$|usd)?\s*([^\s$]*?)\s*(?:\$|usd|dollars?)?", re.IGNORECASE)
_COMMA: Final = re.compile(r"([0-9]+),([0-9]{1,2})")
_THOUSANDS: Final = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?")
_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[ T]+([0-9]{1,2}):([0-9]{2}))?")


def parse_cap(text: str) -> int:
    """Read the amount of a limit as micro-USD: "$0.80", "0.80", "1"; "closed" is 0.

    Raises:
        BadLimit: it is not an amount, too fine, or absurdly large.
    """
    if text.strip().casefold() == CLOSED:
        return 0
    return _amount(text)


def parse_cap_or_none(text: str) -> int | None:
    """Read the amount of a limit that may also be taken away: "none" is None.

    Raises:
        BadLimit: as `parse_cap`.
    """
    return None if text.strip().casefold() == NONE else parse_cap(text)


def parse_extra(text: str) -> int:
    """Read the amount of a boost as micro-USD, which is more than nothing.

    Raises:
        BadLimit: as `parse_cap`, or it is nothing.
    """
    amount = _amount(text.strip().removeprefix("+"))
    if amount == 0:
        raise BadLimit(LimitProblem.NOTHING)
    return amount


def _amount(text: str) -> int:
    text = text.strip()
    found = _DOLLARS.fullmatch(text) if len(text) <= _LONGEST_AMOUNT else None
    digits = found[1] if found else ""
    if comma := _COMMA.fullmatch(digits):
        raise BadLimit(LimitProblem.NO_AMOUNT, text=text, meant=f"{comma[1]}.{comma[2]}")
    if _THOUSANDS.fullmatch(digits):
        digits = digits.replace(",", "")
    if not re.fullmatch(r"[0-9]+\.?[0-9]*|\.[0-9]+", digits):
        raise BadLimit(LimitProblem.NO_AMOUNT, text=text)
    if len(digits.partition(".")[2].rstrip("0")) > MICRO_DIGITS:
        raise BadLimit(LimitProblem.TOO_FINE, text=text)
    try:
        amount = parse_usd(digits)
    except ValueError:
        amount = LARGEST_CAP + 1
    if amount > LARGEST_CAP:
        raise BadLimit(LimitProblem.TOO_LARGE, limit=LARGEST_CAP)
    return amount


def parse_end(text: str, *, now: float, zone: ZoneInfo) -> int:
    """Read when a boost ends, in unix seconds: after a length of time, or with a date.

    A date means its whole day, and with a time that moment, both in `zone`.

    Raises:
        BadLimit: it is neither, past, too near, or more than a year ahead.
    """
    text = text.strip()
    moment = _moment(text, zone)
    if moment is None:
        try:
            moment = math.ceil(now) + durations.parse(text)
        except ValueError:
            raise BadLimit(LimitProblem.NO_DURATION, text=text) from None
    elif moment <= now:
        raise BadLimit(LimitProblem.PAST)
    if moment < now + SHORTEST_BOOST_SECONDS:
        raise BadLimit(LimitProblem.TOO_SHORT)
    if moment > math.ceil(now) + LONGEST_BOOST_DAYS * 86_400:
        raise BadLimit(LimitProblem.TOO_LONG, days=LONGEST_BOOST_DAYS)
    return moment


def _moment(text: str, zone: ZoneInfo) -> int | None:
    found = _DATE.fullmatch(text) if text.isascii() else None
    if found is None:
        return None
    year, month, day, hour, minute = (int(part) if part else None for part in found.groups())
    try:
        if hour is None:
            whole = datetime(year or 0, month or 0, day or 0, tzinfo=zone) + timedelta(days=1)
            return int(whole.timestamp())
        return int(
            datetime(year or 0, month or 0, day or 0, hour, minute or 0, tzinfo=zone).timestamp()
        )
    except (ValueError, OverflowError):
        raise BadLimit(LimitProblem.NO_DURATION, text=text) from None


def clean_reason(text: str, *, required: bool = False) -> str:
    """A reason in one line, safe to store; empty where none is given and none is `required`.

    Raises:
        BadLimit: it is longer than `REASON_LENGTH`, or missing.
    """
    # Unlike a prompt a reason is only read: what cannot be seen is left out of it.
    seen = "".join(
        " " if character.isspace() else character
        for character in text[: 10 * REASON_LENGTH]
        if character.isspace() or unicodedata.category(character) not in {"Cc", "Cs"}
    )
    try:
        return clean(" ".join(seen.split()), limit=REASON_LENGTH)
    except BadPrompt as bad:
        if bad.problem is PromptProblem.TOO_LONG:
            raise BadLimit(LimitProblem.LONG_REASON, limit=REASON_LENGTH) from None
        if required:
            raise BadLimit(LimitProblem.NO_REASON) from None
        return ""
