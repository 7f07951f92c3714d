"""Cards: Components V2 layouts built from plain values. What they say is in `bot.ui.texts`."""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Final

import discord
from discord import ui

from bot.domain.edits.options import Adjustment, EditKind
from bot.domain.edits.pictures import Question
from bot.services.edits.gallery import ResultCard
from bot.ui.edits.buttons import (
    AddPromptButton,
    AdjustButton,
    CancelButton,
    ChooseMenu,
    DropButton,
    RunButton,
)
from bot.ui.interactions.registry import custom_id
from bot.ui.interactions.responder import CardMessage, Layout, layout_of
from bot.ui.texts import edits, lists, previews

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.domain.edits.edit import Edit
    from bot.services.edits.gallery import PastEdit, ResultCard
    from bot.services.edits.preparation import PreviewCard
    from bot.services.edits.service import QueuedEdit
    from bot.ui.interactions.responder import Part


# Discord takes 40 components per message; every edit in line needs a section, a text, a button.
LONGEST_QUEUE: Final = 12

# Turning answers a doubt, and stands beside the other answers.
_SHAPING: Final = (Adjustment.INVERT, Adjustment.GROW, Adjustment.SHRINK, Adjustment.SOFTEN)

_ENDINGS: Final = {"image/png": "png", "image/webp": "webp", "image/jpeg": "jpg"}


def accepted(entry: QueuedEdit) -> Layout:
    """An edit in line."""
    return layout_of(
        ui.TextDisplay(edits.accepted(entry)),
        ui.ActionRow(CancelButton.item(entry.edit.id)),
        ui.TextDisplay(edits.footer(entry.edit.id)),
    )


@contextmanager
def preview(card: PreviewCard, *, saying: str | None = None) -> Iterator[CardMessage]:
    """What will change, before money moves, after what is said to it; its files are open as long
    as the block runs.
    """
    with ExitStack() as stack:
        files = [stack.enter_context(closing(file)) for file in _preview_files(card)]
        layout = Layout(timeout=None)
        if saying is not None:
            layout.add_item(ui.TextDisplay(saying))
        layout.add_item(ui.Container(*_preview(card, files)))
        yield CardMessage(layout, tuple(files))


def _preview_files(card: PreviewCard) -> Iterator[discord.File]:
    name = f"touchup-{card.edit.id}"
    ending = _ENDINGS.get(card.picture.media_type, "png")
    alt = previews.alt(card.edit)
    yield discord.File(card.picture.path, filename=f"{name}-preview.{ending}", description=alt)
    if card.mask is not None:
        alt = previews.mask_alt(card.edit)
        yield discord.File(card.mask, filename=f"{name}-mask.png", description=alt)


def _preview(card: PreviewCard, files: Sequence[discord.File]) -> Iterator[Part]:
    edit, (picture, *masks) = card.edit, files
    yield ui.TextDisplay(previews.headline(edit))
    yield ui.MediaGallery(discord.MediaGalleryItem(picture, description=picture.description))
    yield ui.TextDisplay(previews.about(edit))
    if (doubt := previews.doubt(edit)) is not None:
        yield ui.TextDisplay(doubt)
    if edit.choices:
        yield ui.ActionRow(ChooseMenu.item(edit))
    first, *others = _answers(edit)
    yield ui.ActionRow(first, *_adjustments(edit))
    if others:
        yield ui.ActionRow(*others)
    if edit.kind is EditKind.AREA:
        yield from (ui.File(mask) for mask in masks)
        yield ui.TextDisplay(previews.FREE_LOOK() if masks else previews.FREE_LOOK_ALONE())
    else:
        yield ui.TextDisplay(previews.standing(card.standing))


def _answers(edit: Edit) -> Iterator[Part]:
    """What goes on with the area as it is, then what does not."""
    if edit.kind is EditKind.AREA:
        yield AddPromptButton.item(edit.id)
    else:
        yield RunButton.item(edit.id, label=edits.run_label(edit.total))
    if edit.question is Question.TURNED or edit.adjusted.turned:
        yield AdjustButton.item(edit, Adjustment.TURN)
    if edit.kind is not EditKind.AREA:
        yield DropButton.item(edit.id)


