"""Files that are no articles for what they say: redirects, resources of a bundle, tables."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from feedsvc.ledger.migrating import migrate
from feedsvc.ledger.store import Store
from feedsvc.model import Stat
from feedsvc.reading.jobs import Job
from feedsvc.reading.pool import read_files
from feedsvc.reading.source import Reading
from feedsvc.scan import run
from feedsvc.scan.run import Clock, Publisher
from tests.folders import long_after, write
from tests.site import Site

DATED = "---\ntitle: A bundle\ndate: 2024-01-01\n---\nText.\n"
UNDATED = "---\ntitle: About these notes\n---\nText.\n"
LONG = "A walk along the river in the rain. " * 10


def why_not(root: Path, path: str) -> str:
    """Why the file is no article; empty where it is one."""
    job = Job(root, 1 << 20, Reading())
    ((summary, _, problems, left_out, _),) = read_files(
        job, [(path, Stat.of((root / path).stat()))]
    )
    assert summary is not None, problems
    assert summary.withheld == left_out
    return left_out


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.md", "---\ntitle: Moved\nredirect_to: https://x.example/new\n---\n"),
        ("a.md", "---\nredirect_to:\n  - /new/\n---\nThis page has moved.\n"),
        ("a.md", '+++\nredirectTo = "/docs/new/"\n+++\n'),
        ("a.html", "---\nredirect: ../new.html\n---\n<p>Moved <a href=../new.html>here</a>.</p>\n"),
        ("a.md", '{"redirect-to": "https://x.example/"}\n'),
    ],
)
def test_keys_that_only_name_another_place_make_no_article(
    tmp_path: Path, path: str, text: str
) -> None:
    write(tmp_path, path, text)
    assert why_not(tmp_path, path).startswith("it only redirects to ")


@pytest.mark.parametrize(
    "text",
    [
        f"---\ntitle: A\nredirect_to: https://x.example/new\n---\n{LONG}\n",
        "---\ntitle: A\nredirect: true\n---\nText.\n",
        "---\ntitle: A\nredirect_from: /old/\n---\nText.\n",
        "---\ntitle: A\naliases: [/old/]\n---\nText.\n",
    ],
)
def test_an_article_that_has_moved_here_or_says_much_is_one(tmp_path: Path, text: str) -> None:
    write(tmp_path, "a.md", text)
    assert why_not(tmp_path, "a.md") == ""


HUGO_ALIAS = (
    "<!DOCTYPE html><html lang=en><head><title>https://x.example/new/</title>"
    '<link rel="canonical" href="https://x.example/new/"><meta name="robots" content="noindex">'
    '<meta charset="utf-8"><meta http-equiv="refresh" content="0; url=https://x.example/new/">'
    "</head></html>"
)


@pytest.mark.parametrize(
    "text",
    [
        HUGO_ALIAS,
        '<!doctype html><title>A</title><meta HTTP-EQUIV=Refresh content="0;URL=/new/"><p>Moved.',
        "<html><head><meta http-equiv='refresh' content=\"5, url='new.html'\"></head>"
        "<body><h1>Redirecting…</h1><a href=new.html>Here</a><script>go()</script></body></html>",
        '<!doctype html><meta http-equiv=refresh content="0.1;/new/">',
    ],
)
def test_a_page_that_sends_its_reader_on_is_no_article(tmp_path: Path, text: str) -> None:
    write(tmp_path, "a.html", text)
    assert why_not(tmp_path, "a.html").startswith("it only redirects to ")


@pytest.mark.parametrize(
    "head",
    [
        '<meta http-equiv="refresh" content="300">',
        '<meta http-equiv="refresh" content="300; url=/">',
        '<noscript><meta http-equiv="refresh" content="0; url=/nojs/"></noscript>',
        '<meta http-equiv="content-type" content="0; url=/x">',
    ],
)
def test_a_page_that_is_meant_to_be_read_is_one(tmp_path: Path, head: str) -> None:
    write(tmp_path, "a.html", f"<!doctype html><html><head><title>A</title>{head}</head><p>Text.")
    assert why_not(tmp_path, "a.html") == ""
    long = head.replace("300; ", "0; ")
    write(tmp_path, "a.html", f"<!doctype html><html><head><title>A</title>{long}</head><p>{LONG}")
    assert why_not(tmp_path, "a.html") == ""


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("post/notes.md", "Raw notes, a resource of the bundle.\n"),
        ("post/data/source.txt", "Where all this comes from.\n"),
        ("post/chart.html", "<!doctype html><title>Chart</title><p>A chart.</p>"),
        ("post/caption.md", "---\nweight: 1\n---\n# The caption\n\nOf a picture.\n"),
        ("post/more/index.md", "Another part.\n"),
        ("post/blank.txt", " \n"),
        ("post/map.html", "<!doctype html><script>draw()</script><div id=map></div>"),
    ],
)
def test_what_lies_beside_a_dated_index_is_a_part_of_it(
    tmp_path: Path, path: str, text: str
) -> None:
    write(tmp_path, "post/index.md", DATED)
    write(tmp_path, path, text)
    assert why_not(tmp_path, path).startswith("it belongs to post/index.md")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("post/2024-01-02-walk.md", "It rained.\n"),
        ("post/walk.md", "---\ntitle: A walk\n---\nIt rained.\n"),
        ("post/walk.md", "---\ndate: 2024-01-02\n---\nIt rained.\n"),
        ("post/walk.md", "Title: A walk\nCategory: rain\n\nIt rained.\n"),
        ("post/walk.txt", "# A walk\n\nIt rained.\n"),
        ("post/walk.html", "<!doctype html><p><time datetime='2024-01-02'>Then</time> it rained."),
        ("post/index.md", DATED),
        ("post/index.de.md", "Ein Text.\n"),
        ("walk.md", "It rained.\n"),
    ],
)
def test_what_names_a_title_or_a_date_is_an_article_beside_an_index_too(
    tmp_path: Path, path: str, text: str
) -> None:
    write(tmp_path, "index.md", DATED)  # that of the root makes no bundle
    write(tmp_path, "post/index.md", DATED)
    write(tmp_path, path, text)
    assert why_not(tmp_path, path) == ""


@pytest.mark.parametrize("index", ["index.md", "_index.md", "about.md"])
def test_a_folder_of_notes_with_a_page_about_it_is_no_bundle(tmp_path: Path, index: str) -> None:
    write(tmp_path, f"notes/{index}", UNDATED)
    write(tmp_path, "notes/rain.md", "# Rain\n\nIt falls.\n")
    assert why_not(tmp_path, "notes/rain.md") == ""
    write(tmp_path, "notes/index.md", "---\ntitle: [\n---\n")  # a broken one tells nothing
    assert why_not(tmp_path, "notes/rain.md") == ""


def test_what_lies_beside_a_draft_is_no_more_published_than_that(tmp_path: Path) -> None:
    write(tmp_path, "post/index.md", "---\ntitle: A bundle\ndraft: true\n---\nText.\n")
    write(tmp_path, "post/notes.md", "Raw notes.\n")
    assert "post/index.md" in why_not(tmp_path, "post/notes.md")


def test_a_date_in_the_name_of_its_folder_is_that_of_the_index(tmp_path: Path) -> None:
    write(tmp_path, "2024-01-01-walk/index.md", UNDATED)
    write(tmp_path, "2024-01-01-walk/notes.md", "Raw notes.\n")
    assert "2024-01-01-walk/index.md" in why_not(tmp_path, "2024-01-01-walk/notes.md")


@pytest.mark.parametrize(
    "text",
    [
        "12 mm\n9 mm\n",
        "day,mm\n2024-01-01,12\n2024-01-02,9\n",
        "1\t2\n3\t4\n\n5\t6",
        "€ 3\n-4.5 %\n",
    ],
)
def test_a_text_of_numbers_is_no_article(tmp_path: Path, text: str) -> None:
    write(tmp_path, "a.txt", text)
    assert (why_not(tmp_path, "a.txt") == "it contains only numbers") is ("€" not in text)
    write(tmp_path, "2024-01-02-a.txt", text)
    assert why_not(tmp_path, "2024-01-02-a.txt") == ""


@pytest.mark.parametrize(
    "text",
    [
        "Rain in May\n\n12 mm\n9 mm\n",
        "Rain, again\n\n1,5 mm\n2,5 mm\n",
        "1984",
        "7 hills\n\n7 hills and a river",
    ],
)
def test_a_text_with_a_title_is_an_article(tmp_path: Path, text: str) -> None:
    write(tmp_path, "a.txt", text)
    assert why_not(tmp_path, "a.txt") == ""


def test_an_article_that_becomes_a_redirect_is_withdrawn(site: Site) -> None:
    file = write(site.folder, "a.md", DATED)
    write(site.folder, "b/index.md", DATED)
    assert site.scan().startswith("2 new")
    file.write_text("---\nredirect_to: /b/\n---\n", encoding="utf-8")
    assert "1 withdrawn" in site.scan()
    assert site.scan() == "0 new, 0 changed, 0 moved, 0 withdrawn, 0 held, 0 problems"


def test_an_index_that_comes_or_goes_later_decides_on_what_lies_beside_it(site: Site) -> None:
    write(site.folder, "keep.md", DATED)
    write(site.folder, "post/notes.md", "Raw notes.\n")
    write(site.folder, "post/data/more.md", "More of them.\n")
    store = Store(site.config().store.url)
    migrate(store)
    publisher = Publisher(store, site.config(), Clock(now=long_after))

    def scan() -> tuple[int, int]:
        counts = run.scan(publisher).counts
        return counts.new, counts.withdrawn

    assert scan() == (3, 0)
    index = write(site.folder, "post/index.md", DATED)
    assert [scan(), scan(), scan()] == [(1, 0), (0, 2), (0, 0)]
    index.unlink()
    assert [scan(), scan(), scan()] == [(0, 1), (2, 0), (0, 0)]  # back where they were
    store.close()


CASES = Path(__file__).parents[2] / "shared" / "cases"


@pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not beside the checkout")
@pytest.mark.parametrize(
    ("case", "number"), [("10-files-that-are-no-articles", 3), ("s12-what-lies-around", 1)]
)
def test_the_folders_that_failed_once(site: Site, case: str, number: int) -> None:
    shutil.copytree(CASES / case / "input", site.folder, dirs_exist_ok=True)
    assert site.scan().startswith(f"{number} new")


def test_a_part_with_a_title_is_withheld_with_its_index(tmp_path: Path) -> None:
    write(tmp_path, "post/part.md", "---\ntitle: Part\n---\nText.\n")
    write(tmp_path, "post/index.md", DATED)
    assert why_not(tmp_path, "post/part.md") == ""
    write(tmp_path, "post/index.md", "---\ntitle: A\ndate: 2024-01-02\nhidden: true\n---\nText.\n")
    assert "post/index.md, which is withheld" in why_not(tmp_path, "post/part.md")


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: A\nredirect_url: https://x.example/new\n---\nA word of mine about this.\n",
        "---\ntitle: A\nredirect: /old/\n---\nShort, and yet an article. Lunch was good.\n",
    ],
)
def test_a_word_about_another_place_is_an_article(tmp_path: Path, text: str) -> None:
    write(tmp_path, "a.md", text)
    assert why_not(tmp_path, "a.md") == ""


def test_notes_with_a_heading_beside_a_dated_page_about_them_are_articles(tmp_path: Path) -> None:
    write(tmp_path, "garden/index.md", DATED)
    write(tmp_path, "garden/a.md", "# My first note\n\nText.\n")
    write(tmp_path, "garden/b.md", "Text without a heading.\n")
    assert why_not(tmp_path, "garden/a.md") == ""
    assert why_not(tmp_path, "garden/b.md")
