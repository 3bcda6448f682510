"""The WSGI entrance: answers for Documents and media, hands all others to Flask's dispatch."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from feedsvc.config import Config
from feedsvc.errors import LedgerUnavailable
from feedsvc.web.answers import METHODS, Answer, answer, moved_to, plain, try_again, without_content
from feedsvc.web.changes import CHANGES, BadCursor, key_of
from feedsvc.web.clients import client_of, network_of
from feedsvc.web.conditional import choose_format, has_condition
from feedsvc.web.deltas import Deltas
from feedsvc.web.documents import Documents, Elsewhere, Gone
from feedsvc.web.library import Library
from feedsvc.web.limits import Limits
from feedsvc.web.media import Media
from feedsvc.web.ready import Ready
from feedsvc.web.sending import WHOLE, Busy, Sending

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
log = logging.getLogger(__name__)

Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]


class Front:
    """Wraps a Flask application's `wsgi_app`.

    `answered` is told the status of each answer of its own, and how many bytes its body has.
    """

    def __init__(
        self,
        app: Wsgi,
        library: Library,
        documents: Documents[Ready],
        media: Media,
        sending: Sending,
        config: Config,
    ) -> None:
        settings = config.http
        self._app = app
        self._library = library
        self._redirects = {
            one.old: config.address(one.to) if one.to.startswith("/") else one.to
            for one in config.redirects
        }
        # as WSGI gives a path: its escapes undone, and as if its bytes were Latin-1 (PEP 3333)
        self._prefix = unquote_to_bytes(urlsplit(config.site.base_url).path).decode("latin-1")
        self._documents = documents
        self._deltas = Deltas(documents) if settings.delta else None
        if self._deltas:
            documents.built = self._deltas.remember
        self._media = media
        self._sending = sending
        self._settings = settings
        self._limits = Limits(settings) if settings.full_answers_per_minute else None
        self.settings = library.settings
        self._ledger = config.store.url
        self.answered: Callable[[int, int], None] = lambda _status, _size: None
        self._trusted = frozenset(host.lower() for host in settings.trusted_hosts)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        if self._prefix:
            environ = self._below_prefix(environ)
        given = self._refused(environ) or self._quick(environ) or self._answer(environ)
        if given is None:
            return self._app(environ, start_response)
        if given.whole and self._limits:
            given = self._limits.refusal(_path(environ), environ) or given
        body: Iterable[bytes] = [given.body]
        if environ.get("REQUEST_METHOD") == "HEAD":
            given, body = replace(given, body=b""), [b""]
        elif given.stream or len(given.body) > WHOLE:
            given, body = self._in_chunks(given, environ)
        start_response(given.status_line, given.headers.copy())
        self.answered(given.status, given.length or len(given.body))
        return body

    def _in_chunks(self, given: Answer, environ: Environ) -> tuple[Answer, Iterable[bytes]]:
        """A long answer with its body in chunks, or 503 where too many are on their way."""
        network = network_of(client_of(environ, self._settings.proxies))
        try:
            if given.stream:
                return given, self._sending.file(given.stream, given.length, network)
            return given, self._sending.document(given.body, network)
        except Busy as error:
            log.warning("answering 503 for %s: %s", _path(environ), error)
            busy = try_again("Too many answers are on their way to slow clients; try again.")
            return busy, [busy.body]

    def is_in_force(self) -> bool:
        """Whether the ledger was last published with the settings of this front.

        Raises:
            LedgerUnavailable: that cannot be read now.
        """
        return self._documents.revision().settings == self.settings

    def retire(self, *, waiting: bool = True) -> None:
        """Raise Superseded from now on where a successor that is `waiting` has the answer."""
        self._documents.retire(self.settings if waiting else None)

    def serves_like(self, other: Front) -> bool:
        """Whether both have the same Documents: those of one ledger, which look the same."""
        return (self._ledger, self.settings) == (other._ledger, other.settings)

    def inherit(self, other: Front) -> None:
        """Take over the Documents of a front that serves like this one."""
        for path, (sequence, ready) in other._documents.kept():
            again = Ready(ready.document, self._settings, time.time())
            self._documents.keep(path, sequence, again)

    def close(self) -> None:
        """Let go of what was kept for further requests."""
        self._documents.close()
        self._library.close()

    def _below_prefix(self, environ: Environ) -> Environ:
        """The request without the site's own path in front, where the proxy has left it there.

        The path alone leaves an empty one, which is the site's page without its last slash.
        """
        path = environ.get("PATH_INFO", "")
        if path != self._prefix and not path.startswith(self._prefix + "/"):
            return environ
        script = environ.get("SCRIPT_NAME", "") + self._prefix
        return environ | {"PATH_INFO": path.removeprefix(self._prefix), "SCRIPT_NAME": script}

    def _refused(self, environ: Environ) -> Answer | None:
        """The answer to a request that may be two, or is for another host than ours or for none."""
        # granian joins two Host fields by a comma; RFC 9112 section 3.2 wants exactly one
        host = environ.get("HTTP_HOST", "")
        if "," in host or (not host and environ.get("SERVER_PROTOCOL") == "HTTP/1.1"):
            return _not_one_request("Exactly one Host header is required.")
        # hyper takes away the Content-Length beside it, which makes it a try at request smuggling
        # (RFC 9112 section 6.1), and reads no chunk before we answer. No reader sends content, and
        # what comes with a GET may be refused (RFC 9110 section 9.3.1).
        if "HTTP_TRANSFER_ENCODING" in environ:
            return _not_one_request("Transfer-Encoding is not supported.")
        if environ.get("REQUEST_METHOD") == "CONNECT":  # we are no proxy (section 9.3.6)
            allowed = [("Allow", METHODS), ("Connection", "close")]
            return plain(HTTPStatus.METHOD_NOT_ALLOWED, "GET or HEAD only.", allowed)
        if environ.get("PATH_INFO") == "*":  # asks of the server as a whole (section 9.3.7)
            asked = without_content(str(environ.get("REQUEST_METHOD", "")))
            return asked or plain(HTTPStatus.BAD_REQUEST, "* goes with OPTIONS alone.")
        if self._trusted and _name(host.lower()) not in self._trusted:
            return plain(HTTPStatus.BAD_REQUEST, "This is not a host of ours.")
        return None

    def _quick(self, environ: Environ) -> Answer | None:
        """What was made beforehand, where the request asks for nothing out of the ordinary."""
        if self._deltas and "HTTP_A_IM" in environ:
            return None
        path = _path(environ)
        if "#" in path or "?" in path:  # in keys that are no path, see `_key`
            return None
        ready = self._documents.current(path)
        return ready.quick(environ, time.time()) if ready else None

    def _limited(self, environ: Environ) -> Answer | None:
        """The refusal of what would be given whole, before it is built.

        A page of changes is built for each cursor, so to ask for another one counts in any way.
        """
        if self._limits is None or environ.get("REQUEST_METHOD") not in ("GET", "HEAD"):
            return None
        path = _path(environ)
        if environ.get("REQUEST_METHOD") == "HEAD" or has_condition(environ):
            is_new = path == CHANGES and not self._documents.current(self._key(path, environ))
            return self._limits.refusal(path, environ) if is_new else None
        return self._limits.is_over(path, environ) if self._library.holds(path) else None

    def _answer(self, environ: Environ) -> Answer | None:
        try:
            return self._limited(environ) or self._found(_path(environ), environ)
        except BadCursor as error:
            return _to_get(environ) or plain(HTTPStatus.BAD_REQUEST, str(error))
        except Gone:
            return _to_get(environ) or plain(HTTPStatus.GONE, "This has been withdrawn.")
        except Elsewhere as moved:
            return self._moved(moved.address, environ)
        except LedgerUnavailable:  # which Documents have logged, once
            return try_again("Nothing to serve yet; try again.")

    def _found(self, path: str, environ: Environ) -> Answer | None:
        """The answer for a Document or a file beside an article; None where neither is there."""
        if path in self._redirects:
            return self._moved(self._redirects[path], environ)
        if not self._library.holds(path):
            return self._media.answer(path, environ, time.time())
        key = self._key(path, environ)
        ready, now = self._documents.find(key), time.time()
        if ready is None:
            return None
        document = ready.document
        delta = self._deltas.answer(key, document, environ, now) if self._deltas else None
        return delta or answer(document, environ, self._settings, now)

    def _moved(self, address: str, environ: Environ) -> Answer:
        """The answer where something has moved, to a method that it may have."""
        return _to_get(environ) or moved_to(address, self._settings)

    def _key(self, path: str, environ: Environ) -> str:
        """What the library knows the Document by: the path, and what more decides which it is."""
        if path == CHANGES:
            return key_of(str(environ.get("QUERY_STRING", "")))
        if self._library.negotiated(path):
            return f"{path}#{choose_format(environ.get('HTTP_ACCEPT')).suffix}"
        return path


def _to_get(environ: Environ) -> Answer | None:
    """The answer to a method that nothing has at any of our addresses."""
    return without_content(str(environ.get("REQUEST_METHOD", "GET")), shared=True)


def _not_one_request(text: str) -> Answer:
    """The answer where another request may be hidden in this one: nothing more is read."""
    return plain(HTTPStatus.BAD_REQUEST, text, [("Connection", "close")])


def _path(environ: Environ) -> str:
    """The path that is asked for, which WSGI gives as if its bytes were Latin-1 (PEP 3333)."""
    raw = str(environ.get("PATH_INFO", ""))
    return raw if raw.isascii() else raw.encode("latin-1").decode("utf-8", "replace")


def _name(host: str) -> str:
    """The Host without its port (RFC 9110 section 7.2)."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host
