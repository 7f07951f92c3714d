"""What is said before an edit: in previews, in the forms of the menus, and what is wrong there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from bot.domain import areas
from bot.domain.edits.options import Adjustment, EditKind, Previewing, growth_pixels
from bot.domain.edits.pictures import Note, Question, Reading
from bot.domain.errors import BadArea, FormProblem
from bot.i18n import N_, _
from bot.ui.texts import labels
from bot.ui.texts.labels import (
    TextTarget,
    escaped,
    percent,
    picture_count,
    plain,
    read_as,
    thing_name,
)
from bot.ui.texts.limits.names import begun, left
from bot.ui.texts.notes import asked, noted

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

WORD: Final = N_("Edit with this area…")
WORD_TITLE: Final = N_("Edit with this area")
WORD_PROMPT: Final = N_("What should it show?")
WORD_STYLE: Final = N_("Style")
UNTOUCHED: Final = N_("Nothing is bought before you press Run.")
FREE_LOOK: Final = N_("-# Looking at an area is free. The mask above can be attached to any edit.")
FREE_LOOK_ALONE: Final = N_(
    "-# Looking at an area is free. Its mask is too large a file to attach here; the button "
    "above uses it all the same."
)

_LABELS: Final = {
    Adjustment.INVERT: N_("Invert"),
    Adjustment.GROW: N_("Grow"),
    Adjustment.SHRINK: N_("Shrink"),
    Adjustment.SOFTEN: N_("Softer"),
    Adjustment.TURN: N_("Turn it the other way"),
}
INVERT_MOST: Final = N_("No: change the rest")

_HEADLINES: Final = {
    EditKind.EDIT: N_("{share} of the picture will change"),
    EditKind.ERASE: N_("{share} of the picture will be erased"),
    EditKind.EXTEND: N_("{share} of the picture will be new"),
    EditKind.RELETTER: N_("{share} of the picture will be re-lettered"),
    EditKind.AREA: N_("This area is {share} of the picture"),
}

_ALTS: Final = {
    EditKind.EDIT: N_("what will change is tinted and outlined"),
    EditKind.ERASE: N_("what will be erased is tinted and outlined"),
    EditKind.EXTEND: N_("the new room is tinted and outlined"),
    EditKind.RELETTER: N_("the lettering that will change is tinted and outlined"),
    EditKind.AREA: N_("the area is tinted and outlined"),
}

# Said with the reading already: "the marks on your copy, outlines filled".
_WITH_READING: Final = {
    Note.MARKS_FILLED: N_("outlines filled"),
    Note.MARKS_OPEN: N_("the strokes themselves, because none closes"),
}

_PREVIEWING: Final = {
    Previewing.AUTO: N_(
        "I show a preview when an area was guessed, or is doubtful; else an edit starts at once."
    ),
    Previewing.ALWAYS: N_(
        "I show a preview before every edit; nothing starts before you press Run."
    ),
    Previewing.NEVER: N_(
        "I show no previews: an edit starts at once. Only when I doubt what you mean I still ask."
    ),
}
_REMEMBERED: Final = N_("Remembered.")
_PREVIEWING_HINT: Final = N_("Change it with `/mine preview when:`; `/area` always shows.")
_PREVIEWING_LABELS: Final = {
    Previewing.AUTO: N_("auto: when it was guessed or is doubtful"),
    Previewing.ALWAYS: N_("always: before every edit"),
    Previewing.NEVER: N_("never: only when unsure"),
}


def headline(edit: Edit) -> str:
    """How much of the picture it is about."""
    share = percent(edit.area_share)
    return f"### {_HEADLINES[edit.kind]().format(share=share)}"


def alt(edit: Edit) -> str:
    """What is marked, for those who do not see it."""
    said = ", ".join(part for part in (_found(edit, markup=False), _done(edit)) if part)
    found = plain(said, limit=ALT_LENGTH)
    size = _("{width:,} by {height:,} pixels").format(width=edit.width, height=edit.height)
    return _("Preview: the picture, {size}; {alts}: {found}, {share} of the picture").format(
        size=size, alts=_ALTS[edit.kind](), found=found, share=percent(edit.area_share)
    )


def mask_alt(edit: Edit) -> str:
    """What the mask of an area shows."""
    return _("The mask: white where the area is, {share} of the picture").format(
        share=percent(edit.area_share)
    )


def about(edit: Edit) -> str:
    """How the area was found, and what is wanted there."""
    lines = [_("**Area:** {found}").format(found=_found(edit, markup=True))]
    if done := _done(edit):
        lines.append(_("**Adjusted:** {done}").format(done=done))
    if edit.kind is not EditKind.AREA:
        lines += [*labels.said(edit, limit=PROMPT_LENGTH)]
        lines.append(labels.options(edit, picture_count(edit.count)))
    lines += [f"-# {noted(note)}" for note in edit.notes if note not in _WITH_READING]
    return "\n".join(lines)


def doubt(edit: Edit) -> str | None:
    """The doubt that the member must answer, or None."""
    if edit.question is None:
        return None
    return f"**{asked(edit.question)}**"


def standing(found: LimitStatus) -> str:
    """What is left, and that nothing happened yet."""
    return f"-# {begun(left(found, TextTarget.DISCORD))}. {UNTOUCHED}"


def adjust_label(adjustment: Adjustment, edit: Edit | None = None) -> str:
    """What the button of an adjustment says: the answer, where it answers a doubt."""
    if edit is None:
        return _LABELS[adjustment]()
    if adjustment is Adjustment.INVERT and edit.question is Question.MOST_OF_IT:
        return INVERT_MOST()
    return _LABELS[adjustment]()


def choice_label(choice: AreaChoice) -> str:
    """One of several things to choose from, where Discord knows no markup."""
    return plain(choice.label, limit=LABEL_LENGTH) or "…"


def choose(edit: Edit) -> str:
    """What a menu of choices asks."""
    return _("Another lettering…") if edit.kind is EditKind.RELETTER else _("Another area…")


def previewing(when: Previewing, *, changed: bool) -> str:
    """When a member sees previews."""
    said = f"{_REMEMBERED} {_PREVIEWING[when]}" if changed else _PREVIEWING[when]()
    return f"{said}\n-# {_PREVIEWING_HINT}"


def previewing_label(when: Previewing) -> str:
    """One of the three, as an option."""
    return _PREVIEWING_LABELS[when]()


def _found(edit: Edit, *, markup: bool) -> str:
    """How the area was said and read."""
    said = read_as(edit.reading)
    if edit.reading is Reading.WORDS and edit.area:
        written = escaped if markup else plain
        said = written(edit.area, limit=AREA_LENGTH)
        if things := _things(edit.area):
            names = written(", ".join(map(thing_name, things)), limit=AREA_LENGTH)
            found = _("found automatically: {names}").format(names=names)
            alone = len(things) == 1 and edit.area.strip().casefold() == things[0].thing
            said = found if alone else f"{said} ({found})"
    extra = [_WITH_READING[note]() for note in edit.notes if note in _WITH_READING]
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
        _("turned the other way") if adjusted.turned else "",
        _("inverted") if adjusted.inverted else "",
        _("grown by {pixels:,} px").format(pixels=pixels) if steps > 0 else "",
        _("shrunk by {pixels:,} px").format(pixels=pixels) if steps < 0 else "",
        _("fades in over {feather:,} px").format(feather=edit.feather) if adjusted.softness else "",
    ]
    return ", ".join(part for part in parts if part)


EDIT_MENU: Final = N_("Edit this picture")
RELETTER_MENU: Final = N_("Re-letter this picture")

PROMPT: Final = N_("What should change?")
PROMPT_HINT: Final = N_("a red wooden door, half open")
PROMPT_ABOUT: Final = N_("Say what should be there. Leave empty to remove it.")
WHERE: Final = N_("Where?")
WHERE_HINT: Final = N_("Choose a place")
WORDS: Final = N_("Or say where in words")
WORDS_HINT: Final = N_('text:"SALE", sky, bottom 20%, top third - center 40%')
COPY: Final = N_("Marked copy")
COPY_ABOUT: Final = N_(
    "This picture with the part drawn on or erased; not cropped. A mask works too."
)
PICTURE: Final = N_("Which picture?")
PICTURE_HINT: Final = N_("Choose a picture")

NEW_WORDS: Final = N_("New words")
NEW_WORDS_HINT: Final = N_("SUMMER 2027")
LETTERING: Final = N_("Which lettering?")
LETTERING_HINT: Final = N_("SALE")
LETTERING_ABOUT: Final = N_(
    "The old words, or a place such as “top half”. Leave empty for all lettering."
)

REFILL: Final = N_("Open the form again")

PLACES: Final = {
    "marks": N_("I marked a copy"),
    "subject": N_("The subject"),
    "background": N_("The background"),
    "text": N_("The text"),
    "faces": N_("The faces"),
    "sky": N_("The sky"),
    "left third": N_("Left third"),
    "right third": N_("Right third"),
    "top third": N_("Top third"),
    "bottom third": N_("Bottom third"),
    "center": N_("The center"),
    "everything - center": N_("Everything but the center"),
    "words": N_("Described below"),
}
"""What can be chosen, and how it reads: areas, and the two names of `bot.domain.edits.options`."""


def picture_label(number: int, name: str) -> str:
    """One of several pictures, where Discord knows no markup."""
    return plain(f"{number}: {name}", limit=LABEL_LENGTH)


def about_form(problem: FormProblem) -> str:
    """Say why a form does not say what should be done."""
    match problem:
        case FormProblem.NO_PICTURE:
            return _(
                "That message holds no picture that was sent to Discord as a file; "
                "pictures behind links I do not fetch. Send it as a file, and use the menu "
                "there."
            )
        case FormProblem.NO_COPY:
            return _(
                "You meant the marks on a copy, but attached none. Attach the copy, or say "
                "another place."
            )
        case FormProblem.NO_WORDS:
            return _(
                "You chose “{words}”, but wrote no place. Write one, such as “top third”, "
                "or choose one."
            ).format(words=PLACES["words"]())
        case FormProblem.NOWHERE:
            return _(
                "I don't know where. Choose a place, write one, or attach a copy with the "
                "part marked."
            )
        case FormProblem.TWO_PLACES:
            return _(
                "You chose a place and wrote one too. Leave one of them, so that I know "
                "which counts."
            )
        case FormProblem.COPY_AND_PLACE:
            return _(
                "You attached a marked copy and chose a place too. Leave one of them, so "
                "that I know which counts."
            )
        case FormProblem.COPY_AND_WORDS:
            return _(
                "You attached a marked copy and wrote a place too. Leave one of them, or "
                "say how they go together, such as “marks - faces”."
            )
        case FormProblem.GONE:
            return _(
                "I no longer have that form: I keep it for a day, and only for the "
                "member who opened it. Use the menu on the picture again."
            )
    assert_never(problem)
