"""Another language reaches every sentence: a test language marks all that go through the seam."""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands

from bot import i18n
from bot.domain.areas import Unit
from bot.domain.billing.breaker import PauseReason
from bot.domain.edits import draft as draft_rules
from bot.domain.edits import edit as domain_edits
from bot.domain.edits import options as options_rules
from bot.domain.edits.edit import EditState
from bot.domain.edits.extension import Edge, parse_extension
from bot.domain.edits.options import Adjusted, Adjustment, EditKind, Previewing
from bot.domain.edits.pictures import AreaChoice, Note, Question, Reading
from bot.domain.jobs.states import JobState
from bot.domain.limits.rules import Boost, LimitSubject, Rule, RuleAuthor, Scope
from bot.domain.limits.windows import Window
from bot.domain.reports.charts import ChartTheme
from bot.domain.reports.spend import ReportGrouping, ReportPeriod
from bot.services.billing.owner import OwnerStatus
from bot.services.edits.gallery import PastEdit, ResultCard
from bot.services.edits.service import Cancellation, QueuedEdit
from bot.services.limits.commands import LimitsExplained
from bot.services.limits.guilds import GuildState
from bot.services.reports.member import SpendOverview
from bot.store.billing.purchases import BuyerShare, BuyerShares
from bot.store.interactions.pending import InteractionKind
from bot.store.limits.changes import LimitAction, LimitChange
from bot.store.limits.guilds import GuildSettings
from bot.ui.languages import CommandTranslator, GuildLanguages
from bot.ui.texts import (
    TextTarget,
    billing,
    charts,
    edits,
    explain,
    guilds,
    labels,
    lists,
    options,
    previews,
    reports,
)
from bot.ui.texts.limits import alerts, changes, guild_pages, listing, names
from tests.pseudo import Marked, unmarked
from tests.ui import specimens
from tests.ui.reports.test_reports import report
from tests.ui.texts.test_stop_messages import alert, card, stop
from tests.ui.texts.test_texts import of_members, of_moderators, of_operators

ROOT = Path(__file__).parents[2]
TEXTS = sorted([*ROOT.glob("bot/ui/texts/**/*.py"), *ROOT.glob("bot/cli/texts/*.py")])
WORDS = "ЖЖ"
"""What a member typed: letters that are not English."""

SUBJECTS = [
    LimitSubject(Scope.MEMBER, 1, 42),
    LimitSubject(Scope.ROLE, 1, 77),
    LimitSubject(Scope.ROLE, 1, 1),
    LimitSubject(Scope.CHANNEL, 1, 2),
    LimitSubject(Scope.GUILD, 1, 1),
    LimitSubject(Scope.BOT, 0, 0),
]


@pytest.fixture(autouse=True)
def marked() -> Iterator[None]:
    with i18n.speaking(Marked()):
        yield


def of_errors() -> Iterator[str]:
    for place in TextTarget:
        for error in (*of_members(), *of_moderators(), *of_operators()):
            if "ConfigError" not in type(error).__name__:  # a sentence of the settings
                yield explain(error, place)
    yield explain(ValueError("x"))


