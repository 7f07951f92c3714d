"""Where a change should happen, from the three ways in which a form asks for it."""

from __future__ import annotations

from typing import Final

from bot.domain import areas
from bot.domain.errors import BadForm, FormProblem

MARKED: Final = "marks"
"""Chosen: a marked copy is attached."""
WRITTEN: Final = "words"
"""Chosen: the place is written below."""


def area_of(chosen: str | None, written: str, *, has_copy: bool) -> str | None:
    """The area a form means; None where only the attached copy, or the picture itself, says it.

    `chosen` is MARKED, WRITTEN, an area, or None. What is left out goes without saying; what
    contradicts is not guessed at.

    Raises:
        BadForm: the answers do not go together, or one is missing.
        BadArea: what was written was not understood.
    """
    written = written.strip()
    says_marks = bool(written) and areas.says_marks(areas.parse(written))
    if chosen not in (None, MARKED, WRITTEN):
        if has_copy:
            raise BadForm(FormProblem.COPY_AND_PLACE)
        if written:
            raise BadForm(FormProblem.TWO_PLACES)
        return chosen
    if chosen == WRITTEN and not written:
        raise BadForm(FormProblem.NO_WORDS)
    if (chosen == MARKED or says_marks) and not has_copy:
        raise BadForm(FormProblem.NO_COPY)
    if has_copy and written and not says_marks:
        raise BadForm(FormProblem.COPY_AND_WORDS)
    return written or None
