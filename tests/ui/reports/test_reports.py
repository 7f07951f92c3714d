"""What reports say, in words and in the words of their charts."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.limits.rules import Limit, Pot, Rule, RuleAuthor, Scope, guild
from bot.domain.limits.status import LimitStatus
from bot.domain.limits.windows import Window, span
from bot.domain.reports.charts import MOST_LAYERS, ChartTheme
from bot.domain.reports.spend import ReportGrouping, ReportPeriod, SpendReport, SpendShare, columns
from bot.ui.reports import cards as report_cards
from bot.ui.texts import charts, reports
from tests.ui.edits.test_cards import built, problems

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 22, 12, tzinfo=BERLIN).timestamp()
PRICE = 80_000


def standing(cap: int, *, spent: int, window: Window = Window.MONTH) -> LimitStatus:
    rule = Rule(subject=guild(5), window=window, cap=cap, author=RuleAuthor.SETTING)
    limit = Limit(rule, Pot(Scope.GUILD, 5, 5))
    return LimitStatus(limit, span(window, now=NOON, zone=BERLIN), spent=spent, held=0)


def report(
    *pictures: int,
    period: ReportPeriod = ReportPeriod.MONTH,
    grouping: ReportGrouping = ReportGrouping.MEMBER,
    member_id: int | None = None,
    provider: str = "fal",
    held: int = 0,
    limits: tuple[LimitStatus, ...] = (),
) -> SpendReport:
    """Members 100, 101, … bought so many pictures each, all on the third day of the period."""
    shown = columns(period, now=NOON, zone=BERLIN)
    shares = tuple(
        SpendShare(
            100 + index,
            count * PRICE,
            count,
            tuple(count * PRICE if at == 2 else 0 for at in range(len(shown))),
        )
        for index, count in enumerate(pictures)
    )
    return SpendReport(
        provider=provider,
        guild_id=5,
        member_id=member_id,
        period=period,
        grouping=grouping,
        zone=BERLIN,
        now=NOON,
        columns=shown,
        shares=shares,
        held=held,
        limits=limits,
    )


def test_n17_a_report_says_the_sum_where_it_is_heading_and_who_spent_most() -> None:
    found = report(30, 12, held=PRICE, limits=(standing(20_000_000, spent=42 * PRICE),))

    end = found.columns[-1].end

    assert reports.of_guild(found).splitlines() == [
        "### Spending in November 2026",
        "**$3.36** for 42 pictures · $0.08 set aside",
        "On track for $4.69 this month.",
        (
            "**This server's monthly limit, set by whoever hosts the bot:** "
            f"$20.00; $3.36 spent · $16.64 left; renews <t:{end}:R>"
        ),
        "**By member**",
        "1. <@100> · $2.40 · 30 pictures",
        "2. <@101> · $0.96 · 12 pictures",
        "-# Each picture counts when it was ordered. Days begin by Europe/Berlin.",
    ]


def test_n17_a_limit_that_will_be_reached_is_foretold() -> None:
    found = report(30, limits=(standing(3_000_000, spent=30 * PRICE),))

    assert "⚠️ On track for $3.35 this month: " in reports.of_guild(found)
    assert "this server's monthly limit of $3.00 ends it before." in reports.of_guild(found)


def test_a_limit_lowered_below_what_is_spent_says_by_how_much_it_is_over() -> None:
    found = report(30, limits=(standing(2_240_000, spent=30 * PRICE),))

    assert "over by $0.16" in reports.of_guild(found)
    assert "at this pace" not in reports.of_guild(found)
    meter = charts.chart(found, {}, ChartTheme.DARK).meter
    assert meter is not None
    assert meter.label == "over by $0.16 of $2.24"


def test_a_closed_limit_is_called_closed_wherever_it_stands() -> None:
    """Zero dollars would be an amount; nothing may be bought here at all."""
    found = report(1, limits=(standing(0, spent=PRICE), standing(0, spent=0, window=Window.DAY)))
    drawn = charts.chart(found, {}, ChartTheme.DARK)

    said = reports.of_guild(found).splitlines()
    assert (
        "**This server's monthly limit, set by whoever hosts the bot:** closed; $0.08 spent" in said
    )
    assert [line.label for line in drawn.lines] == ["this server's daily limit: closed"]
    assert drawn.meter is not None
    assert drawn.meter.label == "closed"


def test_a_month_that_is_over_is_not_measured_by_todays_limits() -> None:
    daily = standing(8_000_000, spent=0, window=Window.DAY)
    found = report(30, period=ReportPeriod.LAST_MONTH, limits=(daily, standing(1, spent=0)))

    said = reports.of_guild(found)
    drawn = charts.chart(found, {}, ChartTheme.DARK)

    assert "limit" not in said
    assert "limit" not in charts.alt(found, {})
    assert (drawn.lines, drawn.meter) == ((), None)


def test_limits_beside_a_year_are_those_of_now() -> None:
    daily = standing(8_000_000, spent=0, window=Window.DAY)
    monthly = standing(20_000_000, spent=30 * PRICE)
    found = report(30, period=ReportPeriod.YEAR, limits=(daily, monthly))

    lines = reports.of_guild(found).splitlines()
    drawn = charts.chart(found, {}, ChartTheme.DARK)

    assert lines[2] == "**Limits as they are now**"
    assert lines[3].startswith(
        "**This server's daily limit, set by whoever hosts the bot:"
        "** $8.00; $0.00 spent · $8.00 left; "
    )
    assert lines[4].startswith(
        "**This server's monthly limit, set by whoever hosts the bot:** $20.00; $2.40 spent"
    )
    assert [line.label for line in drawn.lines] == ["this server's monthly limit now: $20.00"]


def test_play_money_is_called_so_wherever_its_amount_stands() -> None:
    found = report(1, provider="embedded")

    assert "play money" in reports.of_guild(found)
    assert "play money" in charts.chart(found, {}, ChartTheme.DARK).caption
    assert "play money" in charts.alt(found, {})


@pytest.mark.parametrize(
    ("period", "time", "column"),
    [
        (ReportPeriod.WEEK, "from November 16 to November 22", "on November 18"),
        (ReportPeriod.LAST_MONTH, "in October 2026", "on October 3"),
        (ReportPeriod.YEAR, "from December 2025 to November 2026", "in February 2026"),
    ],
)
def test_who_cannot_see_a_chart_is_told_what_it_shows(
    period: ReportPeriod, time: str, column: str
) -> None:
    said = charts.alt(report(30, 12, period=period), {100: "ada"})

    assert said == (
        f"Chart of money spent {time}: $3.36 in all, the most {column} ($3.36) and by ada ($2.40)."
    )


def test_an_empty_report_says_so_in_few_words() -> None:
    found = report()

    assert "Nothing was bought." in reports.of_guild(found)
    assert charts.alt(found, {}) == "Chart of money spent in November 2026: $0.00 in all."
    assert charts.chart(found, {}, ChartTheme.LIGHT).layers == ()


@given(counts=st.lists(st.integers(1, 50), max_size=40))
def test_a_chart_names_five_and_adds_the_others_up(counts: list[int]) -> None:
    found = report(*sorted(counts, reverse=True))

    layers = charts.chart(found, {}, ChartTheme.DARK).layers

    assert len(layers) <= MOST_LAYERS
    assert sum(sum(layer.amounts) for layer in layers) == found.spent
    assert [layer.is_rest for layer in layers] == [False] * min(len(counts), 5) + [True] * (
        len(counts) > 5
    )


def test_layers_are_named_as_far_as_names_are_known() -> None:
    named = charts.chart(report(3, 2), {100: "ada"}, ChartTheme.DARK).layers
    channels = charts.chart(
        report(3, 2, grouping=ReportGrouping.CHANNEL), {100: "general"}, ChartTheme.DARK
    ).layers

    assert [layer.name for layer in named] == ["ada", "member …0101"]
    assert [layer.name for layer in channels] == ["#general", "channel …0101"]
    assert [layer.fallback for layer in named] == ["no. 1 (…0100)", "no. 2 (…0101)"]


@settings(max_examples=25, deadline=None)
@given(
    counts=st.lists(st.integers(1, 10**6), max_size=60),
    name=st.text(max_size=80),
    period=st.sampled_from(ReportPeriod),
    grouping=st.sampled_from(ReportGrouping),
)
def test_a_report_fits_on_a_card(
    counts: list[int], name: str, period: ReportPeriod, grouping: ReportGrouping
) -> None:
    found = report(*counts, period=period, grouping=grouping)
    names = dict.fromkeys(range(100, 160), name)

    alt = charts.alt(found, names)
    card = report_cards.chart_card(reports.of_guild(found), chart=b"png", alt=alt)
    top = report_cards.words(reports.top(found))

    assert problems(built(card.layout), iter(["touchup-spending.png"])) == []
    assert problems(built(top.layout)) == []
    assert len(alt) <= 1024
    assert "\n" not in alt


def test_a_tables_name_says_what_it_is_of() -> None:
    name = reports.table_name("server", ReportPeriod.LAST_MONTH, now=NOON)

    assert name == "touchup-server-last-month-2026-11-22.csv"
