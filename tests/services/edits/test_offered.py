"""What may be done to a draft is what its card offers, whatever a forged button asks for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.edits.edit import Edit
from bot.domain.edits.extension import parse_extension
from bot.domain.edits.options import Adjustment, EditKind
from bot.domain.errors import NotFound
from tests.support.bench import Bench, change

OTHERS = sorted(set(Adjustment) - {Adjustment.SOFTEN})


async def extended(bench: Bench, *, overlap: int = 0) -> Edit:
    extension = parse_extension("right", "50%", overlap=overlap)
    draft = bench.draft(kind=EditKind.EXTEND, area=None, prompt="", extension=extension)
    return (await bench.drafts.prepare(*draft)).edit


async def drafts(bench: Bench) -> dict[int, str]:
    return {row["id"]: row["state"] for row in await bench.rows("SELECT id, state FROM edit")}


@pytest.mark.parametrize("adjustment", OTHERS)
async def test_the_room_of_an_extension_has_no_other_shape(
    bench: Bench, adjustment: Adjustment
) -> None:
    """Inverted, the member's own picture would be painted over and the echo beside it kept."""
    edit = await extended(bench, overlap=6)

    with pytest.raises(NotFound):
        await bench.drafts.adjust(change(edit.id, "discord:1"), adjustment)

    assert await drafts(bench) == {edit.id: "draft"}


async def test_an_extension_fades_in_softer_only_over_an_overlap(bench: Bench) -> None:
    hard, soft = await extended(bench), await extended(bench, overlap=6)

    softer = await bench.drafts.adjust(change(soft.id, "discord:1"), Adjustment.SOFTEN)
    with pytest.raises(NotFound):
        await bench.drafts.adjust(change(hard.id, "discord:2"), Adjustment.SOFTEN)

    assert (soft.feather, softer.edit.feather) == (6, 12)
    assert hard.feather == 0


async def test_what_does_not_fade_in_cannot_do_so_softer(bench: Bench) -> None:
    edit = (await bench.drafts.prepare(*bench.draft())).edit
    hard = replace(edit, feather=0)

    assert edit.has_step(Adjustment.SOFTEN)
    assert not hard.has_step(Adjustment.SOFTEN)
    assert hard.has_step(Adjustment.GROW)
