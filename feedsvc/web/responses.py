"""HTTP responses: their status, headers and body, and the headers that several of them share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Protocol

from feedsvc.config import Http
from feedsvc.feeds.document import IDENTITY
from feedsvc.model import Document
from feedsvc.web.conditional import http_date

Headers = list[tuple[str, str]]

METHODS = "GET, HEAD, OPTIONS"
RETRY_SECONDS = 5
NO_SNIFFING = ("X-Content-Type-Options", "nosniff")
CROSS_ORIGIN = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "ETag, Last-Modified, Link"),
)


class Body(Protocol):
    """Bytes in chunks; the server closes it when it needs no more of them (PEP 3333)."""

    def __iter__(self) -> Iterator[bytes]: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Response:
    """A response; a `stream` of `length` bytes replaces the body of a long one.

    `is_complete` marks the whole of a document or of a delta, which rate limits count.
    """

    status: HTTPStatus
    headers: Headers
    body: bytes = b""
    stream: Body | None = None
    length: int = 0
    is_complete: bool = False

    @property
    def status_line(self) -> str:
        """Status code and reason phrase, as WSGI takes them."""
        return f"{self.status.value} {self.status.phrase}"


def plain(status: HTTPStatus, text: str, headers: Headers | None = None) -> Response:
    """A short response in plain text that no cache stores."""
    body = f"{text}\n".encode()
    fixed = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        NO_SNIFFING,
    ]
    return Response(status, fixed + (headers or []), body)


def unavailable(text: str) -> Response:
    """503 with Retry-After (RFC 9110 section 15.6.4)."""
    return plain(HTTPStatus.SERVICE_UNAVAILABLE, text, [("Retry-After", str(RETRY_SECONDS))])


def moved_permanently(address: str, settings: Http) -> Response:
    """301 (RFC 9110 section 15.4.2), the one status on which readers store the new address."""
    moved = plain(HTTPStatus.MOVED_PERMANENTLY, f"This has moved to {address}")
    headers = [header for header in moved.headers if header[0] != "Cache-Control"]
    freshness = ("Cache-Control", f"max-age={settings.max_age}")
    return Response(moved.status, [*headers, freshness, ("Location", address)], moved.body)


def precondition_failed(headers: Headers | None = None) -> Response:
    """412 (RFC 9110 section 15.5.13)."""
    text = "A precondition of the request does not hold."
    return plain(HTTPStatus.PRECONDITION_FAILED, text, headers)


def to_other_method(method: str, *, cross_origin: bool = False) -> Response | None:
    """The response to OPTIONS, or 405; None for GET and HEAD."""
    if method == "OPTIONS":
        return _options(cross_origin=cross_origin)
    if method not in ("GET", "HEAD"):
        return plain(HTTPStatus.METHOD_NOT_ALLOWED, "GET or HEAD only.", [("Allow", METHODS)])
    return None


def validators(tag: str, modified: int | None, now: float) -> Headers:
    """The validators of a 200 or 304 (RFC 9110 section 15.4.5).

    Last-Modified must not be later than the response's own date (section 8.8.2.1). It is left out
    until then: cut to the present it would differ between responses with one entity tag.
    """
    if modified is None or modified > now:
        return [("ETag", tag)]
    return [("ETag", tag), ("Last-Modified", http_date(modified))]


def cache_control(settings: Http, now: float, next_due: datetime | None = None) -> str:
    """Freshness (RFC 9111, RFC 5861) that ends with the next release or expiry at the latest."""
    fresh, stale = settings.max_age, settings.stale_while_revalidate
    if next_due:
        left = next_due.timestamp() - now
        fresh = min(fresh, int(left) if left > 0 else 1)
        stale = max(0, min(stale, int(left) - fresh))
    return (
        f"max-age={fresh}, stale-while-revalidate={stale}, stale-if-error={settings.stale_if_error}"
    )


def content(document: Document, coding: str) -> Headers:
    """The headers that describe the content of a document in one coding."""
    headers = [
        ("Content-Type", document.media_type),
        ("Content-Length", str(len(document.bodies[coding]))),
        ("Accept-Ranges", "none"),
        NO_SNIFFING,
    ]
    if coding != IDENTITY:
        headers.append(("Content-Encoding", coding))
    if document.links:
        headers.append(("Link", ", ".join(document.links)))
    if document.policy:
        headers.append(("Content-Security-Policy", document.policy))
    return headers


def _options(*, cross_origin: bool) -> Response:
    """204 with the methods allowed; to a browser's preflight, also leave for other origins."""
    headers = [("Allow", METHODS)]
    if cross_origin:
        headers += [
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Allow-Methods", "GET, HEAD"),
            ("Access-Control-Allow-Headers", "If-None-Match, If-Modified-Since"),
            ("Access-Control-Max-Age", "86400"),
        ]
    return Response(HTTPStatus.NO_CONTENT, headers)
