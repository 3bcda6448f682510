"""WSGI middleware: responds for documents and media, and passes all other requests to Flask."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from feedsvc.errors import LedgerUnavailable
from feedsvc.web.builder import DocumentBuilder
from feedsvc.web.cache import Cache
from feedsvc.web.conditional import has_condition
from feedsvc.web.deltas import delta_response
from feedsvc.web.limits import Limits, client_of, network_of
from feedsvc.web.media import Media
from feedsvc.web.metrics import Metrics
from feedsvc.web.redirects import configured_redirects
from feedsvc.web.responses import (
    METHODS,
    Response,
    moved_permanently,
    plain,
    to_other_method,
    unavailable,
)
from feedsvc.web.routes import Gone, InvalidCursor, Kind, MovedPermanently, Route, parse
from feedsvc.web.sending import WHOLE, Busy, Sending

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]

log = logging.getLogger(__name__)


class Middleware:
    """Wraps the `wsgi_app` of a Flask application; one for each configuration."""

    def __init__(
        self,
        app: Wsgi,
        builder: DocumentBuilder,
        cache: Cache,
        media: Media,
        sending: Sending,
        metrics: Metrics,
    ) -> None:
        config = builder.config
        self._app = app
        self._builder = builder
        self._cache = cache
        self._media = media
        self._sending = sending
        self._metrics = metrics
        self._redirects = configured_redirects(config)
        # as WSGI passes a path: percent-decoded, and its bytes as if they were Latin-1 (PEP 3333)
        self._prefix = unquote_to_bytes(urlsplit(config.site.base_url).path).decode("latin-1")
        self._settings = config.http
        self._has_deltas = config.http.delta
        self._limits = Limits(config.http) if config.http.full_answers_per_minute else None
        self._trusted = frozenset(host.lower() for host in config.http.trusted_hosts)
        self._ledger = config.store.url

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Respond to one request (PEP 3333)."""
        if self._prefix:
            environ = self._below_prefix(environ)
        path = _path(environ)
        response = self._refusal(environ) or self._response(path, environ)
        if response is None:
            return self._app(environ, start_response)
        if response.is_complete and self._limits:
            response = self._limits.refusal(path, environ) or response
        body: Iterable[bytes] = [response.body]
        if environ.get("REQUEST_METHOD") == "HEAD":
            response, body = replace(response, body=b""), [b""]
        elif response.stream or len(response.body) > WHOLE:
            response, body = self._in_chunks(response, environ)
        start_response(response.status_line, response.headers.copy())
        self._metrics.count(response.status, response.length or len(response.body))
        return body

    def is_in_force(self) -> bool:
        """Whether the ledger was last published with the settings of this configuration.

        Raises:
            LedgerUnavailable: it cannot be read now.
        """
        return self._cache.revision().settings == self._builder.settings

    def retire(self, *, waiting: bool = True) -> None:
        """Raise Superseded from now on where a successor that is `waiting` must answer."""
        self._cache.retire(self._builder.settings if waiting else None)

    def serves_like(self, other: Middleware) -> bool:
        """Whether both serve the same documents: from one ledger, with the same settings."""
        ours, theirs = self._builder.settings, other._builder.settings
        return (self._ledger, ours) == (other._ledger, theirs)

    def inherit(self, other: Middleware) -> None:
        """Take over the cached representations of another that serves the same documents."""
        self._cache.inherit(other._cache)

    def close(self) -> None:
        """Release what was kept for further requests."""
        self._cache.close()
        self._builder.close()

    def _response(self, path: str, environ: Environ) -> Response | None:
        """The response; None where the path has neither a document nor a file."""
        try:
            if path in self._redirects:
                raise MovedPermanently(self._redirects[path])
            query, accept = environ.get("QUERY_STRING", ""), environ.get("HTTP_ACCEPT")
            route = parse(path, query, accept)
            if route is None:
                return self._media.respond(path, environ, time.time())
            return self._prepared(route, environ) or self._in_full(route, environ)
        except InvalidCursor as error:
            return _to_other_method(environ) or plain(HTTPStatus.BAD_REQUEST, str(error))
        except Gone:
            return _to_other_method(environ) or plain(HTTPStatus.GONE, "This has been withdrawn.")
        except MovedPermanently as moved:
            redirect = moved_permanently(moved.address, self._settings)
            return _to_other_method(environ) or redirect
        except LedgerUnavailable:  # which the cache has logged, once
            return unavailable("Nothing to serve yet; try again.")

    def _prepared(self, route: Route, environ: Environ) -> Response | None:
        """The response prepared for a plain request, where the cache is known to be current."""
        if self._has_deltas and "HTTP_A_IM" in environ:
            return None
        representation = self._cache.current(route)
        return representation.prepared_response(environ, time.time()) if representation else None

    def _in_full(self, route: Route, environ: Environ) -> Response | None:
        """The response by the full rules; the representation is built where it is not cached."""
        if refusal := self._limited(route, environ):
            return refusal
        representation, now = self._cache.find(route), time.time()
        if representation is None:
            return None
        if self._has_deltas:
            document = representation.document
            if delta := delta_response(self._cache, route, document, environ, now):
                return delta
        return representation.respond(environ, now)

    def _limited(self, route: Route, environ: Environ) -> Response | None:
        """429 for a response that would be complete, before it is built.

        A page of changes is built for each cursor, so every request for another one counts.
        """
        method = environ.get("REQUEST_METHOD")
        if self._limits is None or method not in ("GET", "HEAD"):
            return None
        if method == "GET" and not has_condition(environ):
            return self._limits.is_over(route.path, environ)
        is_new = route.kind is Kind.CHANGES and not self._cache.current(route)
        return self._limits.refusal(route.path, environ) if is_new else None

    def _in_chunks(self, response: Response, environ: Environ) -> tuple[Response, Iterable[bytes]]:
        """A long response with its body in chunks, or 503 where too many are under way."""
        network = network_of(client_of(environ, self._settings.proxies))
        try:
            if response.stream:
                return response, self._sending.file(response.stream, response.length, network)
            return response, self._sending.document(response.body, network)
        except Busy as error:
            log.warning("answering 503 for %s: %s", _path(environ), error)
            busy = unavailable("Too many answers are on their way to slow clients; try again.")
            return busy, [busy.body]

    def _below_prefix(self, environ: Environ) -> Environ:
        """The request without the path of the site's base URL, where the proxy has left it.

        That path alone becomes an empty one: the site's page without its trailing slash.
        """
        path = environ.get("PATH_INFO", "")
        if path != self._prefix and not path.startswith(self._prefix + "/"):
            return environ
        script = environ.get("SCRIPT_NAME", "") + self._prefix
        return environ | {"PATH_INFO": path.removeprefix(self._prefix), "SCRIPT_NAME": script}

    def _refusal(self, environ: Environ) -> Response | None:
        """The response to a request that is ambiguous, or not for one of our hosts."""
        # granian joins two Host fields by a comma; RFC 9112 section 3.2 requires exactly one
        host = environ.get("HTTP_HOST", "")
        if "," in host or (not host and environ.get("SERVER_PROTOCOL") == "HTTP/1.1"):
            return _ambiguous("Exactly one Host header is required.")
        # hyper removes a Content-Length beside it, as in request smuggling (RFC 9112 section 6.1),
        # and reads no chunk before we respond. No reader sends content, and a GET with content may
        # be refused (RFC 9110 section 9.3.1).
        if "HTTP_TRANSFER_ENCODING" in environ:
            return _ambiguous("Transfer-Encoding is not supported.")
        if environ.get("REQUEST_METHOD") == "CONNECT":  # this is no proxy (section 9.3.6)
            allowed = [("Allow", METHODS), ("Connection", "close")]
            return plain(HTTPStatus.METHOD_NOT_ALLOWED, "GET or HEAD only.", allowed)
        if environ.get("PATH_INFO") == "*":  # the server as a whole (section 9.3.7)
            options = to_other_method(str(environ.get("REQUEST_METHOD", "")))
            return options or plain(HTTPStatus.BAD_REQUEST, "* goes with OPTIONS alone.")
        if self._trusted and _hostname(host.lower()) not in self._trusted:
            return plain(HTTPStatus.BAD_REQUEST, "This is not a host of ours.")
        return None


def _to_other_method(environ: Environ) -> Response | None:
    """The response to a method that no address of ours allows, or to OPTIONS."""
    return to_other_method(str(environ.get("REQUEST_METHOD", "GET")), cross_origin=True)


def _ambiguous(text: str) -> Response:
    """400 to a request that may contain another one; the connection is closed."""
    return plain(HTTPStatus.BAD_REQUEST, text, [("Connection", "close")])


def _path(environ: Environ) -> str:
    """The path of the request; WSGI passes its bytes as if they were Latin-1 (PEP 3333)."""
    raw = str(environ.get("PATH_INFO", ""))
    return raw if raw.isascii() else raw.encode("latin-1").decode("utf-8", "replace")


def _hostname(host: str) -> str:
    """A Host field without its port (RFC 9110 section 7.2)."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host
