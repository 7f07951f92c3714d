"""Small books for tests: edits and jobs as the services write them, without pictures behind."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.catalog import IDEOGRAM_V2_EDIT, Style
from bot.domain.edits.edit import Edit, EditState
from bot.domain.edits.options import Adjusted, EditKind
from bot.domain.edits.pictures import Reading
from bot.domain.jobs.states import Job, ResultFiles, Submission
from bot.domain.limits.rules import DefaultLimits
from bot.services.billing.terms import PricingTerms
from bot.services.limits.guard import SpendGuard
from bot.store.database import Transaction
from bot.store.edits import edits, pictures
from bot.store.edits.pictures import PictureFile
from bot.store.interactions import pending
from bot.store.interactions.pending import PendingInteraction
from bot.store.jobs import jobs
from bot.store.migrations import migrate
from bot.store.sqlite import SqliteTransaction

UTC = ZoneInfo("UTC")
PROVIDER = "test"
PRICE = 80_000
NOW = 1_770_000_000.0
PICTURE = "0" * 64
CAPS = DefaultLimits(member_day=10**9, guild_month=10**9, bot_month=10**9)
ARRIVAL = ResultFiles(
    result=PICTURE,
    picture=PICTURE,
    seed=7,
    units=1.0,
    changed_inside=10,
    changed_outside=0,
    pixels_outside=90,
    raw_inside=50.0,
    raw_outside=1.0,
)

_numbers = itertools.count(1)


def receipt(request_id: str | None = None) -> Submission:
    request_id = request_id or f"r-{next(_numbers)}"
    url = f"http://provider.test/{request_id}"
    return Submission(request_id, f"{url}/status", url, f"{url}/cancel")


def interaction(interaction_id: int, *, member_id: int = 1, now: float = NOW) -> PendingInteraction:
    """One in channel 50, as Discord sent it."""
    return PendingInteraction(
        id=interaction_id,
        application_id=9,
        sealed_token=b"sealed",
        member_id=member_id,
        guild_id=5,
        channel_id=50,
        size_limit=10 * 1024 * 1024,
        created_at=now,
    )


def add_reply(
    tx: Transaction, reply_id: int, *, member_id: int = 1, now: float = NOW
) -> PendingInteraction:
    """An acknowledged interaction."""
    reply = interaction(reply_id, member_id=member_id, now=now)
    assert pending.add(tx, reply)
    return reply


def job_of(tx: Transaction, job_id: int) -> Job:
    """A job that there must be."""
    job = jobs.get(tx, job_id)
    assert job
    return job


def add_draft(
    tx: Transaction,
    /,
    *,
    origin: str | None = None,
    member_id: int = 1,
    guild_id: int | None = None,
    reply_id: int | None = None,
    count: int = 1,
    price: int = PRICE,
    provider: str = PROVIDER,
    seed: int | None = None,
    now: float = NOW,
    **others: Any,
) -> int:
    """A quoted draft; it was asked for in a channel when there is a reply, else in a shell."""
    pictures.record(tx, PictureFile(PICTURE, 1), now=now)
    edit = Edit(
        id=0,
        origin=origin or f"test:{next(_numbers)}",
        kind=EditKind.EDIT,
        root=None,
        state=EditState.DRAFT,
        member_id=member_id,
        guild_id=guild_id,
        channel_id=None if reply_id is None else 50,
        counted_channel_id=None if reply_id is None else 50,
        role_ids=(),
        reply_id=reply_id,
        model=IDEOGRAM_V2_EDIT.id,
        provider=provider,
        prompt="a red door",
        area="left",
        reading=Reading.WORDS,
        style=Style.AUTO,
        count=count,
        seed=seed,
        rewrite=False,
        price=price,
        unit_cost=price * 1000,
        source=PICTURE,
        mask=PICTURE,
        drawn=PICTURE,
        sent_picture=PICTURE,
        sent_mask=PICTURE,
        crop_left=0,
        crop_top=0,
        crop_width=10,
        crop_height=10,
        width=10,
        height=10,
        masked_pixels=10,
        feather=1,
        adjusted=Adjusted(),
        question=None,
        notes=(),
        choices=(),
        created_at=now,
    )
    return edits.add(tx, replace(edit, **others)).id


def put_in_line(
    tx: Transaction,
    *,
    member_id: int = 1,
    guild_id: int | None = None,
    channel_id: int | None = None,
    role_ids: tuple[int, ...] = (),
    reply_id: int | None = None,
    count: int = 1,
    price: int = PRICE,
    caps: DefaultLimits = CAPS,
    zone: ZoneInfo = UTC,
    provider: str = PROVIDER,
    seed: int | None = None,
    now: float = NOW,
) -> list[int]:
    """A running edit; the ids of its jobs, each with its price held.

    Raises:
        LimitReached: there is no room.
    """
    edit_id = add_draft(
        tx,
        member_id=member_id,
        guild_id=guild_id,
        reply_id=reply_id,
        count=count,
        price=price,
        provider=provider,
        seed=seed,
        now=now,
        counted_channel_id=channel_id,
    )
    edit = edits.get(tx, edit_id)
    assert edit is not None
    assert edits.start(tx, edit_id, reply_id=reply_id, role_ids=role_ids)
    made = [jobs.enqueue(tx, edit, ordinal=ordinal, now=now) for ordinal in range(count)]
    guard(caps, zone=zone, provider=provider, now=now).hold(
        tx, replace(edit.buyer, role_ids=role_ids), made, price, now=now
    )
    return made


def usual_terms(
    caps: DefaultLimits = CAPS, *, price: int = PRICE, provider: str = PROVIDER, **others: Any
) -> PricingTerms:
    """The terms of a bot that sells pictures at this price."""
    usual: dict[str, Any] = {"model": IDEOGRAM_V2_EDIT, "zone": UTC, "max_waiting": 24, **others}
    return PricingTerms(provider=provider, price=price, unit_cost=price * 1000, caps=caps, **usual)


def guard(
    caps: DefaultLimits = CAPS, *, zone: ZoneInfo = UTC, provider: str = PROVIDER, now: float = NOW
) -> SpendGuard:
    """A guard on some terms, at one moment."""
    return SpendGuard(usual_terms(caps, zone=zone, provider=provider), clock=lambda: now)


def one(tx: Transaction, sql: str, /, **parameters: object) -> Any:
    """The first column of the first row."""
    row = tx.fetch_one(sql, **parameters)
    assert row is not None
    return row[0]  # type: ignore[index]


@cache
def _empty_books() -> bytes:
    """The file as all migrations leave it: running them takes longer than most tests."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.row_factory = sqlite3.Row
    migrate(connection, None)
    with closing(connection):
        return connection.serialize()


def memory_connection() -> sqlite3.Connection:
    """Fresh books in memory, on a plain connection with the settings of the real one."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.deserialize(_empty_books())
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


@contextmanager
def memory_books() -> Iterator[SqliteTransaction]:
    """One open transaction on fresh books in memory."""
    connection = memory_connection()
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield SqliteTransaction(connection)
    finally:
        connection.close()
