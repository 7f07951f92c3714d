"""The `touchup` command.

Rooms are imported where they are used, never at the top: picture processes import the main
module again, and `touchup --version` should not load OpenCV.
"""

from __future__ import annotations

import errno
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from bot import __version__, logs
from bot.domain import money
from bot.domain.errors import ConfigError, TouchupError

if TYPE_CHECKING:
    from collections.abc import Coroutine

app = typer.Typer(
    add_completion=False,
    help="Touchup: a Discord bot that changes the marked part of a picture, and nothing else.",
    no_args_is_help=True,
    # Typer's own tracebacks print local variables, keys among them.
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command line: exit code 2 and a sentence for whatever a person can mend."""
    logs.configure("WARNING")
    if any(logs.redacted(argument) != argument for argument in sys.argv[1:]):
        # Anyone on this machine can read another process's arguments.
        _stop("Keys and tokens belong into .env, not on the command line.")
    try:
        app()
    except ConfigError as error:
        _stop(*error.problems)
    except TouchupError as error:
        from bot.ui import messages

        _stop(messages.explain(error))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        _stop("Another program listens at this address already: choose another --port.")


def _stop(*sentences: str) -> NoReturn:
    sys.stderr.write("".join(f"{sentence}\n" for sentence in sentences))
    raise SystemExit(2)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"touchup {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Options that stand before a command."""


@app.command()
def engine(
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port of the queue (https://queue.fal.run).")] = 8700,
    sync_port: Annotated[int, typer.Option(help="Port of the sync API (https://fal.run).")] = 8701,
    data: Annotated[
        Path | None, typer.Option(help="Folder that survives a restart; otherwise nothing does.")
    ] = None,
    price_usd: Annotated[
        str | None, typer.Option(help="Play-money price of one picture; otherwise the model's.")
    ] = None,
) -> None:
    """Run the embedded engine alone: fal's protocol for any fal client, offline."""
    from bot.engine.server import serve

    options: dict[str, Any] = {"host": host, "queue_port": port, "run_port": sync_port}
    if data is not None:
        options["data"] = data
    if price_usd is not None:
        options["price_nano_usd"] = _micro_usd(price_usd) * money.NANO_PER_MICRO
    _run(serve(announce=typer.echo, **options))


def _micro_usd(text: str) -> int:
    try:
        return money.parse_usd(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--price-usd") from error


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Run until it ends, or until Ctrl+C or SIGTERM; everything is closed in both cases."""
    import asyncio
    import contextlib
    import signal

    async def stoppable() -> None:
        task = asyncio.ensure_future(work)
        for stop in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(stop, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(stoppable())
