"""Reads HTML pages, written in an editor or saved by a browser.

Title: JSON-LD, Open Graph, Dublin Core, the only `<h1>` of the text, `<title>`. Dates: JSON-LD,
`<meta>`, `<time datetime>`. Text: `<article>`, else `<main>`, else `<body>` without headers,
footers and asides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring, tostring

from feedsvc.model import Article
from feedsvc.reading.composing import compose
from feedsvc.reading.errors import ReadError
from feedsvc.reading.formats import markdown, redirecting
from feedsvc.reading.markup import hiding, lazy_images
from feedsvc.reading.markup.content import is_visible, one_line
from feedsvc.reading.markup.links import Base
from feedsvc.reading.markup.unwrapping import closed
from feedsvc.reading.metadata.fields import Fields
from feedsvc.reading.metadata.html_metadata import Metadata
from feedsvc.reading.source import HTML, Source
from feedsvc.reading.templates.tags import expand_tags

_BEGINS = re.compile(rb"\s*<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_BEGINNING = 200  # characters
_ARTICLES = "//article[not(ancestor::article)]"
# Tags and comments allowed in a head, and the elements among them whose content is skipped.
_HEAD_PART = re.compile(
    r"""\s*+<(?:!--.*?-->|[!?][^>]*+>
      | (?P<slash>/?)(?P<name>html|head|title|meta|link|base|script|style|noscript|template)
        (?=[\s/>])(?:"[^"]*+"|'[^']*+'|[^>"'])*+>)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_RAW = frozenset(("title", "script", "style", "template", "noscript"))
_BODY_TAG = re.compile(r"<(?:/(?:body|html)|(body))(?=[\s/>])[^>]*>", re.IGNORECASE)
_NO_TEXT = ("script", "style", "template", "nav")
_AROUND = ("header", "footer", "aside")
# Ids and classes of comments and their containers, but not `has-comments` or `comments-open`.
_COMMENT = re.compile(
    r"(?:(?:post|blog|entry|reader|user)[-_])?comments?"
    r"(?:[-_]?(?:\d+|body|list|area|content|item|text|thread|section|wrapper|wrap|inner))?",
    re.IGNORECASE,
)
_LINKS = ("href", "src", "poster", "cite")


def fits(source: Source) -> bool:
    """Whether the file is HTML, by its name or by its first tag.

    Some Markdown files have an HTML extension; they begin with a heading.
    """
    if source.suffix in HTML:
        return not markdown.begins(source.text)
    return begins(source.text[:_BEGINNING].encode())


def begins(data: bytes) -> bool:
    """Whether bytes begin like an HTML document, in any ASCII-compatible encoding."""
    return bool(_BEGINS.match(data))


def read(source: Source) -> Article:
    """Build an Article from the page.

    An invalid date in the metadata is ignored if another one is valid.

    Raises:
        ReadError: `no-title`, `no-text`, `too-deep`, or `bad-date` if no date is valid.
        NotAnArticle: the page only redirects.
    """
    text = lazy_images.shown(expand_tags(source, 0, Fields(), markdown=False))
    text, hidden = hiding.without_hidden(text, page=True)
    hiding.report(hidden, source)
    page = _page(text)
    base = _base(page, source)
    if base:
        _apply(base, page)
    metadata = Metadata.of(page, source, base)
    fields = metadata.fields()
    body = _body(page)
    redirecting.check_page(page, body, fields, source)
    heading = _heading(body)
    heading_text = _text(heading) if heading is not None else ""
    title = fields.title() or heading_text or _title_element(page)
    date = fields.values["date"] or next(_times(body, metadata), "")
    fields = replace(fields, values={**fields.values, "title": title, "date": date})
    if heading is not None and heading_text.casefold() == title.casefold():
        _drop(heading, fields)
    article = compose(source, fields, str(tostring(body, encoding="unicode", with_tail=False)))
    return replace(article, summary=metadata.description() or article.summary)


def _page(text: str) -> HtmlElement:
    parser = HTMLParser(encoding="utf-8")
    whole = _with_one_body(closed(text))
    try:
        page = document_fromstring(whole.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:
        raise ReadError("no-text", "there is no HTML in the file; write some text") from None
    for error in parser.error_log:
        if error.message.startswith("Excessive depth"):
            message = "the HTML elements are nested too deeply; simplify them"
            raise ReadError("too-deep", message, error.line)
    return page


def _with_one_body(text: str) -> str:
    """The page with its body starting where a browser would start it, and ending with the page.

    libxml2 parses HTML 4: it keeps a `<section>` in the head, and ends the body at `</body>`.
    """
    offset = 0
    while found := _HEAD_PART.match(text, offset):
        offset = found.end()
        name = (found["name"] or "").lower()
        if name in _RAW and not found["slash"]:
            end = re.compile(f"</{name}", re.IGNORECASE).search(text, offset)
            offset = end.start() if end else offset
    rest = _BODY_TAG.sub("", text[offset:])
    start = _BODY_TAG.match(text, offset)
    return f"{text[:offset]}{start[0] if start and start[1] else '<body>'}{rest}"


def _base(page: HtmlElement, source: Source) -> Base | None:
    """The base URL of links, which is that of the first `<base>` with an `href`."""
    hrefs = (element.get("href") for element in page.iter("base"))
    href = next((href for href in hrefs if href is not None), "")
    return Base.of(href, source) if href else None


def _apply(base: Base, page: HtmlElement) -> None:
    for element in page.iter("*"):
        for name in _LINKS:
            if link := element.get(name):
                element.set(name, base.applied(link))
        if candidates := element.get("srcset"):
            element.set("srcset", base.applied_to_srcset(candidates))


def _body(page: HtmlElement) -> HtmlElement:
    """The element with the text, without scripts, styles and navigation.

    It is the only `<article>` that is not a comment, else the main element, else the body.
    """
    etree.strip_elements(page, *_NO_TEXT, with_tail=False)
    articles = [article for article in page.xpath(_ARTICLES) if not _is_comment(article)]
    mains = page.xpath("//main | //*[@role='main']")
    body = page.find("body")
    body = page if body is None else body
    main = mains[0] if len(mains) == 1 and _shows_something(mains[0]) else None
    if len(articles) == 1 and _holds_most(articles[0], body if main is None else main):
        return articles[0]
    if main is not None:
        return main
    if not articles[1:]:
        etree.strip_elements(body, *_AROUND, with_tail=False)
    return body


def _shows_something(element: HtmlElement) -> bool:
    return bool(element.text_content().strip()) or element.find(".//*[@src]") is not None


def _is_comment(article: HtmlElement) -> bool:
    """Whether an `<article>` is a reader's comment."""
    return _is_marked(article) or any(map(_is_marked, article.iterancestors()))


def _is_marked(element: HtmlElement) -> bool:
    """Whether an element's id or class marks a comment or a container of comments."""
    marks = f"{element.get('id', '')} {element.get('class', '')}"
    return element.tag not in ("body", "html") and any(map(_COMMENT.fullmatch, marks.split()))


def _holds_most(article: HtmlElement, whole: HtmlElement) -> bool:
    """Whether an article has at least half of the text of its container.

    Headers, footers, asides and comments do not count.
    """
    outside = sum(len(element.text_content()) for element in _outside(article, whole))
    return len(article.text_content()) * 2 >= len(whole.text_content()) - outside


def _outside(article: HtmlElement, whole: HtmlElement) -> list[HtmlElement]:
    """The outermost headers, footers, asides and comments outside the article."""
    outside = []
    kept = {article, *article.iterancestors()}
    walk = etree.iterwalk(whole, events=("start",))
    for _, element in walk:
        excluded = element.tag in _AROUND or _is_marked(element)
        if excluded and element not in kept:
            outside.append(element)
        if element is article or outside[-1:] == [element]:
            walk.skip_subtree()
    return outside


def _drop(heading: HtmlElement, fields: Fields) -> None:
    """Remove the title heading from the text, unless it contains a link or an image.

    A link to the page itself, or to an anchor in it, does not count.
    """
    own = {"", *(str(fields.values.get(name) or "") for name in ("link", "url", "original"))}
    links = (element.get("href") or "" for element in heading.iter("a"))
    if not any(link not in own and link[:1] != "#" for link in links) and not heading.xpath(
        ".//img"
    ):
        heading.drop_tree()


def _heading(body: HtmlElement) -> HtmlElement | None:
    """The level-1 heading, if there is exactly one."""
    headings = list(body.iter("h1"))
    return headings[0] if len(headings) == 1 else None


def _text(element: HtmlElement) -> str:
    return one_line(element.text_content())


def _title_element(page: HtmlElement) -> str:
    element = page.find("head/title")
    title = _text(element) if element is not None else ""
    return title if is_visible(title) else ""


def _times(body: HtmlElement, metadata: Metadata) -> Iterator[str]:
    """The valid dates of `<time datetime>` elements in the text, those with `pubdate` first."""
    times = sorted(body.iter("time"), key=lambda time: time.get("pubdate") is None)
    for time in times:
        try:
            yield metadata.moment(time.get("datetime") or "").isoformat()
        except ReadError:
            continue
