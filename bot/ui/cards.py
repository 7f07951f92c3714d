"""Cards: Components V2 layouts built from plain values. What they say is in `messages.on_cards`."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

from bot.services.courier import InterruptedCard
from bot.services.gallery import ResultCard
from bot.ui.components import CancelButton, DropButton, RunButton
from bot.ui.messages import on_cards

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.domain.edits import Edit, Quote
    from bot.services.courier import Card
    from bot.services.edits import InLine
    from bot.services.gallery import PastEdit
    from bot.services.spend import Spending

# Discord takes 40 components per message; every edit in line needs a section, a text, a button.
LONGEST_QUEUE: Final = 12

_ENDINGS: Final = {"image/png": "png", "image/webp": "webp", "image/jpeg": "jpg"}

Layout = ui.LayoutView
Part = ui.Item[Any]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A card and the files it shows."""

    layout: Layout
    files: tuple[discord.File, ...] = ()


def _layout(*parts: Part) -> Layout:
    layout = Layout(timeout=None)
    layout.add_item(ui.Container(*parts))
    return layout


def accepted(edit: Edit, *, ahead: int) -> Layout:
    """An edit in line, behind `ahead` pictures."""
    return _layout(
        ui.TextDisplay(on_cards.accepted(edit, ahead)),
        ui.ActionRow(CancelButton(edit.id)),
        ui.TextDisplay(on_cards.footer(edit.id)),
    )


def question(quote: Quote, prompt: str) -> Layout:
    """A doubt to be answered before money moves."""
    return _layout(
        ui.TextDisplay(on_cards.question(quote, prompt)),
        ui.ActionRow(
            RunButton(quote.edit_id, label=on_cards.run_label(quote.price)),
            DropButton(quote.edit_id),
        ),
    )


def answered() -> Layout:
    """What is left of a question that was answered with Run."""
    return _layout(ui.TextDisplay(on_cards.RUNNING))


@contextmanager
def final(card: Card, *, mention: bool) -> Iterator[Sheet]:
    """The last card of an edit; its files are open as long as the block runs."""
    match card:
        case InterruptedCard():
            yield Sheet(_layout(ui.TextDisplay(on_cards.interrupted(card.kind))))
        case ResultCard():
            files = _files(card)
            try:
                yield Sheet(_layout(*_result(card, files, mention=mention)), files)
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
        alt = on_cards.before_alt(card.outcome)
        files.append(
            discord.File(card.before.path, filename=f"{name}-before.{ending}", description=alt)
        )
    for number, picture in enumerate(card.pictures, start=1):
        ending = _ENDINGS.get(picture.media_type, "png")
        alt = on_cards.after_alt(card.outcome, number)
        files.append(
            discord.File(picture.path, filename=f"{name}-{number}.{ending}", description=alt)
        )
    return tuple(files)


def _result(card: ResultCard, files: Sequence[discord.File], *, mention: bool) -> list[Part]:
    parts: list[Part] = [ui.TextDisplay(on_cards.result(card, mention=mention))]
    if files:
        items = [discord.MediaGalleryItem(file, description=file.description) for file in files]
        parts.append(ui.MediaGallery(*items))
    parts.append(ui.TextDisplay(on_cards.receipt(card)))
    parts.append(ui.TextDisplay(on_cards.footer(card.outcome.edit.id)))
    return parts


def is_final(message: discord.Message, card: Card) -> bool:
    """Whether a message is this very card, posted before and its answer lost."""
    if not isinstance(card, ResultCard):
        return False
    edit_id = card.outcome.edit.id
    footer, cancel = on_cards.footer(edit_id), CancelButton(edit_id).item.custom_id
    parts = list(_parts(message.components))
    # The card of an edit in line has the same footer; only there can one still cancel.
    return any(
        isinstance(part, discord.TextDisplay) and part.content == footer for part in parts
    ) and not any(isinstance(part, discord.Button) and part.custom_id == cancel for part in parts)


def _parts(components: Sequence[discord.Component]) -> Iterator[discord.Component]:
    for component in components:
        yield component
        yield from _parts(getattr(component, "children", ()))


def queue(entries: Sequence[InLine]) -> Layout:
    """A member's edits in line, each with a button that cancels it."""
    if not entries:
        return _layout(ui.TextDisplay(on_cards.NOTHING_IN_LINE))
    parts: list[Part] = [ui.TextDisplay(on_cards.YOUR_QUEUE)]
    parts += [
        ui.Section(on_cards.queued(entry), accessory=CancelButton(entry.edit.id))
        for entry in entries[:LONGEST_QUEUE]
    ]
    if len(entries) > LONGEST_QUEUE:
        parts.append(ui.TextDisplay(on_cards.more_in_line(len(entries) - LONGEST_QUEUE)))
    return _layout(*parts)


def spending(found: Spending) -> Layout:
    """A member's spending."""
    return _layout(ui.TextDisplay(on_cards.spending(found)))


def past_list(entries: Sequence[PastEdit]) -> Layout:
    """A member's latest edits."""
    return _layout(ui.TextDisplay(on_cards.past(entries)))


@contextmanager
def past(entries: Sequence[PastEdit], card: ResultCard) -> Iterator[Sheet]:
    """One edit in full, after the list it is in, if any; its files are open as in `final`."""
    files = _files(card)
    try:
        layout = past_list(entries) if entries else Layout(timeout=None)
        layout.add_item(ui.Container(*_result(card, files, mention=False)))
        yield Sheet(layout, files)
    finally:
        for file in files:
            file.close()
