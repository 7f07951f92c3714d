"""Days on the command line: whole ones in the operator's zone, and only those that can be."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.cli import days, export, reconcile
from bot.domain.errors import ConfigError
from bot.settings.model import Settings

EDGES = [date.min, date.max, date(2014, 12, 31), date(3000, 1, 1)]
ODD_ZONES = ["Pacific/Kiritimati", "Pacific/Pago_Pago"]


@pytest.mark.parametrize("day", EDGES)
@pytest.mark.parametrize("option", ["since", "until"])
async def test_a_day_that_nobody_can_mean_is_refused_in_a_sentence(
    option: str, day: date, tmp_path: Path
) -> None:
    settings = Settings(engine="embedded", data_dir=tmp_path / "data")
    ends: dict[str, Any] = {option: day}

    with pytest.raises(ConfigError) as compared:
        await reconcile.run(settings, reconcile.ReconcileOptions(**ends))
    with pytest.raises(ConfigError) as exported:
        await export.run(settings, export.ExportOptions(out=tmp_path / "tables", **ends))

    said = f"--{option} is {day}, but must be a day from 2015-01-01 to 2999-12-31."
    assert compared.value.problems == exported.value.problems == (said,)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("day", [days.FIRST, days.LAST])
@pytest.mark.parametrize("zone", ODD_ZONES)
async def test_the_first_and_the_last_day_that_may_be_meant_are_taken(
    day: date, zone: str, tmp_path: Path
) -> None:
    settings = Settings(engine="embedded", data_dir=tmp_path / "data", time_zone=zone)

    assert await export.run(settings, export.ExportOptions(out=tmp_path, since=day)) == export.DONE
    assert await export.run(settings, export.ExportOptions(out=tmp_path, until=day)) == export.DONE
    until = reconcile.ReconcileOptions(until=day)
    assert await reconcile.run(settings, until) == reconcile.AGREED


def test_a_day_begins_at_midnight_in_its_zone() -> None:
    assert days.midnight(date(2026, 11, 22), ZoneInfo("Asia/Kathmandu")) == int(
        datetime(2026, 11, 21, 18, 15, tzinfo=UTC).timestamp()
    )


async def test_a_first_day_in_the_future_is_named_as_such(tmp_path: Path) -> None:
    settings = Settings(engine="embedded", data_dir=tmp_path / "data")
    later = datetime.now(UTC).date() + timedelta(days=2)

    with pytest.raises(ConfigError) as refusal:
        await reconcile.run(settings, reconcile.ReconcileOptions(since=later))

    assert refusal.value.problems == (f"--since {later} is in the future.",)
