"""Links as articles write them become absolute addresses (RFC 3986), or name a file beside them.

An article at `news/2026/a.md` of a site at `https://example.org/blog` writes:

    https://other.example/x     kept
    //other.example/x           https
    /about                      https://example.org/blog/about
    ../b.html                   https://example.org/blog/news/b.html
    photo.jpg                   https://example.org/blog/media/UUID.jpg, a file of the folder
    #note                       kept: a place in the article itself
    {static}/photo.jpg          Pelican, from the folder's root: a file of the folder
    @/c.md                      Zola, from the folder's root: https://example.org/blog/c.md
    javascript:x, {tag}x        nothing
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from feedsvc.addresses import is_web_address, to_uri
from feedsvc.articles.content import xml_text
from feedsvc.articles.source import Reading, Source
from feedsvc.media_types import MEDIA_TYPES
from feedsvc.model import urn

# Most links are as they should be: this spares them the long way.
_READY = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)++"
    r"(?:/(?:[\w/:@!$&'()*+,;=.~-]|%[0-9a-fA-F]{2})*+)?"
    r"(?:\?(?:[\w/?:@!$&'()*+,;=.~-]|%[0-9a-fA-F]{2})*+)?",
    re.ASCII,
)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE | re.ASCII)
_TRIMMED = "".join(map(chr, range(0x21)))
_DROPPED = re.compile(r"[\t\n\r]")  # wherever it stands, as browsers do
_STRAY_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")
_DOT = re.compile("%2e", re.IGNORECASE)
_SAFE = "/%:@!$&'()*+,;=~"  # besides letters and digits, in a path (RFC 3986 section 3.3)
_CANDIDATE = re.compile(r"[\s,]*+(\S++)")
_DESCRIPTOR = re.compile(r"((?:[^,(]|\([^)]*+\)?)*+)")
# Pelican's `{filename}a.md`, before its version 3 `|filename|a.md`, and Zola's `@/a.md`.
_INTERNAL = re.compile(
    r"(?:[{|]|%7[BC])(filename|static|attach|index|tag|category|author)(?:[}|]|%7[CD])|@(?=/)",
    re.IGNORECASE,
)
_INTERNAL_SIGNS = "{|%@"  # one of them begins each
MOST_CANDIDATES = 100  # of a `srcset`; to resolve one takes 20 µs
LONGEST_BASE = 500  # characters, which may come before each link of a page
_BEHIND_PATH = re.compile(r"[?#]")
_SIZE = re.compile(r"\d+w(?:\s+\d+h)?|\d+(?:\.\d+)?x|", re.ASCII)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a link leads: an absolute address or `#place`.

    `media` is the path (below the root, parted by `/`) of the file that is meant, if it is one
    of the folder that is handed out; whether there is such a file is not known.
    """

    address: str
    media: str = ""


@dataclass(frozen=True, slots=True)
class Base:
    """What the relative links of a page start from in place of the page (`<base href>`).

    `origin` is empty where the base is itself relative to the page.
    """

    origin: str
    path: str

    @classmethod
    def of(cls, href: str, source: Source) -> Base | None:
        """The base that `href` says; None where it says none that is of the web."""
        href = _trimmed(href).replace("\\", "/")
        if len(href) > LONGEST_BASE:
            return None
        if not (_SCHEME.match(href) or href.startswith("//")):
            path = _BEHIND_PATH.split(href, maxsplit=1)[0]
            return cls("", path) if path else None
        found = resolve(href, source)
        if not (found and is_web_address(found)):
            return None
        parts = urlsplit(found)
        return cls(f"{parts.scheme}://{parts.netloc}", parts.path)

    def applied(self, link: str) -> str:
        """The link as it would be written without a base; `#place` stays one in the article."""
        link = _trimmed(link)
        path = _BEHIND_PATH.split(link, maxsplit=1)[0]
        rest, path = link[len(path) :], path.replace("\\", "/")
        if _SCHEME.match(path) or path.startswith("//") or not (path or rest.startswith("?")):
            return link
        if not path:
            whole = self.path
        elif path.startswith("/"):
            whole = path
        else:
            whole = self.path[: self.path.rfind("/") + 1] + path
        return (f"{self.origin}/{_joined('', whole)}" if self.origin else whole) + rest

    def applied_to_srcset(self, text: str) -> str:
        """The same for each candidate of a `srcset` attribute."""
        found = islice(_candidates(text), MOST_CANDIDATES)
        return ", ".join(f"{self.applied(url)} {size}".strip() for url, size in found)


def resolve(link: str, source: Source) -> str | None:
    """The absolute address of a link in an article; None where it has no http or mail address."""
    found = target(link, source)
    return found.address if found else None


def is_ready(link: str) -> bool:
    """Whether a link is an address that is as it should be, in a document too."""
    return "&" not in link and _READY.fullmatch(link) is not None


