"""The one seam through which every English sentence goes, so that other languages can be added.

A msgid is the English sentence itself, with named places: `_("Edit {number} is done")`, which
`format` fills. What stands in a table of a module is marked by `N_` and translated when it is said.
Babel's own keywords find all three; a catalogue is `bot/locales/<language>/LC_MESSAGES/touchup.mo`.

Which catalogue counts is a context variable, not an argument: it is chosen once where an
interaction comes in or a message goes out (`speaking`), asyncio hands it to every task started
there, and some three hundred functions that say something, and all who call them, stay free of an
argument they would only pass on. The price is that a thread started without the context speaks
English; nothing is worded in threads.

Only the standard library is needed. The rules (`bot.domain`) do not know this module: they raise
errors with data, which the texts put into words.

Two things that only operators read stay English: what is wrong with a setting (`bot.settings`),
which is said before anything is opened, and the help of the command line, which typer makes of
docstrings.
"""

from __future__ import annotations

import gettext
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

DOMAIN: Final = "touchup"
LOCALES: Final = Path(__file__).with_name("locales")
ENGLISH: Final = gettext.NullTranslations()

_catalogue: ContextVar[gettext.NullTranslations] = ContextVar("catalogue", default=ENGLISH)


class Deferred:
    """A sentence that waits in a table: called, it is said in the language of that moment.

    It is not a string, on purpose: mypy finds the place where the call was forgotten.
    """

    __slots__ = ("message",)

    def __init__(self, message: str) -> None:
        self.message = message

    def __call__(self) -> str:
        """Say it."""
        return _(self.message)

    __str__ = __call__  # inside another sentence


N_ = Deferred


def _(message: str, /) -> str:
    """A sentence in the present language; `format` fills its named places."""
    return _catalogue.get().gettext(message)


def ngettext(one: str, many: str, count: int, /) -> str:
    """How many there are, in the present language: `count` is filled in."""
    return _catalogue.get().ngettext(one, many, count).format(count=count)


@lru_cache
def catalogue(locale: str) -> gettext.NullTranslations:
    """The sentences of a language by Discord's name for it, such as "pt-BR"; else English."""
    return gettext.translation(DOMAIN, LOCALES, languages=[locale.replace("-", "_")], fallback=True)


@contextmanager
def speaking(found: gettext.NullTranslations) -> Iterator[None]:
    """Say everything in the block in the language of a catalogue."""
    token = _catalogue.set(found)
    try:
        yield
    finally:
        _catalogue.reset(token)
