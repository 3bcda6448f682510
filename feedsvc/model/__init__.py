"""The values that flow through the program: frozen, without I/O, importing nothing of ours."""

from feedsvc.model.article import (
    SITE_ADDRESS,
    Article,
    Enclosure,
    Original,
    Person,
    Sighting,
    section_of,
    single_spaced,
)
from feedsvc.model.change import ChangeKind, Decision, Known, Problem, View, urn
from feedsvc.model.edition import Document, Edition, Entry, Feed, Slice, SliceKind, Span, Tombstone
from feedsvc.model.moments import (
    BEGINNING,
    LATEST_NS,
    MICROSECOND,
    NO_DATE,
    FileRow,
    Stat,
    in_microseconds,
)

__all__ = [
    "BEGINNING",
    "LATEST_NS",
    "MICROSECOND",
    "NO_DATE",
    "SITE_ADDRESS",
    "Article",
    "ChangeKind",
    "Decision",
    "Document",
    "Edition",
    "Enclosure",
    "Entry",
    "Feed",
    "FileRow",
    "Known",
    "Original",
    "Person",
    "Problem",
    "Sighting",
    "Slice",
    "SliceKind",
    "Span",
    "Stat",
    "Tombstone",
    "View",
    "in_microseconds",
    "section_of",
    "single_spaced",
    "urn",
]
