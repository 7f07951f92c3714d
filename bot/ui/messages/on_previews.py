"""The words on a preview: what will change, how it was found, what can be done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain import areas
from bot.domain.edits.options import Adjustment, EditKind, Previewing, growth_pixels
from bot.domain.edits.pictures import Note, Question, Reading
from bot.domain.errors import BadArea
from bot.ui.messages import wishes
from bot.ui.messages.limit_names import begun, left
from bot.ui.messages.member_text import escaped, plain
from bot.ui.messages.places import Place
from bot.ui.messages.words import (
    asked,
    count_of,
    noted,
    percent,
    read_as,
    style_name,
    thing_name,
)

if TYPE_CHECKING:
    from bot.domain.areas import Found
    from bot.domain.edits.edit import Edit
    from bot.domain.edits.pictures import AreaChoice
    from bot.domain.limits.status import LimitStatus

PROMPT_LENGTH: Final = 300
AREA_LENGTH: Final = 300
LABEL_LENGTH: Final = 100
"""https://docs.discord.com/developers/components/reference#string-select"""
ALT_LENGTH: Final = 700

WORD: Final = "Edit with this area…"
WORD_TITLE: Final = "Edit with this area"
WORD_PROMPT: Final = "What should it show?"
WORD_PROMPT_HINT: Final = "a red wooden door, half open"
WORD_STYLE: Final = "Style"
UNTOUCHED: Final = "Nothing is bought before you press Run."
FREE_LOOK: Final = "-# Looking at an area is free. The mask above can be attached to any edit."
FREE_LOOK_ALONE: Final = (
    "-# Looking at an area is free. Its mask is too large a file to attach here; "
    "the button above uses it all the same."
)

_LABELS: Final = {
    Adjustment.INVERT: "Invert",
    Adjustment.GROW: "Grow",
    Adjustment.SHRINK: "Shrink",
    Adjustment.SOFTEN: "Softer",
    Adjustment.TURN: "Turn it the other way",
}
INVERT_MOST: Final = "No: change the rest"

_HEADLINES: Final = {
    EditKind.EDIT: "{share} of the picture will change",
    EditKind.ERASE: "{share} of the picture will be erased",
    EditKind.EXTEND: "{share} of the picture will be new",
    EditKind.RELETTER: "{share} of the picture will be re-lettered",
    EditKind.AREA: "This area is {share} of the picture",
}

_ALTS: Final = {
    EditKind.EDIT: "what will change is tinted and outlined",
    EditKind.ERASE: "what will be erased is tinted and outlined",
    EditKind.EXTEND: "the new room is tinted and outlined",
    EditKind.RELETTER: "the lettering that will change is tinted and outlined",
    EditKind.AREA: "the area is tinted and outlined",
}

# Said with the reading already: "the marks on your copy, outlines filled".
_WITH_READING: Final = {
    Note.MARKS_FILLED: "outlines filled",
    Note.MARKS_OPEN: "the strokes themselves, because none closes",
}

_PREVIEWING: Final = {
    Previewing.AUTO: (
        "I show a preview when an area was guessed, or is doubtful; else an edit starts at once."
    ),
    Previewing.ALWAYS: "I show a preview before every edit; nothing starts before you press Run.",
    Previewing.NEVER: (
        "I show no previews: an edit starts at once. Only when I doubt what you mean I still ask."
    ),
}
_CHANGED: Final = "Remembered. "
_PREVIEWING_HINT: Final = "\n-# Change it with `/mine preview when:`; `/area` always shows."


def headline(edit: Edit) -> str:
    """How much of the picture it is about."""
    return f"### {_HEADLINES[edit.kind].format(share=percent(edit.area_share))}"


def alt(edit: Edit) -> str:
    """What is marked, for those who do not see it."""
    said = ", ".join(part for part in (_found(edit, markup=False), _done(edit)) if part)
    found = plain(said, limit=ALT_LENGTH)
    size = f"{edit.width:,} by {edit.height:,} pixels"
    return (
        f"Preview: the picture, {size}; {_ALTS[edit.kind]}: {found}, "
        f"{percent(edit.area_share)} of the picture"
    )


