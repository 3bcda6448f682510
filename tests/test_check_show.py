"""`check --show`: an article as subscribers will get it, fit for a terminal."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.commands import invoke
from tests.folders import write
from tests.site import Service, Site

FULL = """\
---
title: A walk & a talk
date: 2024-01-02 03:04 +0100
updated: 2024-02-03
authors: [{name: Ann Example, email: ann@x.example, url: "https://ann.x.example"}]
tags: [rain, mud]
lang: de
original: https://other.x.example/walk
image: https://x.example/a.png
enclosure: {url: "https://x.example/a.mp3", length: 12, duration: "1:02"}
summary: In short.
---
It *rained* on [the hill](b.html).

- one
- two
"""


def shown(site: Site, path: str) -> list[str]:
    result = invoke(site, "check", str(site.folder / path), "--show")
    assert result.exit_code == 0, result.output
    first, *rest = result.output.splitlines()
    assert first == "1 file, no problems"
    return rest


def test_every_field_has_a_line_and_the_text_follows(site: Site) -> None:
    write(site.folder, "news/walk.md", FULL)
    lines = shown(site, "news/walk.md")
    assert lines[:2] == ["", "news/walk.md"]
    fields = [line.strip().split(maxsplit=1) for line in lines[2 : lines.index("", 2)]]
    assert [name for name, *_ in fields] == [
        "title", "id", "link", "published", "updated", "authors", "tags", "tags", "section",
        "language", "original", "image", "enclosures", "summary",
    ]  # fmt: skip
    told = {field[0]: field[1] for field in fields}
    assert told["title"] == "A walk & a talk"
    assert told["link"] == "https://other.x.example/walk"
    assert told["published"] == "2024-01-02 02:04:00 UTC"
    assert told["authors"] == "Ann Example <ann@x.example> https://ann.x.example"
    assert told["enclosures"] == "https://x.example/a.mp3, audio/mpeg, 12 bytes, 62 s"
    assert [line for line in lines[lines.index("", 2) :] if line] == [
        "  It rained on the hill.",
        "  one",
        "  two",
    ]


def test_the_id_and_the_link_are_those_that_the_feed_then_has(site: Site) -> None:
    site.write("news/a.txt", title="One")
    write(site.folder, "b.md", "---\nid: https://x.example/guid\ndate: 2024-01-02\n---\nText.\n")
    found = {}
    for path in ("news/a.txt", "b.md"):
        result = invoke(site, "check", str(site.folder / path), "--show", "--format", "json")
        (found[path],) = json.loads(result.output)["articles"]
    service = Service(site, "serve", {})
    try:
        feed: httpx.Response = service.ready("/feed.json")
        items = {item["id"]: item for item in feed.json()["items"]}
    finally:
        service.stop()
    assert {one["id"]: one["content"] for one in found.values()} == {
        key: item["content_html"] for key, item in items.items()
    }
    assert found["news/a.txt"]["link"] == items[found["news/a.txt"]["id"]]["url"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("---\ntitle: A\ndraft: true\n---\nText.\n", "draft"),
        ("---\ntitle: A\ndate: 2199-01-02\n---\nText.\n", "until its date"),
        ("---\ntitle: A\nstatus: draft\n---\nText.\n", "draft"),
    ],
)
def test_what_nobody_is_to_see_yet_says_why(site: Site, text: str, why: str) -> None:
    write(site.folder, "a.md", text)
    assert f"  withheld   {why}" in shown(site, "a.md")


def test_an_undated_article_says_when_it_will_be_dated(site: Site) -> None:
    write(site.folder, "a.md", "# A\n\nText.\n")
    assert "  published  when it is first found" in shown(site, "a.md")


def test_of_two_with_one_id_the_second_says_so(site: Site) -> None:
    for name in "ab":
        write(site.folder, f"c/{name}.md", "---\nid: same\ndate: 2024-01-02\n---\nText.\n")
    output = invoke(site, "check", str(site.folder / "c"), "--show").output
    assert "duplicate-id" in output
    assert output.count("withheld   its id is that of another article") == 1


def test_what_an_article_says_cannot_steer_the_terminal(site: Site) -> None:
    write(
        site.folder,
        "a.html",
        "<!doctype html><title>&#27;[2J\u202eevil</title><p>\u009b31m red &#x9b;2J \u202e text",
    )
    output = "\n".join(shown(site, "a.html"))
    assert not {"\x1b", "\x9b", "\u202e"} & set(output)
    assert "red" in output


def test_long_text_is_wrapped_and_what_is_no_article_is_not_shown(site: Site) -> None:
    write(site.folder, "c/a.md", f"# A\n\n{'rain ' * 100}\n")
    write(site.folder, "c/b.md", "---\nredirect_to: /a/\n---\n")
    output = invoke(site, "check", str(site.folder / "c"), "--show").output
    assert max(len(line) for line in output.splitlines() if line.startswith("  rain")) <= 79
    assert "c/b.md" not in output


def test_show_needs_a_path(site: Site) -> None:
    result = invoke(site, "check", "--show")
    assert (result.exit_code, "--show needs a PATH" in result.output) == (2, True)
