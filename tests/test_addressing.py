"""The site's address in what feeds and pages show: the ledger does not know it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from feedsvc.feeds.addressing import for_feed, for_page
from feedsvc.feeds.publication import feed_document
from feedsvc.feeds.registry import Format, site_feed
from feedsvc.ledger import feed_content
from feedsvc.ledger.migrating import migrate
from feedsvc.ledger.schema import changes
from feedsvc.ledger.store import Store
from feedsvc.model import SITE_ADDRESS, Article, Enclosure, Entry, Original, Person
from tests.feed_cases import CASES, XML, config
from tests.media import NOON, SMALL, Desk, address
from tests.site import CONFIG, Site

BASE = "http://feeds.example"


def entry(**said: object) -> Entry:
    article = Article("a.md", "A title", **{"content": "", **said})  # type: ignore[arg-type]
    return Entry("urn:uuid:1-2", article, NOON, NOON, NOON)


def test_everything_that_leads_into_the_site_has_its_address() -> None:
    given = entry(
        image=f"{SITE_ADDRESS}/media/a.png",
        enclosures=(Enclosure(f"{SITE_ADDRESS}/media/a.mp3"), Enclosure("https://other.example/")),
        original=Original("We", f"{SITE_ADDRESS}/b"),
        authors=(Person("Ann", f"{SITE_ADDRESS}/ann"),),
    )
    for shown in (for_feed(config(), given), for_page(config(), given)):
        article, base = shown.article, "https://feeds.example/news"
        assert article.original
        assert (article.image, article.original.url) == (f"{base}/media/a.png", f"{base}/b")
        assert [one.url for one in article.enclosures] == [
            f"{base}/media/a.mp3",
            "https://other.example/",
        ]
        assert article.authors[0].uri == f"{base}/ann"


@pytest.mark.parametrize("after", [".example/", "x/", ":80/", "-a.example/", "@evil.example/"])
def test_an_address_that_only_begins_like_the_sites_is_kept(after: str) -> None:
    written = f'<p><a href="{SITE_ADDRESS}{after}">x</a></p>'
    assert for_feed(config(), entry(content=written)).article.content == written


@pytest.mark.parametrize("after", ["/", '"', "?a=b", "#c", "", " ", "\n", "<"])
def test_a_whole_address_is_the_sites_whatever_comes_behind_it(after: str) -> None:
    shown = for_page(config(), entry(content=SITE_ADDRESS + after)).article.content
    assert shown == f"https://feeds.example/news{after}"


def test_a_place_in_the_article_is_one_on_its_page_where_a_feed_shows_it() -> None:
    written = '<a id="back" href="#note">1</a> href="#x" &lt;a href="#y"&gt; <i id="note">n</i>'
    given = entry(content=written)
    page = "https://feeds.example/news/articles/1-2"
    shown = for_feed(config(), given).article.content
    assert shown == written.replace('"#note"', f'"{page}#note"')
    assert for_page(config(), given).article.content == written


@pytest.mark.parametrize("form", XML)
def test_no_document_holds_the_address_that_stands_for_the_site(form: Format) -> None:
    body = CASES["linked"].document(form).bodies["identity"].decode()
    kept = re.findall(re.escape(SITE_ADDRESS) + r"[^\s&<\"]*", body)
    assert set(kept) == {f"{SITE_ADDRESS}/", f"{SITE_ADDRESS}.example/", f"{SITE_ADDRESS}:80/"}
    assert kept.count(f"{SITE_ADDRESS}/") == 1  # in the title, which is text


def test_a_new_base_url_is_a_new_document_and_no_edit(tmp_path: Path) -> None:
    site = Site(tmp_path)
    store = Store(site.config().store.url)
    migrate(store)
    desk = Desk(site, store)
    desk.write("p.png", SMALL)
    desk.article("a.md", "p.png")
    desk.scan()
    before = feed_content.newest(store, 9).entries
    for base in ("https://other.example/below/a/path",):
        site.file.write_text(CONFIG.replace(BASE, base), encoding="utf-8")
        desk.scan()
        content, settings = feed_content.newest(store, 9), site.config()
        assert content.entries == before
        shown = feed_document(settings, site_feed(settings), Format.ATOM, content)
        assert f"{base}{address('p.png')}" in shown.bodies["identity"].decode()
    with store.read() as connection:
        kinds = connection.scalars(select(changes.c.kind).order_by(changes.c.sequence)).all()
    store.close()
    assert kinds == ["configured", "imported", "configured"]  # the first for the first scan
