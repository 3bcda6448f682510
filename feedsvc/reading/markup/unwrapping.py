"""Removes tags that are not allowed, but keeps their text, before HTML is sanitised.

Some elements change how a parser reads what follows: after `<title>` or `<textarea>` it is raw text
up to the closing tag, perhaps to the end of the article; in `<select>` most tags are dropped. So
these tags are removed before a parser sees them. Embedded content is replaced by a link.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape, unescape

from feedsvc.reading.markup.content import plain
from feedsvc.reading.markup.elements import HTML, MATHS
from feedsvc.reading.markup.embeds import anchor
from feedsvc.reading.markup.tags import Rewriter, attributes
from feedsvc.reading.templates import shortcodes
from feedsvc.reading.templates.syntax import Call, folded_name

# Removed with their content if they are closed.
_DROPPED = frozenset(("script", "style", "template"))
# The source of a formula, which browsers do not show.
_ANNOTATIONS = frozenset(("annotation", "annotation-xml"))
# What a drawing defines and does not show where it is written.
_DEFINITIONS = frozenset(("defs", "metadata", "symbol"))
# The content of these is raw text if they are closed.
_RAW_TEXT = frozenset(("textarea", "xmp"))
# Elements that change how a parser reads what follows, up to the closing tag.
_SWALLOWING = (
    *("title", "textarea", "iframe", "noembed", "noframes", "xmp", "plaintext"),
    *("script", "style", "template", "noscript", "select"),
)
# The attributes with the address of the embedded content, in order of preference.
_EMBEDS = {
    "embed": ("src", "data-src"),
    "frame": ("src",),
    "iframe": ("src", "data-src", "data-lazy-src", "data-url"),
    "model-viewer": ("src",),
    "script": ("src",),
    "object": ("data",),
}
# Elements that browsers show as blocks, or separate from the surrounding text.
_BLOCK_LIKE = frozenset(
    tag
    for group in (
        "button canvas dialog dir fieldset form frameset label legend listing menu noframes",
        "optgroup option plaintext select text textarea title desc foreignobject xmp",
    )
    for tag in group.split()
)
_KNOWN = "|".join(sorted(HTML, key=len, reverse=True))
_UNKNOWN = re.compile(
    rf"</?(?!(?:{_KNOWN})[\s/>])[a-z]|<(?:video|audio|figure\s[^<>]*src)\b", re.IGNORECASE
)
_TEMPLATE = re.compile(r"<template(?=[\s>])", re.IGNORECASE)
_PICTURES = ("video", "input", "image")
_SOURCE = re.compile(r"<source\b[^<>]*?\ssrc", re.IGNORECASE)
# Scripts that display content which can also be viewed at the script's address.
_VIEWABLE_SCRIPT = re.compile(
    r"(?:https?:)?//(?:gist\.github\.com/|asciinema\.org/a/|(?:www\.)?jsfiddle\.net/)"
)
_STRING_EXPRESSION = re.compile(r"""\{\s*["'`]([^"'`{}]*)["'`]\s*\}""")
_SOURCE_ATTRIBUTES = {"src", "url"}  # the address of the content that a component displays
# Components whose names, ignoring case, are also HTML elements.
_HTML_NAMED_COMPONENTS = ("Figure", "Embed", "Button")
_ADDRESS_ATTRIBUTES = {"src", "url", "href", "to"}
_OTHERS = ("html", "head", "body", "base", "meta", "param", "input", "area", "map", "font", "svg")
_STANDARD = frozenset(
    (*HTML, *MATHS, *_BLOCK_LIKE, *_EMBEDS, *_DROPPED, *_ANNOTATIONS, *_RAW_TEXT, *_SWALLOWING)
).union(_OTHERS)
_NOT_LINKABLE = ("about:", "data:", "javascript:", "blob:", "file:")


def unwrapped(html: str) -> str:
    """HTML without tags that are not allowed; their text is kept."""
    return _Unwrapping(html).run() if _UNKNOWN.search(html) else html


def closed(html: str) -> str:
    """A page without unclosed tags that would make a parser read the rest of it as text.

    An unclosed `<iframe>` is closed, so that its link is kept.
    """
    lower = html.lower()
    if all(lower.count(f"<{name}") <= lower.count(f"</{name}") for name in _SWALLOWING):
        return html
    return _Closing(html).run()


class _Closing(Rewriter):
    """Removes unclosed tags of `_SWALLOWING`."""

    def rewrite(self, found: re.Match[str]) -> int:
        name = (found["name"] or "").lower()
        if found["slash"] or name not in _SWALLOWING:
            self.parts.append(found[0])
            return found.end()
        end = self.end_tag(name, found.end())
        if end >= 0:
            self.parts.append(self.html[found.start() : end])
        elif name == "iframe":
            self.parts.append(f"{found[0]}</iframe>")
        return max(end, found.end())


@dataclass(slots=True)
class _Unwrapping(Rewriter):
    """Removes tags that are not allowed."""

    formula_end: int = 0
    drawing_end: int = 0
    in_paragraph: bool = False
    open_links: list[str] = field(default_factory=list)  # names of open components that are links
    linked: set[str] = field(default_factory=set)  # addresses

    def rewrite(self, found: re.Match[str]) -> int:
        name, opens = (found["name"] or "").lower(), not found["slash"]
        if self._is_dropped(name, found) and (end := self._end_of_dropped(name, found)) >= 0:
            if name == "script":
                self._script(found, end)
            return self.tag_end(end)
        if name in _RAW_TEXT and opens and (end := self.end_tag(name, found.end())) >= 0:
            self.parts.append(f"\n{escape(unescape(self.html[found.end() : end]), quote=False)}\n")
            return self.tag_end(end)
        is_open_link = bool(self.open_links) and self.open_links[-1] == name
        if is_open_link or _is_component(found["name"] or "", found[0]):
            self._component(name, found)
        elif not name or self._is_kept(name, found, opens):
            self.parts.append(found[0])
        elif name in _EMBEDS and opens:
            self._link(name, found)
        elif name in _PICTURES and opens:
            self._picture(name, found[0])
        elif name == "area" and opens:
            self._area(found[0])
        elif name in _BLOCK_LIKE:
            self.parts.append("\n")
        return found.end()

    def _end_of_dropped(self, name: str, found: re.Match[str]) -> int:
        """The start of the closing tag of an element that is dropped; templates may be nested."""
        end = self.end_tag(name, found.end())
        if name != "template":
            return end
        start = found.end()
        while 0 <= (nested := self.find_next(_TEMPLATE, start)) < end:
            start, after = nested + 1, self.end_tag(name, end + 1)
            if after < 0:
                break
            end = after
        return end

    def _script(self, found: re.Match[str], end: int) -> None:
        """Append what a script shows: a formula of MathJax 2, or a link to what it embeds."""
        kind = _attributes(found[0]).get("type", "")
        if kind.startswith("math/tex"):
            formula = self.html[found.end() : end].strip()
            opening, closing = ("\\[", "\\]") if "display" in kind else ("\\(", "\\)")
            self.parts.append(f"{opening}{escape(formula, quote=False)}{closing}")
        else:
            self._link("script", found)

    def _is_dropped(self, name: str, found: re.Match[str]) -> bool:
        if found["slash"]:
            return False
        if name == "svg":
            self.drawing_end = self.end_tag(name, found.end())
        is_annotation = found.start() < self.formula_end and name in _ANNOTATIONS
        is_definition = found.start() < self.drawing_end and name in _DEFINITIONS
        return name in _DROPPED or is_annotation or is_definition

    def _is_kept(self, name: str, found: re.Match[str], opens: bool) -> bool:
        if name == "math":
            if opens and found.start() < self.formula_end:
                return False  # formulas do not nest
            self.formula_end = self.end_tag(name, found.end()) if opens else self.formula_end
            return found.start() <= self.formula_end
        if found.start() < self.formula_end or name in MATHS:
            return name in MATHS and found.start() < self.formula_end
        if name in ("video", "audio") and opens:
            return self._has_source(name, found)
        if name == "p":
            self.in_paragraph = opens
        return name in HTML

    def _has_source(self, name: str, found: re.Match[str]) -> bool:
        """Whether a video or audio element has a `src` or contains a `<source>`."""
        if _attributes(found[0]).get("src"):
            return True
        source = self.find_next(_SOURCE, found.end())
        return 0 <= source < self.end_tag(name, found.end())

    def _picture(self, name: str, tag: str) -> None:
        """Append the image that a video without a source, a button or an `<image>` shows."""
        values = _attributes(tag)
        if name == "input" and values.get("type", "").lower() in ("submit", "button", "reset"):
            self.parts.append(f" {escape(values.get('value', ''), quote=False)} ")
            return
        address = values.get("poster" if name == "video" else "src")
        if address and (name != "input" or values.get("type", "").lower() == "image"):
            text = values.get("alt", "")
            alternative = f' alt="{escape(text)}"' if text else ""
            self.parts.append(f'<img src="{escape(address)}"{alternative}>')

    def _link(self, name: str, found: re.Match[str]) -> None:
        """Append a link to the embedded content, once for each address."""
        values = _attributes(found[0])
        addresses = (values.get(attribute, "") for attribute in _EMBEDS[name])
        address = next(filter(_is_linkable, addresses), "")
        if name == "script" and not _VIEWABLE_SCRIPT.match(address):
            return
        if not address and values.get("srcdoc"):  # an inline page: keep its text
            self.parts.append(f" {escape(plain(values['srcdoc']), quote=False)} ")
        if address and address not in self.linked:
            self.linked.add(address)
            if found.start() < self.formula_end:  # a formula cannot contain a link
                self.parts.append("</math>")
                self.formula_end = -1
            self._append(_anchor(address, values.get("title") or values.get("aria-label") or ""))

    def _component(self, name: str, found: re.Match[str]) -> None:
        """Replace a custom element or component, such as `<lite-youtube>` or `<Tweet>`."""
        if found["slash"]:
            if self.open_links and self.open_links[-1] == name:
                self.open_links.pop()
                self.parts.append("</a>")
            return
        named = {
            folded_name(key.removeprefix("data-")): _string_value(value)
            for key, value in _attributes(found[0]).items()
        }
        call = Call.named_as(found["name"], (), named)
        address = named.get("href") or named.get("to") or ""
        if address and not found[0].endswith("/>") and self.end_tag(name, found.end()) >= 0:
            self.open_links.append(name)
            self.parts.append(f'<a href="{escape(address)}">')
            return
        shown = shortcodes.embed(call) or (
            shortcodes.web_link(call) if _SOURCE_ATTRIBUTES & {*named} else None
        )
        if shown and shown.address not in self.linked:
            self.linked.add(shown.address)
            self._append(shown.html)
        elif not shown and named.get("alt"):
            self.parts.append(f" {escape(named['alt'], quote=False)} ")

    def _area(self, tag: str) -> None:
        """Append a link in place of an `<area>` of an image map."""
        values = _attributes(tag)
        if _is_linkable(address := values.get("href", "")):
            self._append(_anchor(address, values.get("alt") or values.get("title") or ""))

    def _append(self, html: str) -> None:
        if html.startswith("<figure"):  # a parser ends the paragraph before it
            self.parts.append(f"\n{html}\n")
        else:
            self.parts.append(f" {html} " if self.in_paragraph else f"\n<p>{html}</p>\n")


def _is_component(name: str, tag: str) -> bool:
    """Whether a tag is a custom element, or an MDX component, whose name is in mixed case.

    A few components share the name of an HTML element; they count if they have an address.
    """
    if not name or not ("-" in name or (name[0].isupper() and not name.isupper())):
        return False
    if name.lower() not in _STANDARD:
        return True
    return name in _HTML_NAMED_COMPONENTS and not _ADDRESS_ATTRIBUTES.isdisjoint(_attributes(tag))


def _string_value(value: str) -> str:
    """An attribute value; if it is an MDX expression, its string literal, empty for any other."""
    if not value.startswith("{"):
        return value
    found = _STRING_EXPRESSION.fullmatch(value)
    return found[1] if found else ""


def _is_linkable(address: str) -> bool:
    return bool(address) and not address.lower().startswith(_NOT_LINKABLE)


def _attributes(tag: str) -> dict[str, str]:
    """The attributes of a tag, with decoded entities."""
    return {name: unescape(value).strip() for name, value in attributes(tag).items()}


def _anchor(address: str, title: str) -> str:
    """A link to embedded content; the sanitiser resolves a relative address."""
    if link := anchor(address, title):
        return link
    text = " ".join(title.split()) or address.partition("?")[0].rstrip("/").rpartition("/")[2]
    return f'<a href="{escape(address)}">{escape(text or address, quote=False)}</a>'
