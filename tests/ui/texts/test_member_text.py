"""What members write is repeated as they typed it, and does nothing else (77 to 81, W41, W42)."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.sandbox import mentions
from bot.ui.texts.labels import escaped, plain

# How Discord's server finds mentions: https://docs.discord.com/developers/reference#message-formatting
MENTION = re.compile(r"<(@[!&]?|#|/|t:|a?:|id:)")
INVITE = re.compile(r"discord(app)?\.(gg|com)/", re.IGNORECASE)
# Discord's markdown takes a backslash and any ASCII punctuation for that character itself.
ESCAPED_PAIR = re.compile(r"\\[!-/:-@\[-`{-~]")
MARKUP = re.compile(r"[\\*_~|`<>#+\[\]():/.!-]|@(?!\u200b)")
TURNING = re.compile("[\u202a-\u202e\u2066\u2067\u200e\u200f\u061c]")

ATTACKS = (
    "@everyone",
    "@here",
    "@\u200beveryone",
    "\uff20everyone",
    "<@123456789012345678>",
    "<@!1>",
    "<@&1>",
    "<#1>",
    "</edit:1>",
    "<t:0:R>",
    "<a:wave:1>",
    "[click](https://evil.example)",
    "<https://evil.example>",
    "https://evil.example",
    "discord.gg/evil",
    "```\ncode",
    "``` ``` ```",
    "||spoiler||",
    "# big",
    "-# small",
    "> quote",
    ">>> quote",
    "1. list",
    "- list",
    "* list",
    "**bold** __under__ ~~struck~~ *it* _it_",
    "\\@everyone",
    "\\\\@everyone",
    "trailing \\",
    "a\n# b",
    "a\r# b",
    "a\u2028# b",
    "\u202eevil",
    "\u2066evil",
    "\ud800",
    "\x00\x1b[31m",
    "שלום 123 עולם",
)


def is_inert(text: str) -> bool:
    shown = ESCAPED_PAIR.sub("", text)
    return not any(
        (
            MENTION.search(text),
            "://" in text,
            INVITE.search(text),
            MARKUP.search(shown),
            "\n" in text,
            TURNING.search(text),
            any(0xD800 <= ord(character) <= 0xDFFF for character in text),
        )
    )


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_only_repeated(attack: str) -> None:
    """Rows 77, 78, 79, 80, 81."""
    shown = escaped(attack)
    found = mentions.find([shown], None)

    assert is_inert(shown)
    assert (found.everyone, found.users, found.roles) == (False, (), ())


@settings(max_examples=10_000, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(ATTACKS),
            st.sampled_from("@<>#*_~|`\\[]():/.!-+ \n1"),
            st.text(st.characters(), max_size=4),
        ),
        max_size=8,
    ).map("".join)
)
@example("".join(ATTACKS))
def test_no_text_mentions_links_or_changes_the_layout(text: str) -> None:
    """I14: ten thousand random texts, put together from the dangerous pieces too."""
    shown = escaped(text)
    found = mentions.find([shown], None)

    assert is_inert(shown)
    assert (found.everyone, found.users, found.roles) == (False, (), ())
    shown.encode()


@given(st.text(st.characters(categories=("L", "N"), max_codepoint=0x4FF), max_size=50))
def test_ordinary_words_come_through_unchanged(text: str) -> None:
    assert escaped(text).strip("\u2068\u2069") == text


@pytest.mark.parametrize(
    "text",
    ["红色的门", "ประตูสีแดง", "लाल दरवाज़ा", "👨‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "dix-huit", "100% à l'été"],
)
def test_other_scripts_and_emoji_are_shown_as_typed(text: str) -> None:
    """Rows 83 and 85."""
    shown = ESCAPED_PAIR.sub(lambda pair: pair[0][1], escaped(text))

    assert shown == text


def test_right_to_left_text_cannot_reorder_what_follows() -> None:
    assert escaped("דלת") == "\u2068דלת\u2069"


def test_what_is_too_long_is_cut_visibly() -> None:
    """Row 76."""
    assert plain("x" * 300, limit=300) == "x" * 300
    assert plain("x" * 301, limit=300) == "x" * 299 + "…"
    assert len(plain("x " * 500, limit=100)) <= 100