def of_edits() -> Iterator[str]:
    for kind in EditKind:
        for states in ((JobState.QUEUED,), tuple(JobState)):
            for stopped in (None, *PauseReason):
                edit = specimens.edit(
                    kind=kind, prompt=WORDS, area=None, reading=Reading.EXTENDED, seed=7,
                    rewrite=True, count=len(states), notes=tuple(Note),
                )  # fmt: skip
                entry = QueuedEdit(edit=edit, states=states, ahead=len(states) - 1, stopped=stopped)
                yield from (edits.accepted(entry), lists.queued(entry), lists.in_line([entry]))
        past = PastEdit(edit=edit, states=(JobState.DONE,), charged=80_000, kept=True)
        yield from (lists.past([past]), lists.choice(past), lists.past([]))
        yield lists.spending(
            SpendOverview(explanation=specimens.explanation(), recent=((edit, 80_000),))
        )
        yield from labels.said(edit, limit=9)
        for state in (EditState.ENDED, EditState.RUNNING):
            receipts = (specimens.receipt(Path()), specimens.no_picture(job_id=12))
            outcome = specimens.outcome(
                specimens.edit(kind=kind, prompt=WORDS, area=None, state=state), *receipts
            )
            result = ResultCard(outcome=outcome)
            yield from (edits.result(result, mention=True), edits.receipt(result))
            yield from (edits.before_alt(outcome), edits.after_alt(outcome, 1))
    yield from map(edits.interrupted, InteractionKind)
    yield from map(edits.cancelled, Cancellation)
    yield from (edits.footer(7), lists.more_in_line(2), edits.run_label(80_000))


def of_previews() -> Iterator[str]:
    adjusted = Adjusted(growth=1, softness=1, inverted=True, turned=True)
    for kind in EditKind:
        for reading in Reading:
            edit = specimens.edit(
                kind=kind, prompt=WORDS, area=None, reading=reading, adjusted=adjusted,
                question=Question.MOST_OF_IT, notes=tuple(Note), seed=7,
            )  # fmt: skip
            yield from (previews.headline(edit), previews.alt(edit), previews.about(edit))
            yield from (previews.doubt(edit) or "", previews.mask_alt(edit), previews.choose(edit))
            yield from (previews.adjust_label(step, edit) for step in Adjustment)
    yield previews.standing(specimens.standing())
    yield previews.choice_label(AreaChoice(WORDS, WORDS))
    yield from (previews.previewing(when, changed=True) for when in Previewing)
    yield from map(previews.previewing_label, Previewing)
    yield from (place() for place in previews.PLACES.values())


def of_limits() -> Iterator[str]:
    for scope in Scope:
        for window in Window:
            for cap, spent, held in ((0, 0, 0), (1_000_000, 80_000, 8), (100_000, 200_000, 0)):
                standing = specimens.standing(scope, window, cap=cap, spent=spent, held=held)
                found = LimitsExplained(specimens.explanation(standing), 80_000)
                for reader in (42, 43):
                    yield listing.headline(found, reader_id=reader)
                    yield listing.binding(found, reader_id=reader)
                    yield from listing.standings(found, reader_id=reader)
                yield from (names.level(standing), names.left(standing, TextTarget.SHELL))
        for share in (50, 100):
            found_alert = alert(scope, threshold=share)
            yield from (alerts.alert(card(found_alert)), alerts.kept(found_alert))
    yield from (listing.more_limits(2), guild_pages.page_of(1, 2), alerts.log_broken(1, 2))
    for subject in SUBJECTS:
        for cap in (0, 1_000_000):
            for author in RuleAuthor:
                rule = Rule(subject=subject, window=Window.DAY, cap=cap, author=author, set_by=9)
                yield from (
                    names.origin(rule),
                    changes.rule_choice(rule) if subject.id != 77 else "",
                )
        boost = Boost(
            id=1, subject=subject, window=Window.DAY, amount=500_000, starts=0, ends=2e9,
            set_by=9, reason=WORDS,
        )  # fmt: skip
        yield changes.boost_ended(boost)
        yield from (names.raised([boost]), names.resting([boost]), names.resting([boost, boost]))
        yield changes.about_server(subject, "")
        for action in LimitAction:
            yield guild_pages.change(
                LimitChange(
                    guild_id=1,
                    subject=subject,
                    window=Window.DAY,
                    action=action,
                    before="80000",
                    after="80000",
                    ends=2e9,
                    actor_id=9,
                    reason="",
                    author=RuleAuthor.OPERATOR,
                    created_at=0,
                )
            )


