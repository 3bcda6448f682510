"""Properties of the site and of entries that all formats share."""

from __future__ import annotations

from urllib.parse import quote, urljoin

from feedsvc.config import Config
from feedsvc.model import Article

_IN_ADDRESSES = "!#$%&'()*+,/:;=?@[]~"  # besides letters and digits (RFC 3986 section 2.2)


def absolute(config: Config, icon: str) -> str:
    """The absolute URL of a picture that the configuration gives by path or URL."""
    return quote(urljoin(config.address("/"), icon), safe=_IN_ADDRESSES) if icon else ""


def categories(article: Article) -> list[str]:
    """The tags and the section, without duplicates that differ in case only."""
    terms: dict[str, str] = {}
    for term in (*article.tags, *filter(None, [article.section])):
        terms.setdefault(term.casefold(), term)
    return list(terms.values())


def gist(article: Article) -> str:
    """A substitute for omitted content: plain text that is never empty."""
    return article.summary or article.title


def foreign(config: Config, article: Article) -> str:
    """The article's language; empty if it is the site's."""
    other = article.language.casefold() != config.site.language.casefold()
    return article.language if other else ""
