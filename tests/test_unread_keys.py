"""Keys in whatever form, of which one withholds the article, are never published as its text."""

from __future__ import annotations

import pytest

from tests.reading import read, refused


@pytest.mark.parametrize(
    "text",
    [
        "title: T\ntags:\n  - a\npublished: false\n---\nB",
        "# c\ntitle: T\ncategories:\n- a\nhidden: true\n---\nB",
        ';;;\n{"title":"T","draft":true}\n;;;\nB',
        '"title": "T",\n"published": false\n;;;\nB',
        '+++\n{"draft":true}\n+++\nB',
        "--- title: T\ndraft: true\n---\n\nB",
        "--- {title: T, draft: true}\n---\n\nB",
        "--- |\ntitle: T\nstatus: private\n---\nB",
        "---{\ntitle: T\ndraft: true\n---\nB",
        "# -*- mode: org -*-\n#+title: T\n#+draft: t\n\nB",
        "\u2800---\ntitle: T\ndraft: true\n---\nB",
        "export const frontmatter = { title: 'T', published: false }\n\nB",
        "export default {draft: true}\n\nB",
        "# T\n\nStatus: Draft\nTags: a, b\nCreated: January 1, 2024\n\nB",
        "# T\n\nstatus: draft\n\nB",
        "T\n===\n\n**Status:** draft\n\nB",
        "### T\n\nStatus: draft\n\nB",
        "T\n=\n\nStatus: draft\n\nB",
        "# T\n\n- status: hidden\n- **tags**: a\n\nB",
        "# T\nStatus: **private**\n\nB",
        "# T\n\nStatus: draft\nThen we went on. And on.\n",
        "# T\n\nDraft: **true**\ntext",
        "public:: false\ntitle:: T\n\n- B",
        "draft:: true\n\n- B",
        "# T\n\nBy me.\nStatus: draft\n\nB",
        "# T\n\n> Status: draft\n\nB",
        "# T\n\n_Status: draft_\n\nB",
    ],
)
@pytest.mark.parametrize("name", ["a.md", "a.txt"])
def test_they_are_a_problem_or_withhold_it(text: str, name: str) -> None:
    try:
        assert read(text, name).withheld, name
    except Exception:
        assert refused(text, name).code == "bad-front-matter"


@pytest.mark.parametrize(
    ("text", "withheld"),
    [
        ("Series: X\nTitle: T\nStatus: draft\n\nB", "draft"),
        ("  Title: T\n  Status: hidden\n\nB", "hidden"),
        ("Title:T\nStatus:draft\n\nB", "draft"),
        ("---\ntitle: T\ndisableRss: true\n---\nB", "not in feeds"),
        ("---\ntitle: T\ninclude_in_rss: false\n---\nB", "not in feeds"),
        ("---\ntitle: T\ndg-publish: false\n---\nB", "unpublished"),
        ("---\ntitle: T\nexpire_date: 2020-01-01\n---\nB", ""),
    ],
)
def test_header_lines_and_keys_of_more_kinds_withhold(text: str, withheld: str) -> None:
    article = read(text, "a.md")
    assert article.title == "T"
    assert article.withheld == withheld
    assert bool(article.expires) is not bool(withheld)


@pytest.mark.parametrize(
    "text",
    [
        "Password: the movie\n\nIt was fine.",
        "Status: all is well, says the mayor.\n\nMore.",
        "Remember: milk\nTitle: no\n\nText.",
        "Draft laws: what the title of a draft says\nand more: prose\n\nText.",
        "# T\n\nStatus: it rained.\n\nText.",
        "# T\n\nThe status: hidden\n\nText.",
        "# T\n\nStatus: draft\nand then we went on.\n\nText.",
        "a::b\n\nText.",
    ],
)
def test_prose_with_colons_is_text(text: str) -> None:
    assert not read(text, "a.md").withheld


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("# How to keep a post back\n\n    draft: true\n\nWrite this.", "a.md"),
        ("# Wifi\n\nNetwork: cafe\nPassword: espresso\n\nB", "a.md"),
        ("# Project\n\nStatus: archived\n\nB", "a.md"),
        ("# Server status\n\nstatus: inactive\n\nB", "a.md"),
        ("# Job\n\nStatus: pending\n\nB", "a.md"),
        ("# Bug 12\n\nStatus: rejected\n\nB", "a.md"),
        ("export const title = 'x'\n\nB", "a.mdx"),
        ("---\ntitle: T\n---\n\n---\n\nB", "a.md"),
        ("---\ntitle: T\n---\nNote: this is text.", "a.md"),
    ],
)
def test_what_speaks_of_its_subject_is_published(text: str, name: str) -> None:
    assert not read(text, name).withheld


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("import L from 'x'\n\nexport const meta = {title: 'x', private: true}\n\nB", "a.mdx"),
        ("import L from 'x'\nexport const frontmatter = {\n  draft: true,\n}\n\nB", "a.mdx"),
        ("export const meta = { published: false }\n\nB", "a.md"),
        ("export const draft = true\n\nB", "a.md"),
        ("---\n---\ntitle: T\ndraft: true\n---\nB", "a.md"),
        ("---\ntitle: T\n---\n\n---\ndraft: true\n---\n\nB", "a.md"),
    ],
)
def test_keys_of_mdx_and_a_second_front_matter_are_a_problem(text: str, name: str) -> None:
    assert refused(text, name).code == "bad-front-matter"
