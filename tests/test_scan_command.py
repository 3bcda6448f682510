"""The command `scan`: what it prints, and how a long one tells how far it has come."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from feedsvc.cli.progress import DELAY, INTERVAL, Bar, Lines, reading
from feedsvc.ledger.migrating import migrate
from feedsvc.ledger.store import Store
from feedsvc.scan import run
from feedsvc.scan.run import Publisher, Request
from tests.commands import invoke
from tests.site import Site

TICK = 0.125  # seconds, without an error of rounding


class Watch:
    """A clock that shows what we set."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_a_short_scan_says_its_result_and_nothing_else(site: Site) -> None:
    site.write("a.txt")
    site.write("bad.txt", date="yesterday")
    result = site.command("scan")
    assert (result.returncode, result.stderr) == (0, "")
    first, second = result.stdout.splitlines()
    assert first == "1 new, 0 changed, 0 moved, 0 withdrawn, 0 held, 1 problem"
    assert second.startswith("  bad.txt:3: bad-date: 'yesterday' is not a date; ")


def test_strict_ends_with_status_1_where_there_are_problems(site: Site) -> None:
    site.write("a.txt")
    assert invoke(site, "scan", "--strict").exit_code == 0
    site.write("bad.txt", date="yesterday")
    assert invoke(site, "scan", "--strict").exit_code == 1


def test_full_reads_every_file_again(site: Site) -> None:
    store = Store(site.config().store.url)
    migrate(store)
    for number in range(3):
        site.write(f"{number}.txt", body=f"Text {number}.")
    told: list[tuple[int, int]] = []
    publisher = Publisher(store, site.config(), progress=lambda *step: told.append(step))
    for request in (Request(), Request(full=True)):
        told.clear()
        run.scan(publisher, request)
        assert told[-1] == (3, 3)
    store.close()


def test_a_log_gets_a_line_every_few_seconds_at_the_most(
    capsys: pytest.CaptureFixture[str],
) -> None:
    watch = Watch()
    lines = Lines(watch)
    for done in range(0, 100_001, 500):
        lines.update(done, 100_000)
        watch.seconds += TICK
    told = capsys.readouterr().err.splitlines()
    assert told[0] == f"read {int(DELAY / TICK) * 500:,} of 100,000 files"
    assert len(told) == 1 + int((200 * TICK - DELAY) / INTERVAL)


def test_a_scan_that_takes_a_moment_writes_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    watch = Watch()
    with reading() as told:  # standard error is no terminal here
        told(1, 2)
        told(2, 2)
    lines = Lines(watch)
    for done in (500, 1000, 1500):
        lines.update(done, 1500)
        watch.seconds += DELAY / 3
    assert capsys.readouterr() == ("", "")


def terminal() -> tuple[Console, io.StringIO]:
    file = io.StringIO()
    return Console(file=file, force_terminal=True, width=80, legacy_windows=False), file


def test_a_terminal_shows_a_bar_that_goes_at_the_end() -> None:
    console, file = terminal()
    watch = Watch()
    bar = Bar(console, watch)
    bar.update(500, 2000)
    assert file.getvalue() == ""
    watch.seconds += DELAY
    bar.update(1000, 2000)
    bar.update(1500, 2000)
    assert "/2000" in file.getvalue()
    bar.update(2000, 2000)
    shown = file.getvalue()
    assert shown.endswith("\x1b[2K")  # the line is cleared
    assert "\x1b[?25h" in shown  # and the cursor is back
    bar.end()


def test_a_terminal_shows_no_bar_for_a_scan_that_takes_a_moment() -> None:
    console, file = terminal()
    bar = Bar(console, Watch())
    for done in (500, 1000):
        bar.update(done, 1000)
    bar.end()
    assert file.getvalue() == ""


def test_the_result_is_the_same_on_a_terminal(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    site.write("a.txt")
    result = invoke(site, "scan")
    assert result.stdout == "1 new, 0 changed, 0 moved, 0 withdrawn, 0 held, 0 problems\n"
