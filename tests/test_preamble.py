"""Keys before a text that is no front matter: Nikola's, Org's, Pelican's, those of HTML pages."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from feedsvc.model import Original, Person
from feedsvc.reading.formats import preamble
from feedsvc.reading.source import Source
from tests.reading import read, refused

JAN_5 = datetime(2020, 1, 5, 10, tzinfo=UTC)
LINES = (
    ".. title: A walk: by the sea\n.. slug: walk\n.. date: 2020-01-05 10:00:00 UTC\n"
    ".. tags: sea, sand\n.. category: Travel\n.. link: https://a.example/1\n"
    ".. description: Of a walk.\n.. type: text\n.. author: Ann\n"
)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (f"<!--\n{LINES}-->\n\nIt *rained*.", "a.md"),
        (f"<!-- \n{LINES}-->\nIt *rained*.", "a.markdown"),
        (f"\ufeff\n<!--{LINES}-->\nIt *rained*.", "a.md"),
        (f"{LINES}\nIt *rained*.", "a.md"),
        (f"<!--\n{LINES}-->\n<p>It <em>rained</em>.</p>", "a.html"),
    ],
)
def test_the_header_of_nikola_is_read(text: str, path: str) -> None:
    article = read(text, path)
    assert (article.title, article.content) == ("A walk: by the sea", "<p>It <em>rained</em>.</p>")
    assert (article.published, article.tags) == (JAN_5, ("sea", "sand", "Travel"))
    assert article.original == Original("a.example", "https://a.example/1")
    assert (article.authors, article.summary) == ((Person("Ann"),), "Of a walk.")
    assert not article.withheld


def test_a_plain_text_with_the_header_of_nikola_stays_plain() -> None:
    article = read(f"{LINES}\nIt *rained*.\n\nAnd <b>.", "a.txt")
    assert article.content == "<p>It *rained*.</p>\n<p>And &lt;b&gt;.</p>"
    assert article.title == "A walk: by the sea"


@pytest.mark.parametrize(
    "said", ["status: draft", "status: private", "tags: a, draft", "hidden: 1"]
)
@pytest.mark.parametrize("path", ["a.md", "a.html", "a.txt", "a.rst"])
def test_what_nikola_withholds_is_withheld(said: str, path: str) -> None:
    assert read(f"<!--\n.. title: T\n.. {said}\n-->\n\nText.", path).withheld
    assert read(f".. title: T\n.. {said}\n\nText.", path).withheld
    if path == "a.md":
        assert read(f"<!--\ntitle: T\n{said}\n-->\n\nText.", path).withheld
        assert read(f"<!-- {said} -->\n# T\n\nText.", path).withheld


@pytest.mark.parametrize("path", ["a.md", "a.txt"])
@pytest.mark.parametrize(
    "text",
    [
        "Title: \u0645\u06cc\u200c\u0631\u0648\u0645\nDate: 2020-01-05\n\nText.",
        ".. title: \u0645\u06cc\u200c\u0631\u0648\u0645\n\nText.",
        "#+title: \u0645\u06cc\u200c\u0631\u0648\u0645\n\nText.",
    ],
)
def test_joiners_in_a_value_stay(path: str, text: str) -> None:
    assert read(text, path).title == "\u0645\u06cc\u200c\u0631\u0648\u0645"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (".. template: x.tmpl\n.. title: T\n.. status: draft\n\nText.", "a.txt"),
        ("<!--\nby hand: yes\nstatus: draft\n-->\nText.", "a.md"),
        ("<!-- status: draft -->\n<html><title>T</title><p>Text.</p></html>", "a.html"),
        ("<!-- .. title: A -->\n<!-- .. status: draft -->\n\nText.", "a.md"),
    ],
)
def test_any_of_the_lines_may_withhold(text: str, path: str) -> None:
    assert read(text, path).withheld == "draft"


@pytest.mark.parametrize(
    "text",
    [
        "<!--\n.. title: T\n.. status: draft\n\nText.",
        "\n<!-- .. title: T\n",
        "<!-- title: T\nstatus: draft\n",
    ],
)
def test_a_comment_with_keys_and_without_an_end_is_a_problem(text: str) -> None:
    assert refused(text).code == "bad-front-matter"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("<!-- A remark: this one. -->\nText.", "a.md"),
        ("<!-- prettier-ignore -->\nText.", "a.md"),
        (".. note:: Text.\n\nText.", "a.txt"),
        (".. _label:\n\nText.", "a.txt"),
        ("<!-- author: Ann --><title>T</title><p>Text.", "a.html"),
        ("# T\n\n:status: draft", "a.md"),
        ("#hashtag: of the day\n\nText.", "a.md"),
        (":smile: Text.", "a.md"),
    ],
)
def test_other_comments_and_lines_are_none(text: str, path: str) -> None:
    assert not preamble.fits(Source(path, text))
    assert not read(text, path).withheld


@pytest.mark.parametrize(
    "text",
    [
        "#+title: A walk\n#+date: [2020-01-05 Sun 10:00]\n#+filetags: :sea:sand:\n\nText.",
        "#+TITLE: A walk\n# a comment\n\n#+DATE: <2020-01-05 10:00>\n#+tags[]: sea sand\nText.",
        ":PROPERTIES:\n:ID: x\n:END:\n#+title: A walk\n#+hugo_date: 2020-01-05T10:00:00Z\n"
        "#+hugo_tags: sea sand\n#+options: toc:nil\n\nText.",
    ],
)
def test_keywords_of_org_are_read(text: str) -> None:
    article = read(text, "a.org")
    assert (article.title, article.published) == ("A walk", JAN_5)
    assert (article.tags, article.content) == (("sea", "sand"), "<p>Text.</p>")
    assert not article.withheld


@pytest.mark.parametrize(
    "line",
    [
        "draft: t",
        "DRAFT: true",
        "hugo_draft: true",
        "status: draft",
        "hugo_draft: maybe",
        "hugo_custom_front_matter: :foo bar :draft t",
    ],
)
@pytest.mark.parametrize("path", ["a.org", "a.txt", "a.md"])
def test_what_org_withholds_is_withheld(line: str, path: str) -> None:
    assert read(f"#+title: T\n#+{line}\n\nText.", path).withheld
    assert not read(f"#+title: T\n#+{line.partition(':')[0]}: nil\n\nText.", path).withheld


@pytest.mark.parametrize(
    "text",
    [
        "A walk\n######\n\n:date: 2020-01-05 10:00\n:status: draft\n\nText.",
        "======\nA walk\n======\n:date: 2020-01-05 10:00\n:Status: hidden\n\nText.",
        "\nA walk\n------\n:date: 2020-01-05 10:00\n:draft: yes\nText.",
    ],
)
@pytest.mark.parametrize("path", ["a.rst", "a.txt"])
def test_fields_of_restructured_text_are_read(text: str, path: str) -> None:
    article = read(text, path)
    assert (article.title, article.published, article.content) == ("A walk", JAN_5, "<p>Text.</p>")
    assert article.withheld


@pytest.mark.parametrize(
    "text",
    [
        "Title: T\nStatus: skip\n\nText.",
        "title: T\ndraft: true\n---\nText.",
        "title:   T\n         of two lines\ndate: 2020-01-05\nhidden: true\n...\nText.",
        "Status: draft\n\nText.",
        "Draft: true\nDate: 2020-01-05\n\nText.",
        "Title: T\nExpires: 2020-01-05\nPassword: x\n\nText.",
    ],
)
@pytest.mark.parametrize("path", ["a.md", "a.txt"])
def test_header_lines_withhold(text: str, path: str) -> None:
    article = read(text, path)
    assert article.withheld
    assert article.content == "<p>Text.</p>"


@pytest.mark.parametrize("path", ["a.md", "a.txt"])
def test_header_lines_that_withhold_and_cannot_be_read_are_a_problem(path: str) -> None:
    refusal = refused("Title: T\nStatus: draft\nand on it goes\n\nText.", path)
    assert (refusal.code, refusal.line) == ("bad-front-matter", 3)


@pytest.mark.parametrize("path", ["a.md", "a.txt"])
@pytest.mark.parametrize(
    "text", ["Status: done\n\nText.", "Access: by the gate\n\nText.", "State: solid\n\nText."]
)
def test_a_line_that_sounds_like_a_key_is_text(text: str, path: str) -> None:
    article = read(text, path)
    assert article.title == text.partition("\n")[0]
    assert not article.withheld


def page(*metas: tuple[str, str], body: str = "Text.") -> str:
    said = "".join(f'<meta name="{name}" content="{value}"/>' for name, value in metas)
    return f"<html><head><title>T</title>{said}</head><body><p>{body}</p></body></html>"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "draft"), ("Status", "Hidden"), ("status", "skip"), ("draft", "true"),
        ("visibility", "private"), ("unlisted", "true"), ("publish", "false"),
        ("published", "false"), ("password", "x"), ("hidden", "perhaps"), ("feed", "false"),
    ],
)  # fmt: skip
def test_a_meta_element_withholds(name: str, value: str) -> None:
    assert read(page((name, value)), "a.html").withheld
    assert read(page((name, "")), "a.html").withheld == ""
    assert read(page((name, value), (name, "published")), "a.html").withheld
    assert read(page((name, "published"), (name, value)), "a.html").withheld


@pytest.mark.parametrize(
    ("name", "value"),
    [("robots", "noindex"), ("expires", "0"), ("status", "published"), ("build", "1"),
     ("published", "2020-01-05"), ("rating", "private")],
)  # fmt: skip
def test_other_meta_elements_withhold_nothing(name: str, value: str) -> None:
    article = read(page((name, value)), "a.html")
    assert (article.withheld, article.expires) == ("", None)


def test_a_page_expires_as_open_graph_has_it() -> None:
    article = read(page(("article:expiration_time", "2020-01-05T10:00:00Z")), "a.html")
    assert article.expires == JAN_5


@pytest.mark.parametrize(
    "said",
    ['"creativeWorkStatus": "Draft"', '"expires": "2020-01-05"', '"creativeWorkStatus": "Private"'],
)
def test_what_schema_org_says_of_a_page_withholds_it(said: str) -> None:
    data = f'{{"@type": "Article", "headline": "T", {said}}}'
    article = read(f'<script type="application/ld+json">{data}</script><p>Text.', "a.html")
    assert article.withheld or article.expires


def test_what_pelican_says_in_a_page_is_read() -> None:
    article = read(
        page(("tags", "a, b"), ("authors", "Ann, Bo"), ("summary", "Short."), ("category", "c"),
             ("date", "2020-01-05 10:00"), ("modified", "2020-01-06 10:00")), "a.html"
    )  # fmt: skip
    assert article.tags == ("a", "b", "c")
    assert article.authors == (Person("Ann"), Person("Bo"))
    assert (article.summary, article.published) == ("Short.", JAN_5)
    assert article.updated == JAN_5.replace(day=6)


@pytest.mark.parametrize(
    "text",
    [
        "<!--" + "-" * 300_000,
        "<!-- title:" + "\n.. a" * 100_000,
        "#+a: b\n" * 50_000,
        ".. title: x\n" * 50_000,
        ":PROPERTIES:\n" + ":a:\n" * 100_000,
        "#+date: " + "[2020-01-01 " * 50_000,
        "=" * 300_000,
        "a\n" + "=" * 300_000 + "\n:",
        "x" * 300_000,
    ],
)
@pytest.mark.parametrize("path", ["a.md", "a.rst"])
def test_looking_for_keys_takes_no_time(text: str, path: str) -> None:
    began = time.process_time()
    source = Source(path, text)
    if preamble.fits(source) and not text.startswith("<!--"):
        preamble.header(text, source.suffix)
    assert time.process_time() - began < 1
