"""Which limits count, told a second time and as plainly as can be: what the real rule is held to.

Nothing here is shared with the real rule but its values, and nothing is fast.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from hypothesis import strategies as st

from bot.domain.limits.rules import (
    BOT,
    Boost,
    Buyer,
    DefaultLimits,
    LimitSubject,
    Rule,
    RuleAuthor,
    Scope,
    everyone,
    guild,
)
from bot.domain.limits.windows import Window

MEMBERS = (1, 2, 3)
GUILDS = (10, 11)
ROLES = (21, 22, 23)
CHANNELS = (31, 32)
NOW = 1_000.0


class Cap(NamedTuple):
    """How much one pot may hold in each such window, in micro-USD."""

    scope: str
    guild_id: int
    subject: int
    window: Window
    cap: int
    by_the_bots_clock: bool = False


def caps(buyer: Buyer, rules: Iterable[Rule], boosts: Iterable[Boost], *, now: float) -> list[Cap]:
    """Every cap that a purchase has to stay under, in no particular order."""
    rules, boosts = list(rules), list(boosts)
    found = []
    for window in Window:
        found += _near(buyer, rules, boosts, window, now)
        found += _wide(buyer, rules, boosts, window, now)
    return sorted(found)


def _near(
    buyer: Buyer, rules: Sequence[Rule], boosts: Sequence[Boost], window: Window, now: float
) -> list[Cap]:
    place = buyer.guild_id or 0
    own = LimitSubject(Scope.MEMBER, place, buyer.member_id)
    ladder = (
        ([own], RuleAuthor.MODERATOR),
        ([LimitSubject(Scope.ROLE, place, role) for role in buyer.role_ids], RuleAuthor.MODERATOR),
        ([everyone(place)], RuleAuthor.MODERATOR),
        ([everyone(place)], RuleAuthor.SETTING),
    )
    for subjects, author in ladder:
        offers = [
            _raised(rule.cap, boosts, {rule.subject, own}, window, now)
            for rule in rules
            for subject in subjects
            if (rule.subject, rule.window, rule.author) == (subject, window, author)
        ]
        if offers:
            return [Cap("member", place, buyer.member_id, window, max(offers))]
    return []


def _wide(
    buyer: Buyer, rules: Sequence[Rule], boosts: Sequence[Boost], window: Window, now: float
) -> list[Cap]:
    found = []
    here: dict[RuleAuthor, dict[LimitSubject, int]] = {rule.author: {} for rule in rules}
    for rule in rules:
        if rule.window is window:
            here[rule.author][rule.subject] = rule.cap
    subjects = [BOT]
    if buyer.guild_id is not None:
        subjects.append(guild(buyer.guild_id))
        if buyer.channel_id is not None:
            subjects.append(LimitSubject(Scope.CHANNEL, buyer.guild_id, buyer.channel_id))
    for subject in subjects:
        key = (subject.scope.value, subject.guild_id, subject.id, window)
        of_moderators = here.get(RuleAuthor.MODERATOR, {}).get(subject)
        if of_moderators is not None:
            found.append(Cap(*key, _raised(of_moderators, boosts, {subject}, window, now)))
        for author in (RuleAuthor.OPERATOR, RuleAuthor.SETTING):
            if subject in here.get(author, {}):
                found.append(Cap(*key, here[author][subject], by_the_bots_clock=True))
                break
    return found


def _raised(
    cap: int, boosts: Sequence[Boost], subjects: set[LimitSubject], window: Window, now: float
) -> int:
    if cap == 0:
        return 0
    total = cap
    for boost in boosts:
        begun, over = boost.starts <= now, boost.ends <= now
        if boost.subject in subjects and boost.window is window and begun and not over:
            total += boost.amount
    return total


amounts = st.integers(0, 5_000)
windows = st.sampled_from(Window)
subjects_of_moderators = st.one_of(
    st.builds(
        LimitSubject, st.just(Scope.MEMBER), st.sampled_from(GUILDS), st.sampled_from(MEMBERS)
    ),
    st.builds(LimitSubject, st.just(Scope.ROLE), st.sampled_from(GUILDS), st.sampled_from(ROLES)),
    st.builds(
        LimitSubject, st.just(Scope.CHANNEL), st.sampled_from(GUILDS), st.sampled_from(CHANNELS)
    ),
    st.sampled_from(GUILDS).map(everyone),
    st.sampled_from(GUILDS).map(guild),
)
subjects_of_the_operator = st.sampled_from([BOT, *map(guild, GUILDS)])
buyers = st.builds(
    Buyer,
    member_id=st.sampled_from(MEMBERS),
    guild_id=st.sampled_from([*GUILDS, None]),
    channel_id=st.sampled_from([*CHANNELS, None]),
    role_ids=st.lists(st.sampled_from(ROLES), unique=True).map(tuple),
)
settings_of_the_bot = st.builds(
    DefaultLimits, member_day=amounts, guild_month=amounts, bot_month=amounts
)
one_rule = st.one_of(
    st.builds(
        Rule,
        subject=subjects_of_moderators,
        window=windows,
        cap=amounts,
        author=st.just(RuleAuthor.MODERATOR),
    ),
    st.builds(
        Rule,
        subject=subjects_of_the_operator,
        window=windows,
        cap=amounts,
        author=st.just(RuleAuthor.OPERATOR),
    ),
)
rules_as_set = st.lists(
    one_rule, max_size=12, unique_by=lambda rule: (rule.subject, rule.window, rule.author)
)
boosts_as_given = st.lists(
    st.builds(
        Boost,
        id=st.integers(1, 2**40),
        subject=subjects_of_moderators,
        window=windows,
        amount=st.integers(1, 5_000),
        starts=st.sampled_from([NOW - 2, NOW - 1, NOW, NOW + 1]),
        ends=st.sampled_from([NOW - 1, NOW, NOW + 1, NOW + 2]),
        set_by=st.just(9),
        reason=st.just("a contest"),
    ),
    max_size=6,
    unique_by=lambda boost: boost.id,
)
