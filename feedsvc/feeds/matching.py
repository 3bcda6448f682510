"""Matches articles against the filters of `[[feeds]]`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time
from html import unescape

from feedsvc.config import Filter
from feedsvc.feeds.slugs import section_slug, slug
from feedsvc.model import Article

_TAG = re.compile(r"<[^>]*>")
_WORD = re.compile(r"\w+")
_PART = re.compile(r'"([^"]*)"?|(\S+)')

Words = str  # of a text, with a space before, between and after them


def passes(article: Article, wanted: Filter, language: str, words: Callable[[], Words]) -> bool:
    """Whether the article has one of the values of each key that the filter gives.

    `language` is the default for articles without one; `words` returns the article's words.
    """
    return (
        (not wanted.section or _below(article.section, wanted.section))
        and (not wanted.author or _any_of((a.name for a in article.authors), wanted.author))
        and (not wanted.tag or _any_of(article.tags, wanted.tag))
        and (not wanted.source or _any_of(_sources(article), wanted.source))
        and (not wanted.language or _speaks(article.language or language, wanted.language))
        and (not wanted.since or _since(article, wanted))
        and (not wanted.match or any(_matches(words(), query) for query in wanted.match))
    )


def keys(wanted: Filter) -> list[str]:
    """The keys that the filter gives."""
    return [key for key in Filter.model_fields if getattr(wanted, key)]


def words_of(article: Article) -> Words:
    """The normalised words of title and text."""
    return _words(f"{article.title} {unescape(_TAG.sub(' ', article.content))}")


def _words(text: str) -> Words:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return f" {' '.join(_WORD.findall(folded))} "


def _matches(text: Words, query: str) -> bool:
    """Whether the text contains all words and "quoted phrases" of the query."""
    terms = [_words(phrase or word) for phrase, word in _PART.findall(query)]
    terms = [term for term in terms if term.strip()]  # a dash alone is not a word
    return bool(terms) and all(term in text for term in terms)


def _below(section: str, sections: Iterable[str]) -> bool:
    mine = section_slug(section) + "/"
    return any(mine.startswith(section_slug(one.strip("/")) + "/") for one in sections)


def _any_of(names: Iterable[str], wanted: Iterable[str]) -> bool:
    return not {slug(name) for name in names}.isdisjoint(slug(name) for name in wanted)


def _sources(article: Article) -> Iterable[str]:
    return [article.original.source] if article.original and article.original.source else []


def _speaks(language: str, wanted: Iterable[str]) -> bool:
    """Whether a language is one of these or a variety of one (RFC 4647 section 3.3.1)."""
    mine = language.lower() + "-"
    return any(mine.startswith(one.lower() + "-") for one in wanted)


def _since(article: Article, wanted: Filter) -> bool:
    first = datetime.combine(wanted.since, time(), UTC) if wanted.since else None
    return first is not None and article.published is not None and article.published >= first
