"""`touchup edit`: one edit from the shell, through the same services as on Discord."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.app import open_services
from bot.cli import finishing
from bot.cli.finishing import SHELL_MEMBER
from bot.cli.output_files import is_same, require_readable, require_writable
from bot.cli.terminal import StatusLine, say, warn
from bot.cli.texts import commands, edits
from bot.domain.edits.draft import Draft, DraftOrigin, LocalFiles
from bot.domain.errors import BadOption, Failure
from bot.domain.jobs.states import JobState
from bot.domain.limits.rules import Buyer
from bot.ui import texts

if TYPE_CHECKING:
    from pathlib import Path

    from bot.app import Services
    from bot.domain.catalog import Style
    from bot.domain.edits.edit import Outcome, Quote, Receipt
    from bot.settings.model import Settings


DONE: Final = 0
FAILED: Final = 1
UNKNOWN: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class EditOptions:
    """What was asked for on the command line."""

    photo: Path
    prompt: str
    mask: Path | None
    area: str | None
    out: Path
    style: Style
    seed: int | None
    rewrite: bool
    count: int
    as_json: bool


async def run(settings: Settings, options: EditOptions) -> int:
    """Make the edit, write the picture and print the receipt.

    Pictures of edits that were interrupted earlier are finished and written beside it.

    Raises:
        UserError: something is wrong with what was given; nothing was booked.
        StoreError: the books cannot be opened or written.
    """
    _check_files(options)
    async with open_services(settings) as app:
        quote = await _quoted(app, options)
        earlier = await finishing.interrupted(app)
        buyer = Buyer(member_id=SHELL_MEMBER)
        edit = (await app.edits.run(quote.edit.id, buyer=buyer)).edit
        if not options.as_json:
            say(edits.started(quote))
        try:
            async with finishing.working(app):
                await finishing.wait_for(app, [edit.id, *earlier])
        except asyncio.CancelledError:
            await finishing.stopped(app, edit.id)
            raise
        outcome = await app.edits.outcome(edit.id)
        written = finishing.write(outcome, options.out)
        _print(outcome, options, written)
        tell = warn if options.as_json else say
        for edit_id in await finishing.bring_interrupted(
            app, earlier, options.out.parent, tell=tell
        ):
            warn(commands.unfinished(edit_id))
        return _code(outcome, written, refused=app.worker.line_closed_until > app.clock())


async def _quoted(app: Services, options: EditOptions) -> Quote:
    line = StatusLine()
    line.show(commands.LOOKING())
    try:
        origin = DraftOrigin(id=f"shell:{uuid.uuid4()}", buyer=Buyer(member_id=SHELL_MEMBER))
        return await app.drafts.prepare(_draft(options), origin)
    except asyncio.CancelledError:
        line.clear()
        warn(commands.STOPPED_FREE())
        raise
    finally:
        line.clear()


def _check_files(options: EditOptions) -> None:
    for role, file in (("picture", options.photo), ("mask", options.mask)):
        if file is not None:
            require_readable(file, role)
    if options.out.suffix.lower() != ".png":
        raise BadOption("out", value=options.out.name, allowed="a name that ends in .png")
    for out in _outs(options):
        require_writable(out)
        if any(is_same(out, file) for file in (options.photo, options.mask)):
            raise BadOption("out", value=str(out), allowed="another file than what you give me")


def _outs(options: EditOptions) -> list[Path]:
    if options.count == 1:
        return [options.out]
    # What is wrong with the count is said later, by the rule that knows it.
    numbers = range(1, min(options.count, 10) + 1)
    return [finishing.numbered(options.out, number) for number in numbers]


def _draft(options: EditOptions) -> Draft:
    return Draft(
        sources=LocalFiles(options.photo, options.mask),
        area=options.area,
        prompt=options.prompt,
        style=options.style,
        count=options.count,
        seed=options.seed,
        rewrite=options.rewrite,
    )


def _print(outcome: Outcome, options: EditOptions, written: dict[int, Path]) -> None:
    if options.as_json:
        say(json.dumps(_as_json(outcome, written)))
    else:
        say(*edits.ended(outcome, written))


def _as_json(outcome: Outcome, written: dict[int, Path]) -> dict[str, Any]:
    edit = outcome.edit
    pictures = [_picture_as_json(receipt, written) for receipt in outcome.receipts]
    return {
        "id": edit.id,
        **pictures[0],
        "price_micro_usd": outcome.charged,
        "area_share": edit.area_share,
        "reading": edit.reading.value,
        "question": edit.question.value if edit.question else None,
        "notes": [note.value for note in edit.notes],
        "width": edit.width,
        "height": edit.height,
        "left_micro_usd": outcome.standing.left,
        "pictures": pictures,
    }


def _picture_as_json(receipt: Receipt, written: dict[int, Path]) -> dict[str, Any]:
    return {
        "state": receipt.state.value,
        "failure": receipt.failure.value if receipt.failure else None,
        "seed": receipt.seed,
        "price_micro_usd": receipt.price,
        "pixels_changed_inside": receipt.changed_inside,
        "pixels_changed_outside": receipt.changed_outside,
        "pixels_outside": receipt.pixels_outside,
        "request_id": receipt.request_id,
        "seconds": receipt.seconds,
        "out": str(written[receipt.job_id]) if receipt.job_id in written else None,
    }


def _code(outcome: Outcome, written: dict[int, Path], *, refused: bool) -> int:
    states = {receipt.state for receipt in outcome.receipts}
    if JobState.UNKNOWN in states:
        warn(edits.unknown(outcome))
        return UNKNOWN
    if states == {JobState.DONE}:
        return DONE if len(written) == len(outcome.receipts) else FAILED
    failures = dict.fromkeys(receipt.failure for receipt in outcome.receipts if receipt.failure)
    for failure in failures:
        if failure is not Failure.CANCELLED:
            warn(texts.failed(failure))
        elif Failure.SWAPPED in failures:
            warn(commands.NOT_BOUGHT())
        else:
            warn(commands.KEY_NOT_TAKEN() if refused else texts.failed(failure))
    return FAILED
