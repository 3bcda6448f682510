"""The URLs of entries, and the site's base URL in their content.

The ledger stores the placeholder `SITE_ADDRESS`, which is replaced by `site.base_url` here.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from html import escape

from feedsvc.config import Config
from feedsvc.model import SITE_ADDRESS, Article, Entry

# A whole address: `http://site.invalid.example` and `http://site.invalid:80` are other sites.
_OURS = re.compile(re.escape(SITE_ADDRESS) + r"""(?![^\s/?#"'<>])""")
# In safe HTML, unescaped `<`, `>` and `"` occur in tags only.
_FRAGMENT_LINK = re.compile(r'(<a(?: [^<>]*)? href=")(?=#)')


def page_path(entry: Entry) -> str:
    """The path of the entry's page, below the site's base URL."""
    return page_of(entry.id)


def page_of(entry_id: str) -> str:
    """The path of the page of the entry with this id."""
    return "/articles/" + entry_id.removeprefix("urn:uuid:")


def entry_link(config: Config, entry: Entry) -> str:
    """The target of the entry's link: its Original, if configured and present, else its page."""
    original = entry.article.original
    if original and config.entry.link == "original":
        return original.url
    return config.address(page_path(entry))


def for_page(config: Config, entry: Entry) -> Entry:
    """The entry as shown on its page, where fragment links stay relative."""
    return replace(entry, article=_with_base_url(entry.article, config.site.base_url))


def for_feed(config: Config, entry: Entry) -> Entry:
    """The entry as shown in feeds, where fragment links lead to its page."""
    shown = for_page(config, entry)
    page = escape(config.address(page_path(entry)), quote=False)
    content = _FRAGMENT_LINK.sub(lambda match: match[1] + page, shown.article.content)
    return replace(shown, article=replace(shown.article, content=content))


def _with_base_url(article: Article, base_url: str) -> Article:
    """The article with the base URL in every link: escaped in its content, which is HTML."""
    plain = partial(with_base_url, base_url=base_url)
    original = article.original
    return replace(
        article,
        content=with_base_url(article.content, escape(base_url, quote=False)),
        image=plain(article.image),
        enclosures=tuple(replace(file, url=plain(file.url)) for file in article.enclosures),
        authors=tuple(replace(person, uri=plain(person.uri)) for person in article.authors),
        original=replace(original, url=plain(original.url)) if original else None,
    )


def with_base_url(text: str, base_url: str) -> str:
    """The text with the base URL in each link to the site."""
    return _OURS.sub(lambda _: base_url, text) if SITE_ADDRESS in text else text
