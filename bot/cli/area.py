"""`touchup area`: see what an area means, and get it as a mask. Free, and without any books."""

from __future__ import annotations

import json
import tempfile
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot.cli.output_files import copy, is_same, require_readable, require_writable, unwritable
from bot.cli.terminal import StatusLine, say
from bot.cli.texts import commands
from bot.domain.edits.pictures import Brief
from bot.domain.errors import BadOption
from bot.imaging.pool.pool import ImagePool

if TYPE_CHECKING:
    from bot.domain.edits.pictures import PreparedPicture
    from bot.settings.model import Settings

DONE: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaOptions:
    """What was asked for on the command line."""

    photo: Path
    mask: Path | None
    area: str | None
    out: Path
    preview: Path | None
    as_json: bool


async def run(settings: Settings, options: AreaOptions) -> int:
    """Write the mask, white where the picture would change, and perhaps a preview.

    Raises:
        UserError: something is wrong with what was given; nothing was written.
        StoreFailed: the disk is full or broken.
    """
    _check_files(options)
    line = StatusLine()
    line.show(commands.LOOKING())
    images = ImagePool(processes=1, limits=settings.picture_limits)
    try:
        with tempfile.TemporaryDirectory() as folder:
            async with aclosing(images):
                prepared = await _prepared(images, settings, options, Path(folder))
            line.clear()
            _write(prepared.mask, options.out, "out")
    finally:
        line.clear()
    _print(prepared, options)
    return DONE


async def _prepared(
    images: ImagePool, settings: Settings, options: AreaOptions, workspace: Path
) -> PreparedPicture:
    brief = Brief(source=options.photo, mask=options.mask, area=options.area)
    prepared = await images.prepare(brief, model=settings.catalog_entry, out=workspace)
    if options.preview is not None:
        drawn = await images.preview(
            prepared.source, prepared.mask, feather=prepared.feather, out=workspace
        )
        _write(drawn.path, options.preview, "preview")
    return prepared


def _check_files(options: AreaOptions) -> None:
    given = [("picture", options.photo), ("mask", options.mask)]
    for role, file in given:
        if file is not None:
            require_readable(file, role)
    for option, out in (("out", options.out), ("preview", options.preview)):
        if out is None:
            continue
        if out.suffix.lower() != ".png":
            raise BadOption(option, value=out.name, allowed="a name that ends in .png")
        require_writable(out, option=option)
        if any(is_same(out, file) for _, file in given):
            raise BadOption(option, value=str(out), allowed="another file than what you give me")
    if options.preview == options.out:
        raise BadOption("preview", value=str(options.preview), allowed="another file than --out")


def _write(picture: Path, out: Path, option: str) -> None:
    try:
        copy(picture, out)
    except OSError as error:
        raise unwritable(out, error, option=option) from None


def _print(prepared: PreparedPicture, options: AreaOptions) -> None:
    if options.as_json:
        say(json.dumps(_as_json(prepared, options)))
    else:
        say(*commands.area(prepared, options.out, options.preview))


def _as_json(prepared: PreparedPicture, options: AreaOptions) -> dict[str, Any]:
    return {
        "area_share": prepared.area_share,
        "masked_pixels": prepared.masked_pixels,
        "width": prepared.width,
        "height": prepared.height,
        "feather": prepared.feather,
        "reading": prepared.reading.value,
        "question": prepared.question.value if prepared.question else None,
        "notes": [note.value for note in prepared.notes],
        "out": str(options.out),
        "preview": str(options.preview) if options.preview else None,
    }
