"""A preview in the local Discord, and what tests read off it."""

from __future__ import annotations

from typing import Any, Final

from PIL import Image, ImageDraw

from bot.sandbox import Message, PersonInteraction, Upload, routes
from tests.e2e.conftest import House, picture, png

RUN: Final = "Run · $0.08"
ORIGINAL: Final = ("PATCH", routes.ORIGINAL)


def black_mask() -> Upload:
    """Black on white: read the other way round, which the member should see."""
    drawn = Image.new("L", (96, 64), 255)
    ImageDraw.Draw(drawn).rectangle((30, 20, 60, 45), fill=0)
    return Upload("mask.png", png(drawn))


async def previewed(house: House, **options: Any) -> tuple[PersonInteraction, Message]:
    """An edit whose mask was read in a way that may be wrong."""
    chosen: dict[str, Any] = {"image": picture(), "mask": black_mask(), "prompt": "a hat"}
    click = await house.ada.slash("edit", **(chosen | options))
    return click, await house.preview(click)


async def press(house: House, card: Message, button: str) -> Message:
    return await house.changed(await house.ada.click(card, button))


async def drafts(house: House) -> list[tuple[int, str]]:
    rows = await house.app.database.transact(
        lambda tx: tx.fetch_all("SELECT id, state FROM edit ORDER BY id")
    )
    return [(row["id"], row["state"]) for row in rows]


async def kept_mask(house: House, edit_id: int) -> Image.Image:
    row = await house.one("SELECT mask FROM edit WHERE id = :id", id=edit_id)
    return Image.open(house.app.folder.path(row["mask"])).convert("L")


def share(card: Message) -> float:
    """The part of the picture that a card says will change, in per cent."""
    headline = card.text.splitlines()[0]
    return float(headline.removeprefix("### ").split("%")[0])


def state(card: Message, label: str) -> bool:
    """Whether a button can be pressed."""
    [button] = [button for button in card.buttons if button.label == label]
    return not button.disabled
