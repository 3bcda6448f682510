"""An article that expires leaves the feeds at the moment that its file names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from feedsvc.ledger import feed_content, scans
from feedsvc.ledger.status import status
from feedsvc.ledger.store import Store
from feedsvc.model import CollectionKind, Counts, Span
from tests.commands import invoke
from tests.plans import HOUR, NOW, Ledger, article, logged_changes
from tests.site import Service, Site, eventually
from tests.test_folder_life import NOON, Life
from tests.test_service_feeds import FEEDS, max_age

MINUTE = timedelta(minutes=1)


@pytest.fixture
def either(site: Site, store: Store) -> Life:
    """A folder that is scanned into a ledger of each kind."""
    return Life(site, store)


def test_what_has_expired_when_it_is_first_seen_is_never_published() -> None:
    ledger = Ledger()
    plan = ledger.scan(article("a.txt", expires=NOW), article("b.txt", "x", expires=NOW + HOUR))
    assert list(ledger.living) == ["b.txt"]
    assert plan.counts == Counts(new=1)
    plan = ledger.scan(article("c.txt", "y", expires=NOW - HOUR))
    assert plan.decisions == []


def test_an_article_is_withdrawn_once_it_has_expired_and_not_before() -> None:
    ledger = Ledger()
    ledger.scan(article("a.txt", expires=NOW + HOUR), article("b.txt", "x"))
    assert ledger.scan(now=NOW + HOUR - MINUTE).decisions == []
    assert logged_changes(ledger.scan(now=NOW + HOUR)) == [("a.txt", "withdrawn")]
    assert ledger.scan(now=NOW + 2 * HOUR).decisions == []
    assert list(ledger.living) == ["b.txt"]


def test_an_article_that_expires_before_its_release_is_never_released() -> None:
    ledger = Ledger()
    ledger.scan(article("b.txt", "x"))
    ledger.scan(article("a.txt", published=NOW + HOUR, expires=NOW + HOUR / 2))
    plan = ledger.scan(now=NOW + HOUR)
    assert logged_changes(plan) == [("a.txt", "held")]
    assert list(ledger.living) == ["b.txt"]


def test_another_moment_of_expiry_alone_is_seen_by_nobody() -> None:
    ledger = Ledger()
    ledger.scan(article("a.txt", expires=NOW + HOUR), article("b.txt", "x"))
    before = ledger.living["a.txt"]
    for expires in NOW + 2 * HOUR, None, NOW + 3 * HOUR:
        plan = ledger.scan(article("a.txt", expires=expires))
        assert logged_changes(plan) == [("a.txt", "held")]
        after = ledger.living["a.txt"]
        assert (after.released, after.updated) == (before.released, before.updated)
        assert after.expires == expires
    assert ledger.scan(now=NOW + HOUR).decisions == []
    assert logged_changes(ledger.scan(now=NOW + 3 * HOUR)) == [("a.txt", "withdrawn")]


def test_a_version_that_must_wait_keeps_no_expired_one_published() -> None:
    ledger = Ledger()
    ledger.scan(article("a.txt", expires=NOW + HOUR), article("b.txt", "x"))
    later = article("a.txt", "new", published=NOW + 9 * HOUR)
    assert [one.code for one in ledger.scan(later).problems] == ["date-ahead"]
    assert logged_changes(ledger.scan(later, now=NOW + HOUR)) == [("a.txt", "withdrawn")]


def test_a_file_moves_and_gets_another_expiry_at_once() -> None:
    ledger = Ledger()
    ledger.scan(article("a.txt", expires=NOW + HOUR), article("b.txt", "x"))
    plan = ledger.scan(article("c.txt", expires=NOW + 2 * HOUR), gone=["a.txt"])
    assert logged_changes(plan) == [("a.txt", "held")]
    assert logged_changes(ledger.scan(now=NOW + 2 * HOUR)) == [("a.txt", "withdrawn")]


def test_an_expired_article_returns_where_its_file_gives_it_more_time(either: Life) -> None:
    either.note("b.md", "B")
    either.note("a.md", "A", expiryDate=(NOON + 5 * MINUTE).isoformat())
    either.scan()
    ids = either.ids()
    assert scans.next_due(either.store) == NOON + 5 * MINUTE
    assert status(either.store).next_expiry == NOON + 5 * MINUTE
    assert either.scan(minutes=2).counts == Counts()
    assert either.scan(minutes=2).counts == Counts(withdrawn=1)
    assert scans.next_due(either.store) is None
    assert either.shown() == ["B"]
    either.note("a.md", "A", expiryDate=(NOON + 50 * MINUTE).isoformat())
    assert either.scan().counts == Counts(new=1)
    assert either.ids() == ids
    either.note("a.md", "A")
    either.scan()
    assert scans.next_due(either.store) is None
    either.scan(minutes=100)
    assert sorted(either.shown()) == ["A", "B"]


def test_another_moment_of_expiry_moves_no_date_of_a_feed(either: Life) -> None:
    either.note("b.md", "B")
    either.note("a.md", "A", expiryDate="2100-01-01")
    either.scan()
    either.note("c.md", "C")
    either.scan()
    before = feed_content.newest(either.store, 10)
    either.note("a.md", "A", expiryDate="2100-01-02")
    either.scan()
    after = feed_content.newest(either.store, 10)
    assert (after.modified, after.updated) == (before.modified, before.updated)
    assert (after.entries, after.sequence) == (before.entries, before.sequence + 1)


def test_an_archive_and_a_page_end_with_what_expires_in_them(either: Life) -> None:
    either.note("a.md", "A", expiryDate=(NOON + 5 * MINUTE).isoformat())
    either.note("b.md", "B", body="Other.")
    either.scan()
    rows = either.rows()
    archive = feed_content.archive(either.store, Span(1, 2), 2, CollectionKind.SITE, "")
    page, other = (feed_content.single(either.store, rows[path].id) for path in ("a.md", "b.md"))
    assert archive
    assert page
    assert other
    due = NOON + 5 * MINUTE
    assert (archive.next_due, page.next_due, other.next_due) == (due, due, None)


def test_a_preview_tells_of_another_expiry(site: Site, either: Life) -> None:
    either.note("a.md", "A", expiryDate="2100-01-01")
    site.scan()
    either.note("a.md", "A", expiryDate="2100-01-02")
    assert "date of expiry" in invoke(site, "plan").stdout


def test_a_running_service_withdraws_an_article_at_its_moment(
    site: Site, serve: Callable[..., Service]
) -> None:
    due = datetime.now(UTC) + timedelta(seconds=8)
    site.write("stays.txt", "Stays")
    text = "---\ntitle: Goes\ndate: 2026-01-01\nexpiryDate: {}\n---\nText.\n"
    (site.folder / "a.md").write_text(text.format(due.isoformat()))
    service = serve(SCHEDULE__RESCAN_SECONDS=3600)
    eventually(lambda: "Goes" in service.ready().text, "it was not published")
    for path in FEEDS:
        fresh = max_age(service, path)
        assert fresh <= (due - datetime.now(UTC)).total_seconds() + 1
    eventually(lambda: "Goes" not in service.get("/feed.atom").text, "it was not withdrawn")
    assert timedelta(0) <= datetime.now(UTC) - due < timedelta(seconds=4)
    assert "Stays" in service.get("/feed.atom").text
