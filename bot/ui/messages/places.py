"""Where a sentence is read decides how moments and members' words are written."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from bot.ui.messages.member_text import escaped, plain

LONGEST_QUOTE = 200
"""Characters of a member's text that are repeated in a sentence."""


class Place(StrEnum):
    """Where a sentence is read."""

    DISCORD = "discord"
    SHELL = "shell"


def moment(when: float, place: Place) -> str:
    """A point in time (unix seconds), in the reader's own time zone."""
    if place is Place.DISCORD:
        return f"<t:{int(when)}:R>"
    return f"on {datetime.fromtimestamp(when, tz=UTC).astimezone():%Y-%m-%d at %H:%M}"


def moment_in_full(when: float) -> str:
    """A point in time (unix seconds) with its date, as Discord shows it to each reader."""
    return f"<t:{int(when)}:f>"


def quoted(text: object, place: Place) -> str:
    """A member's own words inside a sentence."""
    if place is Place.DISCORD:
        return f"“{escaped(str(text), limit=LONGEST_QUOTE)}”"
    return f"“{plain(str(text), limit=LONGEST_QUOTE)}”"
