"""Rules for Dublin Core, Syndication and feed history, in Atom and RSS alike."""

from __future__ import annotations

from collections.abc import Iterator

from tests.feed_rules.markup import plain
from tests.feed_rules.moments import w3c_dtf
from tests.feed_rules.place import Complaint, Kind, Place, warning
from tests.feed_rules.values import among, anything, blank, every, language, positive

WORDS = Kind(anything)
LIST = Kind(anything, twice="")
DUBLIN_CORE = {
    "dc:title": WORDS,
    "dc:description": WORDS,
    "dc:creator": LIST,
    "dc:contributor": LIST,
    "dc:publisher": LIST,
    "dc:subject": LIST,
    "dc:identifier": LIST,
    "dc:relation": LIST,
    "dc:coverage": LIST,
    "dc:type": WORDS,
    "dc:format": WORDS,
    "dc:source": WORDS,
    "dc:rights": Kind(plain),
    "dc:language": Kind(language),
    "dc:date": Kind(w3c_dtf),
    "dcterms:created": Kind(w3c_dtf),
    "dcterms:issued": Kind(w3c_dtf),
    "dcterms:modified": Kind(w3c_dtf),
}
PERIODS = ("hourly", "daily", "weekly", "monthly", "yearly")
FEED_ONLY = {
    "sy:updatePeriod": Kind(among(*PERIODS)),
    "sy:updateFrequency": Kind(every(blank, positive)),
    "sy:updateBase": Kind(w3c_dtf),
    "fh:archive": Kind(),
    "fh:complete": Kind(),
}

# What RSS says itself, and the extension's element that says it again.
TWICE = {
    "author": ("dc:creator",),
    "category": ("dc:subject",),
    "copyright": ("dc:rights",),
    "guid": ("atom:id",),
    "language": ("dc:language",),
    "lastBuildDate": ("dcterms:modified",),
    "managingEditor": ("dc:creator",),
    "pubDate": ("dc:date", "atom:published"),
    "source": ("dc:source",),
    "webMaster": ("dc:publisher",),
}


def said_twice(place: Place) -> Iterator[Complaint]:
    for name, others in TWICE.items():
        for other in others:
            if place.children(name) and place.children(other):
                yield warning(f"has both {name} and {other}, which say the same")
