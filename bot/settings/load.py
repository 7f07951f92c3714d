"""Reads the settings from the environment and from `.env`, and reports every problem at once."""

from __future__ import annotations

import difflib
import logging
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from dotenv.parser import parse_stream

from bot import logs
from bot.domain.errors import ConfigError
from bot.settings.model import NAMES, SECRETS, Settings, validated

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping

log = logging.getLogger(__name__)

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")


def load_settings(
    environ: MutableMapping[str, str] | None = None,
    *,
    env_file: Path = Path(".env"),
    forget: bool = False,
) -> Settings:
    """Read `environ` (by default the process's own) over `env_file`; empty means unset.

    With `forget`, secrets are taken out of `environ` afterwards.

    Raises:
        ConfigError: lists every problem, never with the value of a secret.
    """
    environ = os.environ if environ is None else environ
    entries, problems = _read(env_file)
    for name in NAMES:
        if environ.get(name):
            entries[name] = _Entry(environ[name], name)
    for name in SECRETS:
        if name in entries:
            logs.keep_secret(entries[name].value)
    problems += _near_misses(environ, entries)
    wants_fal = "ENGINE" in entries and entries["ENGINE"].value.strip().casefold() == "fal"
    if wants_fal and "FAL_KEY" not in entries:
        problems.append("ENGINE is fal, which needs a FAL_KEY")
    values = {name.lower(): entry.value for name, entry in entries.items() if name in NAMES}
    settings, wrong = validated(values)
    problems += [f"{entries[name].place} {reason}" for name, reason in wrong]
    if settings is None or problems:
        raise ConfigError(problems)
    if forget:
        # Picture processes, which decode untrusted files, inherit the environment.
        for name in SECRETS:
            environ.pop(name, None)
    return settings


class _Entry(NamedTuple):
    value: str
    place: str  # how a sentence names it: the variable, and the line if it is in a file


def _read(env_file: Path) -> tuple[dict[str, _Entry], list[str]]:
    """Read NAME=value lines. Unlike the environment, this file is ours: it holds nothing else."""
    try:
        with env_file.open(encoding="utf-8-sig") as stream:
            is_private = not stat.S_IMODE(os.fstat(stream.fileno()).st_mode) & 0o077
            bindings = list(parse_stream(stream))
    except FileNotFoundError:
        return {}, []
    except OSError as error:
        return {}, [f"{env_file.name} cannot be read: {error.strerror}"]
    except UnicodeDecodeError:
        return {}, [f"{env_file.name} is not a UTF-8 text file"]
    entries: dict[str, _Entry] = {}
    problems = []
    for name, value, original, broken in bindings:
        text = original.string
        line = original.line + text[: len(text) - len(text.lstrip())].count("\n")
        if broken or (name is not None and value is None):
            problems.append(f"{env_file.name} line {line} is not of the form NAME=value")
        elif name in NAMES and value:
            entries[name] = _Entry(value, f"{name} ({env_file.name} line {line})")
        elif name is not None and name not in NAMES:
            # What is not a name at all may be half of a secret that was pasted on its own.
            named = _unknown(name, cutoff=0.6) if _NAME.fullmatch(name) else "this is not a setting"
            problems.append(f"{env_file.name} line {line}: {named}")
    if os.name == "posix" and not is_private and not entries.keys().isdisjoint(SECRETS):
        log.warning("other users can read %s: chmod 600 %s", env_file.name, env_file.name)
    return entries, problems


def _near_misses(environ: Iterable[str], entries: dict[str, _Entry]) -> list[str]:
    """Find variables that look like misspelt settings; the environment is full of others' names."""
    suspects = ((name, _nearest(name, cutoff=0.9)) for name in environ if name not in NAMES)
    return [
        _unknown(name, cutoff=0.9) for name, meant in suspects if meant and meant not in entries
    ]


def _nearest(name: str, *, cutoff: float) -> str | None:
    bare = re.sub(r"[^A-Z0-9]", "", name.upper())
    same = [known for known in NAMES if known.replace("_", "") == bare]
    return next(iter(same or difflib.get_close_matches(name.upper(), NAMES, 1, cutoff)), None)


def _unknown(name: str, *, cutoff: float) -> str:
    meant = _nearest(name, cutoff=cutoff)
    return f"{name} is not a setting" + (f": did you mean {meant}?" if meant else "")
