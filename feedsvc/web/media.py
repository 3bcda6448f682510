"""Files beside articles, at `/media/UUID.ext`, complete or in part."""

from __future__ import annotations

import errno
import logging
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import wait
from contextlib import ExitStack
from functools import partial
from http import HTTPStatus
from io import FileIO
from pathlib import Path
from urllib.parse import quote

from feedsvc.config import Http
from feedsvc.errors import LedgerUnavailable
from feedsvc.files import open_below
from feedsvc.ledger import media
from feedsvc.ledger.feed_content import Revision
from feedsvc.ledger.media import Medium
from feedsvc.ledger.store import Store
from feedsvc.media_types import Serving, address_suffix, serving
from feedsvc.model import Stat
from feedsvc.web.background import PATIENCE, Calls, result_of
from feedsvc.web.conditional import (
    NOT_MODIFIED,
    OK,
    ByteRange,
    UnsatisfiableRange,
    preconditions,
    requested_range,
)
from feedsvc.web.digests import Digests
from feedsvc.web.responses import (
    NO_SNIFFING,
    Headers,
    Response,
    cache_control,
    plain,
    precondition_failed,
    to_other_method,
    unavailable,
    validators,
)
from feedsvc.web.routes import Gone
from feedsvc.web.sending import WHOLE, Changed, Stream

_ADDRESS = re.compile(r"/media/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(\.[a-z0-9]{1,9})")
# Errors of `open_below` where there is no file, or something else has taken its place.
_MISSING = frozenset(
    (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EINVAL, errno.ENXIO, errno.ENAMETOOLONG)
)
_SECOND = 10**9  # nanoseconds
MAX_IDS = 10_000  # in memory, with paths of up to 2 kB

log = logging.getLogger(__name__)


