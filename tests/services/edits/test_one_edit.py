"""One edit, from the member's files to the ledger, with everything real but Discord."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from bot.domain.edits.draft import LARGEST_SEED
from bot.domain.errors import (
    AlreadyRunning,
    BadOption,
    BadPicture,
    BadPrompt,
    Failure,
    LimitReached,
    NotFound,
    NotPermitted,
    TooLate,
    TooManyWaiting,
)
from bot.domain.jobs.states import CostState, JobState
from bot.domain.limits.rules import Buyer, DefaultLimits, Rule, RuleAuthor, Scope, everyone
from bot.domain.limits.windows import Window
from bot.services.edits.service import Cancellation
from bot.store.limits import rules
from tests.support.bench import PRICE, Bench


async def test_one_edit_costs_once_and_changes_only_the_area(bench: Bench) -> None:
    """Invariants 1-5, 7."""
    edit = await bench.accept()
    held_first = await bench.money()

    outcome = await bench.work_until_ended(edit)

    (receipt,) = outcome.receipts
    assert held_first == (PRICE, 0)
    assert await bench.money() == (0, PRICE)
    assert (receipt.state, outcome.charged, receipt.changed_outside) == (JobState.DONE, PRICE, 0)
    assert receipt.picture
    assert receipt.changed_inside
    outside = (edit.width // 2, 0, edit.width, edit.height)
    with Image.open(outcome.source) as before, Image.open(receipt.picture) as after:
        assert after.size == (edit.width, edit.height)
        kept = before.convert("RGB").crop(outside).tobytes()
        assert kept == after.convert("RGB").crop(outside).tobytes()
    assert len(bench.paid) == bench.billed == 1
    await bench.check()


async def test_several_pictures_are_several_jobs_with_seeds_of_their_own(bench: Bench) -> None:
    _, outcome = await bench.buy(count=3, seed=LARGEST_SEED)

    assert [receipt.seed for receipt in outcome.receipts] == [LARGEST_SEED, 0, 1]
    assert sorted(job.seed for job in bench.paid if job.seed is not None) == [0, 1, LARGEST_SEED]
    assert await bench.money() == (0, 3 * PRICE)
    await bench.check()


async def test_the_owners_cost_is_what_the_provider_says_it_bills(bench: Bench) -> None:
    edit = await bench.accept()

    await bench.work_until_ended(edit)

    job = await bench.job(edit)
    assert (job.cost, job.cost_state) == (PRICE * 1000, CostState.PROVISIONAL)
    assert job.submission
    assert job.submission.request_id == bench.paid[0].request_id


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"prompt": "  \u200b "}, BadPrompt),
        ({"count": 0}, BadOption),
        ({"count": 5}, BadOption),
        ({"seed": -1}, BadOption),
        ({"seed": LARGEST_SEED + 1}, BadOption),
    ],
)
async def test_a_members_mistake_is_free_and_leaves_no_trace(
    bench: Bench, changed: dict[str, Any], error: type[Exception]
) -> None:
    """W40, W48."""
    with pytest.raises(error):
        await bench.drafts.prepare(*bench.draft(**changed))

    assert await bench.rows("SELECT 1 FROM edit") == []
    assert list(bench.folder._workspaces.iterdir()) == []


async def test_what_is_no_picture_is_free_and_leaves_no_trace(bench: Bench) -> None:
    """15."""
    draft = bench.draft()
    draft[0].brief().source.write_bytes(b"%PDF-1.7 not a picture")

    with pytest.raises(BadPicture):
        await bench.drafts.prepare(*draft)

    assert await bench.rows("SELECT 1 FROM edit") == []


async def test_the_same_click_is_one_edit_however_often_it_arrives(bench: Bench) -> None:
    """D4, I10."""
    draft = bench.draft()

    quotes = [await bench.drafts.prepare(*draft) for _ in range(3)]

    assert len({quote.edit.id for quote in quotes}) == 1
    assert len(await bench.rows("SELECT 1 FROM edit")) == 1


async def test_pressing_run_twice_at_once_buys_one(bench: Bench) -> None:
    """D22, I10."""
    quote = await bench.drafts.prepare(*bench.draft())

    answers = await asyncio.gather(
        *(bench.run(quote.edit.id) for _ in range(10)), return_exceptions=True
    )

    assert sum(isinstance(answer, AlreadyRunning) for answer in answers) == 9
    assert await bench.money() == (PRICE, 0)


async def test_somebody_elses_buttons_do_nothing(bench: Bench) -> None:
    """D23."""
    quote = await bench.drafts.prepare(*bench.draft())

    with pytest.raises(NotPermitted):
        await bench.run(quote.edit.id, buyer=Buyer(member_id=2))
    for press in (bench.edits.drop, bench.edits.cancel):
        with pytest.raises(NotPermitted):
            await press(quote.edit.id, member_id=2)

    assert await bench.money() == (0, 0)


async def test_buttons_of_an_edit_that_never_was_do_nothing(bench: Bench) -> None:
    """D24, W49."""
    with pytest.raises(NotFound):
        await bench.run(999)
    for press in (bench.edits.drop, bench.edits.cancel):
        with pytest.raises(NotFound):
            await press(999, member_id=1)
    with pytest.raises(NotFound):
        await bench.edits.outcome(999)


async def test_a_dropped_draft_is_not_run(bench: Bench) -> None:
    quote = await bench.drafts.prepare(*bench.draft())
    await bench.edits.drop(quote.edit.id, member_id=1)

    with pytest.raises(NotFound):
        await bench.run(quote.edit.id)
    assert await bench.money() == (0, 0)


async def test_what_runs_is_not_dropped(bench: Bench) -> None:
    edit = await bench.accept()

    with pytest.raises(AlreadyRunning):
        await bench.edits.drop(edit.id, member_id=1)
    assert await bench.money() == (PRICE, 0)


async def test_what_was_quoted_in_play_money_is_not_bought_with_real_money(bench: Bench) -> None:
    """The provider was changed between the quote and the press."""
    quote = await bench.drafts.prepare(*bench.draft())
    elsewhere = bench.make_edits(replace(bench.terms, provider="fal"))

    with pytest.raises(NotFound):
        await elsewhere.run(quote.edit.id, buyer=Buyer(member_id=1))

    assert await bench.money() == (0, 0)
    assert await bench.rows("SELECT 1 FROM job") == []


async def test_a_member_with_many_in_line_is_told_so_and_nothing_is_held(bench: Bench) -> None:
    """C16."""
    bench.sell(replace(bench.terms, max_waiting=3))
    await bench.accept(count=2)

    with pytest.raises(TooManyWaiting) as refused:
        await bench.accept(count=2)

    assert (refused.value.waiting, refused.value.limit) == (2, 3)
    assert await bench.money() == (2 * PRICE, 0)
    await bench.check()


async def test_a_limit_without_room_refuses_before_and_at_the_hold(bench: Bench) -> None:
    """C12, I2: early, so that nothing is downloaded for nothing; and again when it counts."""
    caps = DefaultLimits(member_day=PRICE, guild_month=10**9, bot_month=10**9)
    bench.sell(replace(bench.terms, caps=caps))
    await bench.edits.require_room(Buyer(member_id=1), count=1)
    await bench.accept()

    with pytest.raises(LimitReached) as early:
        await bench.edits.require_room(Buyer(member_id=1), count=1)
    with pytest.raises(LimitReached) as late:
        await bench.accept()

    assert early.value.standing == late.value.standing
    assert early.value.standing.limit.pot.scope is Scope.MEMBER
    assert await bench.money() == (PRICE, 0)


async def test_what_was_added_up_for_a_refusal_is_not_added_up_at_the_next_press(
    bench: Bench,
) -> None:
    """A role's limit is set, and which of its members bought something is not known then."""
    await bench.accept(guild_id=5)
    drafted = await bench.drafts.prepare(*bench.draft(guild_id=5))
    of_all = Rule(
        subject=everyone(5), window=Window.EVER, cap=0, author=RuleAuthor.MODERATOR, set_by=9
    )
    await bench.database.transact(rules.put, of_all)
    buyer = Buyer(member_id=1, guild_id=5)

    async def counted() -> list[int]:
        rows = await bench.rows("SELECT held FROM counter WHERE window = 'ever'")
        return [row["held"] for row in rows]

    with pytest.raises(LimitReached):
        await bench.run(drafted.edit.id, buyer=buyer)
    assert await counted() == [PRICE]
    await bench.database.transact(
        lambda tx: tx.execute("DELETE FROM counter WHERE window = 'ever'")
    )
    with pytest.raises(LimitReached):
        await bench.edits.require_room(buyer, count=1)
    assert await counted() == [PRICE]


