"""A Document with the answers to plain requests for it made beforehand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from feedsvc.config import Http
from feedsvc.model import Document
from feedsvc.web.answers import Answer, answer
from feedsvc.web.conditional import choose_coding, entity_tag, entity_tags, matches, seconds_of

MAX_CACHED_HEADERS = 64  # values of a request's field that are remembered; real clients send a few
MAX_HEADER_LENGTH = 128  # characters of one
OVERHEAD = 4096  # bytes that a Document takes beside its bodies


@dataclass(frozen=True, slots=True)
class _Made:
    """Answers by coding, `whole` and 304 (`same`), as they are until a moment.

    `dates` remembers which values of If-Modified-Since are not older than the document.
    """

    until: float
    whole: Mapping[str, Answer]
    same: Mapping[str, Answer]
    dates: dict[str, bool] = field(default_factory=dict)


class Ready:
    """Answers for a Document; what nearly every poll asks costs a few look-ups.

    Times are in seconds since 1970.
    """

    def __init__(self, document: Document, settings: Http, now: float) -> None:
        self.document = document
        self.size = document.size + OVERHEAD
        self._settings = settings
        self._tags = frozenset(entity_tags(document))
        self._codings: dict[str | None, str] = {}
        self._made = self._make(now)

    def quick(self, environ: Mapping[str, str], now: float) -> Answer | None:
        """The answer to a plain GET; None where it takes the full rules, see `answers.answer`."""
        if environ["REQUEST_METHOD"] != "GET":
            return None
        if "HTTP_IF_MATCH" in environ or "HTTP_IF_UNMODIFIED_SINCE" in environ:
            return None
        coding = self._coding(environ.get("HTTP_ACCEPT_ENCODING"))
        if coding is None:
            return None
        made = self._made
        if now >= made.until:
            self._made = made = self._make(now)
        tag = environ.get("HTTP_IF_NONE_MATCH")
        if tag is not None:
            known = self._has(tag)
        else:
            known = self._is_since(made, environ.get("HTTP_IF_MODIFIED_SINCE"), now)
        return made.same[coding] if known else made.whole[coding]

    def _make(self, now: float) -> _Made:
        whole, same = {}, {}
        for coding, body in self.document.bodies.items():
            one = replace(self.document, bodies={coding: body})
            asks = {"HTTP_ACCEPT_ENCODING": coding}
            whole[coding] = answer(one, asks, self._settings, now)
            known = asks | {"HTTP_IF_NONE_MATCH": entity_tag(one, coding)}
            same[coding] = answer(one, known, self._settings, now)
        return _Made(self._until(now), whole, same)

    def _until(self, now: float) -> float:
        """When answers that are made now change: their freshness is in whole seconds."""
        modified = self.document.date
        until = math.inf if modified is None or modified <= now else modified
        due = self.document.next_due
        left = due.timestamp() - now if due else 0
        if left > 0:
            uncut = self._settings.max_age + self._settings.stale_while_revalidate
            until = min(until, now + left - min(uncut, math.floor(left)))
        return until

    def _has(self, listed: str) -> bool:
        """Whether an If-None-Match names this document; most name one edition of it."""
        return listed in self._tags or matches(self._tags, listed, weak=True)

    def _is_since(self, made: _Made, text: str | None, now: float) -> bool:
        """Whether an If-Modified-Since is not older; most are the date of one of few revisions."""
        modified = self.document.date
        if text is None or modified is None:
            return False
        known = made.dates.get(text)
        if known is None:
            since = seconds_of(text, now)
            known = since is not None and modified <= since
            if since is not None and len(made.dates) < MAX_CACHED_HEADERS:
                made.dates[text] = known
        return known

    def _coding(self, accepted: str | None) -> str | None:
        coding = self._codings.get(accepted)
        if coding is None:
            coding = choose_coding(self.document, accepted)
            if (
                coding
                and len(self._codings) < MAX_CACHED_HEADERS
                and len(accepted or "") < MAX_HEADER_LENGTH
            ):
                self._codings[accepted] = coding
        return coding
