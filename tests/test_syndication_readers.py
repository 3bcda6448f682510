"""What a feed reader makes of our documents, and that every machine makes the same ones."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from calendar import timegm
from datetime import datetime
from html import escape, unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pytest

from feedsvc.feeds.addressing import entry_link
from feedsvc.feeds.registry import Format, feed_id, site_feed
from feedsvc.model import Entry
from tests.feed_cases import CASES, HUBS, TITLES, XML, Case
from tests.site import PATIENCE

DOCUMENTS = [(name, form) for name in CASES for form in XML]
EVERYTHING = len(CASES) * len(Format)

every_document = pytest.mark.parametrize(
    ("name", "form"), DOCUMENTS, ids=[f"{name}.{form.suffix}" for name, form in DOCUMENTS]
)


def read(case: Case, form: Format) -> Any:
    """The document as feedparser understands it, nothing in it touched."""
    document = case.document(form)
    told = feedparser.parse(
        document.bodies["identity"],
        response_headers={"content-type": document.media_type},
        sanitize_html=False,
    )
    assert not told.bozo, told.get("bozo_exception")
    return told


def pairs(name: str, form: Format) -> list[tuple[Entry, Any]]:
    case = CASES[name]
    return list(zip(case.content.entries, read(case, form).entries, strict=True))


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


@every_document
def test_a_reader_knows_the_format_and_the_feed(name: str, form: Format) -> None:
    case = CASES[name]
    told, site = read(case, form), case.config.site
    assert told.version == {Format.ATOM: "atom10", Format.RSS: "rss20"}[form]
    text = unescape if form is Format.RSS else str  # RSS knows HTML alone, and readers expect it
    assert (told.feed.title, text(told.feed.subtitle)) == (site.title, site.subtitle or site.title)
    assert told.feed.language == site.language
    assert text(told.feed.get("rights", "")) == site.rights
    assert told.feed.link == case.config.address("/")
    assert told.feed.generator.split()[0] == "feedsvc"
    if form is Format.ATOM:
        assert told.feed.id == feed_id(case.config, site_feed(case.config))
        assert told.feed.author == case.config.author


@pytest.mark.parametrize("form", XML)
def test_a_reader_finds_the_hubs(form: Format) -> None:
    links = read(CASES["dressed"], form).feed.links
    assert [link.href for link in links if link.rel == "hub"] == list(HUBS)


def test_a_reader_finds_the_icon() -> None:
    icon = read(CASES["dressed"], Format.ATOM).feed.icon
    assert icon == "https://feeds.example/icon.png?a=b&c=d"


@every_document
def test_titles_ids_links_and_sections_come_out_as_written(name: str, form: Format) -> None:
    for entry, told in pairs(name, form):
        article = entry.article
        assert (told.title, told.id) == (article.title, entry.id)
        assert told.link == entry_link(CASES[name].config, entry)
        terms = [tag.term for tag in told.get("tags", [])]
        assert set(terms) <= {*article.tags, article.section}
        alike = dict.fromkeys(term.casefold() for term in (*article.tags, article.section) if term)
        assert [term.casefold() for term in terms] == list(alike)


@pytest.mark.parametrize("form", XML)
def test_titles_that_look_like_markup_come_out_as_written(form: Format) -> None:
    told = {entry.title for entry in read(CASES["full"], form).entries}
    assert told >= set(TITLES)


@every_document
def test_moments_come_out_as_they_are(name: str, form: Format) -> None:
    for entry, told in pairs(name, form):
        published = entry.published if form is Format.ATOM else entry.released
        assert timegm(told.updated_parsed) == seconds(entry.updated)
        if form is Format.ATOM:
            assert timegm(told.published_parsed) == seconds(published)


@every_document
def test_authors_come_out_with_all_that_the_format_can_say(name: str, form: Format) -> None:
    for entry, told in pairs(name, form):
        people, authors = entry.article.authors, told.get("authors", [])
        assert [author.name for author in authors] == [person.name for person in people]
        if form is Format.RSS:
            continue
        assert [author.get("href", "") for author in authors] == [p.uri for p in people]
        for person, author in zip(people, authors, strict=True):
            # feedparser hands an address on to the next author who has none
            assert not person.email or author.email == person.email


@pytest.mark.parametrize("form", XML)
@pytest.mark.parametrize("name", ["full", "summary"])
def test_text_and_summary_come_out_as_written(name: str, form: Format) -> None:
    for entry, told in pairs(name, form):
        article = entry.article
        if not article.summary:  # then feedparser shows the text, which is RSS's description
            assert told.summary == (article.content if name == "full" else article.title)
            continue
        whole = [article.content] if name == "full" else []
        assert [content.value for content in told.get("content", [])] == whole
        plain = form is Format.ATOM  # an RSS description is HTML, whatever it looks like
        assert told.summary == (article.summary if plain else escape(article.summary, quote=False))


def test_an_rss_reader_learns_the_source_and_an_atom_reader_the_original() -> None:
    rss, atom = (read(CASES["page"], form).entries[-1] for form in (Format.RSS, Format.ATOM))
    assert (rss.source.title, rss.source.href) == (
        "Example & News",
        "https://news.example/a?b=c&d=e#f",
    )
    vias = [link.href for link in atom.links if link.rel == "via"]
    assert vias == ["https://news.example/a?b=c&d=e#f"]


def test_an_atom_reader_finds_all_files_and_an_rss_reader_the_one_that_plays() -> None:
    several = [("paper.pdf", 5), ("v.webm", 7_000_000_000), ("v.mp4", 0), ("what", 0)]
    expected = {Format.ATOM: several, Format.RSS: several[1:2]}
    for form in XML:
        _, (_, told) = pairs("enclosed", form)
        files = [(urlsplit(one.href).path, int(one.get("length", 0))) for one in told.enclosures]
        assert [(path.rpartition("/")[2], size) for path, size in files] == expected[form]
        assert told.media_content[-1]["filesize"] == "77"
        assert len(told.media_thumbnail) == 1


def test_a_podcast_reader_learns_durations_and_pictures() -> None:
    told = read(CASES["podcast"], Format.RSS)
    assert told.feed.image.href == "https://feeds.example/cover.jpeg"
    assert told.feed.publisher_detail == {"name": "Ann & Ben", "email": "desk@feeds.example"}
    [first] = [entry for entry in told.entries if entry.title == "One & only"]
    assert (first.itunes_duration, first.image.href) == ("62", "https://feeds.example/media/p.jpeg")


def test_a_reader_learns_the_language_of_an_entry() -> None:
    told = {entry.title: entry for entry in read(CASES["enclosed"], Format.ATOM).entries}
    assert told["Several files"].content[0].language == "de"


@pytest.fixture(scope="session")
def locales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a German and a Turkish locale, made for this test."""
    folder = tmp_path_factory.mktemp("locales")
    maker = shutil.which("localedef")
    if not maker:
        pytest.skip("no localedef here to make a German and a Turkish locale with")
    makers = {
        name: subprocess.Popen([maker, "-i", name, "-f", "UTF-8", str(folder / f"{name}.UTF-8")])
        for name in ("de_DE", "tr_TR")
    }
    for name, process in makers.items():
        if process.wait(PATIENCE):
            pytest.skip(f"localedef cannot make {name} here")
    return folder


