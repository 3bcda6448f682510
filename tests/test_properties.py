"""Whatever an article says is read back from its feeds, and whatever a file holds is survived."""

from __future__ import annotations

import shutil
import tempfile
from calendar import timegm
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from feedsvc.addresses import is_web_address, to_uri
from feedsvc.articles.content import is_visible, one_line, paragraphs, xml_text
from feedsvc.feeds.addressing import entry_link
from feedsvc.feeds.catalogue import Format, site_feed
from feedsvc.feeds.publication import feed_document
from feedsvc.ledger import editions
from feedsvc.ledger.store import Store
from feedsvc.model import Article, Original, Person
from tests.editions import XML, Case, config, edition, entry
from tests.site import CONFIG, Site
from tests.test_folder_life import Life

HARD = (
    *("AT&T", "<b>x</b>", "]]>", "1 < 2", "&lt;", "&amp;amp;", "&#65;", "<!--", "-->", "<?x?>"),
    *("\U0001f600", "👩‍👩‍👧", "שלום", "\u202eevil", "é", "e\u0301", "\u00a0", "\ufeff"),
    *("'", '"', "\\", "\t", "\n", "{{ x }}", "%s", "<", ">", "&", " ", "a", "\x7f", "\u2028"),
)
# feedparser takes U+0080 to U+009F for characters of windows-1252, as browsers do
C1 = "".join(map(chr, range(0x80, 0xA0)))
characters = st.characters(exclude_categories=["Cs"], exclude_characters=C1)
words = st.lists(st.one_of(st.sampled_from(HARD), characters), min_size=1, max_size=12)


def readers_text(parts: list[str]) -> str:
    """As every reader of ours gives it: XML's characters on one line."""
    return one_line(xml_text("".join(parts)))


def survives_strip(text: str) -> bool:
    """feedparser strips what Python takes for white space, XML and HTML keep it."""
    return is_visible(text) and text == text.strip()


