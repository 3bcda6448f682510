"""The WSGI entrance: answers for Documents and media, hands all others to Flask's dispatch."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from feedsvc.config import Http
from feedsvc.errors import LedgerUnavailable
from feedsvc.web.answers import Answer, answer, plain, try_again
from feedsvc.web.documents import Documents, Gone
from feedsvc.web.media import Media

log = logging.getLogger(__name__)

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]


class Front:
    """Wraps a Flask application's `wsgi_app`; `holds` tells the paths that have Documents."""

    def __init__(
        self,
        app: Wsgi,
        holds: Callable[[str], bool],
        documents: Documents,
        media: Media,
        settings: Http,
    ) -> None:
        self._app = app
        self._holds = holds
        self._documents = documents
        self._media = media
        self._settings = settings
        self._trusted = frozenset(host.lower() for host in settings.trusted_hosts)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        given = self._answer(environ)
        if given is None:
            return self._app(environ, start_response)
        start_response(given.status_line, given.headers)
        if given.stream is not None:
            return given.stream
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [given.body]

    def _answer(self, environ: Environ) -> Answer | None:
        # granian joins two Host fields by a comma; RFC 9112 section 3.2 wants exactly one
        host = str(environ.get("HTTP_HOST", "")).lower()
        if "," in host or (not host and environ.get("SERVER_PROTOCOL") == "HTTP/1.1"):
            return plain(HTTPStatus.BAD_REQUEST, "One Host, please.", [("Connection", "close")])
        if self._trusted and _name(host) not in self._trusted:
            return plain(HTTPStatus.BAD_REQUEST, "This is not a host of ours.")
        try:
            return self._found(environ.get("PATH_INFO", ""), environ)
        except Gone:
            return plain(HTTPStatus.GONE, "This article has been withdrawn.")
        except LedgerUnavailable as error:
            log.warning("answering 503: %s", error)
            return try_again("Nothing to serve yet; try again.")

    def _found(self, path: str, environ: Environ) -> Answer | None:
        """The answer for a Document or a file beside an article; None where neither is there."""
        if not self._holds(path):
            return self._media.answer(path, environ, time.time())
        document = self._documents.find(path)
        return answer(document, environ, self._settings, time.time()) if document else None


def _name(host: str) -> str:
    """The Host without its port (RFC 9110 section 7.2)."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host
