"""A feed of an edition in any of its formats becomes a Document."""

from __future__ import annotations

from dataclasses import replace

from feedsvc.config import Config
from feedsvc.feeds import jsonfeed, syndication
from feedsvc.feeds.catalogue import Format, path
from feedsvc.feeds.document import document
from feedsvc.feeds.extensions import Link
from feedsvc.model import Document, Edition, Feed


def feed_document(
    config: Config, feed: Feed, form: Format, edition: Edition, *, negotiated: bool = False
) -> Document:
    """The feed's subscription document in one format, or the archive that the edition is.

    A `negotiated` one is served where the client's Accept decides of the format, and says so.
    """
    address = path(feed, None if negotiated else form, edition.span)
    links = feed_links(config, feed, form, edition, address)
    write = jsonfeed.written if form is Format.JSON else syndication.written
    made = document(
        write(config, feed, form, edition, links),
        f"{form.media_type}; charset=utf-8",
        edition.modified,
    )
    others = [] if edition.span else _other_formats(config, feed, form)
    return replace(
        made,
        links=tuple(header(link) for link in (*links, *others)),
        shared=True,
        next_due=edition.next_due,
        varies=("Accept",) if negotiated else (),
    )


def feed_links(
    config: Config, feed: Feed, form: Format, edition: Edition, address: str
) -> list[Link]:
    """The feed's links: the page for people, the feed itself, its hubs, its archives (RFC 5005).

    There is one alternate only: strict parsers refuse a second, whatever its type.
    """
    own = {"type": form.media_type}
    links: list[Link] = [
        {"rel": "alternate", "type": "text/html", "href": config.address(feed.home)},
        {"rel": "self", **own, "href": config.address(address)},
    ]
    if edition.span:
        links.append({"rel": "current", **own, "href": config.address(path(feed, form))})
    if edition.older:
        older = config.address(path(feed, form, edition.older))
        links.append({"rel": "prev-archive", **own, "href": older})
    if edition.newer:
        newer = config.address(path(feed, form, edition.newer))
        links.append({"rel": "next-archive", **own, "href": newer})
    if feed.pushed and not edition.span:
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
