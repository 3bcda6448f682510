"""A site without an article: every date in its documents is that of a revision, never 1970."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from feedsvc.feeds.registry import Format
from feedsvc.ledger.store import Store
from feedsvc.model import Document
from feedsvc.scan import run
from feedsvc.scan.run import Clock, Publisher, Request
from feedsvc.web.builder import DocumentBuilder
from tests.documents import built
from tests.site import Service, Site, eventually

pytestmark = pytest.mark.slow

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
MINE = '[[feeds]]\nname = "mine"\ntitle = "Mine"\ntag = "one"\n'
EPOCH = re.compile("1970-01-01|Jan 1970")  # an entity tag may hold the digits "1970"
FEEDS = [f"{home}feed.{form.suffix}" for home in ("/", "/feeds/mine/") for form in Format]
PAGES = ["/", "/feeds/", "/feeds/mine/"]
SITEMAPS = ["/sitemap.xml", "/sitemap-slices-1.xml", "/robots.txt"]
PROGRAMS = ["/feeds.opml", "/changes.json?after=0", "/changes.json?after=500", "/openapi.json"]
ADDRESSES = [*FEEDS, *PAGES, *SITEMAPS, *PROGRAMS]


class Desk:
    """A folder without articles that is scanned at moments of the test's choice."""

    def __init__(self, site: Site, store: Store) -> None:
        self.site, self.store = site, store

    def scan(self, now: datetime, *, allow_empty: bool = False) -> None:
        clock = Clock(now=lambda: now, sleep=lambda _: None)
        publisher = Publisher(self.store, self.site.config(), clock)
        run.scan(publisher, Request(allow_empty=allow_empty))

    def document(self, address: str) -> Document:
        document = built(DocumentBuilder(self.site.config(), self.store), address)
        assert document is not None, address
        return document

    def text(self, address: str) -> str:
        return self.document(address).bodies["identity"].decode()

    def updated(self) -> list[datetime]:
        """When the feeds, and the list of feeds, say that they last changed."""
        told = [json.loads(self.text("/feed.json"))["_feedsvc"]["updated"]]
        told += re.findall("<updated>([^<]+)</updated>", self.text("/feed.atom"))[:1]
        dated = re.findall("<lastBuildDate>([^<]+)<", self.text("/feed.rss"))
        dated += re.findall("<dateModified>([^<]+)<", self.text("/feeds.opml"))
        moments = [datetime.fromisoformat(one) for one in told]
        return moments + [parsedate_to_datetime(one) for one in dated]


@pytest.fixture
def desk(site: Site, store: Store) -> Desk:
    """On SQLite and on PostgreSQL in turn."""
    site.file.write_text(site.file.read_text() + MINE, encoding="utf-8")
    return Desk(site, store)


def test_every_date_of_an_empty_site_is_that_of_its_first_scan(desk: Desk) -> None:
    desk.scan(NOON)
    assert [one for one in ADDRESSES if EPOCH.search(desk.text(one))] == []
    assert {desk.document(one).modified for one in ADDRESSES} == {int(NOON.timestamp())}
    assert desk.updated() == [NOON] * 4


def test_a_site_with_nothing_but_held_articles_has_the_dates_of_an_empty_one(desk: Desk) -> None:
    due = NOON + timedelta(days=1)
    desk.site.write("a.txt", date=due.isoformat())
    desk.scan(NOON)
    assert [one for one in ADDRESSES if EPOCH.search(desk.text(one))] == []
    assert desk.updated() == [NOON] * 4
    desk.scan(due)
    assert desk.updated() == [due] * 4


def test_later_scans_of_an_empty_folder_change_no_byte(desk: Desk) -> None:
    """The dates are the ledger's, so any number of web servers give the same."""
    desk.scan(NOON)
    before = [desk.document(one) for one in ADDRESSES]
    desk.scan(NOON + timedelta(hours=5))
    after = [desk.document(one) for one in ADDRESSES]
    assert [(one.tag, one.modified) for one in before] == [(one.tag, one.modified) for one in after]


def test_a_changed_setting_moves_the_dates_of_an_empty_site(desk: Desk) -> None:
    desk.scan(NOON)
    config = desk.site.file.read_text().replace('title = "Mine"', 'title = "Another title"')
    desk.site.file.write_text(config, encoding="utf-8")
    desk.scan(NOON + timedelta(hours=1))
    assert desk.updated() == [NOON + timedelta(hours=1)] * 4


def test_the_first_articles_set_no_date_of_an_empty_site_back(desk: Desk) -> None:
    """An import goes by the articles' own dates only where nobody has seen the site before."""
    desk.scan(NOON)
    desk.site.write("a.txt", date="2020-01-02T03:04:05+00:00")
    later = NOON + timedelta(hours=1)
    desk.scan(later)
    assert "2020-01-02" in desk.text("/feed.atom")
    assert desk.updated() == [later] * 4


def test_first_articles_that_come_with_a_changed_setting_set_no_date_back(desk: Desk) -> None:
    desk.scan(NOON)
    desk.site.write("a.txt", date="2020-01-02T03:04:05+00:00")
    config = desk.site.file.read_text().replace('title = "Mine"', 'title = "Another title"')
    desk.site.file.write_text(config, encoding="utf-8")
    later = NOON + timedelta(hours=1)
    desk.scan(later)
    assert desk.updated() == [later] * 4


def test_a_first_import_goes_by_the_articles_own_dates(desk: Desk) -> None:
    """Whenever it was, so that another ledger of the same folder gives the same bytes."""
    desk.site.write("a.txt", date="2020-01-02T03:04:05+00:00")
    desk.scan(NOON)
    assert desk.updated() == [datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)] * 4


def test_a_site_whose_last_article_is_withdrawn_has_the_date_of_that(desk: Desk) -> None:
    file = desk.site.write("a.txt")
    desk.scan(NOON)
    file.unlink()
    later = NOON + timedelta(hours=1)
    desk.scan(later, allow_empty=True)
    assert [one for one in ADDRESSES if EPOCH.search(desk.text(one))] == []
    assert desk.updated() == [later] * 4


def test_the_service_of_an_empty_folder_sends_no_date_in_1970(site: Site) -> None:
    site.file.write_text(site.file.read_text() + MINE, encoding="utf-8")
    service = Service(site, "serve", {})
    try:
        service.ready()
        eventually(lambda: service.get("/feed.atom").status_code == 200)
        answers = [service.get(one) for one in [*ADDRESSES, "/status", "/status.json", "/feed"]]
    finally:
        service.stop()
    assert {answer.status_code for answer in answers} == {200}
    shown = [f"{answer.headers} {answer.text}" for answer in answers]
    assert [one for one in shown if EPOCH.search(one)] == []
