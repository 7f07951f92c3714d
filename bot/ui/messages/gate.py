"""What is wrong with a picture, a mask, an area or a prompt, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from bot.domain.errors import AreaProblem, MaskProblem, PictureProblem, PromptProblem
from bot.ui.messages.places import Place, quoted
from bot.ui.messages.words import READER_INSTALL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.errors import BadArea, BadMask, BadPicture, BadPrompt

MIB = 1024 * 1024
_LETTERS = frozenset("aeiou")


def about_picture(error: BadPicture, place: Place) -> str:
    """Say what is wrong with an attachment."""
    what = "mask" if error.role == "mask" else "picture"
    if error.problem is PictureProblem.GONE:
        return _gone(what, error.facts, place)
    measured = _measured(error.problem, what, error.facts)
    if measured is not None:
        return measured
    return _unreadable(error.problem, what, error.facts, place)


def _measured(problem: PictureProblem, what: str, facts: Mapping[str, str | float]) -> str | None:
    """Say what is too much or too little, with the figures that are known; None: not this kind."""
    size = _size(facts.get("width"), facts.get("height"))
    match problem:
        case PictureProblem.TOO_HEAVY:
            found = _mebibytes(facts.get("size_bytes"))
            limit = _mebibytes(facts.get("limit_bytes"))
            return (
                f"That {what} is too heavy{f': {found}' if found else ''}"
                f"{f', and I take up to {limit}' if limit else ''}. Save it smaller and try again."
            )
        case PictureProblem.TOO_MANY_PIXELS:
            limit = _number(facts.get("limit_megapixels"))
            return (
                f"That {what} has too many pixels{f' ({size})' if size else ''}"
                f"{f'; I take up to {limit} megapixels' if limit else ''}. "
                "Scale it down and try again."
            )
        case PictureProblem.TOO_SMALL:
            least = _number(facts.get("minimum"))
            return (
                f"That {what} is too small{f' ({size})' if size else ''}"
                f"{f'; each side needs {least} pixels or more' if least else ''}. "
                "Send a larger one."
            )
        case PictureProblem.TOO_NARROW:
            most = _number(facts.get("limit_aspect"))
            return (
                f"That {what} is too long and thin{f' ({size})' if size else ''}"
                f"{f'; one side may be {most} times the other' if most else ''}. "
                "Cut it and try again."
            )
        case PictureProblem.TOO_COSTLY:
            return (
                f"That {what} is built in a way that takes far too long to open. "
                "Save it anew as PNG or JPEG and try again."
            )
        case _:
            return None


def _unreadable(
    problem: PictureProblem, what: str, facts: Mapping[str, str | float], place: Place
) -> str:
    match problem:
        case PictureProblem.EMPTY:
            return f"That {what} is an empty file. Attach it again."
        case PictureProblem.WEB_PAGE:
            return (
                f"That {what} is a web page or a vector drawing, not a picture. "
                "Save it as PNG or JPEG and attach that."
            )
        case PictureProblem.HEIC:
            return (
                f"That {what} is in Apple's HEIC format, which I cannot open here. "
                "Share it as JPEG (iPhone: Settings, Camera, Formats, Most Compatible)."
            )
        case PictureProblem.UNSUPPORTED:
            found = facts.get("format")
            kind = f" ({quoted(found, place)})" if found else ""
            return f"I don't know that kind of {what}{kind}. Save it as PNG, JPEG or WebP."
        case PictureProblem.INCOMPLETE:
            return f"The end of that {what} is missing. Attach it again."
        case PictureProblem.DAMAGED:
            return f"That {what} is damaged and cannot be opened. Save it anew and attach that."
        case PictureProblem.INVISIBLE:
            return f"That {what} is fully transparent, so there is nothing to work on."
        case _:
            found = facts.get("looks_like")
            kind = f"; it looks like {_with_article(str(found), place)}" if found else ""
            return f"That {what} is not a picture{kind}. Attach a PNG, JPEG or WebP."


def _gone(what: str, facts: Mapping[str, str | float], place: Place) -> str:
    path, reason = facts.get("path"), facts.get("reason")
    if path and reason:
        return f"I can't open {quoted(path, place)} to use it as the {what}: {reason}."
    if path:
        return f"There is no file {quoted(path, place)} to use as the {what}."
    return f"I could not download the {what}. Attach it again."


def about_mask(error: BadMask, place: Place) -> str:
    """Say why the mask does not say what should change."""
    facts = error.facts
    mask = _size(facts.get("mask_width"), facts.get("mask_height"))
    picture = _size(facts.get("width"), facts.get("height"))
    sizes = f" (the mask is {mask}, the picture {picture})" if mask and picture else ""
    option = "`area`" if place is Place.DISCORD else "--area"
    match error.problem:
        case MaskProblem.MISSING:
            return (
                "I don't know what should change. Attach a mask (white changes), describe it with "
                f"{option} (such as “top third”), or erase that part of the picture."
            )
        case MaskProblem.BOTH:
            return f"You gave a mask and {option}. Use one of them, so that I know which counts."
        case MaskProblem.EMPTY:
            return "The mask marks nothing. Paint what should change in white."
        case MaskProblem.FULL:
            return (
                "The mask has one even colour, so it does not say what should change. "
                "Paint what should change in white and the rest in black."
            )
        case MaskProblem.OTHER_SHAPE:
            return f"Mask and picture differ in shape{sizes}. Make the mask from the picture."
        case MaskProblem.CROPPED:
            cut = f"copy is {mask}, the picture {picture}" if sizes else "copy was cropped"
            return f"Your {cut}: mark a copy without cropping it."
        case MaskProblem.NO_MARKS:
            return (
                "I found no marks on that copy. Draw on what should change with a colour that "
                "stands out, or erase it, and attach the copy again."
            )
        case MaskProblem.OTHER_PICTURE:
            return (
                "That mask is a photo, but not a copy of this picture. Attach a black and white "
                "mask (white changes), or this very picture with the part marked or erased."
            )
        case MaskProblem.NOT_A_COPY:
            return (
                "You said “marks”, but attached no marked copy. Attach this picture with the part "
                f"marked, or leave “marks” out of {option}."
            )
        case MaskProblem.SWAPPED:
            return "Picture and mask seem to be swapped. Exchange the two attachments."
    assert_never(error.problem)


def about_area(error: BadArea, place: Place) -> str:
    """Point at the word that was not understood or found, and offer the nearest."""
    word = quoted(error.word, place) if error.word else ""
    nearest = quoted(error.suggestion, place) if error.suggestion else ""
    if (unseen := _unseen(error.problem, word, nearest)) is not None:
        return unseen
    hint = f" Did you mean {nearest}?" if nearest else ""
    match error.problem:
        case AreaProblem.UNKNOWN_WORD:
            said = (
                f"I don't know the word {word} in that area." if word else "I don't know that area."
            )
        case AreaProblem.UNEXPECTED:
            said = f"I did not expect {word or 'what stands'} there in that area."
        case AreaProblem.ENDED:
            said = "That area stops too early: something is missing at the end."
        case AreaProblem.OUT_OF_RANGE:
            said = f"{word or 'A number'} is outside what makes sense there."
        case AreaProblem.OUTSIDE:
            said = f"{word or 'That box'} lies outside the picture."
        case AreaProblem.TOO_LONG:
            said = "That area is too long for me to follow."
        case AreaProblem.FEATHER_INSIDE:
            return (
                "“feather” says how softly the whole area fades in, so it stands once, at the very "
                f"end, such as in “subject feather 2%”.{hint}"
            )
        case AreaProblem.NOTHING:
            return "That area selects nothing of the picture. Take less away from it."
        case _:
            raise AssertionError(error.problem)
    return f"{said}{hint or ' Try “top third”, “center 40%” or “everything - center”.'}"


def _unseen(problem: AreaProblem, word: str, nearest: str) -> str | None:
    """Say why something was not found in the picture; None: it was not looked for."""
    there = f" The nearest I can read there is {nearest}." if nearest else ""
    match problem:
        case AreaProblem.NOT_FOUND:
            return (
                f"I looked for {word or 'that'} in the picture and did not find it.{there} "
                "Say the place in words, such as “top third”, or attach a copy with the part "
                "marked."
            )
        case AreaProblem.NOT_READ:
            return (
                "I could not read the lettering in the picture right now, so I don't know where "
                f"{word or 'that'} is. Try again in a minute, or draw a box round it on a copy and "
                "attach that."
            )
        case AreaProblem.CROWDED:
            return (
                f"There is more lettering in the picture than I read at once, and {word or 'that'} "
                f"is not in the largest of it.{there} Draw a box round it on a copy and attach "
                "that, or send the part of the picture that it stands in."
            )
        case AreaProblem.NEEDS_READER:
            return (
                f"To find {word or 'words'} I would have to read, and I cannot here. Say the place "
                f"in words, or mark it on a copy. The operator can teach me: {READER_INSTALL}."
            )
        case _:
            return None


def about_prompt(error: BadPrompt) -> str:
    """Say why the prompt cannot be sent."""
    match error.problem:
        case PromptProblem.EMPTY:
            return "The prompt is empty. Say what the area should show."
        case PromptProblem.TOO_LONG:
            length, limit = _number(error.facts.get("length")), _number(error.facts.get("limit"))
            figures = f" ({length} characters, {limit} fit)" if length and limit else ""
            return f"The prompt is too long{figures}. I never cut it myself: please shorten it."
        case PromptProblem.UNREADABLE:
            return "The prompt holds characters that are no text. Type it anew."
    assert_never(error.problem)


def _size(width: str | float | None, height: str | float | None) -> str:
    if width is None or height is None:
        return ""
    return f"{_number(width)} × {_number(height)}"


def _number(value: str | float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.10g}" if isinstance(value, (int, float)) else value


def _mebibytes(value: str | float | None) -> str:
    if not isinstance(value, (int, float)):
        return ""
    return f"{value / MIB:,.1f} MiB".replace(".0 MiB", " MiB")


def _with_article(noun: str, place: Place) -> str:
    article = "an" if noun[:1].lower() in _LETTERS else "a"
    return f"{article} {quoted(noun, place)}"
