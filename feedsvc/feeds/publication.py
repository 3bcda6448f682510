"""A feed in any of its formats becomes a Document."""

from __future__ import annotations

from dataclasses import replace

from feedsvc.config import Config
from feedsvc.feeds import jsonfeed, syndication
from feedsvc.feeds.document import document
from feedsvc.feeds.extensions import Link
from feedsvc.feeds.registry import Format, path
from feedsvc.model import Document, Feed, FeedContent


def feed_document(
    config: Config, feed: Feed, form: Format, content: FeedContent, *, negotiated: bool = False
) -> Document:
    """The feed's subscription document in one format, or the archive, if the content is one.

    A `negotiated` one is served where the client's Accept decides of the format, and says so.
    """
    address = path(feed, None if negotiated else form, content.span)
    links = feed_links(config, feed, form, content, address)
    write = jsonfeed.written if form is Format.JSON else syndication.written
    made = document(
        write(config, feed, form, content, links),
        f"{form.media_type}; charset=utf-8",
        content.modified,
    )
    others = [] if content.span else _other_formats(config, feed, form)
    return replace(
        made,
        links=tuple(header(link) for link in (*links, *others)),
        shared=True,
        next_due=content.next_due,
        varies=("Accept",) if negotiated else (),
    )


def feed_links(
    config: Config, feed: Feed, form: Format, content: FeedContent, address: str
) -> list[Link]:
    """The feed's links: the page for people, the feed itself, its hubs, its archives (RFC 5005).

    There is one alternate only: strict parsers refuse a second, whatever its type.
    """
    own = {"type": form.media_type}
    links: list[Link] = [
        {"rel": "alternate", "type": "text/html", "href": config.address(feed.home)},
        {"rel": "self", **own, "href": config.address(address)},
    ]
    if content.span:
        links.append({"rel": "current", **own, "href": config.address(path(feed, form))})
    if content.older:
        older = config.address(path(feed, form, content.older))
        links.append({"rel": "prev-archive", **own, "href": older})
    if content.newer:
        newer = config.address(path(feed, form, content.newer))
        links.append({"rel": "next-archive", **own, "href": newer})
    if feed.pushed and not content.span:
        links += ({"rel": "hub", "href": hub} for hub in config.websub.hubs)
    return links


def header(link: Link) -> str:
    """One link as an HTTP Link header writes it (RFC 8288 section 3), its values quoted."""
    rest = "".join(f'; {name}="{value}"' for name, value in link.items() if name != "href")
    return f"<{link['href']}>{rest}"


def _other_formats(config: Config, feed: Feed, form: Format) -> list[Link]:
    return [
        {"rel": "alternate", "type": other.media_type, "href": config.address(path(feed, other))}
        for other in Format
        if other is not form
    ]
