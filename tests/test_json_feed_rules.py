"""That each rule of JSON Feed 1.1 is kept: one small bad document for each."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.feed_rules import json_feed_complaints

ADDRESS = "https://feeds.example/feed.json"
NOW = datetime(2026, 7, 1, tzinfo=UTC)
ITEM: dict[str, Any] = {
    "id": "urn:uuid:60a76c80-d399-11d9-b93c-0003939e0af6",
    "url": "https://feeds.example/1",
    "external_url": "https://a.example/1",
    "title": "One",
    "content_html": '<p><a href="https://a.example/">Text</a></p>',
    "content_text": "Text",
    "summary": "It",
    "image": "https://a.example/a.png",
    "banner_image": "https://a.example/b.png",
    "date_published": "2026-06-01T00:00:00Z",
    "date_modified": "2026-06-01T00:00:00.5+02:00",
    "authors": [{"name": "Ann", "url": "https://ann.example/", "avatar": "https://a.example/a"}],
    "tags": ["a", "b"],
    "language": "de-CH",
    "attachments": [
        {
            "url": "https://a.example/a.mp3",
            "mime_type": "audio/mpeg",
            "title": "Spoken",
            "size_in_bytes": 1,
            "duration_in_seconds": 1.5,
        }
    ],
    "_feedsvc": {"released": "2026"},
}
FEED: dict[str, Any] = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "News",
    "home_page_url": "https://feeds.example/",
    "feed_url": ADDRESS,
    "description": "All",
    "user_comment": "Subscribe.",
    "next_url": "https://feeds.example/2.json",
    "icon": "https://a.example/a.png",
    "favicon": "https://a.example/b.png",
    "authors": [{"name": "Ann"}],
    "language": "en",
    "expired": False,
    "hubs": [{"type": "WebSub", "url": "https://hub.example/"}],
    "items": [ITEM],
    "_feedsvc": {"id": "urn:x"},
}


def told(feed: Any) -> list[str]:
    return json_feed_complaints(json.dumps(feed).encode(), ADDRESS, NOW)


def test_nothing_is_held_against_a_good_feed() -> None:
    assert told(FEED) == []
    assert told({**FEED, "items": []}) == []


def says(feed: Any, complaint: str) -> None:
    found = told(feed)
    assert len(found) == 1, found
    assert found[0].startswith(complaint)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "no JSON"),
        (b"\xef\xbb\xbf{}", "no JSON"),
        (b'{"title": "\xe9"}', "no JSON"),
        (b'{"a": NaN}', "no JSON number"),
        (b"[]", "no object"),
    ],
)
def test_a_feed_is_one_json_object_in_utf_8(body: bytes, words: str) -> None:
    (found,) = json_feed_complaints(body, ADDRESS, NOW)
    assert found.startswith("error: document: ")
    assert words in found


def test_no_field_comes_twice() -> None:
    body = json.dumps(FEED).replace('"title": "News"', '"title": "News", "title": "Old"')
    found = json_feed_complaints(body.encode(), ADDRESS, NOW)
    assert found == ["error: title: comes twice in one object"]


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("version", "error: version: is missing"),
        ("title", "error: title: is missing"),
        ("items", "error: items: is missing"),
        ("feed_url", "warning: feed_url: is missing"),
        ("home_page_url", "warning: home_page_url: is missing"),
    ],
)
def test_a_feed_has_what_it_must_and_should_have(name: str, complaint: str) -> None:
    says({key: value for key, value in FEED.items() if key != name}, complaint)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"version": "https://jsonfeed.org/version/1"}, "error: version: is not"),
        ({"title": 1}, "error: title: is no string"),
        ({"title": ""}, "error: title: is blank"),
        ({"title": "a\x85"}, "error: title: holds characters"),
        ({"home_page_url": "/"}, "error: home_page_url: is no full address"),
        ({"feed_url": "https://b.example/"}, "warning: feed_url: is not"),
        ({"next_url": ADDRESS}, "error: next_url: is the feed itself"),
        ({"icon": "a.png"}, "error: icon: is no full address"),
        ({"expired": "no"}, "error: expired: is neither"),
        ({"language": "english"}, "error: language: is no language tag"),
        ({"author": {"name": "Ann"}}, "error: author: is no field of JSON Feed 1.1"),
        ({"authors": {"name": "Ann"}}, "error: authors: is no array"),
        ({"authors": [{}]}, "error: authors[0]: has none of"),
        ({"authors": [{"name": "Ann", "email": "a@b"}]}, "error: authors[0].email: is no field"),
        ({"hubs": [{"url": "https://hub.example/"}]}, "error: hubs[0].type: is missing"),
        ({"hubs": ["https://hub.example/"]}, "error: hubs[0]: is no object"),
        ({"subtitle": "a"}, "error: subtitle: is no field"),
        ({"_feedsvc": "a"}, "error: _feedsvc: is an extension and no object"),
        ({"_a.b": {}}, "error: _a.b: is no field"),
        ({"items": {}}, "error: items: is no array"),
        ({"items": ["a"]}, "error: items[0]: is no object"),
        ({"items": [ITEM, ITEM]}, "error: items: two have the id"),
    ],
)
def test_a_feed_keeps_to_its_rules(change: dict[str, Any], complaint: str) -> None:
    says(FEED | change, complaint)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"id": 1}, "id: is no string"),
        ({"url": "/1"}, "url: is no full address"),
        ({"external_url": ""}, "external_url: is blank"),
        ({"content_html": "<script>x</script>"}, "content_html: holds <script>"),
        ({"content_html": "<p onload='x'>"}, "content_html: holds the attribute onload"),
        ({"content_html": "<a href='b'>"}, "content_html: holds the relative"),
        ({"date_published": "2026-06-01"}, "date_published: is no date"),
        ({"date_modified": "2027-06-01T00:00:00Z"}, "date_modified: is in the future"),
        ({"tags": "a"}, "tags: is no array"),
        ({"tags": ["a", 1]}, "tags[1]: is no string"),
        ({"attachments": [{"mime_type": "a/b"}]}, "attachments[0].url: is missing"),
        ({"attachments": [{"url": "https://a.example/"}]}, "attachments[0].mime_type: is missing"),
        (
            {"attachments": [{"url": "https://a.example/", "mime_type": "mp3"}]},
            "attachments[0].mime_type: is no media type",
        ),
        (
            {
                "attachments": [
                    {"url": "https://a.example/", "mime_type": "a/b", "size_in_bytes": "1"}
                ]
            },
            "attachments[0].size_in_bytes: is no number",
        ),
        ({"guid": "a"}, "guid: is no field"),
    ],
)
def test_an_item_keeps_to_its_rules(change: dict[str, Any], complaint: str) -> None:
    says({**FEED, "items": [ITEM | change]}, f"error: items[0].{complaint}")


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        (["id"], "error: items[0].id: is missing"),
        (["content_html", "content_text"], "error: items[0]: has none of content_html"),
        (["url"], "warning: items[0].url: is missing"),
        (["date_published"], "warning: items[0].date_published: is missing"),
    ],
)
def test_an_item_has_what_it_must_and_should_have(names: list[str], complaint: str) -> None:
    item = {key: value for key, value in ITEM.items() if key not in names}
    says({**FEED, "items": [item]}, complaint)
