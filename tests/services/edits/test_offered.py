"""What may be done to a draft is what its card offers, whatever a forged button asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.domain import extending
from bot.domain.adjusting import Adjustment
from bot.domain.edits import EditKind
from bot.domain.errors import NotFound

if TYPE_CHECKING:
    from bot.domain.edits import Edit
    from tests.services.bench import Bench

OTHERS = sorted(set(Adjustment) - {Adjustment.SOFTEN})


async def extended(bench: Bench, *, overlap: int = 0) -> Edit:
    extension = extending.parse("right", "50%", overlap=overlap)
    draft = bench.draft(kind=EditKind.EXTEND, area=None, prompt="", extension=extension)
    return (await bench.edits.prepare(draft)).edit


async def drafts(bench: Bench) -> dict[int, str]:
    return {row["id"]: row["state"] for row in await bench.rows("SELECT id, state FROM edit")}


@pytest.mark.parametrize("adjustment", OTHERS)
async def test_the_room_of_an_extension_has_no_other_shape(
    bench: Bench, adjustment: Adjustment
) -> None:
    """Inverted, the member's own picture would be painted over and the echo beside it kept."""
    edit = await extended(bench, overlap=6)

    with pytest.raises(NotFound):
        await bench.edits.adjust(edit.id, adjustment, member_id=1, origin="discord:1")

    assert await drafts(bench) == {edit.id: "draft"}


async def test_an_extension_fades_in_softer_only_over_an_overlap(bench: Bench) -> None:
    hard, soft = await extended(bench), await extended(bench, overlap=6)

    softer = await bench.edits.adjust(soft.id, Adjustment.SOFTEN, member_id=1, origin="discord:1")
    with pytest.raises(NotFound):
        await bench.edits.adjust(hard.id, Adjustment.SOFTEN, member_id=1, origin="discord:2")

    assert (soft.feather, softer.edit.feather) == (6, 12)
    assert hard.feather == 0


async def test_what_does_not_fade_in_cannot_do_so_softer(bench: Bench) -> None:
    edit = (await bench.edits.prepare(bench.draft())).edit
    hard = replace(edit, feather=0)

    assert edit.has_step(Adjustment.SOFTEN)
    assert not hard.has_step(Adjustment.SOFTEN)
    assert hard.has_step(Adjustment.GROW)
