"""Markup becomes HTML that is safe to publish: Markdown rendered, HTML sanitised."""

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
from feedsvc.reading.markup.elements import ATTRIBUTES, CONTROLS, LEFT_OUT, TAGS
from feedsvc.reading.markup.links import SCHEMES, Target, is_normalized, srcset, target
from feedsvc.reading.markup.unwrapping import unwrapped
from feedsvc.reading.source import Source
from feedsvc.reading.templates.comments import has_comments

_SHOWING = frozenset(("img", "source", "video", "audio", "track"))

# An address that is a picture; what is shorter is a placeholder.
_WHOLE_PICTURE = re.compile(
    r"""<img\b[^<>]*?\ssrc\s*+=\s*+["']?\s*+data:image/[^"'<>]{2000}""", re.IGNORECASE
)

_LANGUAGE = re.compile(r"(?:^|\s)(language-[\w+#.-]+)")
# The sanitiser writes `<`, `>` and `"` in attributes as entities, so a tag is what it looks like.
_IMAGE_OF_A_SET = re.compile(r'<img(?![^>]* src=")(?=[^>]* srcset="([^\s"]*[^\s",]))')
_NOTHING_TO_SHOW = re.compile(
    r'<(?:img(?![^>]* src=")|source(?![^>]* src(?:set)?=")|track(?![^>]* src="))[^>]*>'
)
_ALTERNATIVE = re.compile(r' alt="([^"]*)"')
_ID = re.compile(r'(<[a-z][^<>]*?) id="([^"]*)"')
_RENDERED_LINK = re.compile(r'<(?P<tag>a|img) (?P<name>href|src)="(?P<value>[^"]*)"')
_NAMED_PLACE = re.compile(r'<a(?![^>]* id=")([^>]*?) name="([^"]*)"')
_PRE_AND_LINE_END = re.compile(r"(<pre[^>]*>)\n")


@dataclass(frozen=True, slots=True)
class Content:
    """HTML that is safe to publish, and the paths of the files in the folder that it shows."""

    html: str
    media: tuple[str, ...]


@dataclass(slots=True)
class _Page:
    """The article whose HTML is being sanitised, and what was found in it so far."""

    source: Source
    media: dict[str, None] = field(default_factory=dict)

    def link(self, tag: str, value: str) -> str | None:
        """Where a link leads; None where it leads nowhere."""
        found = target(value, self.source, file=tag in _SHOWING)
        if found is None or not (tag == "a" or is_web_address(found.address)):
            return None
        return self._noted(found)

    def candidates(self, value: str) -> str | None:
        """A `srcset` of absolute addresses; None where none is left."""
        found = srcset(value, self.source)
        return ", ".join(f"{self._noted(where)} {size}".strip() for where, size in found) or None

    def _noted(self, found: Target) -> str:
        if found.media:
            self.media[found.media] = None
        return found.address


_page: ContextVar[_Page] = ContextVar("_page")


class Rendered(str):
    """HTML that the renderer made, all of it: every element and attribute is one that it knows.

    What is left to be done are the links. A slice of it is any HTML again.
    """

    __slots__ = ()


def from_markdown(text: str) -> str:
    """GitHub's Markdown (with tables, strikethrough, autolinks, footnotes) as HTML.

    HTML in it passes through, so the result is not safe yet. Lists of attributes go, formulas stay
    as they are, and headings get ids.
    """
    html = headings.with_ids(placeholders.from_markdown(text))
    return html if "<" in text or hiding.has_mark(html) else Rendered(html)


def safe(html: str, source: Source) -> Content:
    """What readers show of `html`, with links that are absolute or lead to a place in it.

    Raises:
        ReadError: `too-deep`, see `nesting.check`.
    """
    page = _Page(source)
    if "data:image/" in html and _WHOLE_PICTURE.search(html):
        message = "a picture is written into the text itself (data:image/…), and so is not shown"
        source.remark("embedded-image", f"{message}; save it as a file beside the article")
    if "<img" in html and embeds.PLAYER.search(html):
        html = embeds.without_players(html)
    if isinstance(html, Rendered) and "footnote" not in html:  # these have attributes of all kinds
        nesting.check(html)
        return Content(_linked(html, page), tuple(page.media))
    html = unwrapped(_visible(lazy_images.shown(xml_text(html)), source))
    html = _without_hidden(html, source)  # behind a tag that nothing closes, which is gone now
    nesting.check(html)
    before = _page.set(page)
    try:
        cleaned = _CLEANER.clean(html)
    finally:
        _page.reset(before)
    if "&#" in html:  # `&#11;` has become a character by now
        cleaned = xml_text(cleaned)
    return Content(_mended(cleaned), tuple(page.media))


