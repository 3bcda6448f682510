"""Conditional requests, content codings and ranges (RFC 9110 sections 13, 12.5.3 and 14)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import formatdate

from feedsvc.feeds.document import CODINGS, GZIP, IDENTITY
from feedsvc.model import Document

OK, NOT_MODIFIED, PRECONDITION_FAILED = 200, 304, 412

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_TAG_LIST = re.compile(rf"[ \t,]*{_TAG}(?:[ \t]*,[ \t,]*{_TAG})*[ \t,]*")
_ONE_TAG = re.compile(_TAG)
_CODING = re.compile(
    r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:[ \t]*;[ \t]*[qQ]=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?"
)
_NAMES = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"  # whatever the locale says
_MONTHS = {name: number for number, name in enumerate(_NAMES.split(), start=1)}
_TIME = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"[A-Z][a-z]{{2}}, (?P<day>\d\d) (?P<month>[A-Z][a-z]{{2}}) (?P<year>\d{{4}}) {_TIME} GMT",
        rf"[A-Z][a-z]{{5,8}}, (?P<day>\d\d)-(?P<month>[A-Z][a-z]{{2}})-(?P<year>\d\d) {_TIME} GMT",
        rf"[A-Z][a-z]{{2}} (?P<month>[A-Z][a-z]{{2}}) (?P<day>[ \d]\d) {_TIME} (?P<year>\d{{4}})",
    )
)
_BYTES = re.compile(r"bytes=([\d\-, \t]*)", re.IGNORECASE | re.ASCII)
_SPEC = re.compile(r"(\d*)-(\d*)", re.ASCII)
_DIGITS = 19  # more than any file's length has; Python refuses to read very long numbers


def entity_tag(document: Document, coding: str) -> str:
    """The strong entity tag of the document in one coding (RFC 9110 section 8.8.3.3)."""
    return f'"{document.tag}"' if coding == IDENTITY else f'"{document.tag}-{coding}"'


def http_date(seconds: int) -> str:
    """A moment as IMF-fixdate (RFC 9110 section 5.6.7), whatever the process's locale."""
    return formatdate(seconds, usegmt=True)


def seconds_of(text: str, now: float) -> int | None:
    """The moment an HTTP date names, in any of its three forms; None where it is none.

    A two-digit year that seems over fifty years ahead is in the past (section 5.6.7).
    """
    found = next((match for form in _DATES if (match := form.fullmatch(text))), None)
    if not found or found["month"] not in _MONTHS:
        return None
    year = int(found["year"])
    today = datetime.fromtimestamp(now, UTC)
    if len(found["year"]) == 2:
        year += today.year // 100 * 100
    day, hour, minute, second = (int(found[p]) for p in ("day", "hour", "minute", "second"))
    try:
        whole = datetime(year, _MONTHS[found["month"]], day, hour, minute, tzinfo=UTC)
        ahead = (year - 50, *whole.timetuple()[1:6]) > today.timetuple()[:6]
        if len(found["year"]) == 2 and ahead:
            whole = whole.replace(year=year - 100)
    except ValueError:
        return None
    return int(whole.timestamp()) + second if second <= 60 else None


def preconditions(
    tags: Collection[str],
    environ: Mapping[str, str],
    modified: int | None,
    now: float,
    weak: Collection[str] = (),
) -> int:
    """The status that the request's preconditions call for (RFC 9110 section 13.2.2).

    `tags` are the strong entity tags of what is asked for; `weak` are the opaque tags of its weak
    ones, which count for If-None-Match alone (section 8.8.3.2). `modified` is when it last changed,
    None where that cannot be told: then conditions on dates are ignored (sections 13.1.3, 13.1.4).
    Both `modified` and `now` are in seconds since 1970.

    Returns:
        200 to go on, 304 or 412.
    """
    if (wanted := environ.get("HTTP_IF_MATCH")) is not None:
        if not matches(tags, wanted, weak=False):
            return PRECONDITION_FAILED
    elif (wanted := environ.get("HTTP_IF_UNMODIFIED_SINCE")) is not None:
        since = seconds_of(wanted, now)
        if modified is not None and since is not None and modified > since:
            return PRECONDITION_FAILED
    if (wanted := environ.get("HTTP_IF_NONE_MATCH")) is not None:
        return NOT_MODIFIED if matches([*tags, *weak], wanted, weak=True) else OK
    if (wanted := environ.get("HTTP_IF_MODIFIED_SINCE")) is not None:
        since = seconds_of(wanted, now)
        if modified is not None and since is not None and modified <= since:
            return NOT_MODIFIED
    return OK


_CONDITIONS = (
    "HTTP_IF_NONE_MATCH",
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_IF_MATCH",
    "HTTP_IF_UNMODIFIED_SINCE",
)


