"""What feedgen lacks or gets wrong, written as feedgen extensions.

feedgen 1.0 drops rel, type and length of an Atom entry's links, writes one atom:link in RSS, and
knows RSS authors by e-mail only. Elements of Atom itself have no namespace in its tree, so here
they are `link`, not `{…}link`; in RSS they are qualified.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

from feedsvc.model import Tombstone

ATOM = "http://www.w3.org/2005/Atom"
DC = "http://purl.org/dc/elements/1.1/"
DCTERMS = "http://purl.org/dc/terms/"
SY = "http://purl.org/rss/1.0/modules/syndication/"
FH = "http://purl.org/syndication/history/1.0"
AT = "http://purl.org/atompub/tombstones/1.0"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

Link = Mapping[str, str]


def _add(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = text


def _replace_links(parent: etree._Element, links: Iterable[Link]) -> None:
    for old in parent.findall("link"):
        parent.remove(old)
    for link in links:
        etree.SubElement(parent, "link", dict(link))


class FeedsvcExtension(BaseExtension):  # type: ignore[misc]  # feedgen ships no types
    """All links of a feed in both formats; whether it is an archive; how often it may change.

    `period` is RSS's: a name of sy:updatePeriod, and how often in it.
    """

    def __init__(self) -> None:
        self.links: list[Link] = []
        self.archive = False
        self.tombstones: Iterable[Tombstone] = ()
        self.period: tuple[str, int] = ("", 0)

    def extend_ns(self) -> dict[str, str]:
        """The namespaces, by prefix, that the feed declares for its entries too."""
        return {"dc": DC, "dcterms": DCTERMS, "sy": SY, "fh": FH, "at": AT}

    def extend_atom(self, feed: etree._Element) -> etree._Element:
        """Put our links where feedgen put its own, and tombstones ahead of the entries."""
        _replace_links(feed, self.links)
        self._mark(feed)
        for one in self.tombstones:
            when = one.when.isoformat()
            etree.SubElement(feed, f"{{{AT}}}deleted-entry", {"ref": one.id, "when": when})
        return feed

    def extend_rss(self, rss: etree._Element) -> etree._Element:
        """Write each link but the alternate, which is RSS's own `<link>`, as atom:link."""
        channel = rss[0]
        period, frequency = self.period
        _add(channel, f"{{{SY}}}updatePeriod", period)
        _add(channel, f"{{{SY}}}updateFrequency", str(frequency))
        for link in self.links:
            if link["rel"] != "alternate":
                etree.SubElement(channel, f"{{{ATOM}}}link", dict(link))
        self._mark(channel)
        return rss

    def _mark(self, feed: etree._Element) -> None:
        if self.archive:  # RFC 5005 section 4
            etree.SubElement(feed, f"{{{FH}}}archive")


class FeedsvcEntryExtension(BaseEntryExtension):  # type: ignore[misc]  # feedgen ships no types
    """All links of an Atom entry; in RSS the author, the article's date and the last edit."""

    def __init__(self) -> None:
        self.links: list[Link] = []
        self.creators: list[str] = []
        self.published: datetime | None = None
        self.updated: datetime | None = None
        self.language = ""

    def extend_atom(self, entry: etree._Element) -> etree._Element:
        """Replace the links that feedgen wrote by whole ones; name a language of its own."""
        _replace_links(entry, self.links)
        if self.language:
            entry.set(LANGUAGE, self.language)
        return entry

    def extend_rss(self, item: etree._Element) -> etree._Element:
        """Add dc:creator, dc:language, dcterms:created and atom:updated."""
        for creator in self.creators:
            _add(item, f"{{{DC}}}creator", creator)
        if self.language:
            _add(item, f"{{{DC}}}language", self.language)
        if self.published:
            _add(item, f"{{{DCTERMS}}}created", self.published.isoformat())
        if self.updated:
            _add(item, f"{{{ATOM}}}updated", self.updated.isoformat())
        return item
