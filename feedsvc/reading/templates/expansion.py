"""Expands template tags to text: variables, links, embeds, quotations.

The text is Markdown or HTML, like the body that contains the tag. Unknown tags are reported.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape

from feedsvc.reading.source import Source
from feedsvc.reading.templates import shortcodes
from feedsvc.reading.templates.comments import begins_line
from feedsvc.reading.templates.shortcodes import Embed
from feedsvc.reading.templates.syntax import (
    CODE,
    CONDITIONS,
    SILENT,
    Call,
    Tag,
    closing_names,
    is_no_variable,
)
from feedsvc.reading.templates.values import Values, is_expression

MAX_REMARKS = 20  # on the tags of one file

_ASSIGNMENT = re.compile(r"(?:assign|set)\s+([\w.-]++)\s*+=\s*+(.++)", re.DOTALL)
_BUTTONS = re.compile(r"button|btn|link|badge")
_LINE_BEFORE = re.compile(r"(?:\A|(?P<filled>\S)?[ \t]*\n) {0,3}\Z")
_LINE_AFTER = re.compile(r"[ \t]*+(?:\Z|\n(?P<filled>[ \t]*+\S)?)")
_CONTEXT = 100  # characters to examine before and after a tag


@dataclass(slots=True)
class Remarks:
    """Reports the problems in a file's text from `start`, each once."""

    source: Source
    start: int
    _keys: set[str] = field(default_factory=set)

    def remark(self, code: str, message: str, position: int, *, each: bool = False) -> None:
        """Report a problem: once for all positions, or once for `each` position."""
        key = f"{message}{position}" if each else message
        if key in self._keys or len(self._keys) > MAX_REMARKS:
            return
        if len(self._keys) == MAX_REMARKS:
            message = (
                f"more than {MAX_REMARKS} template tags are removed; the others are not listed"
            )
        self._keys.add(key)
        line = self.source.text.count("\n", 0, self.start + position) + 1
        self.source.remark(code, message, line)


