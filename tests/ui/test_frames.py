"""Frames from the gateway: doubles and broken ones."""

from __future__ import annotations

from typing import Any

import pytest

from bot.ui.frames import REMEMBERED, Frames


def test_a_frame_that_comes_twice_is_handed_on_once() -> None:
    """D4."""
    seen: list[Any] = []
    frames = Frames(seen.append)

    frames.take({"id": "1"})
    frames.take({"id": "1"})
    frames.take({"id": "2"})

    assert seen == [{"id": "1"}, {"id": "2"}]


def test_memory_is_bounded() -> None:
    frames = Frames(lambda _: None)

    for identity in range(REMEMBERED + 500):
        frames.take({"id": str(identity)})

    assert len(frames._seen) == REMEMBERED


@pytest.mark.parametrize("payload", [{}, {"id": None}, {"id": ["x"]}, {"id": "1" * 10_000}])
def test_a_broken_frame_ends_nothing(
    payload: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Row 104: and what stood in it does not reach the log."""

    def refuse(_: Any) -> None:
        raise KeyError("attachment_size_limit: secret")

    Frames(refuse).take(payload)

    assert "cannot be read: KeyError" in caplog.text
    assert "secret" not in caplog.text
    assert len(caplog.text) < 500
