"""The `touchup` command.

Layers are imported where they are used, never at the top: picture processes import the main
module again, and `touchup --version` should not load OpenCV.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer

from bot import __version__, logs
from bot.domain.billing import amounts
from bot.domain.catalog import Style
from bot.domain.errors import ConfigError, DiscordAway, DiscordRefused, TouchupError

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from bot.settings.model import Settings

_CODES: Final = {DiscordRefused: os.EX_CONFIG, DiscordAway: 1}

INTERRUPTED: Final = 130
"""What shells expect of a command that was stopped: 128 + SIGINT."""

app = typer.Typer(
    add_completion=False,
    help="Touchup: a Discord bot that changes the marked part of a picture, and nothing else.",
    no_args_is_help=True,
    # Typer's own tracebacks print local variables, keys among them.
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command line: exit code 2 and a sentence for what a person can fix.

    A token that Discord refuses ends with 78 (EX_CONFIG of sysexits.h), so that a supervisor can
    be told not to start the bot again and again.
    """
    logs.configure("WARNING")
    if any(logs.redacted(argument) != argument for argument in sys.argv[1:]):
        # Anyone on this machine can read another process's arguments.
        _stop("Keys and tokens belong into .env, not on the command line.")
    try:
        raise SystemExit(app(prog_name="touchup", standalone_mode=False))
    except typer.TyperException as error:
        _stop(_usage(error), code=error.exit_code)
    except typer.Abort:
        raise SystemExit(INTERRUPTED) from None
    except ConfigError as error:
        _stop(*error.problems)
    except TouchupError as error:
        from bot.ui import texts

        _stop(texts.explain(error), code=_CODES.get(type(error), 2))


def _usage(error: typer.TyperException) -> str:
    """One sentence for a slip on the command line, and where to read more."""
    said = error.format_message().replace("Value error, ", "").strip()
    if not said:
        return ""  # the help was asked for, and is printed
    command = getattr(getattr(error, "ctx", None), "command_path", "touchup")
    return f"{said.rstrip('.')}. Try `{command} --help`."


def _stop(*sentences: str, code: int = 2) -> NoReturn:
    sys.stderr.write("".join(f"{sentence}\n" for sentence in sentences if sentence))
    raise SystemExit(code)


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
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the queue (https://queue.fal.run).")
    ] = 8700,
    sync_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the sync API (https://fal.run).")
    ] = 8701,
    data: Annotated[
        Path | None, typer.Option(help="Folder that survives a restart; otherwise nothing does.")
    ] = None,
    price_usd: Annotated[
        str | None, typer.Option(help="Play-money price of one picture; otherwise the model's.")
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="How many pictures are painted at once.")
    ] = 1,
    faults: Annotated[
        bool, typer.Option("--faults", help="Let anybody who reaches the port arm faults.")
    ] = False,
) -> None:
    """Run the embedded engine alone: fal's protocol for any fal client, offline.

    Any key is accepted. The key in the environment variable ENGINE_ADMIN_KEY, if there is one, may
    read the bill.
    """
    from bot.cli import engine as command

    admin_key = os.environ.pop(command.ADMIN_KEY, "")
    logs.keep_secret(admin_key)
    options: dict[str, Any] = {
        "host": host,
        "queue_port": port,
        "run_port": sync_port,
        "data": data,
        "workers": workers,
        "fault_control": faults,
        "admin_keys": [admin_key] if admin_key else [],
    }
    if price_usd is not None:
        options["price_nano_usd"] = _micro_usd(price_usd) * amounts.NANO_PER_MICRO
    _run(command.run(options))


