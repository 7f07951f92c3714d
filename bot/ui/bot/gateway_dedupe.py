"""Keeps the gateway's doubles and its broken frames away from the bot."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.ui.languages import GuildLanguages

log = logging.getLogger(__name__)

REMEMBERED: Final = 10_000
"""Ids kept in memory. A frame repeated after a resume comes within seconds; older ones are caught
by what the books remember."""


class GatewayDedupe:
    """Hands each INTERACTION_CREATE on once. A frame that cannot be read ends nothing.

    (discord.py lets a KeyError escape, and the whole client ends.)
    """

    def __init__(self, hand_on: Callable[[Any], None], languages: GuildLanguages) -> None:
        self._hand_on = hand_on
        self._languages = languages
        self._seen: dict[str, None] = {}

    def pass_on(self, payload: Mapping[str, Any]) -> None:
        """Hand on a frame that is new."""
        identity = str(payload.get("id"))[:20]
        if identity in self._seen:
            log.info("interaction %s came twice", identity)
            return
        self._seen[identity] = None
        if len(self._seen) > REMEMBERED:
            del self._seen[next(iter(self._seen))]
        try:
            # The tasks that answer are started in here, so they speak the member's language.
            with self._languages.answering(payload):
                self._hand_on(payload)
        except Exception as error:  # noqa: BLE001 - its text would hold parts of the frame
            log.warning("interaction %s cannot be read: %s", identity, type(error).__name__)
