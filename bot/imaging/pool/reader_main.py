"""The process that reads lettering: `python -m bot.imaging.pool.reader_main IDLE_SECONDS`.

It is apart from the others because its libraries and models are large: it is there only while
somebody needs it.
"""

from __future__ import annotations

import sys
from typing import Final

from bot.imaging.detect.ocr import read_lettering
from bot.imaging.pool import child

# Twice what reading the largest accepted picture maps: 530 MB, models and libraries included.
_MEMORY_BYTES: Final = 1 << 30


def main() -> None:
    """Serve until the bot closes our standard input, or has had no work for IDLE_SECONDS."""
    child.serve((read_lettering,), memory_bytes=_MEMORY_BYTES, idle_seconds=float(sys.argv[1]))


if __name__ == "__main__":
    main()
