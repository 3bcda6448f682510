"""Rules for Atom 1.0 (RFC 4287), paged and archived feeds (RFC 5005), tombstones (RFC 6721)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urldefrag, urljoin

from tests.feed_rules.markup import plain, safe_html
from tests.feed_rules.moments import rfc3339
from tests.feed_rules.names import name_of
from tests.feed_rules.place import Complaint, Kind, Place, error, warning
from tests.feed_rules.values import (
    URI,
    anything,
    blank,
    email,
    every,
    full,
    identifier,
    language,
    media_type,
    nameless,
    natural,
    reference,
    spaced,
)

HISTORY = ("current", "first", "last", "next", "next-archive", "prev-archive", "previous")
RELATIONS = {
    *HISTORY,
    *("alternate", "describedby", "edit", "edit-media", "enclosure", "hub", "license", "payment"),
    *("related", "replies", "search", "self", "service", "up", "via"),
}
FEED_TYPES = ("application/atom+xml", "application/rss+xml", "application/rdf+xml")
FEEDS = ("atom:feed", "channel")


def relation(value: str, place: Place) -> Iterator[Complaint]:
    yield from blank(value, place)
    if value not in RELATIONS and not (":" in value and URI.fullmatch(value)):
        yield warning(f"{value!r} is no registered link relation")
    parent = place.node.getparent()
    if value in HISTORY and parent is not None and name_of(parent) not in FEEDS:
        yield warning(f"{value!r} is a relation of feeds (RFC 5005)")


def link_type(value: str, place: Place) -> Iterator[Complaint]:
    yield from media_type(value, place)
    if place.node.get("rel") == "self" and value.partition(";")[0].strip() not in FEED_TYPES:
        yield warning(f"{value!r} is no type of a feed")


def self_link(place: Place) -> Iterator[Complaint]:
    """The self link is the address from which the feed came."""
    parent = place.node.getparent()
    if place.node.get("rel") != "self" or parent is None or name_of(parent) not in FEEDS:
        return
    told = urldefrag(urljoin(place.base, place.node.get("href", ""))).url
    if told != urldefrag(place.fetched.address).url:
        yield warning(f"is {told} where the feed came from {place.fetched.address}")


def not_empty(value: str, _place: Place) -> Iterator[Complaint]:
    if value.strip():
        yield warning("holds text")


def construct(value: str, place: Place) -> Iterator[Complaint]:
    """A text construct: text, html or xhtml (RFC 4287, section 3.1)."""
    kind = place.node.get("type", "text")
    if kind == "text":
        yield from plain(value, place)
    elif kind == "html":
        yield from safe_html(value, place)
    elif kind == "xhtml":
        children = [name_of(child) for child in place.node]
        if children != ["xhtml:div"] or value.strip():
            yield error("is xhtml and not one xhtml:div")
    else:
        yield error(f"is of the type {kind!r} and neither text, html nor xhtml")
    if kind != "xhtml" and len(place.node):
        yield error("holds elements, which its type does not have")
    if not value.strip() and not len(place.node):
        yield warning("is blank")


def content(value: str, place: Place) -> Iterator[Complaint]:
    """atom:content, also of other media types and elsewhere (RFC 4287, section 4.1.3)."""
    kind, source = place.node.get("type"), place.node.get("src")
    if source is not None:
        yield from reference(source, place)
        if kind is None:
            yield warning("is elsewhere and says no type")
        if value.strip() or len(place.node):
            yield error("is elsewhere and also here")
    elif kind in (None, "text", "html", "xhtml"):
        yield from construct(value, place)
    if kind and kind not in ("text", "html", "xhtml"):
        yield from media_type(kind, place)
        if kind.startswith("multipart/"):
            yield error(f"is of the type {kind!r}, which has parts")


def alternates(place: Place) -> Iterator[Complaint]:
    seen = set()
    for link in place.children("atom:link"):
        if link.get("rel", "alternate") == "alternate":
            key = (link.get("type", ""), link.get("hreflang", ""))
            if key in seen:
                yield error("has a second alternate link of one type and language")
            seen.add(key)


def relations_of(place: Place) -> list[str]:
    return [link.get("rel", "alternate") for link in place.children("atom:link")]


def has_self(place: Place) -> Iterator[Complaint]:
    if "self" not in relations_of(place):
        yield warning("has no self link")


def history(place: Place) -> Iterator[Complaint]:
    """A complete feed has no pages; an archive leads to its neighbours and the current feed."""
    relations = relations_of(place)
    if place.children("fh:complete"):
        for found in relations:
            if found in HISTORY and found != "current":
                yield error(f"is complete (RFC 5005) and has a {found} link")
    elif place.children("fh:archive"):
        if not {"prev-archive", "next-archive"} & set(relations):
            yield warning("is an archive without a link to another")
        if "current" not in relations:
            yield warning("is an archive without a link to the current feed")
    ends = {"first": "previous", "last": "next"}
    for link in place.children("atom:link"):
        beyond = ends.get(link.get("rel", ""))
        if beyond in relations and link.get("href") == place.fetched.address:
            yield error(f"is the {link.get('rel')} page and has a {beyond} link")


def metadata_first(place: Place) -> Iterator[Complaint]:
    names = [name_of(child) or "" for child in place.node]
    after = names[names.index("atom:entry") :] if "atom:entry" in names else []
    for name in after:
        if name not in ("atom:entry", "at:deleted-entry", ""):
            yield error(f"has {name} after an entry")


def entries_differ(place: Place) -> Iterator[Complaint]:
    entries = [place.at(entry) for entry in place.children("atom:entry")]
    for name in ("atom:id", "atom:updated"):
        values = [text for entry in entries for text in entry.texts(name)]
        for value in sorted({value for value in values if values.count(value) > 1}):
            yield warning(f"has two entries with the {name} {value}")
    dead = {node.get("ref") for node in place.children("at:deleted-entry")}
    for entry in entries:
        for value in entry.texts("atom:id"):
            if value in dead:
                yield warning(f"has the entry {value} and says that it was deleted")


def authors(place: Place) -> Iterator[Complaint]:
    """Each entry has an author: its own, its source's or the feed's (RFC 4287, 4.1.2)."""
    if place.children("atom:author"):
        return
    for entry in map(place.at, place.children("atom:entry")):
        sources = map(place.at, entry.children("atom:source"))
        if not entry.children("atom:author") and not any(
            source.children("atom:author") for source in sources
        ):
            yield error("has an entry without an author, and none itself")


def says_something(place: Place) -> Iterator[Complaint]:
    """An entry has content, or a summary and a link (RFC 4287, section 4.1.2)."""
    contents, summaries = place.children("atom:content"), place.children("atom:summary")
    if not contents and not summaries:
        yield warning("has neither content nor summary")
    if not contents and "alternate" not in relations_of(place):
        yield error("has neither content nor an alternate link")
    for node in contents:
        kind = node.get("type", "text")
        text = "/" not in kind or kind.startswith("text/") or kind.endswith(("+xml", "/xml"))
        if not summaries and (node.get("src") is not None or not text):
            yield error("has content that is no text here, and no summary")


MANY_TEXT = Kind(construct, {"type": anything}, anything=True, twice="")
TEXT = Kind(construct, {"type": anything}, anything=True)
DATE = Kind(every(spaced, rfc3339))
ADDRESS = Kind(every(blank, spaced, reference))
PERSON = Kind(
    needs=("atom:name",),
    twice="",
    children={
        "atom:name": Kind(every(blank, plain, nameless)),
        "atom:email": Kind(email),
        "atom:uri": ADDRESS,
    },
)
LINK = Kind(
    not_empty,
    {
        "href": reference,
        "rel": relation,
        "type": link_type,
        "title": every(blank, plain),
        "hreflang": language,
        "length": natural,
    },
    required=("href",),
    twice="",
    whole=(self_link,),
    anything=True,
)
CATEGORY = Kind(
    attributes={"term": blank, "scheme": full, "label": plain}, required=("term",), twice=""
)
METADATA = {
    "atom:id": Kind(identifier),
    "atom:title": TEXT,
    "atom:updated": DATE,
    "atom:subtitle": TEXT,
    "atom:rights": TEXT,
    "atom:icon": ADDRESS,
    "atom:logo": ADDRESS,
    "atom:generator": Kind(every(blank, plain), {"uri": reference, "version": anything}),
    "atom:author": PERSON,
    "atom:contributor": PERSON,
    "atom:category": CATEGORY,
    "atom:link": LINK,
}
NEEDED = ("atom:id", "atom:title", "atom:updated")
SOURCE = Kind(children=METADATA, wants=NEEDED, whole=(alternates,))
ENTRY_CHILDREN = {
    **{name: METADATA[name] for name in ("atom:id", "atom:title", "atom:updated", "atom:rights")},
    **{name: METADATA[name] for name in ("atom:author", "atom:contributor", "atom:category")},
    "atom:link": LINK,
    "atom:published": DATE,
    "atom:summary": TEXT,
    "atom:content": Kind(content, {"type": anything, "src": anything}, anything=True),
    "atom:source": SOURCE,
}
DELETED = Kind(
    attributes={"ref": full, "when": rfc3339},
    required=("ref", "when"),
    twice="",
    children={
        "at:comment": MANY_TEXT,
        "at:by": PERSON,
        "atom:link": LINK,
        "atom:source": SOURCE,
    },
)
