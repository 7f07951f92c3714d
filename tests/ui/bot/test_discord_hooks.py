"""What is used of discord.py though it promises none of it: a minor release may take it away."""

from __future__ import annotations

import inspect

import discord
from discord import app_commands

from bot.ui.bot.touchup_bot import TouchupCommandTree
from bot.ui.interactions.callbacks import follow_up


def client() -> discord.Client:
    return discord.Client(intents=discord.Intents.none())


def test_the_command_tree_takes_every_interaction_through_the_method_that_is_replaced() -> None:
    theirs = inspect.signature(app_commands.CommandTree._from_interaction)

    assert list(theirs.parameters) == ["self", "interaction"]
    assert "_from_interaction" in vars(TouchupCommandTree)
    assert inspect.iscoroutinefunction(app_commands.CommandTree._call)


async def test_the_connection_has_a_parser_of_interactions_that_can_be_wrapped() -> None:
    parsers = client()._connection.parsers

    assert callable(parsers["INTERACTION_CREATE"])


def test_a_member_has_the_ids_of_roles_that_are_not_cached() -> None:
    assert "_roles" in discord.Member.__slots__


async def test_the_connection_makes_a_webhook_that_may_answer_in_private() -> None:
    webhook = follow_up(client(), 7, "token")

    assert webhook.id == 7
    assert webhook.token == "token"
    assert webhook.type is discord.WebhookType.application
