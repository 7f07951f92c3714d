"""Event streams, cut into pieces anywhere."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.provider.sse import MAX_EVENT_CHARS, EventReader

STREAM = '﻿: hello\r\ndata: {"a": "ä"}\r\n\r\nevent: x\ndata:1\ndata: 2\n\n\rdata: 3\r\r'.encode()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_understood(end: str) -> None:
    reader = EventReader()

    events = reader.feed(f"data: 1{end}{end}: ping{end}{end}data: 2{end}id: 7{end}{end}\n".encode())

    assert events == ["1", "2"]


@given(cuts=st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_it_does_not_matter_where_the_network_cuts(cuts: list[int]) -> None:
    whole = EventReader()
    reader = EventReader()
    edges = [0, *sorted(cuts), len(STREAM)]

    pieces = [STREAM[start:end] for start, end in itertools.pairwise(edges)]
    events = [event for piece in pieces for event in reader.feed(piece)]

    expected = whole.feed(STREAM)
    assert events == expected
    assert expected[:2] == ['{"a": "ä"}', "1\n2"]


def test_a_byte_order_mark_does_not_swallow_the_first_event() -> None:
    assert EventReader().feed("\ufeffdata: 1\n\n".encode()) == ["1"]


def test_an_event_that_never_ends_is_not_kept() -> None:
    reader = EventReader()

    for _ in range(30):
        assert reader.feed(b"x" * 100_000) == []
        assert len(reader._rest) <= MAX_EVENT_CHARS + 100_000

    assert reader.feed(b"\n\ndata: fine\n\n") == ["fine"]


def test_an_event_of_too_many_lines_is_dropped_whole() -> None:
    reader = EventReader()

    for _ in range(30):
        assert reader.feed(b"data: " + b"x" * 100_000 + b"\n") == []

    assert reader.feed(b"\ndata: fine\n\n") == ["fine"]
