"""What may happen in a random life of the books: who buys, what is limited, and when it is."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from bot.domain.limits.rules import Buyer, RuleAuthor
from bot.domain.limits.windows import Window
from tests.domain.limits.limit_model import (
    CHANNELS,
    GUILDS,
    MEMBERS,
    ROLES,
    subjects_of_moderators,
    subjects_of_the_operator,
)
from tests.support.books import PROVIDER

PLAY = "play"
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")


def _at(zone: str, year: int, month: int, day: int, hour: int, minute: int = 0) -> float:
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone)).timestamp()


EDGES = (
    _at("UTC", 2026, 11, 30, 12),
    _at("Europe/Berlin", 2026, 10, 25, 2),  # 2:00 comes twice
    _at("Europe/Berlin", 2027, 3, 28, 1),  # 2:00 does not come
    _at("America/New_York", 2026, 11, 1, 1),
    _at("America/New_York", 2027, 3, 14, 1),
    _at("Australia/Lord_Howe", 2026, 10, 4, 1, 30),  # by half an hour
    _at("Australia/Lord_Howe", 2027, 4, 4, 1),
    _at("Asia/Kathmandu", 2027, 1, 31, 23),
    _at("Europe/Berlin", 2028, 2, 29, 23),
    _at("America/New_York", 2026, 12, 31, 23),
)
"""Moments at which windows are easily wrong."""

BUYERS = tuple(
    Buyer(member_id=member, guild_id=place, channel_id=place and channel, role_ids=roles)
    for member in MEMBERS[:2]
    for place, channel in (
        (None, 0),
        *((guild, channel) for guild in GUILDS for channel in CHANNELS),
    )
    for roles in ((), ROLES[:2], ROLES[1:])
)
DAY_SECONDS = 86_400.0
amounts = st.integers(0, 1_500)
buyers = st.sampled_from(BUYERS)
providers = st.sampled_from([PROVIDER, PROVIDER, PROVIDER, PLAY])
windows = st.sampled_from(Window)
purchases = st.tuples(
    buyers, providers, st.integers(1, 4), st.integers(0, 200), st.sampled_from([None, None, 0, 1])
)
limits_as_set = st.tuples(
    st.one_of(
        subjects_of_moderators.map(lambda subject: (subject, RuleAuthor.MODERATOR)),
        subjects_of_moderators.map(lambda subject: (subject, RuleAuthor.MODERATOR)),
        subjects_of_the_operator.map(lambda subject: (subject, RuleAuthor.OPERATOR)),
    ),
    windows,
    amounts,
    st.sampled_from([None, None, -1, 0, 80]),
)
