"""Classifies articles into collections: section, author, tag, source and `[[feeds]]`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache, lru_cache

from feedsvc.config import Config, Filter
from feedsvc.feeds.matching import keys, passes, words_of
from feedsvc.feeds.slugs import section_slug, slug
from feedsvc.model import Article, Collection, CollectionKind

SITE = Collection(CollectionKind.SITE, "", "")
_RULES = "2"  # increment with every change to the rules here, in slugs and in matching


class Classifier:
    """Returns the collections of an article; `digest` changes whenever the results may."""

    def __init__(self, config: Config) -> None:
        self._tables = [(table, _one_by_one(table.excluding)) for table in config.feeds]
        self._language = config.site.language
        rules = (_RULES, self._language, *(table.model_dump_json() for table in config.feeds))
        self.digest = hashlib.sha256("\n".join(rules).encode()).hexdigest()

    @property
    def reads_text(self) -> bool:
        """Whether a rule depends on the article's text."""
        return any(table.match or table.excluding.match for table, _ in self._tables)

    def __call__(self, article: Article) -> tuple[Collection, ...]:
        """The article's collections, without duplicates: the site first, `[[feeds]]` last."""
        collections = [SITE, *_sections(article.section)]
        collections += [_of_author(author.name) for author in article.authors]
        collections += [_of_tag(tag) for tag in article.tags]
        if article.original and article.original.source:
            collections.append(_of_source(article.original.source))
        collections += self._configured(article)
        return tuple({one[:2]: one for one in collections}.values())

    def _configured(self, article: Article) -> Iterator[Collection]:
        if not self._tables:
            return
        words = cache(lambda: words_of(article))  # for all tables, and only if one asks
        for table, excluded in self._tables:
            if passes(article, table, self._language, words) and not any(
                passes(article, one, self._language, words) for one in excluded
            ):
                yield Collection(CollectionKind.CONFIGURED, table.name, table.title)


def _one_by_one(excluded: Filter) -> list[Filter]:
    """A filter for each key: an article that passes any of them is excluded."""
    return [Filter(**{key: getattr(excluded, key)}) for key in keys(excluded)]


# The articles of an import share a few names.
@lru_cache(maxsize=4096)
def _sections(section: str) -> tuple[Collection, ...]:
    """The section and its parents: subscribers to a folder want everything below it."""
    folders = section.split("/") if section else []
    paths = ("/".join(folders[:depth]) for depth in range(len(folders), 0, -1))
    return tuple(Collection(CollectionKind.SECTION, section_slug(path), path) for path in paths)


@lru_cache(maxsize=65536)
def _of_author(name: str) -> Collection:
    return Collection(CollectionKind.AUTHOR, slug(name), name)


@lru_cache(maxsize=65536)
def _of_tag(name: str) -> Collection:
    return Collection(CollectionKind.TAG, slug(name), name)


@lru_cache(maxsize=4096)
def _of_source(name: str) -> Collection:
    return Collection(CollectionKind.SOURCE, slug(name), name)
