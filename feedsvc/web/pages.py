"""Pages for people: the site's own, which lists the feeds, and one for each article."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

from jinja2 import Environment, PackageLoader, StrictUndefined

from feedsvc.config import Config
from feedsvc.feeds.addressing import for_page, page_path
from feedsvc.feeds.catalogue import Format, feeds, path
from feedsvc.feeds.document import document
from feedsvc.feeds.syndication import entry_link
from feedsvc.model import Document, Edition, Entry

HTML = "text/html; charset=utf-8"

_templates = Environment(
    loader=PackageLoader("feedsvc.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

_STYLE = _templates.get_template("style.css").render()
_STYLE_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    "default-src 'none'; img-src * data:; media-src *; "
    f"style-src 'sha256-{_STYLE_DIGEST}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def index_page(config: Config, edition: Edition) -> Document:
    """The page at `/`: every feed, how to subscribe, the newest articles."""
    return _page(config, edition, "index.html", entries=edition.entries)


def article_page(config: Config, edition: Edition, entry: Entry) -> Document:
    """The article's own page."""
    return _page(config, edition, "article.html", entry=for_page(config, entry))


def _page(config: Config, edition: Edition, template: str, **values: object) -> Document:
    html = _templates.get_template(template).render(
        site=config.site,
        home=config.address("/"),
        style=_STYLE,
        feeds=[
            (feed, [(form, config.address(path(feed, form))) for form in Format])
            for feed in feeds(config)
        ],
        entry_link=lambda entry: entry_link(config, entry),
        entry_page=lambda entry: config.address(page_path(entry)),
        **values,
    )
    made = document(html.encode(), HTML, edition.modified)
    return replace(made, policy=_POLICY, next_due=edition.next_due)