class Expansions:
    """Expands the tags of a text, which must be passed in document order."""

    def __init__(
        self, text: str, source: Source, values: Values, remarks: Remarks, *, markdown: bool
    ) -> None:
        self._text, self._source, self._values = text, source, values
        self._remarks, self._markdown = remarks, markdown
        self._closing = closing_names(text)
        self._open: list[tuple[str, str]] = []  # name of each open tag, text for its closing tag
        self._formula_end = -1  # of the last braces that belong to a formula

    def of(self, tag: Tag) -> str | None:
        """The text that replaces a tag; None if it is not a tag but text."""
        return _KINDS[tag.opened](self, tag)

    def of_block(self, tag: Tag, inner: str) -> str:
        """The text that replaces a block with raw content: opening tag, content, closing tag."""
        call = Call.of(tag.inside)
        if tag.name in CODE:
            return shortcodes.code(inner, *shortcodes.language_of(call))
        if tag.name == "codeblock":
            title = " ".join(word for word in call.plain if not word.startswith("http"))
            return shortcodes.code(inner, call.first("lang"), title)
        if tag.name in ("capture", "set"):
            self._values.assign(call.plain[0] if call.plain else "", inner.strip())
        return "" if tag.name in ("comment", "capture", "set", "macro") else inner

    def _expression(self, tag: Tag) -> str | None:
        """Expand `{{ … }}`; None if it is not a tag but text."""
        if not is_expression(tag.inside):
            if tag.is_call:
                return self._called(tag)
            return self._unknown(tag) if tag.is_action else None
        value = self._values.value(tag.inside, self._text[tag.end : tag.end + 2])
        if value is not None:
            return value
        if tag.start != self._formula_end and not is_no_variable(self._text, tag):
            return self._unknown(tag)
        self._formula_end = tag.end
        return self._text[tag.start : tag.end]

    def _erb(self, tag: Tag) -> str | None:
        if tag.inside.startswith("#"):
            return ""
        value = self._values.value(tag.inside[1:].strip()) if tag.inside[:1] == "=" else None
        return self._unknown(tag) if value is None else value

    def _statement(self, tag: Tag) -> str | None:
        """Expand `{% … %}`; None if it is not a tag but text."""
        name = tag.name
        if not name:
            return None
        if found := _ASSIGNMENT.fullmatch(tag.inside):
            self._values.assign(found[1], self._values.value(found[2].strip()))
        if name.startswith("end"):
            return self._closed(name.removeprefix("end").lstrip("_"))
        if name in SILENT:
            return ""
        if name in ("link", "post_url", "post_link"):
            return self._linked(tag)
        return self._called(tag)

    def _linked(self, tag: Tag) -> str:
        """The path of another article: from the root for Jekyll's `link`, else in this folder."""
        call = Call.of(tag.inside)
        if embed := shortcodes.text_link(call):
            return embed.html
        path, *words = (*call.plain, "")[:2]
        if tag.name == "link":
            return f"/{path}"
        address = path + self._source.suffix
        text = shortcodes.escaped_text(words[0] if words and words[0] else path)
        return address if tag.name == "post_url" else f'<a href="{escape(address)}">{text}</a>'

    def _shortcode(self, tag: Tag) -> str | None:
        """Expand a shortcode of Hugo or Nikola."""
        if tag.inside.startswith("/*"):  # escaped: to be displayed
            inside = tag.inside.removeprefix("/*").removesuffix("*/")
            return f"{tag.opened}{inside}{tag.opened[2:].replace('<', '>')}}}}}"
        if tag.inside.startswith("/"):
            return self._closed(tag.inside[1:].strip())
        call = Call.of(tag.inside)
        if call.name in ("ref", "relref"):
            return call.plain[0] if call.plain else call.first("path")
        if call.name == "param" and call.plain:
            value = self._values.value(call.plain[0])
            return self._unknown(tag) if value is None else value
        return self._called(tag)

    def _called(self, tag: Tag) -> str:
        """Expand a call; an unknown one with a web address becomes a link."""
        call = Call.of(tag.inside, self._values.value)
        is_zola = tag.is_call and tag.opened == "{%"  # whose closing tag, `{% end %}`, has no name
        is_paired = ("" if is_zola else tag.name) in self._closing
        attribution = shortcodes.attribution(call, tag.inside)
        if attribution is not None and is_paired:
            return self._quoted(tag, attribution)
        if is_zola:
            self._open.append(("", ""))
        embed = shortcodes.embed(call, self._assets())
        if not (embed or is_paired):
            embed = shortcodes.web_link(call)
        if embed:
            return self._placed(tag, embed)
        if is_paired:
            return self._unknown_block(tag, call)
        return self._unknown(tag, shortcodes.text_of(call))

    def _unknown_block(self, tag: Tag, call: Call) -> str:
        """The text for the opening tag of an unknown block: a link, or its title."""
        if tag.name in CONDITIONS:
            return self._unknown(tag)
        address = shortcodes.target(call)
        link = shortcodes.web_link(call)
        if address and _BUTTONS.search(call.name) and tag.name in self._closing:
            self._open.append((tag.name, "</a>"))
            return f'<a href="{escape(address)}">'
        text = link.html if link else shortcodes.named_text(call, shortcodes.heading(call))
        return f"{text}\n\n" if text and self._markdown else text

    def _quoted(self, tag: Tag, attribution: str) -> str:
        """The start of a quotation; the attribution follows at its end."""
        name = "" if tag.is_call and tag.opened == "{%" else tag.name
        if self._markdown and not begins_line(self._text, tag.start):
            self._open.append((name, f" — {attribution}" if attribution else ""))
            return ""
        paragraph = f"<p>— {attribution}</p>\n" if attribution else ""
        self._open.append((name, f"\n\n{paragraph}</blockquote>\n\n"))
        return "\n\n<blockquote>\n\n"

    def _closed(self, name: str) -> str:
        """The text for a closing tag, as set by its opening tag."""
        if self._open and self._open[-1][0] == name:
            return self._open.pop()[1]
        return ""

    def _placed(self, tag: Tag, embed: Embed) -> str:
        """The text for an embed: its address in a link; a block if the tag is alone on its line."""
        before = self._text[max(0, tag.start - _CONTEXT) : tag.start]
        if before.endswith(("](", '"', "'", "=")):
            return embed.address
        line_before = _LINE_BEFORE.search(before)
        line_after = _LINE_AFTER.match(self._text[tag.end : tag.end + _CONTEXT])
        if not (self._markdown and line_before and line_after):
            return embed.html
        above = "\n" if line_before["filled"] else ""
        return above + embed.html + ("\n" if line_after["filled"] else "")

    def _assets(self) -> str:
        """The article's asset folder (Hexo), relative to the article."""
        return self._source.path.rpartition("/")[2].rpartition(".")[0] + "/"

    def _unknown(self, tag: Tag, text: str = "") -> str:
        """Report an unknown tag, which is replaced by its readable text, if any."""
        result = "so only its text is shown" if text else "and is removed"
        message = f"{tag.abridged} is not a known template tag, {result}"
        self._remarks.remark("unknown-tag", f"{message}; replace it with its content", tag.start)
        return text


_KINDS = {
    "{{": Expansions._expression,
    "{{<": Expansions._shortcode,
    "{{%": Expansions._shortcode,
    "{%": Expansions._statement,
    "<%": Expansions._erb,
}