async def test_cancelling_in_line_takes_everything_back(bench: Bench) -> None:
    edit = await bench.accept(count=2)

    answer = await bench.edits.cancel(edit.id, member_id=1)

    outcome = await bench.edits.outcome(edit.id)
    assert answer is Cancellation.TAKEN_BACK
    assert [receipt.failure for receipt in outcome.receipts] == [Failure.CANCELLED] * 2
    assert await bench.money() == (0, 0)
    assert not bench.paid
    with pytest.raises(TooLate):
        await bench.edits.cancel(edit.id, member_id=1)
    await bench.check()


async def test_what_is_in_line_is_shown_with_what_is_ahead(bench: Bench) -> None:
    first = await bench.accept(member_id=2, count=2)
    second = await bench.accept()

    (line,) = await bench.edits.in_line(member_id=1)

    assert (line.edit.id, line.states, line.ahead) == (second.id, (JobState.QUEUED,), 2)
    await bench.work()
    (line,) = await bench.edits.in_line(member_id=1)
    assert line.ahead == 1
    await bench.work_until_ended(second)
    await bench.work_until_ended(first)
    assert await bench.edits.in_line(member_id=1) == []


async def test_spending_shows_each_limit_and_the_latest_edits(bench: Bench) -> None:
    done = await bench.accept(guild_id=5)
    await bench.work_until_ended(done)
    waiting = await bench.accept(guild_id=5)

    spending = await bench.spend.of_member(Buyer(member_id=1, guild_id=5))

    assert [(s.limit.pot.scope, s.spent, s.held) for s in spending.explanation.standings] == [
        (scope, PRICE, PRICE) for scope in (Scope.MEMBER, Scope.GUILD, Scope.BOT)
    ]
    assert spending.explanation.binding(PRICE).limit.pot.scope is Scope.MEMBER
    assert [(edit.id, charged) for edit, charged in spending.recent] == [
        (waiting.id, 0),
        (done.id, PRICE),
    ]


