"""The commands; the only module that wires the parts together.

Each command imports only the parts that it uses, so a web process does not load the scheduler.
"""

from __future__ import annotations

import io
import logging.config
import shlex
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import click

from feedsvc import __version__
from feedsvc.config import configuration
from feedsvc.errors import ConfigError, FeedsvcError, LeaseHeld, LedgerUnavailable
from feedsvc.logs import LOGGING
from feedsvc.processes.lifetime import end_soon_after, ended_by, release_signals, stop_on_signals

log = logging.getLogger(__name__)

FAILED, WRONG = 1, 2
MAX_CHANGES = 20  # of each kind that `plan` shows
SERVICES = {"serve", "web", "scheduler"}  # they stop and reload on signals

P = ParamSpec("P")


def _reports_errors(command: Callable[P, None]) -> Callable[P, None]:
    """Print a FeedsvcError as sentences and exit; with status 2 for a configuration error."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except FeedsvcError as error:
            for sentence in str(error).splitlines():
                click.echo(f"feedsvc: {sentence}", err=True)
            sys.exit(WRONG if isinstance(error, ConfigError) else FAILED)

    return wrapped


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="feedsvc")
@click.option(
    "--config", "file", metavar="FILE", help="The configuration file (or FEEDSVC_CONFIG)."
)
@click.pass_context
def main(context: click.Context, file: str | None) -> None:
    """Publish a folder of articles as Atom, RSS and JSON feeds."""
    if context.invoked_subcommand not in SERVICES:
        release_signals()
    logging.config.dictConfig(LOGGING)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # an unencodable title must not abort a command
            stream.reconfigure(errors="backslashreplace")
    context.obj = file


_supervised = click.option("--supervised", "channel", type=int, hidden=True)


@main.command()
@click.pass_obj
@_reports_errors
def serve(file: str | None) -> None:
    """Scan and serve: run the scheduler and the web server under one supervisor."""
    from feedsvc.files import require_temporary_folder
    from feedsvc.processes.reloading import Configurations, ReloadsOnSignal
    from feedsvc.service import supervisor
    from feedsvc.service.configurations import candidate_from, open_ledger
    from feedsvc.web import listening

    reload = threading.Event()
    stop = stop_on_signals(reload)
    with ended_by(stop):
        config = configuration(file)
        listening.check(config.http)
        require_temporary_folder()
        open_ledger(config).close()
    configurations = Configurations(config, config)
    services = supervisor.Supervisor(configurations, ("web", "scheduler"))
    ReloadsOnSignal(configurations, reload, candidate_from(file)).follow(services)
    sys.exit(services.run(stop))


@main.command()
@_supervised
@click.pass_obj
@_reports_errors
def web(file: str | None, channel: int | None) -> None:
    """Serve the feeds without scanning."""
    from feedsvc.service.configurations import initial_configurations
    from feedsvc.web import server

    reload = threading.Event()
    configurations, reloads = initial_configurations(file, channel, reload)
    server.serve(configurations, reloads, reload.set)


@main.command(name="scheduler")
@_supervised
@click.pass_obj
@_reports_errors
def scheduler_command(file: str | None, channel: int | None) -> None:
    """Scan periodically; if several run, one is active and the rest are on standby."""
    from feedsvc.service import scheduler
    from feedsvc.service.configurations import initial_configurations

    reload = threading.Event()
    configurations, reloads = initial_configurations(file, channel, reload)
    stop = stop_on_signals(reload)
    end_soon_after(stop)
    scheduler.serve(configurations.current, reloads, stop)


@main.command()
@click.option("--strict", is_flag=True, help="Exit with status 1 if there are problems.")
@click.option("--allow-empty", is_flag=True, help="Withdraw everything if the folder is empty.")
@click.option("--full", is_flag=True, help="Read every file again, even if it seems unchanged.")
@click.pass_obj
@_reports_errors
def scan(file: str | None, strict: bool, allow_empty: bool, full: bool) -> None:
    """Scan the folder once and report what changed."""
    from feedsvc.cli.progress import reading
    from feedsvc.scan import run
    from feedsvc.service.configurations import open_ledger

    config = configuration(file)
    request = run.Request(at_rest=True, allow_empty=allow_empty, full=full)
    with reading() as progress:
        publisher = run.Publisher(
            open_ledger(config), config, waiting=_wait_for_scan, progress=progress
        )
        report = run.scan(publisher, request)
    click.echo(str(report))
    for problem in report.problems:
        click.echo(f"  {problem}")
    if report.passed_over:
        click.echo(report.passed_over)
    if strict and report.problems:
        sys.exit(FAILED)


def _wait_for_scan(held: LeaseHeld) -> bool:
    click.echo(f"waiting: {held}", err=True)
    threading.Event().wait(1)
    return True


_format = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="Print text or JSON.",
)


@main.command()
@click.argument("paths", metavar="[PATH…]", nargs=-1)
@click.option(
    "--all", "everything", is_flag=True, help="Also list files that are not articles, and why."
)
@click.option("--show", is_flag=True, help="Print each article as subscribers will get it.")
@click.option("--codes", is_flag=True, help="Explain every problem code, without reading files.")
@_format
@click.pass_obj
@_reports_errors
def check(
    file: str | None, paths: tuple[str, ...], everything: bool, show: bool, codes: bool, form: str
) -> None:
    """Read the files and report problems in them; changes nothing.

    Each PATH is a file or folder in `articles.folder`; the default is the whole folder.
    """
    from feedsvc.cli import problems
    from feedsvc.cli.progress import reading
    from feedsvc.cli.text import print_lines
    from feedsvc.scan.check import check as check_files
    from feedsvc.scan.check import targets

    if codes:
        print_lines(problems.codes_as_text())
        return
    if show and not paths:
        raise click.UsageError("--show needs a PATH: a file or a folder")
    config = configuration(file)
    named = targets(config.articles.folder, paths)
    with reading() as progress:
        checked = check_files(config, named, progress, listing=everything, showing=show)
    formatted = problems.as_json if form == "json" else problems.as_text
    print_lines(formatted(checked, config))
    if checked.problems:
        sys.exit(FAILED)


@main.command()
@click.option(
    "--all", "everything", is_flag=True, help="Show every change, not just 20 of each kind."
)
@click.pass_obj
@_reports_errors
def plan(file: str | None, everything: bool) -> None:
    """Show what the next scan would change for subscribers; changes nothing."""
    from feedsvc.cli import changes
    from feedsvc.cli.progress import reading
    from feedsvc.cli.text import print_lines
    from feedsvc.scan import preview, run

    config = configuration(file)
    limit = None if everything else MAX_CHANGES
    with preview.ledger_or_empty(config) as store:
        with reading() as progress:
            publisher = run.Publisher(store, config, progress=progress)
            expected = preview.preview(publisher, limit)
        print_lines(changes.as_lines(expected, limit))


@main.command()
@_format
@click.pass_obj
@_reports_errors
def status(file: str | None, form: str) -> None:
    """Show the ledger's status: scans, entries, problems, leases, pings."""
    from feedsvc.cli import overview as console
    from feedsvc.cli.text import print_lines
    from feedsvc.ledger import overview
    from feedsvc.ledger.migrating import is_made
    from feedsvc.ledger.store import Store

    config = configuration(file)
    now = datetime.now(UTC)
    store = Store(config.store.url)
    if not is_made(store, config.site.id):
        raise LedgerUnavailable(f"{store}: there is no ledger yet; `feedsvc scan` makes it")
    state = overview.overview(store)
    print_lines(console.as_json(state) if form == "json" else console.as_text(state, now))


@main.command(name="config")
@click.pass_obj
@_reports_errors
def config_command(file: str | None) -> None:
    """Print the effective configuration; environment variables override the file."""
    import tomli_w

    from feedsvc.ledger.redaction import redacted

    config = configuration(file)
    tables = config.model_dump(mode="json", by_alias=True, exclude_none=True)
    tables["store"]["url"] = redacted(config.store.url)
    click.echo(tomli_w.dumps(tables), nl=False)


@main.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@_reports_errors
def init(folder: Path) -> None:
    """Create a config.toml and a first article in DIR."""
    from feedsvc.cli import starter

    for path in starter.create(folder):
        click.echo(f"wrote {path}")
    click.echo(f"next: feedsvc --config {shlex.quote(str(folder / 'config.toml'))} serve")
