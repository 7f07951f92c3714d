"""The house rules: sizes, names, and documents that agree with the code."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any, Final

import pytest

import bot
from bot.domain.errors import TouchupError
from bot.failpoints import NAMES as FAIL_POINTS
from bot.settings.model import NAMES as SETTINGS

ROOT: Final = Path(__file__).resolve().parent.parent
PYTHON: Final = sorted(
    path for room in ("bot", "cogs", "tests") for path in ROOT.glob(f"{room}/**/*.py")
)
LOCKS: Final = ("requirements.lock", "requirements-dev.lock")

LONGEST_FILE: Final = 400
LONGEST_TEST_FILE: Final = 700
LONGEST_FUNCTION: Final = 70
LARGE_FOR_A_REASON: Final = {
    "bot/domain/lifecycle.py": "one state machine, read from top to bottom",
    "bot/engine/schema.py:openapi": "one document, written as it is served",
}
"""Path, or path:function, and the reason why splitting it would make it worse."""

BANNED_NAMES: Final = {"base", "common", "handler", "handlers", "helper", "helpers", "manager",
                       "managers", "misc", "util", "utils"}  # fmt: skip


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def tracked_files() -> list[Path]:
    """Every file git knows; outside a checkout (a source archive), every file that is there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, text=True
    )
    names = listed.stdout.split("\0") if listed.returncode == 0 else []
    found = [ROOT / name for name in names if name] or [*PYTHON, *ROOT.glob("*.md")]
    return [path for path in found if path.is_file()]


def readme_commands() -> list[str]:
    return re.findall(r"^python3 -m venv .*$", text_of("README.md"), flags=re.MULTILINE)


def test_files_and_functions_stay_small() -> None:
    large = set()
    for path in PYTHON:
        name = path.relative_to(ROOT).as_posix()
        source = path.read_text(encoding="utf-8")
        if source.count("\n") > (LONGEST_TEST_FILE if name.startswith("tests/") else LONGEST_FILE):
            large.add(name)
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    large.add(f"{name}:{node.name}")

    assert large == set(LARGE_FOR_A_REASON)


def test_no_room_is_called_after_nothing() -> None:
    names = {part for path in PYTHON for part in path.relative_to(ROOT).with_suffix("").parts}

    assert not names & BANNED_NAMES


def test_every_package_says_in_one_line_what_it_is_for() -> None:
    silent = [
        path
        for path in PYTHON
        if path.parts[len(ROOT.parts)] != "tests"
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]

    assert silent == []


def test_the_tree_of_errors_is_drawn_completely() -> None:
    def below(kind: type[TouchupError]) -> list[type[TouchupError]]:
        return [kind, *(deep for sub in kind.__subclasses__() for deep in below(sub))]

    drawn = set(
        re.findall(r"^[│├└─ ]*(\w+)", sys.modules["bot.domain.errors"].__doc__ or "", re.MULTILINE)
    )

    assert {kind.__name__ for kind in below(TouchupError)} <= drawn


def test_every_fail_point_is_reached_somewhere() -> None:
    source = "".join(
        path.read_text(encoding="utf-8") for path in PYTHON if "tests" not in path.parts
    )

    reached = set(re.findall(r'\breach\(\s*"([\w.]+)"', source))

    assert reached == set(FAIL_POINTS)


def test_the_readme_starts_with_a_demo_and_has_one_command_for_all_tests() -> None:
    demo, tests = readme_commands()

    assert demo == ("python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/touchup demo")
    assert "--require-hashes -r requirements-dev.lock" in tests
    assert tests.split(" && ")[-1].startswith(".venv/bin/pytest ")


def test_ci_runs_the_readmes_own_test_command() -> None:
    script = text_of(".ci/run")
    first = next(line for line in text_of("README.md").splitlines() if "bin/pytest" in line)

    assert "grep -m 1 'bin/pytest' README.md" in script
    assert first == readme_commands()[1]
    assert (ROOT / ".ci/run").stat().st_mode & 0o111
    assert subprocess.run(["bash", "-n", ROOT / ".ci/run"], check=False).returncode == 0


def test_every_file_the_documents_point_to_exists() -> None:
    broken = [
        f"{document.name}: {target}"
        for document in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"))
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8"))
        if not (document.parent / target).exists()
    ]

    assert broken == []


def test_every_module_the_documents_name_exists() -> None:
    missing = [
        f"{document}: {name}"
        for document in ("ARCHITECTURE.md", "CONTRIBUTING.md", "docs/areas.md", "docs/running.md")
        for name in re.findall(r"\b[a-z_]+/[a-z_/]+\.py\b", text_of(document))
        if not any((ROOT / room / name).is_file() for room in ("", "bot"))
    ]

    assert missing == []


def test_the_readme_names_only_settings_that_exist() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \|", text_of("README.md"), flags=re.MULTILINE)

    assert rows
    assert set(rows) <= set(SETTINGS)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_registry_and_no_path_and_hashes_everything(lock: str) -> None:
    text = text_of(lock)
    pins = re.findall(r"^([a-z0-9-]+)==", text, flags=re.MULTILINE)

    assert not re.search(
        r"://|index-url|find-links|trusted-host|file:|^-e|^/|@ ", text, re.MULTILINE
    )
    assert len(re.findall(r"==[^\n]*\\\n +--hash=sha256:[0-9a-f]{64}", text)) == len(pins)


def _canonical(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def test_the_locks_hold_every_dependency() -> None:
    project: dict[str, Any] = tomllib.loads(text_of("pyproject.toml"))
    runtime = {_canonical(line) for line in project["project"]["dependencies"]}
    dev = {_canonical(line) for line in project["dependency-groups"]["dev"]}
    build = {_canonical(line) for line in project["build-system"]["requires"]}
    pinned, pinned_dev = (
        dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text_of(lock), flags=re.MULTILINE))
        for lock in LOCKS
    )

    assert runtime <= pinned.keys()
    assert runtime | dev | build <= pinned_dev.keys()
    assert {name: pinned_dev.get(name) for name in pinned} == pinned


def test_the_version_is_written_once_and_the_changelog_is_open() -> None:
    project: dict[str, Any] = tomllib.loads(text_of("pyproject.toml"))

    assert project["project"]["dynamic"] == ["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", bot.__version__)
    assert "## [Unreleased]" in text_of("CHANGELOG.md")


def test_the_wheel_holds_whatever_the_code_reads(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        capture_output=True,
        check=True,
        cwd=ROOT,
    )
    (wheel,) = tmp_path.iterdir()
    held = zipfile.ZipFile(wheel).namelist()
    data = {
        path.relative_to(ROOT).as_posix()
        for path in tracked_files()
        if path.relative_to(ROOT).parts[0] in {"bot", "cogs"}
    }

    assert {"bot/py.typed", "bot/__main__.py", "cogs/__init__.py"} <= data
    assert data <= set(held)
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in held)
    assert any("/licenses/bot/engine/fonts/" in name for name in held)
    assert not any(name.startswith("tests/") for name in held)


def test_no_tracked_file_knows_the_machine_it_was_written_on() -> None:
    # Put together here, so that this file does not find itself.
    machine = re.compile(
        "|".join(["/" + "work/", "/" + "root/", "/home/" + r"\w", "/" + "tmp/plan"])
    )

    found = [
        path.relative_to(ROOT).as_posix()
        for path in tracked_files()
        if machine.search(path.read_bytes().decode("utf-8", "ignore"))
    ]

    assert found == []
