"""Finds things in a picture by looking at it, offline: the subject, faces, the sky, lettering."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from bot.domain.areas import Thing
from bot.imaging.detect.faces import find_faces
from bot.imaging.detect.finding import Finding
from bot.imaging.detect.sky import find_sky
from bot.imaging.detect.subject import find_background, find_subject
from bot.imaging.detect.text import find_text

if TYPE_CHECKING:
    from bot.domain.areas import Found
    from bot.domain.edits.pictures import Lines
    from bot.imaging.files.pixels import Pixels

__all__ = ["Finding", "find"]


def find(found: Found, picture: Pixels, *, lettering: Lines) -> Finding | None:
    """Look for what an area speaks of; None where it is not in the picture."""
    match found.thing:
        case Thing.SUBJECT:
            return find_subject(picture)
        case Thing.BACKGROUND:
            return find_background(picture)
        case Thing.FACES:
            return find_faces(picture)
        case Thing.SKY:
            return find_sky(picture)
        case Thing.TEXT:
            return find_text(picture, found.words, lettering)
        case _:
            assert_never(found.thing)
