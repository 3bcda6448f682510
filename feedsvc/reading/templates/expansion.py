"""What the template tags that have a meaning say: variables, links, embeds, quotations.

Each is text in place of the tag, in Markdown or HTML. What is not known is told as a remark.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape

from feedsvc.reading.source import Source
from feedsvc.reading.templates import shortcodes
from feedsvc.reading.templates.comments import begins_line
from feedsvc.reading.templates.shortcodes import Shown
from feedsvc.reading.templates.syntax import (
    CODE,
    CONDITIONS,
    NEVER_SEEN,
    Call,
    Tag,
    closing_names,
    is_no_variable,
)
from feedsvc.reading.templates.values import Values, is_expression

MOST_REMARKS = 20  # on the tags of one file

_ASSIGNMENT = re.compile(r"(?:assign|set)\s+([\w.-]++)\s*+=\s*+(.++)", re.DOTALL)
_BUTTONS = re.compile(r"button|btn|link|badge")
_LINE_BEFORE = re.compile(r"(?:\A|(?P<filled>\S)?[ \t]*\n) {0,3}\Z")
_LINE_BEHIND = re.compile(r"[ \t]*+(?:\Z|\n(?P<filled>[ \t]*+\S)?)")
_NEAR = 100  # characters that are looked at before and behind a tag


@dataclass(slots=True)
class Remarks:
    """The problems of the text from `start` on in a file, each reported once."""

    source: Source
    start: int
    _keys: set[str] = field(default_factory=set)

    def remark(self, code: str, message: str, position: int, *, each: bool = False) -> None:
        """Report a problem, once for all places that are alike unless `each` counts."""
        key = f"{message}{position}" if each else message
        if key not in self._keys and len(self._keys) < MOST_REMARKS:
            self._keys.add(key)
            line = self.source.text.count("\n", 0, self.start + position) + 1
            self.source.remark(code, message, line)


class Expansions:
    """What the tags of a text say, in the order in which they stand there."""

    def __init__(
        self, text: str, source: Source, values: Values, remarks: Remarks, *, markdown: bool
    ) -> None:
        self._text, self._source, self._values = text, source, values
        self._remarks, self._markdown = remarks, markdown
        self._closing = closing_names(text)
        self._open: list[tuple[str, str]] = []  # names of tags, and what their closing ones say
        self._formula = -1  # where the braces end that were last found to be a formula's

    def of(self, tag: Tag) -> str | None:
        """What a tag says; None where it is no tag, and so text."""
        return _KINDS[tag.opened](self, tag)

    def of_block(self, tag: Tag, inner: str) -> str:
        """What a tag and its end say with the text between them, in which there are no tags."""
        call = Call.of(tag.inside)
        if tag.name in CODE:
            return shortcodes.code(inner, *shortcodes.language_of(call))
        if tag.name == "codeblock":
            title = " ".join(word for word in call.plain if not word.startswith("http"))
            return shortcodes.code(inner, call.first("lang"), title)
        if tag.name == "capture":
            self._values.assign(call.plain[0] if call.plain else "", inner.strip())
        return "" if tag.name in ("comment", "capture") else inner

    def _expression(self, tag: Tag) -> str | None:
        """What `{{ … }}` says; None where it is no tag, and so text."""
        if not is_expression(tag.inside):
            if tag.is_call:
                return self._called(tag)
            return self._unknown(tag) if tag.is_action else None
        value = self._values.value(tag.inside, self._text[tag.end : tag.end + 2])
        if value is not None:
            return value
        if tag.start != self._formula and not is_no_variable(self._text, tag):
            return self._unknown(tag)
        self._formula = tag.end
        return self._text[tag.start : tag.end]

    def _erb(self, tag: Tag) -> str | None:
        if tag.inside.startswith("#"):
            return ""
        value = self._values.value(tag.inside[1:].strip()) if tag.inside[:1] == "=" else None
        return self._unknown(tag) if value is None else value

    def _statement(self, tag: Tag) -> str | None:
        """What `{% … %}` says."""
        name = tag.name
        if not name:
            return None
        if found := _ASSIGNMENT.fullmatch(tag.inside):
            self._values.assign(found[1], self._values.value(found[2].strip()))
        if name.startswith("end"):
            return self._ended(name.removeprefix("end").lstrip("_"))
        if name in NEVER_SEEN:
            return ""
        if name in ("link", "post_url", "post_link"):
            return self._linked(tag)
        return self._called(tag)

    def _linked(self, tag: Tag) -> str:
        """The file of another article: Jekyll's from the root, a post is in the same folder."""
        call = Call.of(tag.inside)
        if shown := shortcodes.worded_link(call):
            return shown.html
        path, *words = (*call.plain, "")[:2]
        if tag.name == "link":
            return f"/{path}"
        address = path + self._source.suffix
        text = shortcodes.words(words[0] if words and words[0] else path)
        return address if tag.name == "post_url" else f'<a href="{escape(address)}">{text}</a>'

    def _shortcode(self, tag: Tag) -> str | None:
        """What a shortcode of Hugo or Nikola says."""
        if tag.inside.startswith("/*"):  # one that is to be seen as it is
            inside = tag.inside.removeprefix("/*").removesuffix("*/")
            return f"{tag.opened}{inside}{tag.opened[2:].replace('<', '>')}}}}}"
        if tag.inside.startswith("/"):
            return self._ended(tag.inside[1:].strip())
        call = Call.of(tag.inside)
        if call.name in ("ref", "relref"):
            return call.plain[0] if call.plain else call.first("path")
        if call.name == "param" and call.plain:
            value = self._values.value(call.plain[0])
            return self._unknown(tag) if value is None else value
        return self._called(tag)

    def _called(self, tag: Tag) -> str:
        """What a call shows; a link where it is not known and yet names an address."""
        call = Call.of(tag.inside, self._values.value)
        paired = (tag.name if not (tag.is_call and tag.opened == "{%") else "") in self._closing
        who = shortcodes.quotation(call, tag.inside)
        if who is not None and paired:
            return self._quoted(tag, who)
        if tag.is_call and tag.opened == "{%":
            self._open.append(("", ""))
        shown = shortcodes.shown(call, self._assets())
        if not (shown or paired):
            shown = shortcodes.web_link(call)
        if shown:
            return self._placed(tag, shown)
        return self._around(tag, call) if paired else self._unknown(tag, shortcodes.spoken(call))

    def _around(self, tag: Tag, call: Call) -> str:
        """What an unknown tag says of the text that it stands around: its address, its title."""
        if tag.name in CONDITIONS:
            return self._unknown(tag)
        address = shortcodes.target(call)
        if address and _BUTTONS.search(call.name) and tag.name in self._closing:
            self._open.append((tag.name, "</a>"))
            return f'<a href="{escape(address)}">'
        said = shortcodes.said(call, shortcodes.heading(call))
        return f"{said}\n\n" if said and self._markdown else said

    def _quoted(self, tag: Tag, who: str) -> str:
        """The beginning of a quotation; its end says who is quoted."""
        name = "" if tag.is_call and tag.opened == "{%" else tag.name
        if self._markdown and not begins_line(self._text, tag.start):
            self._open.append((name, f" — {who}" if who else ""))
            return ""
        said = f"<p>— {who}</p>\n" if who else ""
        self._open.append((name, f"\n\n{said}</blockquote>\n\n"))
        return "\n\n<blockquote>\n\n"

    def _ended(self, name: str) -> str:
        """What a closing tag says: what the one that opened has left for it."""
        if self._open and self._open[-1][0] == name:
            return self._open.pop()[1]
        return ""

    def _placed(self, tag: Tag, shown: Shown) -> str:
        """What is shown in place of a tag: on a line of its own, it is a block of its own."""
        before = self._text[max(0, tag.start - _NEAR) : tag.start]
        if before.endswith(("](", '"', "'", "=")):
            return shown.address
        begins = _LINE_BEFORE.search(before)
        ends = _LINE_BEHIND.match(self._text[tag.end : tag.end + _NEAR])
        if not (self._markdown and begins and ends):
            return shown.html
        above = "\n" if begins["filled"] else ""
        return above + shown.html + ("\n" if ends["filled"] else "")

    def _assets(self) -> str:
        """The folder in which Hexo keeps the files of an article, as seen from the article."""
        return self._source.path.rpartition("/")[2].rpartition(".")[0] + "/"

    def _unknown(self, tag: Tag, said: str = "") -> str:
        """Tell of a tag that is not known; what is left of it are the words in it, if any."""
        left = "only its words are shown" if said else "is left out"
        message = f"{tag.written} is no template tag that is known, and {left}"
        self._remarks.remark("unknown-tag", f"{message}; write what it stands for", tag.start)
        return said


_KINDS = {
    "{{": Expansions._expression,
    "{{<": Expansions._shortcode,
    "{{%": Expansions._shortcode,
    "{%": Expansions._statement,
    "<%": Expansions._erb,
}
