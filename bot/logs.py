"""One line per record, on stderr, with every secret, signed link and picture taken out."""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, Literal, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

edit_id: ContextVar[int | None] = ContextVar("edit_id", default=None)
job_id: ContextVar[int | None] = ContextVar("job_id", default=None)

LONGEST_MESSAGE: Final = 8_000
"""Characters of one message or traceback: more is a flood, not a log."""

_FLOORS: Final = {
    # These print whole URLs, SQL parameters or payloads, prompts of private edits among them.
    "aiohttp.access": logging.WARNING,
    "aiosqlite": logging.WARNING,
    "discord": logging.INFO,
    # It warns of the guild intent, which a bot that only answers interactions does without.
    "discord.state": logging.ERROR,
    "httpcore": logging.WARNING,
    "httpx": logging.WARNING,
    "PIL": logging.INFO,
}
_REMOVED: Final = "[removed]"
# Bounded repetitions: a member's text must not make them slow.
_PATTERNS: Final = tuple(
    (re.compile(pattern, flags), replacement)
    for pattern, replacement, flags in (
        # A picture as a data URI.
        (r"(data:[\w.+-]+/[\w.+-]+;base64,)[\w+/=%-]+", rf"\1{_REMOVED}", re.ASCII),
        # Discord: /interactions/<id>/<token>/callback and /webhooks/<id>/<token>/messages/...
        (r"(/(?:interactions|webhooks)/[^/\s]+/)[^/\s?\"'\\<>)]+", rf"\1{_REMOVED}", 0),
        # Signed links: Discord's ex, is, hm; what storage services and our own pages use.
        (
            r"\?[^\s\"'<>?]*\b(?:ex|is|hm|sig|signature|token|key|x-amz-[a-z-]+)=[^\s\"'<>]*",
            f"?{_REMOVED}",
            re.IGNORECASE,
        ),
        # Headers: Authorization: Key <id>:<secret>, Bot <token>, Bearer <token>.
        (r"\b(Key\s{1,4})[\w-]{1,80}:[\w-]+", rf"\1{_REMOVED}", re.ASCII | re.IGNORECASE),
        (r"\b(Bearer\s{1,4})[\w.~+/=-]{16,}", rf"\1{_REMOVED}", re.ASCII | re.IGNORECASE),
        # A Discord token: https://docs.discord.com/developers/reference#authentication
        (r"\b[\w-]{18,40}\.[\w-]{6,7}\.[\w-]{27,}", _REMOVED, re.ASCII),
        # An interaction's token is base64 of "interaction:...".
        (r"\baW50ZXJhY3Rpb24[\w+/=-]{16,}", _REMOVED, re.ASCII),
        # A fal key: <uuid>:<secret>.
        (r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}:\w{16,}", _REMOVED, re.IGNORECASE),
        # A field called token in a payload, as JSON or as Python prints it.
        (r"((?:\"|')token(?:\"|')\s*:\s*(?:\"|'))[^\"']+", rf"\1{_REMOVED}", 0),
    )
)
# Line breaks and terminal escapes forge log lines; bidirectional marks reorder what is read;
# lone surrogates cannot be written at all.
_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_secrets: set[str] = set()


def keep_secret(value: str) -> None:
    """Never let this exact value into a log, nor the part after a colon (a fal key's secret)."""
    bare = value.strip(" \t\r\n\"'\ufeff")
    _secrets.update(part for part in (bare, bare.rpartition(":")[2]) if len(part) >= 8)


def redacted(text: str) -> str:
    """Return the text without secrets, signed queries and data URIs."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    # The longest first: a key contains its own secret.
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, _REMOVED)
    return text


@contextmanager
def about(*, edit: int | None = None, job: int | None = None) -> Iterator[None]:
    """Mark everything logged inside with the edit and the job it is about."""
    edit_token = edit_id.set(edit_id.get() if edit is None else edit)
    job_token = job_id.set(job_id.get() if job is None else job)
    try:
        yield
    finally:
        job_id.reset(job_token)
        edit_id.reset(edit_token)


def configure(
    level: str = "INFO",
    form: Literal["text", "json"] = "text",
    *,
    stream: TextIO | None = None,
) -> None:
    """Send all records of the process to `stream` (by default stderr), in this form only.

    Exceptions nobody caught come the same way: Python's own traceback would not be redacted.
    """
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(_JsonLines() if form == "json" else _TextLines())
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name, floor in _FLOORS.items():
        logging.getLogger(name).setLevel(max(floor, root.level))
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


class _Handler(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (the library's name)
        """Say only that a record was lost: by default its raw arguments would be printed."""
        if sys.__stderr__ is not None:
            sys.__stderr__.write(f"a log record of {record.name} could not be written\n")


class _Lines(logging.Formatter):
    """The parts of a record that both forms print, already clean."""

    def time(self, record: logging.LogRecord) -> str:
        """UTC, to the millisecond."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        return f"{moment}.{int(record.msecs):03d}Z"

    def message(self, record: logging.LogRecord) -> str:
        """One line, whatever was put into it."""
        try:
            text = record.getMessage()
        except Exception:  # noqa: BLE001 (a log call with the wrong arguments must not stop the work)
            text = f"{record.msg} (its arguments do not fit)"
        return _escaped(_shortened(redacted(text)))

    def traceback(self, record: logging.LogRecord) -> list[str]:
        """The lines of the traceback and of the stack, or none."""
        parts = [self.formatException(record.exc_info)] if record.exc_info else []
        parts += [self.formatStack(record.stack_info)] if record.stack_info else []
        text = _shortened(redacted("\n".join(parts)))
        return [_escaped(line) for line in text.split("\n")] if text else []


class _TextLines(_Lines):
    def format(self, record: logging.LogRecord) -> str:
        about = {"edit": edit_id.get(), "job": job_id.get()}
        marks = " ".join(f"{name} {value}" for name, value in about.items() if value is not None)
        head = f"{self.time(record)} {record.levelname} {record.name}"
        line = (
            f"{head} [{marks}] {self.message(record)}"
            if marks
            else f"{head} {self.message(record)}"
        )
        # Indented, so that no exception's text can pass for a record.
        return "\n".join([line, *(f"    | {part}" for part in self.traceback(record))])


class _JsonLines(_Lines):
    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": self.time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": self.message(record),
            "edit_id": edit_id.get(),
            "job_id": job_id.get(),
            "traceback": "\n".join(self.traceback(record)) or None,
        }
        return json.dumps({name: value for name, value in fields.items() if value is not None})


def _shortened(text: str) -> str:
    if len(text) <= LONGEST_MESSAGE:
        return text
    # The end of a traceback is what explains it.
    half = LONGEST_MESSAGE // 2
    return f"{text[:half]} … {len(text) - 2 * half} characters … {text[-half:]}"


def _escaped(text: str) -> str:
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def _log_uncaught(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("bot").critical("stopped by an error", exc_info=(kind, error, traceback))


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        _log_uncaught(args.exc_type, args.exc_value, args.exc_traceback)
