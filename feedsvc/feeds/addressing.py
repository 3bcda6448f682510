"""Where entries have their pages, and the site's own address in what they say.

The ledger keeps `SITE_ADDRESS` for the address of the site; here it becomes `site.base_url`.
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
# In safe HTML `<`, `>` and `"` are characters of a tag only where they make one.
_TO_A_PLACE = re.compile(r'(<a(?: [^<>]*)? href=")(?=#)')


def page_path(entry: Entry) -> str:
    """Where the entry's own page is, below the site's base URL."""
    return page_of(entry.id)


def page_of(entry_id: str) -> str:
    """The same of the entry with this id."""
    return "/articles/" + entry_id.removeprefix("urn:uuid:")


def entry_link(config: Config, entry: Entry) -> str:
    """Where the entry's link leads: the Original where there is one and it is wanted."""
    original = entry.article.original
    if original and config.entry.link == "original":
        return original.url
    return config.address(page_path(entry))


def for_page(config: Config, entry: Entry) -> Entry:
    """The entry as its own page shows it: `#place` leads to a place on that page."""
    return replace(entry, article=_at_home(entry.article, config.site.base_url))


def for_feed(config: Config, entry: Entry) -> Entry:
    """The entry as feeds show it: `#place` leads to the page, for a feed has no relative links."""
    shown = for_page(config, entry)
    page = escape(config.address(page_path(entry)), quote=False)
    content = _TO_A_PLACE.sub(lambda found: found[1] + page, shown.article.content)
    return replace(shown, article=replace(shown.article, content=content))


def _at_home(article: Article, base_url: str) -> Article:
    """The article with the site's address in every link; its content is HTML, the rest is not."""
    plain = partial(at_home, base_url=base_url)
    original = article.original
    return replace(
        article,
        content=at_home(article.content, escape(base_url, quote=False)),
        image=plain(article.image),
        enclosures=tuple(replace(one, url=plain(one.url)) for one in article.enclosures),
        authors=tuple(replace(person, uri=plain(person.uri)) for person in article.authors),
        original=replace(original, url=plain(original.url)) if original else None,
    )


def at_home(text: str, base_url: str) -> str:
    """A text with the site's address in each link to the site."""
    return _OURS.sub(lambda _: base_url, text) if SITE_ADDRESS in text else text