lines = words.map(readers_text).filter(survives_strip)
MOMENTS = st.datetimes(
    datetime(1970, 1, 1),  # noqa: DTZ001 - hypothesis wants the limits without a zone
    datetime(2199, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def is_path(text: str) -> bool:
    """Whether it can end an address; feedparser takes `&lt;` in one for a sign in RSS."""
    return ";" not in text and is_web_address(f"http://news.example/{text}")


addresses = st.builds(
    lambda scheme, host, path: to_uri(f"{scheme}://{host}/{path}"),
    st.sampled_from(["http", "https"]),
    st.sampled_from(["news.example", "münchen.example", "news.example:8080", "[::1]"]),
    words.map("".join).filter(is_path),
)
people = st.builds(
    Person,
    name=lines,
    uri=st.sampled_from(["", "https://ann.example/?a=b&c=d"]),
    email=st.sampled_from(["", "ann@example.com"]),
)
articles = st.builds(
    Article,
    path=st.sampled_from(["a.txt", "news/a.txt", "world & more/<x>/a.txt"]),
    title=lines,
    content=st.lists(words.map(readers_text), max_size=3).map(paragraphs),
    summary=st.one_of(st.just(""), lines),
    authors=st.lists(people, max_size=3).map(tuple),
    tags=st.lists(lines, max_size=4).map(tuple),
    original=st.one_of(st.none(), st.builds(Original, st.one_of(st.just(""), lines), addresses)),
    language=st.sampled_from(["", "de", "zh-Hant"]),
)


def parsed(case: Case, form: Format) -> Any:
    """The document's only entry as feedparser reads it, and as XML."""
    document = case.document(form)
    body = document.bodies["identity"]
    told = feedparser.parse(
        body,
        response_headers={"content-type": document.media_type},
        sanitize_html=False,  # in RSS it writes a title that looks like HTML anew, `&` as `&amp;`
        resolve_relative_uris=False,
    )
    assert not told.bozo, told.get("bozo_exception")
    [item] = told.entries
    return item, etree.fromstring(body)


@pytest.mark.parametrize("form", XML)
@settings(max_examples=100, deadline=None, derandomize=True)
@given(article=articles, released=MOMENTS, later=st.timedeltas(timedelta(0), timedelta(days=99)))
def test_any_article_is_read_back_with_its_title_link_dates_and_categories(
    form: Format, article: Article, released: datetime, later: timedelta
) -> None:
    case = Case(config(), edition(entry(article, released, released + later)))
    [shown] = case.edition.entries
    told, root = parsed(case, form)
    assert (told.title, told.id) == (article.title, shown.id)
    assert told.link == entry_link(case.config, shown)
    assert timegm(told.updated_parsed) == int(shown.updated.timestamp())
    published = shown.published if form is Format.ATOM else shown.released
    assert timegm(told.published_parsed) == int(published.timestamp())
    terms = dict.fromkeys((*article.tags, *filter(None, [article.section])))
    assert [tag.term for tag in told.get("tags", [])] == list(terms)
    assert names(root, form) == [person.name for person in article.authors]


ATOM = "{http://www.w3.org/2005/Atom}"
DC = "{http://purl.org/dc/elements/1.1/}"


def names(root: Any, form: Format) -> list[str]:
    """The authors of the only entry, as any XML parser reads them."""
    where = (
        f"{ATOM}entry/{ATOM}author/{ATOM}name" if form is Format.ATOM else f".//item/{DC}creator"
    )
    return [element.text for element in root.findall(where)]


SUFFIXES = ("md", "markdown", "txt", "html", "htm")
FRAGMENTS = (
    *(b"---\n", b"+++\n", b"{", b"}", b"# ", b"\n\n", b"title: ", b"date: ", b"2026-01-02", b": "),
    *(b"Published at: **", b"**\n", b"Original: [", b"](", b")", b"<html>", b"<p>", b"</div>"),
    *(b"<svg>", b"<script>", b"<![CDATA[", b"]]>", b"&#0;", b"&#xFFFE;", b"&nbsp;", b"\x0b"),
    *(b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\xef\xbf\xbe", b"\x00", b"\r"),
    *(b"tags: [", b"- ", b"* ", b"| a | b |\n|---|---|\n", b"```\n", b"[^1]", b"text", b" = '"),
    *(b"&a", b"*a", b"!!python/object", b"<<: ", b"\xf0\x9f\x98\x80", b"id: ", b"draft: ", b"'"),
    *(b"<meta property='article:published_time' content='", b"javascript:", b"onerror=", b'"'),
    b'<script type="application/ld+json">',
)  # fmt: skip
contents = st.one_of(
    st.binary(max_size=200),
    st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.binary(max_size=3)), max_size=20).map(
        b"".join
    ),
)
MANY = 40


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(made=st.lists(contents, min_size=MANY, max_size=MANY))
def test_any_bytes_give_an_entry_or_a_problem_and_feeds_that_are_well_formed(
    sqlite: Path, made: list[bytes]
) -> None:
    with tempfile.TemporaryDirectory() as place:
        site = Site(Path(place), CONFIG)
        store = Store(f"sqlite:///{shutil.copy(sqlite, site.base / 'ledger.db')}")
        life = Life(site, store)
        for number, data in enumerate(made):
            (site.folder / f"{number:02}.{SUFFIXES[number % len(SUFFIXES)]}").write_bytes(data)
        report = life.scan()
        there = {file.name for file in site.folder.iterdir()}
        assert {problem.path for problem in report.problems} | life.rows().keys() == there
        assert not [p for p in report.problems if p.code == "reader-failed"]
        assert all("\n" not in problem.message for problem in report.problems)
        well_formed(life)
        store.close()


def well_formed(life: Life) -> None:
    """The site's feeds are XML that a reader takes."""
    settings_, shown = life.site.config(), editions.newest(life.store, 1000)
    for form in XML:
        body = feed_document(settings_, site_feed(settings_), form, shown).bodies["identity"]
        etree.fromstring(body)
        told = feedparser.parse(body)
        assert len(told.entries) == len(shown.entries)
        assert not told.bozo, told.get("bozo_exception")
