"""How large a sign board is and where it hangs: cut to suit its words, a bit above the middle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.engine.painting.letters import SHARE, block_sizes

if TYPE_CHECKING:
    from bot.engine.painting.text_placement import TextPlacement

EDGE: Final = 0.145  # of a board's shorter side, all round it: frame and air that carry no words
_LARGE = 0.15  # share of the picture from which an area is not itself the sign
_MOST_WIDTH = 0.8  # of such an area
_MOST_HEIGHT = 0.45
_TALL = 1.2  # height to width, from which a lone line in the middle of a board would look lost
_LOST = 0.55  # share of the height that the words need
_MIDDLE = 0.42  # of the area's height, where a board hangs


def hang(place: TextPlacement, text: str, font: str, share: float) -> TextPlacement:
    """Return the part of `place` that a board for `text` takes; `share`: area by picture.

    A modest area is taken for the sign itself and filled to its edge.
    """
    sizes = [_board(width, height) for width, height in block_sizes(text, font)]
    if share < _LARGE and not _is_lost(place, sizes):
        return place
    most = _MOST_WIDTH * place.width, _MOST_HEIGHT * place.height
    best, scale = sizes[0], 0.0
    for size in sizes:
        fits = min(most[0] / size[0], most[1] / size[1])
        # One more line must be worth it: wide text reads better.
        if fits > 1.12 * scale:
            best, scale = size, fits
    width, height = best[0] * scale, best[1] * scale
    left, top = (place.width - width) / 2, _MIDDLE * place.height - height / 2
    return place.part(left, top, left + width, top + height)


def _board(width: float, height: float) -> tuple[float, float]:
    """Return the board that a block of words fills as far as the letters' shares allow."""
    inner = width / SHARE[0], height / SHARE[1]
    edge = EDGE / (1 - 2 * EDGE) * min(inner)
    return inner[0] + 2 * edge, inner[1] + 2 * edge


def _is_lost(place: TextPlacement, sizes: list[tuple[float, float]]) -> bool:
    if place.height < _TALL * place.width:
        return False
    return max(place.width * high / wide for wide, high in sizes) < _LOST * place.height
