"""Markup becomes HTML that is safe to publish: Markdown rendered, HTML sanitised."""

from __future__ import annotations

import re
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from html import escape, unescape
from urllib.parse import quote, unquote

import nh3

from feedsvc.addresses import is_web_address
from feedsvc.articles import nesting, rendering
from feedsvc.articles.content import xml_text
from feedsvc.articles.links import Target, is_ready, srcset, target
from feedsvc.articles.source import Source

_TAGS = frozenset(
    tag
    for group in (
        "p h1 h2 h3 h4 h5 h6 hgroup ul ol li dl dt dd blockquote pre code hr center address",
        "div section article aside header footer main nav details summary",
        "figure figcaption picture source img video audio track",
        "table caption colgroup col thead tbody tfoot tr th td",
        "a abbr b i u em strong del ins s strike sub sup small big mark kbd samp var tt q cite",
        "dfn time data ruby rb rt rp rtc bdi bdo span wbr br",
    )
    for tag in group.split()
)
_DROPPED_WHOLE = frozenset(
    tag
    for group in (
        "script style template iframe object applet svg math canvas map",
        "noscript noembed noframes title dialog",
        "button select option optgroup datalist textarea",
    )
    for tag in group.split()
)
_CELL = ("colspan", "rowspan", "align", "headers")
_SIZE = ("width", "height")
_ATTRIBUTES = {
    "a": {"href", "title", "hreflang"},
    "abbr": {"title"},
    "audio": {"src"},
    "blockquote": {"cite"},
    "code": {"class"},
    "col": {"span", "align"},
    "colgroup": {"span", "align"},
    "data": {"value"},
    "del": {"cite", "datetime"},
    "dfn": {"title"},
    "img": {"src", "srcset", "sizes", "alt", "title", *_SIZE},
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "ol": {"start", "reversed", "type"},
    "pre": {"class"},
    "q": {"cite"},
    "source": {"src", "srcset", "sizes", "type", "media", *_SIZE},
    "td": {*_CELL},
    "th": {*_CELL, "scope", "abbr"},
    "time": {"datetime"},
    "track": {"src", "kind", "srclang", "label"},
    "video": {"src", "poster", *_SIZE},
}
# Without them a reader has no means of playing it.
_CONTROLS = {"video": {"controls": ""}, "audio": {"controls": ""}}

_LANGUAGE = re.compile(r"(?:^|\s)(language-[\w+#.-]+)")
# The sanitiser writes `<`, `>` and `"` in attributes as entities, so a tag is what it looks like.
_IMAGE_OF_A_SET = re.compile(r'<img(?![^>]* src=")(?=[^>]* srcset="([^\s"]*[^\s",]))')
_NOTHING_TO_SHOW = re.compile(
    r'<(?:img(?![^>]* src=")|source(?![^>]* src(?:set)?=")|track(?![^>]* src="))[^>]*>'
)
_RENDERED_LINK = re.compile(r'<(?P<tag>a|img) (?P<name>href|src)="(?P<value>[^"]*)"')
_PRE_AND_LINE_END = re.compile(r"(<pre[^>]*>)\n")

