"""What the configuration of the site's generator says of all articles."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from feedsvc.model import Person
from feedsvc.reading.metadata.names import language_of, name_of
from feedsvc.reading.site.facts import NO_SITE, facts
from tests.reading import HOW, keys, read
from tests.site import Site

ANN = Person("Ann Example", "https://ann.example")


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("path", "text", "folder"),
    [
        ("_config.yml", "timezone: Europe/Berlin\nlang: de\n", "_posts"),
        ("_config.yml", "timezone: Europe/Berlin\nlanguage: de\n", "source/_posts"),
        (
            "hugo.toml",
            'timeZone = "Europe/Berlin"\ndefaultContentLanguage = "de"\n',
            "content/posts",
        ),
        ("config/_default/hugo.yaml", "timeZone: Europe/Berlin\nlanguageCode: de\n", "content"),
        ("pelicanconf.py", "TIMEZONE = 'Europe/Berlin'\nDEFAULT_LANG = 'de'\n", "content"),
        ("conf.py", 'TIMEZONE = "Europe/Berlin"\nDEFAULT_LANG = "de"\n', "posts"),
    ],
)
def test_time_zone_and_language_are_those_of_the_site(
    tmp_path: Path, path: str, text: str, folder: str
) -> None:
    write(tmp_path, path, text)
    (tmp_path / folder).mkdir(parents=True)
    found = facts(tmp_path / folder)
    assert (found.timezone, found.language) == ("Europe/Berlin", "de")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("config.toml", 'id = "x"\n'), ("_config.yml", "- a\n"), ("_config.yml", "a: [\n"),
        ("pelicanconf.py", "import os\n"), ("_config.yml", "timezone: Nowhere/Land\n"),
        ("hugo.toml", "x" * 300_000),
    ],
)  # fmt: skip
def test_what_says_nothing_or_cannot_be_read_is_passed_over(
    tmp_path: Path, path: str, text: str
) -> None:
    write(tmp_path, path, text)
    assert facts(tmp_path).timezone == ""


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("posts/authors.yml", "ann:\n  name: Ann Example\n  url: https://ann.example\n"),
        (
            "posts/.authors.yml",
            "authors:\n  ann:\n    name: Ann Example\n    url: https://ann.example\n",
        ),
        ("_data/authors.yml", "ann:\n  display_name: Ann Example\n  web: https://ann.example\n"),
        ("data/authors/ann.toml", 'name = "Ann Example"\nhomepage = "https://ann.example"\n'),
        (
            "data/authors.json",
            '[{"id": "ann", "name": "Ann Example", "url": "https://ann.example"}]',
        ),
        (
            "content/authors/ann/_index.md",
            "---\ntitle: Ann Example\nurl: https://ann.example\n---\n",
        ),
    ],
)
def test_authors_are_found_by_their_ids(tmp_path: Path, path: str, text: str) -> None:
    write(tmp_path, "_config.yml", "title: T\n")
    write(tmp_path, path, text)
    (tmp_path / "posts").mkdir(exist_ok=True)
    assert facts(tmp_path / "posts").authors["ann"] == ANN


def test_an_article_has_the_author_of_its_id() -> None:
    how = replace(HOW, authors={"ann": ANN})
    for written in ("author: Ann", "authors: [ann]", "authors: [{name: ann}]"):
        authors = read(keys("title: T", written), how=how).authors
        assert authors in ((ANN,), (Person("ann"),)), written
    assert read(keys("title: T", "author: Bob"), how=how).authors == (Person("Bob"),)


@pytest.mark.parametrize(
    ("path", "languages", "language"),
    [
        ("walk.fr.md", "", "fr"), ("a/walk.pt-BR.md", "", "pt-BR"), ("v1.js.md", "", ""),
        ("walk.fr.md", "en fr", "fr"), ("walk.fr.md", "en de", ""), ("fr/walk.md", "en fr", "fr"),
        ("fr/walk.md", "", ""), ("walk.md", "en fr", ""),
    ],
)  # fmt: skip
def test_the_name_tells_the_language(path: str, languages: str, language: str) -> None:
    assert language_of(path, frozenset(languages.split())) == language


def test_the_title_of_a_translation_is_without_the_language() -> None:
    assert name_of("my-walk.fr.md").title == "My walk"
    assert name_of("2020-01-02-walk.fr.md").date == "2020-01-02"
    assert read(keys("title: T"), "walk.fr.md").language == "fr"


def test_nothing_known_has_no_digest() -> None:
    assert NO_SITE.digest == ""
    assert replace(NO_SITE, timezone="UTC").digest != replace(NO_SITE, language="de").digest


def test_a_change_of_the_authors_is_published(site: Site) -> None:
    (site.folder / "a.md").write_text("---\ntitle: A\nauthor: ann\ndate: 2020-01-02\n---\nText.\n")
    assert site.scan().startswith("1 new")
    write(site.folder, "authors.yml", "ann:\n  name: Ann Example\n")
    assert site.scan().startswith("0 new, 1 changed")
    assert site.scan().startswith("0 new, 0 changed")
