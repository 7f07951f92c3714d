"""Forms that outlive a restart: the custom_id says which form it is and what it is about.

discord.py keeps opened forms in memory and drops what comes for others: here a submitted form is
found by its custom_id, and its fields by theirs.

A form is one class: its `verb`, a function that builds what is shown (`modal`, `ask_text`,
`ask_choice`, `ask_files`), and `submitted`, which does what was asked for.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

import discord
from discord import ui

from bot.ui.messages import on_cards

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.ui.desk import Click, Desk

NUMBER: Final = r"[1-8]?[0-9]{1,18}"
"""Whatever fits into a row's id, of 63 bits; Discord's own ids reach the end of it in 2080."""
FORM: Final = re.compile(rf"tu1:form:(?P<verb>[a-z]{{1,20}}):(?P<number>{NUMBER})")
_INDEX: Final = re.compile("[0-9]{1,2}")
_DEEPEST: Final = 4
"""How deep a field lies in a form at most: Discord puts it into one label or one row."""
LONGEST_TEXT: Final = 4000
"""https://docs.discord.com/developers/components/reference#text-input"""

Field = ui.Label[Any]


@dataclass(frozen=True, slots=True)
class Answers:
    """What a member filled in, by the custom_ids of the fields. Nothing of it was checked."""

    _texts: Mapping[str, str] = field(default_factory=dict)
    _chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    _files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """What was typed; empty if nothing."""
        return self._texts.get(name, "")

    def choice(self, name: str) -> str | None:
        """The one thing that was chosen, or None."""
        return next(iter(self.choices(name)), None)

    def choices(self, name: str) -> tuple[str, ...]:
        """Everything that was chosen."""
        return self._chosen.get(name, ())

    def files(self, name: str) -> tuple[str, ...]:
        """The addresses of the files that were attached."""
        return self._files.get(name, ())


class Form(Protocol):
    """One kind of form."""

    verb: ClassVar[str]
    """Lower-case letters; what stands in the custom_id, so it never changes."""

    async def submitted(self, click: Click, number: int, answers: Answers) -> None:
        """Do what was asked for; `number` says what the form is about. Errors are told."""


class Forms:
    """Hands every submitted form to its class."""

    def __init__(self, desk: Desk, forms: Sequence[Form]) -> None:
        self._desk = desk
        self._forms = {form.verb: form for form in forms}

    async def take(self, click: Click) -> None:
        """Do what a submitted form asks for, and tell the member when it cannot be done."""
        self._desk.keep(asyncio.current_task())
        data: Any = click.data or {}
        match = FORM.fullmatch(str(data.get("custom_id")))
        form = self._forms.get(match["verb"]) if match else None
        try:
            if form is None or match is None:
                await self._desk.tell(click, on_cards.STALE_FORM)
            else:
                await form.submitted(click, int(match["number"]), read(data))
        except Exception as error:  # noqa: BLE001 - `report` decides what is logged
            await self._desk.report(click, error)


# ---- what is shown -----------------------------------------------------------------------------


def modal(verb: str, number: int, *, title: str, fields: Sequence[Field]) -> dict[str, Any]:
    """A form as Discord takes it: at most five fields, a title of at most 45 characters."""
    built = ui.Modal(title=title, custom_id=f"tu1:form:{verb}:{number}")
    for asked in fields:
        built.add_item(asked)
    return built.to_dict()


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
    return ui.Label(
        text=label,
        description=about,
        component=ui.TextInput(
            custom_id=name,
            style=style,
            placeholder=hint,
            required=required,
            max_length=min(limit, LONGEST_TEXT),
            default=given,
        ),
    )


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


# ---- what came back ----------------------------------------------------------------------------


def read(data: Mapping[str, Any]) -> Answers:
    """Read a submitted form; what does not look like one is left out."""
    texts: dict[str, str] = {}
    chosen: dict[str, tuple[str, ...]] = {}
    files: dict[str, tuple[str, ...]] = {}
    attached = _mapping(_mapping(data.get("resolved")).get("attachments"))
    for part in _filled(data.get("components")):
        name = str(part.get("custom_id"))
        if isinstance(part.get("value"), str):
            texts[name] = part["value"]
        elif isinstance(part.get("values"), list):
            values = tuple(str(value) for value in part["values"])
            chosen[name] = values
            urls = (_mapping(attached.get(value)).get("url") for value in values)
            files[name] = tuple(url for url in urls if isinstance(url, str))
    # One choice among radio buttons comes as a text does.
    return Answers(texts, {name: (text,) for name, text in texts.items()} | chosen, files)


def index_of(value: str) -> int | None:
    """What was chosen of several things by its place among them; None: that is no place."""
    return int(value) if _INDEX.fullmatch(value) else None


def _filled(components: object, *, depth: int = _DEEPEST) -> Iterator[Mapping[str, Any]]:
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
