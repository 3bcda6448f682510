"""A Document and a request make an answer: status, headers and bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from feedsvc.config import Http
from feedsvc.feeds.document import IDENTITY
from feedsvc.model import Document
from feedsvc.web.conditional import (
    NOT_MODIFIED,
    OK,
    choose_coding,
    entity_tag,
    evaluate,
    http_date,
)

Headers = list[tuple[str, str]]

METHODS = "GET, HEAD, OPTIONS"
_NO_SNIFFING = ("X-Content-Type-Options", "nosniff")


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the client."""

    status: HTTPStatus
    headers: Headers
    body: bytes = b""

    @property
    def status_line(self) -> str:
        """Status code and reason, as WSGI wants them."""
        return f"{self.status.value} {self.status.phrase}"


def plain(status: HTTPStatus, text: str, headers: Headers | None = None) -> Answer:
    """A short answer in plain text that no cache keeps."""
    body = f"{text}\n".encode()
    fixed = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        _NO_SNIFFING,
    ]
    return Answer(status, fixed + (headers or []), body)


def answer(document: Document, environ: Mapping[str, str], settings: Http, now: float) -> Answer:
    """Answer a request for `document` at `now`, in seconds since 1970 (http.md in short)."""
    method = environ.get("REQUEST_METHOD", "GET")
    if method == "OPTIONS":
        return _options(document)
    if method not in ("GET", "HEAD"):
        return plain(HTTPStatus.METHOD_NOT_ALLOWED, "GET or HEAD only.", [("Allow", METHODS)])
    coding = choose_coding(document, environ.get("HTTP_ACCEPT_ENCODING"))
    if coding is None:
        return plain(HTTPStatus.NOT_ACCEPTABLE, "Accept identity or gzip.", [_VARY])
    modified = min(document.modified, int(now))  # never after Date (RFC 9110 section 8.8.2.1)
    status = HTTPStatus(evaluate(document, environ, modified, now))
    headers = _validators(document, coding, modified, settings, now)
    if status == NOT_MODIFIED:
        return Answer(status, headers)
    if status != OK:
        return plain(status, "A precondition of the request does not hold.", [_VARY])
    body = document.bodies[coding]
    headers += _content(document, coding, len(body))
    return Answer(status, headers, b"" if method == "HEAD" else body)


_VARY = ("Vary", "Accept-Encoding")


def _validators(
    document: Document, coding: str, modified: int, settings: Http, now: float
) -> Headers:
    """What a 200 and a 304 have in common (RFC 9110 section 15.4.5)."""
    headers = [
        ("ETag", entity_tag(document, coding)),
        ("Last-Modified", http_date(modified)),
        ("Cache-Control", _cache_control(document, settings, now)),
        _VARY,
    ]
    if document.shared:
        headers += [
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Expose-Headers", "ETag, Last-Modified, Link"),
        ]
    return headers


def _cache_control(document: Document, settings: Http, now: float) -> str:
    """Freshness (RFC 9111, RFC 5861), cut so that no cache outlives the next release."""
    fresh, stale = settings.max_age, settings.stale_while_revalidate
    if document.next_due:
        left = document.next_due.timestamp() - now
        fresh = min(fresh, int(left) if left > 0 else 1)
        stale = max(0, min(stale, int(left) - fresh))
    return (
        f"max-age={fresh}, stale-while-revalidate={stale}, stale-if-error={settings.stale_if_error}"
    )


def _content(document: Document, coding: str, length: int) -> Headers:
    headers = [
        ("Content-Type", document.media_type),
        ("Content-Length", str(length)),
        ("Accept-Ranges", "none"),
        _NO_SNIFFING,
    ]
    if coding != IDENTITY:
        headers.append(("Content-Encoding", coding))
    if document.links:
        headers.append(("Link", ", ".join(document.links)))
    if document.policy:
        headers.append(("Content-Security-Policy", document.policy))
    return headers


def _options(document: Document) -> Answer:
    """What is allowed here; to a browser's preflight, that other origins may ask."""
    headers = [("Allow", METHODS)]
    if document.shared:
        headers += [
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Allow-Methods", "GET, HEAD"),
            ("Access-Control-Allow-Headers", "If-None-Match, If-Modified-Since"),
            ("Access-Control-Max-Age", "86400"),
        ]
    return Answer(HTTPStatus.NO_CONTENT, headers)
