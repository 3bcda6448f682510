"""What a site without feedsvc would do: a Flask view that builds the feed for each request.

It is treated kindly: its articles lie in memory, it answers 304 and it compresses.
"""

from __future__ import annotations

import gzip
import json
import os
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from feedgen.feed import FeedGenerator
from flask import Flask, Response, request

ARTICLES = "PLAIN_VIEW_ARTICLES"  # the variable that names the file of articles

app = Flask(__name__)


@app.get("/feed.atom")
def feed() -> Response:
    """The feed of the articles in the file."""
    file = Path(os.environ[ARTICLES])
    listed = articles(file, file.stat().st_mtime_ns)
    answer = Response(built(listed))
    answer.content_type = "application/atom+xml; charset=utf-8"
    answer.headers["Cache-Control"] = "max-age=300"
    answer.vary.add("Accept-Encoding")
    answer.add_etag()
    answer.last_modified = datetime.fromisoformat(max(one["published"] for one in listed))
    answer.make_conditional(request)
    if answer.status_code == 200 and request.accept_encodings["gzip"]:  # noqa: PLR2004
        answer.set_data(gzip.compress(answer.get_data(), 6, mtime=0))
        answer.content_encoding = "gzip"
    return answer


@lru_cache(maxsize=1)
def articles(file: Path, _changed: int) -> list[dict[str, str]]:
    """The articles, read again when the file has changed."""
    found: list[dict[str, str]] = json.loads(file.read_text(encoding="utf-8"))
    return found


def built(listed: list[dict[str, str]]) -> bytes:
    """The articles as an Atom document."""
    document = FeedGenerator()
    document.id("urn:example:feed")
    document.title("Benchmark")
    document.link(href="http://example.org/feed.atom", rel="self")
    document.updated(max(one["published"] for one in listed))
    for one in listed:
        entry = document.add_entry(order="append")
        entry.id(one["id"])
        entry.link(href=one["link"])
        entry.title(one["title"])
        entry.author(name=one["author"])
        entry.summary(one["summary"])
        entry.content(one["content"], type="html")
        entry.published(one["published"])
        entry.updated(one["published"])
    return bytes(document.atom_str())
