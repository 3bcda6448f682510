"""What is no article is said: by `scan` and the log once, by `check` each time."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from feedsvc.ledger.migrating import migrate
from feedsvc.ledger.store import Store
from feedsvc.reading.selection import LeftOut
from feedsvc.scan import run
from feedsvc.scan.run import Publisher, Request
from tests.commands import invoke
from tests.folders import write
from tests.site import Service, Site


def told(**kinds: int) -> str:
    left_out = LeftOut()
    left_out.kinds.update({f".{kind}": number for kind, number in kinds.items()})
    return left_out.unsupported


def test_kinds_are_told_most_first_and_nothing_where_there_are_none() -> None:
    assert told() == ""
    assert told(rst=1) == "1 file skipped (.rst 1); see articles.include"
    assert told(org=1, adoc=3, rst=1400, mdx=1) == (
        "1,405 files skipped (.rst 1,400, .adoc 3, .mdx 1, .org 1); see articles.include"
    )


def test_a_scan_tells_it_once_and_again_when_the_numbers_change(site: Site) -> None:
    store = Store(site.config().store.url)
    migrate(store)
    publisher = Publisher(store, site.config())

    def scan(*hints: str) -> str:
        return run.scan(publisher, Request(hints=frozenset(hints))).passed_over

    site.write("a.txt")
    assert scan() == ""
    write(site.folder, "b.adoc")
    write(site.folder, "deep/c.typ")
    write(site.folder, "photo.jpg")
    assert scan() == "2 files skipped (.adoc 1, .typ 1); see articles.include"
    assert scan() == ""
    site.write("d.txt")
    assert scan("d.txt") == ""  # which looks at that file alone
    write(site.folder, "b2.adoc")
    assert scan().startswith("3 files")
    for path in ("b.adoc", "b2.adoc", "deep/c.typ"):
        (site.folder / path).unlink()
    assert scan() == ""
    write(site.folder, "b.adoc")
    assert scan().startswith("1 file")
    store.close()


def test_a_scan_says_that_all_there_is_was_left_out_by_name(site: Site) -> None:
    write(site.folder, "pages/a.md", "# A\n\nText.\n")
    assert invoke(site, "scan").output.splitlines() == [
        "0 new, 0 changed, 0 moved, 0 withdrawn, 0 held, 0 problems",
        "1 file or folder excluded by name; see `feedsvc check --all`",
    ]
    write(site.folder, "README.md")
    write(site.folder, "b.adoc")
    assert invoke(site, "scan").output.splitlines()[1] == (
        "1 file skipped (.adoc 1); see articles.include; "
        "2 files or folders excluded by name; see `feedsvc check --all`"
    )


def test_the_command_prints_it_behind_the_problems(site: Site) -> None:
    site.write("bad.txt", date="yesterday")
    write(site.folder, "a.pug")
    write(site.folder, "b.tex")
    *_, last = invoke(site, "scan").output.splitlines()
    assert last == "2 files skipped (.pug 1, .tex 1); see articles.include"
    assert "passed over" not in invoke(site, "scan").output


def test_the_log_tells_it(site: Site) -> None:
    site.write("a.txt")
    write(site.folder, "b.adoc")
    service = Service(site, "scheduler", {})
    try:
        service.logged(r"1 file skipped \(\.adoc 1\)")
        write(site.folder, "c.adoc")
        service.logged(r"2 files skipped \(\.adoc 2\)")
    finally:
        service.stop()
    assert service.log.count("skipped (") == 2


def test_check_counts_and_lists_what_is_no_article(site: Site) -> None:
    site.write("a.txt")
    write(site.folder, "b.adoc")
    write(site.folder, "README.md")
    write(site.folder, "vendor/c.md")
    write(site.folder, "gone.md", "---\nredirect_to: /a\n---\n")
    assert invoke(site, "check").output.splitlines() == [
        "2 files, no problems",
        "1 file skipped (.adoc 1); see articles.include",
        "3 files are not articles; see `feedsvc check --all`",
    ]
    assert invoke(site, "check", "--all").output.splitlines() == [
        "2 files, no problems",
        "articles/README.md: excluded matches README.*",
        "articles/b.adoc: kind not matched by articles.include",
        "articles/gone.md: content it only redirects to '/a'",
        "articles/vendor/: excluded matches vendor/",
    ]


def test_check_lists_it_as_json(site: Site) -> None:
    site.write("a.txt")
    assert json.loads(invoke(site, "check", "--all", "--format", "json").output) == {
        "files": 1,
        "problems": [],
        "withheld": {},
        "skipped": [],
    }
    write(site.folder, "de/b.adoc")
    write(site.folder, "de/_index.md")
    named = str(site.folder / "de")
    found = json.loads(invoke(site, "check", named, "--all", "--format", "json").output)
    assert found["skipped"] == [
        {"path": f"{named}/_index.md", "reason": "excluded", "why": "matches _index.*"},
        {
            "path": f"{named}/b.adoc",
            "reason": "kind",
            "why": "not matched by articles.include",
        },
    ]
    assert "skipped" not in json.loads(invoke(site, "check", "--format", "json").output)


@pytest.mark.parametrize("path", ["README.md", "pages", "pages/about.md", "de/vendor/x.md"])
def test_who_names_it_is_told_why_it_is_not_read(site: Site, path: str) -> None:
    for one in ("README.md", "pages/about.md", "de/vendor/x.md"):
        write(site.folder, one)
    result = invoke(site, "check", str(site.folder / path))
    assert result.exit_code == 1
    assert "not-included" in result.output
    assert "excludes it, so no scan reads it" in result.output


CASE = Path(__file__).parents[2] / "shared" / "cases" / "s07-kinds-passed-over-in-silence"


@pytest.mark.skipif(not CASE.is_dir(), reason="the cases are not beside the checkout")
def test_the_folder_that_failed_once(site: Site) -> None:
    shutil.copytree(CASE / "input", site.folder, dirs_exist_ok=True)
    assert invoke(site, "check").output.splitlines()[1] == (
        "1 file skipped (.adoc 1); see articles.include"
    )