async def test_an_altered_picture_file_stops_the_job_before_it_is_bought(bench: Bench) -> None:
    """H4."""
    edit = await bench.accept()
    file = bench.folder.path(edit.sent_picture)
    file.write_bytes(file.read_bytes()[:-1] + b"?")

    outcome = await bench.work_until_ended(edit)

    assert outcome.receipts[0].failure is Failure.INTERNAL
    assert await bench.money() == (0, 0)
    assert not bench.paid
    await bench.check()


async def test_two_workers_on_one_database_share_the_work_fairly(bench: Bench) -> None:
    """I17, C17: each job is worked on once, and nobody waits for one eager member."""
    eager = [await bench.accept(member_id=1, count=4) for _ in range(2)]
    others = [await bench.accept(member_id=member) for member in (2, 3)]
    workers = [bench.make_worker(concurrency=2) for _ in range(2)]

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        for worker in workers:
            group.create_task(worker.run())
        while not all([await bench.has_ended(edit) for edit in (*eager, *others)]):
            await asyncio.sleep(0.01)
        for worker in workers:
            worker.stop()
    turns = [
        row["member_id"] for row in await bench.rows("SELECT * FROM job ORDER BY submitted_at")
    ]

    assert max(turns.index(2), turns.index(3)) < 6
    assert len(bench.paid) == bench.billed == 10
    assert len({job.request_id for job in bench.paid}) == 10
    assert await bench.money() == (0, 10 * PRICE)
    await bench.check()
