from __future__ import annotations

import inspect
from pathlib import Path

from bot.engine.http.faults import EngineFaultKind
from bot.engine.http.schema import ENDPOINTS
from bot.engine.http.server import Engine

GUIDE = (Path(__file__).parents[2] / "docs" / "engine.md").read_text(encoding="utf-8")


def test_the_guide_names_every_fault_once() -> None:
    assert {kind: GUIDE.count(f"`{kind}`") for kind in EngineFaultKind} == dict.fromkeys(
        EngineFaultKind, 1
    )


def test_the_guide_names_every_option_of_an_engine() -> None:
    options = inspect.signature(Engine).parameters

    assert [name for name in options if f"`{name}`" not in GUIDE] == []


def test_the_guide_states_the_prices_in_use() -> None:
    rows = {
        f"| `{endpoint.id}` | ${endpoint.price_nano_usd / 1e9:.2f} |"
        for endpoint in ENDPOINTS.values()
    }

    assert [row for row in rows if row not in GUIDE] == []
