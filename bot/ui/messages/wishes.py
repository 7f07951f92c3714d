"""What a member wished for, as they said it: never the recipe that was made of it."""

from __future__ import annotations

from typing import Final, assert_never

from bot.domain.edits import prompts
from bot.domain.edits.edit import Edit
from bot.domain.edits.options import EditKind
from bot.ui.messages.member_text import escaped, plain
from bot.ui.messages.words import percent

_LABELS: Final = {
    EditKind.EDIT: "Prompt",
    EditKind.ERASE: "Prompt",  # of another version: nobody writes one
    EditKind.EXTEND: "Prompt",
    EditKind.RELETTER: "New words",
    EditKind.AREA: "Prompt",
}

_NAMES: Final = {
    EditKind.EDIT: "",
    EditKind.ERASE: "Erase",
    EditKind.EXTEND: "Extend",
    EditKind.RELETTER: "Re-letter",
    EditKind.AREA: "Look at an area",
}


def typed(edit: Edit) -> str:
    """The member's own words; empty where the wish needed none."""
    return prompts.typed(edit.kind, edit.prompt)


def said(edit: Edit, *, limit: int) -> list[str]:
    """The line of a card that repeats the member's words, if there are any."""
    words = typed(edit)
    return [f"**{_LABELS[edit.kind]}:** {escaped(words, limit=limit)}"] if words else []


def name(edit: Edit, *, limit: int) -> str:
    """An edit in a list, where Discord reads markup."""
    return _named(edit, escaped(typed(edit), limit=limit))


def plain_name(edit: Edit, *, limit: int | None = None) -> str:
    """An edit in a list, where Discord knows no markup."""
    return _named(edit, plain(typed(edit), limit=limit))


def _named(edit: Edit, words: str) -> str:
    return ": ".join(part for part in (_NAMES[edit.kind], words) if part)


def shown(edit: Edit, *, limit: int) -> str:
    """What a finished picture shows, for those who do not see it."""
    share = percent(edit.area_share)
    words = plain(typed(edit), limit=limit)
    match edit.kind:
        case EditKind.EDIT | EditKind.AREA:
            return f"{share} of it shows: {words}"
        case EditKind.ERASE:
            return f"what was on {share} of it is erased"
        case EditKind.EXTEND:
            return f"{share} of it is new room" + (f": {words}" if words else "")
        case EditKind.RELETTER:
            return f"the lettering on {share} of it reads: {words}"
        case _:
            assert_never(edit.kind)
