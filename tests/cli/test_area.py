"""`touchup area`: what an area means, as a mask and a picture; free, and without any books."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import SIZE, Shell, photo


def marked(file: Path) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    with Image.open(file) as image:
        assert (image.mode, image.size) == ("L", SIZE)
        pixels: np.ndarray[tuple[int, int], np.dtype[np.uint8]] = np.array(image)
    assert set(np.unique(pixels)) <= {0, 255}
    return pixels.astype(bool)


async def test_an_area_in_words_becomes_a_mask_of_the_same_size(shell: Shell) -> None:
    answer = await shell.touchup("area", "photo.png", "--area", "top half")

    assert (answer.code, answer.err) == (0, "")
    assert answer.out == "50% of the picture (the area in your words).\nMask: mask.png\n"
    assert shell.files() == {"photo.png", "mask.png"}
    assert not (shell.folder / "data").exists()
    mask = marked(shell.folder / "mask.png")
    assert mask[: SIZE[1] // 2].all()
    assert not mask[SIZE[1] // 2 :].any()


async def test_r13_the_preview_and_what_was_found_are_there_for_a_program(shell: Shell) -> None:
    answer = await shell.touchup(
        *("area", "photo.png", "--area", "left half + right quarter feather 5px"),
        *("--out", "m.png", "--preview", "p.png", "--json"),
    )

    assert answer.json == {
        "area_share": 0.75,
        "masked_pixels": SIZE[0] * SIZE[1] * 3 // 4,
        "width": SIZE[0],
        "height": SIZE[1],
        "feather": 5,
        "reading": "words",
        "question": "most of it",
        "notes": [],
        "out": "m.png",
        "preview": "p.png",
    }
    assert marked(shell.folder / "m.png").sum() == answer.json["masked_pixels"]
    with Image.open(shell.folder / "p.png") as preview:
        # Small pictures are shown larger, of the same shape.
        assert round(preview.width / preview.height, 2) == SIZE[0] / SIZE[1]


async def test_r4_an_erased_copy_says_which_part_is_meant(shell: Shell) -> None:
    erased = photo().convert("RGBA")
    erased.paste((0, 0, 0, 0), (10, 10, 30, 30))
    erased.save(shell.folder / "copy.png")

    answer = await shell.touchup("area", "photo.png", "--mask", "copy.png")

    assert answer.code == 0
    rows, columns = np.nonzero(marked(shell.folder / "mask.png"))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (10, 29, 10, 29)


async def test_the_mask_is_taken_by_an_edit_as_it_was_meant(shell: Shell) -> None:
    area = await shell.touchup("area", "photo.png", "--area", "center 50%", "--json")

    edit = await shell.edit("--mask", "mask.png", "--json")

    assert edit.json["area_share"] == area.json["area_share"]
    assert edit.json["reading"] == "white changes"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (("--area", "top thrid"), "“thrid”"),
        (("--area", "top - top"), "selects nothing"),
        ((), "--area"),
        (("--area", "top", "--mask", "nowhere.png"), "nowhere.png"),
        (("--area", "top", "--out", "mask.jpg"), ".png"),
        (("--area", "top", "--out", "photo.png"), "another file"),
        (("--area", "top", "--out", "nowhere/mask.png"), "--out"),
        (("--area", "top", "--preview", "nowhere/p.png"), "--preview"),
        (("--area", "top", "--preview", "mask.png"), "another file"),
    ],
)
async def test_a_slip_is_one_sentence_and_writes_nothing(
    shell: Shell, typed: tuple[str, ...], says: str
) -> None:
    answer = await shell.touchup("area", "photo.png", *typed)

    assert (answer.code, answer.out) == (2, "")
    assert says in answer.err
    assert len(answer.err.splitlines()) <= 2
    assert "Traceback" not in answer.err
    assert shell.files() == {"photo.png"}


async def test_what_is_no_picture_is_refused(shell: Shell) -> None:
    (shell.folder / "photo.png").write_text("no picture at all")

    answer = await shell.touchup("area", "photo.png", "--area", "top")

    assert (answer.code, answer.out) == (2, "")
    assert shell.files() == {"photo.png"}
