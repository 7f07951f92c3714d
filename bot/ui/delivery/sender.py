"""Writes what is owed on Discord: fulfils `bot.services.delivery.outbox.Sender`."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

import discord

from bot.domain.errors import ChannelClosed, DeliveryError, DeliveryLater, InteractionExpired
from bot.failpoints import reach
from bot.services.delivery.interrupted import InterruptedCard
from bot.services.edits.gallery import ResultCard
from bot.services.edits.service import QueuedEdit
from bot.services.limits.alerts import AlertCard, LogBrokenCard
from bot.store.billing.pauses import Pause
from bot.store.delivery.outbox import RouteKind
from bot.ui.delivery.failures import mapped
from bot.ui.edits import cards
from bot.ui.interactions.callbacks import follow_up
from bot.ui.interactions.permissions import owner_ids
from bot.ui.interactions.responder import said
from bot.ui.texts import billing, edits
from bot.ui.texts.limits import alerts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.services.delivery.outbox import Card, Destination
    from bot.store.interactions.pending import PendingInteraction
    from bot.ui.interactions.callbacks import TokenCipher
    from bot.ui.languages import GuildLanguages

log = logging.getLogger(__name__)

LOOK_BACK: Final = 50
"""How many of a channel's latest messages are searched for one that may be there already."""


@dataclass(frozen=True, slots=True)
class ComposedMessage:
    """A message as Discord takes it, and how to tell that one in a channel is the same."""

    is_same: Callable[[discord.Message], bool]
    content: dict[str, Any]
    files: list[discord.File] = field(default_factory=list)
    mentions: discord.AllowedMentions = field(default_factory=discord.AllowedMentions.none)


class DiscordSender:
    """Delivers with the bot's own connection."""

    def __init__(self, bot: discord.Client, cipher: TokenCipher, languages: GuildLanguages) -> None:
        self._bot = bot
        self._cipher = cipher
        self._languages = languages

    async def send(self, to: Destination, card: Card, *, nonce: str, doubtful: bool) -> int:
        """Show a card. See `Sender`.

        Raises:
            DeliveryError: as the outbox expects it of this destination.
        """
        if to.reply is None:
            self._require_connection()
        # One that was posted before is found by its text, so it is looked for in the same language.
        with (
            self._languages.of_guild(_guild_of(card)),
            mapped(card),
            composed(card, to.kind) as message,
        ):
            match to.kind:
                case RouteKind.REPLY | RouteKind.BESIDE:
                    return await self._answer(to, card, message)
                case RouteKind.OWNER:
                    return await self._write_owners(message, nonce)
                case RouteKind.DIRECT:
                    channel: discord.abc.Messageable = await self._bot.create_dm(
                        discord.Object(to.id)
                    )
                case _:
                    channel = self._bot.get_partial_messageable(to.id)
            return await self._post(channel, message, nonce, doubtful=doubtful)

    async def _answer(self, to: Destination, card: Card, message: ComposedMessage) -> int:
        """Edit the reply to an interaction, which is the same twice; or answer beside it."""
        if to.reply is None:
            raise InteractionExpired
        token = self._cipher.decrypt(to.reply.sealed_token)
        self._require_connection()
        reach("deliver.mid")
        if to.kind is RouteKind.BESIDE:
            return await self._follow_up(to.reply, token, message)
        if to.reply.updates and isinstance(card, InterruptedCard):
            # It stands on a message that must not be written over.
            beside: dict[str, Any] = {"view": said(edits.PRESS_INTERRUPTED())}
            return await self._follow_up(to.reply, token, ComposedMessage(message.is_same, beside))
        webhook = discord.Webhook.partial(to.reply.application_id, token, client=self._bot)
        changed: dict[str, Any] = message.content | {"attachments": message.files}
        edited: discord.WebhookMessage = await webhook.edit_message(
            # The route takes a name where the annotation says a number.
            cast(int, "@original"),
            allowed_mentions=discord.AllowedMentions.none(),
            **changed,
        )
        return edited.id

    async def _follow_up(
        self, reply: PendingInteraction, token: str, message: ComposedMessage
    ) -> int:
        sent = await follow_up(self._bot, reply.application_id, token).send(
            ephemeral=True, wait=True, allowed_mentions=message.mentions, **message.content
        )
        return sent.id

    async def _write_owners(self, message: ComposedMessage, nonce: str) -> int:
        """Write to everybody who runs the bot; one who gets it is enough."""
        application = await self._bot.application_info()
        heard: list[int] = []
        failure: DeliveryError = ChannelClosed()
        for owner in map(discord.Object, owner_ids(application)):
            try:
                with mapped(None):
                    channel = await self._bot.create_dm(owner)
                    heard.append(await self._post(channel, message, nonce, doubtful=False))
            except DeliveryError as error:
                log.warning("one of the owners cannot be told: %s", type(error).__name__)
                failure = error
        if not heard:
            raise failure
        return heard[0]

    async def _post(
        self,
        channel: discord.abc.Messageable,
        message: ComposedMessage,
        nonce: str,
        *,
        doubtful: bool,
    ) -> int:
        if doubtful and (found := await self._find(channel, message)) is not None:
            return found
        reach("deliver.mid")
        sent = await channel.send(
            nonce=nonce,  # discord.py asks for it to be enforced
            files=message.files,
            allowed_mentions=message.mentions,
            **message.content,
        )
        return sent.id

    async def _find(self, channel: discord.abc.Messageable, message: ComposedMessage) -> int | None:
        """The same posted before, if it is there: Discord forgets a nonce after a few minutes."""
        own = self._bot.user.id if self._bot.user else None
        # Where we may write but not read back, the nonce alone must do.
        with contextlib.suppress(discord.Forbidden):
            async for posted in channel.history(limit=LOOK_BACK):
                if posted.author.id == own and message.is_same(posted):
                    return posted.id
        return None

    def _require_connection(self) -> None:
        if self._bot.user is None or self._bot.is_closed():
            raise DeliveryLater(retry_after=1)


