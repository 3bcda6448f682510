"""Feeds of sections, authors, tags, sources and of the operator's own choice."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, event, select

from benchmarks.filling import Filling, article
from feedsvc.config import Config
from feedsvc.feeds.classification import Classifier
from feedsvc.feeds.slugs import LONGEST, in_path, section_slug, slug
from feedsvc.ledger import feed_content
from feedsvc.ledger.schema import facts, metadata, places, slices
from feedsvc.ledger.store import Store
from feedsvc.model import Article, CollectionKind, Original, Person
from feedsvc.scan import run
from feedsvc.scan.run import Clock, Publisher, Request
from feedsvc.web.builder import DocumentBuilder
from feedsvc.web.routes import Gone, MovedPermanently, Route, parse
from tests.documents import built
from tests.site import Site

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Desk:
    """A folder that is scanned, and what is served of it."""

    def __init__(self, site: Site, store: Store) -> None:
        self.site, self.store, self.now = site, store, NOON

    def turn(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @property
    def config(self) -> Config:
        return self.site.config()

    def note(self, path: str, title: str, body: str = "Text.", **keys: object) -> None:
        """Write an article with a front matter."""
        keys = {"title": title, "date": "2026-01-02T03:04:05Z"} | keys
        lines = [f"{key}: {json.dumps(value)}" for key, value in keys.items()]
        file = self.site.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(["---", *lines, "---", "", body, ""]), encoding="utf-8")

    def scan(self) -> None:
        self.turn(60)
        clock = Clock(now=lambda: self.now, sleep=self.turn)
        run.scan(Publisher(self.store, self.config, clock), Request(allow_empty=True))

    def titles(self, path: str) -> list[str]:
        """Those in a feed, the newest first."""
        document = built(DocumentBuilder(self.config, self.store), path + ".json")
        assert document is not None, path
        return [item["title"] for item in json.loads(document.bodies["identity"])["items"]]

    def set(self, lines: str) -> None:
        self.site.file.write_text(self.site.file.read_text() + lines, encoding="utf-8")


@pytest.fixture
def desk(site: Site, store: Store) -> Desk:
    """On SQLite and on PostgreSQL in turn."""
    return Desk(site, store)


@pytest.fixture
def small(site: Site, sqlite: Path) -> Iterator[Desk]:
    store = Store(f"sqlite:///{shutil.copy(sqlite, site.base / 'ledger.db')}")
    yield Desk(site, store)
    store.close()


# Names in addresses


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Web Feeds", "web-feeds"),
        ("  web --- feeds ", "web-feeds"),
        ("C", "c"),
        ("C++", "c++"),
        ("C#", "c-sharp"),
        ("AT&T", "at-and-t"),
        ("O'Neil, Jane", "o-neil-jane"),
        ("Straße", "strasse"),
        ("Müller", "müller"),
        ("Mu\u0308ller", "müller"),
        ("東京", "東京"),
        ("Россия", "россия"),
        ("हिन्दी", "हिन्दी"),
        ("🚀 launches", "🚀-launches"),
        ("../../etc/passwd", "slash-slash-etc-slash-passwd"),
        ("100 %", "100-percent"),
    ],
)
def test_a_name_is_readable_in_an_address(name: str, expected: str) -> None:
    assert slug(name) == expected
    assert slug(expected) in (expected, expected.replace("+", "+"))


@pytest.mark.parametrize("name", ["!!!", "…", "“”", ".", "..", "\u200d"])
def test_a_name_without_letters_has_an_address_too(name: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{8}", slug(name))


def test_names_that_differ_in_signs_alone_have_different_addresses() -> None:
    assert len({slug(name) for name in ("C", "C++", "C#", "!!!", "???", "%")}) == 6


def test_a_long_name_is_cut_and_stays_unique() -> None:
    one, two = slug("word " * 100), slug("word " * 99)
    assert one != two
    assert len(one) <= LONGEST + 9


def test_an_address_is_written_as_the_standard_wants() -> None:
    assert in_path(section_slug("Nachrichten/Köln & Bonn")) == "nachrichten/k%C3%B6ln-and-bonn"


# Which feeds an article is in


def test_an_article_is_in_the_feeds_of_all_that_it_names(desk: Desk) -> None:
    desk.note(
        "news/europe/a.md",
        "A",
        authors=["Ann Example", "Bob O'Neil"],
        tags=["Web Feeds", "C++"],
        original={"source": "The Paper", "url": "https://paper.example/1"},
    )
    desk.note("news/b.md", "B", tags=["web-feeds"])
    desk.scan()
    assert desk.titles("/feed") == ["A", "B"]
    assert desk.titles("/sections/news/feed") == ["A", "B"]
    assert desk.titles("/sections/news/europe/feed") == ["A"]
    assert desk.titles("/authors/ann-example/feed") == ["A"]
    assert desk.titles("/authors/bob-o-neil/feed") == ["A"]
    assert desk.titles("/tags/web-feeds/feed") == ["A", "B"]
    assert desk.titles("/tags/c++/feed") == ["A"]
    assert desk.titles("/sources/the-paper/feed") == ["A"]


def test_an_edit_takes_an_article_from_one_feed_to_another_and_back(desk: Desk) -> None:
    desk.note("a.md", "A", tags=["one"])
    desk.note("b.md", "B", tags=["one", "two"])
    desk.scan()
    desk.note("a.md", "A", tags=["two"])
    desk.scan()
    assert (desk.titles("/tags/one/feed"), desk.titles("/tags/two/feed")) == (["B"], ["A", "B"])
    desk.note("a.md", "A", tags=["one"])
    desk.scan()
    assert (desk.titles("/tags/one/feed"), desk.titles("/tags/two/feed")) == (["B", "A"], ["B"])


def test_a_feed_whose_articles_were_retagged_is_an_empty_feed(desk: Desk) -> None:
    """It stays one when these articles are withdrawn later."""
    desk.note("a.md", "A", tags=["one"])
    desk.note("b.md", "B")
    desk.scan()
    desk.note("a.md", "A", tags=["two"])
    desk.scan()
    assert desk.titles("/tags/one/feed") == []
    (desk.site.folder / "a.md").unlink()
    desk.scan()
    assert desk.titles("/tags/one/feed") == []
    assert is_gone(desk, "/tags/two/feed.json")
    assert built(DocumentBuilder(desk.config, desk.store), "/tags/never/feed.json") is None


OF_ONE_ENTRY = [
    "/sections/news/",
    "/sections/news/europe/",
    "/authors/ann/",
    "/tags/one/",
    "/sources/the-paper/",
]


def one_of_a_kind(desk: Desk, path: str = "news/europe/a.md") -> None:
    """Write the only article with this section, author, tag and source."""
    paper = {"source": "The Paper", "url": "https://paper.example/1"}
    desk.note(path, "A", authors=["Ann"], tags=["one"], original=paper)


def route_of(path: str, accept: str | None = None) -> Route:
    """The route of a path that may have a document."""
    route = parse(path, accept=accept)
    assert route, path
    return route


def is_gone(desk: Desk, route: Route | str) -> bool:
    route = route_of(route) if isinstance(route, str) else route
    try:
        DocumentBuilder(desk.config, desk.store).build(route)
    except Gone:
        return True
    return False


def test_a_collection_of_withdrawn_articles_is_gone_and_comes_back_with_one_of_them(
    desk: Desk,
) -> None:
    """With its page, its feeds in all formats, the negotiated one, archives and deltas."""
    desk.set("[feed]\nentries = 1\n")
    one_of_a_kind(desk)
    one_of_a_kind(desk, "news/europe/b.md")
    desk.note("c.md", "C")
    desk.scan()
    names = ("", "feed.atom", "feed.rss", "feed.json", "feed-1-1.atom")
    routes = [route_of(home + name) for home in OF_ONE_ENTRY for name in names]
    routes += [route_of(home.rstrip("/")) for home in OF_ONE_ENTRY]
    routes += [route_of(f"{home}feed", "application/rss+xml") for home in OF_ONE_ENTRY]
    routes += [route_of(f"{home}feed.atom")._replace(since=1) for home in OF_ONE_ENTRY]
    (desk.site.folder / "news/europe/b.md").unlink()
    desk.scan()
    assert not any(is_gone(desk, f"{home}feed.json") for home in OF_ONE_ENTRY)
    (desk.site.folder / "news/europe/a.md").unlink()
    desk.scan()
    assert [route for route in routes if not is_gone(desk, route)] == []
    assert not is_gone(desk, "/")
    one_of_a_kind(desk)
    desk.scan()
    assert [desk.titles(f"{home}feed") for home in OF_ONE_ENTRY] == [["A"]] * len(OF_ONE_ENTRY)


def test_a_collection_of_drafts_is_gone(small: Desk) -> None:
    """An article that becomes a draft is withdrawn."""
    small.note("a.md", "A", tags=["one"])
    small.note("b.md", "B")
    small.scan()
    small.note("a.md", "A", tags=["one"], draft=True)
    small.scan()
    assert is_gone(small, "/tags/one/")


def test_a_collection_is_gone_only_if_all_its_articles_were_withdrawn(small: Desk) -> None:
    small.note("a.md", "A", tags=["one"])
    small.note("b.md", "B", body="Other text.", tags=["one"])
    small.note("c.md", "C")
    small.scan()
    (small.site.folder / "a.md").unlink()
    small.note("b.md", "B", body="Other text.")
    small.scan()
    assert small.titles("/tags/one/feed") == []


def test_the_site_and_a_configured_feed_outlive_their_last_article(desk: Desk) -> None:
    desk.set('[[feeds]]\nname = "mine"\ntitle = "Mine"\ntag = "one"\n')
    one_of_a_kind(desk)
    desk.scan()
    (desk.site.folder / "news/europe/a.md").unlink()
    desk.scan()
    assert (desk.titles("/feed"), desk.titles("/feeds/mine/feed")) == ([], [])
    assert is_gone(desk, "/tags/one/")


def test_what_is_held_is_in_no_feed_and_makes_none_before_its_date(desk: Desk) -> None:
    desk.note("a.md", "A")
    desk.note("b.md", "B", tags=["secret"], date="2026-06-02T00:00:00Z")
    desk.scan()
    builder = DocumentBuilder(desk.config, desk.store)
    assert built(builder, "/tags/secret/feed.json") is None
    desk.turn(24 * 60 * 60)
    desk.scan()
    assert desk.titles("/tags/secret/feed") == ["B"]


def test_a_change_of_one_collection_leaves_the_bytes_and_the_date_of_another(desk: Desk) -> None:
    desk.note("a.md", "A", tags=["one"])
    desk.note("b.md", "B", tags=["two"])
    desk.scan()
    builder = DocumentBuilder(desk.config, desk.store)
    before = built(builder, "/tags/one/feed.atom")
    desk.note("b.md", "B, edited", tags=["two"])
    desk.note("c.md", "C", tags=["two"])
    desk.scan()
    after = built(builder, "/tags/one/feed.atom")
    assert before
    assert after
    assert (before.tag, before.modified) == (after.tag, after.modified)


def test_a_page_tells_of_no_withdrawal_from_an_archive(small: Desk) -> None:
    """What it shows stays, and so does its date; a withdrawal from it counts."""
    small.set("[feed]\nentries = 1\n")
    builder = DocumentBuilder(small.config, small.store)
    for day in (1, 2, 3):
        small.note(f"a{day}.md", f"A{day}", date=f"2026-01-0{day}")
    small.scan()
    told = []
    for gone in ("a1.md", "a3.md"):
        (small.site.folder / gone).unlink()
        small.scan()
        page = built(builder, "/")
        assert page
        told.append((page.tag, page.modified))
    first, second = told
    assert first[1] == int(NOON.timestamp()) + 60
    assert first[0] != second[0]
    assert second[1] == first[1] + 120


def test_the_list_of_feeds_is_newer_with_every_change_of_it(small: Desk) -> None:
    """Also where what changed is in no subscription document any more."""
    small.set("[feed]\nentries = 1\n")
    builder = DocumentBuilder(small.config, small.store)
    small.note("a.md", "A", tags=["one"])
    small.note("b.md", "B", date="2026-01-03")
    small.scan()
    before = built(builder, "/feeds/")
    small.note("a.md", "A", tags=["two"])
    small.scan()
    after = built(builder, "/feeds/")
    assert before
    assert after
    assert before.tag != after.tag
    assert before.modified < after.modified


def test_the_ids_of_feeds_are_their_own_and_stay(small: Desk) -> None:
    small.note("news/a.md", "A", tags=["news"], authors=["News"])
    small.scan()
    builder = DocumentBuilder(small.config, small.store)
    found = set()
    for path in ("", "/sections/news", "/tags/news", "/authors/news"):
        document = built(builder, f"{path}/feed.atom")
        assert document
        found.add(re.search(r"<id>([^<]*)", document.bodies["identity"].decode())[1])  # type: ignore[index]
    assert len(found) == 4


# Sections that move, and feeds that go


def moved(desk: Desk, path: str) -> str:
    with pytest.raises(MovedPermanently) as told:
        built(DocumentBuilder(desk.config, desk.store), path)
    return told.value.address


def test_a_renamed_section_leads_to_its_new_name(desk: Desk) -> None:
    desk.note("news/europe/a.md", "A")
    desk.note("news/b.md", "B")
    desk.note("c.md", "C")
    desk.scan()
    (desk.site.folder / "news").rename(desk.site.folder / "world")
    desk.scan()
    base = "http://feeds.example/sections"
    assert moved(desk, "/sections/news/feed.atom") == f"{base}/world/feed.atom"
    assert moved(desk, "/sections/news/feed") == f"{base}/world/feed"
    assert moved(desk, "/sections/news/") == f"{base}/world/"
    assert moved(desk, "/sections/news/europe/feed.rss") == f"{base}/world/europe/feed.rss"
    assert moved(desk, "/sections/news/feed-1-50.json") == f"{base}/world/feed.json"
    assert desk.titles("/sections/world/feed") == ["A", "B"]
    desk.note("news/d.md", "D")
    desk.scan()
    assert desk.titles("/sections/news/feed") == ["D"]


def test_a_section_whose_articles_part_leads_nowhere(small: Desk) -> None:
    small.note("news/a.md", "A")
    small.note("news/b.md", "B", body="Other text.")
    small.scan()
    for name, folder in (("a.md", "one"), ("b.md", "two")):
        (small.site.folder / folder).mkdir()
        (small.site.folder / "news" / name).rename(small.site.folder / folder / name)
    small.scan()
    assert small.titles("/sections/news/feed") == []


def test_a_page_without_its_slash_leads_to_the_page(small: Desk) -> None:
    small.note("news/a.md", "A", tags=["Ä"])
    small.scan()
    assert moved(small, "/sections/news") == "http://feeds.example/sections/news/"
    assert moved(small, "/tags/ä") == "http://feeds.example/tags/%C3%A4/"


def test_a_configured_feed_is_there_before_its_first_entry_and_gone_with_its_table(
    desk: Desk,
) -> None:
    desk.note("a.md", "A", tags=["one"])
    desk.scan()
    before = desk.site.file.read_text()
    desk.set('[[feeds]]\nname = "mine"\ntitle = "Mine"\ntag = "two"\n')
    desk.scan()
    assert desk.titles("/feeds/mine/feed") == []
    assert feed_content.newest(desk.store, 9, CollectionKind.CONFIGURED, "mine").updated >= NOON
    desk.note("b.md", "B", tags=["two"])
    desk.scan()
    assert desk.titles("/feeds/mine/feed") == ["B"]
    desk.site.file.write_text(before)
    desk.scan()
    with pytest.raises(Gone):
        built(DocumentBuilder(desk.config, desk.store), "/feeds/mine/feed.json")


def test_a_new_filter_sorts_what_is_there_anew(desk: Desk) -> None:
    desk.note("a.md", "A", body="All about feeds.", tags=["one"])
    desk.note("b.md", "B", body="Nothing.", tags=["two"])
    desk.set('[[feeds]]\nname = "mine"\ntitle = "Mine"\ntag = "one"\n')
    desk.scan()
    assert desk.titles("/feeds/mine/feed") == ["A"]
    words = desk.site.file.read_text()
    desk.site.file.write_text(words.replace('tag = "one"', 'not = { match = "about" }'))
    desk.scan()
    assert desk.titles("/feeds/mine/feed") == ["B"]


# Filters


ARTICLE = Article(
    path="news/europe/a.md",
    title="Memory safety",
    content='<p>What the “borrow checker” is <a href="https://x.example/hidden">for</a>.</p>',
    published=datetime(2026, 3, 1, tzinfo=UTC),
    authors=(Person("Ann Example"),),
    tags=("Rust", "Compilers"),
    original=Original("The Paper", "https://paper.example/1"),
    language="en-GB",
)


@pytest.mark.parametrize(
    ("keys", "takes"),
    [
        ("", True),
        ('section = "news"', True),
        ('section = "/news/europe/"', True),
        ('section = "new"', False),
        ('section = ["sport", "news"]', True),
        ('author = "ann example"', True),
        ('author = "Ann"', False),
        ('tag = ["go", "RUST"]', True),
        ('tag = "rust"\nauthor = "Bob"', False),
        ('source = "the paper"', True),
        ('language = "en"', True),
        ('language = "en-gb"', True),
        ('language = "en-US"', False),
        ('language = "e"', False),
        ('match = "memory"', True),
        ('match = "borrow MEMORY"', True),
        ("match = '\"borrow checker\"'", True),
        ("match = '\"checker borrow\"'", False),
        ("match = '\"safety what\"'", True),  # the title and the text follow one another
        ('match = "borro"', False),
        ('match = "hidden"', False),
        ('match = "memory & safety"', True),  # what is no word is not looked for
        ('match = "&"', False),
        ('match = ["nothing", "checker"]', True),
        ("since = 2026-03-01", True),
        ("since = 2026-03-02", False),
        ('not = { tag = "rust" }', False),
        ('not = { tag = "go", author = "Ann Example" }', False),
        ('not = { tag = "go", match = "memory leak" }', True),
        ('tag = "rust"\nnot = { since = 2026-01-01 }', False),
        ('tag = "rust"\nnot = { section = "news/asia" }', True),
    ],
)
def test_a_filter_takes_what_it_names(site: Site, keys: str, takes: bool) -> None:
    table = f'[[feeds]]\nname = "mine"\ntitle = "Mine"\n{keys}\n'
    site.file.write_text(site.file.read_text() + table, encoding="utf-8")
    found = Classifier(site.config())(ARTICLE)
    assert (CollectionKind.CONFIGURED in {one.kind for one in found}) is takes


# Many of them


def plans(engine: Engine, store: Store, builder: DocumentBuilder, path: str) -> list[str]:
    """What SQLite says of how it finds what a document shows."""
    asked: list[tuple[str, object]] = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(_c: object, _cursor: object, text: str, values: object, *_: object) -> None:
        asked.append((text, values))

    assert built(builder, path)
    event.remove(engine, "before_cursor_execute", note)
    with store.read() as connection:
        told = []
        for text, values in asked:
            if text.lstrip().upper().startswith("SELECT"):
                explained = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)  # type: ignore[arg-type]
                told += [str(row[-1]) for row in explained]
    return told


def test_a_feed_is_found_by_indexes_alone(small: Desk) -> None:
    Filling(small.config, small.store).fill(article(number, 200) for number in range(6_000))
    builder = DocumentBuilder(small.config, small.store)
    for path in (
        "/feed.atom",
        "/authors/author-7/feed.atom",
        "/tags/tag-7/feed.rss",
        "/tags/theme-7/feed-1-50.json",
        "/sections/part-1/feed.json",
        "/authors/author-7/",
    ):
        told = plans(small.store.engine, small.store, builder, path)
        assert any("places USING PRIMARY KEY (slice=?" in one for one in told), told
        for one in told:
            assert not any(one.startswith(f"SCAN {table}") for table in metadata.tables), told
            assert "TEMP B-TREE" not in one, told


def test_thousands_of_collections_are_rows_and_no_documents(small: Desk) -> None:
    Filling(small.config, small.store).fill(article(number, 4_001) for number in range(4_000))
    with small.store.read() as connection:
        many = connection.execute(select(slices.c.living)).scalars().all()
        given = connection.execute(select(places.c.slice)).scalars().all()
    assert len(many) > 4_000
    assert sum(many) == len(given)


# What a Last-Modified is worth


def test_what_comes_back_to_an_archive_takes_its_tombstone_away_and_moves_the_date(
    desk: Desk,
) -> None:
    desk.set("[feed]\nentries = 2\n")
    for number in range(5):
        desk.note(f"{number}.md", f"No {number}", date=f"2026-01-0{number + 1}T00:00:00Z")
    desk.scan()
    builder = DocumentBuilder(desk.config, desk.store)
    oldest = desk.site.folder / "0.md"
    data = oldest.read_bytes()
    seen = [built(builder, "/feed.atom")]
    for change in (oldest.unlink, lambda: oldest.write_bytes(data)):
        change()
        desk.scan()
        seen.append(built(builder, "/feed.atom"))
    told = [one.bodies["identity"].count(b"deleted-entry") for one in seen if one]
    assert told == [0, 1, 0]
    dates = [one.modified for one in seen if one]
    assert dates == sorted(set(dates))


def test_a_clock_set_back_sets_back_no_date_though_only_held_articles_came(small: Desk) -> None:
    small.note("a.md", "A")
    small.scan()
    builder = DocumentBuilder(small.config, small.store)
    before = built(builder, "/feeds.opml")
    small.turn(-3600)
    small.note("held.md", "Held", date="2030-01-01T00:00:00Z")
    small.scan()
    small.note("b.md", "B", tags=["one"])
    small.scan()
    after = built(builder, "/feeds.opml")
    assert before
    assert after
    assert after.modified > before.modified


def test_what_is_held_changes_the_journal_in_a_second_of_its_own(small: Desk) -> None:
    small.note("a.md", "A")
    small.scan()
    builder = DocumentBuilder(small.config, small.store)
    seen = []
    for number in range(3):
        small.turn(-60)  # which the next scan makes up for
        small.note(f"held-{number}.md", f"Held {number}", date="2030-01-01T00:00:00Z")
        small.scan()
        seen.append(built(builder, "/changes.json?after=0"))
    assert len({one.tag for one in seen if one}) == 3
    assert len({one.modified for one in seen if one}) == 3


def test_a_new_feed_holds_what_came_with_it_above_what_was_there(desk: Desk) -> None:
    for number in range(3):
        desk.note(f"{number}.md", f"No {number}", date=f"2026-01-0{number + 1}T00:00:00Z")
    desk.scan()
    desk.set('[[feeds]]\nname = "mine"\ntitle = "Mine"\n')
    desk.note("new.md", "New")
    (desk.site.folder / "1.md").unlink()
    desk.scan()
    assert desk.titles("/feeds/mine/feed") == desk.titles("/feed") == ["New", "No 2", "No 0"]


def test_an_older_ledger_serves_no_feed_before_a_scan_fills_its_collections(
    desk: Desk,
) -> None:
    desk.note("a.md", "A")
    desk.scan()
    with desk.store.write() as connection:  # as the migration leaves it
        for table in (places, slices):
            connection.execute(delete(table))
        connection.execute(delete(facts).where(facts.c.name == "slices"))
    assert feed_content.revision(desk.store).sequence == 0
    desk.scan()
    assert desk.titles("/feed") == ["A"]
    assert feed_content.revision(desk.store).sequence > 1
