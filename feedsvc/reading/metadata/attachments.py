"""What else a front matter names: people, the original, a picture, enclosures."""

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
from feedsvc.reading.metadata import durations
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
_PARTING = re.compile(r"[;,]")
_URL = ("url", "src", "href", "path", "file", "image", "link")


def people(fields: Fields, source: Source) -> tuple[Person, ...]:
    """The authors, each once.

    A text is one name, save in `authors`, where semicolons, else commas part it.

    Raises:
        ReadError: `bad-author`
    """
    name, value = fields.first("author", "authors")
    if value is None or value is False:
        return ()
    if isinstance(value, str):
        part = ";" if ";" in value else ","
        values: list[Value] = list(value.split(part)) if name == "authors" else [value]
    else:
        values = value if isinstance(value, list) else [value]
    found = [_person(fields, name, item, source) for item in values if item is not None]
    return tuple(dict.fromkeys(person for person in found if is_visible(person.name)))


def _person(fields: Fields, key: str, value: Value, source: Source) -> Person:
    if isinstance(value, str):
        return written(value)
    if not isinstance(value, dict):
        message = f"{kind(value)} is no name; write a text, or a map with name, email and url"
        raise fields.refusal("bad-author", key, message)
    said = {folded(name): one_line(item) for name, item in value.items() if isinstance(item, str)}
    person = written(said.get("name") or said.get("title") or said.get("displayname") or "")
    email = said.get("email") or person.email
    url = _absolute(said.get("url") or said.get("uri") or said.get("web") or "", source)
    return Person(person.name, url, email if _EMAIL.fullmatch(email) else "")


def written(text: str) -> Person:
    """`Ann Example <ann@example.org>`, or a name alone."""
    found = _ADDRESSED.fullmatch(one_line(text))
    if not found:
        return Person(one_line(text))
    name = found[1].strip().strip("*").strip() or found[2].partition("@")[0]
    return Person(name, email=found[2] if _EMAIL.fullmatch(found[2]) else "")


def original(fields: Fields, source: Source) -> Original | None:
    """Where the article first appeared; the source's name is its host where none is given.

    Raises:
        ReadError: `bad-link`
    """
    named = fields.values.get("source") or fields.values.get("sourcename")
    name = one_line(named) if isinstance(named, str) else ""
    for key in ORIGINAL:
        value = fields.values.get(key)
        if not value or isinstance(value, bool):  # `external: true` says that there is a link
            continue
        if isinstance(value, dict):
            said = {folded(part): item for part, item in value.items() if isinstance(item, str)}
            name = one_line(said.get("source") or said.get("name") or "") or name
            value = next((said[part] for part in _URL if part in said), None)
        url = _required(fields, key, value, source).address
        shown = is_visible(name) and not is_web_address(name)
        return Original(name if shown else host(url), url)
    if is_web_address(name):
        return Original(host(name), to_uri(name))
    return None


def host(url: str) -> str:
    """The host of an absolute address, without `www.`."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def image(fields: Fields, source: Source) -> tuple[str, str]:
    """The absolute address of the picture, and its path where it is in the folder.

    One that should be in the folder and is not there is left out.

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
    found = _required(fields, key, value, source, file=True)
    return ("", "") if found.missing else (found.address, found.media)


def enclosures(fields: Fields, source: Source) -> tuple[tuple[Enclosure, ...], tuple[str, ...]]:
    """The files that go with the article, and the paths of those that are in the folder.

    One that should be there and is not is left out.

    Raises:
        ReadError: `bad-link`
    """
    found: dict[str, Enclosure] = {}
    paths: list[str] = []
    key, value = fields.first(*ENCLOSURE)
    if value is None:
        return (), ()
    for item in value if isinstance(value, list) else [value]:
        if item is None or item == "" or isinstance(item, bool):
            continue
        link, said = _enclosure(item)
        to = _required(fields, key, link, source, file=True)
        if to.missing:
            continue
        type_ = said.type if _MEDIA_TYPE.fullmatch(said.type) else _guessed(to.address)
        found.setdefault(to.address, replace(said, url=to.address, type=type_))
        paths += [to.media] if to.media else []
    return _first_told(list(found.values()), fields), tuple(dict.fromkeys(paths))


def _enclosure(item: Value) -> tuple[Value, Enclosure]:
    """The link of one and what else it says, as a text or a map; WordPress writes three lines."""
    if isinstance(item, dict):
        said = {folded(name): part for name, part in item.items() if isinstance(part, str)}
        length = said.get("length") or said.get("size") or said.get("bytes") or ""
        type_ = said.get("type") or said.get("mimetype") or ""
        duration = _play_time(said.get("duration", ""), length)
        return _in_map(item), Enclosure("", type_, _number(length), duration)
    if isinstance(item, str):
        url, length, type_ = (*(line.strip() for line in item.strip().split("\n")), "", "")[:3]
        return url, Enclosure("", type_, _number(length))
    return item, Enclosure("")


def _first_told(found: list[Enclosure], fields: Fields) -> tuple[Enclosure, ...]:
    """The enclosures; what the front matter says beside them is of the first that plays."""
    _, duration = fields.first(*DURATION)
    _, length = fields.first(*LENGTH)
    length = length if isinstance(length, str) else ""
    play_time = _play_time(duration if isinstance(duration, str) else "", length)
    for place, one in enumerate(found):
        if one.type.startswith(("audio/", "video/")):
            found[place] = replace(
                one, length=one.length or _number(length), duration=one.duration or play_time
            )
            break
    return tuple(found)


def _play_time(duration: str, length: str) -> int:
    """Seconds; a length is a time where it is written as one, else a number of bytes."""
    return durations.seconds(duration) or (durations.seconds(length) if ":" in length else 0)


def _in_map(value: dict[str, Value]) -> Value:
    said = {folded(name): item for name, item in value.items()}
    return next((said[name] for name in _URL if said.get(name)), None)


def _number(text: str) -> int:
    """A number of bytes; 0 where the text is another thing, such as a time to listen."""
    short = len(text) <= 15  # noqa: PLR2004 - a petabyte
    return int(text) if short and text.isascii() and text.isdigit() else 0


def _guessed(url: str) -> str:
    return MEDIA_TYPES.get(suffix(urlsplit(url).path), "")


def _required(
    fields: Fields, key: str, value: Value, source: Source, *, file: bool = False
) -> links.Target:
    """Where the link leads, which must be an address on the web."""
    if not isinstance(value, str):
        raise fields.refusal("bad-link", key, f"{kind(value)} is no link; write an address")
    found = links.target(value, source, file=file)
    if not (found and is_web_address(found.address)):
        message = f"{quoted(value)} is no http or https address; fix the link"
        raise fields.refusal("bad-link", key, message)
    return found


def _absolute(link: str, source: Source) -> str:
    found = links.resolve(link, source) if link else None
    return found if found and is_web_address(found) else ""
