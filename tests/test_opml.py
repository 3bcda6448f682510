"""The list of all feeds as OPML: what it names, and that every reader of XML can read it."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime

import pytest
from lxml import etree

from feedsvc.config import Config, FeedTable
from feedsvc.feeds import opml
from feedsvc.ledger.store import Store
from feedsvc.model import Collection, CollectionKind
from feedsvc.web.builder import DocumentBuilder
from tests.documents import built
from tests.feed_cases import BELOW, FIRST, config
from tests.site import CONFIG, Site
from tests.test_publish import Desk

OUTLINE = ("text", "title", "xmlUrl", "htmlUrl")


@pytest.fixture
def desk(site: Site, store: Store) -> Desk:
    return Desk(site, store)


def read(body: bytes) -> etree._Element:
    return etree.fromstring(body)


def written(
    settings: Config, *collections: tuple[CollectionKind, str, str], at: datetime = FIRST
) -> etree._Element:
    return read(opml.written(settings, [(Collection(*one), 1) for one in collections], at))


def test_collections_are_listed_below_their_kind() -> None:
    body = written(
        config(),
        (CollectionKind.SECTION, "world/asia", "world/asia"),
        (CollectionKind.AUTHOR, "zoë", "Zoë"),
        (CollectionKind.AUTHOR, "ben", "Ben"),
        (CollectionKind.CONFIGURED, "forgotten", "Forgotten"),
    ).find("body")
    assert body is not None
    top = [(one.get("text"), len(one)) for one in body]
    assert top == [("Test & Trial", 0), ("Sections", 1), ("Authors", 2)]
    base = "https://feeds.example/news"
    assert [one.get("xmlUrl") for one in body.iter("outline") if one.get("type")] == [
        f"{base}/feed.atom",
        f"{base}/sections/world/asia/feed.atom",
        f"{base}/authors/zo%C3%AB/feed.atom",
        f"{base}/authors/ben/feed.atom",
    ]


def test_every_feed_has_all_that_a_reader_wants_to_know() -> None:
    listed = written(config(), (CollectionKind.TAG, "a", "A")).iterfind(".//outline[@type]")
    for one in listed:
        assert one.get("type") == "rss"
        assert all(one.get(name) for name in OUTLINE)
        assert one.get("text") == one.get("title")


def test_the_head_says_whose_list_it_is_and_when_it_changed() -> None:
    root = written(config())
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert root.findtext("head/title") == "Test & Trial"
    assert root.findtext("head/docs") == opml.SPECIFICATION
    assert parsedate_to_datetime(root.findtext("head/dateModified") or "") == FIRST


def test_what_xml_would_take_for_its_own_reads_back_as_it_was() -> None:
    name = """<b> & "quotes" & 'these' ]]>"""
    one = written(config(BELOW), (CollectionKind.TAG, "b-and-c", name)).find(".//outline/outline")
    assert one is not None
    assert one.get("text") == f"Below a path – Tag: {name}"
    assert one.get("xmlUrl") == "https://feeds.example/r&d/it's/tags/b-and-c/feed.atom"


def test_no_two_feeds_have_one_title() -> None:
    tables = (
        FeedTable(name="a", title="News"),
        FeedTable(name="b", title="News"),
        FeedTable(name="c", title="News (a)"),
        FeedTable(name="d", title="Test & Trial"),
        FeedTable(name="e", title="Test & Trial – Tag: News"),
        FeedTable(name="f", title="Other news"),
    )
    kinds = CollectionKind.SECTION, CollectionKind.AUTHOR, CollectionKind.TAG, CollectionKind.SOURCE
    settings = config().model_copy(update={"feeds": tables})
    listed = written(settings, *((kind, "news", "News") for kind in kinds))
    titles = [one.get("title") for one in listed.iterfind(".//outline[@type]")]
    assert titles == [
        "Test & Trial",
        "News (a)",
        "News (b)",
        "News (a) (c)",
        "Test & Trial (d)",
        "Test & Trial – Tag: News (e)",
        "Other news",
        "Test & Trial – Section: News",
        "Test & Trial – Author: News",
        "Test & Trial – Tag: News",
        "Test & Trial – Source: News",
    ]


def test_a_title_does_not_depend_on_what_else_there_is(desk: Desk) -> None:
    desk.site.write("news/a.txt", title="A")
    desk.scan()
    builder = DocumentBuilder(desk.site.config(), desk.store)
    first = built(builder, "/sections/news/feed.atom")
    (desk.site.folder / "b.md").write_text("---\ntitle: B\ntags: [news]\n---\nText.\n")
    desk.scan()
    assert built(builder, "/tags/news/feed.atom")
    second = built(builder, "/sections/news/feed.atom")
    assert first is not None
    assert second is not None
    assert (first.tag, first.modified) == (second.tag, second.modified)
    assert b"<title>Test &amp; Trial \xe2\x80\x93 Section: news</title>" in first.bodies["identity"]


def test_the_list_follows_the_ledger(desk: Desk) -> None:
    desk.site.file.write_text(f'{CONFIG}[[feeds]]\nname = "own"\ntitle = "Our own"\n')
    file = desk.site.write("news/a.txt", Author="**Ann**")
    desk.site.write("b.txt", Author="**Ben**", date="2026-01-03T00:00:00Z")
    desk.scan()
    first = built(DocumentBuilder(desk.site.config(), desk.store), opml.OPML)
    assert first is not None
    root = read(first.bodies["identity"])
    names = [one.get("text") for one in root.iterfind(".//outline[@type]")]
    own = "Test & Trial – "
    people = [f"{own}Author: Ann", f"{own}Author: Ben"]
    assert names == ["Test & Trial", "Our own", f"{own}Section: news", *people]
    # by the articles' own dates as long as there is only the first import
    assert root.findtext("head/dateModified") == "Sat, 03 Jan 2026 00:00:00 +0000"
    file.unlink()
    desk.scan()
    second = built(DocumentBuilder(desk.site.config(), desk.store), opml.OPML)
    assert second is not None
    root = read(second.bodies["identity"])
    names = [one.get("text") for one in root.iterfind(".//outline[@type]")]
    assert names == ["Test & Trial", "Our own", people[1]]
    moment = int(desk.time.now.timestamp())
    assert second.modified == moment > first.modified
    told = parsedate_to_datetime(root.findtext("head/dateModified") or "")
    assert told.timestamp() == moment
