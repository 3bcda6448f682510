"""Many new articles at once: the old among them are filed, however they come into the folder."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser
import pytest

from feedsvc.ledger import feed_content
from feedsvc.ledger.store import Store
from feedsvc.model import CollectionKind, Counts, Entry, Report
from feedsvc.scan import run
from feedsvc.scan.run import Clock, Publisher, Request
from tests.folders import changed_at
from tests.site import Service, Site, eventually

pytestmark = pytest.mark.slow

NOON = datetime(2027, 6, 1, 12, tzinfo=UTC)
FORMATS = ("atom", "rss")
SETTLE = 60.0
OLD = datetime(2025, 1, 1, tzinfo=UTC)


class Desk:
    """A site with one article in its ledger, and a clock that stands still until it is turned."""

    def __init__(self, site: Site, store: Store) -> None:
        self.site, self.store, self.now = site, store, NOON
        site.write("hello.txt", title="Hello")
        self.scan()

    def scan(self, after: float = 0, hints: Iterable[str] = ()) -> Report:
        """Scan so many seconds later."""
        self.now += timedelta(seconds=after)
        clock = Clock(now=lambda: self.now, sleep=lambda _: None)
        publisher = Publisher(self.store, self.site.config(), clock)
        return run.scan(publisher, Request(hints=frozenset(hints)))

    def write(self, numbers: Iterable[int]) -> list[str]:
        """Write an old article of each number; returns their paths."""
        return [old_article(self.site, number) for number in numbers]

    def announced(self) -> set[str]:
        """The titles of the articles that subscribers see as new."""
        entries = feed_content.newest(self.store, 1000).entries
        return {entry.article.title for entry in entries if is_new(entry)}


def is_new(entry: Entry) -> bool:
    return entry.released - entry.published > timedelta(days=1)


def old_article(site: Site, number: int) -> str:
    date = OLD + timedelta(days=number)
    path = f"{number:03}.txt"
    site.write(path, title=f"Old {number}", body=f"Text {number}.", date=date.isoformat())
    return path


@pytest.fixture
def desk(site: Site, store: Store) -> Desk:
    return Desk(site, store)


def test_an_old_article_that_arrives_alone_is_announced(desk: Desk) -> None:
    desk.write([1])
    report = desk.scan(1)
    assert str(report) == "1 new, 0 changed, 0 moved, 0 withdrawn, 0 held, 0 problems"
    assert desk.announced() == {"Old 1"}


def test_the_report_says_how_many_are_filed_and_why(desk: Desk) -> None:
    desk.site.file.write_text(f"{desk.site.file.read_text()}[publish]\nburst = 3\n")
    desk.write(range(20))
    for number in range(5):
        date = (NOON - timedelta(days=number)).isoformat()
        desk.site.write(f"young-{number}.txt", title=f"Young {number}", date=date)
    report = desk.scan(1)
    assert report.counts == Counts(new=25, too_old=20, over_burst=2)
    assert str(report).endswith(
        "22 of the new filed under their own dates, unannounced "
        "(20 older than publish.announce_days, 2 over publish.burst)"
    )


@pytest.mark.parametrize(("days", "filed"), [(0, 20), (30, 20), (1000, 0)])
def test_announce_days_says_what_is_too_old(desk: Desk, days: int, filed: int) -> None:
    desk.site.file.write_text(f"{desk.site.file.read_text()}[publish]\nannounce_days = {days}\n")
    desk.write(range(20))
    assert desk.scan(1).counts == Counts(new=20, too_old=filed)


def test_a_copy_so_slow_that_each_scan_finds_few_files_is_one_arrival(desk: Desk) -> None:
    """Ten at the most are announced before the rest shows that this is more than a few articles."""
    for number in range(0, 40, 4):
        desk.scan(10, hints=desk.write(range(number, number + 4)))
    assert desk.announced() == {f"Old {number}" for number in range(8)}
    desk.write([99])
    assert desk.scan(61).counts == Counts(new=1)
    assert "Old 99" in desk.announced()


def test_a_copy_that_outlasts_the_first_import_is_one_arrival(site: Site, store: Store) -> None:
    for number in range(20):
        old_article(site, number)
    desk = Desk(site, store)
    desk.write(range(20, 24))
    assert desk.scan(10).counts == Counts(new=4, too_old=4)


def test_what_returns_or_is_released_on_time_is_no_part_of_an_arrival(desk: Desk) -> None:
    due = (NOON + timedelta(hours=1)).isoformat()
    for number in range(15):
        desk.site.write(f"held-{number}.txt", title=f"Held {number}", date=due)
    desk.write(range(10))
    desk.scan(1)
    for number in range(10):
        (desk.site.folder / f"{number:03}.txt").unlink()
    desk.scan(100)
    desk.write(range(10))
    assert desk.scan(3600).counts.new == 25
    desk.write([99])
    desk.scan(1)
    assert "Old 99" in desk.announced()


def test_what_was_published_while_the_clock_was_ahead_is_no_part_of_an_arrival(desk: Desk) -> None:
    desk.write(range(50))
    desk.scan(3600)
    desk.write([99])
    desk.scan(-3600)
    assert desk.announced() == {"Old 99"}


@pytest.fixture
def settling(site: Site, store: Store) -> Desk:
    """A desk at which a file is read a minute after it was written."""
    desk = Desk(site, store)
    words = site.file.read_text().replace("settle_seconds = 0", f"settle_seconds = {SETTLE}")
    site.file.write_text(words)
    return desk


def scan_when_settled(desk: Desk, path: str) -> Report:
    """Scan just when this file is at rest, and what was written later is not."""
    desk.now = changed_at(desk.site.folder / path) + timedelta(seconds=SETTLE, milliseconds=20)
    return desk.scan()


def later() -> None:
    time.sleep(0.1)  # a file system may count time in ticks of 10 ms


def test_new_files_that_are_still_being_written_belong_to_the_arrival(settling: Desk) -> None:
    first = settling.write(range(8))
    later()
    settling.write(range(8, 150))
    report = scan_when_settled(settling, first[-1])
    assert (report.counts, len(report.unsettled)) == (Counts(new=8, too_old=8), 142)
    assert settling.announced() == set()


def test_edits_that_are_still_being_written_belong_to_no_arrival(settling: Desk) -> None:
    known = settling.write(range(8, 150))
    scan_when_settled(settling, known[-1])
    first = settling.write([1])
    later()
    for path in known:
        with (settling.site.folder / path).open("a") as file:
            file.write("More.\n")
    settling.now += timedelta(hours=1)
    report = scan_when_settled(settling, first[0])
    assert (report.counts, len(report.unsettled)) == (Counts(new=1), 142)


def test_files_that_are_being_moved_belong_to_no_arrival(settling: Desk) -> None:
    known = settling.write(range(8, 30))
    scan_when_settled(settling, known[-1])
    later()
    first = settling.write([1])
    later()
    for path in known:
        (settling.site.folder / path).rename(settling.site.folder / f"moved-{path}")
    report = scan_when_settled(settling, first[0])
    assert (report.counts, len(report.unsettled)) == (Counts(new=1), 22)


def test_a_blog_that_is_moved_in_after_the_quick_start_floods_nobody(
    tmp_path: Path, site: Site, serve: Callable[..., Service]
) -> None:
    """README: `feedsvc init` and `serve`, and then the files of an old blog."""
    assert site.command("init", str(tmp_path / "my-feed")).returncode == 0
    site.file = tmp_path / "my-feed" / "config.toml"
    service = serve(HTTP__PORT=0, ARTICLES__SETTLE_SECONDS=0.2)
    assert "Hello" in service.ready().text
    site.folder = tmp_path / "posts"
    for number in range(150):
        old_article(site, number)
    site.folder.rename(tmp_path / "my-feed" / "articles" / "posts")  # all at once
    filed = re.compile(r"(\d+) of the new filed under their own dates")
    eventually(lambda: sum(map(int, filed.findall(service.log))) == 150, "not all are filed")
    assert len(re.findall(r"older than publish\.announce_days\)", service.log)) > 0
    eventually(lambda: "Old 149" in service.get("/feed.atom").text)
    atom, rss = (feedparser.parse(service.get(f"/feed.{form}").text).entries for form in FORMATS)
    dates = [one.updated_parsed for one in atom if one.title.startswith("Old")]
    dates += [one.published_parsed for one in rss if one.title.startswith("Old")]
    assert len(dates) > 0
    assert max(dates) <= (OLD + timedelta(days=149)).utctimetuple()


def shown(desk: Desk, entries: int) -> list[str]:
    return [one.article.title for one in feed_content.newest(desk.store, entries).entries]


def test_what_is_filed_pushes_nothing_newer_out_of_the_feed(desk: Desk) -> None:
    """Who polls after the posts of 2025 and then those of 2012 came still finds today's article."""
    desk.write(range(12))
    desk.scan(60)
    desk.site.write("today.txt", title="Today", date=desk.now.isoformat())
    desk.scan(60)
    before = feed_content.newest(desk.store, 5)
    assert shown(desk, 5) == ["Today", "Hello", "Old 11", "Old 10", "Old 9"]
    for number in range(12):
        date = datetime(2012, 1, 1, tzinfo=UTC) + timedelta(days=number)
        desk.site.write(f"2012/{number:02}.txt", title=f"Older {number}", date=date.isoformat())
    assert desk.scan(60).counts.filed == 12
    after = feed_content.newest(desk.store, 5)
    assert after.entries == before.entries
    assert after.older != before.older  # the archives reach to the newest place now
    assert after.modified > before.modified
    assert collected(desk, 5) == {entry.article.title for entry in all_entries(desk)}


