"""Cards stay within Discord's limits, whatever a member wrote (sources: components/reference)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.billing.breaker import PauseReason
from bot.domain.catalog import Style
from bot.domain.edits.edit import EditState, Receipt
from bot.domain.edits.pictures import FittedFile, Note, Reading
from bot.domain.errors import Failure
from bot.domain.jobs.states import JobState
from bot.sandbox import components as tree
from bot.sandbox import validation
from bot.services.delivery.interrupted import InterruptedCard
from bot.services.edits.gallery import LISTED, CardPicture, PastEdit, ResultCard
from bot.services.edits.service import QueuedEdit
from bot.services.reports.member import SpendOverview
from bot.store.delivery.outbox import RouteKind
from bot.store.interactions.pending import InteractionKind
from bot.ui.delivery.sender import composed
from bot.ui.edits import cards
from bot.ui.edits.options import complete_edit
from bot.ui.reports import cards as report_cards
from bot.ui.texts import edits
from bot.ui.texts import lists as list_texts
from tests.ui import specimens

WORST = "@" * 2000
NOTES = st.lists(st.sampled_from(Note), max_size=len(Note), unique=True).map(tuple)
STOPS = st.one_of(st.none(), st.sampled_from(PauseReason))
PROMPTS = st.one_of(
    st.sampled_from([WORST, "\\" * 2000, "ש@" * 1000, "x\n" * 1000, "[a](https://b.c)" * 120]),
    st.text(min_size=1, max_size=300),
)
EDITS = st.builds(
    specimens.edit,
    prompt=PROMPTS,
    area=st.one_of(st.none(), st.sampled_from(["top third", "(" * 500])),
    reading=st.sampled_from(Reading),
    style=st.sampled_from(Style),
    seed=st.one_of(st.none(), st.just(2**31 - 1)),
    rewrite=st.booleans(),
    notes=NOTES,
    masked_pixels=st.integers(1, 12_000_000),
)


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "any.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    return path


def problems(components: list[dict[str, Any]], filenames: Iterator[str] | None = None) -> list[Any]:
    return validation.message_problems(
        flags=validation.V2,
        content="",
        embeds=(),
        components=components,
        poll=None,
        filenames=list(filenames or ()),
    )


def built(layout: Any) -> list[dict[str, Any]]:
    components: list[dict[str, Any]] = layout.to_components()
    return components


def texts(components: list[dict[str, Any]]) -> str:
    return "\n".join(tree.texts(components))


def result_card(
    receipts: tuple[Receipt, ...], asked: Any, path: Path, *, exact: bool
) -> ResultCard:
    shown = tuple(
        CardPicture(receipt=entry, path=path, media_type="image/webp", exact=exact)
        for entry in receipts
        if entry.picture is not None
    )
    return ResultCard(
        outcome=specimens.outcome(asked, *receipts),
        before=FittedFile(path=path, media_type="image/png", exact=False),
        pictures=shown,
    )


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    asked=EDITS,
    kinds=st.lists(st.sampled_from(["done", *Failure]), min_size=1, max_size=4),
    exact=st.booleans(),
    mention=st.booleans(),
)
def test_a_result_card_fits(
    picture: Path, asked: Any, kinds: list[Any], exact: bool, mention: bool
) -> None:
    receipts = tuple(
        specimens.receipt(picture, job_id=number)
        if kind == "done"
        else specimens.no_picture(kind, job_id=number)
        for number, kind in enumerate(kinds)
    )
    card = result_card(receipts, asked, picture, exact=exact)

    with cards.final(card, mention=mention) as sheet:
        components = built(sheet.layout)
        names = [file.filename for file in sheet.files]

    assert problems(components, iter(names)) == []
    assert len(names) <= validation.MAX_ATTACHMENTS
    assert len(set(names)) == len(names)
    assert all(len(file.description or "") <= 1024 for file in sheet.files)
    assert "@everyone" not in texts(components)
    assert "Edit 7" in texts(components)
    assert "None" not in texts(components)


def test_a_result_card_says_everything_a_member_needs(picture: Path) -> None:
    asked = specimens.edit(count=2, seed=5, style=Style.ANIME, notes=(Note.MASK_SCALED,))
    receipts = (specimens.receipt(picture), specimens.no_picture(Failure.CONTENT, job_id=12))
    card = result_card(receipts, asked, picture, exact=False)

    with cards.final(card, mention=True) as sheet:
        said = texts(built(sheet.layout))
        alts = [file.description or "" for file in sheet.files]

    for part in (
        "<@42>",
        "1 of 2 pictures",
        "a red door",
        "top third (33.3% of the picture)",
        "Anime",
        "**Seed:** 5",
        "0 of 8,000,000 pixels outside the area changed in the full-size picture · seed 123",
        "4.2 s",
        "Made smaller to fit here; the original is kept.",
        "**2:** The model's content filter refused it. Not charged. Try other",
        "**Cost:** $0.08 for 1 picture; 1 refused (not charged). $0.92 of $1.00 left (your ",
        "The mask had another size",
        "-# Edit 7",
    ):
        assert part in said
    assert alts == [
        "Before: the original picture, 4,000 by 3,000 pixels",
        "After (1): 33.3% of it shows: a red door",
    ]


def test_a_member_is_mentioned_only_where_the_card_is_not_a_reply(picture: Path) -> None:
    card = result_card((specimens.receipt(picture),), specimens.edit(), picture, exact=True)

    with cards.final(card, mention=False) as sheet:
        assert "<@" not in texts(built(sheet.layout))


def test_a_cancelled_edit_shows_no_files(picture: Path) -> None:
    cancelled = specimens.no_picture(Failure.CANCELLED)
    receipts = (
        specimens.receipt(None, state=JobState.CANCELLED, price=0, failure=cancelled.failure),
    )
    card = result_card(receipts, specimens.edit(), picture, exact=True)

    with cards.final(card, mention=False) as sheet:
        said = texts(built(sheet.layout))

    assert sheet.files == ()
    assert "Your edit was cancelled" in said
    assert "**Cost:** $0.00" in said


def test_files_are_closed_when_the_card_is_sent(picture: Path) -> None:
    card = result_card((specimens.receipt(picture),), specimens.edit(), picture, exact=True)

    with cards.final(card, mention=False) as sheet:
        handles = [file.fp for file in sheet.files]

    assert all(handle.closed for handle in handles)


@pytest.mark.parametrize(
    ("kind", "free"),
    [
        (InteractionKind.EDIT, "Nothing was charged."),
        (InteractionKind.CHANGE, "Pressing it cost nothing"),
        (InteractionKind.LOOK, "Looking costs nothing"),
    ],
)
def test_an_interrupted_card_says_what_was_free(kind: InteractionKind, free: str) -> None:
    with composed(InterruptedCard(member_id=42, kind=kind), RouteKind.REPLY) as message:
        said = texts(built(message.content["view"]))

    assert free in said
    assert ("not made" in said) == (kind is InteractionKind.EDIT)
    assert message.files == []


def test_an_exact_picture_needs_no_word_about_its_size(picture: Path) -> None:
    card = result_card((specimens.receipt(picture),), specimens.edit(), picture, exact=True)

    with cards.final(card, mention=False) as sheet:
        said = texts(built(sheet.layout))

    assert "0 of 8,000,000 pixels outside the area changed · seed 123" in said
    assert "full-size" not in said


def test_a_card_without_its_source_shows_the_pictures(picture: Path) -> None:
    card = replace(
        result_card((specimens.receipt(picture),), specimens.edit(), picture, exact=True),
        before=None,
    )

    with cards.final(card, mention=False) as sheet:
        assert [file.filename for file in sheet.files] == ["touchup-7-1.webp"]
        assert problems(built(sheet.layout), iter(["touchup-7-1.webp"])) == []


def test_a_card_whose_pictures_did_not_fit_says_where_they_are(picture: Path) -> None:
    card = ResultCard(outcome=specimens.outcome(specimens.edit(), specimens.receipt(picture)))

    with cards.final(card, mention=False) as sheet:
        said = texts(built(sheet.layout))

    assert sheet.files == ()
    assert problems(built(sheet.layout)) == []
    assert "could not be shown here" in said
    assert "`/mine edits`" in said
    assert "**Cost:** $0.08" in said


def test_n14_a_receipt_says_of_each_picture_what_it_cost(picture: Path) -> None:
    """One painted, one refused, two cancelled: the sum is of the one."""
    cancelled = specimens.no_picture(Failure.CANCELLED, job_id=13)
    receipts = (
        specimens.receipt(picture),
        specimens.no_picture(Failure.INPUT, job_id=12),
        cancelled,
        replace(cancelled, job_id=14),
    )
    card = result_card(receipts, specimens.edit(count=4), picture, exact=True)

    said = edits.receipt(card).splitlines()

    assert said[1].startswith("**2:** The model would not accept this picture, mask or option. Not")
    assert said[2] == "**3, 4:** Cancelled, as you asked. Not charged."
    assert said[3].startswith(
        "**Cost:** $0.08 for 1 picture; 1 refused (not charged); "
        "2 cancelled (not charged). $0.92 of $1.00 left (your daily limit, renews <t:"
    )


def test_n14_a_receipt_of_what_still_runs_says_what_is_set_aside(picture: Path) -> None:
    running = replace(specimens.no_picture(job_id=12, failure=None), state=JobState.RUNNING)
    asked = specimens.edit(count=3, state=EditState.RUNNING)
    receipts = (specimens.receipt(picture), running, replace(running, job_id=13))
    card = result_card(receipts, asked, picture, exact=True)

    said = edits.receipt(card).splitlines()

    assert said[1] == "**2, 3:** being painted"
    assert said[2].startswith("**Cost:** $0.08 for 1 picture; $0.16 set aside for 2 more. $0.92 of")


def test_an_edit_that_runs_is_shown_as_far_as_it_is(picture: Path) -> None:
    running = specimens.no_picture(job_id=12, failure=None)
    running = replace(running, state=JobState.RUNNING)
    asked = specimens.edit(count=2, state=EditState.RUNNING)
    card = result_card((specimens.receipt(picture), running), asked, picture, exact=True)

    with cards.final(card, mention=False) as sheet:
        said = texts(built(sheet.layout))

    assert "Your edit is not done yet: 1 of 2 pictures" in said
    assert "**2:** being painted" in said


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(asked=EDITS, prompts=st.lists(PROMPTS, max_size=LISTED), failure=st.sampled_from(Failure))
def test_a_list_of_edits_with_one_in_full_fits(
    picture: Path, asked: Any, prompts: list[str], failure: Failure
) -> None:
    entries = [past_edit(specimens.edit(id=number, prompt=p)) for number, p in enumerate(prompts)]
    receipts = (*[specimens.receipt(picture)] * 2, *[specimens.no_picture(failure)] * 2)
    card = result_card(receipts, asked, picture, exact=False)

    with cards.past(entries, card) as sheet:
        components = built(sheet.layout)
        names = [file.filename for file in sheet.files]

    assert problems(components, iter(names)) == []
    assert texts(components).count("kept for you") == len(prompts)
    assert "-# Edit 7" in texts(components)
    assert problems(built(cards.past_list(entries))) == []


@settings(max_examples=50, deadline=None)
@given(prompt=PROMPTS)
def test_a_past_edit_fits_among_the_choices_of_an_option(prompt: str) -> None:
    entry = past_edit(specimens.edit(id=2**53 - 1, prompt=prompt))

    [choice] = complete_edit([entry], str(2**53 - 1))

    assert choice.value == 2**53 - 1
    assert 1 <= len(choice.name) <= 100
    assert complete_edit([entry], "no such words") == []


def past_edit(asked: Any) -> PastEdit:
    states = (JobState.UNKNOWN, JobState.SUBMITTING, JobState.RUNNING, JobState.CANCELLED)
    return PastEdit(edit=asked, states=states, charged=320_000, kept=True)


@settings(max_examples=100, deadline=None)
@given(asked=EDITS, ahead=st.integers(0, 10**6), stopped=STOPS)
def test_an_accepted_card_fits_and_can_be_cancelled(
    asked: Any, ahead: int, stopped: PauseReason | None
) -> None:
    entry = QueuedEdit(edit=asked, states=(JobState.QUEUED,), ahead=ahead, stopped=stopped)

    components = built(cards.accepted(entry))

    assert problems(components) == []
    assert "$0.08 set aside" in texts(components)
    assert buttons(components) == [("Cancel", "tu1:cancel:7")]


@settings(max_examples=50, deadline=None)
@given(prompts=st.lists(PROMPTS, max_size=30), ahead=st.integers(0, 10**6), stopped=STOPS)
def test_a_queue_of_any_length_fits(
    prompts: list[str], ahead: int, stopped: PauseReason | None
) -> None:
    entries = [
        QueuedEdit(
            edit=specimens.edit(id=number, prompt=prompt, count=4),
            states=(JobState.QUEUED, JobState.UNKNOWN, JobState.RUNNING, JobState.DONE),
            ahead=ahead,
            stopped=stopped,
        )
        for number, prompt in enumerate(prompts, start=1)
    ]

    components = built(cards.queue(entries))

    assert problems(components) == []
    assert len(buttons(components)) == min(len(entries), cards.LONGEST_QUEUE)


@settings(max_examples=50, deadline=None)
@given(prompts=st.lists(PROMPTS, max_size=5))
def test_a_spend_card_fits(prompts: list[str]) -> None:
    found = SpendOverview(
        explanation=specimens.explanation(*(specimens.standing(held=80_000) for _ in range(3))),
        recent=tuple((specimens.edit(prompt=prompt), 80_000) for prompt in prompts),
    )

    said = list_texts.spending(found)
    components = built(report_cards.chart_card("sum", chart=None, alt="", after=said).layout)

    assert problems(components) == []
    assert "$1.00; $0.08 spent · $0.08 set aside · $0.84 left" in texts(components)


def buttons(components: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [
        (part["label"], part["custom_id"])
        for _, part in tree.walk(components)
        if part["type"] == tree.ComponentType.BUTTON
    ]
