"""Reading a `text/event-stream` piece by piece."""

from __future__ import annotations

import codecs
from typing import Final

MAX_EVENT_CHARS: Final = 1_000_000
"""A longer event is dropped: a status with its whole log is a few thousand characters."""


class EventReader:
    """Turns the bytes of one stream into the data of its events.

    Only what fal sends is kept: `data` fields; comments, names and ids are passed over.
    Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
        self._rest = ""
        self._data: list[str] = []
        self._length = 0

    def feed(self, piece: bytes) -> list[str]:
        """The data of every event that `piece` completes, in order."""
        text = self._rest + self._decoder.decode(piece)
        # A carriage return at the end may be half of a line end: it waits for the next piece.
        held = "\r" if text.endswith("\r") else ""
        text = text.removesuffix("\r").replace("\r\n", "\n").replace("\r", "\n")
        *lines, rest = text.split("\n")
        self._rest = rest[:MAX_EVENT_CHARS] + held
        events = (self._line(line) for line in lines)
        return [event for event in events if event is not None]

    def _line(self, line: str) -> str | None:
        if not line:
            event = "\n".join(self._data) if self._data else None
            self._data, too_long = [], self._length > MAX_EVENT_CHARS
            self._length = 0
            return None if too_long else event
        name, _, value = line.partition(":")
        if name == "data":
            self._length += len(value)
            if self._length <= MAX_EVENT_CHARS:
                self._data.append(value.removeprefix(" "))
        return None
