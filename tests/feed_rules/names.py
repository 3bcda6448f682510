"""The namespaces that feeds use, and the prefixes that everybody knows them by."""

from __future__ import annotations

from lxml import etree

XML = "http://www.w3.org/XML/1998/namespace"
ATOM = "http://www.w3.org/2005/Atom"
XHTML = "http://www.w3.org/1999/xhtml"
MEDIA = "http://search.yahoo.com/mrss/"

PREFIXES = {
    XML: "xml",
    ATOM: "atom",
    XHTML: "xhtml",
    MEDIA: "media",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://purl.org/syndication/history/1.0": "fh",
    # The validator does not know RFC 6721 and warns of its namespace.
    "http://purl.org/atompub/tombstones/1.0": "at",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
}


def name_of(node: etree._Element) -> str | None:
    """The element's name with the usual prefix, or None in a namespace that is not known."""
    if not isinstance(node.tag, str):
        return None  # a comment or a processing instruction
    name = etree.QName(node)
    if name.namespace is None:
        return name.localname
    prefix = PREFIXES.get(name.namespace)
    return f"{prefix}:{name.localname}" if prefix else None
