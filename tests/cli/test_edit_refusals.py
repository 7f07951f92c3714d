"""What `touchup edit` refuses: one sentence, exit code 2, no traceback, and nothing is booked."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from bot.store.sqlite import open_sqlite
from tests.cli.conftest import FREE, SIZE, Shell


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """What was typed after `touchup`, and what the one sentence must name."""

    typed: tuple[str, ...]
    says: str


def edit(*options: str, says: str, photo: str = "photo.png", prompt: str = "a door") -> Slip:
    return Slip(typed=("edit", photo, "--prompt", prompt, *options), says=says)


TOP = ("--area", "top half")

SLIPS = {
    "no photo": Slip(typed=("edit",), says="Missing argument 'photo'. Try `touchup edit --help`."),
    "no prompt": Slip(typed=("edit", "photo.png", *TOP), says="--prompt"),
    "no such command": Slip(typed=("edti", "photo.png"), says="edti"),
    "no such option": edit(*TOP, "--stile", "anime", says="--stile"),
    "no such style": edit(*TOP, "--style", "oil", says="'--style'"),
    "a seed in words": edit(*TOP, "--seed", "eight", says="'--seed'"),
    "a seed below zero": edit(*TOP, "--seed", "-1", says="--seed"),
    "a seed beyond the largest": edit(*TOP, "--seed", str(2**31), says="2147483647"),
    "no picture asked for": edit(*TOP, "--count", "0", says="1 to 4"),
    "too many pictures asked for": edit(*TOP, "--count", "5", says="1 to 4"),
    "an empty prompt": edit(*TOP, prompt=" ", says="prompt"),
    "an endless prompt": edit(*TOP, prompt="x" * 2001, says="2,001"),
    "neither mask nor area": edit(says="--area"),
    "both mask and area": edit(*TOP, "--mask", "mask.png", says="--area"),
    "a word nobody knows": edit("--area", "top thrid", says="“thrid”"),
    "an area that selects nothing": edit("--area", "top - top", says="selects nothing"),
    "a box beside the picture": edit("--area", "box 200%,0,10%,10%", says="outside"),
    "no such photo": edit(*TOP, photo="nowhere.png", says="“nowhere.png”"),
    "a photo below a file": edit(*TOP, photo="photo.png/deeper.png", says="deeper.png"),
    "a name no system takes": edit(*TOP, photo="x" * 300, says="too long"),
    "a folder as the photo": edit(*TOP, photo=".", says="plain file"),
    "an unreadable photo": edit(*TOP, photo="unreadable.png", says="unreadable.png"),
    "text as the photo": edit(*TOP, photo="text.png", says="not a picture"),
    "half a photo": edit(*TOP, photo="half.png", says="missing"),
    "no such mask": edit("--mask", "nowhere.png", says="use as the mask"),
    "a mask of another shape": edit("--mask", "wide.png", says="128 × 16"),
    "a mask that marks nothing": edit("--mask", "black.png", says="marks nothing"),
    "a mask that marks everything": edit("--mask", "white.png", says="even colour"),
    "another format": edit(*TOP, "--out", "out.tiff", says="--out"),
    "a folder that is not there": edit(*TOP, "--out", "nowhere/out.png", says="“nowhere/out.png”"),
    "a folder in the way": edit(*TOP, "--out", "folder.png", says="directory"),
    "a place nobody may write to": edit(*TOP, "--out", "sealed/out.png", says="“sealed/out.png”"),
    "the photo itself": edit(*TOP, "--out", "photo.png", says="another file"),
    "no address": edit(*TOP, "--engine-url", "localhost", says="--engine-url"),
}


@pytest.fixture
def filled(shell: Shell) -> Shell:
    """A folder with every wrong file one can think of."""
    folder = shell.folder
    for name, colour in (("black.png", 0), ("white.png", 255)):
        Image.new("L", SIZE, colour).save(folder / name)
    mask = Image.new("L", SIZE, 0)
    mask.paste(255, (10, 10, 30, 30))
    mask.save(folder / "mask.png")
    wide = Image.new("L", (128, 16), 0)
    wide.paste(255, (0, 0, 20, 16))
    wide.save(folder / "wide.png")
    (folder / "text.png").write_text("this is not a picture, whatever its name says\n" * 10)
    (folder / "half.png").write_bytes((folder / "photo.png").read_bytes()[:900])
    (folder / "folder.png").mkdir()
    _seal(folder)
    return shell


def _seal(folder: Path) -> None:
    """Files and folders that nobody may touch; root may touch everything, except what /proc has."""
    if os.geteuid() or sys.platform != "linux":
        (folder / "unreadable.png").write_bytes(b"")
        (folder / "unreadable.png").chmod(0)
        (folder / "sealed").mkdir(mode=0o500)
    else:
        (folder / "unreadable.png").symlink_to("/proc/self/mem")
        (folder / "sealed").symlink_to("/proc")


@pytest.mark.parametrize("slip", SLIPS.values(), ids=SLIPS)
async def test_a_slip_is_one_sentence_and_costs_nothing(filled: Shell, slip: Slip) -> None:
    before = filled.files()

    answer = await filled.touchup(*slip.typed)

    assert (answer.code, answer.out) == (2, "")
    [sentence] = answer.err.splitlines()
    assert slip.says in sentence
    assert sentence[-1] in ".?/"
    assert "Traceback" not in sentence
    assert await filled.money() == FREE
    assert filled.files() == before


async def test_over_the_limit_the_sentence_names_the_level_the_rest_and_the_renewal(
    shell: Shell,
) -> None:
    shell.environment["MEMBER_DAILY_LIMIT_USD"] = "0.10"
    first = await shell.edit("--area", "top half")

    second = await shell.edit("--area", "top half", "--out", "second.png")

    assert (first.code, second.code, second.out) == (0, 2, "")
    [sentence] = second.err.splitlines()
    assert "This costs $0.08, and only $0.02 is left. Your daily limit is $0.10" in sentence
    assert "it renews on 20" in sentence
    money = await shell.money()
    assert (money.jobs, money.held, money.spent, money.findings) == (1, 0, 80_000, ())
    assert "second.png" not in shell.files()


async def test_h2_books_in_use_are_a_sentence_that_names_who_has_them(shell: Shell) -> None:
    async with open_sqlite(shell.folder / "data" / "touchup.sqlite3"):
        answer = await shell.edit("--area", "top half")

    assert (answer.code, answer.out) == (2, "")
    [sentence] = answer.err.splitlines()
    assert f"process {os.getpid()}" in sentence
    assert "DATA_DIR" in sentence
