"""The metadata of an HTML page: `<meta>`, JSON-LD, `<link>` and the `lang` attribute.

Programs that generate pages make mistakes, so an invalid value falls back to the next source.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lxml.html import HtmlElement

from feedsvc.addresses import is_web_address
from feedsvc.reading.errors import ReadError
from feedsvc.reading.markup import links
from feedsvc.reading.markup.content import is_visible, one_line
from feedsvc.reading.metadata.attachments import host
from feedsvc.reading.metadata.dates import moment
from feedsvc.reading.metadata.fields import Fields, folded, language_tag
from feedsvc.reading.metadata.withheld import EXPIRY, KEYS
from feedsvc.reading.metadata.yaml_values import Value
from feedsvc.reading.source import Source

# Dublin Core occurs as `DC.date`, `dc:date` and `dcterms.date`; here all are written with `.`.
PUBLISHED = (
    "article.published_time", "og.published_time", "og.article.published_time",
    "dc.date.issued", "dcterms.issued", "dc.issued", "dcterms.created", "dc.date.created",
    "dc.created", "dc.date", "dcterms.date", "datepublished", "date", "pubdate", "publishdate",
    "publish-date", "publication_date", "parsely-pub-date", "sailthru.date", "citation_date",
)  # fmt: skip
UPDATED = (
    "article.modified_time", "og.updated_time", "og.modified_time", "dc.date.modified",
    "dcterms.modified", "dc.modified", "datemodified", "last-modified", "modified", "revised",
)  # fmt: skip
TITLE = ("og.title", "dc.title", "dcterms.title", "twitter.title")
AUTHOR = ("author", "article.author", "dc.creator", "dcterms.creator", "parsely-author")
DESCRIPTION = ("summary", "description", "og.description", "dc.description", "dcterms.description")
LANGUAGE = ("og.locale", "content-language", "dc.language", "dcterms.language")
IMAGE = ("og.image", "og.image.url", "og.image.secure_url", "twitter.image", "twitter.image.src")

# Names that may withhold a page. In HTML, `expires` controls caches.
_WITHHOLDING = KEYS - {"expires", "expire"}
_EXPIRES = "article.expiration_time"  # Open Graph's

_TYPES = {"BlogPosting", "LiveBlogPosting", "SocialMediaPosting", "Report"}
_MAX_OBJECTS = 1000  # JSON-LD objects examined


@dataclass(slots=True)
class Metadata:
    """The metadata by source: `meta` maps names to values with lines; `data` is JSON-LD."""

    source: Source
    meta: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    data_line: int = 0
    canonical: str = ""
    language: str = ""
    base: links.Base | None = None

    @classmethod
    def of(cls, page: HtmlElement, source: Source, base: links.Base | None) -> Metadata:
        """Collect the metadata from anywhere in the page; `base` resolves the URLs in it."""
        language = page.get("lang") or page.get("xml:lang") or ""
        found = cls(source, language=language, base=base)
        for element in page.iter("meta", "link", "script"):
            if element.tag == "meta":
                found._meta(element)
            elif element.tag == "link" and "canonical" in (element.get("rel") or "").split():
                found.canonical = found.canonical or (element.get("href") or "").strip()
            elif element.get("type", "").strip().lower() == "application/ld+json":
                found._json(element)
        return found

    def _meta(self, element: HtmlElement) -> None:
        attributes = ("property", "name", "itemprop", "http-equiv")
        value = one_line(element.get("content") or element.get("contents") or "")
        for name in (element.get(attribute) or "" for attribute in attributes):
            if name and is_visible(value):
                values = self.meta.setdefault(name.strip().lower().replace(":", "."), [])
                values.append((value, element.sourceline or 0))

    def _json(self, element: HtmlElement) -> None:
        if self.data:
            return
        try:
            found = json.loads(element.text or "", strict=False)
        except (ValueError, RecursionError):
            return
        self.data = next(_articles(found), {})
        self.data_line = element.sourceline or 0

    def first(self, *names: str) -> str:
        """The value of the first of these `<meta>` names present; else empty."""
        return next((self.meta[name][0][0] for name in names if name in self.meta), "")

    def text(self, name: str) -> str:
        """A string of the JSON-LD object, unescaped: many programs leave HTML escapes in it."""
        value = self.data.get(name)
        return one_line(html.unescape(value)) if isinstance(value, str) else ""

    def fields(self) -> Fields:
        """The metadata as front matter keys, without values that would be invalid there."""
        values: dict[str, Value] = {
            "title": self.text("headline") or self.first(*TITLE),
            "date": self._date("datePublished", PUBLISHED),
            "updated": self._date("dateModified", UPDATED),
            "authors": self._authors(),
            "tags": self._tags(),
            "lang": self._language(),
            "image": self._image(),
            "original": self._original(),
            "category": self.first("category"),
        }
        positions = {name: (lines[0][1], 0) for name, lines in self.meta.items()}
        fields = Fields.of(values, positions.get)
        for name, value in self._withholding():
            fields.add(name, value)
        return fields

    def _withholding(self) -> Iterator[tuple[str, str]]:
        if status := self.text("creativeWorkStatus"):
            yield "status", status
        if self.text("expires"):
            yield EXPIRY[0], self.text("expires")
        for name, values in self.meta.items():
            if name == _EXPIRES or folded(name) in _WITHHOLDING:
                for value, _ in values:
                    yield EXPIRY[0] if name == _EXPIRES else name, value

    def description(self) -> str:
        """The description of the page, which is plain text in HTML."""
        return self.first(*DESCRIPTION) or self.text("description")

    def _date(self, name: str, metas: tuple[str, ...]) -> str:
        """The first valid date.

        Raises:
            ReadError: `bad-date`: there are dates, but none is valid.
        """
        candidates = [(self.text(name), self.data_line)] if self.text(name) else []
        candidates += [value for meta in metas for value in self.meta.get(meta, ())]
        first_error: ReadError | None = None
        for text, line in candidates:
            try:
                return self.moment(text, line).isoformat()
            except ReadError as error:
                first_error = first_error or error
        if first_error:
            raise first_error
        return ""

    def moment(self, text: str, line: int = 0) -> datetime:
        """Parse a date of the page. Raises ReadError `bad-date`."""
        return moment(text, self.source.how.timezone, line)

    def _authors(self) -> list[Value]:
        people: list[Value] = list(_people(self.data.get("author")))
        names = [value for name in AUTHOR for value, _ in self.meta.get(name, ())]
        joined = self.first("authors")
        names += joined.split(";" if ";" in joined else ",") if joined else []
        return people or [name for name in names if not is_web_address(name)]

    def _tags(self) -> list[Value]:
        tags = [value for value, _ in self.meta.get("article.tag", ())]
        words = self.data.get("keywords")
        if not tags and isinstance(words, list):
            tags = [html.unescape(word) for word in words if isinstance(word, str)]
        joined = self.first("tags", "keywords", "news_keywords") or self.text("keywords")
        return list[Value](tags or joined.split(","))

    def _language(self) -> str:
        metas = (self.first(name) for name in LANGUAGE)
        candidates = (self.language, self.text("inLanguage"), *metas)
        return next((tag for tag in map(language_tag, candidates) if tag), "")

    def _image(self) -> str:
        candidates = (*(self.first(name) for name in IMAGE), *_image_urls(self.data.get("image")))
        for candidate in candidates:
            link = self.base.applied(candidate) if self.base else candidate
            url = links.resolve(link, self.source)
            if url and is_web_address(url):
                return link
        return ""

    def _original(self) -> Value:
        """The canonical URL, unless it is on the site being published."""
        canonical = self.canonical or self.first("og.url")
        url = links.resolve(canonical, self.source) if is_web_address(canonical) else None
        if not url or f"{url}/".startswith(f"{self.source.how.base_url}/"):
            return None
        return {"url": url, "source": self.first("og.site_name") or host(url)}


def _articles(found: Any) -> Iterator[dict[str, Any]]:
    """The objects of an article type, also in lists and in `@graph`."""
    waiting, examined = [found], 0
    while waiting and examined < _MAX_OBJECTS:
        value, examined = waiting.pop(0), examined + 1
        if isinstance(value, list):
            waiting += value[:_MAX_OBJECTS]
        elif isinstance(value, dict):
            types = value.get("@type")
            types = types if isinstance(types, list) else [types]
            if any(isinstance(t, str) and (t in _TYPES or t.endswith("Article")) for t in types):
                yield value
            waiting += [value["@graph"]] if "@graph" in value else []


def _people(value: Any) -> Iterator[Value]:
    for person in value if isinstance(value, list) else [value]:
        name = person.get("name") if isinstance(person, dict) else person
        if isinstance(name, str) and not is_web_address(name):
            url = person.get("url") if isinstance(person, dict) else ""
            yield {"name": html.unescape(name), "url": url if isinstance(url, str) else ""}


def _image_urls(value: Any) -> Iterator[str]:
    for image in value if isinstance(value, list) else [value]:
        url = image.get("url") if isinstance(image, dict) else image
        if isinstance(url, str):
            yield url
