"""Rules for single values: addresses, identifiers, languages, numbers, contacts.

The rules and their levels are the W3C feed validator's. It refuses `https` in an enclosure and
`true` in itunes:explicit, which is out of date, and here they are right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

from tests.feed_rules.languages import LANGUAGES
from tests.feed_rules.place import Check, Complaint, Place, error, warning

SCHEMES = {
    *("http", "https", "ftp", "mailto", "news", "file", "data", "urn", "tag", "tel", "sip"),
    *("sips", "xmpp", "info", "ldap", "rtsp", "cid", "mid", "im", "dav", "nfs", "imap"),
}
URI = re.compile(
    r"([a-z][a-z0-9+.-]*:)?/{0,2}(\[[0-9a-f:]+\])?[a-z0-9;/?:@&=+$.\-_!~*'()%,#]*", re.IGNORECASE
)
URN = re.compile(
    r"urn:[a-z0-9][a-z0-9-]{1,31}:([a-z0-9()+,.:=@;$_!*'-]|%[0-9a-f]{2})+", re.IGNORECASE
)
UUID = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
TAG = re.compile(
    r"tag:([a-z0-9._-]+@)?[a-z0-9.-]+,\d{4}(-\d\d(-\d\d)?)?:[a-z0-9;/?:@&=+$.\-_!~*'()%,#]*",
    re.IGNORECASE,
)
MEDIA_TYPE = re.compile(
    r'[^\s()<>,;:\\"/[\]?=]+/[^\s()<>,;:\\"/[\]?=]+(\s*;\s*[\w.+-]+=("[^"]*"|[\w.+-]+))*'
)
EMAIL = re.compile(r"[a-z0-9_+.'-]+@([a-z0-9-]+\.)+[a-z0-9][a-z0-9-]*", re.IGNORECASE)
SUBTAGS = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
DEFAULT_PORTS = {"http": ":80", "https": ":443", "ftp": ":21"}


def every(*checks: Check) -> Check:
    """All of these checks on one value."""

    def check(value: str, place: Place) -> Iterator[Complaint]:
        for one in checks:
            yield from one(value, place)

    return check


def anything(_value: str, _place: Place) -> Iterator[Complaint]:
    yield from ()


def blank(value: str, _place: Place) -> Iterator[Complaint]:
    if not value.strip():
        yield warning("is blank")


def spaced(value: str, _place: Place) -> Iterator[Complaint]:
    if value != value.strip():
        yield error("has white space around it")


def among(*values: str) -> Check:
    """One of these words, and no other."""

    def check(value: str, _place: Place) -> Iterator[Complaint]:
        if value not in values:
            yield error(f"is {value!r} and none of {', '.join(values)}")

    return check


def matches(pattern: str, words: str) -> Check:
    """The whole value has this form."""

    def check(value: str, _place: Place) -> Iterator[Complaint]:
        if not re.fullmatch(pattern, value):
            yield error(f"{value!r} {words}")

    return check


positive = matches(r"0*[1-9]\d*", "is no whole number above 0")
natural = matches(r"\d+", "is no whole number of 0 or more")
number = matches(r"\d+(\.\d*)?", "is no number")


def reference(value: str, place: Place) -> Iterator[Complaint]:
    """An IRI reference, absolute or with an xml:base to start from."""
    value = value.strip()
    scheme = urlsplit(value).scheme if ":" in value else ""
    if scheme in ("urn", "tag"):
        yield from _named(value, scheme)
    elif not URI.fullmatch(quote(value, safe="".join(map(chr, range(128))))):
        yield error(f"{value!r} is no address")
    elif not scheme and not place.based:
        yield warning(f"{value!r} is a relative reference")
    elif scheme in ("http", "https", "ftp") and not re.match(r"\w+://[^/]", value):
        yield error(f"{value!r} is no full address")
    elif scheme and scheme not in SCHEMES:
        yield warning(f"{value!r} has a scheme that is not registered")


def _named(value: str, scheme: str) -> Iterator[Complaint]:
    if value.lower().startswith("urn:uuid:"):
        if not UUID.fullmatch(value):
            yield error(f"{value!r} is no UUID")
    elif not (TAG if scheme == "tag" else URN).fullmatch(value):
        yield error(f"{value!r} is no {scheme} URI")


def full(value: str, place: Place) -> Iterator[Complaint]:
    """An IRI with its scheme."""
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:.", value.strip()):
        yield error(f"{value!r} is no full URI")
    else:
        yield from reference(value, place)


def full_uri(value: str, place: Place) -> Iterator[Complaint]:
    """A URI with its scheme, in ASCII: RSS knows no IRIs."""
    if not value.isascii():
        yield error(f"{value!r} is no URI, which is ASCII alone")
    else:
        yield from full(value, place)


def http(value: str, place: Place) -> Iterator[Complaint]:
    """An address that is fetched over HTTP."""
    if not re.match(r"https?://([A-Za-z0-9-]+\.)+[A-Za-z0-9][A-Za-z0-9-]*(:\d+)?(/|$)", value):
        yield error(f"{value!r} is no full http address")
    else:
        yield from full_uri(value, place)


def identifier(value: str, place: Place) -> Iterator[Complaint]:
    """An atom:id: a full URI in its canonical form (RFC 4287, section 4.2.6)."""
    found = [*spaced(value, place), *full(value, place)]
    yield from found
    if not found and value != canonical(value):
        yield warning(f"{value!r} is not the canonical {canonical(value)!r}")


def canonical(value: str) -> str:
    """The form that RFC 4287, section 4.2.6.1 asks for."""
    escapes = re.sub(r"%[0-9a-fA-F]{2}", lambda found: found[0].upper(), value)
    scheme, colon, rest = escapes.partition(":")
    scheme = scheme.lower()
    parts = urlsplit(scheme + colon + rest)
    if not parts.netloc:
        return scheme + colon + rest
    user, at, host = parts.netloc.rpartition("@")
    host = host.lower().removesuffix(DEFAULT_PORTS.get(scheme, ":")).removesuffix(":")
    segments: list[str] = []
    for segment in (parts.path or "/").split("/"):
        if segment == "..":
            segments[1:] = segments[1:-1]
        elif segment != ".":
            segments.append(segment)
    return parts._replace(netloc=user + at + host, path="/".join(segments)).geturl()


def media_type(value: str, _place: Place) -> Iterator[Complaint]:
    if not MEDIA_TYPE.fullmatch(value):
        yield error(f"{value!r} is no media type")


def language(value: str, _place: Place) -> Iterator[Complaint]:
    primary = value.partition("-")[0].lower()
    if not SUBTAGS.fullmatch(value) or not known_language(primary):
        yield error(f"{value!r} is no language tag")


def known_language(primary: str) -> bool:
    return primary in LANGUAGES or bool(re.fullmatch(r"[a-z]{3}|[ix]", primary))


def email(value: str, _place: Place) -> Iterator[Complaint]:
    if not EMAIL.fullmatch(value):
        yield error(f"{value!r} is no e-mail address")


def contact(value: str, _place: Place) -> Iterator[Complaint]:
    """An RSS contact: an e-mail address with the name in parentheses behind it."""
    address, _, name = value.strip().partition(" ")
    if not EMAIL.fullmatch(address):
        yield error(f"{value!r} is no e-mail address")
    elif not re.fullmatch(r"\(.+\)", name):
        yield warning(f"{value!r} has no name in parentheses behind the e-mail address")


def nameless(value: str, _place: Place) -> Iterator[Complaint]:
    """A name that holds no e-mail address."""
    if re.search(rf"<{EMAIL.pattern}>", value, re.IGNORECASE):
        yield warning("holds an e-mail address")
