"""The embedded engine's painter: continues, recolours and letters an area. No generative model.

It cannot draw a subject it is asked for ("a cat"): then the area is continued from its
surroundings, which is what an honest brush can do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

from bot.engine.painting.fill import fill
from bot.engine.painting.intent import PromptIntent, read_intent
from bot.engine.painting.lettering import find_panel, letter, needs_board
from bot.engine.painting.object_mask import cover_of_thing
from bot.engine.painting.styles import finish, repaint, style_of
from bot.engine.painting.tint import recolour, relight

if TYPE_CHECKING:
    from bot.domain.catalog import Style
    from bot.engine.painting.pixels import Bytes, Flags

_NEARLY_ALL = 0.85  # share of the picture from which the rest is too little to continue from


def paint(
    image: Image.Image, mask: Image.Image, *, prompt: str, style: str, seed: int
) -> Image.Image:
    """Return `image` with the masked area painted as the prompt says.

    Args:
        image: any size; read as RGB. Not changed.
        mask: same size; read as L, 128 and above is painted.
        prompt: quoted words are lettered, colour and light words tint, anything else is filled in.
        style: one of `Style`'s values; another word counts as "auto".
        seed: any integer; equal input and seed give equal pixels.

    Returns:
        A new RGB image of the same size, equal to `image` outside the mask.

    Raises:
        ValueError: the sizes differ.
    """
    if image.size != mask.size:
        raise ValueError(f"image is {image.size}, mask is {mask.size}")
    # The caller decides how many pictures are painted at once; each stays on its own core.
    cv2.setNumThreads(1)
    picture = np.array(image.convert("RGB"), np.uint8)
    area = np.asarray(mask.convert("L"), np.uint8) >= 128
    if not area.any():
        return Image.fromarray(picture)
    rng = np.random.default_rng(seed % 2**63)
    painted = _painted(picture, area, read_intent(prompt), style_of(style), rng)
    return Image.fromarray(np.where(area[..., None], painted, picture))


def _painted(
    picture: Bytes, area: Flags, intent: PromptIntent, style: Style, rng: np.random.Generator
) -> Bytes:
    panel = find_panel(picture, area) if intent.text else None
    if panel is not None:
        # Only the panel itself may serve as paint: the wall round it must not leak in.
        result = fill(picture, panel.strokes, rng, source=panel.ground)
    elif _keeps_content(intent):
        result = picture
    elif area.mean() > _NEARLY_ALL:
        result = repaint(picture, area, rng)
    else:
        result = fill(picture, area, rng)
    board = panel is None and bool(intent.text) and (intent.board or needs_board(result, area))
    if intent.colour is not None and not board:
        cover = cover_of_thing(picture, area) if _keeps_content(intent) else None
        result = recolour(result, area, intent.colour, cover=cover)
    if intent.light:
        result = relight(result, area, intent.light)
    if not board:  # a board carries the style itself; what shows round it belongs to the picture
        result = finish(result, area, style, rng)
    if intent.text:
        old = panel.letters if panel else None
        result = letter(result, area, intent, style, rng, board=board, old=old)
    return result


def _keeps_content(intent: PromptIntent) -> bool:
    """Tell whether the thing in the area stays and only its colour or light changes."""
    changes_look = intent.colour is not None or intent.light != 0
    return changes_look and not (intent.text or intent.remove or intent.surface)
