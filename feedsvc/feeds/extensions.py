"""What feedgen lacks or gets wrong, written as feedgen extensions.

feedgen 1.0 drops rel, type and length of an Atom entry's links, writes one atom:link in RSS, and
knows RSS authors by e-mail only. Elements of Atom itself have no namespace in its tree, so here
they are `link`, not `{…}link`; in RSS they are qualified.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

ATOM = "http://www.w3.org/2005/Atom"
DC = "http://purl.org/dc/elements/1.1/"

Link = Mapping[str, str]


def _add(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = text


class FeedsvcExtension(BaseExtension):  # type: ignore[misc]  # feedgen ships no types
    """All links of a feed in both formats, and the namespaces that its entries use in RSS."""

    def __init__(self) -> None:
        self.links: list[Link] = []
        self.namespaces: dict[str, str] = {}

    def extend_ns(self) -> dict[str, str]:
        """The namespaces, by prefix, that the feed declares for its entries too."""
        return self.namespaces

    def extend_atom(self, feed: etree._Element) -> etree._Element:
        """Put our links where feedgen put its own: ahead of everything but id to author."""
        for old in feed.findall("link"):
            feed.remove(old)
        for link in self.links:
            etree.SubElement(feed, "link", dict(link))
        return feed

    def extend_rss(self, rss: etree._Element) -> etree._Element:
        """Write each link but the alternate, which is RSS's own `<link>`, as atom:link."""
        for link in self.links:
            if link["rel"] != "alternate":
                etree.SubElement(rss[0], f"{{{ATOM}}}link", dict(link))
        return rss


class FeedsvcEntryExtension(BaseEntryExtension):  # type: ignore[misc]  # feedgen ships no types
    """All links of an Atom entry; in RSS the author, the article's date and the last edit."""

    def __init__(self) -> None:
        self.links: list[Link] = []
        self.creators: list[str] = []
        self.published: datetime | None = None
        self.updated: datetime | None = None

    def extend_atom(self, entry: etree._Element) -> etree._Element:
        """Replace the links that feedgen wrote by whole ones."""
        for old in entry.findall("link"):
            entry.remove(old)
        for link in self.links:
            etree.SubElement(entry, "link", dict(link))
        return entry

    def extend_rss(self, item: etree._Element) -> etree._Element:
        """Add dc:creator, dc:date and atom:updated."""
        for creator in self.creators:
            _add(item, f"{{{DC}}}creator", creator)
        if self.published:
            _add(item, f"{{{DC}}}date", self.published.isoformat())
        if self.updated:
            _add(item, f"{{{ATOM}}}updated", self.updated.isoformat())
        return item
