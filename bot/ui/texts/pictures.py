"""What is wrong with a picture, a mask, an area or a prompt, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from bot.domain.errors import AreaProblem, MaskProblem, PictureProblem, PromptProblem
from bot.i18n import _
from bot.ui.texts.labels import TextTarget, did_you_mean, escaped, plain, quoted, thing
from bot.ui.texts.notes import READER_INSTALL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.errors import BadArea, BadMask, BadPicture, BadPrompt

MIB = 1024 * 1024


def about_picture(error: BadPicture, place: TextTarget) -> str:
    """Say what is wrong with an attachment."""
    what = _("mask") if error.role == "mask" else _("picture")
    if error.problem is PictureProblem.GONE:
        return _gone(what, error.facts, place)
    if error.problem is PictureProblem.NOT_A_PICTURE:
        return _no_picture(error, place)
    measured = _measured(error.problem, what, error.facts)
    if measured is not None:
        return measured
    return _unreadable(error.problem, what, error.facts, place)


def _measured(problem: PictureProblem, what: str, facts: Mapping[str, str | float]) -> str | None:
    """Say what is too much or too little, with the figures that are known; None: not this kind."""
    size = _size(facts.get("width"), facts.get("height"))
    size = f" ({size})" if size else ""
    match problem:
        case PictureProblem.TOO_HEAVY:
            found = _mebibytes(facts.get("size_bytes"))
            limit = _mebibytes(facts.get("limit_bytes"))
            return _("That {what} is too heavy{size}{most}. Save it smaller and try again.").format(
                what=what,
                size=f": {found}" if found else "",
                most=_(", and I take up to {limit}").format(limit=limit) if limit else "",
            )
        case PictureProblem.TOO_MANY_PIXELS:
            limit = _number(facts.get("limit_megapixels"))
            return _(
                "That {what} has too many pixels{size}{most}. Scale it down and try again."
            ).format(
                what=what,
                size=size,
                most=_("; I take up to {limit} megapixels").format(limit=limit) if limit else "",
            )
        case PictureProblem.TOO_SMALL:
            least = _number(facts.get("minimum"))
            return _("That {what} is too small{size}{least}. Send a larger one.").format(
                what=what,
                size=size,
                least=_("; each side needs {least} pixels or more").format(least=least)
                if least
                else "",
            )
        case PictureProblem.TOO_NARROW:
            most = _number(facts.get("limit_aspect"))
            return _("That {what} is too long and thin{size}{most}. Cut it and try again.").format(
                what=what,
                size=size,
                most=_("; one side may be {most} times the other").format(most=most)
                if most
                else "",
            )
        case PictureProblem.TOO_COSTLY:
            return _(
                "That {what} is built in a way that takes far too long to open. Save it "
                "again as PNG or JPEG and try again."
            ).format(what=what)
        case _:
            return None


def _unreadable(
    problem: PictureProblem, what: str, facts: Mapping[str, str | float], place: TextTarget
) -> str:
    match problem:
        case PictureProblem.EMPTY:
            return _("That {what} is an empty file. Attach it again.").format(what=what)
        case PictureProblem.WEB_PAGE:
            return _(
                "That {what} is a web page or a vector drawing, not a picture. Save it as "
                "PNG or JPEG and attach that."
            ).format(what=what)
        case PictureProblem.HEIC:
            return _(
                "That {what} is in Apple's HEIC format, which I cannot open here. Share it "
                "as JPEG (iPhone: Settings, Camera, Formats, Most Compatible)."
            ).format(what=what)
        case PictureProblem.UNSUPPORTED:
            found = facts.get("format")
            kind = f" ({quoted(found, place)})" if found else ""
            return _(
                "I don't know that kind of {what}{kind}. Save it as PNG, JPEG or WebP."
            ).format(what=what, kind=kind)
        case PictureProblem.INCOMPLETE:
            return _("The end of that {what} is missing. Attach it again.").format(what=what)
        case PictureProblem.DAMAGED:
            return _(
                "That {what} is damaged and cannot be opened. Save it again and attach that."
            ).format(what=what)
        case PictureProblem.INVISIBLE:
            return _("That {what} is fully transparent, so there is nothing to work on.").format(
                what=what
            )
        case _:
            raise AssertionError(problem)


def _no_picture(error: BadPicture, place: TextTarget) -> str:
    file, kind = _("mask") if error.role == "mask" else _("file"), ""
    if found := error.facts.get("looks_like"):
        write = escaped if place is TextTarget.DISCORD else plain
        kind = _(" (it looks like {format})").format(format=write(str(found)))
    return _("That {file} is not a picture{kind}. Attach a PNG, JPEG or WebP.").format(
        file=file, kind=kind
    )


def _gone(what: str, facts: Mapping[str, str | float], place: TextTarget) -> str:
    path, reason = facts.get("path"), facts.get("reason")
    if path and reason:
        return _("I can't open {path} to use it as the {what}: {reason}.").format(
            path=quoted(path, place), what=what, reason=reason
        )
    if path:
        return _("There is no file {path} to use as the {what}.").format(
            path=quoted(path, place), what=what
        )
    return _("I could not download the {what}. Attach it again.").format(what=what)


def about_mask(error: BadMask, place: TextTarget) -> str:
    """Say why the mask does not say what should change."""
    facts = error.facts
    mask = _size(facts.get("mask_width"), facts.get("mask_height"))
    picture = _size(facts.get("width"), facts.get("height"))
    sizes = (
        _(" (the mask is {mask}, the picture {picture})").format(mask=mask, picture=picture)
        if mask and picture
        else ""
    )
    option = "`area`" if place is TextTarget.DISCORD else "--area"
    match error.problem:
        case MaskProblem.MISSING:
            return _(
                "I don't know what should change. Attach a mask (white changes), describe "
                "it with {option} (such as “top third”), or erase that part of the picture."
            ).format(option=option)
        case MaskProblem.BOTH:
            return _(
                "You gave a mask and {option}. Use one of them, so that I know which counts."
            ).format(option=option)
        case MaskProblem.EMPTY:
            return _("The mask marks nothing. Paint what should change in white.")
        case MaskProblem.FULL:
            return _(
                "The mask has one even colour, so it does not say what should change. "
                "Paint what should change in white and the rest in black."
            )
        case MaskProblem.OTHER_SHAPE:
            return _(
                "Mask and picture differ in shape{sizes}. Make the mask from the picture."
            ).format(sizes=sizes)
        case MaskProblem.CROPPED:
            cut = _("copy was cropped")
            if sizes:
                cut = _("copy is {mask}, the picture {picture}").format(mask=mask, picture=picture)
            return _("Your {cut}: mark a copy without cropping it.").format(cut=cut)
        case MaskProblem.NO_MARKS:
            return _(
                "I found no marks on that copy. Draw on what should change with a colour "
                "that stands out, or erase it, and attach the copy again."
            )
        case MaskProblem.OTHER_PICTURE:
            return _(
                "That mask is a photo, but not a copy of this picture. Attach a black and "
                "white mask (white changes), or this very picture with the part marked or "
                "erased."
            )
        case MaskProblem.NOT_A_COPY:
            return _(
                "You said “marks”, but attached no marked copy. Attach this picture with "
                "the part marked, or leave “marks” out of {option}."
            ).format(option=option)
        case MaskProblem.SWAPPED:
            return _("Picture and mask seem to be swapped. Exchange the two attachments.")
    assert_never(error.problem)


def about_area(error: BadArea, place: TextTarget) -> str:
    """Point at the word that was not understood or found, and offer the nearest."""
    word = quoted(error.word, place) if error.word else ""
    nearest = quoted(error.suggestion, place) if error.suggestion else ""
    if (unseen := _unseen(error.problem, thing(error.word) or word, nearest)) is not None:
        return unseen
    hint = did_you_mean(nearest) if nearest else ""
    match error.problem:
        case AreaProblem.UNKNOWN_WORD:
            said = (
                _("I don't know the word {word} in that area.").format(word=word)
                if word
                else _("I don't know that area.")
            )
        case AreaProblem.UNEXPECTED:
            said = _("I did not expect {word} there in that area.").format(
                word=word or _("what is")
            )
        case AreaProblem.ENDED:
            said = _("That area stops too early: something is missing at the end.")
        case AreaProblem.OUT_OF_RANGE:
            said = _("{word} is outside what makes sense there.").format(word=word or _("A number"))
        case AreaProblem.OUTSIDE:
            said = _("{word} lies outside the picture.").format(word=word or _("That box"))
        case AreaProblem.TOO_LONG:
            said = _("That area is too long for me to follow.")
        case AreaProblem.FEATHER_INSIDE:
            return _(
                "“feather” says how softly the whole area fades in, so it is written once, "
                "at the very end, such as in “subject feather 2%”.{hint}"
            ).format(hint=hint)
        case AreaProblem.NOTHING:
            return _("That area selects nothing of the picture. Take less away from it.")
        case _:
            raise AssertionError(error.problem)
    return said + (hint or _(" Try “top third”, “center 40%” or “everything - center”."))


def _unseen(problem: AreaProblem, word: str, nearest: str) -> str | None:
    """Say why something was not found in the picture; None: it was not looked for."""
    there = (
        _(" The nearest I can read there is {nearest}.").format(nearest=nearest) if nearest else ""
    )
    match problem:
        case AreaProblem.NOT_FOUND:
            return _(
                "I found no {word} in this picture.{there} Say the place in words, such as “top "
                "third”, or attach a copy with the part marked."
            ).format(word=word or _("such thing"), there=there)
        case AreaProblem.NOT_READ:
            return _(
                "I could not read the lettering in the picture right now, so I don't know "
                "where {word} is. Try again in a minute, or draw a box round it on a copy "
                "and attach that."
            ).format(word=word or _("that"))
        case AreaProblem.CROWDED:
            return _(
                "There is more lettering in the picture than I read at once, and {word} is "
                "not in the largest of it.{there} Draw a box round it on a copy and attach "
                "that, or send the part of the picture that it is in."
            ).format(word=word or _("that"), there=there)
        case AreaProblem.NEEDS_READER:
            return _(
                "To find {word} I would have to read, and I cannot here. Say the place in "
                "words, or mark it on a copy. The operator can teach me: {install}."
            ).format(word=word or _("words"), install=READER_INSTALL())
        case _:
            return None


def about_prompt(error: BadPrompt) -> str:
    """Say why the prompt cannot be sent."""
    match error.problem:
        case PromptProblem.EMPTY:
            return _("The prompt is empty. Say what the area should show.")
        case PromptProblem.TOO_LONG:
            length, limit = _number(error.facts.get("length")), _number(error.facts.get("limit"))
            figures = (
                _(" ({length} characters, {limit} fit)").format(length=length, limit=limit)
                if length and limit
                else ""
            )
            return _("The prompt is too long{figures}. Please shorten it.").format(figures=figures)
        case PromptProblem.UNREADABLE:
            return _("The prompt contains characters I can't use. Please retype it.")
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
    return _("{value:,.1f} MiB").format(value=value / MIB).replace(".0 MiB", " MiB")
