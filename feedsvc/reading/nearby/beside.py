"""Resolves links to files in the folder, and reports files that are missing or never served."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from pathlib import Path, PurePosixPath
from unicodedata import normalize
from urllib.parse import quote, unquote

from feedsvc.files import names_below, open_below, stat_below
from feedsvc.media_types import MEDIA_TYPES, is_page, is_secret, suffix_of
from feedsvc.reading.errors import quoted
from feedsvc.reading.ignored import is_ignored
from feedsvc.reading.markup.content import xml_text
from feedsvc.reading.selection import Sieve
from feedsvc.reading.source import MARKDOWN, Beside, Source

MISSING = "missing-file"
SOURCES = MARKDOWN | {".txt"}
_KEYS = (b"PRIVATE KEY", b"PuTTY-User-Key-File")
# The text before a link in Markdown or HTML, before a link in a key, before any word.
_FOLDERS = r"(?:[^\s\"'<>()]*/)?"
_BEFORE = (rf"[(<\"'=]\s*+{_FOLDERS}", rf"[:,\[-]\s*+{_FOLDERS}", r"(?<![\w.%-])")
_PATH_END = re.compile(r"[?#]")

# Limits for one article: a look-up takes 10 µs, a remark a search of the text.
MAX_LOOKUPS = 2000
MAX_REMARKS = 50
MAX_NAMES = 2000  # names in a folder searched for one similar to that of a missing file


def named(escaped: str, link: str, source: Source, *, needed: bool) -> Beside | None:
    """The file in the folder that a percent-encoded path names; None if it names a page.

    `link` is the link as written in the article. If a file is `needed`, as for an image, a page's
    name also names a file. Missing files are reported as remarks.
    """
    path = _plain(escaped)
    if not path:
        return _never_served(link, source) if needed else None
    if source.beside.get(path) is None:
        source.beside[path] = _looked_up(path, link, source, needed)
    found = source.beside[path]
    return _not_empty(found, link, source) if found and needed else found


def _not_empty(found: Beside, link: str, source: Source) -> Beside:
    """The file, counted as missing if it is empty: an article shows or encloses it."""
    root = source.how.root
    status = _status(root, found.path) if root and found.there else None
    if status is None or status.st_size:
        return found
    _remark(
        MISSING, found.path, lambda: "is empty; replace it with the complete file", link, source
    )
    return Beside(found.path, there=False)


def _never_served(link: str, source: Source) -> Beside:
    """A hidden file, or one with a name that is never served."""
    if link not in source.beside:
        _remark("not-served", link, _hidden, link, source)
        source.beside[link] = Beside("", there=False)
    return source.beside[link] or Beside("", there=False)


def _plain(escaped: str) -> str:
    """The decoded path; empty if a file at such a path is never served."""
    parts = [unquote(part, errors="surrogateescape") for part in escaped.split("/")]
    path = "/".join(parts)
    plain = all(part and "/" not in part for part in parts) and not is_ignored(path)
    return path if plain and xml_text(path) == path else ""


def _looked_up(path: str, link: str, source: Source, needed: bool) -> Beside | None:
    root = source.how.root
    page = is_page(path) or _is_article(path, source.how.include, source.how.exclude)
    if page and not needed:
        if suffix_of(path) in SOURCES and root and not _is_near(root, path, link):
            _remark(MISSING, path, partial(_why, root, path), link, source)
        return None
    known = suffix_of(path) in MEDIA_TYPES and not page
    if root is None or len(source.beside) >= MAX_LOOKUPS:
        return Beside(path) if known and not is_secret(path) else None
    found = _spelled(root, path) or _from_root(link, root)
    if found and (page or is_secret(found) or (not known and _holds_secrets(root, found))):
        _remark("not-served", path, _page if page else _suspect, link, source)
        return Beside("", there=False)
    if found:
        return Beside(found)
    if page or not (known or needed or _status(root, path)):
        return None
    _remark(MISSING, path, partial(_why, root, path), link, source)
    return Beside("" if is_secret(path) else path, there=False)


def _from_root(link: str, root: Path) -> str:
    """The file that the link names relative to the root, as in a vault of notes; else empty."""
    path = _plain(_PATH_END.split(link, maxsplit=1)[0])
    return _spelled(root, path) if path and "/" in path and path[0] != "." else ""


def _is_near(root: Path, path: str, link: str) -> bool:
    """Whether there is such a file, in any normal form, relative to the article or the root."""
    return bool(_status(root, path) or _spelled(root, path) or _from_root(link, root))


def _is_article(path: str, include: tuple[str, ...], exclude: tuple[str, ...]) -> bool:
    sieve = _sieve(include, exclude)
    return bool(include) and sieve.fits(path) and not sieve.excluding(path)


@lru_cache(maxsize=4)
def _sieve(include: tuple[str, ...], exclude: tuple[str, ...]) -> Sieve:
    return Sieve(include, exclude)


def _spelled(root: Path, path: str) -> str:
    """The path of the regular file as spelled in the file system; empty if there is none.

    A name may be in another Unicode normal form than the link, depending on the operating system.
    """
    if _is_there(root, path):
        return path
    if path.isascii():
        return ""
    found: list[str] = []
    for part in path.split("/"):
        forms = (form for form in _forms(part) if _status(root, "/".join((*found, form))))
        form = next(forms, "")
        if not form:
            return ""
        found.append(form)
    spelled = "/".join(found)
    return spelled if _is_there(root, spelled) else ""


def _forms(name: str) -> Iterator[str]:
    yield from dict.fromkeys((name, normalize("NFC", name), normalize("NFD", name)))


def _is_there(root: Path, path: str) -> bool:
    """Whether the file would be served now; it is opened in the same way."""
    try:
        os.close(open_below(root, path))
    except (OSError, ValueError):  # ValueError: a path that this system cannot encode
        return False
    return True


def _holds_secrets(root: Path, path: str) -> bool:
    """Whether the file is a database, perhaps the ledger, or a key, regardless of its name."""
    try:
        handle = open_below(root, path)
    except OSError:
        return True
    try:
        begins = os.read(handle, 4096).replace(b"\0", b"")  # also in UTF-16
    except OSError:
        return True
    finally:
        os.close(handle)
    return begins.startswith(b"SQLite format 3") or any(mark in begins for mark in _KEYS)


def _status(root: Path, path: str) -> os.stat_result | None:
    try:
        return stat_below(root, path)
    except (OSError, ValueError):
        return None


def _hidden() -> str:
    return "never served because it is a hidden file; rename the file"


def _suspect() -> str:
    return (
        "never served because it may hold settings or secrets; remove the link or rename the file"
    )


def _page() -> str:
    return "never served because it is a page or an article; remove the link or rename the file"


def _why(root: Path, path: str) -> str:
    """The reason why the file cannot be served, and the remedy."""
    if status := _status(root, path):
        if stat.S_ISLNK(status.st_mode):
            return "is a symbolic link, which is never served; replace it with the file"
        if stat.S_ISREG(status.st_mode):
            return "cannot be read; fix its permissions"
        return "is not a regular file; replace it with the file"
    if similar := _similar(root, path):
        return f"does not exist, only {quoted(similar)} does; write the name exactly as the file's"
    return "does not exist; add the file or fix the link"


def _similar(root: Path, path: str) -> str:
    """The only file whose path differs just in upper and lower case; empty if none or several."""
    found: list[str] = []
    for part in path.split("/"):
        if _status(root, "/".join((*found, part))):
            found.append(part)
            continue
        try:
            names = names_below(root, "/".join(found), MAX_NAMES)
        except OSError:
            return ""
        similar = [name for name in names if _folded(name) == _folded(part)]
        if len(similar) != 1:
            return ""
        found += similar
    spelled = "/".join(found)
    return xml_text(spelled) if _is_there(root, spelled) else ""


def _folded(name: str) -> str:
    return normalize("NFC", name).casefold()


def _remark(code: str, path: str, why: Callable[[], str], link: str, source: Source) -> None:
    if len(source.remarks) < MAX_REMARKS:
        message = f"{quoted(path)} is linked but {why()}"
        source.remark(code, message, _line(link, source.text))


def _line(link: str, text: str) -> int:
    """The line of the first occurrence of the link, in any of its spellings; 0 if not found.

    It is searched for after the start of a link or value first, then as a separate word.
    """
    name = PurePosixPath(unquote(link)).name
    forms = dict.fromkeys((link, unquote(link), name, *_forms(name), quote(name)))
    for before in _BEFORE:
        for form in filter(None, forms):
            match = re.search(before + re.escape(form) + r"(?![\w%-])", text)
            if match:
                return text.count("\n", 0, match.end()) + 1
    return 0
