"""What the model is told: the member's words made safe, or a recipe for wishes that need none."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from typing import Final

from bot.domain import areas
from bot.domain.edits.options import EditKind
from bot.domain.errors import BadArea, BadPrompt, PromptProblem

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
    if all(
        character in _BLANK_LETTERS or unicodedata.category(character) in _UNSEEN_CATEGORIES
        for character in text
    ):
        raise BadPrompt(PromptProblem.EMPTY)
    if len(text) > limit:
        raise BadPrompt(PromptProblem.TOO_LONG, length=len(text), limit=limit)
    return text


def _without_storms(text: str) -> str:
    """Keep at most a few marks on each letter; scripts and emoji never need more."""
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= _MAX_MARKS:
            kept.append(character)
    return "".join(kept)


ERASE: Final = (
    "Remove what is there. Only the background remains, continued seamlessly from what surrounds "
    "it: same texture, light and perspective, no new objects, no text."
)
EXTEND: Final = (
    "Continue the picture beyond its edge, seamlessly: same place, light, perspective and style."
)
_SAID_FIRST: Final = ". "
_WORDS_BEGIN: Final = 'The lettering reads "'
_WORDS_END: Final = (
    '", in the same style, colour, material and perspective as the lettering it replaces; the '
    "surface behind it is unchanged."
)
ROOM_ROUND_LETTERS: Final = areas.Length(Fraction(1), areas.Unit.PERCENT)
"""Round the lettering that is replaced, and where the new picture fades in, so that none of the old
letters shine through. With `text` alone they did in 10 of 15 labelled pictures, like this in one.
"""
LETTERING: Final = f"text grow {ROOM_ROUND_LETTERS} feather {ROOM_ROUND_LETTERS}"
"""The area of all lettering."""
ROOM_ROUND_THINGS: Final = areas.Length(Fraction(2), areas.Unit.PERCENT)
"""Deeper than the feather, which would let a rim of the thing shine through."""
_AROUND: Final = " \t\n\"'“”„‘’«»"
"""What people put around words they quote."""


def full_prompt(kind: EditKind, typed: str, *, limit: int) -> str:
    """What is sent for a wish, from what the member typed; empty for a look at an area.

    `limit` is in code points, and holds for the whole prompt.

    Raises:
        BadPrompt: words are needed and there are none, or they are too long or unreadable.
    """
    match kind:
        case EditKind.EDIT:
            return clean(typed, limit=limit)
        case EditKind.ERASE:
            return ERASE
        case EditKind.RELETTER:
            return clean(reletter(clean(typed, limit=limit)), limit=limit)
        case EditKind.EXTEND:
            said = clean(typed, limit=limit) if typed.strip() else ""
            return clean(extend(said), limit=limit)
        case EditKind.AREA:
            return clean(typed, limit=limit) if typed.strip() else ""


def extend(said: str) -> str:
    """What is asked for new room; what the member says about it comes first."""
    said = said.strip()
    return f"{said}{_SAID_FIRST}{EXTEND}" if said else EXTEND


def reletter(words: str) -> str:
    """What is asked to change lettering: the new words in quotes, and nothing else new.

    Ideogram draws what stands in double quotes as text, so quotes inside become single ones.
    """
    said = " ".join(words.replace('"', "'").split())
    return f"{_WORDS_BEGIN}{said}{_WORDS_END}"


def typed(kind: EditKind, prompt: str) -> str:
    """What a member typed for a wish, read from what is sent for it; the way back of `prompt`.

    A prompt that no recipe of this version made is given back as it is.

    >>> typed(EditKind.EXTEND, extend("a lighthouse")), typed(EditKind.RELETTER, reletter("SALE"))
    ('a lighthouse', 'SALE')
    """
    match kind:
        case EditKind.EDIT | EditKind.AREA:
            return prompt
        case EditKind.ERASE:
            return "" if prompt == ERASE else prompt
        case EditKind.EXTEND:
            return "" if prompt == EXTEND else prompt.removesuffix(f"{_SAID_FIRST}{EXTEND}")
        case EditKind.RELETTER:
            if prompt.startswith(_WORDS_BEGIN) and prompt.endswith(_WORDS_END):
                return prompt[len(_WORDS_BEGIN) : -len(_WORDS_END)]
            return prompt


def erasable_area(area: str | None) -> str | None:
    """The area to erase: things that are found get a little room, so that no rim of them is left.

    What a member grew or shrank, drew or measured is taken as it was said.

    >>> erasable_area("subject"), erasable_area("everything - subject")
    ('subject grow 2%', 'everything - subject')
    """
    if area is None:
        return None
    try:
        parsed = areas.parse(area)
    except BadArea:
        return area  # told where it is looked for
    feather = areas.feather_of(parsed)
    things = parsed.area if isinstance(parsed, areas.Feathered) else parsed
    if not _are_things(things):
        return area
    grown = areas.Grown(things, ROOM_ROUND_THINGS)
    return str(grown if feather is None else areas.Feathered(grown, feather))


def _are_things(area: areas.Area) -> bool:
    match area:
        case areas.Found(thing=thing):
            return thing not in (areas.Thing.BACKGROUND, areas.Thing.SKY)
        case areas.Union(first, second):
            return _are_things(first) and _are_things(second)
        case _:
            return False


def lettering_area(where: str | None) -> str:
    """The area of the lettering a member means: all of it, an area in words, or what it says now.

    >>> lettering_area(None), lettering_area("left half"), lettering_area("SALE")
    ('text grow 1% feather 1%', 'left half', 'text:"SALE"')
    """
    if where is None or not where.strip():
        return LETTERING
    try:
        said = areas.parse(where)
    except BadArea:
        said = areas.Found(areas.Thing.TEXT, words=where.strip(_AROUND))
        where = str(said)
    return LETTERING if said == areas.Found(areas.Thing.TEXT) else where
