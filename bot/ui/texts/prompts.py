"""What a member wished for, as they said it: never the recipe that was made of it."""

from __future__ import annotations

from typing import Final, assert_never

from bot.domain.edits import prompts
from bot.domain.edits.edit import Edit
from bot.domain.edits.options import EditKind
from bot.i18n import N_, _
from bot.ui.texts.labels import escaped, percent, plain, style_name

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


def typed(edit: Edit) -> str:
    """The member's own words; empty where the wish needed none."""
    return prompts.typed(edit.kind, edit.prompt)


def said(edit: Edit, *, limit: int) -> list[str]:
    """The line of a card that repeats the member's words, if there are any."""
    words = typed(edit)
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
    return _named(edit, escaped(typed(edit), limit=limit))


def plain_name(edit: Edit, *, limit: int | None = None) -> str:
    """An edit in a list, where Discord knows no markup."""
    return _named(edit, plain(typed(edit), limit=limit))


def _named(edit: Edit, words: str) -> str:
    return ": ".join(
        part for part in (_NAMES[edit.kind]() if edit.kind in _NAMES else "", words) if part
    )


def shown(edit: Edit, *, limit: int) -> str:
    """What a finished picture shows, for those who do not see it."""
    share = percent(edit.area_share)
    words = plain(typed(edit), limit=limit)
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
