"""Every error has a sentence: what happened, what it cost, what to do next."""

from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest

from bot.domain import errors
from bot.domain.billing.breaker import PauseReason
from bot.domain.catalog import Style
from bot.domain.edits.pictures import Note, Question, Reading
from bot.domain.errors import (
    AlreadyRunning,
    AnswerLost,
    AreaProblem,
    BadArea,
    BadForm,
    BadLimit,
    BadMask,
    BadOption,
    BadPicture,
    BadPrompt,
    Broken,
    ConfigError,
    DiscordAway,
    DiscordRefused,
    DraftReplaced,
    ExportTooLong,
    Failure,
    FormProblem,
    LimitProblem,
    LoginRefusal,
    MaskProblem,
    MissingKind,
    ModeratorsOnly,
    NeverSent,
    NotFound,
    NothingToChange,
    NotPermitted,
    OptionProblem,
    Paused,
    PictureProblem,
    PriceChanged,
    PromptProblem,
    ProviderBlocked,
    ProviderBusy,
    Refused,
    Restarting,
    StoreBusy,
    StoreFailed,
    StoreTooNew,
    StoreTooOld,
    TooLate,
    TooManyWaiting,
    UserError,
)
from bot.domain.jobs.states import JobState
from bot.domain.limits.rules import Scope
from bot.domain.limits.windows import Window
from bot.services.edits.service import Cancellation
from bot.ui import texts
from bot.ui.texts import TextTarget, edits, labels, notes, options
from bot.ui.texts.errors import explain
from tests.ui import specimens

SIZES = {"mask_width": 10, "mask_height": 20, "width": 3000, "height": 2000}
FACTS: dict[PictureProblem, dict[str, str | float]] = {
    PictureProblem.TOO_HEAVY: {"size_bytes": 30 * 2**20, "limit_bytes": 25 * 2**20},
    PictureProblem.TOO_MANY_PIXELS: {"width": 20_000, "height": 9000, "limit_megapixels": 50},
    PictureProblem.TOO_SMALL: {"width": 8, "height": 9, "minimum": 16},
    PictureProblem.TOO_NARROW: {"width": 8000, "height": 20, "limit_aspect": 12.0},
    PictureProblem.NOT_A_PICTURE: {"looks_like": "MP4 video"},
    PictureProblem.UNSUPPORTED: {"format": "BMP"},
}


def of_members() -> Iterator[UserError]:
    for picture in PictureProblem:
        for role in ("picture", "mask"):
            yield BadPicture(picture, role=role)
            yield BadPicture(picture, role=role, **FACTS.get(picture, {}))
    yield BadPicture(PictureProblem.GONE, path="photo.jpg")
    yield BadPicture(PictureProblem.GONE, path="photo.jpg", reason="permission denied")
    for mask in MaskProblem:
        yield BadMask(mask)
        yield BadMask(mask, **SIZES)
    for area in AreaProblem:
        yield BadArea(area, text="")
        yield BadArea(area, text="middel", word="middel", suggestion="center")
    for prompt in PromptProblem:
        yield BadPrompt(prompt)
        yield BadPrompt(prompt, length=2001, limit=2000)
    for form in FormProblem:
        yield BadForm(form)
    for allowed in options.ALLOWED:
        facts: dict[str, Any] = dict.fromkeys(re.findall(r"{(\w+)}", allowed.message), 7)
        yield BadOption("count", value="9", allowed=allowed.message, **facts)
    yield BadOption("amount", value="16:9", problem=OptionProblem.TOO_WIDE, edge="top")
    for edge in ("left", "right", "sides"):
        yield BadOption("amount", value="9:16", problem=OptionProblem.TOO_TALL, edge=edge)
    for scope in Scope:
        for window in Window:
            for held in (0, 80_000):
                for spent, count in itertools.product((760_000, 920_000), (1, 4)):
                    standing = specimens.standing(scope, window, spent=spent, held=held)
                    yield specimens.refusal(standing, count=count)
    yield TooManyWaiting(waiting=23, limit=24)
    yield TooManyWaiting(waiting=1, limit=1)
    yield AlreadyRunning(edit_id=7)
    yield DraftReplaced(edit_id=8)
    for reason in PauseReason:
        yield Paused(reason)
    yield PriceChanged(edit_id=7, was=80_000, now=50_000)
    yield ExportTooLong(most=20_000)
    yield TooLate(edit_id=7)
    yield NotFound()
    yield NotPermitted()
    yield Restarting()


