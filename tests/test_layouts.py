"""Whole sites of other programs are read as they are: each tree in `tests/sites`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedsvc.model import Article, Original, Person
from feedsvc.reading.formats import documents, front_matter, html, markdown, news, text
from feedsvc.reading.formats.reader import FORMATS, read_article
from feedsvc.reading.source import Reading, Source

SITES = Path(__file__).parent / "sites"
FILES = sorted(file.relative_to(SITES).as_posix() for file in SITES.rglob("*") if file.is_file())
BASE = "https://feeds.example"


def article(path: str) -> Article:
    """The article at `path` of the trees, each tree being the folder that is published."""
    _, _, below = path.partition("/")
    return read_article(below, (SITES / path).read_bytes(), Reading(base_url=BASE, site_id="t"))


def at(*parts: int) -> datetime:
    year, month, day, hour, minute, second = (*parts, 0, 0, 0)[:6]
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize("path", FILES)
def test_every_file_of_every_site_is_read(path: str) -> None:
    found = article(path)
    assert found.title
    assert found.summary
    assert "{{<" not in found.content.replace("{{&lt;", "{{<").partition("<pre")[0]
    assert "{%" not in found.content


@pytest.mark.parametrize(
    ("path", "title", "published", "authors", "tags"),
    [
        ("jekyll/_posts/2021-03-14-planting-the-first-beans.md", "Planting the first beans",
         at(2021, 3, 14, 7, 30), [Person("Mara Lindqvist")], ["beans", "spring", "garden"]),
        ("jekyll/_posts/2021-04-02-a-late-frost.md", "A late frost", at(2021, 4, 2), [], []),
        ("hugo-yaml/content/posts/harbour-lights/index.md", "Harbour lights",
         at(2022, 11, 2, 19), [Person("Tomas Vela", email="tomas@harbour.example")],
         ["night", "Harbour"]),
        ("hugo-yaml/content/posts/tide-table.md", "Tide table", at(2022, 12, 1, 6, 15),
         [Person("Tomas Vela")], []),
        ("hugo-toml/content/notes/ropes.md", "Ropes", at(2023, 2, 3, 7, 5, 6),
         [Person("Ines Maro", f"{BASE}/people/ines")], ["knots", "rope"]),
        ("zola/content/2023-05-06-moss-and-stone/index.md", "Moss and stone", at(2023, 5, 6),
         [Person("Odile Brandt")], ["walls", "Stone"]),
        ("pelican/content/bread.md", "Bread: the slow way", at(2019, 9, 1, 7),
         [Person("Jun Okafor"), Person("Lea Okafor")], ["bread", "flour", "Kitchen"]),
        ("notes/2024-02-29 leap day.txt", "Leap day", at(2024, 2, 29), [], []),
        ("notes/packing list.md", "Packing list", None, [], []),
        ("notes/ideas.md", "Ideas", None, [], []),
        ("saved/lighthouse.html", "The last keeper", at(2018, 6, 5, 9),
         [Person("Fionn Garvey")], ["light", "sea"]),
        ("saved/old-page.htm", "Café notes", at(1999, 12, 31), [], []),
    ],
)  # fmt: skip
def test_an_article_of_each_site_says_who_wrote_what_and_when(
    path: str,
    title: str,
    published: datetime | None,
    authors: list[Person],
    tags: list[str],
) -> None:
    found = article(path)
    assert (found.title, found.published) == (title, published)
    assert [list(found.authors), list(found.tags)] == [authors, tags]


def test_a_jekyll_post_keeps_its_code_and_its_paths() -> None:
    found = article("jekyll/_posts/2021-03-14-planting-the-first-beans.md")
    assert '<code class="language-ruby">rows.each { |row| row.plant(:beans) if' in found.content
    assert f'src="{BASE}/assets/rows.jpg"' in found.content
    assert f'href="{BASE}/plan/"' in found.content
    assert "<code>{{ page.title }}</code>" in found.content
    assert (found.summary, found.image) == (
        "Beans like warm soil, and so do we.", f"{BASE}/assets/beans.jpg",
    )  # fmt: skip
    assert found.updated == at(2021, 3, 20)


def test_what_stands_before_the_rest_is_the_summary() -> None:
    found = article("jekyll/_posts/2021-04-02-a-late-frost.md")
    assert found.summary == "Two nights below zero. The beans were under glass."
    assert "The peas were not." in found.content
    assert "<h1>" not in found.content


def test_drafts_are_told() -> None:
    drafts = {path for path in FILES if article(path).withheld}
    assert drafts == {"jekyll/_drafts/ideas.md", "hugo-yaml/content/posts/tide-table.md"}


def test_a_bundle_shows_the_pictures_beside_it() -> None:
    found = article("hugo-yaml/content/posts/harbour-lights/index.md")
    folder = "content/posts/harbour-lights"
    assert set(found.media) == {f"{folder}/quay.png", f"{folder}/lights.jpg"}
    assert "<figcaption>The quay at *nine*</figcaption>" in found.content
    assert "Bring a <strong>coat</strong>." in found.content
    assert "{{&lt; figure" in found.content
    assert (found.section, found.updated) == ("content/posts", at(2022, 11, 5))


def test_an_enclosure_of_a_hugo_page_is_beside_it() -> None:
    found = article("hugo-toml/content/notes/ropes.md")
    assert [(each.type, each.length) for each in found.enclosures] == [("audio/mpeg", 0)]
    assert found.media == ("content/notes/ropes.mp3",)
    assert found.summary == "What holds & what slips."


def test_a_saved_page_is_its_article_alone() -> None:
    found = article("saved/lighthouse.html")
    assert found.original == Original("Coast Review", "https://www.coast.example/lighthouse.html")
    assert (found.summary, found.language) == ("Nobody lives in the tower now.", "en-IE")
    assert "Home" not in found.content
    assert "track" not in found.content
    assert found.content.count("The last keeper") == 0


@pytest.mark.parametrize(
    ("path", "written", "layout"),
    [
        ("a.md", "# T\n\nAuthor: **ANN**\n\nText.", news),
        ("a.txt", "# T\n\nText.", news),
        ("a.md", "# T\n\nText.", markdown),
        ("a.txt", "T\n\nText.", text),
        ("a.rst", "T\n\nText.", documents),
        ("README", "T\n\nText.", text),
        ("a.txt", "---\ntitle: T\n---\nText.", front_matter),
        ("a.html", "---\ntitle: T\n---\nText.", front_matter),
        ("a.html", "Text.", html),
        ("a.md", "<!DOCTYPE html>\n<p>Text.", html),
        ("a.md", "<p>Text.", markdown),
        ("a.MARKDOWN", "Text.", markdown),
    ],
)
def test_a_layout_is_told_by_content_and_then_by_extension(
    path: str, written: str, layout: object
) -> None:
    source = Source(path, written)
    assert next(each for each in FORMATS if each.fits(source)) is layout
