"""HTML pages, as an editor writes them or a browser saves them: metadata and the article in it.

Title: JSON-LD, Open Graph, Dublin Core, the one `<h1>` of the text, `<title>`. Dates: JSON-LD,
`<meta>`, `<time datetime>`. Text: `<article>`, else `<main>`, else `<body>` without what stands
around a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring, tostring

from feedsvc.articles import lazy_images, markdown, redirecting, template_tags
from feedsvc.articles.composing import compose
from feedsvc.articles.content import is_visible, one_line
from feedsvc.articles.fields import Fields
from feedsvc.articles.html_metadata import Metadata
from feedsvc.articles.links import Base
from feedsvc.articles.refusal import Refusal
from feedsvc.articles.source import HTML, Source
from feedsvc.articles.unwrapping import closed
from feedsvc.model import Article

_BEGINS = re.compile(rb"\s*<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_BEGINNING = 200  # characters
_NO_TEXT = ("script", "style", "template", "nav")
_AROUND = ("header", "footer", "aside")
_LINKS = ("href", "src", "poster", "cite")


def fits(source: Source) -> bool:
    """Whether the file's name or its beginning says that it is HTML.

    Some who write Markdown call it so: their text begins with a heading.
    """
    if source.suffix in HTML:
        return not markdown.begins(source.text)
    return begins(source.text[:_BEGINNING].encode())


def begins(data: bytes) -> bool:
    """Whether bytes begin as HTML, in any encoding that holds ASCII."""
    return bool(_BEGINS.match(data))


def read(source: Source) -> Article:
    """The Article that the page says.

    A date in the metadata that cannot be read is passed over where another can be.

    Raises:
        Refusal: `no-title`, `no-text`, `too-deep`, or `bad-date` where no date can be read.
        NotAnArticle: it only leads elsewhere.
    """
    page = _page(template_tags.resolved(source, 0, Fields(), markdown=False))
    base = _base(page, source)
    if base:
        _apply(base, page)
    metadata = Metadata.of(page, source, base)
    fields = metadata.fields()
    body = _body(page)
    redirecting.check_page(page, body)
    heading = _heading(body)
    title = fields.title() or (_words(heading) if heading is not None else "") or _named(page)
    date = fields.values["date"] or next(_times(body, metadata), "")
    fields = replace(fields, values={**fields.values, "title": title, "date": date})
    if heading is not None and _words(heading).casefold() == title.casefold():
        heading.drop_tree()
    article = compose(source, fields, str(tostring(body, encoding="unicode", with_tail=False)))
    return replace(article, summary=metadata.description() or article.summary)


def _page(text: str) -> HtmlElement:
    parser = HTMLParser(encoding="utf-8")
    try:
        page = document_fromstring(
            closed(lazy_images.shown(text)).encode("utf-8", "replace"), parser=parser
        )
    except etree.ParserError:
        raise Refusal("no-text", "there is no HTML in the file; write a text") from None
    for error in parser.error_log:
        if error.message.startswith("Excessive depth"):
            message = "its elements are nested too deep; make them simpler"
            raise Refusal("too-deep", message, error.line)
    return page


def _base(page: HtmlElement, source: Source) -> Base | None:
    """What links start from: the first `<base>` with an address says it, and no other."""
    said = (element.get("href") for element in page.iter("base"))
    href = next((href for href in said if href is not None), "")
    return Base.of(href, source) if href else None


def _apply(base: Base, page: HtmlElement) -> None:
    for element in page.iter("*"):
        for name in _LINKS:
            if link := element.get(name):
                element.set(name, base.applied(link))
        if candidates := element.get("srcset"):
            element.set("srcset", base.applied_to_srcset(candidates))


def _body(page: HtmlElement) -> HtmlElement:
    """The element that holds the text, without what is not text: the longest article."""
    etree.strip_elements(page, *_NO_TEXT, with_tail=False)
    articles = page.xpath("//article[not(ancestor::article)]")
    mains = page.xpath("//main | //*[@role='main']")
    if articles:
        return max(articles, key=lambda element: len(element.text_content()))
    if mains:
        return mains[0]
    body = page.find("body")
    body = page if body is None else body
    etree.strip_elements(body, *_AROUND, with_tail=False)
    return body


def _heading(body: HtmlElement) -> HtmlElement | None:
    """The heading of level 1, where there is one alone."""
    headings = list(body.iter("h1"))
    return headings[0] if len(headings) == 1 else None


def _words(element: HtmlElement) -> str:
    return one_line(element.text_content())


def _named(page: HtmlElement) -> str:
    element = page.find("head/title")
    title = _words(element) if element is not None else ""
    return title if is_visible(title) else ""


def _times(body: HtmlElement, metadata: Metadata) -> Iterator[str]:
    """What `<time datetime>` in the text says, where it is a date; `pubdate` marks the one."""
    times = sorted(body.iter("time"), key=lambda time: time.get("pubdate") is None)
    for time in times:
        try:
            yield metadata.moment(time.get("datetime") or "").isoformat()
        except Refusal:
            continue