def of_money() -> Iterator[str]:
    for reason in PauseReason:
        yield from (billing.title(reason), billing.refused(reason), billing.waiting(reason))
        yield from (billing.paused(stop(reason)), billing.resumed([stop(reason)]))
        for place in TextTarget:
            yield billing.stopped(stop(reason), place).replace("Ideogram V2 Edit", "")
    yield from (billing.resumed([]), billing.unanswered(2))
    for pauses in ((), tuple(map(stop, PauseReason))):
        status = billing.status(
            OwnerStatus(
                provider="embedded",
                pauses=pauses,
                unknown=len(pauses),
                standings=(specimens.standing(Scope.BOT),),
                guilds=BuyerShares(pictures=2, most=(BuyerShare(0, spent=8, pictures=2),)),
                line=dict.fromkeys(JobState, 2),
                closed_until=float(len(pauses)) or None,
            )
        )
        yield status.replace("Ideogram V2 Edit", "")
    for period in ReportPeriod:
        for grouping in ReportGrouping:
            found = report(3, 1, period=period, grouping=grouping, provider="embedded", held=8)
            said = (reports.of_guild(found), reports.of_member(found), reports.top(found))
            yield from (text.replace("Europe/Berlin", "") for text in said)
            yield charts.alt(found, {})
            chart = charts.chart(found, {}, ChartTheme.DARK)
            yield from (chart.caption, chart.empty, *chart.columns)
            yield from (layer.name for layer in chart.layers)
        yield from (reports.table(period), reports.period_label(period))
    yield from (*map(reports.grouping_label, ReportGrouping), *map(reports.theme_label, ChartTheme))


def of_the_rest() -> Iterator[str]:
    yield from map(options.edge_name, Edge)
    yield from (
        options.amount_name("", parse_extension(Edge.ALL, said)) for said in ("9%", "9px", "16:9")
    )
    yield from (options.lettering_name(area).removesuffix(area) for area in options.LETTERINGS)
    yield from map(changes.window_label, Window)
    yield from (said() for said in changes.DURATIONS.values())
    yield from (guilds.log_changed(5), guilds.LOG_TEST(), guilds.LOG_OFF())
    yield from (guilds.VIEW_CHANNEL(), guilds.SEND_MESSAGES())
    for chosen in (
        GuildSettings(time_zone=None, log_channel_id=None, log_broken_at=None),
        GuildSettings(time_zone=WORDS, log_channel_id=5, log_broken_at=1),
    ):
        found = GuildState(chosen=chosen, time_zone=WORDS, day_ends=1)
        yield from (guilds.shown(found), guilds.zone_changed(found))
    yield from (labels.percent(0.0001), labels.picture_count(2), Unit.PIXELS and "")


@pytest.mark.parametrize(
    "rendered", [of_errors, of_edits, of_previews, of_limits, of_money, of_the_rest]
)
def test_whatever_is_said_is_said_through_the_seam(rendered: Any) -> None:
    found = {text: unmarked(text) for text in rendered()}

    assert len(found) > 5
    assert {text: words for text, words in found.items() if words} == {}


def strings(tree: ast.Module) -> Iterator[ast.Constant | ast.JoinedStr]:
    """Every string of a module that somebody could read: no docstring, key, or msgid."""
    told: set[int] = set()
    for node in ast.walk(tree):
        skipped: Iterable[ast.AST] = ()
        match node:
            case ast.Expr(value=ast.Constant()):
                skipped = [node.value]
            case ast.Call(func=ast.Name(id="_" | "N_" | "ngettext")):
                skipped = node.args
            case ast.Call(func=ast.Attribute(attr="get" | "replace" | "compile" | "sub")):
                skipped = node.args
            case ast.Subscript():
                skipped = [node.slice]
            case ast.Compare():
                skipped = [node.left, *node.comparators]
            case ast.Dict():
                skipped = [key for key in node.keys if key]
            case ast.FormattedValue(format_spec=ast.JoinedStr() as spec):
                skipped = [spec]
        told |= {id(deep) for part in skipped for deep in ast.walk(part)}
        if isinstance(node, ast.ClassDef) or (
            isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        ):
            told |= {id(deep) for deep in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) not in told and isinstance(node, ast.JoinedStr):
            told |= {id(part) for part in node.values if isinstance(part, ast.FormattedValue)}
            yield node
            told |= {id(part) for part in node.values}
        elif (
            id(node) not in told and isinstance(node, ast.Constant) and isinstance(node.value, str)
        ):
            yield node


