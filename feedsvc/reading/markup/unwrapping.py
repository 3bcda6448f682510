"""HTML before it is sanitised: the tags that no feed reader knows go, and their text stays.

A parser takes some names for more than a tag. What follows `<title>` or `<textarea>` is text up
to the closing tag, perhaps to the end of the article; in `<select>` all other tags are lost. So
these go before a parser sees them. What embeds something leaves a link to it.
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

# These go with their content, where they are closed.
_WHOLE = frozenset(("script", "style", "template"))
# In a formula, what it is made from, which no browser shows.
_SOURCES = frozenset(("annotation", "annotation-xml"))
# In these `<` begins no tag, where they are closed.
_LITERAL = frozenset(("textarea", "xmp"))
# A parser takes for text what follows these, up to the closing tag.
_SWALLOWING = (
    *("title", "textarea", "iframe", "noembed", "noframes", "xmp", "plaintext"),
    *("script", "style", "template", "noscript", "select"),
)
# The attributes that say what is embedded, the first that does so counts.
_EMBEDS = {
    "embed": ("src", "data-src"),
    "frame": ("src",),
    "iframe": ("src", "data-src", "data-lazy-src", "data-url"),
    "model-viewer": ("src",),
    "script": ("src",),
    "object": ("data",),
}
# What stands on lines of its own in a browser, or is shown apart from its neighbours.
_APART = frozenset(
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
_SOURCE = re.compile(r"<source\b[^<>]*?\ssrc", re.IGNORECASE)
# Scripts that put something there to see, at the address of which it can be seen.
_SHOWING = re.compile(
    r"(?:https?:)?//(?:gist\.github\.com/|asciinema\.org/a/|(?:www\.)?jsfiddle\.net/)"
)
_TEXT = re.compile(r"""\{\s*["'`]([^"'`{}]*)["'`]\s*\}""")
_SHOWS = {"src", "url"}  # what says where that is which a component shows
# Names that are HTML's in whatever case.
_SHOWING_NAMES = ("Figure", "Embed", "Button")
_SAYS = {"src", "url", "href", "to"}
_OTHERS = ("html", "head", "body", "base", "meta", "param", "input", "area", "map", "font", "svg")
_STANDARD = frozenset(
    (*HTML, *MATHS, *_APART, *_EMBEDS, *_WHOLE, *_SOURCES, *_LITERAL, *_SWALLOWING, *_OTHERS)
)
_NOT_SHOWN = ("about:", "data:", "javascript:", "blob:", "file:")


def unwrapped(html: str) -> str:
    """HTML in which every tag is one that feed readers know, with the text of all others."""
    return _Unwrapping(html).run() if _UNKNOWN.search(html) else html


def closed(html: str) -> str:
    """A whole page without the tags that would swallow the rest of it, because nothing closes them.

    A frame leaves its link all the same.
    """
    lower = html.lower()
    if all(lower.count(f"<{name}") <= lower.count(f"</{name}") for name in _SWALLOWING):
        return html
    return _Closing(html).run()


class _Closing(Rewriter):
    """Leaves out what nothing closes."""

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
    """Leaves out the tags that no feed reader knows."""

    formula_ends: int = 0
    in_paragraph: bool = False
    links: list[str] = field(default_factory=list)  # components that lead somewhere, and are open
    linked: set[str] = field(default_factory=set)

    def rewrite(self, found: re.Match[str]) -> int:
        name, opens = (found["name"] or "").lower(), not found["slash"]
        if self._goes_whole(name, found) and (end := self.end_tag(name, found.end())) >= 0:
            if name == "script":
                self._link(name, found)
            return self.tag_end(end)
        if name in _LITERAL and opens and (end := self.end_tag(name, found.end())) >= 0:
            self.parts.append(f"\n{escape(unescape(self.html[found.end() : end]), quote=False)}\n")
            return self.tag_end(end)
        if (self.links and self.links[-1] == name) or _is_component(found["name"] or "", found[0]):
            self._component(name, found)
        elif not name or self._stays(name, found, opens):
            self.parts.append(found[0])
        elif name in _EMBEDS and opens:
            self._link(name, found)
        elif name == "video" and opens:
            self._poster(found[0])
        elif name == "area" and opens:
            self._area(found[0])
        elif name in _APART:
            self.parts.append("\n")
        return found.end()

    def _goes_whole(self, name: str, found: re.Match[str]) -> bool:
        within = found.start() < self.formula_ends
        return not found["slash"] and (name in _WHOLE or (within and name in _SOURCES))

    def _stays(self, name: str, found: re.Match[str], opens: bool) -> bool:
        if name == "math":
            if opens and found.start() < self.formula_ends:
                return False  # none stands in another
            self.formula_ends = self.end_tag(name, found.end()) if opens else self.formula_ends
            return found.start() <= self.formula_ends
        if found.start() < self.formula_ends or name in MATHS:
            return name in MATHS and found.start() < self.formula_ends
        if name in ("video", "audio") and opens:
            return self._plays(name, found)
        if name == "p":
            self.in_paragraph = opens
        return name in HTML

    def _plays(self, name: str, found: re.Match[str]) -> bool:
        """Whether a video or audio says what it plays, in itself or in a `<source>` within."""
        if _attributes(found[0]).get("src"):
            return True
        source = self.find_next(_SOURCE, found.end())
        return 0 <= source < self.end_tag(name, found.end())

    def _poster(self, tag: str) -> None:
        if poster := _attributes(tag).get("poster"):
            self.parts.append(f'<img src="{escape(poster)}">')

    def _link(self, name: str, found: re.Match[str]) -> None:
        """A link to what is embedded, once for each address."""
        said = _attributes(found[0])
        address = next((said[one] for one in _EMBEDS[name] if _leads(said.get(one, ""))), "")
        if name == "script" and not _SHOWING.match(address):
            return
        if not address and said.get("srcdoc"):  # a page of its own: its text
            self.parts.append(f" {escape(plain(said['srcdoc']), quote=False)} ")
        if address and address not in self.linked:
            self.linked.add(address)
            if found.start() < self.formula_ends:  # no link stands in a formula
                self.parts.append("</math>")
                self.formula_ends = -1
            self._tell(_anchor(address, said.get("title") or said.get("aria-label") or ""))

    def _component(self, name: str, found: re.Match[str]) -> None:
        """What a custom element or a component shows, such as `<lite-youtube>` and `<Tweet>`."""
        if found["slash"]:
            if self.links and self.links[-1] == name:
                self.links.pop()
                self.parts.append("</a>")
            return
        said = {
            folded_name(key.removeprefix("data-")): _of_script(value)
            for key, value in _attributes(found[0]).items()
        }
        call = Call.named_as(found["name"], (), said)
        address = said.get("href") or said.get("to") or ""
        if address and not found[0].endswith("/>") and self.end_tag(name, found.end()) >= 0:
            self.links.append(name)
            self.parts.append(f'<a href="{escape(address)}">')
            return
        shown = shortcodes.shown(call) or (shortcodes.web_link(call) if _SHOWS & {*said} else None)
        if shown and shown.address not in self.linked:
            self.linked.add(shown.address)
            self._tell(shown.html)
        elif not shown and said.get("alt"):
            self.parts.append(f" {escape(said['alt'], quote=False)} ")

    def _area(self, tag: str) -> None:
        """A link in place of a part of a picture that is one."""
        said = _attributes(tag)
        if _leads(address := said.get("href", "")):
            self._tell(_anchor(address, said.get("alt") or said.get("title") or ""))

    def _tell(self, shown: str) -> None:
        if shown.startswith("<figure"):  # which ends a paragraph by itself
            self.parts.append(f"\n{shown}\n")
        else:
            self.parts.append(f" {shown} " if self.in_paragraph else f"\n<p>{shown}</p>\n")


def _is_component(name: str, tag: str) -> bool:
    """Whether it is a custom element, or a component of MDX, whose name is neither small nor big.

    A few have a name of HTML's, and are components where they say what they show.
    """
    if not name or not ("-" in name or (name[0].isupper() and not name.isupper())):
        return False
    if name.lower() not in _STANDARD:
        return True
    return name in _SHOWING_NAMES and not _SAYS.isdisjoint(_attributes(tag))


def _of_script(value: str) -> str:
    """The text of an attribute, which in MDX may be an expression: nothing where it is no text."""
    if not value.startswith("{"):
        return value
    found = _TEXT.fullmatch(value)
    return found[1] if found else ""


def _leads(address: str) -> bool:
    return bool(address) and not address.lower().startswith(_NOT_SHOWN)


def _attributes(tag: str) -> dict[str, str]:
    """The attributes of a tag, with their entities undone."""
    return {name: unescape(value).strip() for name, value in attributes(tag).items()}


def _anchor(address: str, title: str) -> str:
    """A link; the sanitiser sees where one leads that is relative to the page."""
    if link := anchor(address, title):
        return link
    shown = " ".join(title.split()) or address.partition("?")[0].rstrip("/").rpartition("/")[2]
    return f'<a href="{escape(address)}">{escape(shown or address, quote=False)}</a>'
