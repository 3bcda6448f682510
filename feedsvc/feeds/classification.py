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
_RULES = "2"  # to be raised with every change of what is here or in slugs and matching


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
        found = [SITE, *_sections(article.section)]
        found += [_of_author(author.name) for author in article.authors]
        found += [_of_tag(tag) for tag in article.tags]
        if article.original and article.original.source:
            found.append(_of_source(article.original.source))
        found += self._configured(article)
        return tuple({one[:2]: one for one in found}.values())

    def _configured(self, article: Article) -> Iterator[Collection]:
        if not self._tables:
            return
        said = cache(lambda: words_of(article))  # for all tables, and only if one asks
        for table, excluded in self._tables:
            if passes(article, table, self._language, said) and not any(
                passes(article, one, self._language, said) for one in excluded
            ):
                yield Collection(CollectionKind.CONFIGURED, table.name, table.title)


def _one_by_one(excluded: Filter) -> list[Filter]:
    """A filter for each key: an article that fits any of them is left out."""
    return [Filter(**{key: getattr(excluded, key)}) for key in keys(excluded)]


# Every article of an import names some of the same few.
@lru_cache(maxsize=4096)
def _sections(section: str) -> tuple[Collection, ...]:
    """The section and those above it: who subscribes to a folder wants all that is below."""
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
