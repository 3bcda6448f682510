"""Scans from real folders into real ledgers, SQLite and PostgreSQL, with a clock that we turn."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedsvc.feeds.publication import feed_document
from feedsvc.feeds.registry import Format, site_feed
from feedsvc.ledger import feed_content, known, leases, scans
from feedsvc.ledger.migrating import migrate
from feedsvc.ledger.store import Store
from feedsvc.model import Document, FeedContent, Report
from feedsvc.scan import run
from feedsvc.scan.run import Clock, Publisher, Request
from tests.site import Site

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Turned:
    """A clock that stands still until it is turned or slept on."""

    def __init__(self) -> None:
        self.now = NOON

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def turn(self, **span: float) -> None:
        self.now += timedelta(**span)


class Desk:
    """A site that is scanned into a ledger."""

    def __init__(self, site: Site, store: Store) -> None:
        self.site, self.store, self.time = site, store, Turned()

    @property
    def publisher(self) -> Publisher:
        clock = Clock(now=lambda: self.time.now, sleep=self.time.sleep)
        return Publisher(self.store, self.site.config(), clock)

    def scan(self, *, allow_empty: bool = False) -> Report:
        self.time.turn(minutes=1)
        return run.scan(self.publisher, Request(allow_empty=allow_empty))

    def content(self, limit: int = 50) -> FeedContent:
        return feed_content.newest(self.store, limit)

    def titles(self) -> list[str]:
        return [entry.article.title for entry in self.content().entries]

    def document(self) -> Document:
        config = self.site.config()
        return feed_document(config, site_feed(config), Format.ATOM, self.content())


@pytest.fixture
def desk(site: Site, store: Store) -> Desk:
    return Desk(site, store)


def test_the_first_import_orders_articles_by_their_own_dates(desk: Desk) -> None:
    desk.site.write("old.txt", title="Old", date="2020-01-01T00:00:00Z")
    desk.site.write("new.txt", title="New", date="2026-01-01T00:00:00Z")
    assert str(desk.scan()) == "2 new, 0 changed, 0 moved, 0 withdrawn, 0 held, 0 problems"
    assert desk.titles() == ["New", "Old"]


def test_a_later_article_comes_first_whatever_its_date(desk: Desk) -> None:
    desk.site.write("a.txt", title="First")
    desk.scan()
    desk.site.write("b.txt", title="Back-dated", date="1999-01-01T00:00:00Z")
    desk.scan()
    entry = desk.content().entries[0]
    assert entry.article.title == "Back-dated"
    assert (entry.published.year, entry.released) == (1999, desk.time.now)


def test_unchanged_input_makes_no_revision(desk: Desk) -> None:
    file = desk.site.write("a.txt")
    desk.scan()
    before = desk.content(), desk.document()
    file.touch()
    assert str(desk.scan()).startswith("0 new, 0 changed")
    file.write_text(file.read_text().replace("A paragraph.", "A   paragraph.  \n\n"))
    desk.scan()
    assert (desk.content(), desk.document()) == before


def test_an_edit_a_move_and_a_withdrawal_keep_ids_and_make_revisions(desk: Desk) -> None:
    desk.site.write("a.txt", title="A", date="2026-01-01T00:00:00Z")
    desk.site.write("b.txt", title="B", date="2026-01-02T00:00:00Z")
    desk.scan()
    first = desk.content()
    desk.site.write("a.txt", title="A, edited", date="2026-01-01T00:00:00Z")
    (desk.site.folder / "news").mkdir()
    (desk.site.folder / "b.txt").rename(desk.site.folder / "news" / "b.txt")
    assert str(desk.scan()).startswith("0 new, 1 changed, 1 moved, 0 withdrawn")
    second = desk.content()
    assert [e.id for e in second.entries] == [e.id for e in first.entries]
    assert [e.released for e in second.entries] == [e.released for e in first.entries]
    assert second.entries[1].updated == desk.time.now
    assert second.entries[0].article.section == "news"
    assert second.modified > first.modified
    (desk.site.folder / "a.txt").unlink()
    assert str(desk.scan()).startswith("0 new, 0 changed, 0 moved, 1 withdrawn")
    assert desk.titles() == ["B"]
    assert desk.content().modified > second.modified


def test_a_returning_article_keeps_its_id_and_its_place(desk: Desk) -> None:
    desk.site.write("a.txt", title="A", date="2026-01-01T00:00:00Z")
    desk.site.write("b.txt", title="B", date="2026-01-02T00:00:00Z")
    desk.scan()
    id_before = desk.content().entries[1].id
    (desk.site.folder / "a.txt").unlink()
    desk.scan()
    desk.site.write("a.txt", title="A", date="2026-01-01T00:00:00Z")
    desk.scan()
    assert desk.titles() == ["B", "A"]
    back = desk.content().entries[1]
    assert (back.id, back.updated) == (id_before, desk.time.now)


def test_problems_stand_beside_what_is_published_until_they_are_mended(desk: Desk) -> None:
    desk.site.write("good.txt", title="Good")
    desk.site.write("kept.txt", title="Kept", date="2026-01-01T00:00:00Z")
    desk.scan()
    desk.site.write("kept.txt", title="Kept", date="2026-02-30")
    (desk.site.folder / "empty.txt").touch()
    (desk.site.folder / "bytes.txt").write_bytes(b"# T\n\nab\xff\n")
    (desk.site.folder / "no-text.txt").write_text("# Just a title\n")
    (desk.site.folder / "huge.txt").write_bytes(b"# Huge\n\n" + b"x" * (2 << 20))
    codes = {problem.path: problem.code for problem in desk.scan().problems}
    assert codes == {
        "kept.txt": "bad-date",
        "empty.txt": "empty",
        "bytes.txt": "not-utf8",
        "no-text.txt": "no-text",
        "huge.txt": "too-large",
    }
    since = desk.time.now
    assert desk.titles() == ["Good", "Kept"]
    assert {problem.since for problem in desk.scan().problems} == {since}
    for name in codes:
        desk.site.write(name, title=f"Mended {name}")
    assert desk.scan().problems == ()
    assert known.state(desk.store).problems == ()


def test_an_article_dated_ahead_is_released_at_that_very_moment(desk: Desk) -> None:
    desk.site.write("a.txt", title="Now")
    due = NOON + timedelta(hours=1)
    desk.site.write("b.txt", title="Later", date=due.isoformat())
    assert str(desk.scan()) == "1 new, 0 changed, 0 moved, 0 withdrawn, 1 held, 0 problems"
    assert desk.content().next_due == due
    assert scans.next_due(desk.store) == due
    desk.time.now = due
    assert str(run.scan(desk.publisher)).startswith("1 new")
    entry = desk.content().entries[0]
    assert (entry.article.title, entry.released) == ("Later", due)
    assert desk.content().next_due is None


def test_what_fell_due_while_nobody_looked_is_released_by_the_next_scan(desk: Desk) -> None:
    desk.site.write("b.txt", title="Later", date=(NOON + timedelta(hours=1)).isoformat())
    desk.scan()
    desk.time.turn(days=1)
    desk.scan()
    assert desk.titles() == ["Later"]


def test_a_flood_announces_the_newest_and_files_the_rest(desk: Desk) -> None:
    desk.site.write("first.txt", title="First", date="2026-05-01T00:00:00Z")
    desk.scan()
    for day in range(3, 31):
        for number in range(4):
            date = f"2026-05-{day:02}T00:00:00Z"
            desk.site.write(f"{day}-{number}.txt", title=f"{day}-{number}", date=date)
    report = desk.scan()
    assert str(report).startswith("112 new")
    assert "12 of the new filed" in str(report)
    released = [entry.released for entry in desk.content(1000).entries]
    assert len(set(released)) == 113
    assert sum(moment >= desk.time.now for moment in released) == 100


def empty(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()


@pytest.mark.parametrize("lose", [shutil.rmtree, empty])
def test_a_root_that_is_gone_or_suddenly_empty_withdraws_nothing(
    desk: Desk, lose: Callable[[Path], None]
) -> None:
    desk.site.write("a.txt", title="Safe")
    desk.site.write("bad.txt", date="never")
    desk.scan()
    lose(desk.site.folder)
    report = desk.scan()
    assert [p.code for p in report.problems if p.path == "."] in (
        ["root-unreadable"],
        ["root-empty"],
    )
    assert len(report.problems) == 2
    assert desk.titles() == ["Safe"]
    desk.site.folder.mkdir(exist_ok=True)
    assert str(desk.scan(allow_empty=True)).startswith("0 new, 0 changed, 0 moved, 1 withdrawn")
    assert desk.titles() == []


def test_two_revisions_are_at_least_a_second_apart(desk: Desk) -> None:
    seen = []
    for number in range(3):
        desk.site.write(f"{number}.txt", title=f"Number {number}")
        run.scan(desk.publisher)
        seen.append(desk.content().modified)
    assert seen == sorted(set(seen))
    assert desk.time.now.timestamp() >= seen[-1]


def test_order_and_last_modified_go_on_when_the_clock_is_set_back(desk: Desk) -> None:
    desk.site.write("a.txt", title="Before")
    desk.scan()
    before = desk.content()
    desk.time.turn(days=-30)
    desk.site.write("b.txt", title="After")
    desk.scan()
    after = desk.content()
    assert [entry.article.title for entry in after.entries] == ["After", "Before"]
    assert after.modified > before.modified


def test_a_setting_that_changes_every_document_makes_a_revision(desk: Desk) -> None:
    desk.site.write("a.txt")
    desk.scan()
    before = desk.content()
    desk.site.file.write_text(desk.site.file.read_text().replace("Test & Trial", "Renamed"))
    desk.scan()
    assert desk.content().modified > before.modified
    assert desk.content().entries == before.entries


def test_a_setting_that_changes_how_files_are_read_reads_them_again(desk: Desk) -> None:
    desk.site.write("a.txt", date="2026-01-02T12:00:00")
    desk.scan()
    changed = desk.site.file.read_text().replace(
        "settle_seconds = 0", 'settle_seconds = 0\ntimezone = "Asia/Kathmandu"'
    )
    desk.site.file.write_text(changed)
    assert str(desk.scan()).startswith("0 new, 1 changed")
    assert desk.content().entries[0].published == datetime(2026, 1, 2, 6, 15, tzinfo=UTC)


def test_the_same_folder_gives_the_same_bytes_from_another_ledger(
    desk: Desk, tmp_path: Path
) -> None:
    for number in range(30):  # many at one moment: ties are broken the same way
        desk.site.write(f"{number % 3}/{number}.txt", title=f"Number {number}")
    desk.scan()
    other = Store(f"sqlite:///{tmp_path / 'other.db'}")
    migrate(other)
    elsewhere = Desk(desk.site, other)
    elsewhere.time.turn(days=400)
    elsewhere.scan()
    assert elsewhere.document().tag == desk.document().tag
    assert elsewhere.document().bodies == desk.document().bodies
    other.close()


def test_a_hinted_scan_looks_at_one_file_and_publishes_it(desk: Desk) -> None:
    desk.site.write("a.txt", title="A")
    desk.scan()
    desk.site.write("news/b.txt", title="B")
    desk.site.write("c.txt", title="C")
    desk.time.turn(minutes=1)
    report = run.scan(desk.publisher, Request(hints=frozenset({"news/b.txt", "news"})))
    assert report.counts.new == 2, "a folder is a hint that all is to be looked at"
    desk.site.write("d.txt", title="D")
    desk.site.write("e.txt", title="E")
    desk.time.turn(minutes=1)
    report = run.scan(desk.publisher, Request(hints=frozenset({"d.txt"})))
    assert (report.counts.new, desk.titles()[0]) == (1, "D")


def test_a_scan_that_waits_for_files_to_settle_keeps_no_other_from_scanning(
    site: Site, store: Store
) -> None:
    site.write("a.txt")
    run.scan(Publisher(store, site.config()))
    text = site.file.read_text().replace("settle_seconds = 0", "settle_seconds = 3600")
    site.file.write_text(text)
    site.write("b.txt")
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        with leases.held(store, leases.SCAN, run.give_up):
            slept.append(seconds)

    report = run.scan(Publisher(store, site.config(), Clock(sleep=sleep)), Request(at_rest=True))
    assert slept
    assert "b.txt" in report.unsettled


def test_a_second_that_begins_while_the_revision_is_chosen_does_no_harm(desk: Desk) -> None:
    desk.site.write("a.txt", title="A")
    desk.scan()
    desk.site.write("b.txt", title="B")
    moment = desk.content().modified
    slept: list[float] = []

    def now() -> datetime:
        """Every reading is 0.3 s after the last, so that a second begins between two of them."""
        desk.time.turn(seconds=0.3)
        return desk.time.now

    for beginning in (moment + part / 10 for part in range(10)):
        desk.time.now = datetime.fromtimestamp(beginning, UTC)
        desk.site.write("b.txt", title=f"B {beginning}")
        publisher = Publisher(desk.store, desk.site.config(), Clock(now, slept.append))
        run.scan(publisher)
    assert all(seconds >= 0 for seconds in slept)
