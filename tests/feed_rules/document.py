"""Rules for a document as a whole: encoding, namespaces, characters, languages, bases."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from tests.feed_rules.markup import CONTROLS
from tests.feed_rules.names import MEDIA, PREFIXES, XML, name_of
from tests.feed_rules.place import Place
from tests.feed_rules.values import language, reference

URIS = {prefix: uri for uri, prefix in PREFIXES.items()}
DECLARED = re.compile(rb"""<\?xml[^>]*?encoding=["']([\w.-]+)["']""")
RSS_BOARD = "http://www.rssboard.org/rss-specification"


def encoding_complaints(body: bytes) -> Iterator[str]:
    """A feed is UTF-8, says so, and has no document type."""
    declared = DECLARED.match(body)
    if declared and declared[1].lower() != b"utf-8":
        yield f"warning: document: is written in {declared[1].decode()} and not in UTF-8"
    else:
        try:
            body.decode("utf-8")
        except UnicodeDecodeError as problem:
            yield f"error: document: is not in UTF-8: {problem.reason}"
    if b"<!DOCTYPE" in body:
        yield "warning: document: has a document type"


def namespace_complaints(root: etree._Element) -> Iterator[str]:
    """Every namespace is known, and goes by the prefix that everybody knows it by."""
    seen: set[tuple[str | None, str]] = set()
    for node in root.iter(etree.Element):
        for prefix, uri in node.nsmap.items():
            if uri and (prefix, uri) not in seen:
                seen.add((prefix, uri))
                yield from _declared(prefix, uri, name_of(root) == "atom:feed")


def _declared(prefix: str | None, uri: str, atom: bool) -> Iterator[str]:
    usual = PREFIXES.get(uri)
    if usual is None and uri == MEDIA.removesuffix("/"):
        yield f"warning: xmlns:{prefix}: Media RSS is {MEDIA}, with its slash"
    elif usual is None and prefix in URIS:
        yield f"warning: xmlns:{prefix}: is the prefix of {URIS[prefix]}"
    elif usual is None:
        yield f"warning: xmlns:{prefix}: {uri} is a namespace that nobody knows"
    elif prefix and prefix != usual:
        yield f"warning: xmlns:{prefix}: the usual prefix of {uri} is {usual}"
    elif prefix in ("atom", "xhtml") and atom:
        yield f"warning: xmlns:{prefix}: some readers of Atom know no prefix for it"


def character_complaints(root: etree._Element) -> Iterator[str]:
    """No text and no attribute holds control characters, or UTF-8 that was encoded twice."""
    for node in root.iter(etree.Element):
        texts = [node.text or "", node.tail or "", *map(str, node.attrib.values())]
        if any(CONTROLS.search(text) or encoded_twice(text) for text in texts):
            yield f"warning: {etree.QName(node).localname}: holds characters of a wrong encoding"


def encoded_twice(text: str) -> bool:
    """Whether a pair of characters is one that was taken for Latin 1 and encoded again."""
    return bool(re.search("[\u00c2\u00c3][\u0080-\u00bf]", text))


def xml_attribute_complaints(place: Place) -> Iterator[str]:
    """xml:lang is a language, xml:base an address, and no attribute is an extension's."""
    for node in place.node.iter(etree.Element):
        name = etree.QName(node).localname
        for check, attribute in ((language, "lang"), (reference, "base")):
            value = node.get(f"{{{XML}}}{attribute}")
            for found in check(value, place.at(node)) if value else ():
                yield f"{found.level}: {name}@xml:{attribute}: {found.words}"
        yield from _extending(node, place)


def _extending(node: etree._Element, place: Place) -> Iterator[str]:
    for key in map(str, node.attrib):
        uri = etree.QName(key).namespace
        if uri is None or uri == XML or name_of(node) is None:
            continue
        if uri in PREFIXES:
            yield f"error: {etree.QName(node).localname}@{key}: is no attribute of this element"
        elif not place.atom and place.node.findtext("channel/docs") != RSS_BOARD:
            yield f"warning: {etree.QName(node).localname}@{key}: extends RSS by an attribute"
