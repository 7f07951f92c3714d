"""One word for one thing: classes, files, fail points and errors."""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from bot.domain.errors import TouchupError
from bot.failpoints import NAMES as FAIL_POINTS
from tests.house.sources import PYTHON, ROOT, SHIPPED, name_of, tree_of

if TYPE_CHECKING:
    from pathlib import Path

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


def subject(path: Path) -> str:
    """What a file is about: its feature where it is in one, else its own name."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return next((part for part in parts if part in FEATURES), parts[-1])


def layer(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    return parts[0] if parts[0] == "cogs" or len(parts) == 2 else "/".join(parts[:2])


def test_a_file_name_that_stands_twice_means_the_same_subject() -> None:
    """Of the bot's own layers: two files called `rules` are both about limits."""
    places = defaultdict(list)
    for path in SHIPPED:
        if path.name != "__init__.py" and path.relative_to(ROOT).parts[1] not in MACHINES:
            places[path.name].append(path)

    doubled = {
        name: [name_of(path) for path in found]
        for name, found in places.items()
        if len({subject(path) for path in found} - {name.removesuffix(".py")}) > 1
        or len({(layer(path), subject(path)) for path in found}) < len(found) - 1
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
