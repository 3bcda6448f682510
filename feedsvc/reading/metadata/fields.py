"""The keys of front matter and header lines, under the names that site generators use.

Key names ignore case, `-`, `_` and spaces: `last_modified_at` equals `lastModifiedAt`. An empty
value counts as a missing key, and unknown keys are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from feedsvc.reading.errors import ReadError, quoted
from feedsvc.reading.markup.content import is_visible, one_line, without_unseen
from feedsvc.reading.metadata.dates import day_of, moment
from feedsvc.reading.metadata.names import date_in
from feedsvc.reading.metadata.yaml_values import Position, Value

KEY_LENGTH = 500

# In order of precedence: publication dates, then keys that may be the date of writing.
PUBLISHED = (
    "publishdate", "publishedat", "publishedon", "publishedtime", "datepublished", "pubdate",
    "publicationdate", "publishon", "publishat", "golive", "releasedate", "embargountil",
    "scheduledfor", "scheduledat", "published", "date", "datetime", "created", "createdat",
    "datecreated",
)  # fmt: skip
UPDATED = (
    "updated", "lastmod", "lastmodifiedat", "lastmodified", "modified", "updatedat", "modifiedat",
    "dateupdated", "datemodified", "lastupdated", "updatedate", "moddate",
)  # fmt: skip
TAGS = ("tags", "tag", "categories", "category", "keywords", "topics")
_PLURAL = ("tags", "categories")
DESCRIPTION = ("summary", "description", "excerpt")
LANGUAGE = ("lang", "language", "locale")
ADDRESS = ("path", "url", "permalink")

# Tables of Hugo and Zola; a top-level key of the same name overrides a key in them.
_TABLES = ("taxonomies", "params", "extra")
_TRUE = {"true", "yes", "on", "1", "y", "t"}
# Keys in a map of dates.
_CREATED = ("created", "published", "publish", "posted", "start", "date")
_MODIFIED = ("updated", "modified", "lastmod", "lastmodified")
# `2020-01-02, updated 2021-03-04`
_TWO_DATES = re.compile(
    r"(?P<created>\d[^,;()]{5,40}?)[,;(\s]+(?:last[ ])?(?:updated|modified|edited|revised)"
    r"(?:[ ]on)?:?\s+(?P<updated>\d[^,;()]{5,40}?)\)?",
    re.IGNORECASE,
)
_FALSE = {"false", "no", "off", "0", "n", "f", "nil"}
# Eleventy's words for dates of the file system or git, which are lost in a copied folder.
_NO_DATES = {"created", "last modified", "git created", "git last modified"}
# Language, then subtags (RFC 5646 section 2.1); only the syntax is checked.
_LANGUAGE = re.compile(
    r"(?:[a-z]{2,3}|[xi]-[a-z0-9]{1,8})(?:-[a-z0-9]{1,8})*", re.ASCII | re.IGNORECASE
)
_LANGUAGE_SUFFIX = re.compile(r"[.@].*", re.DOTALL)  # `.UTF-8` of `en_US.UTF-8`


def folded(name: str) -> str:
    """The normalised form of a key name, for comparison."""
    if not name.isascii():
        name = without_unseen(name).replace("\u00a0", "")
    return name.lower().replace("_", "").replace("-", "").replace(" ", "")


def _no_position(_key: str) -> Position | None:
    return None


@dataclass(frozen=True, slots=True)
class Fields:
    """Values by folded name; `written` holds the top-level key of each, as spelled in the file.

    `position` maps such a key to its line and column. `overruled` holds the values of repeated keys
    that another value overrides.
    """

    values: dict[str, Value] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    position: Callable[[str], Position | None] = _no_position
    overruled: dict[str, list[Value]] = field(default_factory=dict)

    @classmethod
    def of(cls, value: Value, position: Callable[[str], Position | None] = _no_position) -> Fields:
        """The fields of a map.

        Raises:
            ReadError: `bad-front-matter`: the value is not a map.
        """
        if not isinstance(value, dict):
            message = "the front matter is not a map; write a line `key: value` for each key"
            raise ReadError("bad-front-matter", message)
        fields = cls({}, {}, position)
        for key, item in value.items():
            fields.add(key, item, key)
        for table in _TABLES:
            inner = fields.values.get(table)
            if isinstance(inner, dict):
                for key, item in inner.items():
                    fields.add(key, item, fields.written[table])
        return fields

    def add(self, key: str, value: Value, written: str = "") -> None:
        """Add the value of a key, which is inside the top-level key `written`."""
        name = folded(key)
        if name not in self.values:
            self.values[name] = value
            self.written[name] = written or key
        else:
            self.overrule(key, value)

    def overrule(self, key: str, value: Value) -> None:
        """Add a value that another one of the same name overrides."""
        self.overruled.setdefault(folded(key), []).append(value)

    def first(self, *names: str) -> tuple[str, Value]:
        """The first of the names with a non-empty value, and the value; else an empty name."""
        if self.values.keys().isdisjoint(names):
            return "", None
        for name in names:
            value = self.values.get(name)
            if value is not None and value not in ("", []):
                return name, value
        return "", None

    def error(self, code: str, name: str, message: str) -> ReadError:
        """A ReadError about the key of that name, with the key's position."""
        line, column = self.position(self.written[name]) or (0, 0)
        return ReadError(code, f"{quoted(self.written[name])}: {message}", line, column)

    def text(self, code: str, *names: str) -> str:
        """The value of the first of the names present, as one line of plain text; else empty.

        Raises:
            ReadError: `code`: the value is not a string.
        """
        name, value = self.first(*names)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.error(code, name, f"{kind(value)} is not a string; put it in quotes")
        return one_line(value)

    def title(self) -> str:
        """The title. Raises ReadError `bad-title` if it is not a string."""
        title = self.text("bad-title", "title")
        return title if is_visible(title) else ""

    def published(self, timezone: tzinfo) -> datetime | None:
        """The publication date in the keys, else the date at the start of a URL key.

        Raises:
            ReadError: `bad-date`
        """
        names: tuple[str, ...] = PUBLISHED
        if self.flag("published") is not None:  # Jekyll's boolean, not a date
            names = tuple(name for name in PUBLISHED if name != "published")
        published = self._moment(names, timezone, _CREATED)
        if published is None:
            _, address = self.first(*ADDRESS)
            day = date_in(address) if isinstance(address, str) else ""
            published = moment(day, timezone) if day else None
        return published

    def updated(self, timezone: tzinfo) -> datetime | None:
        """The modification date in the keys. Raises ReadError `bad-date`."""
        if self.first(*UPDATED)[0]:
            return self._moment(UPDATED, timezone, (*_MODIFIED, "date"))
        _, value = self.first(*PUBLISHED)
        has_two = isinstance(value, dict) or (isinstance(value, str) and _TWO_DATES.match(value))
        return self._moment(PUBLISHED, timezone, _MODIFIED) if has_two else None

    def published_day(self) -> str:
        """The day (ISO 8601) of a publication date of which only the time is invalid, or empty."""
        _, value = self.first(*PUBLISHED)
        return day_of(value) if isinstance(value, str) else ""

    def _moment(
        self, names: tuple[str, ...], timezone: tzinfo, parts: tuple[str, ...]
    ) -> datetime | None:
        """The date under the first of these keys, or under the first of the `parts` of its map."""
        name, value = self.first(*names)
        if isinstance(value, dict):  # `date: {created: …, updated: …}`, `modified: {date: …}`
            inner = {folded(key): item for key, item in value.items()}
            value = next((inner[part] for part in parts if inner.get(part)), None)
        elif isinstance(value, str) and (both := _TWO_DATES.fullmatch(value.strip())):
            value = both["created"] if parts is _CREATED else both["updated"]
        if value is None or (isinstance(value, str) and value.strip().lower() in _NO_DATES):
            return None
        if not isinstance(value, str):
            raise self.error("bad-date", name, f"{kind(value)} is not a date; write 2026-01-31")
        try:
            return moment(value, timezone)
        except ReadError as error:
            position = self.position(self.written[name]) or (0, 0)
            raise ReadError(error.code, str(error), *position) from None

    def flag(self, name: str) -> bool | None:
        """The value of a boolean key; None if it is missing or not a boolean."""
        return flag(self.values.get(name))

    def key(self) -> str:
        """The id in the keys. Raises ReadError `bad-id` if it is not a string or is too long."""
        key = self.text("bad-id", "id", "guid")
        if len(key) > KEY_LENGTH:
            message = f"the id has more than {KEY_LENGTH} characters; shorten it"
            raise self.error("bad-id", self.first("id", "guid")[0], message)
        return key

    def language(self) -> str:
        """The language as a BCP 47 tag: `en_US.UTF-8` becomes `en-US`.

        Raises:
            ReadError: `bad-language`
        """
        text = self.text("bad-language", *LANGUAGE)
        tag = language_tag(text)
        if text and not tag:
            name, _ = self.first(*LANGUAGE)
            message = f"{quoted(text)} is not a language tag; write it as en or pt-BR"
            raise self.error("bad-language", name, message)
        return tag

    def tags(self, generator: str = "") -> tuple[str, ...]:
        """Tags and categories without duplicates, from lists or comma-separated strings.

        Jekyll splits a string under `tags` and `categories` at its spaces. If the site's
        `generator` is unknown, that is done if no word has a capital.

        Raises:
            ReadError: `bad-tags`
        """
        tags: dict[str, str] = {}
        for name in TAGS:
            for tag in self._tags(name, self.values.get(name), generator):
                if is_visible(tag):
                    tags.setdefault(tag.casefold(), tag)
        return tuple(tags.values())

    def _tags(self, name: str, value: Value, generator: str) -> list[str]:
        if value is None or value is False:
            return []
        if isinstance(value, str):
            by_spaces = name in _PLURAL and "," not in value and value == value.lower()
            is_jekyll = generator == "Jekyll" or (by_spaces and not generator)
            value = list(value.split(None if is_jekyll and "," not in value else ","))
        if not isinstance(value, list):
            raise self.error("bad-tags", name, f"{kind(value)} is not a list; write [one, two]")
        items = (inner for item in value for inner in (item if isinstance(item, list) else [item]))
        return [self._tag(name, item) for item in items if item is not None]

    def _tag(self, name: str, item: Value) -> str:
        if isinstance(item, dict):
            item = item.get("name") or item.get("title") or item.get("label")
        if isinstance(item, bool):
            item = "true" if item else "false"
        if not isinstance(item, str):
            message = f"{kind(item)} in the list is not a string; put it in quotes"
            raise self.error("bad-tags", name, message)
        return one_line(item)

    def description(self) -> str:
        """The description, unparsed. Raises ReadError `bad-front-matter` if it is not a string."""
        text = self.text("bad-front-matter", *DESCRIPTION)
        return text if is_visible(text) else ""


def flag(value: Value) -> bool | None:
    """A boolean, or the boolean that a word such as `yes` means; None for any other value."""
    if isinstance(value, str):
        word = value.strip().lower()
        return True if word in _TRUE else False if word in _FALSE else None
    return value if isinstance(value, bool) else None


def kind(value: Value) -> str:
    """The type of a value for a message, which must not contain the value: it may be long."""
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    return (
        "a list" if isinstance(value, list) else "a map" if isinstance(value, dict) else "nothing"
    )


def language_tag(text: str) -> str:
    """The text as a BCP 47 language tag (RFC 5646), by syntax only; empty if it is not one."""
    tag = _LANGUAGE_SUFFIX.sub("", text.strip()).replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else ""
