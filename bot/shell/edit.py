"""`touchup edit`: one edit from the shell, through the same services as on Discord."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.app import open_app
from bot.domain.edits import Draft
from bot.domain.errors import BadOption, BadPicture, PictureProblem
from bot.domain.jobs import JobState
from bot.ui import messages

if TYPE_CHECKING:
    from pathlib import Path

    from bot.app import App
    from bot.domain.catalog import Style
    from bot.domain.edits import Edit, Outcome, Quote, Receipt
    from bot.settings import Settings

SHELL_MEMBER: Final = 0
"""Who an edit from the shell belongs to: its limits are those of one member."""

DONE: Final = 0
FAILED: Final = 1
UNKNOWN: Final = 3

LOOK_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
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


async def run(settings: Settings, options: Options) -> int:
    """Make the edit, write the picture and print the receipt.

    Raises:
        UserError: something is wrong with what was given; nothing was booked.
        StoreError: the books cannot be opened or written.
    """
    _check_files(options)
    news = asyncio.Event()
    async with open_app(settings) as app:
        app.settled.append(news.set)
        quote = await app.edits.prepare(_draft(options))
        edit = await app.edits.run(quote.edit_id, member_id=SHELL_MEMBER)
        if not options.as_json:
            _say(messages.started_in_shell(quote))
        working = asyncio.create_task(app.worker.run(), name="worker")
        try:
            outcome = await _ended(app, edit, news)
        finally:
            app.worker.stop()
            await working
        written = _write(outcome, options)
        _print(outcome, quote, options, written)
        return _code(outcome)


def _check_files(options: Options) -> None:
    for role, file in (("picture", options.photo), ("mask", options.mask)):
        if file is not None and not file.is_file():
            raise BadPicture(PictureProblem.GONE, role=role, path=str(file))
    if options.out.suffix.lower() != ".png":
        raise BadOption("out", value=options.out.name, allowed="a name that ends in .png")
    if not options.out.resolve().parent.is_dir():
        raise BadOption("out", value=str(options.out), allowed="a place in a folder that exists")


def _draft(options: Options) -> Draft:
    return Draft(
        origin=f"shell:{uuid.uuid4()}",
        member_id=SHELL_MEMBER,
        guild_id=None,
        channel_id=None,
        source=options.photo,
        mask=options.mask,
        area=options.area,
        prompt=options.prompt,
        style=options.style,
        count=options.count,
        seed=options.seed,
        rewrite=options.rewrite,
    )


async def _ended(app: App, edit: Edit, news: asyncio.Event) -> Outcome:
    """Wait until no job is open any more, or one of them is unknown."""
    while True:
        news.clear()
        outcome = await app.edits.outcome(edit.id)
        states = {receipt.state for receipt in outcome.receipts}
        if JobState.UNKNOWN in states or all(state.is_final for state in states):
            return outcome
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await news.wait()
        except TimeoutError:
            continue


def _write(outcome: Outcome, options: Options) -> dict[int, Path]:
    """Copy the finished pictures out; several of them get numbered names."""
    written = {}
    for number, receipt in enumerate(outcome.pictures, start=1):
        if receipt.picture is None:
            continue
        name = options.out if options.count == 1 else _numbered(options.out, number)
        shutil.copyfile(receipt.picture, name)
        written[receipt.job_id] = name
    return written


def _numbered(out: Path, number: int) -> Path:
    return out.with_name(f"{out.stem}-{number}{out.suffix}")


def _print(outcome: Outcome, quote: Quote, options: Options, written: dict[int, Path]) -> None:
    if options.as_json:
        sys.stdout.write(json.dumps(_as_json(outcome, quote, written)) + "\n")
        return
    _say(*messages.ended_in_shell(outcome, written))


def _as_json(outcome: Outcome, quote: Quote, written: dict[int, Path]) -> dict[str, Any]:
    edit = outcome.edit
    pictures = [_picture_as_json(receipt, written) for receipt in outcome.receipts]
    return {
        "id": edit.id,
        **{key: value for key, value in pictures[0].items() if key != "price_micro_usd"},
        "price_micro_usd": outcome.charged,
        "area_share": edit.area_share,
        "reading": edit.reading.value,
        "notes": [note.value for note in quote.notes],
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


def _code(outcome: Outcome) -> int:
    states = {receipt.state for receipt in outcome.receipts}
    if JobState.UNKNOWN in states:
        _warn(messages.unknown_in_shell(outcome))
        return UNKNOWN
    if states != {JobState.DONE}:
        for receipt in outcome.receipts:
            if receipt.failure is not None:
                _warn(messages.failed(receipt.failure))
        return FAILED
    return DONE


def _say(*sentences: str) -> None:
    sys.stdout.write("".join(f"{sentence}\n" for sentence in sentences))


def _warn(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")
