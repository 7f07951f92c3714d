"""Draws the README's pictures with the real commands: `python docs/pictures/draw.py`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from bot.engine.samples import (
    landscape,
    landscape_house_mask,
    poster,
    poster_title_mask,
)

HERE = Path(__file__).parent
HEIGHT = 300
GAP = 6
QUALITY = 88


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        touchup(room, "demo", "--out", "demo")
        landscape().save(room / "landscape.png")
        landscape_house_mask().save(room / "house.png")
        poster().save(room / "poster.png")
        poster_title_mask().save(room / "title.png")
        edit(room, "landscape.png", "house.png", "nothing there, just the landscape")
        edit(room, "poster.png", "title.png", 'the title "SUMMER FAIR"')
        strip(
            "demo.jpg", [room / "demo" / f"{name}.png" for name in ("before", "preview", "after")]
        )
        names = ("landscape", "edited-landscape", "poster", "edited-poster")
        strip("more.jpg", [room / f"{name}.png" for name in names])


def edit(room: Path, photo: str, mask: str, prompt: str) -> None:
    options = ("--mask", mask, "--prompt", prompt, "--seed", "8", "--out", f"edited-{photo}")
    touchup(room, "edit", photo, *options)


def touchup(room: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "bot", *arguments], check=True, cwd=room)


def strip(name: str, files: list[Path]) -> None:
    """Pictures side by side, all of one height."""
    pictures = [Image.open(file).convert("RGB") for file in files]
    pictures = [
        picture.resize((picture.width * HEIGHT // picture.height, HEIGHT), Image.Resampling.LANCZOS)
        for picture in pictures
    ]
    width = sum(picture.width for picture in pictures) + GAP * (len(pictures) - 1)
    row = Image.new("RGB", (width, HEIGHT), "white")
    left = 0
    for picture in pictures:
        row.paste(picture, (left, 0))
        left += picture.width + GAP
    row.save(HERE / name, quality=QUALITY, optimize=True)


if __name__ == "__main__":
    main()
