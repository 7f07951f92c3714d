"""Brings final cards to Discord: fulfils `bot.services.courier.Replies`."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final, cast

import aiohttp
import discord

from bot.domain.errors import (
    CardRefused,
    CardTooLarge,
    ChannelClosed,
    DeliveryError,
    DeliveryLater,
    InteractionExpired,
)
from bot.failpoints import reach
from bot.services.courier import DIRECT_LIMIT_BYTES
from bot.services.gallery import ResultCard
from bot.services.previews import PreviewCard
from bot.ui import cards
from bot.ui.messages import on_cards

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.services.courier import Card
    from bot.store.replies import Reply
    from bot.ui.client import TouchupBot
    from bot.ui.sealing import Seal

LOOK_BACK: Final = 50
"""How many of a channel's latest messages are searched for a card that may be there already."""

RETRY_SECONDS: Final = 1.0
LOCKED_OUT_SECONDS: Final = 60.0

# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
_REPLY_GONE: Final = frozenset((10008, 10015, 10062, 50027))
_PLACE_CLOSED: Final = frozenset((10003, 10004, 10013, 50001, 50007, 50013, 50278, 160005))
_TOO_LARGE: Final = frozenset((40005, 50045))


class DiscordReplies:
    """Delivers cards with the bot's own connection."""

    def __init__(self, bot: TouchupBot, seal: Seal) -> None:
        self._bot = bot
        self._seal = seal

    async def answer(self, reply: Reply, card: Card) -> int:
        """Edit the reply to the interaction; the same twice is the same once.

        Raises:
            DeliveryError: InteractionExpired, CardTooLarge, CardRefused or DeliveryLater.
        """
        token = self._seal.open(reply.sealed_token)
        self._require_connection()
        if reply.updates:
            return await self._follow_up(reply, token, card)
        webhook = discord.Webhook.partial(reply.application_id, token, client=self._bot)
        with mapped(card), cards.final(card, mention=False) as sheet:
            reach("deliver.mid")
            message = await webhook.edit_message(
                # The route takes a name where the annotation says a number.
                cast(int, "@original"),
                view=sheet.layout,
                attachments=list(sheet.files),
                allowed_mentions=discord.AllowedMentions.none(),
            )
        return message.id

    async def _follow_up(self, reply: Reply, token: str, card: Card) -> int:
        """Answer a press beside the message it stands on, which must not be written over."""
        webhook = self._bot.follow_up(reply.application_id, token)
        with mapped(card):
            reach("deliver.mid")
            message = await webhook.send(
                view=cards.said(on_cards.PRESS_INTERRUPTED), ephemeral=True, wait=True
            )
        return message.id

    async def post(self, channel_id: int, card: Card, *, nonce: str, doubtful: bool) -> int:
        """Post in the channel, mentioning only the member.

        Raises:
            DeliveryError: ChannelClosed, CardTooLarge, CardRefused or DeliveryLater.
        """
        self._require_connection()
        with mapped(card):
            return await self._send(
                self._bot.get_partial_messageable(channel_id), card, nonce, doubtful=doubtful
            )

    async def direct(self, card: Card, *, nonce: str, doubtful: bool) -> int:
        """Write to the member directly.

        Raises:
            DeliveryError: ChannelClosed, CardTooLarge, CardRefused or DeliveryLater.
        """
        self._require_connection()
        with mapped(card):
            channel = await self._bot.create_dm(discord.Object(_member_id(card)))
            return await self._send(channel, card, nonce, doubtful=doubtful)

    async def _send(
        self, channel: discord.abc.Messageable, card: Card, nonce: str, *, doubtful: bool
    ) -> int:
        if doubtful and (found := await self._find(channel, card)) is not None:
            return found
        member = discord.Object(_member_id(card))
        with cards.final(card, mention=True) as sheet:
            reach("deliver.mid")
            message = await channel.send(
                view=sheet.layout,
                files=list(sheet.files),
                nonce=nonce,  # discord.py asks for it to be enforced
                allowed_mentions=discord.AllowedMentions(
                    everyone=False, roles=False, users=[member], replied_user=False
                ),
            )
        return message.id

    async def _find(self, channel: discord.abc.Messageable, card: Card) -> int | None:
        """The card posted before, if it is there: Discord forgets a nonce after a few minutes."""
        own = self._bot.user.id if self._bot.user else None
        try:
            async for message in channel.history(limit=LOOK_BACK):
                if message.author.id == own and cards.is_final(message, card):
                    return message.id
        except discord.Forbidden:
            # We may write here but not read back; then the nonce alone must do.
            return None
        return None

    def _require_connection(self) -> None:
        if self._bot.user is None or self._bot.is_closed():
            raise DeliveryLater(retry_after=1)


@contextlib.contextmanager
def mapped(card: Card | PreviewCard | None) -> Iterator[None]:
    """Turn what discord.py raises into what the courier understands."""
    try:
        yield
    except discord.HTTPException as error:
        raise _delivery_error(error, card) from error
    except discord.DiscordException as error:
        raise DeliveryLater(retry_after=RETRY_SECONDS) from error
    except (aiohttp.ClientError, OSError, TimeoutError):
        raise DeliveryLater(retry_after=RETRY_SECONDS) from None


def _delivery_error(error: discord.HTTPException, card: Card | PreviewCard | None) -> DeliveryError:
    if error.status == 413 or error.code in _TOO_LARGE:
        return CardTooLarge(limit_bytes=_smaller(card))
    if error.code in _REPLY_GONE:
        return InteractionExpired()
    if error.code in _PLACE_CLOSED or error.status in (403, 404):
        return ChannelClosed()
    if error.status == 429:
        return DeliveryLater(retry_after=_retry_after(error))
    if error.status == 401:
        return DeliveryLater(retry_after=LOCKED_OUT_SECONDS)
    if 400 <= error.status < 500 and error.status != 408:  # a timeout on Discord's side
        return CardRefused(status=error.status, code=error.code)
    return DeliveryLater(retry_after=RETRY_SECONDS)


def _retry_after(error: discord.HTTPException) -> float:
    try:
        return float(error.response.headers.get("Retry-After", RETRY_SECONDS))
    except ValueError:
        return RETRY_SECONDS


def _smaller(card: Card | PreviewCard | None) -> int:
    """A size per file that has a chance; Discord does not say which one it would take."""
    match card:
        case ResultCard():
            files = [picture.path for picture in card.pictures]
            files += [card.before.path] if card.before else []
        case PreviewCard():
            files = [card.picture.path]
        case _:
            files = []
    largest = max((file.stat().st_size for file in files), default=0)
    return DIRECT_LIMIT_BYTES if largest > DIRECT_LIMIT_BYTES else max(1, largest // 2)


def _member_id(card: Card) -> int:
    return card.outcome.edit.member_id if isinstance(card, ResultCard) else card.member_id