def of_moderators() -> Iterator[UserError]:
    yield ModeratorsOnly()
    yield ModeratorsOnly(operator=True)
    for missing in MissingKind:
        yield NothingToChange(missing)
    facts: dict[str, str | int] = {"limit": 200, "days": 366, "channel_id": 5}
    for problem in LimitProblem:
        for more in ({"text": "1,5"}, {"text": "1,5", "meant": "1.5", "missing": "View Channel"}):
            yield BadLimit(problem, **facts, **more)


def of_operators() -> Iterator[errors.TouchupError]:
    yield NeverSent()
    yield AnswerLost()
    for failure in Failure:
        yield Refused(failure)
        yield Broken(failure)
    yield ProviderBlocked(reason="401")
    yield ProviderBusy(retry_after=3)
    yield StoreBusy(path="data/touchup.sqlite3", pid=0)
    yield StoreBusy(path="data/touchup.sqlite3", pid=77)
    yield StoreTooNew(path="data/touchup.sqlite3", found=9, known=1)
    yield StoreTooNew(path="data/touchup.sqlite3", found=0, known=1)
    yield StoreTooOld(path="data/touchup.sqlite3", found=1, known=2)
    yield StoreFailed("disk full")
    for refusal in LoginRefusal:
        yield DiscordRefused(refusal)
    yield DiscordAway("ClientConnectorError")
    yield ConfigError(["DISCORD_TOKEN is missing."])


CLASSES = {
    name
    for name, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, Exception) and name != "TouchupError"
}


def is_a_sentence(text: str) -> bool:
    return (
        bool(text)
        and (text[0].isupper() or text[0].isdigit() or text[0] in "`-“")
        and text.rstrip()[-1] in ".?"
        and "  " not in text
        and " ." not in text.replace(" .png", "")
        and not re.search(r"\b(None|True|False|nan|Error|Exception|object at)\b|[{}]", text)
        and not any(re.search(rf"\b{name}\b", text) for name in CLASSES if not name.istitle())
    )


@pytest.mark.parametrize("place", list(TextTarget))
@pytest.mark.parametrize("error", list(of_members()), ids=repr)
def test_a_refusal_says_what_happened_and_that_it_was_free(
    error: UserError, place: TextTarget
) -> None:
    said = explain(error, place)

    assert is_a_sentence(said)
    asks_to_buy = not isinstance(error, NotFound | NotPermitted | TooLate | ExportTooLong)
    assert said.endswith("Nothing was charged.") is asks_to_buy
    assert len(said) > len("Nothing was charged.") + 20
    assert texts.is_expected(error)


@pytest.mark.parametrize("error", list(of_moderators()), ids=repr)
def test_a_refusal_to_a_moderator_says_that_nothing_was_changed(error: UserError) -> None:
    said = explain(error, TextTarget.DISCORD)

    assert is_a_sentence(said)
    assert said.endswith("Nothing was changed.")
    assert len(said) > len("Nothing was changed.") + 20
    assert texts.is_expected(error)


@pytest.mark.parametrize("place", list(TextTarget))
@pytest.mark.parametrize("error", list(of_operators()), ids=repr)
def test_other_errors_have_a_sentence_too(error: errors.TouchupError, place: TextTarget) -> None:
    said = explain(error, place)

    assert is_a_sentence(said)
    assert said != explain(ValueError("x"))


def test_every_error_a_member_can_meet_is_tried_here() -> None:
    tried = {type(error) for error in (*of_members(), *of_moderators())}

    assert tried == set(UserError.__subclasses__())