def target(link: str, source: Source) -> Target | None:
    """Where a link written in an article leads; None where no reader could follow it."""
    if _READY.fullmatch(link):
        return Target(link)
    try:
        return _target(_trimmed(link), source)
    except ValueError:  # urlsplit: no host; IDNA: no name
        return None


def srcset(text: str, source: Source) -> list[tuple[Target, str]]:
    """The candidates of a `srcset` attribute that lead somewhere, each with its descriptor.

    HTML standard, "parsing a srcset attribute": a URL may hold commas, but not end with one.
    """
    found = (
        (target(url, source), size) for url, size in islice(_candidates(text), MOST_CANDIDATES)
    )
    return [(where, size) for where, size in found if where and is_web_address(where.address)]


def _candidates(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while found := _CANDIDATE.match(text, position):
        url, position = found[1], found.end()
        size = ""
        if not url.endswith(",") and (described := _DESCRIPTOR.match(text, position)):
            size, position = described[1].strip(), described.end()
        if _SIZE.fullmatch(size):
            yield url.rstrip(","), size


def _trimmed(link: str) -> str:
    return _DROPPED.sub("", xml_text(link).strip(_TRIMMED))


def _target(link: str, source: Source) -> Target | None:
    scheme = _SCHEME.match(link)
    if not link:
        return None
    if link.startswith("#"):
        return Target("#" + _escaped(link[1:], _SAFE + "?"))
    if not scheme:
        return _internal(link, source) if link[0] in _INTERNAL_SIGNS else _relative(link, source)
    if scheme[1].lower() in ("http", "https"):
        return _web(link)
    if scheme[1].lower() in ("mailto", "tel"):
        return Target(f"{scheme[1].lower()}:{_escaped(link[scheme.end() :], _SAFE + '?')}")
    return None


def _web(link: str) -> Target | None:
    scheme, host, path, query, fragment = urlsplit(link.replace("\\", "/"))
    rest = (_escaped(path, _SAFE), _escaped(query, _SAFE + "?"), _escaped(fragment, _SAFE + "?"))
    address = to_uri(urlunsplit((scheme, host, *rest)))
    return Target(address) if is_web_address(address) else None


def _internal(link: str, source: Source) -> Target | None:
    """Where a link leads that may name a file as Pelican and Zola do; lists by tag there are none.

    A slash in front stands for the root of the folder.
    """
    found = _INTERNAL.match(link)
    if not found:
        return _relative(link, source)
    what, rest = (found[1] or "").lower(), link[found.end() :]
    if what in ("tag", "category", "author"):
        return None
    if what == "index":
        return _relative("/", source)
    if rest.startswith(("/", "\\")):
        rest = "./" + "../" * source.path.count("/") + rest.lstrip("/\\")
    return _relative(rest, source)


def _relative(link: str, source: Source) -> Target | None:
    path, query, fragment = _split(link)
    if path.startswith("//"):
        return _web("https:" + link)
    base = "" if path.startswith("/") else quote(source.path)
    whole = _joined(base, path)
    if not path.startswith("/") and (file := _media(whole)):
        return Target(media_address(file, source.how) + fragment, file)
    address = f"{source.how.base_url}/{whole}{query}{fragment}"
    return Target(address) if is_web_address(address) else None


def _split(link: str) -> tuple[str, str, str]:
    """Path, `?query` and `#fragment` of a reference without a scheme, each escaped."""
    link, mark, fragment = link.partition("#")
    path, ask, query = link.partition("?")
    fragment = mark + _escaped(fragment, _SAFE + "?")
    return _escaped(path.replace("\\", "/"), _SAFE), ask + _escaped(query, _SAFE + "?"), fragment


def _escaped(text: str, safe: str) -> str:
    return quote(_STRAY_PERCENT.sub("%25", text), safe=safe)


def _joined(base: str, path: str) -> str:
    """`path` as seen from the file `base`, below the root (RFC 3986 section 5.2.4)."""
    if not path:
        return base
    parts = base.split("/")[:-1]
    steps = _DOT.sub(".", path).removeprefix("/").split("/")
    for step in steps:
        if step == "..":
            del parts[-1:]
        elif step != ".":
            parts.append(step)
    return "/".join(parts) + ("/" if steps[-1] in (".", "..") and parts else "")


def _media(path: str) -> str:
    """The path of the file to hand out that an escaped path names; empty for any other."""
    if PurePosixPath(path).suffix.lower() not in MEDIA_TYPES:
        return ""
    parts = [unquote(part, errors="surrogateescape") for part in path.split("/")]
    plain = all(part and part[0] != "." and "/" not in part for part in parts)
    file = "/".join(parts)
    return file if plain and xml_text(file) == file else ""


def media_address(file: str, how: Reading) -> str:
    """Where the file at a path below the root is served."""
    name = urn(how.site_id, "media", file).removeprefix("urn:uuid:")
    return f"{how.base_url}/media/{name}{PurePosixPath(file).suffix.lower()}"
