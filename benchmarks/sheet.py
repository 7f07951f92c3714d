"""A contact sheet of previews: what areas mean, each shown as a member sees it before they pay.

Every cell goes through the picture processes: a file is checked, the area found and drawn, adjusted
where a member would press a button, and the preview drawn. Beside its words stands what was given
with them. `benchmarks.areas --sheet` writes it.
"""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw, ImageOps

from benchmarks.labelled.pens import jpeg, png
from benchmarks.labelled.sheets import PLAIN, face
from benchmarks.ways import WAYS
from bot.domain.catalog import IDEOGRAM_V2_EDIT
from bot.domain.edits.draft import is_guessed
from bot.domain.edits.options import Adjusted
from bot.domain.edits.pictures import Brief, Note, PreparedPicture
from bot.engine.painting import SANS
from bot.imaging.pool.pool import ImagePool
from bot.ui.texts.labels import percent, read_as

if TYPE_CHECKING:
    from PIL import ImageFont

    from benchmarks.ways import Way
    from bot.domain.edits.options import Adjustment


COLUMNS: Final = 4
WIDE, HIGH = 464, 348  # a preview
CAPTION: Final = 88
INSET: Final = 8
SQUARE: Final = 8
GAP: Final = 18
MARGIN: Final = 24
PAPER: Final = (250, 250, 248)
INK: Final = (32, 32, 36)
GREY: Final = (110, 110, 116)
WARNING: Final = (176, 72, 8)
SAID, READ, LEAST = 20, 17, 10  # pixels: sizes of the letters
PHOTO_QUALITY: Final = 90
COPY_QUALITY: Final = 75  # a phone's gallery packs a copy again

_UNSURE: Final = {
    Note.SUBJECT_UNSURE,
    Note.FACES_UNSURE,
    Note.SKY_UNSURE,
    Note.TEXT_UNSURE,
    Note.TEXT_WITHOUT_READER,
}


@dataclass(frozen=True, slots=True)
class Cell:
    """What came of it; `given` is the file that was attached beside the picture."""

    way: Way
    preview: Image.Image
    prepared: PreparedPicture
    given: Image.Image | None


def write(out: Path) -> None:
    """Draw the sheet of all ways, in the format that the name says."""
    sheet(asyncio.run(cells_of(WAYS))).save(out)


async def cells_of(ways: tuple[Way, ...]) -> list[Cell]:
    async with aclosing(ImagePool(processes=1)) as pictures:
        return [await _cell(pictures, way) for way in ways]


async def _cell(pictures: ImagePool, way: Way) -> Cell:
    picture = way.picture()
    given = way.given(picture) if way.given is not None else None
    with tempfile.TemporaryDirectory(prefix="touchup-sheet-") as folder:
        workspace = Path(folder)
        source, mask = workspace / "picture.jpg", workspace / "given"
        source.write_bytes(jpeg(picture, PHOTO_QUALITY))
        if given is not None:
            mask.write_bytes(jpeg(given, COPY_QUALITY) if given.mode == "RGB" else png(given))
        brief = Brief(
            source=source,
            mask=mask if given is not None else None,
            area=way.area,
            extension=way.extension,
        )
        prepared = await pictures.prepare(brief, model=IDEOGRAM_V2_EDIT, out=workspace)
        if way.presses:
            prepared = await _pressed(pictures, prepared, way.presses, workspace)
        drawn = await pictures.preview(
            prepared.source,
            prepared.mask,
            feather=prepared.feather,
            extended=way.extension is not None,
            out=workspace,
        )
        with Image.open(drawn.path) as preview:
            return Cell(way, preview.convert("RGB"), prepared, given)


async def _pressed(
    pictures: ImagePool, prepared: PreparedPicture, presses: tuple[Adjustment, ...], workspace: Path
) -> PreparedPicture:
    adjusted = Adjusted()
    for press in presses:
        adjusted = adjusted.after(press)
    return await pictures.revise(
        prepared.source,
        prepared.drawn,
        adjusted,
        feather=prepared.feather,
        reading=prepared.reading,
        model=IDEOGRAM_V2_EDIT,
        out=workspace,
    )


# ---- drawing -----------------------------------------------------------------------------------


def sheet(cells: list[Cell]) -> Image.Image:
    """All cells, in rows."""
    rows = -(-len(cells) // COLUMNS)
    size = (
        2 * MARGIN + COLUMNS * WIDE + (COLUMNS - 1) * GAP,
        2 * MARGIN + rows * (HIGH + CAPTION) + (rows - 1) * GAP,
    )
    page = Image.new("RGB", size, PAPER)
    for number, cell in enumerate(cells):
        down, across = divmod(number, COLUMNS)
        left = MARGIN + across * (WIDE + GAP)
        top = MARGIN + down * (HIGH + CAPTION + GAP)
        _place(page, cell, left, top)
    return page


def _place(page: Image.Image, cell: Cell, left: int, top: int) -> None:
    shown = ImageOps.contain(cell.preview, (WIDE, HIGH), Image.Resampling.LANCZOS)
    if cell.given is not None:
        small = _small(cell.given)
        shown.paste(small, (INSET, shown.height - small.height - INSET))
    page.paste(shown, (left + (WIDE - shown.width) // 2, top + (HIGH - shown.height) // 2))
    draw = ImageDraw.Draw(page)
    lines = [(SANS, cell.way.said, SAID, INK), (PLAIN, _read(cell), READ, GREY)]
    if not _UNSURE.isdisjoint(cell.prepared.notes):
        lines.append((PLAIN, "It says that it is not sure.", READ, WARNING))
    line = top + HIGH + 8
    for font, text, size, colour in lines:
        draw.text((left, line), text, colour, _fitting(font, text, size))
        line += round(size * 1.35)


def _read(cell: Cell) -> str:
    """How much it is, and how it was understood."""
    way, prepared = cell.way, cell.prepared
    is_found = way.given is None and is_guessed(way.area)
    how = "found in the picture" if is_found else read_as(prepared.reading)
    return f"{percent(prepared.area_share)}, {how}"


def _small(given: Image.Image) -> Image.Image:
    """What was attached, on a chequered ground where it is transparent."""
    copy = given.convert("RGBA")
    copy.thumbnail((WIDE * 2 // 5, HIGH * 2 // 5), Image.Resampling.LANCZOS)
    ground = Image.new("RGB", copy.size, (235, 235, 235))
    for y in range(0, copy.height, SQUARE):
        for x in range(y % (2 * SQUARE), copy.width, 2 * SQUARE):
            ground.paste((190, 190, 190), (x, y, x + SQUARE, y + SQUARE))
    ground.paste(copy, mask=copy)
    return ImageOps.expand(ImageOps.expand(ground, 3, PAPER), 1, GREY)


def _fitting(font: str, text: str, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font in a size, in pixels, in which the text is as wide as a preview at most."""
    while size > LEAST and face(font, size).getlength(text) > WIDE:
        size -= 1
    return face(font, size)
