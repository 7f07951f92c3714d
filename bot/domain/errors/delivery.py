"""Discord would not take a message."""

from __future__ import annotations

from bot.domain.errors.root import TouchupError


class DeliveryError(TouchupError):
    """Discord would not take the card."""


class InteractionExpired(DeliveryError):
    """The reply's token expired, or its message was deleted."""


class ChannelClosed(DeliveryError):
    """The channel is gone or forbidden, or the member takes no direct messages."""


class CardTooLarge(DeliveryError):
    """The files are larger than the place allows. `limit_bytes` is per file."""

    def __init__(self, *, limit_bytes: int) -> None:
        super().__init__(f"limit {limit_bytes}")
        self.limit_bytes = limit_bytes


class CardRefused(DeliveryError):
    """Discord calls the card malformed (`status`, `code`): the same again is refused again."""

    def __init__(self, *, status: int, code: int) -> None:
        super().__init__(f"status {status}, code {code}")
        self.status = status
        self.code = code


class DeliveryLater(DeliveryError):
    """Discord returned 5xx or 429; try again after `retry_after` seconds."""

    def __init__(self, *, retry_after: float) -> None:
        super().__init__(f"retry after {retry_after} s")
        self.retry_after = retry_after
