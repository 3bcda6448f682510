"""Renders Markdown and sanitises HTML: the result is safe to publish."""

from __future__ import annotations

import re
from collections import Counter
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from html import escape, unescape

import nh3

from feedsvc.addresses import is_web_address
from feedsvc.reading.markup import embeds, headings, hiding, lazy_images, nesting, placeholders
from feedsvc.reading.markup.content import xml_text
from feedsvc.reading.markup.elements import ATTRIBUTES, CONTROLS, REMOVED_WITH_CONTENT, TAGS
from feedsvc.reading.markup.links import SCHEMES, Target, is_normalized, srcset, target
from feedsvc.reading.markup.unwrapping import unwrapped
from feedsvc.reading.source import Source
from feedsvc.reading.templates.comments import has_comments

_MEDIA_TAGS = frozenset(("img", "source", "video", "audio", "track"))

# An image as a data URL; a shorter one is a placeholder.
_EMBEDDED_IMAGE = re.compile(
    r"""<img\b[^<>]*?\ssrc\s*+=\s*+["']?\s*+data:image/[^"'<>]{2000}""", re.IGNORECASE
)

_LANGUAGE = re.compile(r"(?:^|\s)(language-[\w+#.-]+)")
# The sanitiser escapes `<`, `>` and `"` in attributes, so these patterns match exactly the tags.
_SRCSET_WITHOUT_SRC = re.compile(r'<img(?![^>]* src=")(?=[^>]* srcset="([^\s"]*[^\s",]))')
_WITHOUT_ADDRESS = re.compile(
    r'<(?:img(?![^>]* src=")|source(?![^>]* src(?:set)?=")|track(?![^>]* src="))[^>]*>'
)
_ALT = re.compile(r' alt="([^"]*)"')
_ID = re.compile(r'(<[a-z][^<>]*?) id="([^"]*)"')
_RENDERED_LINK = re.compile(r'<(?P<tag>a|img) (?P<name>href|src)="(?P<value>[^"]*)"')
_NAMED_ANCHOR = re.compile(r'<a(?![^>]* id=")([^>]*?) name="([^"]*)"')
_PRE_AND_NEWLINE = re.compile(r"(<pre[^>]*>)\n")


@dataclass(frozen=True, slots=True)
class Content:
    """HTML that is safe to publish, and the paths below the root of the files that it links."""

    html: str
    media: tuple[str, ...]


@dataclass(slots=True)
class _Page:
    """The article whose HTML is being sanitised, and the files it has linked so far."""

    source: Source
    media: dict[str, None] = field(default_factory=dict)

    def link(self, tag: str, value: str) -> str | None:
        """The resolved address of a link; None if it has no target."""
        found = target(value, self.source, file=tag in _MEDIA_TAGS)
        if found is None or not (tag == "a" or is_web_address(found.address)):
            return None
        return self._address(found)

    def candidates(self, value: str) -> str | None:
        """A `srcset` with absolute addresses; None if no candidate has one."""
        resolved = srcset(value, self.source)
        return (
            ", ".join(f"{self._address(found)} {size}".strip() for found, size in resolved) or None
        )

    def _address(self, found: Target) -> str:
        if found.media:
            self.media[found.media] = None
        return found.address


_page: ContextVar[_Page] = ContextVar("_page")


class Rendered(str):
    """HTML produced entirely by the renderer, which writes only allowed elements and attributes.

    Only its links still need resolving. A slice or concatenation is an ordinary `str` again.
    """

    __slots__ = ()


def from_markdown(text: str) -> str:
    """Renders GitHub's Markdown (with tables, strikethrough, autolinks, footnotes) to HTML.

    HTML passes through, so the result is not safe yet. Attribute lists are removed, formulas are
    unchanged, and headings get ids.
    """
    html = headings.with_ids(placeholders.from_markdown(text))
    return html if "<" in text or hiding.has_marker(html) else Rendered(html)