@pytest.mark.parametrize("error", [ValueError("secret 7"), KeyError("x"), errors.LeaseLost()])
def test_what_nobody_foresaw_names_nothing_internal(error: Exception) -> None:
    said = explain(error, TextTarget.DISCORD)

    assert said == "That broke on my side. Nothing was charged. Try again in a moment."


def test_books_that_cannot_be_written_buy_nothing() -> None:
    assert explain(StoreFailed("x")).startswith(
        "I can't record spend right now, so nothing was bought. Nothing was charged."
    )


def test_a_limit_names_its_level_the_rest_and_the_renewal() -> None:
    def say(scope: Scope, place: TextTarget) -> str:
        standing = specimens.standing(scope, spent=960_000)
        return explain(specimens.refusal(standing), place)

    assert "costs $0.08, and only $0.04 is left" in say(Scope.MEMBER, TextTarget.DISCORD)
    assert "Your daily limit is $1.00" in say(Scope.MEMBER, TextTarget.DISCORD)
    assert "This server's daily limit is" in say(Scope.GUILD, TextTarget.DISCORD)
    assert "The whole bot's daily limit is" in say(Scope.BOT, TextTarget.DISCORD)
    assert f"<t:{specimens.RENEWS_AT}:R>" in say(Scope.BOT, TextTarget.DISCORD)
    assert re.search(r"renews on 2026-09-\d\d at \d\d:\d\d", say(Scope.BOT, TextTarget.SHELL))


def test_an_area_points_at_the_word_and_offers_the_nearest() -> None:
    error = BadArea(AreaProblem.UNKNOWN_WORD, text="middel", word="middel", suggestion="center 40%")

    said = explain(error, TextTarget.SHELL)

    assert "I don't know the word “middel”" in said
    assert "Did you mean “center 40%”?" in said


def test_a_members_own_word_is_inert_in_a_refusal() -> None:
    error = BadArea(AreaProblem.UNKNOWN_WORD, text="@everyone", word="@everyone **x**")

    said = explain(error, TextTarget.DISCORD)

    assert "@everyone" not in said
    assert "**x**" not in said


def test_folders_of_the_host_are_named_to_the_operator_only() -> None:
    error = StoreBusy(path="data/touchup.sqlite3", pid=77)

    assert "data/touchup.sqlite3" in explain(error, TextTarget.SHELL)
    assert "sqlite" not in explain(error, TextTarget.DISCORD)


@pytest.mark.parametrize("failure", list(Failure))
def test_every_failure_has_words(failure: Failure) -> None:
    assert is_a_sentence(texts.failed(failure))


@pytest.mark.parametrize("note", list(Note))
def test_every_note_has_words(note: Note) -> None:
    assert is_a_sentence(notes.noted(note))


@pytest.mark.parametrize("question", list(Question))
def test_every_question_asks(question: Question) -> None:
    assert notes.asked(question).endswith("?") or "?" in notes.asked(question)


@pytest.mark.parametrize("value", [*Reading, *Style, *JobState])
def test_every_other_value_has_a_name(value: Reading | Style | JobState) -> None:
    match value:
        case Reading():
            name = labels.read_as(value)
        case Style():
            name = labels.style_name(value)
        case _:
            name = notes.state_name(value)

    assert name
    assert "_" not in name


@pytest.mark.parametrize("result", list(Cancellation))
def test_every_end_of_a_cancel_has_words(result: Cancellation) -> None:
    assert is_a_sentence(edits.cancelled(result))


def test_the_receipt_counts_the_pixels_outside() -> None:
    receipt = specimens.receipt(pixels_outside=11_095_419)

    assert notes.untouched(receipt) == "0 of 11,095,419 pixels outside the area changed"


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "0%"),
        (0.0001, "less than 0.1%"),
        (0.125, "12.5%"),
        (0.33333, "33.3%"),
        (1, "100%"),
    ],
)
def test_a_share_is_never_rounded_to_nothing(share: float, said: str) -> None:
    assert labels.percent(share) == said
