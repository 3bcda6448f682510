"""What every format says alike of the site and of an entry."""

from __future__ import annotations

from urllib.parse import quote, urljoin

from feedsvc.config import Config
from feedsvc.model import Article

_IN_ADDRESSES = "!#$%&'()*+,/:;=?@[]~"  # besides letters and digits (RFC 3986 section 2.2)


def absolute(config: Config, icon: str) -> str:
    """The address of a picture that the configuration names by a path or an address."""
    return quote(urljoin(config.address("/"), icon), safe=_IN_ADDRESSES) if icon else ""


def categories(article: Article) -> list[str]:
    """The tags and the section; of those that differ in case alone the first."""
    found: dict[str, str] = {}
    for term in (*article.tags, *filter(None, [article.section])):
        found.setdefault(term.casefold(), term)
    return list(found.values())


def gist(article: Article) -> str:
    """What stands for the text where that is left out: plain text that is never empty."""
    return article.summary or article.title


def foreign(config: Config, article: Article) -> str:
    """The article's language where it is not the site's; else empty."""
    other = article.language.casefold() != config.site.language.casefold()
    return article.language if other else ""
