"""JSON Feed documents, byte for byte and by the rules of version 1.1.

The expected documents lie in `golden/`, indented. Write them anew with

    UPDATE_GOLDEN=1 pytest tests/test_jsonfeed.py

and read the difference before you commit it.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from feedsvc.feeds import jsonfeed
from feedsvc.feeds.addressing import entry_link
from feedsvc.feeds.registry import Format, feed_id, site_feed
from tests.feed_cases import CASES, GONE, HUBS, Case
from tests.feed_rules import json_feed_complaints

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2027, 1, 1, tzinfo=UTC)

every_name = pytest.mark.parametrize("name", CASES)
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@pytest.fixture(autouse=True)
def _version(monkeypatch: pytest.MonkeyPatch) -> None:
    """One version for ever, so that a release changes no golden document."""
    monkeypatch.setattr(jsonfeed, "__version__", "1.2.3")


def body(case: Case) -> bytes:
    return case.document(Format.JSON).bodies["identity"]


def read(case: Case) -> Any:
    return json.loads(body(case))


@every_name
def test_a_document_is_the_golden_one(name: str) -> None:
    golden = GOLDEN / f"{name}.json"
    told = json.dumps(read(CASES[name]), ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(told, encoding="utf-8")
    assert told == golden.read_text(encoding="utf-8")


def test_there_is_no_golden_document_without_its_case() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(CASES)


@every_case
def test_a_document_has_no_space_and_no_escape_that_it_does_not_need(case: Case) -> None:
    told = json.dumps(read(case), ensure_ascii=False, separators=(",", ":"))
    assert body(case) == told.encode()


@every_case
def test_it_keeps_the_rules_of_json_feed(case: Case) -> None:
    assert json_feed_complaints(body(case), case.address(Format.JSON), NOW) == []


@every_case
def test_an_item_has_the_id_the_link_and_the_dates_of_its_entry(case: Case) -> None:
    for entry, item in zip(case.content.entries, read(case)["items"], strict=True):
        assert (item["id"], item["title"]) == (entry.id, entry.article.title)
        assert item["url"] == entry_link(case.config, entry).replace(
            "http://site.invalid", case.config.site.base_url
        )
        assert datetime.fromisoformat(item["date_published"]) == entry.published
        assert datetime.fromisoformat(item["date_modified"]) == entry.updated


@every_case
def test_an_item_says_something_in_one_of_two_ways(case: Case) -> None:
    for item in read(case)["items"]:
        assert ("content_html" in item) != ("content_text" in item)


def test_without_its_text_an_item_shows_the_summary_or_else_the_title() -> None:
    case = CASES["summary"]
    told = [item["content_text"] for item in read(case)["items"]]
    assert told == [e.article.summary or e.article.title for e in case.content.entries]


@pytest.mark.parametrize("name", ["full", "page"])
def test_the_original_is_named_wherever_the_link_leads(name: str) -> None:
    case = CASES[name]
    for entry, item in zip(case.content.entries, read(case)["items"], strict=True):
        original = entry.article.original
        assert item.get("external_url") == (original.url if original else None)


def test_the_feed_says_what_it_knows_of_itself() -> None:
    case = CASES["dressed"]
    told, icon = read(case), "https://feeds.example/icon.png?a=b&c=d"
    assert told["authors"] == [{"name": case.config.author}]
    assert (told["icon"], told["favicon"], told["language"]) == (icon, icon, "de-CH")
    assert told["hubs"] == [{"type": "WebSub", "url": hub} for hub in HUBS]
    assert told["_feedsvc"]["id"] == feed_id(case.config, site_feed(case.config))


def test_authors_have_names_and_addresses() -> None:
    [item] = [item for item in read(CASES["full"])["items"] if "authors" in item]
    assert item["authors"] == [
        {"name": "Ann O’Neill", "url": "https://ann.example/?a=b&c=d"},
        {"name": "Ben", "url": "https://ben.example/"},
        {"name": "Cleo & Co"},
        {"name": "Zoë"},
    ]


def test_attachments_have_their_type_size_and_duration() -> None:
    item = read(CASES["enclosed"])["items"][1]
    ours = "https://feeds.example/news/media"
    assert (item["image"], item["language"]) == (f"{ours}/p.webp", "de")
    assert item["attachments"] == [
        {
            "url": "https://other.example/paper.pdf?a=b&c=d",
            "mime_type": "application/pdf",
            "size_in_bytes": 5,
        },
        {
            "url": f"{ours}/v.webm",
            "mime_type": "video/webm",
            "size_in_bytes": 7_000_000_000,
            "duration_in_seconds": 3723,
        },
        {"url": f"{ours}/v.mp4", "mime_type": "video/mp4", "duration_in_seconds": 3723},
        {"url": "https://other.example/what", "mime_type": "application/octet-stream"},
    ]


def test_what_goes_on_and_what_is_gone_is_told() -> None:
    told = read(CASES["tombstones"])
    assert told["next_url"] == "https://feeds.example/news/feed-51-77.json"
    assert told["_feedsvc"]["tombstones"] == [
        {"id": one.id, "when": one.when.isoformat()} for one in GONE
    ]
    marked = [name for name, case in CASES.items() if "archive" in read(case)["_feedsvc"]]
    assert marked == ["archive"]
    assert read(CASES["archive"])["next_url"] == "https://feeds.example/news/feed-1-50.json"
