"""The words of the message menus, their forms, and what is wrong with what was filled in."""

from __future__ import annotations

from typing import Final, assert_never

from bot.domain.errors import FormProblem
from bot.ui.messages.member_text import plain

LABEL_LENGTH: Final = 100
"""https://docs.discord.com/developers/components/reference#string-select"""

EDIT_MENU: Final = "Edit this picture"
RELETTER_MENU: Final = "Re-letter this picture"

PROMPT: Final = "What should change?"
PROMPT_HINT: Final = "a red wooden door, half open"
PROMPT_ABOUT: Final = "Say what should be there. Left empty, what is there now is removed."
WHERE: Final = "Where?"
WHERE_HINT: Final = "Choose a place"
WORDS: Final = "Or say where in words"
WORDS_HINT: Final = 'text:"SALE", sky, bottom 20%, top third - center 40%'
COPY: Final = "Marked copy"
COPY_ABOUT: Final = "This picture with the part drawn on or erased; not cropped. A mask works too."
PICTURE: Final = "Which picture?"
PICTURE_HINT: Final = "Choose a picture"

NEW_WORDS: Final = "New words"
NEW_WORDS_HINT: Final = "SUMMER 2027"
LETTERING: Final = "Which lettering?"
LETTERING_HINT: Final = "SALE"
LETTERING_ABOUT: Final = "The old words, or a place such as “top half”. Left empty, all lettering."

REFILL: Final = "Open the form again"

PLACES: Final = {
    "marks": "I marked a copy",
    "subject": "The subject",
    "background": "The background",
    "text": "The text",
    "faces": "The faces",
    "sky": "The sky",
    "left third": "Left third",
    "right third": "Right third",
    "top third": "Top third",
    "bottom third": "Bottom third",
    "center": "The center",
    "everything - center": "Everything but the center",
    "words": "I say it below",
}
"""What can be chosen, and how it reads: areas, and the two of `bot.domain.edits.options`."""


def picture_label(number: int, name: str) -> str:
    """One of several pictures, where Discord knows no markup."""
    return plain(f"{number}: {name}", limit=LABEL_LENGTH)


def about_form(problem: FormProblem) -> str:
    """Say why a form does not say what should be done."""
    match problem:
        case FormProblem.NO_PICTURE:
            return (
                "That message holds no picture that was sent to Discord as a file; pictures behind "
                "links I do not fetch. Send it as a file, and use the menu there."
            )
        case FormProblem.NO_COPY:
            return (
                "You meant the marks on a copy, but attached none. Attach the copy, or say another "
                "place."
            )
        case FormProblem.NO_WORDS:
            return (
                f"You chose “{PLACES['words']}”, but wrote no place. Write one, such as "
                "“top third”, or choose one."
            )
        case FormProblem.NOWHERE:
            return (
                "I don't know where. Choose a place, write one, or attach a copy with the part "
                "marked."
            )
        case FormProblem.TWO_PLACES:
            return (
                "You chose a place and wrote one too. Leave one of them, so that I know which "
                "counts."
            )
        case FormProblem.COPY_AND_PLACE:
            return (
                "You attached a marked copy and chose a place too. Leave one of them, so that I "
                "know which counts."
            )
        case FormProblem.COPY_AND_WORDS:
            return (
                "You attached a marked copy and wrote a place too. Leave one of them, or say how "
                "they go together, such as “marks - faces”."
            )
        case FormProblem.GONE:
            return (
                "I no longer have that form: I keep it for a day, and only for whoever opened it. "
                "Use the menu on the picture again."
            )
    assert_never(problem)
