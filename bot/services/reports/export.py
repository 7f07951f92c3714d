"""The columns of the tables that are exported. What an edit should show is in none of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from bot.domain.reports import tables

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from bot.store.reports.spend import PurchaseRow

_WHEN_AND_WHERE: Final = ("bought_at", "local_date", "guild_id", "channel_id", "member_id")
_WHAT: Final = ("edit_id", "job_id", "provider", "model", "kind", "outcome", "reason", "ended_at")
_MONEY: Final = ("charged_usd", "held_usd", "currency")
_OWNERS: Final = ("request_id", "owner_cost_usd", "owner_cost_state")

BOUGHT: Final = (*_WHEN_AND_WHERE, *_WHAT, *_MONEY)
"""What everybody may see of what they, or their members, bought."""

BOUGHT_FOR_OWNER: Final = (*BOUGHT, *_OWNERS)
"""The same with what only the operator sees: the provider's receipt, and what it bills."""

LEDGER: Final = (
    "entry_id", "booked_at", "local_date", "entry", "job_id", "edit_id", "guild_id", "member_id",
    "provider", "held_change_usd", "spent_change_usd", "currency",
)  # fmt: skip
COSTS: Final = (
    "entry_id", "booked_at", "local_date", "job_id", "provider", "request_id", "owner_cost_state",
    "owner_cost_change_usd", "reason", "currency",
)  # fmt: skip


@dataclass(slots=True)
class ExportTotals:
    """What one provider's rows come to: micro-USD, and the owner's cost in nano-USD."""

    jobs: int = 0
    spent: int = 0
    held: int = 0
    cost: int = 0


@dataclass(slots=True)
class ExportResult:
    """How many rows each file has, and the sums of each provider: they are never added."""

    rows: dict[str, int] = field(default_factory=dict)
    sums: dict[str, ExportTotals] = field(default_factory=dict)

    def of(self, provider: str) -> ExportTotals:
        """The sums of a provider."""
        return self.sums.setdefault(provider, ExportTotals())


def bought(job: PurchaseRow, *, zone: ZoneInfo) -> tuple[str, ...]:
    """The cells of one job, for BOUGHT; dates are those of `zone`."""
    return (
        tables.moment(job.created_at),
        tables.local_date(job.created_at, zone),
        tables.number(job.guild_id or None),
        tables.number(job.channel_id or None),
        tables.number(job.member_id),
        tables.number(job.edit_id),
        tables.number(job.job_id),
        tables.text(job.provider),
        tables.text(job.model),
        tables.text(job.kind),
        tables.text(job.state),
        tables.text(job.failure),
        tables.moment(job.ended_at),
        tables.micro_usd(job.spent),
        tables.micro_usd(job.held),
        tables.currency(job.provider),
    )


def bought_for_owner(job: PurchaseRow, *, zone: ZoneInfo) -> tuple[str, ...]:
    """The cells of one job, for BOUGHT_FOR_OWNER."""
    return (
        *bought(job, zone=zone),
        tables.text(job.request_id),
        tables.nano_usd(job.cost),
        tables.text(job.cost_state),
    )


def ledger(row: Mapping[str, Any], *, zone: ZoneInfo) -> tuple[str, ...]:
    """The cells of one row of the ledger; changes have a sign."""
    return (
        tables.number(row["id"]),
        tables.moment(row["created_at"]),
        tables.local_date(row["created_at"], zone),
        tables.text(row["kind"]),
        tables.number(row["job_id"]),
        tables.number(row["edit_id"]),
        tables.number(row["guild_id"] or None),
        tables.number(row["member_id"]),
        tables.text(row["provider"]),
        tables.micro_usd(row["held"]),
        tables.micro_usd(row["spent"]),
        tables.currency(row["provider"]),
    )


def cost(row: Mapping[str, Any], *, zone: ZoneInfo) -> tuple[str, ...]:
    """The cells of one row of the owner's cost; changes have a sign."""
    return (
        tables.number(row["id"]),
        tables.moment(row["created_at"]),
        tables.local_date(row["created_at"], zone),
        tables.number(row["job_id"]),
        tables.text(row["provider"]),
        tables.text(row["request_id"]),
        tables.text(row["state"]),
        tables.nano_usd(row["change"]),
        tables.text(row["reason"]),
        tables.currency(row["provider"]),
    )
