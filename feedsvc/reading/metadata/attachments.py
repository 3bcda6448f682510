"""The keys for authors, the original, the image and enclosures."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urlsplit

from feedsvc.addresses import is_web_address, to_uri
from feedsvc.media_types import MEDIA_TYPES
from feedsvc.model import Enclosure, Original, Person
from feedsvc.reading.errors import quoted
from feedsvc.reading.markup import links
from feedsvc.reading.markup.content import is_visible, one_line
from feedsvc.reading.metadata.dates import play_time
from feedsvc.reading.metadata.fields import Fields, folded, kind
from feedsvc.reading.metadata.yaml_values import Value
from feedsvc.reading.source import Source, suffix

ORIGINAL = (
    "original", "originalurl", "link", "linkurl", "external", "externalurl", "externallink",
    "canonical", "canonicalurl", "sourceurl",
)  # fmt: skip
IMAGE = ("image", "cover", "coverimage", "thumbnail", "featuredimage", "featureimage", "ogimage")
ENCLOSURE = (
    "enclosure", "enclosures", "audio", "audiourl", "audiofile", "podcast", "podcastfile", "media",
)  # fmt: skip
DURATION = ("duration", "itunesduration", "audioduration", "podcastduration")
LENGTH = ("length", "enclosurelength", "audiolength", "podcastbytes")

_ADDRESSED = re.compile(r"([^<>]*+)<([^<>\s]+@[^<>\s]+)>")
_EMAIL = re.compile(r"[\w.+'-]+@(?:[a-z0-9-]+\.)+[a-z0-9-]+", re.ASCII | re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*", re.ASCII | re.IGNORECASE)
_URL = ("url", "src", "href", "path", "file", "image", "link")


def people(fields: Fields, source: Source) -> tuple[Person, ...]:
    """The authors without duplicates.

    A string is one name, except in `authors`, where semicolons or else commas separate names.

    Raises:
        ReadError: `bad-author`
    """
    name, value = fields.first("author", "authors")
    if value is None or value is False:
        return ()
    if isinstance(value, str):
        separator = ";" if ";" in value else ","
        values: list[Value] = list(value.split(separator)) if name == "authors" else [value]
    else:
        values = value if isinstance(value, list) else [value]
    persons = [_person(fields, name, item, source) for item in values if item is not None]
    return tuple(dict.fromkeys(person for person in persons if is_visible(person.name)))


def _person(fields: Fields, key: str, value: Value, source: Source) -> Person:
    if isinstance(value, str):
        return source.how.authors.get(one_line(value).casefold()) or parse_person(value)
    if not isinstance(value, dict):
        message = f"{kind(value)} is not a name; write a string, or a map with name, email and url"
        raise fields.error("bad-author", key, message)
    keys = {folded(name): one_line(item) for name, item in value.items() if isinstance(item, str)}
    person = parse_person(keys.get("name") or keys.get("title") or keys.get("displayname") or "")
    email = keys.get("email") or person.email
    url = _absolute(keys.get("url") or keys.get("uri") or keys.get("web") or "", source)
    return Person(person.name, url, email if _EMAIL.fullmatch(email) else "")


def parse_person(text: str) -> Person:
    """Parse `Ann Example <ann@example.org>`, or a name alone."""
    match = _ADDRESSED.fullmatch(one_line(text))
    if not match:
        return Person(one_line(text))
    name = match[1].strip().strip("*").strip() or match[2].partition("@")[0]
    return Person(name, email=match[2] if _EMAIL.fullmatch(match[2]) else "")


def original(fields: Fields, source: Source) -> Original | None:
    """The original publication of the article; the source's name defaults to the host.

    Raises:
        ReadError: `bad-link`
    """
    source_name = fields.values.get("source") or fields.values.get("sourcename")
    name = one_line(source_name) if isinstance(source_name, str) else ""
    for key in ORIGINAL:
        value = fields.values.get(key)
        if not value or isinstance(value, bool):  # `external: true` is not a link
            continue
        if isinstance(value, dict):
            inner = {folded(part): item for part, item in value.items() if isinstance(item, str)}
            name = one_line(inner.get("source") or inner.get("name") or "") or name
            value = next((inner[part] for part in _URL if part in inner), None)
        url = _required(fields, key, value, source).address
        has_name = is_visible(name) and not is_web_address(name)
        return Original(name if has_name else host(url), url)
    if is_web_address(name):
        return Original(host(name), to_uri(name))
    return None


def host(url: str) -> str:
    """The host of an absolute URL, without `www.`."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def image(fields: Fields, source: Source) -> tuple[str, str]:
    """The absolute URL of the image, and its path if it is in the folder.

    An image missing from the folder is omitted.

    Raises:
        ReadError: `bad-link`
    """
    key, value = fields.first(*IMAGE)
    if isinstance(value, list):
        value = value[0]
    if isinstance(value, dict):
        value = _in_map(value)
    if value is None or value == "" or isinstance(value, bool):
        return "", ""
    target = _required(fields, key, value, source, file=True)
    return ("", "") if target.missing else (target.address, target.media)


