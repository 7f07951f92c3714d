"""A modal that was shown is remembered for a day, for the member it was shown to."""

from __future__ import annotations

import pytest

from bot.domain.edits.options import EditKind
from bot.domain.errors import NotFound
from bot.store.interactions import modals
from bot.store.interactions.modals import KEPT_SECONDS, PendingModal
from tests.support.bench import Bench


async def show(
    bench: Bench, modal_id: int, *, kind: EditKind = EditKind.EDIT, sealed: bytes = b"sealed"
) -> None:
    modal = PendingModal(
        id=modal_id, member_id=1, kind=kind, sealed=sealed, created_at=bench.clock()
    )
    await bench.database.transact(modals.add, modal)


async def find(bench: Bench, modal_id: int, *, member_id: int) -> PendingModal:
    return await bench.database.transact(
        modals.find, modal_id, member_id=member_id, now=bench.clock()
    )


async def test_a_modal_is_found_as_it_was_shown(bench: Bench) -> None:
    for sealed in (b"sealed links", b"the same interaction again"):
        await show(bench, 77, kind=EditKind.RELETTER, sealed=sealed)

    modal = await find(bench, 77, member_id=1)

    assert (modal.id, modal.member_id, modal.kind, modal.sealed) == (
        77,
        1,
        EditKind.RELETTER,
        b"sealed links",
    )


async def test_nobody_else_finds_it(bench: Bench) -> None:
    await show(bench, 77)

    for modal_id, member_id in ((77, 2), (78, 1)):
        with pytest.raises(NotFound):
            await find(bench, modal_id, member_id=member_id)


async def test_a_modal_is_forgotten_after_a_day(bench: Bench) -> None:
    await show(bench, 77)
    bench.clock.jump(KEPT_SECONDS + 1)

    with pytest.raises(NotFound):
        await find(bench, 77, member_id=1)
    await show(bench, 78)

    assert [row["id"] for row in await bench.rows("SELECT id FROM form")] == [78]


async def test_what_an_old_modal_was_about_does_not_outlive_the_next_start(bench: Bench) -> None:
    await show(bench, 77)
    await bench.restart()
    assert [row["id"] for row in await bench.rows("SELECT id FROM form")] == [77]
    bench.clock.jump(KEPT_SECONDS + 1)

    await bench.restart()

    assert await bench.rows("SELECT id FROM form") == []