def test_an_edit_of_a_filed_article_that_is_not_shown_leaves_the_feed_as_it_is(desk: Desk) -> None:
    desk.write(range(20))
    desk.scan(60)
    before = feed_content.newest(desk.store, 5)
    for number in (3, 15):
        date = OLD + timedelta(days=number)
        desk.site.write(f"{number:03}.txt", title="Edited", date=date.isoformat())
    assert desk.scan(60).counts.changed == 2
    after = feed_content.newest(desk.store, 5)
    assert (after.entries, after.modified, after.older) == (
        before.entries,
        before.modified,
        before.older,
    )


def all_entries(desk: Desk) -> Sequence[Entry]:
    return feed_content.newest(desk.store, 1000).entries


def collected(desk: Desk, size: int) -> set[str]:
    """The titles of all that a client finds that reads the feed and its archives."""
    content = feed_content.newest(desk.store, size)
    found = {entry.article.title for entry in content.entries}
    while content.older:
        older = feed_content.archive(desk.store, content.older, size, CollectionKind.SITE, "")
        assert older is not None, content.older
        content = older
        found |= {entry.article.title for entry in content.entries}
    return found


def test_what_moves_to_a_section_never_outranks_what_is_new_there_later(desk: Desk) -> None:
    """Also after the clock was set back, when releases follow one another by microseconds."""
    for number in range(6):
        desk.site.write(f"a/{number}.txt", title=f"A {number}", body=f"Text {number}.")
    desk.site.write("b/first.txt", title="First", body="First text.")
    desk.scan(60)
    for number in range(6):
        file = desk.site.folder / f"a/{number}.txt"
        file.rename(desk.site.folder / f"b/{number}.txt")
    desk.scan(-3600)
    for number in range(3):
        desk.site.write(f"b/new-{number}.txt", title=f"New {number}", body=f"New text {number}.")
        desk.scan(900)
    shown = feed_content.newest(desk.store, 4, CollectionKind.SECTION, "b").entries
    titles = [one.article.title for one in shown]
    assert titles[:3] == ["New 2", "New 1", "New 0"]
    assert titles[3].startswith("A ")