def _micro_usd(text: str) -> int:
    try:
        return amounts.parse_usd(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--price-usd") from error


@app.command()
def edit(
    photo: Annotated[Path, typer.Argument(help="The picture to change.")],
    prompt: Annotated[str, typer.Option(help="What the area should show.")],
    mask: Annotated[
        Path | None, typer.Option(help="A mask, or a copy that was marked or erased.")
    ] = None,
    area: Annotated[str | None, typer.Option(help="Area in words, such as 'top third'.")] = None,
    out: Annotated[Path, typer.Option(help="Where the result goes (PNG).")] = Path("edited.png"),
    style: Annotated[
        Style, typer.Option(case_sensitive=False, help="Style of the model.")
    ] = Style.AUTO,
    count: Annotated[int, typer.Option(help="How many pictures; each has its price.")] = 1,
    seed: Annotated[int | None, typer.Option(help="Seed, to make the same picture again.")] = None,
    rewrite: Annotated[bool, typer.Option(help="Let the model reword the prompt.")] = False,
    engine_url: Annotated[
        str | None, typer.Option(help="Any fal-compatible server, instead of fal or our engine.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the receipt as JSON.")] = False,
) -> None:
    """Make one edit, through the same checks, limits and books as on Discord."""
    from bot.cli import edit as command

    options = command.EditOptions(
        photo=photo,
        prompt=prompt,
        mask=mask,
        area=area,
        out=out,
        style=style,
        count=count,
        seed=seed,
        rewrite=rewrite,
        as_json=as_json,
    )
    _run(command.run(_settings(engine_url=engine_url), options), stopped=INTERRUPTED)


@app.command()
def area(
    photo: Annotated[Path, typer.Argument(help="The picture to look at; it is not changed.")],
    area: Annotated[
        str | None, typer.Option(help="Area in words, such as 'subject grow 2%'.")
    ] = None,
    mask: Annotated[
        Path | None, typer.Option(help="A mask, or a copy that was marked or erased.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where the mask goes (PNG).")] = Path("mask.png"),
    preview: Annotated[
        Path | None, typer.Option(help="Where a picture of the area goes (PNG).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Show what an area means: its mask, white where the picture would change. Free."""
    from bot.cli import area as command

    options = command.AreaOptions(
        photo=photo, mask=mask, area=area, out=out, preview=preview, as_json=as_json
    )
    _run(command.run(_settings(), options), stopped=INTERRUPTED)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Where the pictures go.")] = Path("demo"),
) -> None:
    """Watch the real bot make one real edit: no accounts, no browser, no network."""
    from bot.cli import demo as command

    _run(command.run(_settings(), out=out), stopped=INTERRUPTED)


@app.command()
def run() -> None:
    """Run the bot on Discord. Stop it with Ctrl+C or SIGTERM: nothing is lost."""
    from bot.cli import run as command

    _run(command.run(_settings(log_level="INFO")))


@app.command()
def sync(
    guild: Annotated[
        int | None, typer.Option(help="Id of one server, where commands appear at once.")
    ] = None,
) -> None:
    """Tell Discord the bot's commands. Needed once, and after an update."""
    from bot.cli import run as command

    _run(command.sync(_settings(), guild_id=guild), stopped=INTERRUPTED)


@app.command()
def migrate() -> None:
    """Bring the books to this version. `touchup run` does so by itself."""
    from bot.cli import migrate as command

    _run(command.run(_settings()), stopped=INTERRUPTED)


@app.command()
def doctor() -> None:
    """Look at everything an edit needs, change nothing, and say what to do."""
    from bot.cli import doctor as command

    _run(command.run(_settings()), stopped=INTERRUPTED)


@app.command()
def resume() -> None:
    """Let purchases go on that a safety check stopped. The bot must not be running."""
    from bot.cli import resume as command

    _run(command.run(_settings()), stopped=INTERRUPTED)


@app.command()
def audit(
    quick: Annotated[bool, typer.Option("--quick", help="Read the books, and no picture.")] = False,
) -> None:
    """Prove on the books that no money was lost. Changes nothing; the bot may be running."""
    from bot.cli import audit as command

    _run(command.run(_settings(), quick=quick), stopped=INTERRUPTED)


@app.command()
def rebuild() -> None:
    """Rebuild every counter from the ledger. The bot must not be running."""
    from bot.cli import rebuild as command

    _run(command.run(_settings()))


@app.command()
def reconcile(
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="First day; else 30 days ago."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Last day, included; else today."),
    ] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Book what is named; the bot must not be running.")
    ] = False,
    engine_url: Annotated[
        str | None, typer.Option(help="The server that was bought from, if it was not fal.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON.")] = False,
) -> None:
    """Compare the provider's bill with the books. Changes nothing, unless told to."""
    from bot.cli import reconcile as command

    options = command.ReconcileOptions(
        since=since.date() if since else None,
        until=until.date() if until else None,
        apply=apply,
        as_json=as_json,
    )
    _run(command.run(_settings(engine_url=engine_url), options), stopped=INTERRUPTED)


@app.command()
def export(
    out: Annotated[Path, typer.Option(help="Folder for spend.csv, ledger.csv and costs.csv.")],
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="First day; else the very first."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Last day, included; else today."),
    ] = None,
) -> None:
    """Write all that was bought as tables (CSV). Changes nothing; the bot may be running."""
    from bot.cli import export as command

    options = command.ExportOptions(
        out=out,
        since=since.date() if since else None,
        until=until.date() if until else None,
    )
    _run(command.run(_settings(), options), stopped=INTERRUPTED)


@app.command()
def unknown(
    engine_url: Annotated[
        str | None, typer.Option(help="The server that was bought from, if it was not fal.")
    ] = None,
    release: Annotated[
        int | None, typer.Option(metavar="JOB", help="Give this job up and free its price.")
    ] = None,
    reason: Annotated[
        str | None, typer.Option(help="Why it is given up; the books keep it.")
    ] = None,
) -> None:
    """Look for purchases whose answer was lost, and finish edits that were interrupted."""
    from bot.cli import unknown as command

    said = " ".join((reason or "").split())
    if release is not None and not said:
        raise typer.BadParameter("say why: the books keep it", param_hint="--reason")
    if reason is not None and release is None:
        raise typer.BadParameter("it belongs to --release", param_hint="--reason")
    if release is not None:
        _run(command.release(_settings(), release, reason=said))
    _run(command.run(_settings(engine_url=engine_url)), stopped=INTERRUPTED)


def _settings(*, log_level: str = "WARNING", engine_url: str | None = None) -> Settings:
    """Read the settings; `engine_url` is what the option of that name says.

    `log_level` counts where none is set: most commands print their own.
    """
    from bot import failpoints
    from bot.settings.load import load_settings

    settings = load_settings(forget=True)
    chosen = "log_level" in settings.model_fields_set
    logs.configure(settings.log_level if chosen else log_level, settings.log_format)
    if spec := os.environ.get("TOUCHUP_DIE_AT"):
        failpoints.arm(spec)
    if engine_url is not None:
        settings = settings.with_engine_url(engine_url, named="--engine-url")
    return settings


def _run(work: Coroutine[Any, Any, int | None], *, stopped: int = 0) -> NoReturn:
    """Run until it ends and exit with its code, or with `stopped` after Ctrl+C or SIGTERM.

    Everything is closed in both cases.
    """
    import asyncio
    import signal

    async def stoppable() -> int:
        task = asyncio.ensure_future(work)
        for stop in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(stop, task.cancel)
        try:
            return await task or 0
        except asyncio.CancelledError:
            return stopped

    raise SystemExit(asyncio.run(stoppable()))
