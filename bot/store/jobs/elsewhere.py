"""Jobs of other providers than the one in use: they cannot go on here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.store.database import Transaction


def queued(tx: Transaction, *, provider: str) -> Sequence[int]:
    """The ids of jobs in line for another provider."""
    rows = tx.fetch_all(
        "SELECT id FROM job WHERE state = 'queued' AND provider <> :provider ORDER BY id",
        provider=provider,
    )
    return [row["id"] for row in rows]


def bought(tx: Transaction, *, provider: str) -> dict[str, int]:
    """How many jobs were bought, or perhaps bought, of other providers and have not ended."""
    rows = tx.fetch_all(
        """
        SELECT provider, count(*) AS n FROM job
        WHERE state IN ('submitting', 'unknown', 'running') AND provider <> :provider
        GROUP BY provider ORDER BY provider
        """,
        provider=provider,
    )
    return {row["provider"]: row["n"] for row in rows}


def unknown(tx: Transaction, *, provider: str) -> dict[str, int]:
    """How many unknown jobs the other providers have, by their names."""
    rows = tx.fetch_all(
        """
        SELECT provider, count(*) AS n FROM job
        WHERE state = 'unknown' AND provider <> :provider GROUP BY provider ORDER BY provider
        """,
        provider=provider,
    )
    return {row["provider"]: row["n"] for row in rows}