def _visible(html: str, source: Source) -> str:
    """The HTML without what it hides; what nobody sees of it, for whatever reason, is told of."""
    if has_comments(html, markdown=False):
        message = "a comment begins in its HTML that nothing closes, so no text behind it is shown"
        source.remark("unclosed-comment", f"{message}; close it")
    return _without_hidden(html, source)


def _without_hidden(html: str, source: Source) -> str:
    html, hidden = hiding.without_hidden(html)
    hiding.report(hidden, source)
    return html


def _linked(html: Rendered, page: _Page) -> str:
    """Rendered HTML with the links of its article; the sanitiser, which takes longer than the
    renderer, would change nothing else in it (a test holds the two against one another)."""
    text = xml_text(html).replace(" />", ">")  # `&#11;` is a character by now
    text = _RENDERED_LINK.sub(partial(_relinked, page), text)
    return _finished(_with_pictures(text) if "<img" in text else text)


def _relinked(page: _Page, found: re.Match[str]) -> str:
    tag, name, value = found.groups()
    if is_normalized(value):
        return found[0]
    link = page.link(tag, unescape(value))
    return f'<{tag} {name}="{escape(link)}"' if link else f"<{tag}"


def _attribute(tag: str, name: str, value: str) -> str | None:
    """What an attribute that may stay says; None to drop it. It must not raise."""
    if name in ("href", "src", "poster", "cite"):
        return _page.get().link(tag, value)
    if name == "srcset":
        return _page.get().candidates(value)
    if name == "class":
        found = _LANGUAGE.search(value)
        return found[1] if found else None
    return value


def _mended(html: str) -> str:
    """Sanitised HTML, with a text in place of each picture that has no address."""
    if "<img" in html or "<source" in html or "<track" in html:
        html = _with_pictures(html)
    if " name=" in html:  # HTML has ids in its place now
        html = _NAMED_PLACE.sub(r'<a\1 id="\2"', html)
    return _finished(html)


def _with_pictures(html: str) -> str:
    html = _IMAGE_OF_A_SET.sub(r'<img src="\1"', html)
    if not _NOTHING_TO_SHOW.search(html):
        return html
    said = Counter(_ALTERNATIVE.findall(html))
    return _NOTHING_TO_SHOW.sub(partial(_text_of, said), html)


def _finished(html: str) -> str:
    """Of several elements with one id, the first keeps it; code begins with all its line ends."""
    if html.count(' id="') > 1:
        html = _ID.sub(partial(_first_with, set()), html)
    if "<pre" in html:  # a parser drops the first line end of a `<pre>`
        html = _PRE_AND_LINE_END.sub(r"\1\n\n", html)
    return html.strip()


def _text_of(said: Counter[str], found: re.Match[str]) -> str:
    """The text that stands for a picture, unless another picture has the same one."""
    text = _ALTERNATIVE.search(found[0])
    return text[1] if text and said[text[1]] == 1 else ""


def _first_with(taken: set[str], found: re.Match[str]) -> str:
    """The beginning of a tag, with its id if nothing before has that one."""
    if found[2] in taken:
        return found[1]
    taken.add(found[2])
    return found[0]


# One for the process: to make it takes longer than to clean an article.
_CLEANER = nh3.Cleaner(
    tags=TAGS,
    clean_content_tags=LEFT_OUT,
    attributes={"*": {"id", "lang", "dir"}, **ATTRIBUTES},
    attribute_filter=_attribute,
    set_tag_attribute_values=CONTROLS,
    link_rel=None,
    url_schemes={"http", "https", *SCHEMES},
)
