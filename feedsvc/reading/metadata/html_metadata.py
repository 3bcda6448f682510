"""What an HTML page says of itself: `<meta>`, JSON-LD, `<link>` and the language of the whole.

Pages are written by programs that err: what cannot be read is passed over for the next source.
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

# Dublin Core is written as `DC.date`, `dc:date`, `dcterms.date`; `.` stands for all of them here.
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

# What may withhold a page. In HTML, `expires` is about caches.
_WITHHOLDING = KEYS - {"expires", "expire"}
_EXPIRES = "article.expiration_time"  # Open Graph's

_TYPES = {"BlogPosting", "LiveBlogPosting", "SocialMediaPosting", "Report"}
_MOST = 1000  # objects of JSON-LD that are looked at


@dataclass(slots=True)
class Metadata:
    """What the page says, by source: `meta` by name with the line of each, `data` of JSON-LD."""

    source: Source
    meta: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    data_line: int = 0
    canonical: str = ""
    language: str = ""
    base: links.Base | None = None

    @classmethod
    def of(cls, page: HtmlElement, source: Source, base: links.Base | None) -> Metadata:
        """The metadata of a page, wherever in it they stand; `base` is that of what they name."""
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
        said = one_line(element.get("content") or element.get("contents") or "")
        for name in (element.get(attribute) or "" for attribute in attributes):
            if name and is_visible(said):
                place = self.meta.setdefault(name.strip().lower().replace(":", "."), [])
                place.append((said, element.sourceline or 0))

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
        """What the first `<meta>` of these names says; empty where there is none."""
        return next((self.meta[name][0][0] for name in names if name in self.meta), "")

    def said(self, name: str) -> str:
        """A text of the JSON-LD object, in which programs leave HTML's escapes."""
        value = self.data.get(name)
        return one_line(html.unescape(value)) if isinstance(value, str) else ""

    def fields(self) -> Fields:
        """The same under the names of a front matter, without what would be refused there."""
        said: dict[str, Value] = {
            "title": self.said("headline") or self.first(*TITLE),
            "date": self._date("datePublished", PUBLISHED),
            "updated": self._date("dateModified", UPDATED),
            "authors": self._authors(),
            "tags": self._tags(),
            "lang": self._language(),
            "image": self._image(),
            "original": self._original(),
            "category": self.first("category"),
        }
        places = {name: (lines[0][1], 0) for name, lines in self.meta.items()}
        fields = Fields.of(said, places.get)
        for name, value in self._withholding():
            fields.keep(name, value)
        return fields

    def _withholding(self) -> Iterator[tuple[str, str]]:
        if status := self.said("creativeWorkStatus"):
            yield "status", status
        if self.said("expires"):
            yield EXPIRY[0], self.said("expires")
        for name, values in self.meta.items():
            if name == _EXPIRES or folded(name) in _WITHHOLDING:
                for value, _ in values:
                    yield EXPIRY[0] if name == _EXPIRES else name, value

    def description(self) -> str:
        """What the page says it is about, which is plain text here."""
        return self.first(*DESCRIPTION) or self.said("description")

    def _date(self, name: str, metas: tuple[str, ...]) -> str:
        """The first date that is one.

        Raises:
            ReadError: `bad-date`: there are dates, and none of them can be read.
        """
        written = [(self.said(name), self.data_line)] if self.said(name) else []
        written += [place for meta in metas for place in self.meta.get(meta, ())]
        wrong: ReadError | None = None
        for text, line in written:
            try:
                return self.moment(text, line).isoformat()
            except ReadError as refusal:
                wrong = wrong or refusal
        if wrong:
            raise wrong
        return ""

    def moment(self, text: str, line: int = 0) -> datetime:
        """The moment that is written somewhere in the page. Raises ReadError `bad-date`."""
        return moment(text, self.source.how.timezone, line)

    def _authors(self) -> list[Value]:
        found: list[Value] = list(_people(self.data.get("author")))
        metas = [said for name in AUTHOR for said, _ in self.meta.get(name, ())]
        several = self.first("authors")
        metas += several.split(";" if ";" in several else ",") if several else []
        return found or [said for said in metas if not is_web_address(said)]

    def _tags(self) -> list[Value]:
        tags = [said for said, _ in self.meta.get("article.tag", ())]
        words = self.data.get("keywords")
        if not tags and isinstance(words, list):
            tags = [html.unescape(word) for word in words if isinstance(word, str)]
        said = self.first("tags", "keywords", "news_keywords") or self.said("keywords")
        return list[Value](tags or said.split(","))

    def _language(self) -> str:
        said = (self.language, self.said("inLanguage"), *(self.first(name) for name in LANGUAGE))
        return next((tag for tag in map(language_tag, said) if tag), "")

    def _image(self) -> str:
        said = (*(self.first(name) for name in IMAGE), *_addresses(self.data.get("image")))
        for written in said:
            link = self.base.applied(written) if self.base else written
            found = links.resolve(link, self.source)
            if found and is_web_address(found):
                return link
        return ""

    def _original(self) -> Value:
        """The canonical address, where it is not on the very site that is published here."""
        url = next((url for url in (self.canonical, self.first("og.url")) if url), "")
        found = links.resolve(url, self.source) if is_web_address(url) else None
        if not found or f"{found}/".startswith(f"{self.source.how.base_url}/"):
            return None
        return {"url": found, "source": self.first("og.site_name") or host(found)}


def _articles(found: Any) -> Iterator[dict[str, Any]]:
    """The objects that are articles, in lists and in `@graph`."""
    waiting, looked = [found], 0
    while waiting and looked < _MOST:
        value, looked = waiting.pop(0), looked + 1
        if isinstance(value, list):
            waiting += value[:_MOST]
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


def _addresses(value: Any) -> Iterator[str]:
    for picture in value if isinstance(value, list) else [value]:
        url = picture.get("url") if isinstance(picture, dict) else picture
        if isinstance(url, str):
            yield url