def enclosures(fields: Fields, source: Source) -> tuple[tuple[Enclosure, ...], tuple[str, ...]]:
    """The enclosures, and the paths of those in the folder.

    An enclosure missing from the folder is omitted.

    Raises:
        ReadError: `bad-link`
    """
    by_url: dict[str, Enclosure] = {}
    paths: list[str] = []
    key, value = fields.first(*ENCLOSURE)
    if value is None:
        return (), ()
    for item in value if isinstance(value, list) else [value]:
        if item is None or item == "" or isinstance(item, bool):
            continue
        link, enclosure = _enclosure(item)
        target = _required(fields, key, link, source, file=True)
        if target.missing:
            continue
        valid = _MEDIA_TYPE.fullmatch(enclosure.type)
        type_ = enclosure.type if valid else _guessed_type(target.address)
        by_url.setdefault(target.address, replace(enclosure, url=target.address, type=type_))
        paths += [target.media] if target.media else []
    return _with_details(list(by_url.values()), fields), tuple(dict.fromkeys(paths))


def _enclosure(item: Value) -> tuple[Value, Enclosure]:
    """The link and details in one item: a string, a map, or WordPress's three lines."""
    if isinstance(item, dict):
        keys = {folded(name): part for name, part in item.items() if isinstance(part, str)}
        length = keys.get("length") or keys.get("size") or keys.get("bytes") or ""
        type_ = keys.get("type") or keys.get("mimetype") or ""
        duration = _play_time(keys.get("duration", ""), length)
        return _in_map(item), Enclosure("", type_, _number(length), duration)
    if isinstance(item, str):
        url, length, type_ = (*(line.strip() for line in item.strip().split("\n")), "", "")[:3]
        return url, Enclosure("", type_, _number(length))
    return item, Enclosure("")


def _with_details(enclosures: list[Enclosure], fields: Fields) -> tuple[Enclosure, ...]:
    """Apply the top-level duration and length keys to the first audio or video enclosure."""
    _, duration = fields.first(*DURATION)
    _, length = fields.first(*LENGTH)
    length = length if isinstance(length, str) else ""
    default = _play_time(duration if isinstance(duration, str) else "", length)
    for index, item in enumerate(enclosures):
        if item.type.startswith(("audio/", "video/")):
            enclosures[index] = replace(
                item, length=item.length or _number(length), duration=item.duration or default
            )
            break
    return tuple(enclosures)


def _play_time(duration: str, length: str) -> int:
    """Seconds; a length with a colon is a play time, otherwise it is a number of bytes."""
    return play_time(duration) or (play_time(length) if ":" in length else 0)


def _in_map(value: dict[str, Value]) -> Value:
    keys = {folded(name): item for name, item in value.items()}
    return next((keys[name] for name in _URL if keys.get(name)), None)


def _number(text: str) -> int:
    """A number of bytes; 0 if the text is anything else, such as a play time."""
    short = len(text) <= 15  # noqa: PLR2004 - a petabyte
    return int(text) if short and text.isascii() and text.isdigit() else 0


def _guessed_type(url: str) -> str:
    return MEDIA_TYPES.get(suffix(urlsplit(url).path), "")


def _required(
    fields: Fields, key: str, value: Value, source: Source, *, file: bool = False
) -> links.Target:
    """The target of the link, which must be an http or https URL."""
    if not isinstance(value, str):
        raise fields.error("bad-link", key, f"{kind(value)} is not a link; write a URL")
    target = links.target(value, source, file=file)
    if not (target and is_web_address(target.address)):
        message = f"{quoted(value)} is not an http or https URL; fix the link"
        raise fields.error("bad-link", key, message)
    return target


def _absolute(link: str, source: Source) -> str:
    url = links.resolve(link, source) if link else None
    return url if url and is_web_address(url) else ""
