"""Options of what only the operator may ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import app_commands

from bot.domain.billing.breaker import PauseReason
from bot.ui.messages import on_pauses

if TYPE_CHECKING:
    import discord


class _Stop(app_commands.Transformer):
    @property
    def choices(self) -> list[app_commands.Choice[str | int | float]]:
        """The reasons to stop, by the names the operator knows."""
        return [
            app_commands.Choice(name=on_pauses.title(reason), value=reason.value)
            for reason in PauseReason
        ]

    async def transform(self, interaction: discord.Interaction[Any], value: str, /) -> PauseReason:
        """Read one of them."""
        return PauseReason(value)


StopOption = app_commands.Transform[PauseReason, _Stop]