def _adjustments(edit: Edit) -> Iterator[Part]:
    for adjustment in _SHAPING:
        if edit.offers(adjustment):
            yield AdjustButton.item(edit, adjustment)


@contextmanager
def final(card: ResultCard, *, mention: bool) -> Iterator[CardMessage]:
    """The last card of an edit; its files are open as long as the block runs."""
    files = _files(card)
    try:
        yield CardMessage(layout_of(*_result(card, files, mention=mention)), files)
    finally:
        for file in files:
            file.close()


def _files(card: ResultCard) -> tuple[discord.File, ...]:
    if not card.pictures:
        return ()
    name = f"touchup-{card.outcome.edit.id}"
    files = []
    if card.before is not None:
        ending = _ENDINGS.get(card.before.media_type, "png")
        alt = edits.before_alt(card.outcome)
        files.append(
            discord.File(card.before.path, filename=f"{name}-before.{ending}", description=alt)
        )
    for number, picture in enumerate(card.pictures, start=1):
        ending = _ENDINGS.get(picture.media_type, "png")
        alt = edits.after_alt(card.outcome, number)
        files.append(
            discord.File(picture.path, filename=f"{name}-{number}.{ending}", description=alt)
        )
    return tuple(files)


def _result(card: ResultCard, files: Sequence[discord.File], *, mention: bool) -> list[Part]:
    parts: list[Part] = [ui.TextDisplay(edits.result(card, mention=mention))]
    if files:
        items = [discord.MediaGalleryItem(file, description=file.description) for file in files]
        parts.append(ui.MediaGallery(*items))
    parts.append(ui.TextDisplay(edits.receipt(card)))
    parts.append(ui.TextDisplay(edits.footer(card.outcome.edit.id)))
    return parts


def is_final(message: discord.Message, edit_id: int) -> bool:
    """Whether a message is the last card of an edit, posted before and its answer lost."""
    footer, cancel = edits.footer(edit_id), custom_id(CancelButton.verb, edit_id)
    parts = list(_parts(message.components))
    # The card of an edit in line has the same footer; only there can one still cancel.
    return any(
        isinstance(part, discord.TextDisplay) and part.content == footer for part in parts
    ) and not any(isinstance(part, discord.Button) and part.custom_id == cancel for part in parts)


def _parts(components: Sequence[discord.Component]) -> Iterator[discord.Component]:
    for component in components:
        yield component
        yield from _parts(getattr(component, "children", ()))


def queue(entries: Sequence[QueuedEdit]) -> Layout:
    """A member's edits in line, each with a button that cancels it."""
    if not entries:
        return layout_of(ui.TextDisplay(lists.NOTHING_IN_LINE()))
    parts: list[Part] = [ui.TextDisplay(lists.in_line(entries))]
    parts += [
        ui.Section(lists.queued(entry), accessory=CancelButton.item(entry.edit.id))
        for entry in entries[:LONGEST_QUEUE]
    ]
    if len(entries) > LONGEST_QUEUE:
        parts.append(ui.TextDisplay(lists.more_in_line(len(entries) - LONGEST_QUEUE)))
    return layout_of(*parts)


def past_list(entries: Sequence[PastEdit]) -> Layout:
    """A member's latest edits."""
    return layout_of(ui.TextDisplay(lists.past(entries)))


@contextmanager
def past(entries: Sequence[PastEdit], card: ResultCard) -> Iterator[CardMessage]:
    """One edit in full, after the list it is in, if any; its files are open as in `final`."""
    files = _files(card)
    try:
        layout = past_list(entries) if entries else Layout(timeout=None)
        layout.add_item(ui.Container(*_result(card, files, mention=False)))
        yield CardMessage(layout, files)
    finally:
        for file in files:
            file.close()
