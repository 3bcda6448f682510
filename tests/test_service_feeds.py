"""A feed reader's life with the real service: it polls over HTTP while the folder changes."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import feedparser
import pytest
from lxml import etree, html

from tests.site import SEED, Service, Site, eventually

pytestmark = pytest.mark.slow

FEEDS = ("/feed.atom", "/feed.rss")
BASE = "http://feeds.example"
ORIGINAL = "https://paper.example/story?id=1&page=2"
CREATED = "{http://purl.org/dc/terms/}created"


class Desk:
    """A running service, the folder it publishes, and a reader that polls it."""

    def __init__(self, site: Site, service: Service) -> None:
        self.site = site
        self.service = service

    def poll(self, path: str = "/feed.atom", **validators: Any) -> Any:
        """What feedparser makes of a poll with `etag` or `modified`."""
        polled = feedparser.parse(self.service.address + path, **validators)
        assert not polled.bozo, polled.get("bozo_exception")
        return polled

    def poll_anew(self, path: str, before: Any) -> Any:
        """The first poll, by tag, that brings something new."""

        def changed() -> Any:
            polled = self.poll(path, etag=before.etag)
            return polled if polled.status == 200 else None

        return eventually(changed, f"{path} did not change")

    def publish(self, path: str, title: str, **article: Any) -> Path:
        """Write an article and wait until readers have it."""
        file = self.site.write(path, title, **article)
        eventually(lambda: title in titles(self.poll()), f"{title} was not published")
        return file


def titles(polled: Any) -> list[str]:
    return [entry.title for entry in polled.entries]


def ids(polled: Any) -> list[str]:
    return [entry.id for entry in polled.entries]


def path_of(address: str) -> str:
    """The path of an address of the site."""
    assert address.startswith(BASE + "/")
    return address.removeprefix(BASE)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One service for the whole file; each test has articles of its own in it."""
    site = Site(tmp_path_factory.mktemp("desk"))
    site.write("one.txt", "AT&T said 1 < 2 — “twice”", Author="**Zoë Müller**")
    site.write("two.txt", "Two", date="2026-01-03T00:00:00+01:00", Original=f"[Paper]({ORIGINAL})")
    site.write("news/three.txt", "Three", "One & <b>bold</b>.\nAnother.", "2026-01-04T12:00:00Z")
    # its tests bring more than ten old articles a minute, each of which is to be seen
    service = Service(site, "serve", {"PUBLISH__ANNOUNCE_DAYS": 36_500})
    try:
        service.ready()
        yield Desk(site, service)
    finally:
        service.stop()


@pytest.mark.parametrize("path", FEEDS)
def test_a_poll_that_brings_the_tag_or_the_date_finds_nothing_new(desk: Desk, path: str) -> None:
    first = desk.poll(path)
    assert first.status == 200
    assert first.entries
    for validators in ({"etag": first.etag}, {"modified": first.modified}):
        again = desk.poll(path, **validators)
        assert (again.status, again.entries) == (304, [])


@pytest.mark.parametrize("path", FEEDS)
def test_a_new_file_is_one_new_entry_on_top(desk: Desk, path: str) -> None:
    before = desk.poll(path)
    title = f"New in {path}"
    desk.site.write(f"new{path}.txt", title, date="2026-01-01T00:00:00+00:00")  # older than others
    after = desk.poll_anew(path, before)
    assert titles(after) == [title, *titles(before)]
    assert ids(after)[1:] == ids(before)
    assert after.etag != before.etag
    moved = parsedate_to_datetime(after.modified) - parsedate_to_datetime(before.modified)
    assert moved >= timedelta(seconds=1)
    assert desk.poll(path, modified=before.modified).status == 200
    assert desk.poll(path, etag=after.etag).status == 304


@pytest.mark.parametrize("path", FEEDS)
def test_an_edit_keeps_id_and_place_and_moves_updated(desk: Desk, path: str) -> None:
    file, title = f"edited{path}.txt", f"Edited in {path}"
    desk.publish(file, title)
    desk.publish(f"later{path}.txt", f"Later than {title}")
    before = desk.poll(path)
    desk.site.write(file, title, "Another paragraph.")
    after = desk.poll_anew(path, before)
    assert ids(after) == ids(before)
    old, new = (polled.entries[titles(polled).index(title)] for polled in (before, after))
    assert "Another paragraph." in new.content[0].value
    assert new.updated_parsed > old.updated_parsed
    assert (new.published, new.link) == (old.published, old.link)
    assert after.modified_parsed > before.modified_parsed


@pytest.mark.parametrize("path", FEEDS)
def test_a_withdrawn_article_leaves_the_feed_and_its_page_is_gone(desk: Desk, path: str) -> None:
    title = f"Withdrawn from {path}"
    file = desk.publish(f"withdrawn{path}.txt", title)
    before = desk.poll(path)
    page = path_of(before.entries[titles(before).index(title)].link)
    tag = desk.service.get(page).headers["etag"]
    file.unlink()
    after = desk.poll_anew(path, before)
    assert titles(after) == [other for other in titles(before) if other != title]
    assert parsedate_to_datetime(after.modified) > parsedate_to_datetime(before.modified)
    assert desk.service.get(page).status_code == 410
    assert desk.service.get(page, if_none_match=tag).status_code == 410


