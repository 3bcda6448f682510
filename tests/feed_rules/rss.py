"""Rules for RSS 2.0, with the RSS profile's advice and Atom's elements in it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from tests.feed_rules.atom import (
    ADDRESS,
    DATE,
    LINK,
    METADATA,
    PERSON,
    TEXT,
    has_self,
    history,
)
from tests.feed_rules.extensions import DUBLIN_CORE, FEED_ONLY, said_twice
from tests.feed_rules.markup import plain, safe_html
from tests.feed_rules.media import MEDIA, thumbnail_of_something
from tests.feed_rules.moments import rfc822
from tests.feed_rules.names import name_of
from tests.feed_rules.place import Complaint, Kind, Place, error, warning
from tests.feed_rules.podcast import OF_CHANNEL, OF_ITEM, playable, podcast
from tests.feed_rules.values import (
    among,
    anything,
    blank,
    contact,
    every,
    full_uri,
    http,
    language,
    matches,
    media_type,
    positive,
)

WIDEST, HIGHEST = 144, 400
DIGITS = 9
AGAIN = ("atom:title", "atom:subtitle", "atom:rights", "atom:content")


def up_to(most: int) -> Kind:
    def check(value: str, _place: Place) -> Iterator[Complaint]:
        if not value.strip().isdigit() or not 0 < int(value) <= most:
            yield error(f"{value!r} is no size from 1 to {most}")

    return Kind(check)


def length(value: str, _place: Place) -> Iterator[Complaint]:
    if value.strip() == "-1":
        yield error("is -1, and an unknown length is 0")
    elif not value.strip().isdigit():
        yield error(f"{value!r} is no length in bytes")


def guid(value: str, place: Place) -> Iterator[Complaint]:
    """A guid is an address, or says that it is none."""
    yield from blank(value, place)
    if place.node.get("isPermaLink", "true") == "true":
        yield from full_uri(value, place)
        if value.lower().startswith(("tag:", "urn:")):
            yield error(f"{value!r} is no permanent link")
    elif len(value) < DIGITS and value.isdigit():
        yield warning(f"{value!r} is a number that others have too")


def picture(value: str, place: Place) -> Iterator[Complaint]:
    yield from full_uri(value, place)
    end = urlsplit(value).path.rpartition(".")[2].lower()
    if end.isalnum() and end not in ("jpg", "jpeg", "gif", "png"):
        yield warning(f"{value!r} is neither JPEG, GIF nor PNG")


def image_is_the_channels(place: Place) -> Iterator[Complaint]:
    for image in map(place.at, place.children("image")):
        for name in ("title", "link"):
            if place.texts(name) and image.texts(name) and image.texts(name) != place.texts(name):
                yield warning(f"has an image whose {name} is not its own")


def items_last(place: Place) -> Iterator[Complaint]:
    names = [name_of(child) for child in place.node if name_of(child)]
    after = names[names.index("item") :] if "item" in names else []
    if set(after) - {"item"}:
        yield warning("has an item before something that tells about the channel")


def guids_differ(place: Place) -> Iterator[Complaint]:
    told = (place.at(item).texts("guid") for item in place.children("item"))
    values = [texts[0] for texts in told if texts]
    for value in sorted({value for value in values if values.count(value) > 1}):
        yield error(f"has two items with the guid {value}")


def atom_again(place: Place) -> Iterator[Complaint]:
    for name in AGAIN:
        if place.children(name):
            yield warning(f"has {name}, which RSS has an element for")


def titled(place: Place) -> Iterator[Complaint]:
    if not place.children("title") and not place.children("description"):
        yield error("has neither title nor description")


def described_first(place: Place) -> Iterator[Complaint]:
    names = [name_of(child) for child in place.node]
    before = names[: names.index("content:encoded")] if "content:encoded" in names else None
    if before is not None and "description" not in before:
        yield warning("has content:encoded without a description before it")


ATOM = {
    **{name: METADATA[name] for name in ("atom:id", "atom:title", "atom:rights", "atom:category")},
    "atom:updated": DATE,
    "atom:link": LINK,
    "atom:author": PERSON,
    "atom:contributor": PERSON,
}
CATEGORY = Kind(every(blank, plain), {"domain": anything}, twice="")
HTML = Kind(safe_html)
ITEM = Kind(
    children={
        **ATOM,
        **DUBLIN_CORE,
        **MEDIA,
        **OF_ITEM,
        "title": Kind(every(blank, plain)),
        "link": Kind(full_uri),
        "description": HTML,
        "content:encoded": HTML,
        "author": Kind(contact),
        "category": CATEGORY,
        "comments": Kind(full_uri),
        "enclosure": Kind(
            attributes={"url": http, "length": length, "type": media_type},
            required=("url", "length", "type"),
            twice="warning",
        ),
        "guid": Kind(guid, {"isPermaLink": among("true", "false")}),
        "pubDate": Kind(rfc822),
        "source": Kind(plain, {"url": full_uri}, required=("url",)),
        "atom:published": DATE,
        "atom:summary": TEXT,
        "atom:content": TEXT,
    },
    wants=("guid",),
    twice="",
    whole=(
        titled,
        described_first,
        said_twice,
        atom_again,
        thumbnail_of_something,
        playable,
    ),
)
IMAGE = Kind(
    children={
        "url": Kind(picture),
        "title": Kind(every(blank, plain)),
        "link": Kind(full_uri),
        "width": up_to(WIDEST),
        "height": up_to(HIGHEST),
        "description": Kind(plain),
    },
    needs=("url", "title", "link"),
)
HOUR = Kind(matches(r"\d|1\d|2[0-3]", "is no hour"), twice="")
WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CHANNEL = Kind(
    children={
        **ATOM,
        **DUBLIN_CORE,
        **FEED_ONLY,
        **MEDIA,
        **OF_CHANNEL,
        "title": Kind(every(blank, plain)),
        "link": Kind(full_uri),
        "description": Kind(plain),
        "language": Kind(language),
        "copyright": Kind(plain),
        "managingEditor": Kind(contact),
        "webMaster": Kind(contact),
        "pubDate": Kind(rfc822),
        "lastBuildDate": Kind(rfc822),
        "category": CATEGORY,
        "generator": Kind(anything),
        "docs": Kind(full_uri),
        "ttl": Kind(every(blank, positive)),
        "image": IMAGE,
        "rating": Kind(anything),
        "skipHours": Kind(children={"hour": HOUR}),
        "skipDays": Kind(children={"day": Kind(among(*WEEK), twice="")}),
        "item": ITEM,
        "atom:subtitle": TEXT,
        "atom:icon": ADDRESS,
        "atom:logo": ADDRESS,
        "atom:generator": METADATA["atom:generator"],
    },
    needs=("title", "link", "description"),
    whole=(
        has_self,
        history,
        items_last,
        guids_differ,
        image_is_the_channels,
        said_twice,
        atom_again,
        podcast,
        thumbnail_of_something,
    ),
)
RSS = Kind(
    attributes={"version": among("2.0")},
    required=("version",),
    children={"channel": CHANNEL},
    needs=("channel",),
)
