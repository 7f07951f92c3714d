"""`touchup edit`, from the photo to the receipt."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from PIL import Image, ImageOps

from bot.engine import Engine
from tests.cli.conftest import SIZE, Shell, photo

ORIENTATION: Final = 0x0112
TURNED_RIGHT: Final = 6


def different(
    before: Image.Image, after: Image.Image
) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Which pixels differ, by Pillow and numpy alone."""
    assert before.size == after.size
    first, second = (np.asarray(image.convert("RGB"), np.int16) for image in (before, after))
    found: np.ndarray[tuple[int, int], np.dtype[np.bool_]] = (first != second).any(axis=2)
    return found


async def test_n8_a_photo_of_12_megapixels_changes_in_its_right_third_and_nowhere_else(
    shell: Shell,
) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = TURNED_RIGHT
    photo((4000, 3000)).save(shell.folder / "photo.jpg", quality=90, exif=exif)

    answer = await shell.touchup(
        *("edit", "photo.jpg", "--area", "right third"),
        *("--prompt", 'a wall with a sign that says "OPEN"', "--out", "out.png", "--json"),
    )

    assert (answer.code, answer.err) == (0, "")
    receipt = answer.json
    with (
        Image.open(shell.folder / "photo.jpg") as source,
        Image.open(shell.folder / "out.png") as out,
    ):
        upright = ImageOps.exif_transpose(source)
        assert (out.size, out.format) == ((3000, 4000), "PNG")
        assert out.getexif().get(ORIENTATION, 1) == 1
        changed = different(upright, out)
    assert int(changed[:, :2000].sum()) == 0
    assert int(changed[:, 2000:].sum()) == receipt["pixels_changed_inside"] > 3_000_000
    assert receipt["pixels_changed_outside"] == 0
    assert receipt["pixels_outside"] == 2000 * 4000
    assert receipt["area_share"] == pytest.approx(1 / 3, abs=1e-4)
    assert (receipt["width"], receipt["height"]) == (3000, 4000)
    assert receipt["id"] == 1
    assert receipt["price_micro_usd"] == 80_000
    assert receipt["seed"] >= 0
    assert re.fullmatch(r"[0-9a-f-]{36}", receipt["request_id"])
    assert 0 < receipt["seconds"] < 60
    money = await shell.money()
    assert (money.jobs, money.held, money.spent, money.findings) == (1, 0, 80_000, ())


async def test_the_receipt_in_words_says_what_was_charged_and_what_is_left(shell: Shell) -> None:
    answer = await shell.edit("--area", "top half")

    assert (answer.code, answer.err) == (0, "")
    assert "50% of the picture (the area in your words): 1 picture for $0.08" in answer.out
    assert f"edited.png: 0 of {SIZE[0] * SIZE[1] // 2:,} pixels outside the area changed" in (
        answer.out
    )
    assert "Charged $0.08; $0.92 of $1.00 left" in answer.out
    assert shell.files() == {"photo.png", "edited.png"}


async def test_a_mask_says_where_and_everything_else_stays(shell: Shell) -> None:
    mask = Image.new("L", SIZE, 0)
    mask.paste(255, (40, 20, 70, 50))
    mask.save(shell.folder / "mask.png")

    answer = await shell.edit("--mask", "mask.png", "--json")

    with Image.open(shell.folder / "edited.png") as out:
        changed = different(photo(), out)
    assert answer.json["reading"] == "white changes"
    assert not changed[np.asarray(mask) == 0].any()
    assert changed[np.asarray(mask) == 255].any()


async def test_r21_the_same_seed_makes_the_same_bytes_and_another_one_others(
    shell: Shell, engine: Engine
) -> None:
    made = []
    for name, seed in (("a.png", "7"), ("b.png", "7"), ("c.png", "8")):
        answer = await shell.edit(
            *("--area", "center 40%", "--seed", seed, "--out", name, "--json"),
            *("--engine-url", engine.queue_url),
        )
        assert answer.json["seed"] == int(seed)
        made.append((shell.folder / name).read_bytes())

    assert made[0] == made[1] != made[2]


async def test_several_pictures_are_numbered_and_each_has_its_price_and_seed(shell: Shell) -> None:
    answer = await shell.edit("--area", "right half", "--count", "2", "--seed", "3", "--json")

    receipt = answer.json
    assert shell.files() == {"photo.png", "edited-1.png", "edited-2.png"}
    assert [picture["out"] for picture in receipt["pictures"]] == ["edited-1.png", "edited-2.png"]
    assert [picture["seed"] for picture in receipt["pictures"]] == [3, 4]
    assert [picture["price_micro_usd"] for picture in receipt["pictures"]] == [80_000, 80_000]
    assert receipt["price_micro_usd"] == 160_000
    assert receipt["left_micro_usd"] == 840_000


async def test_style_rewriting_and_seed_reach_the_server_that_was_named(
    shell: Shell, engine: Engine
) -> None:
    answers = [
        await shell.edit("--area", "top half", "--engine-url", engine.queue_url, *options)
        for options in (("--style", "anime", "--rewrite"), ("--style", "RENDER_3D", "--no-rewrite"))
    ]

    assert [answer.code for answer in answers] == [0, 0]
    sent = [await engine._store.payload(job.request_id) for job in engine.jobs]
    assert [(body["style"], body["expand_prompt"]) for body in sent] == [
        ("anime", True),
        ("render_3D", False),
    ]
    assert not (shell.folder / "data" / "engine").exists()


async def test_an_area_of_more_than_60_percent_goes_on_and_is_mentioned(shell: Shell) -> None:
    answer = await shell.edit("--area", "left 80%")

    assert answer.code == 0
    assert "That is most of the picture." in answer.out


async def test_the_data_goes_where_the_settings_say(shell: Shell, tmp_path: Path) -> None:
    shell.environment["DATA_DIR"] = str(tmp_path / "elsewhere")

    answer = await shell.edit("--area", "top half")

    assert answer.code == 0
    assert (tmp_path / "elsewhere" / "touchup.sqlite3").exists()
    assert not (tmp_path / "data").exists()


async def test_a_picture_that_is_there_already_is_replaced_as_a_whole(shell: Shell) -> None:
    (shell.folder / "edited.png").write_bytes(b"older")

    answer = await shell.edit("--area", "top half")

    assert answer.code == 0
    with Image.open(shell.folder / "edited.png") as out:
        assert out.size == SIZE
    assert shell.files() == {"photo.png", "edited.png"}
