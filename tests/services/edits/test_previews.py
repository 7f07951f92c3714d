"""Previews fit where they are shown, or leave out what does not."""

from __future__ import annotations

import pytest

from bot.domain.edits.options import EditKind
from bot.domain.errors import CardTooLarge
from bot.services.edits.preparation import PreviewCard
from tests.support.bench import Bench


async def test_a_mask_that_is_too_large_a_file_is_left_out_of_a_look_at_an_area(
    bench: Bench,
) -> None:
    look = (await bench.drafts.prepare(*bench.draft(kind=EditKind.AREA, prompt=""))).edit
    tried = []

    async def put(card: PreviewCard) -> int:
        tried.append((card.edit, card.mask is not None, card.picture.path.is_file()))
        if card.mask is not None:
            raise CardTooLarge(limit_bytes=1)
        return 77

    assert await bench.drafts.show(look.id, put=put) == 77

    assert tried == [(look, True, True), (look, False, True)]


async def test_a_preview_that_fits_nowhere_is_not_tried_for_ever(bench: Bench) -> None:
    edit = (await bench.drafts.prepare(*bench.draft())).edit
    tried = []

    async def put(card: PreviewCard) -> int:
        tried.append(card)
        raise CardTooLarge(limit_bytes=1)

    with pytest.raises(CardTooLarge):
        await bench.drafts.show(edit.id, put=put)

    assert len(tried) == 1
