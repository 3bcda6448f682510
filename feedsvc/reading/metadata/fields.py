"""What the keys of a front matter or a header say, under the names that site generators give them.

Names are compared without case, `-`, `_` and spaces: `last_modified_at` is `lastModifiedAt`. An
empty value counts as a missing key, and a key that nobody knows is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from feedsvc.reading.errors import ReadError, quoted
from feedsvc.reading.markup.content import is_visible, one_line, without_unseen
from feedsvc.reading.metadata.dates import moment
from feedsvc.reading.metadata.names import date_in
from feedsvc.reading.metadata.yaml_values import Place, Value

KEY_LENGTH = 500

# The first of them that is there counts: what says when it was published, before what may say
# when it was written.
PUBLISHED = (
    "publishdate", "publishedat", "publishedon", "publishedtime", "datepublished", "pubdate",
    "publicationdate", "published", "date", "datetime", "created", "createdat", "datecreated",
)  # fmt: skip
UPDATED = (
    "updated", "lastmod", "lastmodifiedat", "lastmodified", "modified", "updatedat", "modifiedat",
    "dateupdated", "datemodified", "lastupdated", "updatedate", "moddate",
)  # fmt: skip
TAGS = ("tags", "tag", "categories", "category", "keywords", "topics")
DESCRIPTION = ("summary", "description", "excerpt")
LANGUAGE = ("lang", "language", "locale")
ADDRESS = ("path", "url", "permalink")

# What Hugo and Zola keep in tables of their own; a key of the same name above them counts first.
_TABLES = ("taxonomies", "params", "extra")
_TRUE = {"true", "yes", "on", "1", "y", "t"}
_FALSE = {"false", "no", "off", "0", "n", "f", "nil"}
# Eleventy's words for what the file system or git say, which a copied folder no longer knows.
_NO_DATES = {"created", "last modified", "git created", "git last modified"}
# Language, then subtags (RFC 5646 section 2.1), by shape alone.
_LANGUAGE = re.compile(
    r"(?:[a-z]{2,3}|[xi]-[a-z0-9]{1,8})(?:-[a-z0-9]{1,8})*", re.ASCII | re.IGNORECASE
)
_PAST_LANGUAGE = re.compile(r"[.@].*", re.DOTALL)  # `.UTF-8` of `en_US.UTF-8`


def folded(name: str) -> str:
    """The name as it is compared."""
    if not name.isascii():
        name = without_unseen(name).replace("\u00a0", "")
    return name.lower().replace("_", "").replace("-", "").replace(" ", "")


def _nowhere(_key: str) -> Place | None:
    return None


@dataclass(frozen=True, slots=True)
class Fields:
    """Values by folded name; `written` has the top-level key of each as it stands in the file.

    `overruled` are values of names that have another, which counts.
    """

    values: dict[str, Value] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    place: Callable[[str], Place | None] = _nowhere
    overruled: dict[str, list[Value]] = field(default_factory=dict)

    @classmethod
    def of(cls, found: Value, place: Callable[[str], Place | None] = _nowhere) -> Fields:
        """The fields of a map; `place` says where one of its keys stands.

        Raises:
            ReadError: `bad-front-matter`: it is no map.
        """
        if not isinstance(found, dict):
            message = "the front matter is no map; write a line `key: value` for each key"
            raise ReadError("bad-front-matter", message)
        fields = cls({}, {}, place)
        for key, value in found.items():
            fields.keep(key, value, key)
        for table in _TABLES:
            inner = fields.values.get(table)
            if isinstance(inner, dict):
                for key, value in inner.items():
                    fields.keep(key, value, fields.written[table])
        return fields

    def keep(self, key: str, value: Value, written: str = "") -> None:
        """Note a value under a key, which stands in the top-level key `written`."""
        name = folded(key)
        if name not in self.values:
            self.values[name] = value
            self.written[name] = written or key
        else:
            self.overrule(key, value)

    def overrule(self, key: str, value: Value) -> None:
        """Note a value that does not count, for another of the same name does."""
        self.overruled.setdefault(folded(key), []).append(value)

    def first(self, *names: str) -> tuple[str, Value]:
        """The first of the names that says something, with its value; else an empty name."""
        if self.values.keys().isdisjoint(names):
            return "", None
        for name in names:
            value = self.values.get(name)
            if value is not None and value not in ("", []):
                return name, value
        return "", None

    def refusal(self, code: str, name: str, message: str) -> ReadError:
        """What is wrong with the key of that name, and where the key stands."""
        line, column = self.place(self.written[name]) or (0, 0)
        return ReadError(code, f"{quoted(self.written[name])}: {message}", line, column)

    def text(self, code: str, *names: str) -> str:
        """The first of the names that is there, as one line of plain text; else empty.

        Raises:
            ReadError: `code`: it is no text.
        """
        name, value = self.first(*names)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.refusal(code, name, f"{kind(value)} is no text; put it in quotes")
        return one_line(value)

    def title(self) -> str:
        """The title. Raises ReadError `bad-title` where it is no text."""
        title = self.text("bad-title", "title")
        return title if is_visible(title) else ""

    def published(self, timezone: tzinfo) -> datetime | None:
        """When the file says it is published, else the date that its address begins with.

        Raises:
            ReadError: `bad-date`
        """
        names: tuple[str, ...] = PUBLISHED
        if self.flag("published") is not None:  # Jekyll's, which says whether and not when
            names = tuple(name for name in PUBLISHED if name != "published")
        found = self._moment(names, timezone)
        if found is None:
            _, address = self.first(*ADDRESS)
            day = date_in(address) if isinstance(address, str) else ""
            found = moment(day, timezone) if day else None
        return found

    def updated(self, timezone: tzinfo) -> datetime | None:
        """When the file says it was changed. Raises ReadError `bad-date`."""
        return self._moment(UPDATED, timezone)

    def _moment(self, names: tuple[str, ...], timezone: tzinfo) -> datetime | None:
        name, value = self.first(*names)
        if isinstance(value, dict):  # Jekyll and Hugo themes: `modified: {date: …}`
            value = value.get("date")
        if value is None or (isinstance(value, str) and value.strip().lower() in _NO_DATES):
            return None
        if not isinstance(value, str):
            raise self.refusal("bad-date", name, f"{kind(value)} is no date; write 2026-01-31")
        try:
            return moment(value, timezone)
        except ReadError as refusal:
            place = self.place(self.written[name]) or (0, 0)
            raise ReadError(refusal.code, str(refusal), *place) from None

    def flag(self, name: str) -> bool | None:
        """Whether a key is true or false; None where it is missing or is neither."""
        return flag(self.values.get(name))

    def key(self) -> str:
        """The id that the file claims. Raises ReadError `bad-id` where it can be none."""
        key = self.text("bad-id", "id", "guid")
        if len(key) > KEY_LENGTH:
            message = f"the id has more than {KEY_LENGTH} characters; shorten it"
            raise self.refusal("bad-id", self.first("id", "guid")[0], message)
        return key

    def language(self) -> str:
        """The language as BCP 47 writes it: `en_US.UTF-8` is `en-US`.

        Raises:
            ReadError: `bad-language`
        """
        said = self.text("bad-language", *LANGUAGE)
        tag = language_tag(said)
        if said and not tag:
            name, _ = self.first(*LANGUAGE)
            message = f"{quoted(said)} is no language tag; write it as en or pt-BR"
            raise self.refusal("bad-language", name, message)
        return tag

    def tags(self) -> tuple[str, ...]:
        """Tags and categories, each once: lists, or a text that commas part.

        Raises:
            ReadError: `bad-tags`
        """
        found: dict[str, str] = {}
        for name in TAGS:
            for tag in self._tags(name, self.values.get(name)):
                if is_visible(tag):
                    found.setdefault(tag.casefold(), tag)
        return tuple(found.values())

    def _tags(self, name: str, value: Value) -> list[str]:
        if value is None or value is False:
            return []
        items = value.split(",") if isinstance(value, str) else value
        if not isinstance(items, list):
            raise self.refusal("bad-tags", name, f"{kind(value)} is no list; write [one, two]")
        return [self._tag(name, item) for item in items if item is not None]

    def _tag(self, name: str, item: Value) -> str:
        if isinstance(item, dict):
            item = item.get("name") or item.get("title")
        if not isinstance(item, str):
            message = f"{kind(item)} in the list is no text; put it in quotes"
            raise self.refusal("bad-tags", name, message)
        return one_line(item)

    def description(self) -> str:
        """What the file says it is about, as written; ReadError `bad-front-matter` if no text."""
        said = self.text("bad-front-matter", *DESCRIPTION)
        return said if is_visible(said) else ""


def flag(value: Value) -> bool | None:
    """Whether a value is true or false, as a word too; None where it is neither."""
    if isinstance(value, str):
        word = value.strip().lower()
        return True if word in _TRUE else False if word in _FALSE else None
    return value if isinstance(value, bool) else None


def kind(value: Value) -> str:
    """What a value is, for a message: never the value itself, which may be long."""
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    return (
        "a list" if isinstance(value, list) else "a map" if isinstance(value, dict) else "nothing"
    )


def language_tag(said: str) -> str:
    """A language as BCP 47 writes it (RFC 5646), by its shape; empty where it has none."""
    tag = _PAST_LANGUAGE.sub("", said.strip()).replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else ""
