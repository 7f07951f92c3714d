"""The project's own files, as the house tests look at them."""

from __future__ import annotations

import ast
import functools
import subprocess
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDERS: Final = ("bot", "cogs")
PYTHON: Final = sorted(
    path for folder in (*FOLDERS, "tests") for path in ROOT.glob(f"{folder}/**/*.py")
)
SHIPPED: Final = [path for path in PYTHON if path.relative_to(ROOT).parts[0] in FOLDERS]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    """A path as documents write it: from the project's root."""
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    """A file without its ending; a package's `__init__.py` is the package."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def tracked_files() -> list[Path]:
    """Every file git knows; outside a checkout (a source archive), every file that is there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, text=True
    )
    names = listed.stdout.split("\0") if listed.returncode == 0 else []
    found = [ROOT / name for name in names if name] or [*PYTHON, *ROOT.glob("*.md")]
    return [path for path in found if path.is_file()]


def documents() -> list[Path]:
    return [path for path in tracked_files() if path.suffix == ".md"]
