"""What the model is told for the wishes that need no prompt of their own."""

from __future__ import annotations

from typing import Final

ERASE: Final = (
    "Remove what is there. Only the background remains, continued seamlessly from what surrounds "
    "it: same texture, light and perspective, no new objects, no text."
)
EXTEND: Final = (
    "Continue the picture beyond its edge, seamlessly: same place, light, perspective and style."
)


def extend(prompt: str) -> str:
    """What is asked for new room; what the member says about it comes first."""
    said = prompt.strip()
    return f"{said}. {EXTEND}" if said else EXTEND


def reletter(words: str) -> str:
    """What is asked to change lettering: the new words in quotes, and nothing else new.

    Ideogram draws what stands in double quotes as text, so quotes inside become single ones.
    """
    said = " ".join(words.replace('"', "'").split())
    return (
        f'The lettering reads "{said}", in the same style, colour, material and perspective as the '
        "lettering it replaces; the surface behind it is unchanged."
    )
