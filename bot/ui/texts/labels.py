"""Names for what the rules count and store, and members' words made safe to repeat."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final, assert_never

from bot.domain.areas import Thing
from bot.domain.catalog import Style
from bot.domain.edits import prompts
from bot.domain.edits.options import EditKind
from bot.domain.edits.pictures import Reading
from bot.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from bot.domain.areas import Found
    from bot.domain.edits.edit import Edit

_READINGS: Final = {
    Reading.WORDS: N_("the area in your words"),
    Reading.WHITE_CHANGES: N_("your mask, white changes"),
    Reading.BLACK_CHANGES: N_("your mask, black changes"),
    Reading.ALPHA_CHANGES: N_("your mask, its transparent part changes"),
    Reading.PAINT_CHANGES: N_("your mask, the painted part changes"),
    Reading.ERASED: N_("the part you erased from the picture"),
    Reading.ERASED_COPY: N_("the part you erased from your copy"),
    Reading.MARKED_COPY: N_("the marks on your copy"),
    Reading.EXTENDED: N_("the new room beside the picture"),
}

_STYLES: Final = {
    Style.AUTO: N_("Auto"),
    Style.GENERAL: N_("General"),
    Style.REALISTIC: N_("Realistic"),
    Style.DESIGN: N_("Design"),
    Style.RENDER_3D: N_("3D render"),
    Style.ANIME: N_("Anime"),
}

_THINGS: Final = {
    Thing.SUBJECT: N_("subject"),
    Thing.BACKGROUND: N_("background"),
    Thing.TEXT: N_("text"),
    Thing.FACES: N_("faces"),
    Thing.SKY: N_("sky"),
}


def read_as(reading: Reading) -> str:
    """How the area was said, to stand inside a line."""
    return _READINGS[reading]()


def thing_name(found: Found) -> str:
    """What was looked for in the picture."""
    name = _THINGS[found.thing]()
    return name if found.words is None else f"{name} “{found.words}”"


def thing(word: str) -> str:
    """What a word of the language of areas means in pictures; empty for other words."""
    return next((name() for found, name in _THINGS.items() if found == word), "")


def style_name(style: Style) -> str:
    """A style as members choose it."""
    return _STYLES[style]()


def percent(share: float) -> str:
    """A part of the picture, 0 to 1; never rounded down to nothing."""
    if 0 < share < 0.001:
        return _("less than 0.1%")
    return f"{100 * share:.1f}%".replace(".0%", "%")


def picture_count(number: int) -> str:
    """How many pictures."""
    return ngettext("{count:,} picture", "{count:,} pictures", number)


LONGEST_QUOTE = 200
"""Characters of a member's text that are repeated in a sentence."""


class TextTarget(StrEnum):
    """Where a sentence is read."""

    DISCORD = "discord"
    SHELL = "shell"


def moment(when: float, place: TextTarget) -> str:
    """A point in time (unix seconds), in the reader's own time zone."""
    if place is TextTarget.DISCORD:
        return f"<t:{int(when)}:R>"
    return _("on {day:%Y-%m-%d at %H:%M}").format(
        day=datetime.fromtimestamp(when, tz=UTC).astimezone()
    )


def moment_in_full(when: float) -> str:
    """A point in time (unix seconds) with its date, as Discord shows it to each reader."""
    return f"<t:{int(when)}:f>"


def quoted(text: object, place: TextTarget) -> str:
    """A member's own words inside a sentence."""
    if place is TextTarget.DISCORD:
        return f"“{escaped(str(text), limit=LONGEST_QUOTE)}”"
    return f"“{plain(str(text), limit=LONGEST_QUOTE)}”"


def did_you_mean(nearest: str) -> str:
    """Offer the nearest to what was not understood, after another sentence."""
    return _(" Did you mean {nearest}?").format(nearest=nearest)


BESIDE_SERVERS: Final = N_("direct messages and the shell")
"""Where an edit comes from that belongs to no server."""

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


# ---- what a member wished for, as they said it: never the recipe that was made of it -----------

_LABELS: Final = {
    EditKind.EDIT: N_("Prompt"),
    EditKind.ERASE: N_("Prompt"),  # of another version: nobody writes one
    EditKind.EXTEND: N_("Prompt"),
    EditKind.RELETTER: N_("New words"),
    EditKind.AREA: N_("Prompt"),
}

_NAMES: Final = {
    EditKind.ERASE: N_("Erase"),
    EditKind.EXTEND: N_("Extend"),
    EditKind.RELETTER: N_("Re-letter"),
    EditKind.AREA: N_("Look at an area"),
}


def said(edit: Edit, *, limit: int) -> list[str]:
    """The line of a card that repeats the member's words, if there are any."""
    words = prompts.typed(edit.kind, edit.prompt)
    return [f"**{_LABELS[edit.kind]}:** {escaped(words, limit=limit)}"] if words else []


def options(edit: Edit, *more: str) -> str:
    """What else was chosen, with `more` before what is done to the prompt."""
    chosen = [
        _("**Style:** {style}").format(style=style_name(edit.style)),
        _("**Seed:** {seed}").format(seed=edit.seed) if edit.seed is not None else "",
        *more,
        _("prompt rewritten by the model") if edit.rewrite else "",
    ]
    return " · ".join(option for option in chosen if option)


def name(edit: Edit, *, limit: int) -> str:
    """An edit in a list, where Discord reads markup."""
    return _named(edit, escaped(prompts.typed(edit.kind, edit.prompt), limit=limit))


def plain_name(edit: Edit, *, limit: int | None = None) -> str:
    """An edit in a list, where Discord knows no markup."""
    return _named(edit, plain(prompts.typed(edit.kind, edit.prompt), limit=limit))


def _named(edit: Edit, words: str) -> str:
    return ": ".join(
        part for part in (_NAMES[edit.kind]() if edit.kind in _NAMES else "", words) if part
    )


def shown(edit: Edit, *, limit: int) -> str:
    """What a finished picture shows, for those who do not see it."""
    share = percent(edit.area_share)
    words = plain(prompts.typed(edit.kind, edit.prompt), limit=limit)
    match edit.kind:
        case EditKind.EDIT | EditKind.AREA:
            return _("{share} of it shows: {words}").format(share=share, words=words)
        case EditKind.ERASE:
            return _("what was on {share} of it is erased").format(share=share)
        case EditKind.EXTEND:
            new = _("{share} of it is new room").format(share=share)
            return f"{new}: {words}" if words else new
        case EditKind.RELETTER:
            return _("the lettering on {share} of it reads: {words}").format(
                share=share, words=words
            )
        case _:
            assert_never(edit.kind)
