"""What a rule is told and what it answers: a place in a document, and complaints about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urljoin

from lxml import etree

from tests.feed_rules.names import XML, name_of


class Complaint(NamedTuple):
    """An error or a warning, in words that follow on the name of what they are about."""

    level: str
    words: str


def error(words: str) -> Complaint:
    return Complaint("error", words)


def warning(words: str) -> Complaint:
    return Complaint("warning", words)


@dataclass(frozen=True)
class Fetched:
    """The address from which a document came, when, and its lines as bytes."""

    address: str
    now: datetime
    lines: tuple[bytes, ...]


@dataclass(frozen=True)
class Place:
    """An element of a fetched document."""

    node: etree._Element
    fetched: Fetched

    @property
    def atom(self) -> bool:
        """Whether the document is Atom, and not RSS."""
        return name_of(self.node.getroottree().getroot()) == "atom:feed"

    @property
    def base(self) -> str:
        """The address that relative references start from (XML Base)."""
        address = self.fetched.address
        for node in (*reversed(list(self.node.iterancestors())), self.node):
            address = urljoin(address, node.get(f"{{{XML}}}base", ""))
        return address

    @property
    def based(self) -> bool:
        """Whether an xml:base says what relative references start from."""
        return any(node.get(f"{{{XML}}}base") for node in (self.node, *self.node.iterancestors()))

    @property
    def written_in_hex(self) -> bool:
        """Whether the element's line has hexadecimal character references.

        The RSS profile asks for them in plain text, and the validator looks no closer.
        """
        line = self.node.sourceline
        return isinstance(line, int) and b"&#x" in self.fetched.lines[line - 1]

    def at(self, node: etree._Element) -> Place:
        return Place(node, self.fetched)

    def children(self, name: str) -> list[etree._Element]:
        return [child for child in self.node if name_of(child) == name]

    def texts(self, name: str) -> list[str]:
        return [text_of(child) for child in self.children(name)]


def text_of(node: etree._Element) -> str:
    """The element's own text, without that of its children."""
    return "".join((node.text or "", *(child.tail or "" for child in node)))


Check = Callable[[str, Place], Iterator[Complaint]]
Whole = Callable[[Place], Iterator[Complaint]]


@dataclass(frozen=True)
class Kind:
    """What an element may hold."""

    text: Check | None = None
    attributes: Mapping[str, Check] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    children: Mapping[str, Kind] = field(default_factory=dict)
    needs: tuple[str, ...] = ()  # children that must be there
    wants: tuple[str, ...] = ()  # children that should be there
    twice: str = "error"  # what a second one in the same parent is, "" where it is right
    whole: tuple[Whole, ...] = ()
    anything: bool = False  # its children are looked at by no rule, or by its own


def complaints_of(kind: Kind, place: Place, path: str) -> Iterator[str]:
    """What the rules hold against an element and all below it."""
    for found in (*_attributes(kind, place), *_text(kind, place), *_missing(kind, place)):
        yield f"{found.level}: {path}{found.words}"
    for whole in kind.whole:
        for found in whole(place):
            yield f"{found.level}: {path}: {found.words}"
    if not kind.anything:
        yield from _children(kind, place, path)


def _attributes(kind: Kind, place: Place) -> Iterator[Complaint]:
    for name in kind.required:
        if name not in place.node.attrib:
            yield error(f"@{name}: is missing")
    for key, value in place.node.attrib.items():
        name = str(key)
        if name in kind.attributes:
            for found in kind.attributes[name](str(value), place):
                yield Complaint(found.level, f"@{name}: {found.words}")
        elif not name.startswith("{"):
            yield error(f"@{name}: is no attribute of this element")


def _text(kind: Kind, place: Place) -> Iterator[Complaint]:
    value = text_of(place.node)
    if kind.text:
        for found in kind.text(value, place):
            yield Complaint(found.level, f": {found.words}")
    elif value.strip() and not kind.anything:
        yield error(": holds text where none belongs")


def _missing(kind: Kind, place: Place) -> Iterator[Complaint]:
    there = {name_of(child) for child in place.node}
    for name in kind.needs:
        if name not in there:
            yield error(f"/{name}: is missing")
    for name in kind.wants:
        if name not in there:
            yield warning(f"/{name}: is missing")


def _children(kind: Kind, place: Place, path: str) -> Iterator[str]:
    count: dict[str, int] = {}
    for child in place.node.iterchildren(etree.Element):
        name = name_of(child)
        if name is None:
            continue  # an extension of a namespace without rules
        count[name] = count.get(name, 0) + 1
        inner = f"{path}/{name}" if count[name] == 1 else f"{path}/{name}[{count[name]}]"
        known = kind.children.get(name)
        if known is None:
            level = "warning" if place.atom and ":" not in name else "error"
            yield f"{level}: {inner}: is no element that belongs here"
            continue
        if count[name] > 1 and known.twice:
            yield f"{known.twice}: {inner}: comes a second time"
        yield from complaints_of(known, place.at(child), inner)
