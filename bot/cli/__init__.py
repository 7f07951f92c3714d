"""The `touchup` commands: options are read in `options`, and each command is a file of its name."""

from __future__ import annotations

from bot.cli.arguments import main

__all__ = ["main"]
