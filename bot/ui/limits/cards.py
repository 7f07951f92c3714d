"""Cards about limits: one member's, explained, and a guild's, listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from discord import ui

from bot.ui.interactions.responder import layout_of
from bot.ui.texts.limits import guild_pages
from bot.ui.texts.limits import listing as listing_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.services.limits.commands import GuildLimits, LimitsExplained
    from bot.ui.interactions.responder import Layout, Part


# Discord takes 40 components per message, and seven are for what stands around them.
MOST_LIMITS: Final = 30


def explanation(explained: LimitsExplained, *, reader_id: int) -> Layout:
    """Every limit that counts for a member, as `reader_id` reads it."""
    return layout_of(*_explanation(explained, reader_id=reader_id))


def _explanation(explained: LimitsExplained, *, reader_id: int) -> Iterator[Part]:
    begin = "\n".join(
        (
            listing_texts.headline(explained, reader_id=reader_id),
            listing_texts.binding(explained, reader_id=reader_id),
        )
    )
    yield ui.TextDisplay(begin)
    room = listing_texts.CARD_LENGTH - len(begin)
    texts, left_out = listing_texts.fitting(
        listing_texts.standings(explained, reader_id=reader_id), room=room, most=MOST_LIMITS
    )
    yield ui.Separator()
    yield from map(ui.TextDisplay, texts)
    if left_out:
        yield ui.TextDisplay(listing_texts.more_limits(left_out))
    room -= sum(map(len, texts))
    overridden = explained.explanation.overridden
    if overridden:
        said = listing_texts.overridden(
            overridden, whose=listing_texts.whose(explained, reader_id=reader_id)
        )
        lines, _ = listing_texts.fitting(said.splitlines(), room=room, most=MOST_LIMITS)
        if len(lines) > 1:
            yield ui.Separator()
            yield ui.TextDisplay("\n".join(lines))


def listing(found: GuildLimits, number: int) -> Layout:
    """One page of a guild's limits; past the last one, the last."""
    pages = guild_pages.pages(found)
    number = min(number, len(pages))
    text = pages[number - 1]
    if len(pages) > 1:
        text += f"\n{guild_pages.page_of(number, len(pages))}"
    return layout_of(ui.TextDisplay(text))
