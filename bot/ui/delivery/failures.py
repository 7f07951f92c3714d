"""What Discord's refusals mean for a message that is owed."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

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
from bot.services.edits.gallery import DIRECT_LIMIT_BYTES, ResultCard
from bot.services.edits.preparation import PreviewCard

if TYPE_CHECKING:
    from collections.abc import Iterator

RETRY_SECONDS: Final = 1.0
LOCKED_OUT_SECONDS: Final = 60.0

# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
_REPLY_GONE: Final = frozenset((10008, 10015, 10062, 50027))
_PLACE_CLOSED: Final = frozenset((10003, 10004, 10013, 50001, 50007, 50013, 50278, 160005))
_TOO_LARGE: Final = frozenset((40005, 50045))


@contextlib.contextmanager
def mapped(card: object) -> Iterator[None]:
    """Turn what discord.py raises into what the outbox understands."""
    try:
        yield
    except discord.HTTPException as error:
        raise _delivery_error(error, card) from error
    except discord.DiscordException as error:
        raise DeliveryLater(retry_after=RETRY_SECONDS) from error
    except (aiohttp.ClientError, OSError, TimeoutError):
        raise DeliveryLater(retry_after=RETRY_SECONDS) from None


def _delivery_error(error: discord.HTTPException, card: object) -> DeliveryError:
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


def _smaller(card: object) -> int:
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
