"""Seals what is a secret in itself: interaction tokens, and links to members' pictures.

Whoever holds a token can write as the bot for 15 minutes.
"""

from __future__ import annotations

import base64
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.domain.errors import InteractionExpired

_KEY_BYTES: Final = 32  # Fernet's: https://github.com/fernet/spec/blob/master/Spec.md
_PURPOSE: Final = b"touchup: interaction tokens, version 1"


class Seal:
    """Encrypts with a key that only the bot's own token yields, so the database holds no key."""

    def __init__(self, bot_token: str) -> None:
        key = HKDF(SHA256(), length=_KEY_BYTES, salt=None, info=_PURPOSE).derive(bot_token.encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def close(self, secret: str) -> bytes:
        """Encrypt a secret."""
        return self._fernet.encrypt(secret.encode())

    def open(self, sealed: bytes) -> str:
        """Decrypt a secret.

        Raises:
            InteractionExpired: it was sealed under another bot token, or altered.
        """
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise InteractionExpired from None
