"""JSON Feed 1.1 documents of an edition (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
from typing import Any

from feedsvc import __version__
from feedsvc.config import Config
from feedsvc.feeds.addressing import entry_link, for_feed
from feedsvc.feeds.catalogue import Format, feed_id
from feedsvc.feeds.extensions import Link
from feedsvc.model import Edition, Entry, Feed

VERSION = "https://jsonfeed.org/version/1.1"


def written(
    config: Config, feed: Feed, _form: Format, edition: Edition, links: list[Link]
) -> bytes:
    """A feed in JSON: the bytes depend on the arguments and this program's version alone."""
    by_rel = {link["rel"]: link["href"] for link in links}
    made = {
        "version": VERSION,
        "title": feed.title,
        "home_page_url": by_rel["alternate"],
        "feed_url": by_rel["self"],
        "description": feed.subtitle,
        "next_url": by_rel.get("prev-archive"),
        "items": [item(config, entry) for entry in edition.entries],
        "_feedsvc": {"id": feed_id(config, feed), "version": __version__},
    }
    return json.dumps({k: v for k, v in made.items() if v}, ensure_ascii=False).encode()


def item(config: Config, entry: Entry) -> dict[str, Any]:
    """One entry."""
    shown = for_feed(config, entry)
    return {"id": entry.id, "url": entry_link(config, shown), "title": shown.article.title}
