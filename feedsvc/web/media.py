"""Files beside articles, at `/media/UUID.ext`, whole or in part."""

from __future__ import annotations

import errno
import logging
import os
import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from http import HTTPStatus
from io import FileIO
from pathlib import Path
from urllib.parse import quote

from feedsvc.config import Http
from feedsvc.files import open_below
from feedsvc.ledger import media
from feedsvc.ledger.editions import Revision
from feedsvc.ledger.media import Medium
from feedsvc.ledger.store import Store
from feedsvc.media_types import Serving, address_suffix, serving
from feedsvc.model import Stat
from feedsvc.web import ranges
from feedsvc.web.answers import (
    NO_SNIFFING,
    Answer,
    Headers,
    cache_control,
    plain,
    precondition_failed,
    try_again,
    validators,
    without_content,
)
from feedsvc.web.conditional import NOT_MODIFIED, OK, preconditions
from feedsvc.web.digests import Digests
from feedsvc.web.documents import Gone
from feedsvc.web.media_index import MediaIndex
from feedsvc.web.ranges import Part
from feedsvc.web.sending import WHOLE, Changed, Stream

_ADDRESS = re.compile(r"/media/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(\.[a-z0-9]{1,9})")
# What `open_below` says of a file that is not there, or is no file any more.
_MISSING = frozenset(
    (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EINVAL, errno.ENXIO, errno.ENAMETOOLONG)
)
_SECOND = 10**9  # nanoseconds

log = logging.getLogger(__name__)


class Media:
    """Answers for the files below `folder` that entries of the ledger show."""

    def __init__(
        self,
        store: Store,
        revision: Callable[[], Revision],
        folder: Path,
        settings: Http,
        digests: Digests,
    ) -> None:
        self._index = MediaIndex(partial(media.find, store), revision)
        self._folder = folder
        self._settings = settings
        self._digests = digests

    def answer(self, path: str, environ: Mapping[str, str], now: float) -> Answer | None:
        """Answer a request at `now`, in seconds since 1970; None where no file is at this path.

        Which file that is, the ledger says: nothing of the request is ever part of its path.

        Raises:
            Gone: every article that showed it is withdrawn.
            LedgerUnavailable: the ledger cannot be reached.
        """
        asked = _ADDRESS.fullmatch(path)
        medium = self._index.find(f"urn:uuid:{asked[1]}") if asked else None
        if not asked or medium is None or address_suffix(medium.path) != asked[2]:
            return None
        how = serving(medium.path)
        if how is None:
            return None
        if medium.withdrawn:
            raise Gone(medium.path)
        if other := without_content(environ.get("REQUEST_METHOD", "GET")):
            return other
        try:
            return self._opened(medium, how, environ, now)
        except (OSError, Changed) as error:
            log.warning("answering 503 for %s: %s", medium.path, error)
            return try_again("This file cannot be read just now; try again.")

    def _opened(
        self, medium: Medium, how: Serving, environ: Mapping[str, str], now: float
    ) -> Answer | None:
        try:
            handle = open_below(self._folder, medium.path)
        except ValueError:  # a path that this machine cannot write
            return None
        except OSError as error:
            if error.errno in _MISSING:
                return None
            raise
        with ExitStack() as stack:
            file = stack.enter_context(os.fdopen(handle, "rb", buffering=0))
            given = self._evaluated(medium, file, how, environ, now)
            if given.stream is not None:
                stack.pop_all()  # whoever sends the stream closes the file
            return given

    def _evaluated(
        self, medium: Medium, file: FileIO, how: Serving, environ: Mapping[str, str], now: float
    ) -> Answer:
        path = medium.path
        digest, stat = self._digests.find(path, file, now)
        weak = f'"{stat.size:x}-{stat.mtime_ns:x}"'  # while the digest is not known yet
        strong = [f'"{digest}"'] if digest else []
        modified = max(0, stat.mtime_ns // _SECOND)
        status = preconditions(strong, environ, modified, now, [weak])
        headers = [
            *validators(strong[0] if strong else f"W/{weak}", modified, now),
            ("Cache-Control", cache_control(self._settings, now, medium.expires)),
        ]
        if status == NOT_MODIFIED:
            return Answer(HTTPStatus.NOT_MODIFIED, headers)
        if status != OK:
            return precondition_failed()
        headers += [
            ("Content-Type", how.media_type),
            ("Accept-Ranges", "bytes"),
            ("Content-Security-Policy", how.policy),
            NO_SNIFFING,
        ]
        headers += [("Content-Disposition", _saved_as(path))] if how.saved else []
        if environ.get("REQUEST_METHOD") == "HEAD":  # which knows no ranges (section 14.2)
            return Answer(HTTPStatus.OK, [*headers, ("Content-Length", str(stat.size))])
        return self._content(path, file, stat, headers, environ)

    def _content(
        self, path: str, file: FileIO, stat: Stat, headers: Headers, environ: Mapping[str, str]
    ) -> Answer:
        """The file, or the part of it that is asked for."""
        try:
            part = ranges.wanted(environ, headers[0][1], stat.size)
        except ranges.Unsatisfiable:
            whole = [("Content-Range", f"bytes */{stat.size}"), ("Accept-Ranges", "bytes")]
            text = "The file is shorter than that."
            return plain(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, text, whole)
        status = HTTPStatus.PARTIAL_CONTENT if part else HTTPStatus.OK
        if part:
            shown = f"bytes {part.first}-{part.end - 1}/{stat.size}"
            headers = [*headers, ("Content-Range", shown)]
        part = part or Part(0, stat.size)
        headers = [*headers, ("Content-Length", str(part.length))]
        stream = Stream(path, file, stat, part)
        if part.length <= WHOLE:
            return Answer(status, headers, b"".join(stream))
        return Answer(status, headers, stream=stream, length=part.length)


def _saved_as(path: str) -> str:
    """Content-Disposition of a file that a browser saves (RFC 6266; RFC 8187 section 3.2)."""
    return f"attachment; filename*=UTF-8''{quote(path.rpartition('/')[2], safe='')}"