def has_condition(environ: Mapping[str, str]) -> bool:
    """Whether the response may be other than 200 (RFC 9110 section 13.1)."""
    return any(name in environ for name in _CONDITIONS)


def evaluate(document: Document, environ: Mapping[str, str], now: float) -> int:
    """The same for a document, all of whose codings count."""
    return preconditions(entity_tags(document), environ, document.date, now)


def entity_tags(document: Document) -> list[str]:
    """Its entity tags in all codings, including those that are yet to be made."""
    return [entity_tag(document, coding) for coding in CODINGS]


def matches(ours: Collection[str], listed: str, *, weak: bool) -> bool:
    """Whether a list of entity tags, or `*`, matches one of ours.

    A malformed list matches nothing. Strong comparison takes no weak tag (section 8.8.3.2).
    """
    if listed.strip(" \t") == "*":
        return True
    return any((tag.removeprefix("W/") if weak else tag) in ours for tag in listed_tags(listed))


def listed_tags(listed: str) -> list[str]:
    """The entity tags of an If-None-Match; none where it is malformed or `*`."""
    return _ONE_TAG.findall(listed) if _TAG_LIST.fullmatch(listed) else []


def choose_coding(document: Document, accepted: str | None) -> str | None:
    """The coding that the client prefers, and the smallest of those that it prefers equally.

    `accepted` is the Accept-Encoding field. Without one the response is not coded: any coding would
    be allowed, but clients that send no such field seldom decode.

    Returns:
        A key of `document.bodies`, or None where the client accepts none of them.
    """
    if accepted is None:
        return IDENTITY
    weights = _weights(accepted)
    wildcard = weights.get("*")
    best: tuple[float, int] | None = None
    chosen = None
    for coding, body in document.bodies.items():
        default = wildcard if wildcard is not None else (0.001 if coding == IDENTITY else 0.0)
        if coding == IDENTITY and wildcard:
            default = min(wildcard, 0.001)
        rank = (weights.get(coding, default), -len(body))
        if rank[0] > 0 and (best is None or rank > best):
            best, chosen = rank, coding
    return chosen


def _weights(accepted: str) -> dict[str, float]:
    """Coding to weight (RFC 9110 section 12.4.2); malformed ones are ignored."""
    weights: dict[str, float] = {}
    for part in accepted.split(","):
        if found := _CODING.fullmatch(part.strip(" \t")):
            name = found[1].lower()
            weights[GZIP if name == "x-gzip" else name] = float(found[2] or 1)
    return weights


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes from `first` to before `end`."""

    first: int
    end: int

    @property
    def length(self) -> int:
        """The number of bytes."""
        return self.end - self.first


class UnsatisfiableRange(Exception):
    """The range begins after the end of the file (RFC 9110 section 15.5.17)."""


def requested_range(environ: Mapping[str, str], tag: str, length: int) -> ByteRange | None:
    """The range that a GET requests of `length` bytes with this entity tag; None for all of them.

    A Range that is malformed, in another unit or of several ranges is ignored (RFC 9110 section
    14.2), and so is one whose If-Range names another entity tag or a date: a file can change twice
    in a second (section 13.1.5).

    Raises:
        UnsatisfiableRange: it contains none of these bytes.
    """
    if "HTTP_IF_RANGE" in environ and environ["HTTP_IF_RANGE"].strip(" \t") != tag:
        return None
    if "HTTP_IF_RANGE" in environ and tag.startswith("W/"):
        return None  # no weak tag satisfies it (section 13.1.5)
    found = _BYTES.fullmatch(environ.get("HTTP_RANGE", "").strip(" \t"))
    specs = [spec for part in found[1].split(",") if (spec := part.strip(" \t"))] if found else []
    spec = _SPEC.fullmatch(specs[0]) if len(specs) == 1 else None
    return _part(spec[1], spec[2], length) if spec and spec[0] != "-" else None


def _part(first: str, last: str, length: int) -> ByteRange | None:
    if not first:  # the last so many bytes
        return _suffix(_number(last), length)
    start, end = _number(first), _number(last) + 1 if last else length
    if end <= start and last:
        return None  # not a range at all (section 14.1.1)
    if start >= length:
        raise UnsatisfiableRange
    return ByteRange(start, min(end, length))


def _suffix(count: int, length: int) -> ByteRange | None:
    if not count:
        raise UnsatisfiableRange
    if not length:
        return None  # an empty file has no Content-Range
    return ByteRange(max(0, length - count), length)


def _number(digits: str) -> int:
    digits = digits.lstrip("0")
    return int(digits or 0) if len(digits) <= _DIGITS else 10**_DIGITS
