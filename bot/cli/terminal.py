"""What a command says: results on stdout, everything else on stderr."""

from __future__ import annotations

import shutil
import sys

_BACK_AND_CLEAR = "\r\x1b[2K"


def say(*sentences: str) -> None:
    """Print lines on stdout."""
    sys.stdout.write("".join(f"{sentence}\n" for sentence in sentences))
    sys.stdout.flush()


def warn(*sentences: str) -> None:
    """Print lines on stderr, which stays readable when stdout goes into a file."""
    sys.stderr.write("".join(f"{sentence}\n" for sentence in sentences))


class StatusLine:
    """One line on stderr that changes while somebody waits; nothing where nobody watches."""

    def __init__(self) -> None:
        self._is_watched = sys.stderr.isatty()
        self._shown = ""

    def show(self, text: str) -> None:
        """Put `text` in place of what stood there, cut to the width of the terminal."""
        text = text[: shutil.get_terminal_size().columns - 1]
        if self._is_watched and text != self._shown:
            sys.stderr.write(_BACK_AND_CLEAR + text)
            sys.stderr.flush()
            self._shown = text

    def clear(self) -> None:
        """Leave no trace."""
        if self._shown:
            sys.stderr.write(_BACK_AND_CLEAR)
            sys.stderr.flush()
            self._shown = ""
