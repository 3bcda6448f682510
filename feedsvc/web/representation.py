"""Representation: a document with its validators and the responses to plain requests for it.

What nearly every poll asks for is prepared when the representation is made, so that a response
takes a few look-ups. Times are in seconds since 1970.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus

from feedsvc.config import Http
from feedsvc.feeds.document import coded
from feedsvc.model import Document
from feedsvc.web.conditional import (
    NOT_MODIFIED,
    OK,
    choose_coding,
    entity_tag,
    entity_tags,
    evaluate,
    matches,
    seconds_of,
)
from feedsvc.web.responses import (
    CROSS_ORIGIN,
    Response,
    cache_control,
    content,
    plain,
    precondition_failed,
    to_other_method,
    validators,
)

MAX_CACHED_HEADERS = 64  # values of one header field that are remembered; real clients send a few
MAX_HEADER_LENGTH = 128  # characters of such a value
OVERHEAD = 4096  # bytes that a representation takes besides its bodies


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Responses by coding, `complete` (200) and `not_modified` (304), valid before `until`.

    `dates` remembers which values of If-Modified-Since are not older than the document.
    """

    until: float
    complete: Mapping[str, Response]
    not_modified: Mapping[str, Response]
    dates: dict[str, bool] = field(default_factory=dict)


class Representation:
    """A document as it is served. `size` is the memory that it takes, in bytes."""

    def __init__(self, document: Document, settings: Http, now: float) -> None:
        self.document = document
        self.size = document.size + OVERHEAD
        self._settings = settings
        self._tags = frozenset(entity_tags(document))
        self._codings: dict[str | None, str] = {}
        self._prepared = self._prepare(now)

    def respond(self, environ: Mapping[str, str], now: float) -> Response:
        """The response to any request for the document; `environ` is that of WSGI."""
        prepared = self.prepared_response(environ, now)
        return prepared or respond(self.document, environ, self._settings, now)

    def prepared_response(self, environ: Mapping[str, str], now: float) -> Response | None:
        """The response to a plain GET; None where the request takes the full rules."""
        if environ["REQUEST_METHOD"] != "GET":
            return None
        if "HTTP_IF_MATCH" in environ or "HTTP_IF_UNMODIFIED_SINCE" in environ:
            return None
        coding = self._coding(environ.get("HTTP_ACCEPT_ENCODING"))
        if coding is None:
            return None
        prepared = self._prepared
        if now >= prepared.until:
            self._prepared = prepared = self._prepare(now)
        tag = environ.get("HTTP_IF_NONE_MATCH")
        if tag is not None:
            is_known = tag in self._tags or matches(self._tags, tag, weak=True)
        else:
            is_known = self._is_since(prepared, environ.get("HTTP_IF_MODIFIED_SINCE"), now)
        return prepared.not_modified[coding] if is_known else prepared.complete[coding]

    def with_all_codings(self, now: float) -> Representation:
        """The same in every coding, if it is a feed or another document that is polled."""
        document = coded(self.document) if self.document.shared else self.document
        if document is self.document:
            return self
        return Representation(document, self._settings, now)

    def with_codings_of(self, previous: Representation, now: float) -> Representation:
        """The same with the codings of an earlier one, if that has the same bytes."""
        if previous.document.tag != self.document.tag:
            return self
        document = replace(self.document, bodies=previous.document.bodies)
        return Representation(document, self._settings, now)

    def _prepare(self, now: float) -> _Prepared:
        complete, not_modified = {}, {}
        for coding, body in self.document.bodies.items():
            document = replace(self.document, bodies={coding: body})
            environ = {"HTTP_ACCEPT_ENCODING": coding}
            complete[coding] = respond(document, environ, self._settings, now)
            environ["HTTP_IF_NONE_MATCH"] = entity_tag(document, coding)
            not_modified[coding] = respond(document, environ, self._settings, now)
        return _Prepared(self._valid_until(now), complete, not_modified)

    def _valid_until(self, now: float) -> float:
        """When responses prepared now change: their freshness is in whole seconds."""
        modified = self.document.date
        until = math.inf if modified is None or modified <= now else modified
        due = self.document.next_due
        left = due.timestamp() - now if due else 0
        if left > 0:
            uncut = self._settings.max_age + self._settings.stale_while_revalidate
            until = min(until, now + left - min(uncut, math.floor(left)))
        return until

    def _is_since(self, prepared: _Prepared, text: str | None, now: float) -> bool:
        """Whether an If-Modified-Since is not older; most are the dates of a few revisions."""
        modified = self.document.date
        if text is None or modified is None:
            return False
        is_since = prepared.dates.get(text)
        if is_since is None:
            since = seconds_of(text, now)
            is_since = since is not None and modified <= since
            if since is not None and len(prepared.dates) < MAX_CACHED_HEADERS:
                prepared.dates[text] = is_since
        return is_since

    def _coding(self, accepted: str | None) -> str | None:
        """The coding that an Accept-Encoding selects; most are among a few values."""
        coding = self._codings.get(accepted)
        if coding is None:
            coding = choose_coding(self.document, accepted)
            is_short = len(accepted or "") < MAX_HEADER_LENGTH
            if coding and is_short and len(self._codings) < MAX_CACHED_HEADERS:
                self._codings[accepted] = coding
        return coding


def respond(document: Document, environ: Mapping[str, str], settings: Http, now: float) -> Response:
    """The response to a request for a document, by the full rules of RFC 9110 and RFC 9111."""
    method = environ.get("REQUEST_METHOD", "GET")
    if response := to_other_method(method, cross_origin=document.shared):
        return response
    coding = choose_coding(document, environ.get("HTTP_ACCEPT_ENCODING"))
    if coding is None:
        return _without_coding(document, environ, settings, now)
    status = HTTPStatus(evaluate(document, environ, now))
    headers = [
        *validators(entity_tag(document, coding), document.date, now),
        ("Cache-Control", cache_control(settings, now, document.next_due)),
        _vary(document),
        *(CROSS_ORIGIN if document.shared else ()),
    ]
    if status == NOT_MODIFIED:
        return Response(status, headers)
    if status != OK:
        return precondition_failed([_vary(document)])
    headers += content(document, coding)
    if method == "HEAD":
        return Response(status, headers)
    return Response(status, headers, document.bodies[coding], is_complete=document.shared)


def _without_coding(
    document: Document, environ: Mapping[str, str], settings: Http, now: float
) -> Response:
    """406, unless the client accepts a coding that is yet to be made."""
    in_all_codings = coded(document) if document.shared else document
    if in_all_codings is not document:
        return respond(in_all_codings, environ, settings, now)
    text = f"Accept one of {', '.join(document.bodies)}."
    return plain(HTTPStatus.NOT_ACCEPTABLE, text, [_vary(document)])


def _vary(document: Document) -> tuple[str, str]:
    return "Vary", ", ".join((*document.varies, "Accept-Encoding"))
