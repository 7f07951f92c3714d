"""Who imports whom: what import-linter does not look at."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from tests.house.sources import SHIPPED, module_of, tree_of

MODULES = {module_of(path): path for path in SHIPPED}


def imported_by(path: Path) -> set[str]:
    """Modules of ours that a file names in any import, also one for annotations only."""
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                found.add(full if full in MODULES else node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return (found & MODULES.keys()) - {module_of(path)}


def test_there_is_no_import_circle_of_any_kind() -> None:
    graph = {module: imported_by(path) for module, path in MODULES.items()}

    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as circle:
        order = []
        found = circle.args[1]
    else:
        found = []

    assert found == []
    assert set(order) == set(MODULES)


def test_imports_are_absolute_and_name_what_exists() -> None:
    unknown = [
        f"{module}: {node.module}"
        for module, path in MODULES.items()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").split(".")[0] in {"bot", "cogs"}
        and node.module not in MODULES
    ]

    assert unknown == []
