"""What a prompt asks of a painter that cannot draw subjects: words, colours, light, or nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.engine.painting.tint import Colour, find_colours

_QUOTES = re.compile(
    r"\"([^\"]{1,200})\"|[“„”]([^“”„]{1,200})[”“]|«([^»]{1,200})»|‘(.{1,200}?)’(?!\w)"
    r"|(?<!\w)'([^']{1,200})'(?!\w)"
)
_CAPITALS = re.compile(
    r"\b(?:says|saying|reads|reading|lettered|labelled|labeled)\s*:?\s*"
    r"((?:[A-Z0-9][A-Z0-9&!?'.-]*\s?){1,8})(?![a-z])"
)
_REMOVE = re.compile(
    r"\b(remove|removed|erase|delete|get rid|take away|take out|clean up|clear away|disappear)\b"
)
_WRITE = re.compile(
    r"\b(says?|saying|reads?|write|written|add|letter|with the (words?|text)|print)\b"
)
_REPLACE = re.compile(r"\b(with|by|to|into|instead)\b")
_LETTERS = re.compile(
    r"^\s+(?:(?!sign|board|poster|banner|label|plate|wall)[\w-]+\s+)?"
    r"(letters?|lettering|text|writing|words?|font|type)\b"
)
_LETTERS_BEFORE = re.compile(
    r"\b(letters?|lettering|text|writing|written|words?|printed|painted|font) (?:is |are )?in "
    r"(?:\w+ )?$"
)
_BOARD = re.compile(
    r"\b(sign|signs|signboard|billboard|board|poster|plate|plaque|placard|banner|label|shopfront)\b"
)
_SURFACE = re.compile(
    r"\b(wall|background|backdrop|sky|ground|floor|grass|lawn|water|sea|surface|ceiling|field|"
    r"sand|road|pavement|gradient)\b"
)
_WOOD = re.compile(r"\b(wood|wooden|timber|oak)\b")
_DARK = re.compile(r"\b(dark|darker|night|dim|gloomy|midnight|shadowy|dusk|moonlight)\b")
_LIGHT = re.compile(r"\b(bright|brighter|sunny|sunlit|sunlight|daylight|lighter|sunshine)\b")
_SERIF = re.compile(r"\b(serif|vintage|classic|elegant|old[- ]fashioned|antique|antiqua)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptIntent:
    """A prompt as far as the painter understands it; everything else is plain filling.

    `light` runs from -1 (night) to 1 (sun). `surface` says that the colour is meant for whatever
    lies behind, not for the thing that stands there now.
    """

    text: str | None = None
    colour: Colour | None = None
    letters: Colour | None = None
    light: float = 0.0
    remove: bool = False
    board: bool = False
    surface: bool = False
    serif: bool = False
    wood: bool = False


def read_intent(prompt: str) -> PromptIntent:
    """Understand a prompt as far as words, colours and light go."""
    text, rest = _quoted(prompt)
    rest = rest.lower()
    remove = bool(_REMOVE.search(rest)) or not prompt.strip()
    if remove and not _WRITE.search(rest):
        return PromptIntent(remove=True)
    colour, letters, plain = _colours(rest, lettered=text is not None)
    light = -1.0 if _DARK.search(plain) else 1.0 if _LIGHT.search(plain) else 0.0
    return PromptIntent(
        text=text,
        colour=colour,
        letters=letters,
        light=light,
        remove=remove,
        board=bool(_BOARD.search(rest)),
        surface=bool(_SURFACE.search(rest)),
        serif=bool(_SERIF.search(rest)),
        wood=bool(_WOOD.search(rest)),
    )


def _quoted(prompt: str) -> tuple[str | None, str]:
    """Return the text to letter, and the prompt without it."""
    found = list(_QUOTES.finditer(prompt))
    if not found:
        capitals = _CAPITALS.search(prompt)
        if capitals is None:
            return None, prompt
        return capitals[1].strip(" .-"), prompt[: capitals.start(1)] + prompt[capitals.end(1) :]
    words = [next(group for group in match.groups() if group) for match in found]
    rest = _QUOTES.sub(" … ", prompt)
    # 'replace "CLOSED" with "OPEN"' names the old words first.
    if len(found) > 1 and _REPLACE.search(prompt[found[-2].end() : found[-1].start()].lower()):
        words = words[-1:]
    text = "\n".join(word.strip() for word in words).strip()
    return text or None, rest


def _colours(rest: str, *, lettered: bool) -> tuple[Colour | None, Colour | None, str]:
    """Return the area's colour, the letters' colour, and the text without colour words."""
    area: Colour | None = None
    letters: Colour | None = None
    plain = rest
    for start, end, colour in reversed(find_colours(rest)):
        of_letters = lettered and (
            _LETTERS.search(rest[end:]) or _LETTERS_BEFORE.search(rest[:start])
        )
        if of_letters:
            letters = colour
        else:
            area = colour
        plain = plain[:start] + plain[end:]
    return area, letters, plain
