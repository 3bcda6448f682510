"""Folders that failed once, as people wrote them, on a running service: `shared/cases`."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from lxml import etree

from feedsvc.reading.markup.content import plain
from tests.site import CONFIG, Service, Site

CASES = Path(__file__).parents[2] / "shared" / "cases"
ATOM = "{http://www.w3.org/2005/Atom}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

Serve = Callable[..., Service]
Entries = dict[str, etree._Element]


class Published:
    """The folders of all cases, each a section of one site, served."""

    def __init__(self, site: Site, service: Service) -> None:
        self.site = site
        self.service = service
        self.base = site.config().site.base_url

    def entries(self, case: str) -> Entries:
        """The entries of a case by their titles."""
        found: Entries = {}
        address = f"/sections/{case.lower()}/feed.atom"
        answer = self.service.get(address)
        if answer.status_code in (404, 410):
            return found
        assert answer.status_code == 200, address
        for entry in etree.fromstring(answer.content).iter(f"{ATOM}entry"):
            found[entry.findtext(f"{ATOM}title") or ""] = entry
        return found

    def content(self, case: str, title: str) -> str:
        return self.entries(case)[title].findtext(f"{ATOM}content") or ""

    def checked(self, case: str, *options: str) -> str:
        """What `feedsvc check` says of a case."""
        return self.site.command("check", *options, str(self.site.folder / case)).stdout


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    site = Site(tmp_path_factory.mktemp("cases"), CONFIG.replace("rescan_seconds = 0.3", ""))
    for case in CASES.iterdir():
        if (case / "input").is_dir():
            shutil.copytree(case / "input", site.folder / case.name)
    site.scan()
    service = Service(site, "web", {})
    service.ready()
    yield Published(site, service)
    service.stop()


@pytest.mark.parametrize(
    ("case", "text"),
    [
        (
            "01-tag-name-in-prose-cuts-article",
            "Use a <button> element, not a link. Second paragraph. Head Third paragraph.",
        ),
        (
            "02-title-tag-in-prose-cuts-article",
            "Set the <title> element first. Second paragraph.",
        ),
        (
            "03-placeholder-cuts-paragraph",
            "Run copy <path> and then wait for an hour. A vector<int> is a list. Second paragraph.",
        ),
        ("27-formulas-in-markdown", r"Here $$x_{i}^{*} = y_{i}^{*}$$ and \(a_b\)."),
    ],
)
def test_no_word_is_lost(published: Published, case: str, text: str) -> None:
    [entry] = published.entries(case).values()
    assert plain(entry.findtext(f"{ATOM}content") or "") == text


def test_formulas_are_kept(published: Published) -> None:
    case = "15-mathml-is-dropped"
    formula = "<math><mi>π</mi><msup><mi>r</mi><mn>2</mn></msup></math>"
    assert f"The area is {formula} for radius r." in published.content(case, "M")
    assert "<math><mi>π</mi></math> here" in published.content(case, "H")


@pytest.mark.parametrize(
    "case",
    [
        "04-front-matter-first-key-with-space",
        "06-pelican-html-draft",
        "07-expired",
        "08-kept-out-of-lists",
        "29-nikola-header",
    ],
)
def test_what_is_withheld_is_nowhere(published: Published, case: str) -> None:
    assert published.entries(case) == {}
    files = sum(1 for path in (published.site.folder / case).rglob("*") if path.is_file())
    assert f"{files} withheld" in published.checked(case)


def test_of_the_other_conventions_four_are_withheld(published: Published) -> None:
    titles = set(published.entries("s26-other-conventions"))
    assert not titles & {"Nikola draft", "Hugo expired", "Docusaurus unlisted", "obs"}


def test_files_that_are_no_articles_are_skipped_and_named(published: Published) -> None:
    case = "10-files-that-are-no-articles"
    assert set(published.entries(case)) == {"Bundle", "Saved page", "Walk"}
    told = published.checked(case, "--all")
    for name in ("README.md", "robots.txt", "404.html", "post/notes.md", "page_files/",
                 "sync-conflict", "_template.md", "pages/"):  # fmt: skip
        assert name in told


def test_what_lies_around_an_article_is_skipped(published: Published) -> None:
    titles = set(published.entries("s12-what-lies-around"))
    assert "A walk" in titles
    assert not titles & {"About me", "User-agent: *", "{% block title %}{% endblock %}"}


def test_kinds_that_are_not_read_are_counted(published: Published) -> None:
    told = published.checked("s07-kinds-passed-over-in-silence")
    assert "1 file skipped (.adoc 1); see articles.include" in told
    titles = published.entries("s07-kinds-passed-over-in-silence")
    assert set(titles) == {"A walk"}


def test_files_beside_an_article_are_served(published: Published) -> None:
    case = "17-svg-and-other-files-beside"
    content = published.content(case, "S")
    links = re.findall(r'(?:src|href)="([^"]*)"', content)
    links += [link.get("href") or "" for link in published.entries(case)["S"].iter(f"{ATOM}link")]
    own = [link.removeprefix(published.base) for link in links if "/media/" in link]
    assert {Path(link).suffix for link in own} == {".svg", ".zip", ".epub"}
    for link in own:
        answer = published.service.get(link)
        assert answer.status_code == 200
        assert "script" not in answer.headers.get("content-security-policy", "")
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_files_that_are_not_there_are_named(published: Published) -> None:
    case = "18-missing-files"
    told = published.checked(case)
    assert re.search(r"p\.md:4.*missing-file.*gone\.mp3", told)
    assert re.search(r"p\.md:7.*missing-file.*gone\.png", told)
    [entry] = published.entries(case).values()
    assert not [link for link in entry.iter(f"{ATOM}link") if link.get("rel") == "enclosure"]


def test_links_within_an_article_lead_to_their_places(published: Published) -> None:
    content = published.content("20-anchors", "Anchors")
    ids = set(re.findall(r'id="([^"]*)"', content))
    assert set(re.findall(r'href="[^"]*#([^"]*)"', content)) == {"one", "mine", "old"} <= ids


def test_variables_are_filled_in(published: Published) -> None:
    content = published.content("s04-template-variables", "A walk")
    assert plain(content) == "Get the archive of 1.2."
    assert 'href="https://dl.example.org/walk-1.2.zip"' in content


def test_a_file_whose_name_changes_its_date_is_the_same_entry(site: Site) -> None:
    shutil.copytree(
        CASES / "11-rename-that-changes-the-date-in-the-name" / "input",
        site.folder,
        dirs_exist_ok=True,
    )
    site.scan()
    [before] = ids(site)
    (site.folder / "2024-01-01-walk.md").rename(site.folder / "2024-01-02-walk.md")
    told = site.scan()
    assert told.startswith("0 new")
    assert "0 withdrawn" in told
    assert ids(site) == [before]


def ids(site: Site) -> list[str]:
    """The ids of all entries in the ledger."""
    with closing(sqlite3.connect(site.base / "ledger.db")) as ledger:
        return [row[0] for row in ledger.execute("SELECT id FROM entries")]


def test_dates_are_read_as_people_write_them(published: Published) -> None:
    def date(case: str, title: str, name: str = "published") -> str:
        return published.entries(case)[title].findtext(f"{ATOM}{name}") or ""

    case = "s08-dates-in-words"
    assert date(case, "Words").startswith("2017-02-21")
    assert date(case, "What the Unix command date prints").startswith("2021-09-03T09:21:31")
    typo = "A typing mistake in the time, while the name has the day"
    assert date(case, typo).startswith("2017-02-10")
    assert "bad-date" in published.checked(case)
    assert date("12-date-as-map", "Two dates").startswith("2023-01-31")
    assert date("12-date-as-map", "Two dates", "updated").startswith("2023-02-21")
    assert date("s17-date-with-two-parts", "A walk").startswith("2020-01-02")
    assert date("s25-date-inside-the-address", "A walk").startswith("2019-10-11")


def test_notes_have_the_titles_of_their_files(published: Published) -> None:
    assert set(published.entries("s13-titles-of-notes")) == {"Rain", "Snow", "v1.3"}
    assert "See also" in published.content("s13-titles-of-notes", "Rain")


def test_authors_are_known_by_their_ids(published: Published) -> None:
    entry = next(iter(published.entries("s06-author-ids").values()))
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Ann Example"
    assert entry.findtext(f"{ATOM}author/{ATOM}uri") == "https://ann.example"


def test_the_language_of_a_translation_is_that_of_its_name(published: Published) -> None:
    entries = published.entries("22-translations")
    languages = {title: entry.get(XML_LANG) for title, entry in entries.items()}
    assert languages["Une promenade"] == "fr"


def test_tags_are_those_that_the_generator_makes(published: Published) -> None:
    def tags(case: str, title: str) -> list[str]:
        entry = published.entries(case)[title]
        terms = [each.get("term", "") for each in entry.iter(f"{ATOM}category")]
        return [term for term in terms if term != case]  # which is its section

    assert tags("25-jekyll-categories", "Welcome") == ["jekyll", "update"]
    case = "s26-other-conventions"
    assert set(published.entries(case)) == {"Jekyll tags", "Hexo nested", "Docusaurus tags"}
    assert tags(case, "Jekyll tags") == ["rain", "mud"]
    assert tags(case, "Hexo nested") == ["Sports", "Running", "Diary"]
    assert tags(case, "Docusaurus tags") == ["Rain"]


def test_dialects_are_rendered(published: Published) -> None:
    content = published.content("26-kramdown-and-python-markdown", "K")
    assert '<abbr title="Hyper Text">HTML</abbr>' in content
    assert "<dl>" in content
    assert "<strong>Title</strong>" in content
    assert not re.search(r"nomarkdown|TOC|!!!|\*\[", content)
    for entry in published.entries("s09-admonitions").values():
        content = entry.findtext(f"{ATOM}content") or ""
        assert "<blockquote>" in content
        assert not re.search(r":::|!!!|\[!|TOC", content)


def test_a_page_of_mdx_is_an_article(published: Published) -> None:
    content = published.content("s18-mdx", "A walk")
    assert not re.search(r"import |style=\{", content)
    assert "<img" in content
