"""Nothing grows past what can be read in one go."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tests.house.sources import PYTHON, SHIPPED, name_of, tree_of

LONGEST_FILE: Final = 400
LONGEST_TEST_FILE: Final = 700
LONGEST_FUNCTION: Final = 60
LONGEST_TEST: Final = 70
NINE_FILES_IN_TEN: Final = 250
NINE_FUNCTIONS_IN_TEN: Final = 25


def functions_of(path: Path) -> Iterator[tuple[str, int]]:
    """Each function's name, and how many lines it has."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def lines_of(path: Path) -> int:
    return path.read_text(encoding="utf-8").count("\n")


def nine_in_ten(sizes: Sequence[int]) -> int:
    return sorted(sizes)[len(sizes) * 9 // 10]


def test_no_file_is_too_long() -> None:
    long = [
        name_of(path)
        for path in PYTHON
        if lines_of(path) > (LONGEST_FILE if path in SHIPPED else LONGEST_TEST_FILE)
    ]

    assert long == []


def test_no_function_is_too_long() -> None:
    long = [
        f"{name_of(path)}: {name}"
        for path in PYTHON
        for name, lines in functions_of(path)
        if lines > (LONGEST_FUNCTION if path in SHIPPED else LONGEST_TEST)
    ]

    assert long == []


def test_most_files_and_functions_are_short() -> None:
    files = [lines_of(path) for path in SHIPPED]
    functions = [lines for path in SHIPPED for _, lines in functions_of(path)]

    assert nine_in_ten(files) <= NINE_FILES_IN_TEN
    assert nine_in_ten(functions) <= NINE_FUNCTIONS_IN_TEN
