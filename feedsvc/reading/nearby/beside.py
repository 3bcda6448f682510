"""Files beside articles: which one a link means, whether it is there, and what is wrong if not."""

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
# What stands before a link in Markdown or HTML, before one in a key, before any word.
_FOLDERS = r"(?:[^\s\"'<>()]*/)?"
_BEFORE = (rf"[(<\"'=]\s*+{_FOLDERS}", rf"[:,\[-]\s*+{_FOLDERS}", r"(?<![\w.%-])")
_BEHIND_PATH = re.compile(r"[?#]")

# What one article may cost: each look takes 10 µs, each remark a search of the text.
MOST_LOOKS = 2000
MOST_REMARKS = 50
MOST_NAMES = 2000  # of a folder, among which one like the missing one is looked for


def named(escaped: str, link: str, source: Source, *, needed: bool) -> Beside | None:
    """The file of the folder that a path with its escapes names; None where it names a page.

    `link` is how the article writes it. Where a file is `needed`, as for a picture, a name that
    could be that of a page is that of a file too. What is not there is remarked upon.
    """
    path = _plain(escaped)
    if not path:
        return _never_served(link, source) if needed else None
    if source.beside.get(path) is None:
        source.beside[path] = _looked_up(path, link, source, needed)
    found = source.beside[path]
    return _filled(found, link, source) if found and needed else found


def _filled(found: Beside, link: str, source: Source) -> Beside:
    """The same for an article that shows or encloses the file, to which an empty one is none."""
    root = source.how.root
    status = _status(root, found.path) if root and found.there else None
    if status is None or status.st_size:
        return found
    _remark(MISSING, found.path, lambda: "is empty; put the whole file there", link, source)
    return Beside(found.path, there=False)


def _never_served(link: str, source: Source) -> Beside:
    """What is hidden, or has a name that no file that is handed out can have."""
    if link not in source.beside:
        _remark("not-served", link, _hidden, link, source)
        source.beside[link] = Beside("", there=False)
    return source.beside[link] or Beside("", there=False)


def _plain(escaped: str) -> str:
    """The path without its escapes; empty where no file that is handed out has such a path."""
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
    if root is None or len(source.beside) >= MOST_LOOKS:
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
    """The file that the link names from the root, as a vault of notes has it; empty for none."""
    path = _plain(_BEHIND_PATH.split(link, maxsplit=1)[0])
    return _spelled(root, path) if path and "/" in path and path[0] != "." else ""


def _is_near(root: Path, path: str, link: str) -> bool:
    """Whether there is such a file, in whatever form its name is written."""
    return bool(_status(root, path) or _spelled(root, path) or _from_root(link, root))


def _is_article(path: str, include: tuple[str, ...], exclude: tuple[str, ...]) -> bool:
    sieve = _sieve(include, exclude)
    return bool(include) and sieve.fits(path) and not sieve.excluding(path)


@lru_cache(maxsize=4)
def _sieve(include: tuple[str, ...], exclude: tuple[str, ...]) -> Sieve:
    return Sieve(include, exclude)


def _spelled(root: Path, path: str) -> str:
    """The path of the regular file as the folder spells it; empty where there is none.

    A name may be in another normal form of Unicode than the link: each system has its own.
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
    """Whether it would be served now: opened as it is then."""
    try:
        os.close(open_below(root, path))
    except (OSError, ValueError):  # ValueError: a path that this machine cannot write
        return False
    return True


def _holds_secrets(root: Path, path: str) -> bool:
    """Whether the file is a database, perhaps the ledger, or a key, whatever it is called."""
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
    return "never served, for its name is that of a hidden file; give the file another"


def _suspect() -> str:
    return "never served, for it may hold settings or secrets; take out the link or rename the file"


def _page() -> str:
    return "never served, for it is a page or an article; take it out or give it another name"


def _why(root: Path, path: str) -> str:
    """Why the file is not to be had, and what to do."""
    if status := _status(root, path):
        if stat.S_ISLNK(status.st_mode):
            return "is a symbolic link, which is never served; put the file itself there"
        if stat.S_ISREG(status.st_mode):
            return "cannot be read; fix its permissions"
        return "is no regular file; put the file itself there"
    if like := _alike(root, path):
        return f"not there, only {quoted(like)} is; write the name as the file has it"
    return "not there; add the file or fix the link"


def _alike(root: Path, path: str) -> str:
    """The one file whose path differs only in upper and lower case; empty if there are several."""
    found: list[str] = []
    for part in path.split("/"):
        if _status(root, "/".join((*found, part))):
            found.append(part)
            continue
        try:
            names = names_below(root, "/".join(found), MOST_NAMES)
        except OSError:
            return ""
        alike = [name for name in names if _folded(name) == _folded(part)]
        if len(alike) != 1:
            return ""
        found += alike
    like = "/".join(found)
    return xml_text(like) if _is_there(root, like) else ""


def _folded(name: str) -> str:
    return normalize("NFC", name).casefold()


def _remark(code: str, path: str, why: Callable[[], str], link: str, source: Source) -> None:
    if len(source.remarks) < MOST_REMARKS:
        message = f"{quoted(path)} is linked but {why()}"
        source.remark(code, message, _line(link, source.text))


def _line(link: str, text: str) -> int:
    """The line where the link first stands, as it is written or may have been; 0 if nowhere.

    It is looked for behind what begins a link or a value, then as a word of its own.
    """
    name = PurePosixPath(unquote(link)).name
    forms = dict.fromkeys((link, unquote(link), name, *_forms(name), quote(name)))
    for before in _BEFORE:
        for written in filter(None, forms):
            found = re.search(before + re.escape(written) + r"(?![\w%-])", text)
            if found:
                return text.count("\n", 0, found.end()) + 1
    return 0
