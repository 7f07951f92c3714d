"""Frames from the gateway: doubles and broken ones."""

from __future__ import annotations

from typing import Any

import pytest

from bot.ui.bot.gateway_dedupe import REMEMBERED, GatewayDedupe
from bot.ui.languages import GuildLanguages


def test_a_frame_that_comes_twice_is_handed_on_once() -> None:
    """D4."""
    seen: list[Any] = []
    dedupe = GatewayDedupe(seen.append, GuildLanguages())

    dedupe.pass_on({"id": "1"})
    dedupe.pass_on({"id": "1"})
    dedupe.pass_on({"id": "2"})

    assert seen == [{"id": "1"}, {"id": "2"}]


def test_memory_is_bounded() -> None:
    dedupe = GatewayDedupe(lambda _: None, GuildLanguages())

    for identity in range(REMEMBERED + 500):
        dedupe.pass_on({"id": str(identity)})

    assert len(dedupe._seen) == REMEMBERED


@pytest.mark.parametrize("payload", [{}, {"id": None}, {"id": ["x"]}, {"id": "1" * 10_000}])
def test_a_broken_frame_ends_nothing(
    payload: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Row 104: and what stood in it does not reach the log."""

    def refuse(_: Any) -> None:
        raise KeyError("attachment_size_limit: secret")

    GatewayDedupe(refuse, GuildLanguages()).pass_on(payload)

    assert "cannot be read: KeyError" in caplog.text
    assert "secret" not in caplog.text
    assert len(caplog.text) < 500
