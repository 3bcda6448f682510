"""Sitemaps: what they list, in parts where there are many pages, by an index of the ledger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import event

from feedsvc.feeds import sitemap
from feedsvc.ledger import listing
from feedsvc.ledger.store import Store
from feedsvc.model import Article, Document, Span
from feedsvc.web import sitemaps
from feedsvc.web.builder import DocumentBuilder
from feedsvc.web.routes import parse
from tests.documents import built
from tests.feed_cases import BELOW, FIRST, config, entry
from tests.site import CONFIG, Site
from tests.test_publish import Desk

NS = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "n": "http://www.google.com/schemas/sitemap-news/0.9",
}
BASE = "http://feeds.example"


@pytest.fixture
def desk(site: Site, store: Store) -> Desk:
    return Desk(site, store)


def build(desk: Desk, path: str) -> Document | None:
    return built(DocumentBuilder(desk.site.config(), desk.store), path)


def tree(desk: Desk, path: str = sitemap.SITEMAP) -> etree._Element:
    document = build(desk, path)
    assert document is not None, path
    return etree.fromstring(document.bodies["identity"])


def texts(root: etree._Element, path: str) -> list[str]:
    return [str(one.text) for one in root.iterfind(path, NS)]


def places(root: etree._Element) -> list[str]:
    return [one.removeprefix(BASE) for one in texts(root, ".//s:loc")]


def pages(desk: Desk) -> dict[str, str]:
    """The pages of the articles by their titles, and what they are called in addresses."""
    return {
        one.article.title: "/articles/" + one.id.removeprefix("urn:uuid:")
        for one in desk.content().entries
    }


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> int:
    """How many places a part has; small, so that few articles need several."""
    monkeypatch.setattr(sitemaps, "PART", 4)
    return 4


def write(desk: Desk, *days: int) -> None:
    for day in days:
        desk.site.write(f"a{day}.txt", f"Day {day}", date=f"2026-01-{day:02}T00:00:00Z")


def test_a_small_site_is_one_sitemap_of_all_its_pages(desk: Desk) -> None:
    desk.site.file.write_text(f'{CONFIG}[[feeds]]\nname = "own"\ntitle = "Our own"\n')
    desk.site.write("news/a.txt", "One", Author="**Ann**", date="2026-01-02T03:04:05.6Z")
    desk.scan()
    root = tree(desk)
    assert places(root) == [
        "/",
        "/feeds/own/",
        "/feeds/",
        "/authors/ann/",
        "/sections/news/",
        pages(desk)["One"],
    ]
    assert texts(root, ".//s:lastmod") == ["2026-01-02T03:04:05Z"]


def test_an_articles_lastmod_is_when_the_article_last_changed(desk: Desk) -> None:
    write(desk, 1, 2, 3)
    desk.scan()
    desk.site.write("a2.txt", "Day 2", "Another text.", date="2026-01-02T00:00:00Z")
    (desk.site.folder / "a3.txt").unlink()
    desk.scan()
    edited = f"{desk.time.now:%Y-%m-%dT%H:%M:%SZ}"
    assert texts(tree(desk), ".//s:lastmod") == ["2026-01-01T00:00:00Z", edited]


def test_news_are_the_articles_of_two_days_before_the_newest_release(desk: Desk) -> None:
    write(desk, 1, 4, 5, 6)
    desk.site.file.write_text(CONFIG.replace("[articles]", 'language = "de-CH"\n[articles]'))
    desk.scan()
    root = tree(desk)
    assert texts(root, ".//n:title") == ["Day 4", "Day 5", "Day 6"]
    assert texts(root, ".//n:publication_date")[0] == "2026-01-04T00:00:00Z"
    assert set(texts(root, ".//n:name")) == {"Test & Trial"}
    assert set(texts(root, ".//n:language")) == {"de"}
    desk.site.write("old.txt", "Found in the archive", date="2020-01-01T00:00:00Z")
    desk.scan()
    assert texts(tree(desk), ".//n:title") == [], "it is released now, but is no news"


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en", "en"),
        ("pt-BR", "pt"),
        ("zh", "zh-cn"),
        ("zh-Hant-HK", "zh-tw"),
        ("zh-TW", "zh-tw"),
        ("zh-CN", "zh-cn"),
        ("gsw", "gsw"),
    ],
)
def test_google_news_knows_two_or_three_letters_and_two_kinds_of_chinese(
    tag: str, language: str
) -> None:
    shown = entry(Article("a.txt", "Title", "<p>x</p>", language=tag), FIRST)
    body = sitemap.of_news(config(), [(shown.id, FIRST)], {shown.id: shown})
    assert texts(etree.fromstring(body), ".//n:language") == [language]


def test_addresses_and_titles_are_escaped() -> None:
    shown = entry(Article("a.txt", "<b>AT&T</b>", "<p>x</p>"), FIRST)
    body = sitemap.of_news(config(BELOW), [(shown.id, FIRST)], {shown.id: shown})
    root = etree.fromstring(body)
    assert texts(root, ".//n:title") == ["<b>AT&T</b>"]
    (place,) = texts(root, ".//s:loc")
    assert place.startswith("https://feeds.example/r&d/it's/articles/")


def test_many_pages_come_in_parts_that_an_index_names(desk: Desk, small: int) -> None:
    write(desk, *range(1, 10))
    desk.scan()
    index = tree(desk)
    assert index.tag == f"{{{NS['s']}}}sitemapindex"
    assert places(index) == [
        "/sitemap-slices-1.xml",
        "/sitemap-news.xml",
        "/sitemap-1.xml",
        "/sitemap-2.xml",
        "/sitemap-3.xml",
    ]
    assert texts(index, ".//s:lastmod") == [f"2026-01-{day:02}T00:00:00Z" for day in (4, 8, 9)]
    listed = [
        place for number in (1, 2, 3) for place in places(tree(desk, f"/sitemap-{number}.xml"))
    ]
    assert listed == [pages(desk)[f"Day {day}"] for day in range(1, 10)]
    assert places(tree(desk, "/sitemap-slices-1.xml")) == ["/", "/feeds/"]
    assert texts(tree(desk, sitemap.NEWS), ".//n:title") == ["Day 9", "Day 8", "Day 7"]


def test_a_full_part_stays_as_it_is_when_articles_come(desk: Desk, small: int) -> None:
    write(desk, *range(1, 7))
    desk.scan()
    first, second = (build(desk, f"/sitemap-{number}.xml") for number in (1, 2))
    write(desk, 20, 21)
    desk.scan()
    assert build(desk, "/sitemap-1.xml") == first
    grown = build(desk, "/sitemap-2.xml")
    assert grown is not None
    assert second is not None
    assert (grown.tag != second.tag, grown.modified > second.modified) == (True, True)


@pytest.mark.parametrize("withdrawn", [True, False])
def test_a_part_changes_with_its_articles(desk: Desk, small: int, *, withdrawn: bool) -> None:
    write(desk, *range(1, 7))
    desk.scan()
    before = build(desk, "/sitemap-1.xml")
    if withdrawn:
        (desk.site.folder / "a2.txt").unlink()
    else:
        desk.site.write("a2.txt", "Day 2", "Another text.", date="2026-01-02T00:00:00Z")
    desk.scan()
    after = build(desk, "/sitemap-1.xml")
    assert before is not None
    assert after is not None
    assert (after.tag != before.tag, after.modified > before.modified) == (True, True)


@pytest.mark.parametrize(
    "path", ["/sitemap-9.xml", "/sitemap-slices-9.xml", "/sitemap-999999999.xml"]
)
def test_there_is_no_part_without_a_page(desk: Desk, path: str) -> None:
    write(desk, 1)
    desk.scan()
    assert build(desk, path) is None


@pytest.mark.parametrize("path", ["/sitemap-0.xml", "/sitemap-01.xml", "/sitemap-x.xml"])
def test_parts_have_one_name_each(path: str) -> None:
    assert parse(path) is None


def test_a_part_all_of_whose_articles_are_gone_is_not_named(desk: Desk, small: int) -> None:
    write(desk, *range(1, 7))
    desk.scan()
    for day in range(1, 5):
        (desk.site.folder / f"a{day}.txt").unlink()
    desk.scan()
    assert "/sitemap-1.xml" not in places(tree(desk))
    assert build(desk, "/sitemap-1.xml") is None


def test_robots_may_read_everything_and_learn_where_the_sitemap_is(desk: Desk) -> None:
    write(desk, 1)
    desk.scan()
    document = build(desk, sitemap.ROBOTS)
    assert document is not None
    assert document.media_type == "text/plain; charset=utf-8"
    assert document.bodies["identity"].decode().splitlines() == [
        "User-agent: *",
        "Disallow:",
        "",
        f"Sitemap: {BASE}/sitemap.xml",
    ]


@pytest.fixture
def statements(tmp_path: Path, sqlite: Path) -> Iterator[tuple[Store, list[tuple[str, Any]]]]:
    """A ledger in SQLite, and the queries that it gets."""
    store = Store(f"sqlite:///{sqlite}")
    seen: list[tuple[str, Any]] = []

    @event.listens_for(store.engine, "before_cursor_execute")
    def _note(_connection: Any, _cursor: Any, text: str, values: Any, *_rest: Any) -> None:
        seen.append((text, values))

    yield store, seen
    store.close()


def test_listing_uses_an_index_and_reads_no_text(
    statements: tuple[Store, list[tuple[str, Any]]],
) -> None:
    store, seen = statements
    listing.extent(store)
    listing.pages(store, Span(1, 10_000))
    listing.parts(store, 10_000)
    listing.living_collections(store, Span(1, 10_000))
    with store.read() as connection:  # what `news` asks once there is a release
        connection.execute(listing.newest_since(0, 10))
    queries = [one for one in seen if one[0].startswith("SELECT")]
    assert len(queries) >= 6
    for text, values in queries:
        assert not re.search(r"entries\.(content|summary)", text)
        with store.read() as connection:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all()
        tables = [row[3] for row in plan if " entries" in row[3] or " places" in row[3]]
        assert not [step for step in tables if step.startswith("SCAN")], text


def test_news_are_no_more_than_search_engines_take(desk: Desk) -> None:
    write(desk, 1, 2, 3)
    desk.scan()
    found = listing.news(desk.store, timedelta(days=9), 2)
    assert [one.article.title for one in found] == ["Day 3", "Day 2"]
    assert found[0].article.content == ""
