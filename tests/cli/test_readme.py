"""What the documents promise about commands, settings, areas and permissions is what there is."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import discord
import pytest
import typer

from bot.cli.arguments import app
from bot.cli.texts import findings, reconcile
from bot.domain import areas
from bot.domain.billing.bills import BillFindingKind
from bot.domain.errors import BadArea
from bot.domain.limits.rules import DefaultLimits, Scope
from bot.domain.limits.windows import Window
from bot.services.billing.reconcile import ReconcileReport
from bot.services.reports import export
from bot.settings.model import NAMES as SETTINGS
from bot.ui.texts import previews
from bot.ui.texts.limits.names import amount
from cogs.area import AreaCog
from cogs.edit import EditCog
from cogs.limits import LimitsCog
from cogs.mine import MineCog
from cogs.owner import OwnerCog
from cogs.recipes import RecipesCog
from cogs.settings import SettingsCog
from cogs.spend import SpendCog
from tests.domain.billing.test_bills import compared, event, job, refused
from tests.domain.limits.limit_examples import ADA, applied_to, boost, rule

ROOT: Final = Path(__file__).resolve().parents[2]
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
MONEY: Final = ROOT / "docs/money.md"
OF_THE_BOT: Final = [ROOT / "README.md", ROOT / "docs/areas.md", ROOT / "docs/running.md", MONEY]
DOCUMENTS: Final = [*OF_THE_BOT, ROOT / "docs/engine.md"]
PICTURES: Final = ROOT / "docs" / "pictures"
MOST_PICTURE_BYTES: Final = 400 * 1024
MOST_BYTES_OF_ONE: Final = 200 * 1024

COGS: Final[tuple[Any, ...]] = (EditCog, AreaCog, RecipesCog)
GROUPS: Final[tuple[Any, ...]] = (MineCog, LimitsCog, SettingsCog, SpendCog, OwnerCog)

ELSEWHERE: Final = {"TOUCHUP_DIE_AT", "ENGINE_ADMIN_KEY", "FAL_RUN_HOST", "APPLICATION_ID"}
"""Names in capitals that are not our settings, or stand for something."""


def touchup_commands() -> dict[str, Any]:
    found: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    return found


def usage(command: discord.app_commands.Command[Any, Any, Any]) -> str:
    """A slash command as the README writes it."""
    options = (
        option.display_name if option.required else f"[{option.display_name}]"
        for option in command.parameters
    )
    return " ".join([f"/{command.qualified_name}", *options])


def test_the_table_of_commands_is_the_command_line() -> None:
    rows = re.findall(r"^\| `touchup (\w+)` \|", README, re.MULTILINE)

    assert sorted(rows) == sorted(touchup_commands())


def test_the_table_of_slash_commands_is_what_discord_is_told() -> None:
    told = {usage(command) for cog in COGS for command in cog.__cog_app_commands__}
    told |= {
        usage(command).replace("/", f"/{group.__cog_group_name__} ")
        for group in GROUPS
        for command in group.__cog_app_commands__
    }

    assert set(re.findall(r"^\| `(/[^`]+)`", README, re.MULTILINE)) == told


def test_the_readme_names_the_message_menus() -> None:
    named = re.search(r"^\| \*\*([^|*]+)\*\*, \*\*([^|*]+)\*\* \|", README, re.MULTILINE)

    assert named
    assert set(named.groups()) == {previews.EDIT_MENU(), previews.RELETTER_MENU()}


@pytest.mark.parametrize("document", OF_THE_BOT, ids=lambda path: path.name)
def test_a_document_names_only_commands_that_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    slash = {command.name for cog in COGS for command in cog.__cog_app_commands__}

    assert set(re.findall(r"`touchup ([a-z]+)", text)) <= set(touchup_commands())
    for group in GROUPS:
        known = {command.name for command in group.__cog_app_commands__}
        assert set(re.findall(rf"`/{group.__cog_group_name__} ([a-z]+)", text)) <= known
        slash.add(group.__cog_group_name__)
    assert set(re.findall(r"`/([a-z]+)[ `]", text)) <= slash


@pytest.mark.parametrize("document", OF_THE_BOT, ids=lambda path: path.name)
def test_a_document_names_only_settings_that_exist(document: Path) -> None:
    named = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", document.read_text(encoding="utf-8")))

    assert named <= {*SETTINGS, *ELSEWHERE}


def test_the_invitation_asks_for_the_permissions_it_names() -> None:
    link = re.search(r"https://discord\.com/oauth2/authorize\S+(?=`)", README)
    assert link
    query = parse_qs(urlsplit(link[0]).query)

    assert query["scope"] == ["bot applications.commands"]
    assert discord.Permissions(int(query["permissions"][0])) == discord.Permissions(
        view_channel=True, send_messages=True, send_messages_in_threads=True, attach_files=True
    )


AREAS: Final = [
    *re.findall(r"`([^`]+)`", README[README.index("An **area**") : README.index("A **mask**")]),
    *re.findall(r'--area "([^"]+)"', README),
]


WORDS_OF_THE_LANGUAGE: Final = {"+", "-", "&", "not", "grow", "shrink", "feather"}


@pytest.mark.parametrize("text", [area for area in AREAS if area not in WORDS_OF_THE_LANGUAGE])
def test_every_area_of_the_readme_is_understood(text: str) -> None:
    try:
        areas.parse(text)
    except BadArea as error:
        pytest.fail(f"{text}: {error}")


def test_every_shell_example_names_options_that_exist() -> None:
    commands = touchup_commands()
    examples = re.findall(r"^touchup (\w+) (.*)$", README, re.MULTILINE)

    assert len(examples) >= 3
    for name, typed in examples:
        known = {option for parameter in commands[name].params for option in parameter.opts}
        assert {word for word in shlex.split(typed) if word.startswith("--")} <= known


def test_the_pictures_of_the_readme_are_quick_to_load() -> None:
    pictures = [ROOT / name for name in re.findall(r"!\[[^]]+\]\(([^)]+)\)", README)]

    assert len(pictures) >= 2
    assert sum(picture.stat().st_size for picture in pictures) < MOST_PICTURE_BYTES


def test_every_picture_is_shown_drawn_by_the_program_and_small() -> None:
    pictures = {path.name for path in PICTURES.iterdir() if path.suffix in {".jpg", ".webp"}}
    drawn = re.findall(
        r'^    "([a-z]+\.\w+)": \w+,', (PICTURES / "draw.py").read_text("utf-8"), re.MULTILINE
    )
    shown = {
        Path(name).name
        for document in DOCUMENTS
        for name in re.findall(r"!\[[^]]+\]\(([^)]+)\)", document.read_text(encoding="utf-8"))
    }

    assert pictures == set(drawn) == shown
    assert all((PICTURES / name).stat().st_size < MOST_BYTES_OF_ONE for name in pictures)


# ---- docs/money.md -----------------------------------------------------------------------------


HELPER, BOOSTER, CLEO = 21, 22, 2
HELPERS: Final = rule("role", 2_000_000, of=HELPER)
BOOSTERS: Final = rule("role", 3_000_000, of=BOOSTER)
OTHERS: Final = [
    rule("member", 500_000),
    rule("channel", 4_000_000, per=Window.WEEK),
    rule("guild", 12_000_000, per=Window.MONTH),
]
BOB: Final = replace(ADA, member_id=3, channel_id=None, role_ids=())
BOTH: Final = replace(BOB, member_id=CLEO, role_ids=(HELPER, BOOSTER))
DEV: Final = replace(BOB, member_id=4, role_ids=(BOOSTER,))
SHUT: Final = rule("role", 0, of=BOOSTER)
MONTHLY: Final = rule("role", 9_000_000, of=BOOSTER, per=Window.MONTH)
EXAMPLE: Final = [
    (BOB, [HELPERS, BOOSTERS], []),
    (BOTH, [HELPERS, BOOSTERS], []),
    (replace(BOTH, channel_id=31), [HELPERS, BOOSTERS], []),
    (replace(ADA, channel_id=None, role_ids=(BOOSTER,)), [HELPERS, BOOSTERS], []),
    (BOTH, [HELPERS, BOOSTERS], [boost("member", 2_000_000, of=CLEO)]),
    (BOTH, [HELPERS, BOOSTERS], [boost("role", 2_000_000, of=HELPER)]),
    (BOTH, [HELPERS, SHUT], []),
    (DEV, [HELPERS, SHUT], []),
    (DEV, [HELPERS, MONTHLY], []),
]
"""Who buys in each row of the example on the page about money, under which limits."""


def test_the_example_of_the_page_about_money_is_what_counts() -> None:
    page = MONEY.read_text(encoding="utf-8")
    table = page[page.index("| Who buys |") :].partition("\n\n")[0]
    told = [row.split(" | ")[1].replace("*", "") for row in table.splitlines()[2:]]
    found = [
        [
            amount(limit.cap, limit.rule.window)
            for limit in applied_to(buyer, [*rules, *OTHERS], boosts, DefaultLimits()).limits
            if limit.pot.scope in {Scope.MEMBER, Scope.CHANNEL}
        ]
        for buyer, rules, boosts in EXAMPLE
    ]

    assert [re.findall(r"\$[\d.]+ a [a-z]+", row) or ["closed (daily)"] for row in told] == found


def test_the_bill_of_the_page_about_money_is_what_is_printed() -> None:
    asked = {
        57: "8a3e6f1c-52d0-4c8f-9b3c-0d7f7c1e4a21",
        301: "c41d90b7-7e35-4f0a-8c62-5be1f3a2d984",
    }
    lost = [
        replace(refused(number, requests=(request,)), edit_id=number - 20)
        for number, request in asked.items()
    ]
    jobs = [*(job(number) for number in range(1, 415) if number not in asked), *lost]
    found = ReconcileReport(
        provider="fal",
        since=0.0,
        until=0.0,
        result=compared(*jobs, events=[event(one.requests[0]) for one in jobs]),
        bill_gap=None,
        history_gap=None,
        undecided=frozenset(),
        unreadable=0,
        again=0,
        elsewhere={},
    )
    first, last = date(2026, 10, 1), date(2026, 10, 31)
    printed = [*reconcile.report(found, first, last, "UTC"), *reconcile.to_book(found)]
    shown = re.findall(r"```\n(.*?)\n```", MONEY.read_text(encoding="utf-8"), re.DOTALL)

    assert "\n".join(printed) in shown
    assert "\n".join(reconcile.booked(found)).strip() in shown


def test_the_page_about_money_says_what_each_finding_of_a_comparison_means() -> None:
    page = MONEY.read_text(encoding="utf-8")
    table = page[page.index("| What is found |") :].partition("\n\n")[0]
    found = [row.split(" | ")[0].removeprefix("| ") for row in table.splitlines()[2:]]

    assert found == [findings.title(kind, ()).partition(":")[0] for kind in BillFindingKind]


def test_the_page_about_money_explains_every_column_in_its_order() -> None:
    page = MONEY.read_text(encoding="utf-8")
    columns = page[page.index("### Columns") :]
    named = re.findall(r"`([a-z]+(?:_[a-z]+)*)`(?=[,.: ])", columns)
    rows = re.findall(r"^\| ((?:`[a-z_]+`(?:, )?)+) \|", columns, re.MULTILINE)

    assert re.findall(r"`(\w+)`", "".join(rows)) == list(export.BOUGHT_FOR_OWNER)
    for table in (export.LEDGER, export.COSTS):
        start = named.index(table[0])
        assert named[start : start + len(table)] == list(table)
        del named[start : start + len(table)]
