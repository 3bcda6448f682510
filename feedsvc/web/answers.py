"""A Document and a request make an answer: status, headers and bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Protocol

from feedsvc.config import Http
from feedsvc.feeds.document import IDENTITY, coded
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
RETRY_SECONDS = 5
NO_SNIFFING = ("X-Content-Type-Options", "nosniff")


class Body(Protocol):
    """Bytes in chunks, which the server closes when it needs no more of them (PEP 3333)."""

    def __iter__(self) -> Iterator[bytes]: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the client; a `stream` of `length` bytes goes in place of the body.

    `whole` marks a document that is given in full, or what changed in it: see `limits`.
    """

    status: HTTPStatus
    headers: Headers
    body: bytes = b""
    stream: Body | None = None
    length: int = 0
    whole: bool = False

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
        NO_SNIFFING,
    ]
    return Answer(status, fixed + (headers or []), body)


def try_again(text: str) -> Answer:
    """The answer while something is out of reach (RFC 9110 section 15.6.4)."""
    return plain(HTTPStatus.SERVICE_UNAVAILABLE, text, [("Retry-After", str(RETRY_SECONDS))])


def moved_to(address: str, settings: Http) -> Answer:
    """The answer where something has moved for good (RFC 9110 section 15.4.2).

    Readers follow it and keep the new address, which they do for no other status.
    """
    moved = plain(HTTPStatus.MOVED_PERMANENTLY, f"This has moved to {address}")
    kept = [one for one in moved.headers if one[0] != "Cache-Control"]
    fresh = ("Cache-Control", f"max-age={settings.max_age}")
    return Answer(moved.status, [*kept, fresh, ("Location", address)], moved.body)


def precondition_failed(headers: Headers | None = None) -> Answer:
    """The answer to a request whose own condition does not hold (RFC 9110 section 15.5.13)."""
    text = "A precondition of the request does not hold."
    return plain(HTTPStatus.PRECONDITION_FAILED, text, headers)


def without_content(method: str, *, shared: bool = False) -> Answer | None:
    """The answer to a method other than GET and HEAD; None for these two."""
    if method == "OPTIONS":
        return _options(shared=shared)
    if method not in ("GET", "HEAD"):
        return plain(HTTPStatus.METHOD_NOT_ALLOWED, "GET or HEAD only.", [("Allow", METHODS)])
    return None


def answer(document: Document, environ: Mapping[str, str], settings: Http, now: float) -> Answer:
    """Answer a request for `document` at `now`, in seconds since 1970 (http.md in short)."""
    method = environ.get("REQUEST_METHOD", "GET")
    if other := without_content(method, shared=document.shared):
        return other
    coding = choose_coding(document, environ.get("HTTP_ACCEPT_ENCODING"))
    if coding is None:
        return _in_no_coding(document, environ, settings, now)
    status = HTTPStatus(evaluate(document, environ, now))
    headers = [
        *validators(entity_tag(document, coding), document.date, now),
        ("Cache-Control", cache_control(settings, now, document.next_due)),
        _vary(document),
        *(SHARED if document.shared else ()),
    ]
    if status == NOT_MODIFIED:
        return Answer(status, headers)
    if status != OK:
        return precondition_failed([_vary(document)])
    body = document.bodies[coding]
    headers += content(document, coding, len(body))
    if method == "HEAD":
        return Answer(status, headers)
    return Answer(status, headers, body, whole=document.shared)


def _in_no_coding(
    document: Document, environ: Mapping[str, str], settings: Http, now: float
) -> Answer:
    """406, unless the client takes what is still being made."""
    whole = coded(document) if document.shared else document
    if whole is not document:
        return answer(whole, environ, settings, now)
    text = f"Accept one of {', '.join(document.bodies)}."
    return plain(HTTPStatus.NOT_ACCEPTABLE, text, [_vary(document)])


def _vary(document: Document) -> tuple[str, str]:
    return "Vary", ", ".join((*document.varies, "Accept-Encoding"))


SHARED = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "ETag, Last-Modified, Link"),
)


def validators(tag: str, modified: int | None, now: float) -> Headers:
    """What tells one state of a resource from another, on a 200 and on a 304 (section 15.4.5).

    A date after the answer's own must not be sent (section 8.8.2.1). It is left out until then:
    one cut to the present would be another for each answer, and so two dates for one tag.
    """
    if modified is None or modified > now:
        return [("ETag", tag)]
    return [("ETag", tag), ("Last-Modified", http_date(modified))]


def cache_control(settings: Http, now: float, next_due: datetime | None = None) -> str:
    """Freshness (RFC 9111, RFC 5861), cut so that no cache outlives the next release or expiry."""
    fresh, stale = settings.max_age, settings.stale_while_revalidate
    if next_due:
        left = next_due.timestamp() - now
        fresh = min(fresh, int(left) if left > 0 else 1)
        stale = max(0, min(stale, int(left) - fresh))
    return (
        f"max-age={fresh}, stale-while-revalidate={stale}, stale-if-error={settings.stale_if_error}"
    )


def content(document: Document, coding: str, length: int) -> Headers:
    """What goes with the bytes of a document alone, of which there are so many in this coding."""
    headers = [
        ("Content-Type", document.media_type),
        ("Content-Length", str(length)),
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


def _options(*, shared: bool) -> Answer:
    """What is allowed here; to a browser's preflight, that other origins may ask."""
    headers = [("Allow", METHODS)]
    if shared:
        headers += [
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Allow-Methods", "GET, HEAD"),
            ("Access-Control-Allow-Headers", "If-None-Match, If-Modified-Since"),
            ("Access-Control-Max-Age", "86400"),
        ]
    return Answer(HTTPStatus.NO_CONTENT, headers)
