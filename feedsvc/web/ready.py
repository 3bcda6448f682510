"""A Document with the answers to plain requests for it made beforehand."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from feedsvc.config import Http
from feedsvc.model import Document
from feedsvc.web.answers import Answer, answer
from feedsvc.web.conditional import choose_coding, entity_tag, matches, seconds_of

KNOWN_WISHES = 64  # values of Accept-Encoding that are remembered; real clients send a few


class Ready:
    """Answers for a Document; what nearly every poll asks costs a few look-ups.

    Whatever a moment decides, such as freshness that ends with the next release, is worked out for
    each request.
    """

    def __init__(self, document: Document, settings: Http, now: float) -> None:
        self.document = document
        self.size = document.size
        self._settings = settings
        self._codings: dict[str | None, str] = {}
        self._tags: frozenset[str] = frozenset()
        self._dates: dict[str, bool] = {}
        self._whole: dict[str, Answer] = {}
        self._same: dict[str, Answer] = {}
        if document.next_due is None and document.modified <= now:
            self._prepare(now)

    def _prepare(self, now: float) -> None:
        for coding, body in self.document.bodies.items():
            one = replace(self.document, bodies={coding: body})
            asks = {"HTTP_ACCEPT_ENCODING": coding}
            self._whole[coding] = answer(one, asks, self._settings, now)
            tag = entity_tag(one, coding)
            known = asks | {"HTTP_IF_NONE_MATCH": tag}
            self._same[coding] = answer(one, known, self._settings, now)
        self._tags = frozenset(entity_tag(self.document, one) for one in self._whole)

    def quick(self, environ: Mapping[str, str]) -> Answer | None:
        """The answer to a plain GET; None where it takes the full rules, see `answers.answer`."""
        if environ["REQUEST_METHOD"] != "GET" or not self._whole:
            return None
        if "HTTP_IF_MATCH" in environ or "HTTP_IF_UNMODIFIED_SINCE" in environ:
            return None
        tag = environ.get("HTTP_IF_NONE_MATCH")
        since = environ.get("HTTP_IF_MODIFIED_SINCE")
        coding = self._coding(environ.get("HTTP_ACCEPT_ENCODING"))
        if coding is None:
            return None
        known = self._has(tag) if tag is not None else self._is_since(since)
        return self._same[coding] if known else self._whole[coding]

    def _has(self, listed: str) -> bool:
        """Whether an If-None-Match names this document; most name one edition of it."""
        return listed in self._tags or matches(self._tags, listed, weak=True)

    def _is_since(self, text: str | None) -> bool:
        """Whether an If-Modified-Since is not older; most are the date of one of few editions."""
        if text is None:
            return False
        known = self._dates.get(text)
        if known is None:
            since = seconds_of(text, time.time())
            known = since is not None and self.document.modified <= since
            if len(self._dates) < KNOWN_WISHES:
                self._dates[text] = known
        return known

    def _coding(self, accepted: str | None) -> str | None:
        coding = self._codings.get(accepted)
        if coding is None:
            coding = choose_coding(self.document, accepted)
            if coding and len(self._codings) < KNOWN_WISHES:
                self._codings[accepted] = coding
        return coding
