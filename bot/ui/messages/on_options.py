"""What the options of a command say while they are filled in, where Discord knows no markup."""

from __future__ import annotations

from typing import Final

from bot.domain.areas import Unit
from bot.domain.edits.options import AspectRatio, Edge, Extension
from bot.ui.messages.member_text import plain

NAME_LENGTH: Final = 100
"""https://docs.discord.com/developers/interactions/application-commands"""

_EDGES: Final = {
    Edge.LEFT: "Left",
    Edge.RIGHT: "Right",
    Edge.TOP: "Top",
    Edge.BOTTOM: "Bottom",
    Edge.SIDES: "Left and right",
    Edge.ALL: "All four sides",
}
_FORMATS: Final = {
    (1, 1): "a square",
    (16, 9): "a wide screen",
    (9, 16): "a phone held upright",
    (4, 3): "a photo",
    (3, 4): "a photo held upright",
}

LETTERINGS: Final = {
    "text": "all lettering",
    "text & top half": "the lettering in the top half",
    "text & bottom half": "the lettering in the bottom half",
    "text & left half": "the lettering in the left half",
    "text & right half": "the lettering in the right half",
    'text:"SALE"': "the lettering that reads “SALE”; type the old words to find them",
}
"""Areas that show how to say which lettering is meant."""


def edge_name(edge: Edge) -> str:
    """Where a picture grows."""
    return _EDGES[edge]


def amount_name(amount: str, extension: Extension) -> str:
    """How much a picture grows, as it was typed and what it means."""
    match extension.amount:
        case AspectRatio(width=width, height=height):
            said = _FORMATS.get((width, height))
            meaning = f"until the picture is {width} by {height}{f', {said}' if said else ''}"
        case length if length.unit is Unit.PERCENT:
            meaning = "of the picture's width or height, on each side that grows"
        case _:
            meaning = "pixels on each side that grows"
    return plain(f"{amount} ({meaning})", limit=NAME_LENGTH)


def lettering_name(area: str) -> str:
    """Which lettering an area means, with the area that says it."""
    said = LETTERINGS.get(area)
    return plain(f"{said}: {area}" if said else area, limit=NAME_LENGTH)


def old_words_name(words: str) -> str:
    """The lettering that reads what was typed."""
    return plain(f"the lettering that reads “{words}”", limit=NAME_LENGTH)