PROGRAM = """\
import locale, runpy
print(locale.setlocale(locale.LC_ALL, ""))
runpy.run_module("tests.feed_cases", run_name="__main__")
"""


def start(folder: Path, **variables: str) -> subprocess.Popen[str]:
    """A process of its own that takes its locale from the environment and prints fingerprints."""
    kept = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[1])}
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        cwd=folder,
        env=kept | variables,
        stdout=subprocess.PIPE,
        text=True,
    )


def fingerprints(process: subprocess.Popen[str], locale: str) -> str:
    told, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    first, _, rest = told.partition("\n")
    assert locale in first, "the process does not run in the locale that was asked for"
    assert len(rest.splitlines()) == EVERYTHING
    return rest


def test_time_zone_hash_seed_and_working_folder_change_no_byte(tmp_path: Path) -> None:
    plain = start(tmp_path, TZ="UTC", PYTHONHASHSEED="0", LC_ALL="C")
    others = [
        start(tmp_path, TZ="Asia/Kathmandu", PYTHONHASHSEED="1", LC_ALL="C"),
        start(Path("/"), TZ="America/St_Johns", PYTHONHASHSEED="4287", LC_ALL="C"),
    ]
    expected = fingerprints(plain, "C")
    assert [fingerprints(other, "C") for other in others] == [expected] * 2


def test_the_language_of_the_machine_changes_no_byte(tmp_path: Path, locales: Path) -> None:
    plain = start(tmp_path, TZ="UTC", LC_ALL="C")
    german, turkish = (
        start(tmp_path, TZ="Asia/Kathmandu", LC_ALL=f"{name}.UTF-8", LOCPATH=str(locales))
        for name in ("de_DE", "tr_TR")
    )
    expected = fingerprints(plain, "C")
    assert fingerprints(german, "de_DE") == expected
    assert fingerprints(turkish, "tr_TR") == expected
