"""A form that was shown is remembered for a day, for the member it was shown to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.domain.edits import EditKind
from bot.domain.errors import NotFound
from bot.services.forms import KEPT_SECONDS

if TYPE_CHECKING:
    from tests.services.bench import Bench


async def test_a_form_is_found_as_it_was_opened(bench: Bench) -> None:
    for sealed in (b"sealed links", b"the same interaction again"):
        await bench.forms.open(77, member_id=1, kind=EditKind.RELETTER, sealed=sealed)

    form = await bench.forms.find(77, member_id=1)

    assert (form.id, form.member_id, form.kind, form.sealed) == (
        77,
        1,
        EditKind.RELETTER,
        b"sealed links",
    )


async def test_nobody_else_finds_it(bench: Bench) -> None:
    await bench.forms.open(77, member_id=1, kind=EditKind.EDIT, sealed=b"sealed")

    for form_id, member_id in ((77, 2), (78, 1)):
        with pytest.raises(NotFound):
            await bench.forms.find(form_id, member_id=member_id)


async def test_a_form_is_forgotten_after_a_day(bench: Bench) -> None:
    await bench.forms.open(77, member_id=1, kind=EditKind.EDIT, sealed=b"sealed")
    bench.clock.jump(KEPT_SECONDS + 1)

    with pytest.raises(NotFound):
        await bench.forms.find(77, member_id=1)
    await bench.forms.open(78, member_id=1, kind=EditKind.EDIT, sealed=b"sealed")

    assert [row["id"] for row in await bench.rows("SELECT id FROM form")] == [78]


async def test_what_an_old_form_was_about_does_not_outlive_the_next_start(bench: Bench) -> None:
    await bench.forms.open(77, member_id=1, kind=EditKind.EDIT, sealed=b"sealed")
    await bench.restart()
    assert [row["id"] for row in await bench.rows("SELECT id FROM form")] == [77]
    bench.clock.jump(KEPT_SECONDS + 1)

    await bench.restart()

    assert await bench.rows("SELECT id FROM form") == []