def test_atom_and_rss_agree(desk: Desk) -> None:
    """The articles of the first import, whose release is their own date in both."""
    told = {}
    for path in FEEDS:
        told[path] = {
            entry.title: (entry.id, entry.link, entry.published_parsed, entry.updated_parsed)
            for entry in desk.poll(path).entries
            if entry.title in ("AT&T said 1 < 2 — “twice”", "Two", "Three")
        }
    assert told["/feed.atom"] == told["/feed.rss"]
    assert list(told["/feed.atom"]) == ["Three", "Two", "AT&T said 1 < 2 — “twice”"]


@pytest.mark.parametrize("path", FEEDS)
def test_an_entry_says_what_its_article_says(desk: Desk, path: str) -> None:
    entries = {entry.title: entry for entry in desk.poll(path).entries}
    one, two, three = (entries[name] for name in ("AT&T said 1 < 2 — “twice”", "Two", "Three"))
    assert one.author == "Zoë Müller"
    assert two.link == ORIGINAL
    assert two.published_parsed[:5] == (2026, 1, 2, 23, 0)
    assert three.content[0].value == "<p>One &amp; &lt;b&gt;bold&lt;/b&gt;.</p>\n<p>Another.</p>"
    assert [tag.term for tag in three.tags] == ["news"]
    assert desk.service.get(path_of(three.link)).status_code == 200


def test_the_index_leads_readers_and_people_to_every_feed(desk: Desk) -> None:
    page = html.fromstring(desk.service.get("/").text)
    found = {
        (link.get("type"), link.get("href"))
        for link in page.iter("link")
        if link.get("rel") == "alternate"
    }
    assert found == {
        ("application/atom+xml", f"{BASE}/feed.atom"),
        ("application/rss+xml", f"{BASE}/feed.rss"),
        ("application/feed+json", f"{BASE}/feed.json"),
    }
    assert {address for _, address in found} <= {link.get("href") for link in page.iter("a")}
    for kind, address in found:
        answer = desk.service.get(path_of(str(address)))
        assert answer.headers["content-type"] == f"{kind}; charset=utf-8"


def test_the_index_and_an_articles_page_are_polled_as_feeds_are(desk: Desk) -> None:
    entry = next(entry for entry in desk.poll().entries if entry.title == "Three")
    for path in ("/", path_of(entry.link)):
        first = desk.service.get(path)
        assert "Three" in first.text
        assert desk.service.get(path, if_none_match=first.headers["etag"]).status_code == 304
        since = first.headers["last-modified"]
        assert desk.service.get(path, if_modified_since=since).status_code == 304


def test_a_pages_policy_lets_in_its_own_style_and_no_script(desk: Desk) -> None:
    answer = desk.service.get("/")
    style = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert len(style) == 1
    digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    rules = answer.headers["content-security-policy"].split("; ")
    assert "default-src 'none'" in rules
    assert f"style-src 'sha256-{digest}'" in rules
    assert not [rule for rule in rules if rule.startswith("script-src")]


def max_age(service: Service, path: str) -> int:
    fresh = service.get(path).headers["cache-control"].split(", ")[0]
    return int(fresh.removeprefix("max-age="))


def test_an_article_held_from_the_first_scan_cuts_every_feed_short(
    site: Site, serve: Callable[..., Service]
) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=200)
    site.write("now.txt", "Now")
    site.write("soon.txt", "Soon", date=soon.isoformat())
    site.scan()
    service = serve("web")
    service.ready()
    for path in ("/", *FEEDS):
        assert 0 < max_age(service, path) <= 200
        assert "Soon" not in service.get(path).text


def test_an_article_held_later_cuts_every_feed_short_and_appears_at_its_moment(desk: Desk) -> None:
    due = datetime.now(UTC) + timedelta(seconds=5)
    before = desk.poll()
    fresh: dict[str, list[int]] = {path: [] for path in FEEDS}  # as seen until it appears
    desk.site.write("held.txt", "Held for a while", date=due.isoformat())

    def appeared() -> Any:
        for path in FEEDS:
            fresh[path].append(max_age(desk.service, path))
        polled = desk.poll(etag=before.etag)
        return polled if polled.status == 200 else None

    after = eventually(appeared, "the held article never appeared")
    assert titles(after) == ["Held for a while", *titles(before)]
    assert datetime.fromisoformat(after.entries[0].updated) == due
    for path in FEEDS:
        assert min(fresh[path]) <= 5, f"no cache of {path} was told of the coming release"


@pytest.mark.parametrize("path", FEEDS)
def test_the_given_article_is_published(desk: Desk, path: str) -> None:
    if not SEED.is_file():
        pytest.skip("the article the project was created from is not here")
    shutil.copy(SEED, desk.site.folder)
    title = "Serbia Russia Military"
    eventually(lambda: title in titles(desk.poll()), "it was not published")
    raw = etree.fromstring(desk.service.get("/feed.rss").content)
    polled = desk.poll(path)
    position = titles(polled).index(title)
    entry = polled.entries[position]
    own = raw.findall("channel/item")[position].findtext(CREATED) if "rss" in path else None
    assert datetime.fromisoformat(own or entry.published) == datetime(
        2019, 11, 6, 15, 6, 57, 0, UTC
    )
    assert entry.author == "DUSAN STOJANOVIC"
    assert entry.link == "https://news.yahoo.com/serbia-set-buy-russian-missiles-130438760.html"
    assert entry.content[0].value.count("<p>") == 11
    assert entry.content[0].value.count("</p>") == 11
