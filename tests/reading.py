"""Reading one article from a text, for the tests of the layouts."""

from __future__ import annotations

import pytest

from feedsvc.model import Article
from feedsvc.reading.errors import ReadError
from feedsvc.reading.formats.reader import read_article
from feedsvc.reading.source import Reading

HOW = Reading(base_url="https://feeds.example/news", site_id="test")


def read(text: str | bytes, path: str = "a/b.md", how: Reading = HOW) -> Article:
    """The Article in `text`, found at `path`."""
    return read_article(path, text.encode() if isinstance(text, str) else text, how)


def refused(text: str | bytes, path: str = "a/b.md") -> ReadError:
    """Why the text is not published."""
    with pytest.raises(ReadError) as caught:
        read(text, path)
    return caught.value


def keys(*lines: str) -> str:
    """A Markdown article with these lines for its front matter, in YAML."""
    return "\n".join(["---", *lines, "---", "Text."])
