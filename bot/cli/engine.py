"""`touchup engine`: the embedded engine alone."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from bot.cli.terminal import say
from bot.cli.texts import commands
from bot.domain.errors import ConfigError
from bot.engine import serve

ADMIN_KEY: Final = "ENGINE_ADMIN_KEY"
"""The environment variable with the key that may read the bill."""


async def run(options: dict[str, Any]) -> None:
    """Serve until stopped, and say how to reach it; options are those of `Engine`.

    Raises:
        ConfigError: it cannot listen there, or keep its books there.
        StoreBusy: another engine holds the data folder.
    """
    try:
        await serve(announce=say, **options)
    except (OSError, sqlite3.Error) as error:
        if isinstance(error, OSError) and error.filename is None:
            raise ConfigError([commands.cannot_listen(options, error)]) from error
        raise ConfigError([commands.engine_folder_unusable(options["data"])]) from error