class Media:
    """Responds for the files below `folder` that published entries show."""

    def __init__(
        self,
        store: Store,
        read_revision: Callable[[], Revision],
        folder: Path,
        settings: Http,
        digests: Digests,
    ) -> None:
        self._index = MediaIndex(partial(media.find, store), read_revision)
        self._folder = folder
        self._settings = settings
        self._digests = digests

    def respond(self, path: str, environ: Mapping[str, str], now: float) -> Response | None:
        """The response at `now`, in seconds since 1970; None where there is no file at this path.

        The ledger tells which file that is: no part of the request is ever part of its path.

        Raises:
            Gone: every article that showed it is withdrawn.
            LedgerUnavailable: the ledger cannot be reached.
        """
        address = _ADDRESS.fullmatch(path)
        medium = self._index.find(f"urn:uuid:{address[1]}") if address else None
        if not address or medium is None or address_suffix(medium.path) != address[2]:
            return None
        how = serving(medium.path)
        if how is None:
            return None
        if medium.withdrawn:
            raise Gone(medium.path)
        if response := to_other_method(environ.get("REQUEST_METHOD", "GET")):
            return response
        try:
            return self._opened(medium, how, environ, now)
        except (OSError, Changed) as error:
            log.warning("answering 503 for %s: %s", medium.path, error)
            return unavailable("This file cannot be read just now; try again.")

    def _opened(
        self, medium: Medium, how: Serving, environ: Mapping[str, str], now: float
    ) -> Response | None:
        try:
            handle = open_below(self._folder, medium.path)
        except ValueError:  # a path that this file system cannot express
            return None
        except OSError as error:
            if error.errno in _MISSING:
                return None
            raise
        with ExitStack() as stack:
            file = stack.enter_context(os.fdopen(handle, "rb", buffering=0))
            response = self._evaluated(medium, file, how, environ, now)
            if response.stream is not None:
                stack.pop_all()  # the stream closes the file
            return response

    def _evaluated(
        self, medium: Medium, file: FileIO, how: Serving, environ: Mapping[str, str], now: float
    ) -> Response:
        path = medium.path
        digest, stat = self._digests.find(path, file, now)
        weak = f'"{stat.size:x}-{stat.mtime_ns:x}"'  # until the digest is known
        strong = [f'"{digest}"'] if digest else []
        modified = max(0, stat.mtime_ns // _SECOND)
        status = preconditions(strong, environ, modified, now, [weak])
        headers = [
            *validators(strong[0] if strong else f"W/{weak}", modified, now),
            ("Cache-Control", cache_control(self._settings, now, medium.expires)),
        ]
        if status == NOT_MODIFIED:
            return Response(HTTPStatus.NOT_MODIFIED, headers)
        if status != OK:
            return precondition_failed()
        headers += [
            ("Content-Type", how.media_type),
            ("Accept-Ranges", "bytes"),
            ("Content-Security-Policy", how.policy),
            NO_SNIFFING,
        ]
        headers += [("Content-Disposition", _attachment(path))] if how.saved else []
        if environ.get("REQUEST_METHOD") == "HEAD":  # without ranges (section 14.2)
            return Response(HTTPStatus.OK, [*headers, ("Content-Length", str(stat.size))])
        return _content(path, file, stat, headers, environ)


class MediaIndex:
    """Finds files by id, from memory while the ledger stays as it is.

    `look_up` asks the ledger, `read_revision` reads its revision. Safe to call from many threads.
    """

    def __init__(
        self, look_up: Callable[[str], Medium | None], read_revision: Callable[[], Revision]
    ) -> None:
        self._look_up = look_up
        self._read_revision = read_revision
        self._calls = Calls()
        self._lock = threading.Lock()
        # each with the sequence of its revision, the least recently found first
        self._known: OrderedDict[str, tuple[int, Medium | None]] = OrderedDict()

    def find(self, media_id: str) -> Medium | None:
        """The file; None where no published article shows it.

        While the ledger does not answer, the latest that is known holds.

        Raises:
            LedgerUnavailable: nothing is known of it, and the ledger cannot be read now.
        """
        known = self._known.get(media_id)
        try:
            sequence = self._read_revision().sequence
            if known and known[0] == sequence:
                return known[1]
            medium = self._read(media_id)
        except LedgerUnavailable:
            if known is None:
                raise
            return known[1]
        with self._lock:
            self._known[media_id] = sequence, medium
            self._known.move_to_end(media_id)
            while len(self._known) > MAX_IDS:
                self._known.popitem(last=False)
        return medium

    def _read(self, media_id: str) -> Medium | None:
        call = self._calls.start(lambda: self._look_up(media_id))
        if not wait([call], PATIENCE).done:
            raise LedgerUnavailable("the ledger does not answer")
        return result_of(call)


def _content(
    path: str, file: FileIO, stat: Stat, headers: Headers, environ: Mapping[str, str]
) -> Response:
    """The file, or the part of it that is requested."""
    try:
        part = requested_range(environ, headers[0][1], stat.size)
    except UnsatisfiableRange:
        complete = [("Content-Range", f"bytes */{stat.size}"), ("Accept-Ranges", "bytes")]
        text = "The file is shorter than that."
        return plain(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, text, complete)
    status = HTTPStatus.PARTIAL_CONTENT if part else HTTPStatus.OK
    if part:
        content_range = f"bytes {part.first}-{part.end - 1}/{stat.size}"
        headers = [*headers, ("Content-Range", content_range)]
    part = part or ByteRange(0, stat.size)
    headers = [*headers, ("Content-Length", str(part.length))]
    stream = Stream(path, file, stat, part)
    if part.length <= WHOLE:
        return Response(status, headers, b"".join(stream))
    return Response(status, headers, stream=stream, length=part.length)


def _attachment(path: str) -> str:
    """Content-Disposition of a file that a browser saves (RFC 6266; RFC 8187 section 3.2)."""
    return f"attachment; filename*=UTF-8''{quote(path.rpartition('/')[2], safe='')}"