NO_SENTENCES = {
    "area", "cancelled", "done", "missing", "refused", "waiting", "embedded", "fal", "mask",
    "black", "white", "--area", "2027-01-31", "aeiou", "touchup reconcile apply", "R", "AL", "AN",
}  # fmt: skip
"""Names of things that are the same in every language, and keys."""


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_sentence_is_written_past_the_seam(path: Path) -> None:
    past = []
    for node in strings(ast.parse(path.read_text(encoding="utf-8"))):
        parts = [node] if isinstance(node, ast.Constant) else node.values
        said = "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
        called = {ast.unparse(deep.func) for deep in ast.walk(node) if isinstance(deep, ast.Call)}
        if called & {"_", "N_", "ngettext"}:
            past.append(f"{node.lineno}: what collects sentences does not look into f-strings")
        # Mentions, times, files, options and what is written as code.
        said = re.sub(r"`[^`]*`|<[^<>]*>|-#|--|\S*/\S*|touchup-\S*", "", said)
        if re.search("[A-Za-z]", said) and said.strip() not in NO_SENTENCES:
            past.append(f"{node.lineno}: {said}")

    assert past == []


async def test_descriptions_and_choices_are_told_to_discord_in_every_language(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.ui.languages.catalogue", lambda _: Marked())
    translator, place = CommandTranslator(), app_commands.TranslationContextLocation

    async def told(location: Any) -> str | None:
        context: Any = app_commands.TranslationContext(location, data=None)
        text = app_commands.locale_str("Free.")
        return await translator.translate(text, discord.Locale.german, context)

    assert await told(place.parameter_description) == "⟦Free.⟧"
    assert await told(place.choice_name) == "⟦Free.⟧"
    assert await told(place.parameter_name) is None


async def test_who_asks_hears_their_language_and_who_does_not_their_guilds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spoken = {"de": Marked(), "en-US": i18n.ENGLISH}
    monkeypatch.setattr("bot.ui.languages.catalogue", spoken.__getitem__)
    languages = GuildLanguages()

    async def answer() -> str:
        return edits.CANCEL()

    payload = {"locale": "de", "guild_id": "5", "guild_locale": "en-US"}
    with languages.answering(payload):
        answering = asyncio.create_task(answer())

    assert await answering == "⟦Cancel⟧"
    with languages.of_guild(5):
        assert edits.CANCEL() == "Cancel"
    with languages.answering({"locale": "en-US", "guild_id": "5", "guild_locale": "de"}):
        pass
    with languages.of_guild(5):
        assert edits.CANCEL() == "⟦Cancel⟧"
    with languages.of_guild(6):
        assert edits.CANCEL() == "Cancel"


def test_a_language_without_a_catalogue_is_english() -> None:
    with i18n.speaking(i18n.catalogue("pt-BR")):
        assert edits.CANCEL() == "Cancel"
        assert labels.picture_count(1) == "1 picture"
        assert labels.picture_count(1_200) == "1,200 pictures"


def test_every_form_of_what_rules_allow_is_known_to_the_texts() -> None:
    rules = {**vars(options_rules), **vars(draft_rules), **vars(domain_edits)}
    values = {options_rules.MARKED, options_rules.WRITTEN}  # of a menu, not for people
    forms = {form for name, form in rules.items() if name.isupper() and isinstance(form, str)}
    forms -= values

    assert forms
    assert forms <= {form.message for form in options.ALLOWED}
