"""When a member must see what would change before they can say yes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain import areas
from bot.domain.edits import EditKind, Previewing
from bot.domain.pictures import Note, Reading

if TYPE_CHECKING:
    from bot.domain.edits import Edit

DOUBTFUL_READINGS: Final = frozenset(
    {
        Reading.BLACK_CHANGES,
        Reading.ALPHA_CHANGES,
        Reading.PAINT_CHANGES,
        Reading.MARKED_COPY,
        Reading.ERASED_COPY,
    }
)
"""Ways to read a file that another member may have meant the other way round, or that were guessed
by comparing it with the picture."""

DOUBTFUL_NOTES: Final = frozenset(
    {
        Note.SIXTEEN_BIT,
        Note.CMYK,
        Note.MASK_SCALED,
        Note.MASK_TURNED,
        Note.MASK_ROUNDED,
        Note.MASK_SPECKLED,
        Note.MARKS_FILLED,
        Note.MARKS_OPEN,
        Note.SUBJECT_UNSURE,
        Note.FACES_UNSURE,
        Note.SKY_UNSURE,
        Note.TEXT_UNSURE,
        Note.TEXT_WITHOUT_READER,
        Note.PARTS_APART,
    }
)
"""What was done to a member's files that they may want to see before they pay."""

ALWAYS_GUESSED: Final = frozenset({EditKind.EXTEND, EditKind.RELETTER})


def is_shown_first(previewing: Previewing, edit: Edit, *, is_guessed: bool) -> bool:
    """Whether a draft waits for a yes to its preview.

    `is_guessed`: the area was found in the picture, not said. A question always asks, and a look
    is nothing but its preview.
    """
    if edit.question is not None or edit.kind is EditKind.AREA:
        return True
    match previewing:
        case Previewing.ALWAYS:
            return True
        case Previewing.NEVER:
            return False
        case Previewing.AUTO:
            return (
                is_guessed
                or edit.kind in ALWAYS_GUESSED
                or edit.reading in DOUBTFUL_READINGS
                or not DOUBTFUL_NOTES.isdisjoint(edit.notes)
            )


def is_guessed(area: str | None) -> bool:
    """Whether an area in words is looked for in the picture, instead of measured.

    Raises:
        BadArea: the words are not understood.
    """
    if area is None or not area.strip():
        return False
    said = areas.parse(area)
    return bool(areas.found_in(said)) or areas.says_marks(said)
