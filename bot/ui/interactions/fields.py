"""The fields of a modal or a menu, and what comes back in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# https://docs.discord.com/developers/components/reference#string-select and #text-input
MOST_OPTIONS: Final = 25
LONGEST_TEXT: Final = 4000
_DEEPEST: Final = 4
"""How deep a field lies in a modal at most: Discord puts it into one label or one row."""
_INDEX: Final = re.compile("[0-9]{1,2}")
Field = ui.Label[Any]


@dataclass(frozen=True, slots=True)
class ModalValues:
    """What a member filled in or chose, by the custom_ids of the fields. Nothing of it was checked.

    A menu on a card is read in the same way: as one field.
    """

    _given: Mapping[str, tuple[str, ...]]
    _addresses: Mapping[str, str]
    """Of attached files, by their ids."""

    def text(self, name: str) -> str:
        """What was typed, or the first thing that was chosen; empty if nothing."""
        return next(iter(self.choices(name)), "")

    def choice(self, name: str) -> str | None:
        """The one thing that was chosen, or None."""
        return next(iter(self.choices(name)), None)

    def choices(self, name: str) -> tuple[str, ...]:
        """Everything that was chosen."""
        return self._given.get(name, ())

    def files(self, name: str) -> tuple[str, ...]:
        """The addresses of the files that were attached."""
        return tuple(self._addresses[one] for one in self.choices(name) if one in self._addresses)


def ask_text(
    name: str,
    label: str,
    *,
    hint: str | None = None,
    required: bool = True,
    long: bool = True,
    limit: int = LONGEST_TEXT,
    given: str | None = None,
    about: str | None = None,
) -> Field:
    """Ask for text; `given` stands there already, `hint` only as long as nothing does."""
    style = discord.TextStyle.paragraph if long else discord.TextStyle.short
    text: ui.TextInput[Any] = ui.TextInput(
        custom_id=name,
        style=style,
        placeholder=hint,
        required=required,
        max_length=min(limit, LONGEST_TEXT),
        default=given,
    )
    return ui.Label(text=label, description=about, component=text)


def ask_choice(
    name: str,
    label: str,
    options: Sequence[discord.SelectOption],
    *,
    hint: str | None = None,
    required: bool = True,
    about: str | None = None,
) -> Field:
    """Ask for one of several things."""
    menu: ui.Select[Any] = ui.Select(
        custom_id=name, placeholder=hint, options=list(options), required=required
    )
    return ui.Label(text=label, description=about, component=menu)


def ask_files(
    name: str, label: str, *, most: int = 1, required: bool = False, about: str | None = None
) -> Field:
    """Ask for files."""
    upload: ui.FileUpload[Any] = ui.FileUpload(
        custom_id=name, min_values=int(required), max_values=most, required=required
    )
    return ui.Label(text=label, description=about, component=upload)


def read(data: Mapping[str, Any]) -> ModalValues:
    """Read a submitted modal, or a menu that was used; what does not look like one is left out."""
    given: dict[str, tuple[str, ...]] = {}
    for part in _filled([data], depth=_DEEPEST + 1):
        # One choice among radio buttons comes as a text does.
        if isinstance(part.get("value"), str):
            given[str(part.get("custom_id"))] = (part["value"],)
        elif isinstance(part.get("values"), list):
            given[str(part.get("custom_id"))] = tuple(map(str, part["values"]))
    attached = _mapping(_mapping(data.get("resolved")).get("attachments"))
    urls = {identity: _mapping(file).get("url") for identity, file in attached.items()}
    return ModalValues(given, {key: url for key, url in urls.items() if isinstance(url, str)})


def index_of(value: str | None) -> int | None:
    """What was chosen of several things by its place among them; None: there is no such place."""
    return int(value) if value is not None and _INDEX.fullmatch(value) else None


def _filled(components: object, *, depth: int) -> Iterator[Mapping[str, Any]]:
    """Every field, in a label or in a row."""
    if not depth:
        return
    for component in components if isinstance(components, list) else ():
        outer = _mapping(component)
        if "custom_id" in outer:
            yield outer
        if "component" in outer:
            yield from _filled([outer["component"]], depth=depth - 1)
        yield from _filled(outer.get("components"), depth=depth - 1)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
