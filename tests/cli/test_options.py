"""The command line: exit codes, sentences instead of tracebacks, and a light start."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

import bot

ROOT: Final = Path(__file__).resolve().parents[2]


ENVIRONMENT: Final = {"PYTHONPATH": str(ROOT), "PATH": "", "COLUMNS": "80"}


def run_touchup(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        capture_output=True,
        check=False,
        cwd=cwd,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=60,
    )


def test_the_command_tells_its_version(tmp_path: Path) -> None:
    answer = run_touchup("--version", cwd=tmp_path)

    assert (answer.returncode, answer.stdout) == (0, f"touchup {bot.__version__}\n")


def test_row_111_a_token_on_the_command_line_is_refused_unread(tmp_path: Path) -> None:
    token = "MTA0NzEwNDcxMDQ3MTA0NzEw.GcAnAr.canary-canary-canary-canary-canary"

    answer = run_touchup("--token", token, cwd=tmp_path)

    assert answer.returncode == 2
    assert ".env" in answer.stderr
    assert "canary" not in answer.stdout + answer.stderr


def test_the_command_line_loads_no_heavy_room() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import bot.cli.arguments, sys; print(*sys.modules)"],
        capture_output=True,
        check=True,
        cwd=ROOT,
        text=True,
    ).stdout.split()

    assert not {"cv2", "numpy", "PIL", "discord", "aiohttp", "httpx", "pydantic"} & set(loaded)


@contextmanager
def running_engine(cwd: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "engine", "--port=0", "--sync-port=0", "--data=engine"],
        cwd=cwd,
        env=ENVIRONMENT | {"PYTHONUNBUFFERED": "1"},
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert any("http://127.0.0.1:" in line for line in iter(process.stdout.readline, ""))
        yield process
        process.kill()


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_engine_stops_when_told(tmp_path: Path, stop: signal.Signals) -> None:
    with running_engine(tmp_path) as process:
        process.send_signal(stop)
        _, complaints = process.communicate(timeout=30)

    assert (process.returncode, complaints) == (0, "")


def test_h2_a_second_process_on_the_same_data_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with running_engine(tmp_path) as process:
        answer = run_touchup("engine", "--port=0", "--sync-port=0", "--data=engine", cwd=tmp_path)

    assert answer.returncode == 2
    assert str(process.pid) in answer.stderr
    assert "Traceback" not in answer.stderr


def test_h1_a_taken_port_is_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        answer = run_touchup("engine", "--port", port, "--sync-port", "0", cwd=tmp_path)

    assert answer.returncode == 2
    assert "--port" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("price", ["-1", "1e9", "$5", "0,05"])
def test_w47_a_malformed_price_is_a_sentence(tmp_path: Path, price: str) -> None:
    answer = run_touchup("engine", f"--price-usd={price}", cwd=tmp_path)

    assert answer.returncode == 2
    assert "Traceback" not in answer.stderr
    assert "0.08" in answer.stderr


def test_h1_wrong_settings_are_all_named_and_nothing_is_started(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MODEL=dall-e\nTIME_ZONE=Mars\nFAL_KEI=canary\n")

    answer = run_touchup("doctor", cwd=tmp_path)

    assert answer.returncode == 2
    assert [line.split()[0] for line in answer.stderr.splitlines()] == [
        ".env",
        "MODEL",
        "TIME_ZONE",
    ]
    assert "canary" not in answer.stderr
    assert [path.name for path in tmp_path.iterdir()] == [".env"]
