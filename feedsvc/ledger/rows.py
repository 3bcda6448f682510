"""Rows of the ledger's tables as the program's values, and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from feedsvc.ledger.schema import entries
from feedsvc.model import (
    BEGINNING,
    MICROSECOND,
    Article,
    Decision,
    Enclosure,
    Entry,
    Original,
    Person,
    Problem,
    StoredEntry,
    in_microseconds,
)

SECOND = 1_000_000  # microseconds


def to_moment(value: int) -> datetime:
    """The moment, in UTC, of a number of microseconds since 1970."""
    return BEGINNING + value * MICROSECOND


def maybe_number(value: datetime | None) -> int | None:
    """The same, None for None."""
    return None if value is None else in_microseconds(value)


def maybe_moment(value: int | None) -> datetime | None:
    """The same as `to_moment`, None for None."""
    return None if value is None else to_moment(value)


def article_row(article: Article) -> dict[str, Any]:
    """The columns of `entries` that an article fills."""
    original = article.original or Original("", "")
    return {
        "path": article.path,
        "title": article.title,
        "content": article.content,
        "summary": article.summary,
        "authors": _json([[a.name, a.uri, a.email] for a in article.authors]),
        "tags": _json(article.tags),
        "source": original.source,
        "original": original.url,
        "language": article.language,
        "image": article.image,
        "image_length": article.image_length,
        "enclosures": _json([[e.url, e.type, e.length, e.duration] for e in article.enclosures]),
        "edited": maybe_number(article.updated),
    }


def _json(values: Sequence[Any]) -> str:
    return json.dumps(values) if values else "[]"


def decision_row(decision: Decision, article: Article | None, revision_time: int) -> dict[str, Any]:
    """The columns of `entries` that a decision and its article fill, at `revision_time`."""
    row = article_row(article) if article else {}
    if decision.article:
        row["digest"] = decision.article.digest
        row["expires"] = maybe_number(decision.article.expires)
    row |= {
        "id": decision.id,
        "key": decision.key,
        "published": in_microseconds(decision.published),
        "released": maybe_number(decision.released),
        "updated": maybe_number(decision.updated),
        "withdrawn": revision_time if decision.withdrawn else None,
        "declared": decision.declared,
    }
    return row


def to_article(row: Row[Any]) -> Article:
    """The article in a row of `entries`."""
    return Article(
        path=row.path,
        title=row.title,
        content=row.content,
        summary=row.summary,
        published=to_moment(row.published),
        authors=tuple(Person(*author) for author in json.loads(row.authors)),
        tags=tuple(json.loads(row.tags)),
        original=Original(row.source, row.original) if row.original else None,
        updated=maybe_moment(row.edited),
        language=row.language,
        image=row.image,
        image_length=row.image_length,
        enclosures=tuple(Enclosure(*enclosure) for enclosure in json.loads(row.enclosures)),
    )


def to_entry(row: Row[Any]) -> Entry:
    """The released entry in a row of `entries`."""
    return Entry(
        id=row.id,
        article=to_article(row),
        published=to_moment(row.published),
        released=to_moment(row.released),
        updated=to_moment(row.updated),
    )


_OF_KNOWN = "id key path digest published released updated withdrawn declared expires"
KNOWN = [entries.c[name] for name in _OF_KNOWN.split()]


def to_known(row: Row[Any]) -> StoredEntry:
    """What a plan needs to know of a row of `entries`, of which KNOWN are enough."""
    return StoredEntry(
        id=row.id,
        key=row.key,
        path=row.path,
        digest=row.digest,
        published=to_moment(row.published),
        released=maybe_moment(row.released),
        updated=maybe_moment(row.updated),
        withdrawn=None if row.withdrawn is None else to_moment(row.withdrawn * SECOND),
        declared=row.declared,
        expires=maybe_moment(row.expires),
    )


def to_problem(row: Row[Any]) -> Problem:
    """A row of `problems`."""
    since = to_moment(row.since)
    return Problem(row.path, row.code, row.message, row.line, row.column, since)


def problem_row(problem: Problem) -> dict[str, Any]:
    """The columns of `problems`; its `since` must be known."""
    return {
        "path": problem.path,
        "code": problem.code,
        "line": problem.line,
        "column": problem.column,
        "message": problem.message,
        "since": maybe_number(problem.since),
    }