@contextlib.contextmanager
def composed(card: Card, route: RouteKind) -> Iterator[ComposedMessage]:
    """What a card looks like on a route; its files are open as long as the block runs."""
    match card:
        case ResultCard():
            is_post = route in {RouteKind.CHANNEL, RouteKind.DIRECT}
            member = discord.Object(card.outcome.edit.member_id)
            with cards.final(card, mention=is_post) as sheet:
                yield ComposedMessage(
                    lambda message: cards.is_final(message, card.outcome.edit.id),
                    {"view": sheet.layout},
                    list(sheet.files),
                    discord.AllowedMentions(
                        everyone=False, roles=False, users=[member], replied_user=False
                    ),
                )
        case InterruptedCard():
            yield ComposedMessage(_never, {"view": said(edits.interrupted(card.kind))})
        case QueuedEdit():
            yield ComposedMessage(_never, {"view": cards.accepted(card)})
        case _:
            text = _text(card)
            yield ComposedMessage(
                lambda message: message.content == text,
                {"content": text, "suppress_embeds": True},
            )


def _text(card: Card) -> str:
    match card:
        case AlertCard():
            return alerts.alert(card)
        case Pause():
            return billing.paused(card)
        case LogBrokenCard():
            return alerts.log_broken(card.guild_id, card.channel_id)
        case _:
            raise TypeError(f"no message is made of {type(card).__name__}")


def _guild_of(card: Card) -> int | None:
    """Whose language a card is written in; None: English, as for the operator."""
    match card:
        case ResultCard():
            return card.outcome.edit.guild_id
        case QueuedEdit():
            return card.edit.guild_id
        case AlertCard():
            return card.alert.pot.guild_id
        case _:
            return None


def _never(_message: discord.Message) -> bool:
    return False
