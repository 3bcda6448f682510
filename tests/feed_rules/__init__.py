"""What the W3C feed validator holds against a feed, errors and warnings, as checks of our own.

The rules are those of its source; the words and the code are ours. Four differences: an https
enclosure and itunes:explicit `true` or `false` are right, as Apple has them now; the namespace
of RFC 6721 is known; an unusual prefix, which the validator only mentions, is a warning.
"""

from __future__ import annotations

from datetime import UTC, datetime

from lxml import etree

from tests.feed_rules.atom import (
    DELETED,
    ENTRY_CHILDREN,
    METADATA,
    NEEDED,
    alternates,
    authors,
    entries_differ,
    has_self,
    history,
    metadata_first,
    says_something,
)
from tests.feed_rules.document import (
    character_complaints,
    encoding_complaints,
    namespace_complaints,
    xml_attribute_complaints,
)
from tests.feed_rules.extensions import DUBLIN_CORE, FEED_ONLY
from tests.feed_rules.json_feed import json_feed_complaints
from tests.feed_rules.media import MEDIA, thumbnail_of_something
from tests.feed_rules.names import name_of
from tests.feed_rules.place import Fetched, Kind, Place, complaints_of
from tests.feed_rules.podcast import OF_CHANNEL, OF_ITEM, podcast
from tests.feed_rules.rss import RSS
from tests.feed_rules.schema import atom_schema_complaints

__all__ = ["atom_schema_complaints", "complaints", "json_feed_complaints"]

ENTRY = Kind(
    children={**ENTRY_CHILDREN, **DUBLIN_CORE, **MEDIA, **OF_ITEM},
    needs=NEEDED,
    twice="",
    whole=(alternates, says_something, thumbnail_of_something),
)
FEED = Kind(
    children={
        **METADATA,
        **DUBLIN_CORE,
        **FEED_ONLY,
        **MEDIA,
        **OF_CHANNEL,
        "atom:entry": ENTRY,
        "at:deleted-entry": DELETED,
    },
    needs=NEEDED,
    whole=(
        alternates,
        has_self,
        history,
        metadata_first,
        entries_differ,
        authors,
        podcast,
        thumbnail_of_something,
    ),
)
ROOTS = {"atom:feed": FEED, "rss": RSS}


def complaints(body: bytes, address: str, now: datetime | None = None) -> list[str]:
    """What the validator's rules hold against an Atom or RSS feed that came from this address.

    Each complaint is `error: place: words` or `warning: place: words`. No date may be later
    than `now`, which is the present where it is not given.
    """
    found = list(encoding_complaints(body))
    try:
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as problem:
        return [*found, f"error: document: is not well-formed: {problem.msg}"]
    name = name_of(root)
    kind = ROOTS.get(name or "")
    if kind is None or name is None:
        return [*found, f"error: document: is neither Atom 1.0 nor RSS 2.0 but {root.tag}"]
    place = Place(root, Fetched(address, now or datetime.now(UTC), tuple(body.split(b"\n"))))
    found += [*namespace_complaints(root), *character_complaints(root)]
    found += xml_attribute_complaints(place)
    return [*found, *complaints_of(kind, place, name)]
