"""Documents, docstrings and comments name only what exists."""

from __future__ import annotations

import ast
import importlib
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bot.settings.model import NAMES as SETTINGS
from tests.house.sources import PYTHON, ROOT, documents, name_of, text_of, tracked_files, tree_of

FILE: Final = re.compile(r"(?<![\w/.-])(?!discord\.py)((?:[\w.-]+/)*\w+\.py)\b")
"""A Python file, by its path or its bare name; discord.py is a library."""
DOTTED: Final = re.compile(r"`((?:bot|cogs|tests|benchmarks)(?:\.\w+)+)")
CHANGELOG: Final = "CHANGELOG.md"
"""Tells what was: it may name what is gone."""


def prose_of(path: Path) -> Iterator[str]:
    """The docstrings and comments of a Python file; a document is prose throughout."""
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        yield source
        return
    for node in ast.walk(tree_of(path)):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            yield node.value.value
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def sources() -> list[Path]:
    return [*(path for path in documents() if path.name != CHANGELOG), *PYTHON]


def is_there(name: str) -> bool:
    """A path from the root or inside `bot/`; a bare file name may be anywhere."""
    if "/" not in name:
        return any(path.name == name for path in PYTHON) or (ROOT / "benchmarks" / name).is_file()
    return any((ROOT / folder / name).is_file() for folder in ("", "bot"))


def exists(dotted: str) -> bool:
    """Whether a module, or something in a module, has this name."""
    parts = dotted.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for name in parts[end:]:
            fields = getattr(found, "__dataclass_fields__", {})
            if not hasattr(found, name) and name not in fields:
                return False
            found = getattr(found, name, None)
        return True
    return False


def test_every_link_of_the_documents_leads_somewhere() -> None:
    broken = [
        f"{document.name}: {target}"
        for document in documents()
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8"))
        if not (document.parent / target).exists()
    ]

    assert broken == []


def test_every_file_that_is_named_exists() -> None:
    missing = {
        f"{name_of(path)}: {name}"
        for path in sources()
        for text in prose_of(path)
        for name in FILE.findall(text)
        if not is_there(name) and not (path.parent / name).is_file()
    }

    assert missing == set()


def test_every_module_and_function_that_is_named_exists() -> None:
    missing = {
        f"{name_of(path)}: {dotted}"
        for path in sources()
        for text in prose_of(path)
        for dotted in DOTTED.findall(text)
        if not exists(dotted)
    }

    assert missing == set()


def test_the_readme_names_only_settings_that_exist() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \|", text_of("README.md"), flags=re.MULTILINE)

    assert rows
    assert set(rows) <= set(SETTINGS)


def test_no_tracked_file_knows_the_machine_it_was_written_on() -> None:
    # Put together here, so that this file does not find itself.
    machine = re.compile(
        "|".join(["/" + "work/", "/" + "root/", "/home/" + r"\w", "/" + "tmp/plan"])
    )

    found = [
        name_of(path)
        for path in tracked_files()
        if machine.search(path.read_bytes().decode("utf-8", "ignore"))
    ]

    assert found == []
