"""The engine and the local Discord are other machines: what is inside them concerns nobody else.

import-linter says so of `bot` and `cogs`; this file of what it does not read, too.
"""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import bot.engine
import bot.sandbox
from tests.house.sources import ROOT

FACES: Final = {"bot.engine", "bot.engine.painting", "bot.engine.samples", "bot.sandbox"}
INSIDE: Final = ("bot/engine/", "bot/sandbox/", "tests/engine/", "tests/sandbox/")


def files_outside() -> list[Path]:
    found = [
        path
        for folder in ("bot", "cogs", "tests", "benchmarks", "docs")
        for path in sorted((ROOT / folder).rglob("*.py"))
    ]
    return [path for path in found if not path.relative_to(ROOT).as_posix().startswith(INSIDE)]


def imported(path: Path) -> Iterator[str]:
    """Every module an import statement names, and every name it takes out of one."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_inner(name: str) -> bool:
    machine = ".".join(name.split(".")[:2])
    if machine not in FACES or name in FACES:
        return False
    face, _, word = name.rpartition(".")
    return face not in FACES or word not in getattr(importlib.import_module(face), "__all__", ())


def test_nobody_outside_imports_an_inner_module_of_the_machines() -> None:
    import bot.engine.painting  # noqa: F401 - its names are asked for by `is_inner`

    inner = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in files_outside()
        for name in imported(path)
        if is_inner(name)
    ]

    assert inner == []


def test_a_face_lists_its_names_in_order_and_has_each_of_them() -> None:
    for face in (bot.engine, bot.sandbox):
        # As ruff sorts: constants, classes, everything else.
        kinds = [(not name.isupper(), not name[0].isupper(), name) for name in face.__all__]

        assert kinds == sorted(kinds)
        assert [name for name in face.__all__ if not hasattr(face, name)] == []


def test_importing_the_engine_loads_neither_its_server_nor_its_painter() -> None:
    """A painting process goes through the package, and loads the rest for nothing."""
    heavy = ("aiohttp", "bot.engine.http.server", "bot.engine.painting", "cv2", "numpy")
    code = f"import sys, bot.engine; print([name for name in {heavy!r} if name in sys.modules])"

    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True
    )

    assert said.stdout.strip() == "[]"