def mask_alt(edit: Edit) -> str:
    """What the mask of an area shows."""
    return f"The mask: white where the area is, {percent(edit.area_share)} of the picture"


def about(edit: Edit) -> str:
    """How the area was found, and what is wanted there."""
    lines = [f"**Area:** {_found(edit, markup=True)}"]
    if done := _done(edit):
        lines.append(f"**Adjusted:** {done}")
    if edit.kind is not EditKind.AREA:
        lines += [*wishes.said(edit, limit=PROMPT_LENGTH), _options(edit)]
    lines += [f"-# {noted(note)}" for note in edit.notes if note not in _WITH_READING]
    return "\n".join(lines)


def doubt(edit: Edit) -> str | None:
    """The doubt that the member must answer, or None."""
    if edit.question is None:
        return None
    return f"**{asked(edit.question)}**"


def standing(found: LimitStatus) -> str:
    """What is left, and that nothing happened yet."""
    return f"-# {begun(left(found, Place.DISCORD))}. {UNTOUCHED}"


def adjust_label(adjustment: Adjustment, edit: Edit | None = None) -> str:
    """What the button of an adjustment says: the answer, where it answers a doubt."""
    if edit is None:
        return _LABELS[adjustment]
    if adjustment is Adjustment.INVERT and edit.question is Question.MOST_OF_IT:
        return INVERT_MOST
    return _LABELS[adjustment]


def choice_label(choice: AreaChoice) -> str:
    """One of several things to choose from, where Discord knows no markup."""
    return plain(choice.label, limit=LABEL_LENGTH) or "…"


def choose(edit: Edit) -> str:
    """What a menu of choices asks."""
    return "Another lettering…" if edit.kind is EditKind.RELETTER else "Another area…"


def previewing(when: Previewing, *, changed: bool) -> str:
    """When a member sees previews."""
    return f"{_CHANGED if changed else ''}{_PREVIEWING[when]}{_PREVIEWING_HINT}"


def previewing_label(when: Previewing) -> str:
    """One of the three, as an option."""
    return {
        Previewing.AUTO: "auto: when it was guessed or is doubtful",
        Previewing.ALWAYS: "always: before every edit",
        Previewing.NEVER: "never: but for doubts",
    }[when]


def _found(edit: Edit, *, markup: bool) -> str:
    """How the area was said and read."""
    said = read_as(edit.reading)
    if edit.reading is Reading.WORDS and edit.area:
        written = escaped if markup else plain
        said = written(edit.area, limit=AREA_LENGTH)
        if things := _things(edit.area):
            names = written(", ".join(map(thing_name, things)), limit=AREA_LENGTH)
            found = f"found automatically: {names}"
            alone = len(things) == 1 and edit.area.strip().casefold() == things[0].thing
            said = found if alone else f"{said} ({found})"
    extra = [_WITH_READING[note] for note in edit.notes if note in _WITH_READING]
    return ", ".join([said, *extra])


def _things(area: str) -> tuple[Found, ...]:
    try:
        return areas.found_in(areas.parse(area))
    except BadArea:  # written by another version: shown as it stands
        return ()


def _done(edit: Edit) -> str:
    """What was done to the area since it was said."""
    adjusted = edit.adjusted
    # Where the rest is shown, what is seen grows as what was said shrinks.
    steps = -adjusted.growth if adjusted.inverted else adjusted.growth
    pixels = growth_pixels(abs(steps), short_side=min(edit.width, edit.height))
    parts = [
        "turned the other way" if adjusted.turned else "",
        "inverted" if adjusted.inverted else "",
        f"{'grown' if steps > 0 else 'shrunk'} by {pixels:,} px" if steps else "",
        f"fades in over {edit.feather:,} px" if adjusted.softness else "",
    ]
    return ", ".join(part for part in parts if part)


def _options(edit: Edit) -> str:
    options = [
        f"**Style:** {style_name(edit.style)}",
        f"**Seed:** {edit.seed}" if edit.seed is not None else "",
        count_of(edit.count, "picture", "pictures"),
        "prompt rewritten by the model" if edit.rewrite else "",
    ]
    return " · ".join(option for option in options if option)
