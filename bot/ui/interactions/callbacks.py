"""Acknowledges an interaction within Discord's three seconds, and records that."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import discord
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from discord.http import Route

from bot.domain.errors import InteractionExpired, StoreFailed
from bot.failpoints import reach
from bot.services.delivery.outbox import TOKEN_SECONDS
from bot.store.interactions import pending
from bot.store.interactions.pending import InteractionKind, PendingInteraction
from bot.ui.interactions.permissions import buyer_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.domain.limits.rules import Buyer
    from bot.store.database import Database
    from bot.ui.interactions import BotInteraction

log = logging.getLogger(__name__)

# https://docs.discord.com/developers/interactions/receiving-and-responding
DEFERRED_MESSAGE: Final = 5
DEFERRED_UPDATE: Final = 6
MODAL: Final = 9
EPHEMERAL: Final = 1 << 6
# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
UNKNOWN_INTERACTION: Final = 10062
ALREADY_ACKNOWLEDGED: Final = 40060

ATTEMPT_SECONDS: Final = 1.5
PAUSES_SECONDS: Final = (0.1, 0.3, 0.8)
WRITE_SECONDS: Final = 0.5
"""How long the books may take before Discord is answered without them."""
_MARK: Final = "deferred"
_KNOWN: Final = "it was answered before a restart"

_KEY_BYTES: Final = 32  # Fernet's: https://github.com/fernet/spec/blob/master/Spec.md
_PURPOSE: Final = b"touchup: interaction tokens, version 1"


class InteractionGone(Exception):
    """The interaction came too late, or somebody answered it before: nothing is left to say."""


class DeferMode(Enum):
    """How an interaction was deferred: what its `@original` is from then on."""

    PUBLIC = "public"  # "is thinking…", for everybody
    PRIVATE = "private"  # "is thinking…", for its member only
    UPDATE = "update"  # the message the button stands on; nothing is seen to happen


_DEFERRING: Final[Mapping[DeferMode, Mapping[str, Any]]] = {
    DeferMode.PUBLIC: {"type": DEFERRED_MESSAGE},
    DeferMode.PRIVATE: {"type": DEFERRED_MESSAGE, "data": {"flags": EPHEMERAL}},
    DeferMode.UPDATE: {"type": DEFERRED_UPDATE},
}


@dataclass(frozen=True, slots=True)
class DeferredInteraction:
    """An interaction that was acknowledged; `reply` is how the books have it."""

    reply: PendingInteraction
    mode: DeferMode
    buyer: Buyer


def deferred(interaction: BotInteraction) -> DeferredInteraction | None:
    """What is known of an interaction since it was deferred, or None if it was not."""
    mark = interaction.extras.get(_MARK)
    return mark if isinstance(mark, DeferredInteraction) else None


class TokenCipher:
    """Encrypts what is a secret in itself: interaction tokens, and links to members' pictures.

    With a token, anybody can write as the bot for 15 minutes. The key comes from the bot's own
    token alone, so the database holds none.
    """

    def __init__(self, bot_token: str) -> None:
        key = HKDF(SHA256(), length=_KEY_BYTES, salt=None, info=_PURPOSE).derive(bot_token.encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def encrypt(self, secret: str) -> bytes:
        """Encrypt a secret; the same one twice gives different bytes."""
        return self._fernet.encrypt(secret.encode())

    def decrypt(self, sealed: bytes) -> str:
        """Decrypt a secret.

        Raises:
            InteractionExpired: it was encrypted under another bot token, or altered.
        """
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise InteractionExpired from None


class InteractionCallbacks:
    """Makes the one call to Discord that has to come within three seconds.

    discord.py waits 1 s and 3 s before it repeats a call, which is past Discord's patience, and
    does not say whether it repeated: here the call is made by hand.
    """

    def __init__(
        self, database: Database, cipher: TokenCipher, *, clock: Callable[[], float]
    ) -> None:
        self._database = database
        self._cipher = cipher
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def defer(
        self, interaction: BotInteraction, mode: DeferMode, kind: InteractionKind
    ) -> DeferredInteraction:
        """Acknowledge it, and record that an answer is owed.

        Raises:
            InteractionGone: it came too late, or was answered before.
            StoreFailed: it cannot be written down.
        """
        reply = self._reply(interaction, mode, kind)
        # Recorded first: a member who sees "is thinking…" is owed an answer, even if we die now.
        writing = asyncio.create_task(self._write(reply), name=f"defer-{reply.id}")
        await asyncio.wait({writing}, timeout=WRITE_SECONDS)
        if writing.done() and not writing.exception() and not writing.result():
            raise InteractionGone(_KNOWN)
        try:
            await self._call(interaction, _DEFERRING[mode])
        except InteractionGone:
            with contextlib.suppress(StoreFailed):
                await writing
                await self._database.transact(pending.answered, reply.id)
            raise
        reach("acknowledge.after")
        mark = DeferredInteraction(reply, mode, buyer_of(interaction))
        interaction.extras[_MARK] = mark
        if not await writing:
            raise InteractionGone(_KNOWN)
        return mark

    async def send_modal(self, interaction: BotInteraction, modal: Mapping[str, Any]) -> None:
        """Answer with a modal. That is the whole answer: nothing is owed after it.

        Raises:
            InteractionGone: it came too late, or was answered before.
        """
        await self._call(interaction, {"type": MODAL, "data": modal})

    def webhook(self, interaction: BotInteraction, reply: PendingInteraction) -> discord.Webhook:
        """What changes the answers to an earlier interaction.

        Raises:
            InteractionExpired: its token has expired.
        """
        if self._clock() >= reply.created_at + TOKEN_SECONDS:
            raise InteractionExpired
        token = self._cipher.decrypt(reply.sealed_token)
        return discord.Webhook.partial(reply.application_id, token, client=interaction.client)

    def _reply(
        self, interaction: BotInteraction, mode: DeferMode, kind: InteractionKind
    ) -> PendingInteraction:
        return PendingInteraction(
            id=interaction.id,
            application_id=interaction.application_id,
            sealed_token=self._cipher.encrypt(interaction.token),
            member_id=interaction.user.id,
            guild_id=interaction.guild_id,
            # 0 is not a channel: the card then goes to the member directly.
            channel_id=interaction.channel_id or 0,
            size_limit=interaction.filesize_limit,
            created_at=self._clock(),
            kind=kind,
            updates=mode is DeferMode.UPDATE,
        )

    async def _write(self, reply: PendingInteraction) -> bool:
        """Write down an interaction that is about to be deferred. False: it was known."""
        is_new = await self._database.transact(pending.add, reply)
        reach("acknowledge.before")
        return is_new

    async def _call(self, interaction: BotInteraction, payload: Mapping[str, Any]) -> None:
        repeated = False
        for pause in (*PAUSES_SECONDS, None):
            try:
                async with asyncio.timeout(ATTEMPT_SECONDS):
                    status, body = await self._post(interaction, payload)
            except (aiohttp.ClientError, OSError, TimeoutError):
                status, body = 0, {}
            if 200 <= status < 300:
                return
            if body.get("code") == ALREADY_ACKNOWLEDGED and repeated:
                return  # our first try arrived, and only its answer was lost
            if 400 <= status < 500 and status != 429:
                raise InteractionGone(_reason(status, body))
            asked_to_wait = float(body.get("retry_after", 0))
            if pause is None or asked_to_wait > ATTEMPT_SECONDS:
                break
            repeated = repeated or status != 429
            await asyncio.sleep(max(pause, asked_to_wait))
        raise InteractionGone("Discord took no answer in time")

    async def _post(
        self, interaction: BotInteraction, payload: Mapping[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        url = f"{Route.BASE}/interactions/{interaction.id}/{interaction.token}/callback"
        headers = {"User-Agent": interaction.client.http.user_agent}
        if self._session is None:
            self._session = aiohttp.ClientSession(trust_env=False)
        async with self._session.post(url, json=payload, headers=headers) as answer:
            if answer.content_type != "application/json":
                return answer.status, {}
            body = await answer.json()
            return answer.status, body if isinstance(body, dict) else {}


def follow_up(client: discord.Client, application_id: int, token: str) -> discord.Webhook:
    """What writes further answers to an interaction, private ones too.

    (A partial webhook is of another type, and may not.)
    """
    return discord.Webhook.from_state(
        {"id": application_id, "type": discord.WebhookType.application.value, "token": token},
        state=client._connection,  # noqa: SLF001 - discord.py offers no other way
    )


def _reason(status: int, body: dict[str, Any]) -> str:
    match body.get("code"):
        case code if code == UNKNOWN_INTERACTION:
            return "it came too late, or its command was taken back"
        case code if code == ALREADY_ACKNOWLEDGED:
            return "somebody else answered it: is a second process running with this token?"
        case code:
            return f"Discord said {status} ({code})"
