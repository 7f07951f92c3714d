"""A cog that is not in the list would never reach Discord."""

from __future__ import annotations

import importlib
import pkgutil

from discord.ext import commands

import cogs


def test_every_cog_is_in_the_list() -> None:
    modules = [
        importlib.import_module(f"cogs.{found.name}")
        for found in pkgutil.iter_modules(cogs.__path__)
    ]

    classes = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, commands.Cog)
        and value.__module__ == module.__name__
    }

    assert classes == set(cogs.ALL)
    assert len(cogs.ALL) == len(modules)
