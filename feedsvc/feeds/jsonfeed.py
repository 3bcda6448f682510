"""JSON Feed 1.1 documents of a feed (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
from typing import Any

from feedsvc import __version__
from feedsvc.config import Config
from feedsvc.feeds.addressing import entry_link, for_feed
from feedsvc.feeds.entries import absolute, categories, foreign, gist
from feedsvc.feeds.extensions import Link
from feedsvc.feeds.registry import FEED_LIST, Format, feed_id
from feedsvc.media_types import UNKNOWN_TYPE
from feedsvc.model import Enclosure, Entry, Feed, FeedContent, Person

VERSION = "https://jsonfeed.org/version/1.1"


def written(
    config: Config, feed: Feed, _form: Format, content: FeedContent, links: list[Link]
) -> bytes:
    """A feed in JSON: the bytes depend on the arguments and this program's version alone."""
    by_rel = {link["rel"]: link["href"] for link in links}
    icon = absolute(config, config.site.icon)
    fields = {
        "version": VERSION,
        "title": feed.title,
        "home_page_url": by_rel["alternate"],
        "feed_url": by_rel["self"],
        "description": feed.subtitle,
        "next_url": by_rel.get("prev-archive"),
        "icon": icon,
        "favicon": icon,
        "authors": [{"name": config.author}],
        "language": config.site.language,
        "hubs": [{"type": "WebSub", "url": link["href"]} for link in links if link["rel"] == "hub"],
        "_feedsvc": _extension(config, feed, content),
    }
    document = _without_empty(fields) | {
        "items": [item(config, entry) for entry in content.entries]
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def item(config: Config, entry: Entry) -> dict[str, Any]:
    """An item. `external_url` is its Original, even if `url` is the same."""
    shown = for_feed(config, entry)
    article = shown.article
    whole = article.content if config.feed.content == "full" else ""
    return _without_empty(
        {
            "id": entry.id,
            "url": entry_link(config, shown),
            "external_url": article.original.url if article.original else "",
            "title": article.title,
            "content_html": whole,
            "content_text": "" if whole else gist(article),  # one of the two is required
            "summary": article.summary,
            "image": article.image,
            "date_published": entry.published.isoformat(),
            "date_modified": entry.updated.isoformat(),
            "authors": [_author(person) for person in article.authors],
            "tags": categories(article),
            "language": foreign(config, article),
            "attachments": [_attachment(file) for file in article.enclosures],
        }
    )


def _extension(config: Config, feed: Feed, content: FeedContent) -> dict[str, Any]:
    """The extension: fields that JSON Feed lacks, and `about`, as extensions should have."""
    return _without_empty(
        {
            "about": config.address(FEED_LIST),
            "version": __version__,
            "id": feed_id(config, feed),
            "updated": content.updated.isoformat(),
            "archive": content.span is not None,
            "tombstones": [
                {"id": one.id, "when": one.when.isoformat()} for one in content.tombstones
            ],
        }
    )


def _author(person: Person) -> dict[str, Any]:
    return _without_empty({"name": person.name, "url": person.uri})


def _attachment(file: Enclosure) -> dict[str, Any]:
    return _without_empty(
        {
            "url": file.url,
            "mime_type": file.type or UNKNOWN_TYPE,
            "size_in_bytes": file.length,
            "duration_in_seconds": file.duration,
        }
    )


def _without_empty(fields: dict[str, Any]) -> dict[str, Any]:
    """The non-empty fields, in their order."""
    return {name: value for name, value in fields.items() if value}
