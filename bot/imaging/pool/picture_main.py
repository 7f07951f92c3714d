"""A picture process, run as a module by `process`: it reads work from its standard input."""

from __future__ import annotations

from typing import Final

from bot.imaging.charts import chart
from bot.imaging.files.encode import fit, thumbnail
from bot.imaging.pool import child
from bot.imaging.steps.finish import finish
from bot.imaging.steps.prepare import prepare
from bot.imaging.steps.preview import preview
from bot.imaging.steps.revise import revise

# Three times what accepted pictures need.
_MEMORY_BYTES: Final = 1 << 30


def main() -> None:
    """Serve until the bot closes our standard input."""
    work = (prepare, revise, finish, fit, thumbnail, preview, chart)
    child.serve(work, memory_bytes=_MEMORY_BYTES)


if __name__ == "__main__":
    main()
