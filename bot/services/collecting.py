"""Collecting: brings a finished picture home, through the mask, onto our disk."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.domain import swaps
from bot.domain.errors import Broken, Failure
from bot.domain.jobs import Arrival, Spoiled
from bot.domain.lifecycle import Failed, PictureArrived
from bot.domain.pictures import Box
from bot.failpoints import reach
from bot.store.edits import pictures

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.edits import Edit
    from bot.domain.jobs import Submission
    from bot.services.tools import Tools

log = logging.getLogger(__name__)


async def collect(
    tools: Tools, edit: Edit, submission: Submission, desk: Path
) -> PictureArrived | Failed:
    """Fetch the picture, make it durable, and put it through the mask."""
    reach("result.before")
    received = await tools.provider.fetch(submission, into=desk / "received")
    result = await tools.folder.adopt(received.path)
    reach("result.stored")
    try:
        finished = await tools.gate.finish(
            tools.folder.path(edit.source),
            tools.folder.path(edit.mask),
            Box(edit.crop_left, edit.crop_top, edit.crop_width, edit.crop_height),
            tools.folder.path(edit.sent_picture),
            tools.folder.path(edit.sent_mask),
            tools.folder.path(result.hash),
            feather=edit.feather,
            out=desk,
        )
    except Broken as broken:
        if broken.failure is Failure.BAD_RESULT:
            # The provider delivered, and has said what it bills for that.
            broken.possibly_billed, broken.units = True, received.billable_units
        raise
    now = tools.clock()
    if swaps.looks_swapped(inside=finished.raw_inside, outside=finished.raw_outside):
        await tools.database.transact(pictures.record, result, now=now)
        spoiled = Spoiled(
            result=result.hash,
            raw_inside=finished.raw_inside,
            raw_outside=finished.raw_outside,
        )
        log.error(
            "the model painted outside the mask (changed by %.1f) instead of inside (%.1f); its "
            "picture is kept as %s",
            spoiled.raw_outside,
            spoiled.raw_inside,
            spoiled.result,
        )
        return Failed(
            Failure.SWAPPED,
            possibly_billed=True,
            units=received.billable_units,
            spoiled=spoiled,
        )
    picture = await tools.folder.adopt(finished.picture)
    for stored in (result, picture):
        await tools.database.transact(pictures.record, stored, now=now)
    reach("settle.before")
    return PictureArrived(
        Arrival(
            result=result.hash,
            picture=picture.hash,
            seed=received.seed,
            units=received.billable_units,
            changed_inside=finished.changed_inside,
            changed_outside=finished.changed_outside,
            pixels_outside=finished.pixels_outside,
            raw_inside=finished.raw_inside,
            raw_outside=finished.raw_outside,
        )
    )