# Attributes as kramdown and Python-Markdown write them: `{: .class #id key="value" name}`.
_ATTRIBUTE_LIST = re.compile(
    r"""\{:[ \t]*+(?:(?:[.\#][\w:-]++
        | [^\W\d][\w:-]*+(?:=(?:"[^"{}\n]*" | '[^'{}\n]*' | [^\s"'{}]++))?)[ \t]*+)+\}""",
    re.VERBOSE,
)
# `## Title {#id .class}`, as Hugo, Zola and kramdown have it
_HEADING_ID = re.compile(r" \{#[\w:. #-]++\}(?=</h[1-6]>)")
_CONTENTS = re.compile(r"(?<![\w.#=\"'-])toc(?![\w=-])")
_SIGN, _CONTENTS_SIGN = "\ue000", "\ue001"  # the second stands for a table of contents
_MARK = re.compile("\\{[\ue000\ue001][0-9]+\\}|%7B%EE%80%8[01][0-9]+%7D")  # also in an address
_MARKED = re.compile(
    r"""(?P<code><(?:pre|code)\b) | (?P<end></(?:pre|code)>) | (?P<gone>
        <p>(?:M\n?)+</p>\n?
      | <tr>\n<td[^<>]*>M</td>(?:\n<td[^<>]*></td>)*\n</tr>\n
      | <(?P<list>[uo]l)>\n<li>[^<>\n]*\n\{\ue001[0-9]+\}</li>\n</(?P=list)>\n?
      | (?:<br[ ]/>)?\n[ ]*M+(?=\n|</)
      | (?<=<p>)M+\n
      | (?<=<li>)M+[ \n]
      | (?<=>)(?<!<p>)M+
      | [ ]M+(?=</h[1-6]>)
    ) | M | %7B%EE%80%8[01][0-9]+%7D""".replace("M", r"(?:\{[\ue000\ue001][0-9]+\})"),
    re.VERBOSE,
)


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
        found = target(value, self.source)
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

    HTML in it passes through, so the result is not safe yet. Lists of attributes go.
    """
    html = _AttributeLists(text).rendered() if "{:" in text else rendering.from_markdown(text)
    if "{#" in text:
        html = _HEADING_ID.sub("", html)
    return html if "<" in text else Rendered(html)


class _AttributeLists:
    """The lists of attributes in a text, which nobody is to see.

    Each is a mark while the text is rendered: what is code, the renderer alone knows. A mark
    begins with a brace as a list does, for that decides what is emphasis before it.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._found: dict[str, str] = {}  # by the mark of each
        self._depth = 0  # of elements that hold code

    def rendered(self) -> str:
        """The text as HTML without them, where they do not stand in code."""
        if _SIGN in self._text or _CONTENTS_SIGN in self._text:
            return rendering.from_markdown(self._text)
        html = rendering.from_markdown(_ATTRIBUTE_LIST.sub(self._mark, self._text))
        return _MARKED.sub(self._unmarked, html)

    def _mark(self, found: re.Match[str]) -> str:
        sign = _CONTENTS_SIGN if _CONTENTS.search(found[0]) else _SIGN
        mark = f"{{{sign}{len(self._found)}}}"
        self._found[mark] = found[0]
        return mark

    def _unmarked(self, found: re.Match[str]) -> str:
        self._depth += 1 if found["code"] else -1 if found["end"] and self._depth else 0
        if found["gone"] and not self._depth:
            return ""
        return _MARK.sub(self._written, found[0])

    def _written(self, mark: re.Match[str]) -> str:
        written = self._found.get(unquote(mark[0]), mark[0])
        if mark[0].startswith("%"):
            return quote(written, safe="%:/?=+$,!*();#")
        return escape(written, quote=False).replace('"', "&quot;")


def safe(html: str, source: Source) -> Content:
    """What readers show of `html`, with links that are absolute or lead to a place in it.

    Raises:
        Refusal: `too-deep`, see `nesting.check`.
    """
    page = _Page(source)
    if isinstance(html, Rendered) and "footnote" not in html:  # these have attributes of all kinds
        nesting.check(html)
        return Content(_linked(html, page), tuple(page.media))
    html = xml_text(html)
    nesting.check(html)
    before = _page.set(page)
    try:
        cleaned = _CLEANER.clean(html)
    finally:
        _page.reset(before)
    if "&#" in html:  # `&#11;` has become a character by now
        cleaned = xml_text(cleaned)
    return Content(_mended(cleaned), tuple(page.media))


def _linked(html: Rendered, page: _Page) -> str:
    """Rendered HTML with the links of its article; the sanitiser, which takes longer than the
    renderer, would change nothing else in it (a test holds the two against one another)."""
    text = xml_text(html).replace(" />", ">")  # `&#11;` is a character by now
    return _mended(_RENDERED_LINK.sub(partial(_relinked, page), text))


def _relinked(page: _Page, found: re.Match[str]) -> str:
    tag, name, value = found.groups()
    if is_ready(value):
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
    """Pictures that lost their address are gone; code begins with as many line ends as it did."""
    if "<img" in html or "<source" in html or "<track" in html:
        html = _IMAGE_OF_A_SET.sub(r'<img src="\1"', html)
        html = _NOTHING_TO_SHOW.sub("", html)
    if "<pre" in html:  # a parser drops the first line end of a `<pre>`
        html = _PRE_AND_LINE_END.sub(r"\1\n\n", html)
    return html.strip()


# One for the process: to make it takes longer than to clean an article.
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_DROPPED_WHOLE,
    attributes={"*": {"id", "lang", "dir"}, **_ATTRIBUTES},
    attribute_filter=_attribute,
    set_tag_attribute_values=_CONTROLS,
    link_rel=None,
    url_schemes={"http", "https", "mailto", "tel"},
)
