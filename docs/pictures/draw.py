"""Draws the pictures of the documents: `python -m docs.pictures.draw`, and the names of some.

Each is made by the real bot: a member of a local Discord runs the commands, and the embedded
engine paints.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageOps

from benchmarks import sheet
from benchmarks.labelled import signs, subjects
from benchmarks.labelled.pens import jpeg
from benchmarks.ways import WAYS, ringed
from bot.engine import samples
from bot.sandbox import Upload
from docs.pictures.card import card, smaller
from docs.pictures.member import at_discord, shown
from docs.pictures.money import explained, refused, reported, reported_in_light

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

HERE: Final = Path(__file__).parent
HEIGHT: Final = 300
GAP: Final = 6
QUALITY: Final = 80
SHEET_WIDTH: Final = 1400
SEED: Final = 4


def main() -> None:
    """Draw all, or those that are named."""
    wanted = sys.argv[1:] or list(DRAWN)
    for name in wanted:
        picture = asyncio.run(DRAWN[name]())
        path = HERE / name
        picture.save(path, quality=QUALITY, optimize=True, method=6)
        print(f"{path.name}: {picture.width} x {picture.height}, {path.stat().st_size:,} bytes")


async def demo() -> Image.Image:
    """A shop's sign, marked, and another sign."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bot", "demo", "--out", "demo"]
        await asyncio.to_thread(subprocess.run, command, check=True, cwd=folder)
        files = (Path(folder, "demo", f"{name}.png") for name in ("before", "preview", "after"))
        return strip(*(Image.open(file).convert("RGB") for file in files))


async def scribble() -> Image.Image:
    """A ring on a copy, what it means, and the picture without the house."""
    photo = samples.landscape()
    copy = ringed(photo)
    async with at_discord() as ada:
        preview = await ada.ask(
            "edit",
            image=_photo(photo),
            mask=Upload("marked.jpg", jpeg(copy, 80)),
            prompt="nothing there, just the meadow",
            seed=SEED,
        )
        return strip(copy, shown(preview), shown(await ada.buy(preview)))


async def reletter() -> Image.Image:
    """A road sign, which of its words change, and the other words."""
    photo = signs.drawn("tilted").picture
    async with at_discord() as ada:
        preview = await ada.ask("reletter", image=_photo(photo), where="Old Town", text="New Town")
        return strip(photo, shown(preview), shown(await ada.buy(preview)))


async def erase() -> Image.Image:
    """A bear on a cloth, found by itself, and the cloth."""
    photo = _subject("bear, cloth")
    async with at_discord() as ada:
        preview = await ada.ask("erase", image=_photo(photo), area="subject grow 2%")
        return strip(photo, shown(preview), shown(await ada.buy(preview)))


async def extend() -> Image.Image:
    """A landscape, and the same with room at its sides."""
    photo = samples.landscape()
    async with at_discord() as ada:
        preview = await ada.ask("extend", image=_photo(photo), side="sides", amount="16:9")
        return strip(photo, shown(await ada.buy(preview)))


async def preview_card() -> Image.Image:
    """The whole card on which a member decides."""
    photo = _subject("mug, table")
    async with at_discord() as ada:
        message = await ada.ask("edit", image=_photo(photo), area="subject", prompt="a blue teapot")
        return smaller(card(message, now=time.time()))


async def areas() -> Image.Image:
    """What areas mean, on sixteen previews."""
    page = sheet.sheet(await sheet.cells_of(WAYS))
    size = (SHEET_WIDTH, round(page.height * SHEET_WIDTH / page.width))
    return page.resize(size, Image.Resampling.LANCZOS)


DRAWN: Final[dict[str, Callable[[], Coroutine[None, None, Image.Image]]]] = {
    "demo.jpg": demo,
    "scribble.jpg": scribble,
    "reletter.jpg": reletter,
    "erase.jpg": erase,
    "extend.jpg": extend,
    "preview.jpg": preview_card,
    "limits.jpg": explained,
    "refusal.jpg": refused,
    "report.jpg": reported,
    "light.jpg": reported_in_light,
    "areas.webp": areas,
}


def strip(*pictures: Image.Image) -> Image.Image:
    """Pictures side by side, all of one height."""
    scaled = [
        ImageOps.contain(picture, (8 * HEIGHT, HEIGHT), Image.Resampling.LANCZOS)
        for picture in pictures
    ]
    width = sum(picture.width for picture in scaled) + GAP * (len(scaled) - 1)
    row = Image.new("RGB", (width, HEIGHT), "white")
    left = 0
    for picture in scaled:
        row.paste(picture, (left, 0))
        left += picture.width + GAP
    return row


def _subject(name: str) -> Image.Image:
    return next(example.picture for example in subjects.examples() if example.name == name)


def _photo(picture: Image.Image) -> Upload:
    return Upload("photo.jpg", jpeg(picture, 92))


if __name__ == "__main__":
    main()
