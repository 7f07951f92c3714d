"""Slash-command groups, one per file: read options, call a service, show a card."""

from __future__ import annotations

from typing import Final

from discord.ext import commands

from cogs.area import AreaCog
from cogs.edit import EditCog
from cogs.limits import LimitsCog
from cogs.menus import MenusCog
from cogs.mine import MineCog
from cogs.owner import OwnerCog
from cogs.recipes import RecipesCog
from cogs.settings import SettingsCog
from cogs.spend import SpendCog

ALL: Final[tuple[type[commands.Cog], ...]] = (
    EditCog,
    AreaCog,
    RecipesCog,
    MineCog,
    SpendCog,
    LimitsCog,
    SettingsCog,
    OwnerCog,
    MenusCog,
)
"""Every cog; what one's `__init__` asks for is handed in by its type."""
