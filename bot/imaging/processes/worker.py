"""A picture process, run as a module by `crew`: it reads work from its standard input."""

from __future__ import annotations

from typing import Final

from bot.imaging.charts import chart
from bot.imaging.files.encode import fit, thumbnail
from bot.imaging.finish import finish
from bot.imaging.prepare import prepare
from bot.imaging.preview import preview
from bot.imaging.processes import serving
from bot.imaging.revise import revise

# Three times what accepted pictures need.
_MEMORY_BYTES: Final = 1 << 30


def main() -> None:
    """Serve until the bot closes our standard input."""
    work = (prepare, revise, finish, fit, thumbnail, preview, chart)
    serving.serve(work, memory_bytes=_MEMORY_BYTES)


if __name__ == "__main__":
    main()
