"""What is withheld, in the words of every site generator, and what only sounds like it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feedsvc.model import Problem
from feedsvc.reading.formats.reader import read_article
from tests.reading import HOW, keys, read


def remarks(text: str, path: str = "a/b.md") -> list[Problem]:
    found: list[Problem] = []
    read_article(path, text.encode(), HOW, found)
    return found


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("draft: true", "draft"), ("Draft: 'Yes'", "draft"), ("isDraft: 1", "draft"),
        ("published: false", "unpublished"), ("publish: 'no'", "unpublished"),
        ("status: draft", "draft"), ("status: Auto-Draft", "draft"), ("status: [wip]", "draft"),
        ("status: draft (needs work)", "draft"), ("status: '[[Draft]]'", "draft"),
        ("status: '🚧 in progress'", "draft"), ("status: Draft, 2nd", "draft"),
        ("status: skip", "skipped"), ("status: Private", "private"), ("status: trash", "trash"),
        ("status: pending", "pending"), ("status: future", "scheduled"), ("state: draft", "draft"),
        ("build: {list: never}", "not in lists"), ("build: {list: false}", "not in lists"),
        ("_build: {list: local, render: always}", "not in lists"),
        ("_build: {render: never}", "not rendered"), ("render: false", "not rendered"),
        ("headless: true", "headless"), ("hidden: on", "hidden"), ("unlisted: true", "unlisted"),
        ("hide: true", "hidden"), ("feed: false", "not in feeds"), ("rss: 'off'", "not in feeds"),
        ("exclude_from_feed: true", "not in feeds"), ("hiddenInRss: true", "not in feeds"),
        ("eleventyExcludeFromCollections: true", "not in lists"),
        ("eleventyExcludeFromCollections: [posts]", "not in lists"),
        ("visibility: members", "members only"), ("visibility: Paid", "members only"),
        ("visibility: private", "private"), ("access: members", "members only"),
        ("access: false", "private"), ("public: false", "private"), ("listed: no", "unlisted"),
        ("password: abc", "password"), ("password: 1234", "password"),
        ("password: no-one-knows", "password"), ("protected: yes", "protected"),
        ("params: {draft: true}", "draft"), ("extra: {hidden: 'true'}", "hidden"),
        ("permalink: false", "not rendered"), ("expired: true", "expired"),
        ("unpublish: true", "expired"), ("pending: true", "pending"), ("deleted: true", "trash"),
        ("disabled: true", "hidden"), ("active: false", "hidden"), ("enabled: false", "hidden"),
        ("secret: true", "private"), ("internal: true", "private"), ("list: false", "unlisted"),
        ("members: true", "members only"), ("audience: only_paid", "members only"),
        ("hide: [rss]", "not in feeds"), ("exclude: [feed]", "not in feeds"),
        ("rss: never", "not in feeds"), ("feed: none", "not in feeds"),
        ("feed: {exclude: true}", "not in feeds"), ("rss: {enabled: false}", "not in feeds"),
        ("rss_hide: true", "not in feeds"), ("status: needs-review", "pending"),
        ("status: not ready", "draft"), ("status: work in progress", "draft"),
        ("status: archived", "archived"), ("status: to-be-published", "unpublished"),
        ("status: Not published yet", "unpublished"), ("status: 0", "unpublished"),
        ("build: never", "not rendered"), ("build: [never]", "not rendered"),
        ("render: never", "not rendered"), ("noPublish: true", "unpublished"),
        ("hidden_in_atom: true", "not in feeds"),
        ("status: Final draft", "draft"), ("status: idea", "draft"), ("disable: true", "hidden"),
        ("list: never", "unlisted"), ("excludeFromRSSFeed: true", "not in feeds"),
        ("feed_excluded: true", "not in feeds"),
    ],
)  # fmt: skip
def test_an_article_is_withheld(line: str, reason: str) -> None:
    text = keys("title: T", line)
    assert read(text).withheld == reason
    assert remarks(text) == []


@pytest.mark.parametrize(
    "line",
    [
        "draft: false", "draft:", "draft: ''", "published: true", "published: 2020-01-05",
        "archived: true", "status: No longer maintained", "status: Hidden gem",
        "publish: true", "status: published", "status: done", "status: evergreen",
        "build: {list: always}", "build: 1234", "_build: {publishResources: false}",
        "hide: [toc, navigation]", "feed: podcast", "rss: https://a.example/feed",
        "feed: {excerpt_only: true}", "visibility: public", "access: everyone", "access: true",
        "password:", "password: false", "sitemap: false", "robots: noindex", "noindex: true",
        "hiddenInHomeList: true", "expires: never", "expiryDate: 0001-01-01T00:00:00Z",
        "expires: 9999-12-31", "permalink: /a/", "search: false", "headless: false", "a: b",
        "members: [a, b]", "exclude: [a.png]", "audience: developers", "audience: [a]",
        "internal: 3", "list: [a]", "active: a", "feed: {include: true}", "rss: excerpt",
    ],
)  # fmt: skip
def test_an_article_is_not_withheld(line: str) -> None:
    text = keys("title: T", line)
    article = read(text)
    assert (article.withheld, article.expires, remarks(text)) == ("", None, [])


def test_what_is_scheduled_goes_by_its_date() -> None:
    assert not read(keys("title: T", "status: future", "date: 2030-01-01")).withheld


@pytest.mark.parametrize(
    "line",
    [
        "draft: maybe", "draft: {a: b}", "draft: '{{ .Draft }}'", "hidden: [toc]",
        "publish: soon", "status: {a: b}", "visibility: the team", "build: {list: sometimes}",
        "expiryDate: soon", "expires: 01/02/2026", "unpublishDate: [2026-01-01]",
        "embargo: 2099-01-01", "hidden: [a]",
    ],
)  # fmt: skip
def test_a_value_that_is_not_understood_withholds_and_is_reported(line: str) -> None:
    text = keys("title: T", line)
    assert read(text).withheld == "unclear"
    assert [(one.code, one.line) for one in remarks(text)] == [("bad-visibility", 3)]


@pytest.mark.parametrize(
    "text",
    [
        keys("title: T", "draft: true", "draft: false"),
        keys("title: T", "Draft: false", "draft: true"),
        keys("title: T", "draft: false", "params: {draft: true}"),
        keys("title: T", "build: {list: always}", "_build: {list: never}"),
        '{"title": "T", "hidden": true, "hidden": false}\nText.',
    ],
)
def test_of_two_keys_that_disagree_the_one_that_withholds_counts(text: str) -> None:
    assert read(text).withheld


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (keys("title: T", "draft: true", "date: soon"), "bad-date"),
        (keys("draft: true", "title: [a]"), "bad-title"),
        (keys("draft: true", "title: T").replace("Text.", ""), "no-text"),
    ],
)
def test_what_is_wrong_with_a_withheld_article_is_reported_and_does_not_keep_it_published(
    text: str, code: str
) -> None:
    assert read(text).withheld == "draft"
    assert [one.code for one in remarks(text)] == [code]


@pytest.mark.parametrize(
    "text",
    [
        keys("title: T", "\u200bdraft: true"),
        keys("title: T", "draft\ufeff: true"),
        keys("title: T", "draft\u00a0: \u200btrue"),
        keys("title: T", "status: \u200bdra\u00adft"),
        "Title: T\n\u200bStatus: draft\n\nText.",
        "<!--\n.. title: T\n\u2060.. status: draft\n-->\nText.",
        "#+title: T\n\ufeff#+draft: t\n\nText.",
    ],
)
def test_characters_that_nobody_sees_hide_no_key(text: str) -> None:
    assert read(text).withheld


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("_drafts/a.txt", "A walk\n\nIt rained."),
        ("b/_drafts/a.txt", "# A walk\n\nIt rained."),
        ("_drafts/b/a.html", "<title>T</title><p>x"),
    ],
)
def test_every_layout_in_the_folder_for_drafts_is_a_draft(path: str, text: str) -> None:
    assert read(text, path).withheld == "draft"


@pytest.mark.parametrize(
    ("lines", "expires"),
    [
        (["expiryDate: 2023-02-01"], datetime(2023, 2, 1, tzinfo=UTC)),
        (["unpublishDate: 2023-02-01T10:00:00+02:00"], datetime(2023, 2, 1, 8, tzinfo=UTC)),
        (["expires: 2030-01-01", "expire: 2029-01-01"], datetime(2029, 1, 1, tzinfo=UTC)),
        (["params: {expirationDate: 2023-02-01}"], datetime(2023, 2, 1, tzinfo=UTC)),
    ],
)
def test_an_article_expires(lines: list[str], expires: datetime) -> None:
    article = read(keys("title: T", *lines))
    assert (article.withheld, article.expires) == ("", expires)
