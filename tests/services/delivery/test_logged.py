"""Every line about a job or a card carries its numbers, no matter which module writes it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from bot import logs
from bot.domain.errors import ChannelClosed, InteractionExpired
from bot.engine import EngineFault
from bot.engine import EngineFaultKind as Kind
from bot.services.delivery.outbox import Destination, Outbox
from bot.services.edits.gallery import Gallery
from bot.store.delivery.outbox import OwedKind
from tests.support.bench import Bench


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What is logged during a test, as JSON lines."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("INFO", "json", stream=stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


def lines(stream: io.StringIO, logger: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in stream.getvalue().splitlines()]
    return [line for line in found if line["logger"] == logger]


async def test_what_is_logged_of_a_job_carries_its_numbers_and_nobody_elses(
    bench: Bench, written: io.StringIO
) -> None:
    first, second = await bench.accept(), await bench.accept()
    for _ in (first, second):
        bench.faults.add(EngineFault(kind=Kind.JOB_SWAPPED))
        await bench.work()
        await bench.database.transact(lambda tx: tx.execute("DELETE FROM pause"))

    jobs = [await bench.job(edit) for edit in (first, second)]
    numbers = [{"edit_id": job.edit_id, "job_id": job.id} for job in jobs]
    for logger in ("bot.services.jobs.collect", "bot.services.jobs.worker"):
        said = [line for line in lines(written, logger) if line["level"] == "ERROR"]
        assert [{key: line[key] for key in numbers[0]} for line in said] == numbers
    assert (logs.edit_id.get(), logs.job_id.get()) == (None, None)


async def test_what_is_logged_of_a_card_carries_its_edit(
    bench: Bench, written: io.StringIO
) -> None:
    class Closed:
        """A Discord in which no way is open."""

        async def send(self, to: Destination, *_: object, **__: object) -> int:
            raise InteractionExpired if to.reply else ChannelClosed

    await bench.acknowledge(70)
    edit = await bench.accept(reply_id=70, channel_id=50)
    await bench.work_until_ended(edit)
    gallery = Gallery(bench.database, bench.folder, bench.images, bench.edits)
    renderers = {OwedKind.RESULT: gallery.bring}
    outbox = Outbox(bench.database, Closed(), renderers, clock=bench.clock)

    assert await outbox.deliver_next()

    said = lines(written, "bot.services.delivery.outbox")
    assert len(said) == 4
    assert {line["edit_id"] for line in said} == {edit.id}
    assert logs.edit_id.get() is None
