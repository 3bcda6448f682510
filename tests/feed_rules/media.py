"""Rules for Media RSS: media:content, media:group and what describes them."""

from __future__ import annotations

from collections.abc import Iterator

from tests.feed_rules.markup import plain, safe_html
from tests.feed_rules.place import Check, Complaint, Kind, Place, error
from tests.feed_rules.values import (
    among,
    anything,
    blank,
    every,
    full_uri,
    language,
    matches,
    media_type,
    natural,
    number,
    positive,
)

TIME = matches(r"now|\d+(\.\d+)?|\d+:\d\d:\d\d(\.\d+)?", "is no time of RFC 2326")


def described(value: str, place: Place) -> Iterator[Complaint]:
    """Text, or HTML where its type says so."""
    rule: Check = safe_html if place.node.get("type") == "html" else plain
    yield from rule(value, place)


def hashed(value: str, place: Place) -> Iterator[Complaint]:
    length = 40 if place.node.get("algo") == "sha-1" else 32
    yield from matches(rf"[0-9A-Fa-f]{{{length}}}", "is no hash of its algorithm")(value, place)


def alternatives(place: Place) -> Iterator[Complaint]:
    if len(place.children("media:content")) < 2:
        yield error("is a group of fewer than two media:content")


def thumbnail_of_something(place: Place) -> Iterator[Complaint]:
    thumbnails = place.children("media:thumbnail")
    if thumbnails and not (place.children("media:content") or place.children("media:group")):
        yield error("has a media:thumbnail alone, without the media that it stands for")


THUMBNAIL = Kind(
    attributes={"url": full_uri, "width": positive, "height": positive, "time": TIME},
    required=("url",),
    twice="",
)
DESCRIPTION = Kind(described, {"type": among("plain", "html")})
DESCRIBING = {
    "media:title": DESCRIPTION,
    "media:description": DESCRIPTION,
    "media:thumbnail": THUMBNAIL,
    "media:keywords": Kind(anything, twice=""),
    "media:category": Kind(plain, {"scheme": full_uri, "label": plain}, twice=""),
    "media:copyright": Kind(plain, {"url": full_uri}),
    "media:credit": Kind(
        anything,
        {"role": matches("[^A-Z]*", "has capital letters"), "scheme": full_uri},
        twice="",
    ),
    "media:hash": Kind(hashed, {"algo": among("md5", "sha-1")}, twice=""),
    "media:player": Kind(
        attributes={"url": full_uri, "width": positive, "height": positive},
        required=("url",),
        twice="",
    ),
    "media:rating": Kind(anything, {"scheme": full_uri}, twice=""),
    "media:text": Kind(
        described,
        {"type": among("plain", "html"), "lang": language, "start": TIME, "end": TIME},
        twice="",
    ),
}
CONTENT = Kind(
    attributes={
        "url": full_uri,
        "type": media_type,
        "medium": among("image", "audio", "video", "document", "executable"),
        "fileSize": positive,
        "duration": number,
        "bitrate": number,
        "framerate": number,
        "samplingrate": number,
        "channels": natural,
        "expression": among("sample", "full", "nonstop"),
        "isDefault": among("true", "false"),
        "width": positive,
        "height": positive,
        "lang": every(blank, language),
    },
    children=DESCRIBING,
    twice="",
)
MEDIA = {
    **DESCRIBING,
    "media:content": CONTENT,
    "media:group": Kind(
        children={**DESCRIBING, "media:content": CONTENT}, twice="", whole=(alternatives,)
    ),
}
