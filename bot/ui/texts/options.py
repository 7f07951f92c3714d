"""What the options of a command say while they are filled in, where Discord knows no markup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.areas import Unit
from bot.domain.edits.extension import AspectRatio, Edge, Extension
from bot.domain.errors import OptionProblem
from bot.i18n import N_, _
from bot.ui.texts.labels import TextTarget, plain, quoted

if TYPE_CHECKING:
    from bot.domain.errors import BadOption

NAME_LENGTH: Final = 100
"""https://docs.discord.com/developers/interactions/application-commands"""

_EDGES: Final = {
    Edge.LEFT: N_("Left"),
    Edge.RIGHT: N_("Right"),
    Edge.TOP: N_("Top"),
    Edge.BOTTOM: N_("Bottom"),
    Edge.SIDES: N_("Left and right"),
    Edge.ALL: N_("All four sides"),
}
_FORMATS: Final = {
    (1, 1): N_("a square"),
    (16, 9): N_("a wide screen"),
    (9, 16): N_("a phone held upright"),
    (4, 3): N_("a photo"),
    (3, 4): N_("a photo held upright"),
}

LETTERINGS: Final = {
    "text": N_("all lettering"),
    "text & top half": N_("the lettering in the top half"),
    "text & bottom half": N_("the lettering in the bottom half"),
    "text & left half": N_("the lettering in the left half"),
    "text & right half": N_("the lettering in the right half"),
    'text:"SALE"': N_("the lettering that reads “SALE”; type the old words to find them"),
}
"""Areas that show how to say which lettering is meant."""


_WHERE: Final = {
    Edge.LEFT: N_("on the left"),
    Edge.RIGHT: N_("on the right"),
    Edge.TOP: N_("at the top"),
    Edge.BOTTOM: N_("at the bottom"),
    Edge.SIDES: N_("on the left and right"),
}
ALLOWED: Final = (
    N_("{least} to {most}"),
    N_("0 to {most} pixels"),
    N_("left, right, top, bottom, sides or all"),
    N_("a length such as 20% or 128px, or a format such as 16:9"),
    N_("above 0, and at most {percent}% or {pixels}px"),
    N_("a format from {most}:1 to 1:{most}"),
    N_("another format than the picture's own, {width} × {height}, or a length"),
    N_("a name that ends in .png"),
    N_("another file than what you give me"),
    N_("another file than --out"),
    N_("a file I can write ({reason})"),
)
"""The forms in which rules say what is allowed: here, because rules know no languages."""


def edge_name(edge: Edge) -> str:
    """Where a picture grows."""
    return _EDGES[edge]()


def amount_name(amount: str, extension: Extension) -> str:
    """How much a picture grows, as it was typed and what it means."""
    match extension.amount:
        case AspectRatio(width=width, height=height):
            meaning = _("until the picture is {width} by {height}").format(
                width=width, height=height
            )
            if said := _FORMATS.get((width, height)):
                meaning += f", {said}"
        case length if length.unit is Unit.PERCENT:
            meaning = _("of the picture's width or height, on each side that grows")
        case _:
            meaning = _("pixels on each side that grows")
    return plain(f"{amount} ({meaning})", limit=NAME_LENGTH)


def lettering_name(area: str) -> str:
    """Which lettering an area means, with the area that says it."""
    said = LETTERINGS.get(area)
    return plain(f"{said}: {area}" if said else area, limit=NAME_LENGTH)


def old_words_name(words: str) -> str:
    """The lettering that reads what was typed."""
    return plain(_("the lettering that reads “{words}”").format(words=words), limit=NAME_LENGTH)


def about_option(error: BadOption, place: TextTarget) -> str:
    """Say what is wrong with an option, and what would do."""
    value = quoted(error.value, place)
    if error.problem is OptionProblem.NOT_ALLOWED:
        name = f"`{error.option}`" if place is TextTarget.DISCORD else f"--{error.option}"
        allowed = _(error.form).format(**error.facts)
        return _("{name} is {value}, but must be {allowed}.").format(
            name=name, value=value, allowed=allowed
        )
    where, every = _WHERE[Edge(str(error.facts["edge"]))](), edge_name(Edge.ALL)
    if error.problem is OptionProblem.TOO_WIDE:
        return _(
            "{format} is wider than your picture, so it can't be reached {where}. Choose {side}, "
            "or {all}."
        ).format(format=error.value, where=where, side=edge_name(Edge.SIDES), all=every)
    return _(
        "{format} is taller than your picture, so it can't be reached {where}. Choose {top}, "
        "{bottom}, or {all}."
    ).format(
        format=error.value,
        where=where,
        top=edge_name(Edge.TOP),
        bottom=edge_name(Edge.BOTTOM),
        all=every,
    )
