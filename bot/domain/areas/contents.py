"""What an area speaks of, for those who must know before it is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.areas.shapes import (
    Area,
    Difference,
    Feathered,
    Found,
    Grown,
    Intersection,
    Length,
    Marks,
    Not,
    Shape,
    Shrunk,
    Union,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


def found_in(area: Area) -> tuple[Found, ...]:
    """What must be looked for in the picture: each thing once, in the order they are said."""
    found = (shape for shape in _shapes(area) if isinstance(shape, Found))
    return tuple(dict.fromkeys(found))


def says_marks(area: Area) -> bool:
    """Whether a marked copy is needed."""
    return any(isinstance(shape, Marks) for shape in _shapes(area))


def feather_of(area: Area) -> Length | None:
    """How deep the new picture fades in, if that was said. Per cent are of the short side."""
    return area.by if isinstance(area, Feathered) else None


def _shapes(area: Area) -> Iterator[Shape]:
    match area:
        case Union(first, second) | Difference(first, second) | Intersection(first, second):
            yield from _shapes(first)
            yield from _shapes(second)
        case Not(inner) | Grown(inner) | Shrunk(inner) | Feathered(inner):
            yield from _shapes(inner)
        case shape:
            yield shape
