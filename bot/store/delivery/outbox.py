"""The outbox: one row for each message that is owed, until it is delivered or kept.

A new kind of message needs no column and no migration: give it a name in `OwedKind`, insert its row
with `owe` in the transaction that causes it (that is also the one place that says where it goes),
and hand the outbox of `bot/services/delivery/outbox.py` a function that renders it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from bot.domain.errors import LeaseLost

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.store.database import Transaction

CLAIM_SECONDS: Final = 120.0


class OwedKind(StrEnum):
    """What a message is, and in which table its subject stands."""

    IN_LINE = "in line"  # edit: its place changed (part: the pause it waits for)
    RESULT = "result"  # edit: what became of it
    INTERRUPTED = "interrupted"  # reply: a restart cut a click short
    ALERT = "alert"  # alert: a part of a limit is used
    PAUSE = "pause"  # pause: purchases were stopped
    LOG_BROKEN = "log broken"  # guild: its log channel (part) is closed


TURNS: Final = {OwedKind.IN_LINE: 1, OwedKind.RESULT: 2, OwedKind.ALERT: 3}
"""The order of what is owed about one edit; what comes after its card waits while it runs."""

TRIED_ONCE: Final = frozenset({OwedKind.IN_LINE})
"""What would be late at its second try, while an edit's final card waits for it."""
KNOWN_KINDS: Final = json.dumps([kind.value for kind in OwedKind])
"""The kinds this version brings, as a JSON array for SQL; those of a newer one are left alone."""


class UndeliveredReason(StrEnum):
    """Why a message was kept."""

    CLOSED = "closed"  # no route was open
    NO_CHANNEL = "no log channel"
    OVER = "over"  # what it is about had passed
    OVERTAKEN = "overtaken"  # more of the same came with it, or before it was told
    SHELL = "shell"  # nobody on Discord asked for it
    BROKEN = "broken"  # it could not be shown


class RouteKind(StrEnum):
    """A way to somebody on Discord."""

    REPLY = "reply"  # in the place of an interaction's reply
    BESIDE = "beside"  # a private answer beside it, which cannot be looked for
    CHANNEL = "channel"
    DIRECT = "direct"
    LOG = "log"  # a guild's log channel, whichever it is then
    OWNER = "owner"  # the bot's owner: everybody of the team


@dataclass(frozen=True, slots=True)
class DeliveryRoute:
    """A way, and the id of the reply, channel, member or guild it leads to; 0: the owner."""

    kind: RouteKind
    id: int = 0