def safe(html: str, source: Source) -> Content:
    """Sanitises HTML. Links become absolute, except for those to a fragment of the article.

    Raises:
        ReadError: `too-deep`, see `nesting.check`.
    """
    page = _Page(source)
    if "data:image/" in html and _EMBEDDED_IMAGE.search(html):
        message = "an image is embedded in the text (data:image/…), so it is not shown"
        source.remark("embedded-image", f"{message}; save it as a file beside the article")
    if "<img" in html and embeds.PLAYER.search(html):
        html = embeds.without_players(html)
    if isinstance(html, Rendered) and "footnote" not in html:  # footnotes have other attributes
        nesting.check(html)
        return Content(_linked(html, page), tuple(page.media))
    html = unwrapped(lazy_images.shown(_visible(xml_text(html), source)))
    html = _without_hidden(html, source)  # removing an unclosed tag may have revealed more elements
    nesting.check(html)
    before = _page.set(page)
    try:
        cleaned = _CLEANER.clean(html)
    finally:
        _page.reset(before)
    if "&#" in html:  # the sanitiser has decoded `&#11;`
        cleaned = xml_text(cleaned)
    return Content(_with_fallbacks(cleaned), tuple(page.media))


def _visible(html: str, source: Source) -> str:
    """The HTML without hidden elements; these and unclosed comments are reported."""
    if has_comments(html, markdown=False):
        message = "the HTML contains a comment that is not closed, so no text after it is shown"
        source.remark("unclosed-comment", f"{message}; close it")
    return _without_hidden(html, source)


def _without_hidden(html: str, source: Source) -> str:
    html, hidden = hiding.without_hidden(html)
    hiding.report(hidden, source)
    return html


def _linked(html: Rendered, page: _Page) -> str:
    """Rendered HTML with resolved links.

    The sanitiser, which takes longer than the renderer, would change nothing else; a test compares
    the two.
    """
    text = xml_text(html).replace(" />", ">")  # the renderer has decoded `&#11;`
    text = _RENDERED_LINK.sub(partial(_with_resolved_link, page), text)
    return _finished(_with_alt_texts(text) if "<img" in text else text)


def _with_resolved_link(page: _Page, found: re.Match[str]) -> str:
    tag, name, value = found.groups()
    if is_normalized(value):
        return found[0]
    link = page.link(tag, unescape(value))
    return f'<{tag} {name}="{escape(link)}"' if link else f"<{tag}"


def _attribute(tag: str, name: str, value: str) -> str | None:
    """The sanitiser's attribute filter: the new value, or None to drop it. It must not raise."""
    if name in ("href", "src", "poster", "cite"):
        return _page.get().link(tag, value)
    if name == "srcset":
        return _page.get().candidates(value)
    if name == "class":
        found = _LANGUAGE.search(value)
        return found[1] if found else None
    return value


def _with_fallbacks(html: str) -> str:
    """Sanitised HTML with the `alt` text in place of images that have no address."""
    if "<img" in html or "<source" in html or "<track" in html:
        html = _with_alt_texts(html)
    if " name=" in html:  # obsolete: HTML now uses `id`
        html = _NAMED_ANCHOR.sub(r'<a\1 id="\2"', html)
    return _finished(html)


def _with_alt_texts(html: str) -> str:
    html = _SRCSET_WITHOUT_SRC.sub(r'<img src="\1"', html)
    if not _WITHOUT_ADDRESS.search(html):
        return html
    counts = Counter(_ALT.findall(html))
    return _WITHOUT_ADDRESS.sub(partial(_alt_text, counts), html)


def _finished(html: str) -> str:
    """Removes repeated ids and preserves a newline at the start of `<pre>`."""
    if html.count(' id="') > 1:
        html = _ID.sub(partial(_with_unique_id, set()), html)
    if "<pre" in html:  # a parser drops a newline that follows `<pre>` directly
        html = _PRE_AND_NEWLINE.sub(r"\1\n\n", html)
    return html.strip()


def _alt_text(counts: Counter[str], found: re.Match[str]) -> str:
    """The `alt` text of an image, unless another image has the same one."""
    alt = _ALT.search(found[0])
    return alt[1] if alt and counts[alt[1]] == 1 else ""


def _with_unique_id(taken: set[str], found: re.Match[str]) -> str:
    """The start of a tag, without its id if an earlier element has the same one."""
    if found[2] in taken:
        return found[1]
    taken.add(found[2])
    return found[0]


# Shared by the whole process: building one takes longer than cleaning an article.
_CLEANER = nh3.Cleaner(
    tags=TAGS,
    clean_content_tags=REMOVED_WITH_CONTENT,
    attributes={"*": {"id", "lang", "dir"}, **ATTRIBUTES},
    attribute_filter=_attribute,
    set_tag_attribute_values=CONTROLS,
    link_rel=None,
    url_schemes={"http", "https", *SCHEMES},
)
