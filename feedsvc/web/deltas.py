"""The entries alone that changed since a poller last asked (RFC 3229 with the manipulation `feed`).

Off unless `http.delta` is set. A poller sends `A-IM: feed` and the entity tag that it has. If this
process remembers which edition that was, the answer is 226 with the entries changed since.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from http import HTTPStatus

from feedsvc.model import Document
from feedsvc.web.answers import SHARED, Answer, content, validators
from feedsvc.web.conditional import choose_coding, entity_tag, listed_tags
from feedsvc.web.documents import Documents
from feedsvc.web.ready import Ready

REMEMBERED = 20_000  # editions of documents; each takes some 200 bytes

Base = tuple[str, int]  # a tag, without its coding, and the journal's sequence as of then


class Deltas:
    """Answers pollers that take the difference."""

    def __init__(self, documents: Documents[Ready]) -> None:
        self._documents = documents
        self._sequences: OrderedDict[tuple[str, str], int] = OrderedDict()

    def remember(self, key: str, ready: Ready, sequence: int) -> None:
        """Note that the document at `key` was this one at a sequence of the journal."""
        which = key, ready.document.tag
        self._sequences[which] = sequence
        self._sequences.move_to_end(which)
        while len(self._sequences) > REMEMBERED:
            self._sequences.popitem(last=False)

    def answer(
        self, key: str, document: Document, environ: Mapping[str, str], now: float
    ) -> Answer | None:
        """226 with what changed; None where the whole document, or 304, is the answer.

        `document` is the current one, `now` in seconds since 1970.
        """
        if not _asks(environ):
            return None
        base = self._base(key, document, environ.get("HTTP_IF_NONE_MATCH", ""))
        path, _, suffix = key.partition("#")
        found = self._documents.find(f"{path}#{suffix}#{base[1]}") if base else None
        delta = found.document if found else None
        coding = choose_coding(delta, environ.get("HTTP_ACCEPT_ENCODING")) if delta else None
        if not (base and delta and coding and coding in document.bodies):
            return None
        body = delta.bodies[coding]
        headers = [
            # of what the poller has when it has merged
            *validators(entity_tag(document, coding), document.date, now),
            ("IM", "feed"),
            ("Delta-Base", f'"{base[0]}"'),
            # caches that know nothing of this must not take it for the document itself
            ("Cache-Control", "no-store, im"),
            ("Vary", ", ".join((*document.varies, "A-IM, If-None-Match, Accept-Encoding"))),
            *SHARED,
            *content(delta, coding, len(body)),
        ]
        return Answer(HTTPStatus.IM_USED, headers, body, whole=True)

    def _base(self, key: str, document: Document, listed: str) -> Base | None:
        """The latest edition that the poller has; None where it is unknown, or the current one."""
        tags = [tag.removeprefix("W/").strip('"').partition("-")[0] for tag in listed_tags(listed)]
        if document.tag in tags:
            return None
        known = [(tag, self._sequences[key, tag]) for tag in tags if (key, tag) in self._sequences]
        return max(known, key=lambda one: one[1], default=None)


def _asks(environ: Mapping[str, str]) -> bool:
    """Whether this is a plain request for a difference (RFC 3229 section 10.5.3)."""
    wanted = [one.partition(";") for one in environ.get("HTTP_A_IM", "").lower().split(",")]
    offered = any(name.strip() == "feed" and rest.strip() != "q=0" for name, _, rest in wanted)
    plain = environ.get("REQUEST_METHOD", "GET") in ("GET", "HEAD")
    conditions = ("HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE")
    return offered and plain and not any(name in environ for name in conditions)
