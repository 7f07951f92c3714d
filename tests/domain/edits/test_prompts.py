"""Prompts are cleaned without changing what they say."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.edits import prompts
from bot.domain.errors import BadPrompt, PromptProblem

LIMIT = 2000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n\t ",
        "\u200b\u200d\ufeff",
        "\u3164\u2800",
        "\u202e\u202c",
        "\u0301\u0302",
        "\u00ad",
    ],
)
def test_w40_75_a_prompt_nobody_can_see_is_refused(text: str) -> None:
    with pytest.raises(BadPrompt) as caught:
        prompts.clean(text, limit=LIMIT)

    assert caught.value.problem is PromptProblem.EMPTY


@pytest.mark.parametrize("text", ["a\0b", "a\x1b[31mb", "a\x7fb", "a\x9bb", "a\ud800b", "a\ufffeb"])
def test_w41_84_control_characters_and_lone_surrogates_are_refused(text: str) -> None:
    with pytest.raises(BadPrompt) as caught:
        prompts.clean(text, limit=LIMIT)

    assert caught.value.problem is PromptProblem.UNREADABLE


@pytest.mark.parametrize(
    "text",
    [
        "a red door",
        "x",
        "\u4e00\u6761\u7ea2\u8272\u7684\u95e8\uff0c\u65e5\u672c\u8a9e",
        "\u0628\u0627\u0628 \u0623\u062d\u0645\u0631 \u062c\u0645\u064a\u0644",
        "\u0e1b\u0e23\u0e30\u0e15\u0e39\u0e2a\u0e35\u0e41\u0e14\u0e07\u0e17\u0e35\u0e48",
        "\u0932\u093e\u0932 \u0926\u0930\u0935\u093e\u091c\u093c\u093e",
        "\u05d1\u05b0\u05bc\u05e8\u05b5\u05d0\u05e9\u05c1\u05b4\u05d9\u05ea",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f44b\U0001f3fd \u2764\ufe0f",
        "\U0001f1e9\U0001f1ea",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "@everyone <@1> [a](https://b.c) ||spoiler|| ```code",
        "'; DROP TABLE job;-- %s {0.__class__} ${jndi:x} {{7*7}}",
        "line one\nline two",
    ],
)
def test_83_85_86_what_people_write_passes_unchanged(text: str) -> None:
    assert prompts.clean(text, limit=LIMIT) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  a door \n", "a door"),
        ("cafe\u0301", "caf\u00e9"),
        ("evil \u202etxt.exe\u202c!", "evil txt.exe!"),
        ("\u2067a\u2069b", "ab"),
        ("\ufeffdoor", "door"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a\tb", "a b"),
    ],
)
def test_81_direction_overrides_and_odd_spaces_are_removed(text: str, cleaned: str) -> None:
    assert prompts.clean(text, limit=LIMIT) == cleaned


def test_82_a_storm_of_combining_marks_is_capped_on_each_letter() -> None:
    found = prompts.clean("z" + "\u0336" * 500 + "a" + "\u0353" * 500, limit=LIMIT)

    assert found == "z" + "\u0336" * 6 + "a" + "\u0353" * 6


@pytest.mark.parametrize("length", [1, LIMIT - 1, LIMIT])
def test_76_a_prompt_within_the_limit_is_kept_whole(length: int) -> None:
    assert prompts.clean("\U0001f44b" * length, limit=LIMIT) == "\U0001f44b" * length


@pytest.mark.parametrize("length", [LIMIT + 1, 6000, 10_000])
def test_76_a_longer_prompt_is_refused_with_both_lengths_and_never_cut(length: int) -> None:
    with pytest.raises(BadPrompt) as caught:
        prompts.clean("a" * length, limit=LIMIT)

    assert caught.value.problem is PromptProblem.TOO_LONG
    assert caught.value.facts == {"length": length, "limit": LIMIT}


def test_92_a_prompt_of_two_megabytes_is_refused_at_once() -> None:
    started = time.process_time()

    with pytest.raises(BadPrompt):
        prompts.clean("\u0336" * 2_000_000, limit=LIMIT)

    assert time.process_time() - started < 0.05


@given(st.text(max_size=200))
def test_a_clean_prompt_stays_as_it_is(text: str) -> None:
    try:
        found = prompts.clean(text, limit=LIMIT)
    except BadPrompt:
        return

    assert prompts.clean(found, limit=LIMIT) == found
    assert unicodedata.is_normalized("NFC", found)
    assert found.encode("utf-8")
