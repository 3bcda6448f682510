"""Rules for JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from tests.feed_rules.markup import ADDRESSES, CONTROLS, UNSAFE_ELEMENTS
from tests.feed_rules.moments import CLOCKS_DIFFER, RFC_3339, iso_moment
from tests.feed_rules.values import MEDIA_TYPE, SUBTAGS, known_language

VERSION = "https://jsonfeed.org/version/1.1"
EXTENSION = re.compile(r"_[A-Za-z][^.]*")
Rule = Callable[[Any, datetime], str]  # what is wrong with a value, or nothing


def text(value: Any, _now: datetime) -> str:
    if not isinstance(value, str):
        return "is no string"
    if CONTROLS.search(value):
        return "holds characters of a wrong encoding"
    return "" if value.strip() else "is blank, and had better be left out"


def address(value: Any, now: datetime) -> str:
    if text(value, now):
        return text(value, now)
    parts = urlsplit(value)
    return "" if parts.scheme in ("http", "https") and parts.netloc else "is no full address"


def moment(value: Any, now: datetime) -> str:
    if text(value, now):
        return text(value, now)
    told = iso_moment(value) if RFC_3339.fullmatch(value) else None
    if told is None:
        return "is no date of RFC 3339"
    return "is in the future" if told > now + CLOCKS_DIFFER else ""


def language(value: Any, now: datetime) -> str:
    if text(value, now):
        return text(value, now)
    known = SUBTAGS.fullmatch(value) and known_language(value.partition("-")[0].lower())
    return "" if known else "is no language tag"


def media_type(value: Any, now: datetime) -> str:
    return text(value, now) or ("" if MEDIA_TYPE.fullmatch(value) else "is no media type")


def boolean(value: Any, _now: datetime) -> str:
    return "" if isinstance(value, bool) else "is neither true nor false"


def number(value: Any, _now: datetime) -> str:
    right = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    return "" if right else "is no number of 0 or more"


class _Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNSAFE_ELEMENTS:
            self.found = f"holds <{tag}>, which is unsafe"
        for name, value in attrs:
            if name.startswith("on"):
                self.found = f"holds the attribute {name}, which is unsafe"
            if ADDRESSES.get(tag) == name and not urlsplit(value or "").scheme:
                self.found = f"holds the relative reference {value!r}"


def html(value: Any, now: datetime) -> str:
    return text(value, now) or _Reader(value).found


@dataclass(frozen=True)
class Shape:
    """An object: its fields, those that it must have, and those of which it must have one."""

    fields: Mapping[str, Rule | Shape | Many]
    required: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Many:
    """An array of these."""

    of: Rule | Shape = field(default=text)


AUTHOR = Shape({"name": text, "url": address, "avatar": address}, one_of=("name", "url", "avatar"))
ATTACHMENT = Shape(
    {
        "url": address,
        "mime_type": media_type,
        "title": text,
        "size_in_bytes": number,
        "duration_in_seconds": number,
    },
    required=("url", "mime_type"),
)
ITEM = Shape(
    {
        "id": text,
        "url": address,
        "external_url": address,
        "title": text,
        "content_html": html,
        "content_text": text,
        "summary": text,
        "image": address,
        "banner_image": address,
        "date_published": moment,
        "date_modified": moment,
        "authors": Many(AUTHOR),
        "tags": Many(),
        "language": language,
        "attachments": Many(ATTACHMENT),
    },
    required=("id",),
    wanted=("url", "date_published"),
    one_of=("content_html", "content_text"),
)
FEED = Shape(
    {
        "version": text,
        "title": text,
        "home_page_url": address,
        "feed_url": address,
        "description": text,
        "user_comment": text,
        "next_url": address,
        "icon": address,
        "favicon": address,
        "authors": Many(AUTHOR),
        "language": language,
        "expired": boolean,
        "hubs": Many(Shape({"type": text, "url": address}, required=("type", "url"))),
        "items": Many(ITEM),
    },
    required=("version", "title", "items"),
    wanted=("home_page_url", "feed_url"),
)


def json_feed_complaints(body: bytes, address: str, now: datetime | None = None) -> list[str]:
    """What is wrong with a JSON feed that came from this address, errors and warnings."""
    twice: list[str] = []

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in found]
        twice.extend(sorted({name for name in names if names.count(name) > 1}))
        return dict(found)

    try:
        feed = json.loads(body.decode("utf-8"), object_pairs_hook=pairs, parse_constant=_refuse)
    except ValueError as problem:
        return [f"error: document: is no JSON in UTF-8: {problem}"]
    doubled = [f"error: {name}: comes twice in one object" for name in twice]
    if not isinstance(feed, dict):
        return ["error: document: is no object"]
    shaped = _shape(FEED, feed, "", now or datetime.now(UTC))
    return [*doubled, *shaped, *_whole(feed, address)]


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON number")


def _shape(shape: Shape, told: Any, path: str, now: datetime) -> Iterator[str]:
    if not isinstance(told, dict):
        yield f"error: {path}: is no object"
        return
    dot = f"{path}." if path else ""
    yield from (f"error: {dot}{name}: is missing" for name in shape.required if name not in told)
    yield from (f"warning: {dot}{name}: is missing" for name in shape.wanted if name not in told)
    if shape.one_of and not set(shape.one_of) & set(told):
        yield f"error: {path}: has none of {', '.join(shape.one_of)}"
    for name, value in told.items():
        if name in shape.fields:
            yield from _value(shape.fields[name], value, f"{dot}{name}", now)
        elif not EXTENSION.fullmatch(name):
            yield f"error: {dot}{name}: is no field of JSON Feed 1.1"
        elif not isinstance(value, dict):
            yield f"error: {dot}{name}: is an extension and no object"


def _value(rule: Rule | Shape | Many, value: Any, path: str, now: datetime) -> Iterator[str]:
    if isinstance(rule, Shape):
        yield from _shape(rule, value, path, now)
    elif not isinstance(rule, Many):
        if found := rule(value, now):
            yield f"error: {path}: {found}"
    elif not isinstance(value, list):
        yield f"error: {path}: is no array"
    else:
        for place, one in enumerate(value):
            yield from _value(rule.of, one, f"{path}[{place}]", now)


def _whole(feed: dict[str, Any], address: str) -> Iterator[str]:
    if feed.get("version", VERSION) != VERSION:
        yield f"error: version: is not {VERSION}"
    if feed.get("feed_url", address) != address:
        yield f"warning: feed_url: is not {address}, where the feed came from"
    if "next_url" in feed and feed["next_url"] in (address, feed.get("feed_url")):
        yield "error: next_url: is the feed itself"
    items = feed.get("items")
    named = [item.get("id") for item in items or () if isinstance(item, dict)]
    ids = [one for one in named if isinstance(one, str)]
    for one in sorted({one for one in ids if ids.count(one) > 1}):
        yield f"error: items: two have the id {one}"
