"""Which files are articles: by pattern, and by names that never are one."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedsvc.model import SkipReason
from feedsvc.reading.selection import (
    EXCLUDED,
    FOLDERS,
    FOLDERS_IN_ANY_CASE,
    PAPERS,
    PAPERS_IN_ANY_CASE,
)
from feedsvc.scan.compare import ScanOptions, compare_paths
from tests.folders import articles, files, long_after, look, rows, write
from tests.site import Site


def left(
    root: Path, *exclude: str, include: tuple[str, ...] = ("*.md", "*.txt", "*.html")
) -> set[str]:
    """The paths that are articles."""
    return set(files(look(root, include=include, exclude=exclude)))


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "README.de.md",
        "README-windows.md",
        "news/readme.txt",
        "Readme.md",
        "LICENSE.txt",
        "License.html",
        "LICENSE-MIT.txt",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "deep/er/CODE_OF_CONDUCT.md",
        "SECURITY.md",
        "AUTHORS.txt",
        "404.html",
        "extra/robots.txt",
        "requirements-dev.txt",
        "CMakeLists.txt",
        "_index.md",
        "de/_index.de.md",
        "_template.md",
        "_templates/post.md",
        "_drafts/walk.md",
        "theme/_includes/head.html",
        "layouts/_default/single.html",
        "archetypes/default.md",
        "node_modules/left-pad/notes.md",
        "site/vendor/kit/help.txt",
        "page_files/saved_resource.html",
        "pages/about.md",
        "walk.sync-conflict-20240102-101010-ABCDEFG.md",
        "walk (Ann's conflicted copy 2024-01-02).md",
        "walk (conflicted copy 2024-01-02 101010).md",
        "walk_conflict-20240102-101010.md",
        "walk (In Konflikt stehende Kopie von Ann 2024-01-02).md",
        "walk (Copie en conflit de Ann 2024-01-02).md",
        "walk (конфликтующая копия Ann 2024-01-02).md",
        "walk (Ann の競合コピー 2024-01-02).md",
        "walk (Unicode Encoding Conflict).md",
        "walk (Selective Sync Conflict 2).md",
        "_hidden.md",
        "_sidebar.md",
        "posts/_private/walk.md",
        "private/walk.md",
        "Drafts/walk.md",
        "unpublished/walk.md",
        "Templates/note.md",
        "Seite-Dateien/frame.html",
        "_data/a.txt",
        "AGENTS.md",
    ],
)
@pytest.mark.parametrize("include", [("*.md", "*.txt", "*.html"), ("*",)])
def test_what_a_publisher_would_be_surprised_to_see_is_no_article(
    tmp_path: Path, path: str, include: tuple[str, ...]
) -> None:
    write(tmp_path, path)
    write(tmp_path, "walk.md")
    assert left(tmp_path, include=include) == {"walk.md"}


@pytest.mark.parametrize(
    "path",
    [
        "2010-08-23-readme-driven-development.md",
        "readme-driven-development.md",
        "README driven development.md",
        "security-in-2024.md",
        "changes.md",
        "authors.md",
        "license-plates.md",
        "contributing-to-a-choir.md",
        "4040.md",
        "page/about.md",
        "my_filesystem/a.md",
        "my_drafts/a.md",
        "template.md",
        "on-conflict.md",
        "walk_conflict-zone.md",
        "the conflicted copy.md",
        "walk (ein Konflikt).md",
        "robots.md",
        "pages.md",
        "Vendor/a.md",
    ],
)
def test_what_only_looks_like_it_is_an_article(tmp_path: Path, path: str) -> None:
    write(tmp_path, path)
    assert left(tmp_path) == {path}
    assert left(tmp_path, include=("*",)) == {path}


def test_an_editors_copy_is_none_where_every_file_is_an_article(tmp_path: Path) -> None:
    for path in ("a.md", "a.md.orig", "a.md.bak", "b", "README", "de/LICENSE"):
        write(tmp_path, path)
    assert left(tmp_path, include=("*",)) == {"a.md", "b"}


@pytest.mark.parametrize(
    ("exclude", "expected"),
    [
        ((), {"a.md", "b/a.md", "b/c.txt"}),
        (("a.md",), {"b/c.txt"}),
        (("/a.md",), {"b/a.md", "b/c.txt"}),
        (("b/",), {"a.md"}),
        (("*.md", "!/a.md"), {"a.md", "b/c.txt"}),
        (("b/*", "!b/c.txt"), {"a.md", "b/c.txt"}),
        (("!pages/",), {"a.md", "b/a.md", "b/c.txt", "pages/d.md"}),
        (("!README*",), {"a.md", "b/a.md", "b/c.txt", "README.md"}),
        (("!*",), {"a.md", "b/a.md", "b/c.txt", "pages/d.md", "README.md", "vendor/e.md"}),
        (("# a comment", "a.md"), {"b/c.txt"}),
        (("!vendor/e.md",), {"a.md", "b/a.md", "b/c.txt"}),  # its folder is not looked into
    ],
)
def test_patterns_of_the_user_follow_the_built_in_ones_and_the_last_that_fits_decides(
    tmp_path: Path, exclude: tuple[str, ...], expected: set[str]
) -> None:
    for path in ("a.md", "b/a.md", "b/c.txt", "pages/d.md", "README.md", "vendor/e.md"):
        write(tmp_path, path)
    assert left(tmp_path, *exclude) == expected


def test_a_folder_that_is_taken_back_holds_articles_and_what_never_is_one(tmp_path: Path) -> None:
    for path in ("pages/a.md", "pages/README.md", "pages/vendor/b.md", "drafts/c.md"):
        write(tmp_path, path)
    assert left(tmp_path, "!pages/", "drafts/") == {"pages/a.md"}


def test_one_odd_name_among_many_is_found(tmp_path: Path) -> None:
    for number in range(300):
        write(tmp_path, f"{number}.md")
    for name in ("README.md", "notes\nREADME.txt", "zz.sync-conflict-1.md"):
        write(tmp_path, name)
    found = files(look(tmp_path))
    assert len(found) == 301  # a line end in a name begins no other
    assert not {"README.md", "zz.sync-conflict-1.md"} & found.keys()


def test_a_file_that_is_excluded_now_is_gone_and_one_in_a_new_folder_is_not_read(
    tmp_path: Path,
) -> None:
    for path in ("a.md", "b/c.md", "d.md"):
        write(tmp_path, path)
    found = look(tmp_path, rows(tmp_path, "a.md", "b/c.md", "d.md"), exclude=("a.md", "b/"))
    assert (list(found.gone), list(found.changed), found.same) == (["a.md", "b/c.md"], [], 1)


def test_what_is_left_out_is_counted_and_named_where_somebody_asks(tmp_path: Path) -> None:
    for path in ("a.md", "README.md", "b/c.adoc", "b/D.ADOC", "e.png", "f.tex", "WALK.MD"):
        write(tmp_path, path)
    for path in ("vendor/x.md", "vendor/y.rst", "data.csv", "g"):
        write(tmp_path, path)
    found = look(tmp_path, listing=True)
    assert found.left_out.kinds == {".adoc": 1, ".ADOC": 1, ".tex": 1, ".MD": 1}
    assert found.left_out.excluded == 2
    assert {(one.path, one.reason) for one in found.left_out.skipped} == {
        ("README.md", SkipReason.EXCLUDED),
        ("vendor/", SkipReason.EXCLUDED),
        ("b/c.adoc", SkipReason.KIND),
        ("b/D.ADOC", SkipReason.KIND),
        ("f.tex", SkipReason.KIND),
        ("WALK.MD", SkipReason.KIND),
    }
    assert look(tmp_path).left_out.skipped == []


def test_what_was_published_and_is_excluded_now_is_withdrawn(site: Site) -> None:
    for path in ("a.txt", "papers/b.txt", "keep.txt"):
        site.write(path, title=path)
    assert site.scan().startswith("3 new")
    text = site.file.read_text(encoding="utf-8")
    excluding = text.replace(
        'folder = "articles"', 'folder = "articles"\nexclude = ["a.*", "papers/"]'
    )
    site.file.write_text(excluding, encoding="utf-8")
    assert "2 withdrawn" in site.scan()
    site.file.write_text(text, encoding="utf-8")
    assert site.scan().startswith("2 new")  # back where they were


def test_the_pattern_that_excludes_a_file_is_named(tmp_path: Path) -> None:
    for path in ("a.md", "b.md", "README.md", "drafts/c.md"):
        write(tmp_path, path)
    found = look(tmp_path, exclude=("# mine", "a.md", "drafts/"), listing=True)
    assert {one.path: one.why for one in found.left_out.skipped} == {
        "a.md": "matches a.md",
        "README.md": "matches README.*",
        "drafts/": "matches drafts/",
    }


@pytest.mark.parametrize(
    "path", ["node_modules", "node_modules/x/a.md", "pages/new.md", "README.md"]
)
def test_what_comes_where_nothing_is_an_article_needs_no_look_at_the_rest(
    tmp_path: Path, path: str
) -> None:
    write(tmp_path, "node_modules/x/a.md")
    write(tmp_path, "pages/new.md")
    write(tmp_path, "README.md")
    moment = long_after()
    found = compare_paths(ScanOptions(articles(tmp_path), moment, lambda: moment), [path], {})
    assert found is not None
    assert files(found) == {}


def test_every_built_in_pattern_is_documented() -> None:
    page = (Path(__file__).parents[1] / "docs" / "articles.md").read_text(encoding="utf-8")
    table = page.partition("## What is not an article")[2].partition("\n## ")[0]
    endings = ("", ".*", "-*", "_*")
    of_papers = {f"{paper}{rest}" for paper in PAPERS for rest in endings}
    names = {*PAPERS, *PAPERS_IN_ANY_CASE, *EXCLUDED, *FOLDERS, *FOLDERS_IN_ANY_CASE}
    names -= of_papers - set(PAPERS)
    assert [name for name in sorted(names) if f"`{name}`" not in table] == []


@pytest.mark.parametrize("name", ["post.html.erb", "a.dmark", "a.mdoc", "a.text"])
def test_texts_of_more_kinds_are_counted(tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    assert look(tmp_path).left_out.unsupported.startswith("1 file skipped")


def test_a_folder_with_the_name_of_a_page_makes_no_articles(tmp_path: Path) -> None:
    for name in ("404.html/header.jpg", "a.html/contents.lr", "a.html/b.md"):
        write(tmp_path, name)
    assert left(tmp_path) == {"a.html/b.md"}


@pytest.mark.parametrize(
    "name",
    ["SECURITY-matters.md", "SUMMARY-of-2024.md", "CHANGES-in-the-team.md", "AUTHORS_we_love.md",
     "requirements-engineering.txt"],
)  # fmt: skip
def test_names_that_only_begin_like_papers_are_articles(tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    assert left(tmp_path) == {name}


@pytest.mark.parametrize("name", ["google1234567890abcdef.html", "yandex_1234567890abcdef.html"])
def test_proofs_of_ownership_are_no_articles(tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    assert left(tmp_path) == set()
