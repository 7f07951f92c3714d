"""What a member does with a picture that is in the chat already."""

from __future__ import annotations

from typing import Any, Final

from PIL import ImageDraw

from bot.sandbox import Message, PersonInteraction, Upload
from tests.e2e.conftest import PATIENCE, House, photo, picture, png

EDIT: Final = "Edit this picture"
RELETTER: Final = "Re-letter this picture"
REFILL: Final = "Open the form again"


def ringed() -> Upload:
    """A copy of the photo with a ring drawn on it."""
    copy = photo()
    ImageDraw.Draw(copy).ellipse((30, 16, 62, 48), outline=(255, 0, 0), width=3)
    return Upload("copy.png", png(copy))


async def opened_form(house: House, message: Message, menu: str = EDIT) -> PersonInteraction:
    click = await house.ada.menu(menu, message)
    await click.wait(lambda seen: seen.modal is not None, PATIENCE)
    return click


async def sent(house: House, **values: Any) -> PersonInteraction:
    """The form about a posted photo, filled in."""
    return await house.ada.submit(
        await opened_form(house, house.ada.write("", picture())), **values
    )


def asked(form: PersonInteraction) -> dict[str, Any]:
    """The fields of a form, by what is asked."""
    assert form.modal is not None
    return {part["label"]: part["component"] for part in form.modal["components"]}
