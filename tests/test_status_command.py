"""The command `status`: how the ledger stands, on one screen or for programs."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from feedsvc.cli.overview import MAX_PROBLEMS, as_json, as_text
from feedsvc.ledger import leases, pings, scans
from feedsvc.ledger.migrating import is_made
from feedsvc.ledger.overview import Overview, overview
from feedsvc.ledger.schema import leases as rows
from feedsvc.ledger.store import Store
from feedsvc.scan import run
from feedsvc.scan.run import Clock, Publisher
from tests.commands import invoke
from tests.ledgers import acquire
from tests.site import Site

NOON = datetime(2027, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


class Desk:
    """A site that is scanned at moments that we choose."""

    def __init__(self, site: Site, store: Store) -> None:
        self.site, self.store = site, store

    def scan(self, now: datetime) -> None:
        clock = Clock(now=lambda: now, sleep=lambda _: None)
        run.scan(Publisher(self.store, self.site.config(), clock))

    def see(self) -> Overview:
        return overview(self.store)

    def text(self, now: datetime = NOON + MINUTE) -> list[str]:
        return list(as_text(self.see(), now))


@pytest.fixture
def desk(site: Site, store: Store) -> Desk:
    """A ledger of each kind into which five articles were scanned at noon."""
    for name in ("a", "b", "c"):
        site.write(f"{name}.txt", title=name, body=f"Text {name}.")
    for name, days in (("x", 1), ("y", 2)):
        site.write(f"{name}.txt", body=f"Text {name}.", date=(NOON + days * DAY).isoformat())
    desk = Desk(site, store)
    desk.scan(NOON)
    return desk


def test_where_there_is_no_ledger_one_sentence_says_so_with_status_1(site: Site) -> None:
    result = site.command("status")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        f"feedsvc: sqlite:///{site.base}/ledger.db: there is no ledger yet; "
        "`feedsvc scan` makes it\n"
    )
    assert not (site.base / "ledger.db").exists()


def test_the_command_tells_what_the_last_scan_did(site: Site) -> None:
    site.write("a.txt")
    site.write("bad.txt", date="yesterday")
    said = site.scan()
    result = site.command("status")
    assert (result.returncode, result.stderr) == (0, "")
    assert f", committed: {said}\n" in result.stdout
    assert "\nentries    1 released, 0 held, 0 withdrawn\n" in result.stdout
    assert "\nproblems   1\n  bad.txt:3: bad-date: 'yesterday' is not a date; " in result.stdout
    told = json.loads(invoke(site, "status", "--format", "json").output)
    assert told["last_scan"]["summary"] == said
    (problem,) = told["problems"]
    assert (problem["path"], problem["line"], problem["column"]) == ("bad.txt", 3, None)
    assert datetime.fromisoformat(problem["since"]).tzinfo


def test_entries_are_counted_as_subscribers_see_them(desk: Desk) -> None:
    seen = desk.see()
    assert (seen.released, seen.held, seen.withdrawn) == (3, 2, 0)
    assert seen.next_due == NOON + DAY
    for name in ("a", "x"):  # one that was released, and one that never was
        (desk.site.folder / f"{name}.txt").unlink()
    desk.scan(NOON + MINUTE)
    seen = desk.see()
    assert (seen.released, seen.held, seen.withdrawn) == (2, 1, 2)
    assert seen.next_due == NOON + 2 * DAY


def test_the_revision_is_the_newest_change(desk: Desk) -> None:
    first = desk.see()
    assert first.last_changed == NOON
    desk.site.write("a.txt", body="Edited.")
    desk.scan(NOON + DAY / 2)
    seen = desk.see()
    assert (seen.sequence, seen.last_changed) == (first.sequence + 1, NOON + DAY / 2)


def test_one_screen_tells_it_in_lines(desk: Desk) -> None:
    assert desk.text() == [
        "last scan  2027-06-01 12:00:00 UTC (1 min ago), took 0 s, committed: "
        "3 new, 0 changed, 0 moved, 0 withdrawn, 2 held, 0 problems",
        "revision   6, of 2027-06-01 12:00:00 UTC (1 min ago)",
        "entries    3 released, 2 held, 0 withdrawn",
        "next due   2027-06-02 12:00:00 UTC (in 23 h)",
        "lease      none: no scan is running and no scheduler is active",
        "pings      0 waiting",
        "problems   0",
    ]


def test_a_failed_scan_is_told_until_one_succeeds(desk: Desk) -> None:
    lease = acquire(desk.store, leases.SCAN)
    scans.begin(desk.store, lease, NOON + MINUTE)
    running = desk.see().running
    assert running
    assert running.holder == lease.holder
    assert any(line.startswith("scanning   since 2027-06-01 12:01:00") for line in desk.text())
    scans.fail(desk.store, lease, NOON + 2 * MINUTE, "the disk\nis full")
    leases.release(desk.store, lease)
    seen = desk.see()
    assert seen.last
    assert seen.last.outcome == "committed"
    assert seen.running is None
    assert (
        "failed     2027-06-01 12:01:00 UTC (59 min ago), took 1 min, failed: the disk is full"
        in desk.text(NOON + 60 * MINUTE)
    )
    desk.scan(NOON + DAY)
    assert desk.see().failed is None


def test_who_holds_a_lease_is_told_until_it_is_given_back(desk: Desk) -> None:
    lease = acquire(desk.store, leases.SCHEDULER)
    (holder,) = desk.see().leases
    assert (holder.lease, holder.holder) == ("scheduler", lease.holder)
    assert holder.is_alive
    assert desk.see().scheduled
    (line,) = (one for one in desk.text() if one.startswith("lease"))
    assert re.fullmatch(rf"lease      scheduler: {lease.holder}, renewed [0-9.]+ s ago", line)
    leases.release(desk.store, lease)
    assert desk.see().leases == ()


def test_a_holder_that_has_stopped_renewing_its_lease_is_shown_and_is_no_scheduler(
    desk: Desk,
) -> None:
    lease = acquire(desk.store, leases.SCHEDULER)
    with desk.store.write() as connection:
        ago = {"renewed": rows.c.renewed - 90_000_000}
        connection.execute(update(rows).values(ago))
    assert f"lease      scheduler: {lease.holder}, not renewed for 1 min" in desk.text()
    assert not desk.see().scheduled
    (told,) = as_json(desk.see())
    (fields,) = json.loads(told)["leases"]
    assert (fields["holder"], fields["alive"]) == (lease.holder, False)
    assert fields["renewed_seconds_ago"] > 80


def test_pings_that_wait_are_counted(desk: Desk) -> None:
    with desk.store.write() as connection:
        pings.queue(
            connection, [("https://hub.example/", "/1"), ("https://hub.example/", "/2")], NOON
        )
    assert desk.see().pings == 2
    assert "pings      2 waiting" in desk.text()


def test_the_screen_shows_the_first_problems_and_json_all(desk: Desk) -> None:
    for number in range(MAX_PROBLEMS + 3):
        desk.site.write(f"bad{number:02}.txt", date="yesterday")
    desk.scan(NOON + MINUTE)
    lines = desk.text()
    assert len(lines) < 25
    assert lines[-1] == "  and 3 more"
    assert lines[-2].endswith(", since 2027-06-01 12:01:00 UTC")
    (told,) = as_json(desk.see())
    assert len(json.loads(told)["problems"]) == MAX_PROBLEMS + 3


def test_json_gives_moments_with_their_offset_and_null_for_what_is_not(desk: Desk) -> None:
    (told,) = as_json(desk.see())
    fields = json.loads(told)
    assert fields["edition"] == {"sequence": 6, "moment": "2027-06-01T12:00:00+00:00"}
    assert fields["entries"] == {"released": 3, "held": 2, "withdrawn": 0}
    assert fields["next_due"] == "2027-06-02T12:00:00+00:00"
    assert fields["last_scan"]["seconds"] == 0
    assert (fields["failed_scan"], fields["running_scan"]) == (None, None)


def test_a_database_without_tables_is_no_ledger(store: Store) -> None:
    assert is_made(store, "test")
    with store.write() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
    assert not is_made(store, "test")


def test_a_ledger_that_nobody_has_scanned_into_is_told_as_empty(store: Store) -> None:
    lines = list(as_text(overview(store), NOON))
    assert lines[:2] == ["last scan  none yet", "revision   none yet"]
