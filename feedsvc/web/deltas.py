"""Deltas: only the entries that changed since a client last polled (RFC 3229, the `feed` IM).

Off unless `http.delta` is set. A client sends `A-IM: feed` and the entity tag that it has. If this
process remembers the revision of that tag, the response is 226 with the entries changed since.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from feedsvc.model import Document
from feedsvc.web.cache import Cache
from feedsvc.web.conditional import choose_coding, entity_tag, listed_tags
from feedsvc.web.responses import CROSS_ORIGIN, Response, content, validators
from feedsvc.web.routes import FEEDS, Route

Base = tuple[str, int]  # an entity tag without its coding, and the latest sequence at which it was


def delta_response(
    cache: Cache, route: Route, document: Document, environ: Mapping[str, str], now: float
) -> Response | None:
    """226 with what changed; None where the whole document, or 304, is the response.

    `document` is the current one, `now` in seconds since 1970.

    Raises:
        LedgerUnavailable: the delta cannot be built now.
    """
    if route.kind not in FEEDS or not _accepts_delta(environ):
        return None
    base = _base(cache, route, document, environ.get("HTTP_IF_NONE_MATCH", ""))
    found = cache.find(route._replace(since=base[1])) if base else None
    delta = found.document if found else None
    coding = choose_coding(delta, environ.get("HTTP_ACCEPT_ENCODING")) if delta else None
    if not (base and delta and coding and coding in document.bodies):
        return None
    headers = [
        # of the document that the client has after merging
        *validators(entity_tag(document, coding), document.date, now),
        ("IM", "feed"),
        ("Delta-Base", f'"{base[0]}"'),
        # caches that do not implement RFC 3229 must not take it for the whole document
        ("Cache-Control", "no-store, im"),
        ("Vary", ", ".join((*document.varies, "A-IM, If-None-Match, Accept-Encoding"))),
        *CROSS_ORIGIN,
        *content(delta, coding),
    ]
    return Response(HTTPStatus.IM_USED, headers, delta.bodies[coding], is_complete=True)


def _accepts_delta(environ: Mapping[str, str]) -> bool:
    """Whether a request accepts a delta and has no other precondition (RFC 3229 section 10.5.3)."""
    wanted = [part.partition(";") for part in environ.get("HTTP_A_IM", "").lower().split(",")]
    accepted = any(name.strip() == "feed" and rest.strip() != "q=0" for name, _, rest in wanted)
    is_retrieval = environ.get("REQUEST_METHOD", "GET") in ("GET", "HEAD")
    conditions = ("HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE")
    return accepted and is_retrieval and not any(name in environ for name in conditions)


def _base(cache: Cache, route: Route, document: Document, listed: str) -> Base | None:
    """The latest revision that the client has; None where it is unknown or the current one."""
    tags = [tag.removeprefix("W/").strip('"').partition("-")[0] for tag in listed_tags(listed)]
    if document.tag in tags:
        return None
    known = [(tag, cache.sequence_of(route, tag)) for tag in tags]
    bases = [(tag, sequence) for tag, sequence in known if sequence is not None]
    return max(bases, key=lambda base: base[1], default=None)