OWNER: Final = DeliveryRoute(RouteKind.OWNER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A message that is owed. Of `routes`, those that turned out closed are gone.

    `doubtful`: the first one was begun, and its answer may have been lost. After `claimed_until`
    (unix seconds) somebody else may bring it.
    """

    id: int
    kind: OwedKind
    subject: int
    part: int
    routes: tuple[DeliveryRoute, ...]
    tries: int
    doubtful: bool
    claimed_until: float


def owe(
    tx: Transaction,
    kind: OwedKind,
    subject: int,
    routes: Sequence[DeliveryRoute],
    *,
    now: float,
    part: int = 0,
    edit_id: int | None = None,
    kept: UndeliveredReason | None = None,
) -> bool:
    """Owe a message; one that is owed already, or ended, stays as it is (False).

    `edit_id`: it takes its turn among what is owed about that edit. `kept`: why nobody is told.
    """
    changed = tx.execute(
        """
        INSERT INTO outbox (kind, subject, part, edit_id, turn, address, state, reason, created_at,
                            ended_at)
        VALUES (:kind, :subject, :part, :edit_id, :turn, :address, :state, :kept, :now, :ended_at)
        ON CONFLICT (kind, subject, part) DO NOTHING
        """,
        kind=kind.value,
        subject=subject,
        part=part,
        edit_id=edit_id,
        turn=TURNS[kind] if edit_id is not None else 0,
        address=_address(routes),
        state="due" if kept is None else "kept",
        kept=kept.value if kept else None,
        now=now,
        ended_at=None if kept is None else now,
    )
    return changed == 1


def forget_ended(
    tx: Transaction,
    kind: OwedKind,
    subject: int,
    *,
    part: int = 0,
    reasons: Sequence[UndeliveredReason] | None = None,
) -> bool:
    """Make room to owe the same once more: it happened again, or was kept for one of `reasons`."""
    changed = tx.execute(
        """
        DELETE FROM outbox
        WHERE kind = :kind AND subject = :subject AND part = :part AND state <> 'due'
          AND (:reasons IS NULL OR reason IN (SELECT value FROM json_each(:reasons)))
        """,
        kind=kind.value,
        subject=subject,
        part=part,
        reasons=None if reasons is None else json.dumps(reasons),
    )
    return changed == 1


CLAIM: Final = """
    UPDATE outbox SET not_before = :until
    WHERE id = (
        SELECT id FROM outbox AS owed INDEXED BY due_in_outbox
        WHERE state = 'due' AND not_before <= :now
          AND kind IN (SELECT value FROM json_each(:known))
          AND NOT EXISTS (SELECT 1 FROM outbox AS earlier
                          WHERE earlier.edit_id = owed.edit_id AND earlier.state = 'due'
                            AND earlier.turn < owed.turn)
          AND NOT (turn > :card AND EXISTS (
              SELECT 1 FROM edit WHERE edit.id = owed.edit_id AND edit.state = 'running'))
        ORDER BY not_before, id LIMIT 1)
    RETURNING *
"""


def claim(tx: Transaction, *, now: float) -> Owed | None:
    """What is due longest; nobody else gets it for the next two minutes.

    A member sees first where their edit stands, then its pictures, then what it means for limits.
    """
    row = tx.fetch_one(
        CLAIM,
        now=now,
        until=now + CLAIM_SECONDS,
        card=TURNS[OwedKind.RESULT],
        known=KNOWN_KINDS,
    )
    return _owed(row) if row else None


def drop_claims(tx: Transaction) -> None:
    """At start, with the lock file held: the process that was bringing something is dead."""
    tx.execute("UPDATE outbox SET not_before = 0 WHERE state = 'due'")


def due_at(tx: Transaction, *, now: float) -> float | None:
    """When something comes due next, or None. What is due but must wait its turn is not counted:
    whatever it waits for wakes the outbox.
    """
    row = tx.fetch_one(
        "SELECT min(not_before) AS at FROM outbox WHERE state = 'due' AND not_before > :now",
        now=now,
    )
    return row["at"] if row else None


def begin(tx: Transaction, owed: Owed, route: DeliveryRoute) -> None:
    """Note which route is being tried, before it is: its answer may never come.

    The routes before it are closed, and are not tried again.

    Raises:
        LeaseLost: the claim ran out, or it was overtaken or brought by somebody else.
    """
    changed = tx.execute(
        """
        UPDATE outbox SET address = :address, doubtful = 1
        WHERE id = :id AND state = 'due' AND not_before = :claimed_until
        """,
        id=owed.id,
        address=_address(owed.routes[owed.routes.index(route) :]),
        claimed_until=owed.claimed_until,
    )
    if not changed:
        raise LeaseLost(f"message {owed.id}")


def put_off(tx: Transaction, owed_id: int, *, until: float) -> None:
    """Try again later.

    A post is looked for before it is made again. An answer beside a reply cannot be: what Discord
    did not take then is said again, or it would never be said.
    """
    tx.execute(
        """
        UPDATE outbox SET tries = tries + 1, not_before = :until,
                          doubtful = doubtful AND json_extract(address, '$[0][0]') <> :beside
        WHERE id = :id AND state = 'due'
        """,
        id=owed_id,
        until=until,
        beside=RouteKind.BESIDE.value,
    )


def wait(tx: Transaction, owed_id: int, *, until: float) -> None:
    """Leave it alone until then."""
    tx.execute(
        "UPDATE outbox SET not_before = :until WHERE id = :id AND state = 'due'",
        id=owed_id,
        until=until,
    )


def delivered(tx: Transaction, owed_id: int, *, message_id: int, now: float) -> None:
    """It is there; a second time changes nothing. `message_id` 0: not known."""
    tx.execute(
        """
        UPDATE outbox SET state = 'delivered', message_id = :message_id, ended_at = :now
        WHERE id = :id AND state = 'due'
        """,
        id=owed_id,
        message_id=message_id,
        now=now,
    )


def keep(tx: Transaction, owed_id: int, *, reason: UndeliveredReason, now: float) -> None:
    """Nobody could be told, or nobody need be: it is shown where people look."""
    tx.execute(
        """
        UPDATE outbox SET state = 'kept', reason = :reason, ended_at = :now
        WHERE id = :id AND state = 'due'
        """,
        id=owed_id,
        reason=reason.value,
        now=now,
    )


def _address(routes: Sequence[DeliveryRoute]) -> str:
    return json.dumps([[route.kind.value, route.id] for route in routes], separators=(",", ":"))


def _owed(row: Mapping[str, Any]) -> Owed:
    return Owed(
        id=row["id"],
        kind=OwedKind(row["kind"]),
        subject=row["subject"],
        part=row["part"],
        routes=tuple(
            DeliveryRoute(RouteKind(kind), leads_to)
            for kind, leads_to in json.loads(row["address"])
        ),
        tries=row["tries"],
        doubtful=bool(row["doubtful"]),
        claimed_until=row["not_before"],
    )
