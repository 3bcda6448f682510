"""Whatever an article says is read back from its feeds, and whatever a file holds is survived."""

from __future__ import annotations

import json
import shutil
import tempfile
from calendar import timegm
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import feedparser
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from lxml import etree

from feedsvc.addresses import is_web_address, to_uri
from feedsvc.config.tables import FeedSettings
from feedsvc.feeds.addressing import entry_link
from feedsvc.feeds.publication import feed_document
from feedsvc.feeds.registry import Format, site_feed
from feedsvc.ledger import feed_content
from feedsvc.ledger.store import Store
from feedsvc.model import Article, Enclosure, Original, Person
from feedsvc.reading.markup.content import is_visible, one_line, paragraphs, xml_text
from tests.campaigns import examples
from tests.feed_cases import PLAIN, PODCAST, XML, Case, config, content_of, entry
from tests.feed_rules import atom_schema_complaints, complaints, json_feed_complaints
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


HOSTS = ("news.example", "münchen.example", "news.example:8080")


def addresses_at(*hosts: str) -> st.SearchStrategy[str]:
    return st.builds(
        lambda scheme, host, path: to_uri(f"{scheme}://{host}/{path}"),
        st.sampled_from(["http", "https"]),
        st.sampled_from(hosts),
        words.map("".join).filter(is_path),
    )


addresses = addresses_at(*HOSTS, "[::1]")
files = addresses_at(*HOSTS)  # the validator knows no enclosure without a name for its host
people = st.builds(
    Person,
    name=lines,
    uri=st.sampled_from(["", "https://ann.example/?a=b&c=d"]),
    email=st.sampled_from(["", "ann@example.com"]),
)
enclosures = st.builds(
    Enclosure,
    url=files,
    type=st.sampled_from(["", "audio/mpeg", "video/mp4", "image/png", "application/pdf"]),
    length=st.integers(0, 1 << 50),
    duration=st.integers(0, 1 << 24),
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
    image=st.one_of(st.just(""), files),
    image_length=st.integers(0, 1 << 50),
    enclosures=st.lists(enclosures, max_size=3, unique_by=lambda one: one.url).map(tuple),
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
@examples(25, 1000, same=True)
@given(article=articles, released=MOMENTS, later=st.timedeltas(timedelta(0), timedelta(days=99)))
def test_any_article_is_read_back_with_its_title_link_dates_and_categories(
    form: Format, article: Article, released: datetime, later: timedelta
) -> None:
    case = Case(config(), content_of(entry(article, released, released + later)))
    [shown] = case.content.entries
    told, root = parsed(case, form)
    assert (told.title, told.id) == (article.title, shown.id)
    assert told.link == entry_link(case.config, shown)
    assert timegm(told.updated_parsed) == int(shown.updated.timestamp())
    published = shown.published if form is Format.ATOM else shown.released
    assert timegm(told.published_parsed) == int(published.timestamp())
    assert alike(tag.term for tag in told.get("tags", [])) == alike(categories(article))
    assert names(root, form) == [person.name for person in article.authors]
    assert [one.href for one in told.enclosures] == enclosed(article, form)
    assert {one["url"] for one in told.get("media_content", [])} == shown_media(article, form)


def categories(article: Article) -> list[str]:
    return [*article.tags, *filter(None, [article.section])]


def alike(terms: Iterable[str]) -> list[str]:
    """Each once, however it is written."""
    return list(dict.fromkeys(term.casefold() for term in terms))


def enclosed(article: Article, form: Format) -> list[str]:
    """The addresses of the enclosures that a format has room for."""
    every = [one.url for one in article.enclosures]
    playing = [one.url for one in article.enclosures if one.type[:5] in ("audio", "video")]
    measured = [one.url for one in article.enclosures if one.length]
    return every if form is Format.ATOM else (playing or measured)[:1]


def shown_media(article: Article, form: Format) -> set[str]:
    files = {one.url for one in article.enclosures if form is Format.RSS}
    return files | {article.image} - {""}


@examples(25, 1000, same=True)
@given(article=articles, released=MOMENTS, later=st.timedeltas(timedelta(0), timedelta(days=99)))
def test_any_article_is_read_back_from_json(
    article: Article, released: datetime, later: timedelta
) -> None:
    case = Case(config(), content_of(entry(article, released, released + later)))
    [shown] = case.content.entries
    body = case.document(Format.JSON).bodies["identity"]
    assert json_feed_complaints(body, case.address(Format.JSON), NEVER) == []
    [told] = json.loads(body)["items"]
    assert (told["id"], told["title"]) == (shown.id, article.title)
    assert told["url"] == entry_link(case.config, shown)
    assert told.get("content_html", "") == article.content
    assert alike(told.get("tags", [])) == alike(categories(article))
    assert [one["name"] for one in told.get("authors", [])] == [p.name for p in article.authors]
    attached = [
        (one["url"], one.get("size_in_bytes", 0), one.get("duration_in_seconds", 0))
        for one in told.get("attachments", [])
    ]
    assert attached == [(one.url, one.length, one.duration) for one in article.enclosures]
    assert told.get("image", "") == article.image


NEVER = datetime(2999, 1, 1, tzinfo=UTC)
# What is so because the article is so: it is shown as it is written.
AS_WRITTEN = ("looks like HTML", "is older than any feed")


@examples(25, 1000, same=True)
@given(article=articles, released=MOMENTS, whole=st.sampled_from(["full", "summary"]))
def test_the_feed_validator_takes_any_article(
    article: Article, released: datetime, whole: Literal["full", "summary"]
) -> None:
    settings_ = config(PLAIN, FeedSettings(content=whole), podcast=PODCAST)
    case = Case(settings_, content_of(entry(article, released)))
    for form in XML:
        body = case.document(form).bodies["identity"]
        held = complaints(body, case.address(form), NEVER)
        assert [one for one in held if not any(part in one for part in AS_WRITTEN)] == []
    assert atom_schema_complaints(case.document(Format.ATOM).bodies["identity"]) == []


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


@examples(
    4,
    200,
    same=True,
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
    settings_, shown = life.site.config(), feed_content.newest(life.store, 1000)
    for form in XML:
        body = feed_document(settings_, site_feed(settings_), form, shown).bodies["identity"]
        etree.fromstring(body)
        told = feedparser.parse(body)
        assert len(told.entries) == len(shown.entries)
        assert not told.bozo, told.get("bozo_exception")
    document = feed_document(settings_, site_feed(settings_), Format.JSON, shown)
    assert len(json.loads(document.bodies["identity"])["items"]) == len(shown.entries)
