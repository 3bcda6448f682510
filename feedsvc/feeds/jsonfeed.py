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
    made = {
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
    told = _said(made) | {"items": [item(config, entry) for entry in content.entries]}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def item(config: Config, entry: Entry) -> dict[str, Any]:
    """One entry. `external_url` is its Original, also where `url` leads there."""
    shown = for_feed(config, entry)
    article = shown.article
    whole = article.content if config.feed.content == "full" else ""
    return _said(
        {
            "id": entry.id,
            "url": entry_link(config, shown),
            "external_url": article.original.url if article.original else "",
            "title": article.title,
            "content_html": whole,
            "content_text": "" if whole else gist(article),  # there must be one of the two
            "summary": article.summary,
            "image": article.image,
            "date_published": entry.published.isoformat(),
            "date_modified": entry.updated.isoformat(),
            "authors": [_author(person) for person in article.authors],
            "tags": categories(article),
            "language": foreign(config, article),
            "attachments": [_attachment(one) for one in article.enclosures],
        }
    )


def _extension(config: Config, feed: Feed, content: FeedContent) -> dict[str, Any]:
    """What JSON Feed has no field for; `about` is what its extensions are to have."""
    return _said(
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
    return _said({"name": person.name, "url": person.uri})


def _attachment(one: Enclosure) -> dict[str, Any]:
    return _said(
        {
            "url": one.url,
            "mime_type": one.type or UNKNOWN_TYPE,
            "size_in_bytes": one.length,
            "duration_in_seconds": one.duration,
        }
    )


def _said(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields that say something, in their order."""
    return {name: value for name, value in fields.items() if value}
