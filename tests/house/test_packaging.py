"""What is shipped, pinned and promised: the wheel, the locks, the README's commands."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any, Final

import pytest

import bot
from tests.house.sources import ROOT, text_of, tracked_files

LOCKS: Final = ("requirements.lock", "requirements-dev.lock")


def readme_commands() -> list[str]:
    return re.findall(r"^python3 -m venv .*$", text_of("README.md"), flags=re.MULTILINE)


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
    assert any("/licenses/bot/imaging/fonts/" in name for name in held)
    assert not any(name.startswith("tests/") for name in held)
