"""Authors that articles name by an id: Docusaurus, MkDocs Material, Jekyll, Hugo and others.

ann:                        authors:
  name: Ann Example           ann:
  url: https://ann.example      name: Ann Example
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from feedsvc.addresses import is_web_address
from feedsvc.model import Person
from feedsvc.reading.errors import ReadError
from feedsvc.reading.formats import front_matter
from feedsvc.reading.metadata.fields import folded
from feedsvc.reading.metadata.yaml_values import Value
from feedsvc.reading.site.data_files import SUFFIXES, text_of, value_of
from feedsvc.reading.source import Source

MAX_AUTHORS = 2000
MAX_FOLDERS = 200

# Below the folder of articles, then below the site's own.
_FILES = ("authors", ".authors")
_SITE_FILES = (
    "_data/authors", "_data/people", "data/authors", "data/people", "blog/authors", "authors",
    "docs/blog/.authors", "blog/.authors", "docs/.authors", ".authors", "src/data/authors",
    "content/authors",
)  # fmt: skip
_SITE_FOLDERS = (
    "_data/authors", "data/authors", "content/authors", "content/author", "_authors",
    "src/content/authors", "content/people", "src/content/people",
)  # fmt: skip
_NAMES = ("name", "displayname", "display_name", "fullname", "title")
_IDS = ("id", "slug", "username", "nickname", "key", "handle", "shortname")
_URLS = ("url", "uri", "web", "website", "homepage", "home", "site", "link")


def authors(folder: Path, root: Path | None) -> dict[str, Person]:
    """The authors by their ids, which are compared without case.

    The files next to the articles count before those of the site.
    """
    found: dict[str, Person] = {}
    for key, value in islice(_entries(folder, root), MAX_AUTHORS):
        person = _person(value)
        if person and key:
            found.setdefault(key.casefold(), person)
    return found


def _entries(folder: Path, root: Path | None) -> Iterator[tuple[str, Value]]:
    """Ids with what is known of each."""
    for name in _FILES:
        yield from _in_file(folder / name)
        for below in _folders(folder):
            yield from _in_file(below / name)
    if root is None:
        return
    for name in _SITE_FILES:
        yield from _in_file(root / name)
    for name in _SITE_FOLDERS:
        yield from _in_folder(root / name)


def _folders(folder: Path) -> list[Path]:
    """The folders in a folder, each of which may be a blog of its own."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    except OSError:
        return []
    return [folder / name for name in names[:MAX_FOLDERS]]


def _in_file(path: Path) -> Iterator[tuple[str, Value]]:
    for suffix in SUFFIXES:
        value = value_of(path.with_name(path.name + suffix))
        if isinstance(value, dict) and isinstance(value.get("authors"), dict | list):
            value = value["authors"]
        if isinstance(value, dict):
            yield from value.items()
        elif isinstance(value, list):
            yield from ((_id_of(item), item) for item in value)


def _in_folder(folder: Path) -> Iterator[tuple[str, Value]]:
    """One file for each author, or a folder with an `_index.md`."""
    try:
        paths = sorted(folder.iterdir())[:MAX_AUTHORS]
    except OSError:
        return
    for path in paths:
        if path.suffix in SUFFIXES:
            value = value_of(path)
        else:
            value = _keys(path / "_index.md" if path.suffix == "" else path)
        yield path.stem, value
        if isinstance(value, dict):
            yield _id_of(value), value


def _keys(path: Path) -> Value:
    """The front matter of a page about an author."""
    try:
        fields, _ = front_matter.header(Source(path.name, text_of(path)))
    except ReadError:
        return None
    return dict(fields.values)


def _id_of(value: Value) -> str:
    if not isinstance(value, dict):
        return ""
    texts = {folded(key): item for key, item in value.items() if isinstance(item, str)}
    return next((texts[name] for name in (*_IDS, "name") if name in texts), "")


def _person(value: Value) -> Person | None:
    if isinstance(value, str):
        return Person(" ".join(value.split())) if value.strip() else None
    if not isinstance(value, dict):
        return None
    texts = {folded(key): item.strip() for key, item in value.items() if isinstance(item, str)}
    name = next((texts[key] for key in map(folded, _NAMES) if texts.get(key)), "")
    url = next((texts[key] for key in _URLS if is_web_address(texts.get(key, ""))), "")
    email = texts.get("email", "")
    return Person(" ".join(name.split()), url, email if "@" in email else "") if name else None
