"""One word for one thing: classes, files, fail points and errors."""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Final

from bot.domain.errors import TouchupError
from bot.failpoints import NAMES as FAIL_POINTS
from tests.house.sources import PYTHON, ROOT, SHIPPED, name_of, tree_of

BANNED_NAMES: Final = {"base", "common", "handler", "handlers", "helper", "helpers", "manager",
                       "managers", "misc", "util", "utils"}  # fmt: skip

FEATURES: Final = ("edits", "jobs", "interactions", "delivery", "limits", "billing", "reports")
"""The names that every layer of the bot gives to the same feature."""

MACHINES: Final = {"engine", "sandbox"}
"""Other machines inside the package: their files have the words of what they stand for."""


def test_no_public_class_name_stands_twice() -> None:
    places = defaultdict(list)
    for path in SHIPPED:
        for node in tree_of(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(name_of(path))

    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def is_in_its_feature(path: Path) -> bool:
    """The same kind of file (cards, options, service) in several features is wanted."""
    return bool(set(path.relative_to(ROOT).parts[:-1]) & set(FEATURES))


def test_a_file_name_that_stands_twice_means_the_same() -> None:
    """It is a feature's, in each layer; or what a command is called, in all that serve it."""
    places = defaultdict(list)
    for path in SHIPPED:
        parts = path.relative_to(ROOT).parts
        if path.name != "__init__.py" and parts[1] not in MACHINES and "texts" not in parts:
            places[path.stem].append(path)
    commands = {path.stem for path in SHIPPED if path.parent in (ROOT / "cogs", ROOT / "bot/cli")}

    doubled = {
        name: [name_of(path) for path in found]
        for name, found in places.items()
        if len(found) > 1
        and name not in {*FEATURES, *commands}
        and not all(is_in_its_feature(path) for path in found)
    }

    assert doubled == {}


def test_no_file_or_folder_is_called_after_nothing() -> None:
    names = {part for path in PYTHON for part in path.relative_to(ROOT).with_suffix("").parts}

    assert not names & BANNED_NAMES


def test_every_module_says_in_one_line_what_it_is_for() -> None:
    silent = [name_of(path) for path in SHIPPED if not ast.get_docstring(tree_of(path))]

    assert silent == []


def test_the_tree_of_errors_is_drawn_completely() -> None:
    def below(kind: type[TouchupError]) -> list[type[TouchupError]]:
        return [kind, *(deep for sub in kind.__subclasses__() for deep in below(sub))]

    drawn = set(
        re.findall(r"^[│├└─ ]*(\w+)", sys.modules["bot.domain.errors"].__doc__ or "", re.MULTILINE)
    )

    assert {kind.__name__ for kind in below(TouchupError)} <= drawn


def test_every_fail_point_is_reached_somewhere() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in SHIPPED)

    reached = set(re.findall(r'\breach\(\s*"([\w.]+)"', source))

    assert reached == set(FAIL_POINTS)
