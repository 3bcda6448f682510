"""Resolves the links of an article to absolute addresses (RFC 3986) or to files in the folder.

In an article at `news/2026/a.md`, on a site at `https://example.org/blog`:

    https://other.example/x     kept
    //other.example/x           https
    /about                      https://example.org/blog/about
    ../b.html                   https://example.org/blog/news/b.html
    photo.jpg                   https://example.org/blog/media/UUID.jpg, a file in the folder
    #note                       kept: a fragment of the article itself
    {static}/photo.jpg          Pelican, relative to the root: a file in the folder
    @/c.md                      Zola, relative to the root: https://example.org/blog/c.md
    mailto:a@b.example, ftp:…   kept, see SCHEMES
    javascript:x, {tag}x        removed
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import quote, urlsplit, urlunsplit

from feedsvc.addresses import is_web_address, to_uri
from feedsvc.media_types import address_suffix
from feedsvc.model import urn
from feedsvc.reading.markup.content import xml_text
from feedsvc.reading.nearby import beside
from feedsvc.reading.source import Reading, Source

# Most links are already absolute and escaped; they need no further processing.
_NORMALIZED = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)++"
    r"(?:/(?:[\w/:@!$&'()*+,;=.~-]|%[0-9a-fA-F]{2})*+)?"
    r"(?:\?(?:[\w/?:@!$&'()*+,;=.~-]|%[0-9a-fA-F]{2})*+)?",
    re.ASCII,
)
# Allowed schemes besides http and https. None of them runs code or reads local files, unlike
# javascript, data, file, blob, intent and ms-*.
SCHEMES = frozenset((
    "mailto", "tel", "sms", "callto", "sip", "sips", "xmpp", "matrix", "irc", "ircs", "signal",
    "sgnl", "ftp", "ftps", "sftp", "gemini", "gopher", "ipfs", "ipns", "magnet", "news", "nntp",
    "geo", "webcal", "webcals", "bitcoin", "lightning", "monero",
))  # fmt: skip
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE | re.ASCII)
_TRIMMED = "".join(map(chr, range(0x21)))
_REMOVED = re.compile(r"[\t\n\r]")  # anywhere in a URL, as in the URL Standard's parser
_STRAY_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")
_DOT = re.compile("%2e", re.IGNORECASE)
_SAFE = "/%:@!$&'()*+,;=~"  # in a path, besides letters and digits (RFC 3986 section 3.3)
_CANDIDATE = re.compile(r"[\s,]*+(\S++)")
_DESCRIPTOR = re.compile(r"((?:[^,(]|\([^)]*+\)?)*+)")
# Pelican's `{filename}a.md`, also `|filename|a.md` before version 3, and Zola's `@/a.md`.
_INTERNAL = re.compile(
    r"(?:[{|]|%7[BC])(filename|static|attach|index|tag|category|author)(?:[}|]|%7[CD])|@(?=/)",
    re.IGNORECASE,
)
_INTERNAL_STARTS = "{|%@"
MAX_CANDIDATES = 100  # of a `srcset`; resolving one takes 20 µs
MAX_BASE_LENGTH = 500  # characters, which may be prefixed to each link of a page
_AFTER_PATH = re.compile(r"[?#]")
_SIZE = re.compile(r"\d+w(?:\s+\d+h)?|\d+(?:\.\d+)?x|", re.ASCII)


@dataclass(frozen=True, slots=True)
class Target:
    """The target of a link: an absolute address or a `#fragment`.

    `media` is the path of the linked file below the root, with `/` as separator, if the file is
    served from the folder. `missing` means that the file does not exist now.
    """

    address: str
    media: str = ""
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Base:
    """The base URL of a page's relative links (`<base href>`).

    `origin` is empty if the base is itself relative to the page.
    """

    origin: str
    path: str

    @classmethod
    def of(cls, href: str, source: Source) -> Base | None:
        """The base in `href`; None if it is not a web address or is too long."""
        href = _trimmed(href).replace("\\", "/")
        if len(href) > MAX_BASE_LENGTH:
            return None
        if not (_SCHEME.match(href) or href.startswith("//")):
            path = _AFTER_PATH.split(href, maxsplit=1)[0]
            return cls("", path) if path else None
        found = resolve(href, source)
        if not (found and is_web_address(found)):
            return None
        parts = urlsplit(found)
        return cls(f"{parts.scheme}://{parts.netloc}", parts.path)

    def applied(self, link: str) -> str:
        """The equivalent link in a page without a base; a `#fragment` alone is unchanged."""
        link = _trimmed(link)
        path = _AFTER_PATH.split(link, maxsplit=1)[0]
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
        """A `srcset` attribute with the base applied to each candidate."""
        found = islice(_candidates(text), MAX_CANDIDATES)
        return ", ".join(f"{self.applied(url)} {size}".strip() for url, size in found)


def resolve(link: str, source: Source) -> str | None:
    """The absolute address of a link in an article; None if feed readers cannot follow it."""
    found = target(link, source)
    return found.address if found else None


def is_normalized(link: str) -> bool:
    """Whether a link is an absolute address that needs no escaping, not even in HTML."""
    return "&" not in link and _NORMALIZED.fullmatch(link) is not None


def target(link: str, source: Source, *, file: bool = False) -> Target | None:
    """The target of a link in an article; None if feed readers cannot follow it.

    `file` means that the target must be a file, as for an image, and not a page.
    """
    if _NORMALIZED.fullmatch(link):
        return Target(link)
    try:
        return _target(_trimmed(link), source, file)
    except ValueError:  # from urlsplit or IDNA: the host is invalid
        return None


def srcset(text: str, source: Source) -> list[tuple[Target, str]]:
    """The candidates of a `srcset` attribute that have a web address, each with its descriptor.

    HTML Standard, "parsing a srcset attribute": a URL may contain commas, but not end with one.
    """
    resolved = (
        (target(url, source, file=True), size)
        for url, size in islice(_candidates(text), MAX_CANDIDATES)
    )
    return [(found, size) for found, size in resolved if found and is_web_address(found.address)]


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
    return _REMOVED.sub("", xml_text(link).strip(_TRIMMED))


def _target(link: str, source: Source, file: bool) -> Target | None:
    scheme = _SCHEME.match(link)
    if not link:
        return None
    if link.startswith("#"):
        return Target("#" + _escaped(link[1:], _SAFE + "?"))
    if not scheme:
        resolver = _internal if link[0] in _INTERNAL_STARTS else _relative
        return resolver(link, source, file)
    if scheme[1].lower() in ("http", "https"):
        return _web(link)
    if scheme[1].lower() in SCHEMES:
        return Target(f"{scheme[1].lower()}:{_opaque(link[scheme.end() :])}")
    return None


def _opaque(rest: str) -> str:
    """The rest of a URI after a scheme other than http and https, escaped to ASCII."""
    mark, fragment = "", ""
    if rest.startswith("//"):
        rest, mark, fragment = rest.partition("#")
    host = "[]" if rest.startswith("//[") else ""  # an IPv6 address
    return f"{_escaped(rest, f'{_SAFE}?{host}')}{mark}{_escaped(fragment, _SAFE + '?')}"


def _web(link: str) -> Target | None:
    scheme, host, path, query, fragment = urlsplit(link.replace("\\", "/"))
    rest = (_escaped(path, _SAFE), _escaped(query, _SAFE + "?"), _escaped(fragment, _SAFE + "?"))
    address = to_uri(urlunsplit((scheme, host, *rest)))
    return Target(address) if is_web_address(address) else None


def _internal(link: str, source: Source, file: bool) -> Target | None:
    """The target of a link that may use the file syntax of Pelican or Zola.

    A leading slash means the root of the folder. Links to Pelican's lists by tag, category and
    author have no target.
    """
    found = _INTERNAL.match(link)
    if not found:
        return _relative(link, source, file)
    kind, rest = (found[1] or "").lower(), link[found.end() :]
    if kind in ("tag", "category", "author"):
        return None
    if kind == "index":
        return _relative("/", source, file)
    if rest.startswith(("/", "\\")):
        rest = "./" + "../" * source.path.count("/") + rest.lstrip("/\\")
    return _relative(rest, source, file)


def _relative(link: str, source: Source, file: bool) -> Target | None:
    path, query, fragment = _split(link)
    if path.startswith("//"):
        return _web("https:" + link)
    base = "" if path.startswith("/") else quote(source.path)
    whole = _joined(base, path)
    found = path and path[0] != "/" and beside.named(whole, link, source, needed=file)
    if found and found.path:
        address = media_address(found.path, source.how) + fragment
        return Target(address, found.path, not found.there)
    address = f"{source.how.base_url}/{whole}{query}{fragment}"
    return Target(address, missing=bool(found)) if is_web_address(address) else None


def _split(link: str) -> tuple[str, str, str]:
    """Path, `?query` and `#fragment` of a reference without a scheme, each escaped."""
    link, mark, fragment = link.partition("#")
    path, ask, query = link.partition("?")
    fragment = mark + _escaped(fragment, _SAFE + "?")
    return _escaped(path.replace("\\", "/"), _SAFE), ask + _escaped(query, _SAFE + "?"), fragment


def _escaped(text: str, safe: str) -> str:
    return quote(_STRAY_PERCENT.sub("%25", text), safe=safe)


def _joined(base: str, path: str) -> str:
    """`path` resolved against the file `base`, below the root (RFC 3986 section 5.2.4)."""
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


def media_address(file: str, how: Reading) -> str:
    """The address at which the file at a path below the root is served."""
    name = urn(how.site_id, "media", file).removeprefix("urn:uuid:")
    return f"{how.base_url}/media/{name}{address_suffix(file)}"
