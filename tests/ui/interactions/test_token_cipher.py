"""Interaction tokens are stored encrypted, under a key that comes from the bot's own token."""

from __future__ import annotations

import pytest

from bot.domain.errors import InteractionExpired
from bot.ui.interactions.callbacks import TokenCipher

TOKEN = "aW50ZXJhY3Rpb246MTIzOnNlY3JldA"


def test_what_was_sealed_is_opened_again_after_a_restart() -> None:
    sealed = TokenCipher("bot token").encrypt(TOKEN)

    assert TokenCipher("bot token").decrypt(sealed) == TOKEN


def test_the_sealed_bytes_do_not_show_the_token() -> None:
    """I13, G2."""
    first, second = TokenCipher("bot token").encrypt(TOKEN), TokenCipher("bot token").encrypt(TOKEN)

    assert TOKEN.encode() not in first
    assert first != second


def test_another_bot_token_opens_nothing() -> None:
    """D20: after the token was rotated, the reply is gone, and the card goes another way."""
    sealed = TokenCipher("old").encrypt(TOKEN)

    with pytest.raises(InteractionExpired) as caught:
        TokenCipher("new").decrypt(sealed)

    assert caught.value.__cause__ is None


@pytest.mark.parametrize("position", [0, 10, 40, -1])
def test_altered_bytes_open_nothing(position: int) -> None:
    sealed = bytearray(TokenCipher("bot token").encrypt(TOKEN))
    sealed[position] ^= 1

    with pytest.raises(InteractionExpired):
        TokenCipher("bot token").decrypt(bytes(sealed))
