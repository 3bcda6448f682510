"""Org as HTML (the syntax of orgmode.org, "Org Syntax"), without reading a file or running code.

Headings, lists, tables, blocks, links, footnotes, emphasis and formulas. Subtrees that are
commented out or tagged `noexport`, drawers and comments are not shown, as in Org's own export. The
HTML is not safe yet.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape

DEEPEST = 100  # lists and blocks in one another

_HEADLINE = re.compile(
    r"(\*+)[ \t]+(?:(?:TODO|DONE|NEXT|WAITING|CANCELLED|CANCELED)[ \t]+)?(?:\[#[A-Z0-9]\][ \t]+)?"
    r"(?P<comment>COMMENT\b[ \t]*)?(?P<title>.*?)(?:[ \t]+:(?P<tags>[\w@#%:]+):)?[ \t]*"
)
_DRAWER = re.compile(r"[ \t]*:[\w-]+:[ \t]*")
_DRAWER_END = re.compile(r"[ \t]*:end:[ \t]*", re.IGNORECASE)
_PLANNING = re.compile(r"[ \t]*(?:CLOSED|SCHEDULED|DEADLINE):[ \t]*[<\[].*")
_COMMENT = re.compile(r"[ \t]*#(?:[ \t].*)?")
_KEYWORD = re.compile(r"[ \t]*#\+([\w-]+)(?:\[[^\]]*\])?:[ \t]*(.*)")
_BLOCK = re.compile(r"[ \t]*#\+begin_(\S+)(?:[ \t]+(.*))?", re.IGNORECASE)
_RULE = re.compile(r"[ \t]*-{5,}[ \t]*")
_FIXED = re.compile(r"[ \t]*:(?:[ \t](.*)|[ \t]*)")
_ROW = re.compile(r"[ \t]*\|.*")
_ITEM = re.compile(
    r"(?P<indent>[ \t]*)(?P<mark>[-+]|(?<=[ \t])\*|(?:\d+|[A-Za-z])[.)])(?:[ \t]+|$)"
    r"(?:\[@\d+\][ \t]*)?(?P<text>.*)"
)
_DEFINITION = re.compile(r"(.*?)[ \t]+::(?:[ \t]+(.*)|)\Z")
_FOOTNOTE = re.compile(r"\[fn:([\w-]+)\][ \t]*(.*)")
_LATEX = re.compile(r"[ \t]*\\begin\{(\w+\*?)\}")

_OPENS, _CLOSES = r"(?:(?<=[\s({'\"-])|(?<![^\n]))", r"(?=[\s.,:;!?'\")}\[\\-]|\Z)"
_INLINE = re.compile(
    rf"""(?P<latex>\$\$.+?\$\$ | \\\(.+?\\\) | \\\[.+?\\\]
        | (?<![\w$])\$[^\s$][^$\n]*?(?<!\s)\$(?!\w))
    | \[\[(?P<target>[^\[\]]+)\](?:\[(?P<words>.+?)\])?\]
    | \[fn:(?P<note>[\w-]*)(?::(?P<text>[^\[\]]*))?\]
    | <(?P<angle>(?:https?|ftp|mailto):[^<>\s]+)>
    | (?P<date>[<\[]\d{{4}}-\d\d-\d\d[^<>\[\]\n]*[>\]])
    | @@(?P<backend>\w+):(?P<export>.*?)@@
    | \{{\{{\{{(?P<macro>[^{{}}]*)\}}\}}\}}
    | {_OPENS}(?P<mark>[*/_+=~])(?P<marked>\S|\S.{{0,1000}}?\S)(?P=mark){_CLOSES}
    | (?P<break>\\\\)[ \t]*(?=\n|\Z)
    | (?P<address>https?://[^\s<>\[\]]*[\w/=&\#%~+-])""",
    re.VERBOSE | re.DOTALL,
)
_TAGS = {"*": "b", "/": "i", "_": "u", "+": "del"}
_CODES = ("=", "~")
_IMAGE = re.compile(r"(?:file:)?[^\n]*\.(?:png|jpe?g|gif|svg|webp|avif)\Z", re.IGNORECASE)
_CODE_BLOCKS = ("src", "example", "ascii")
_HIDDEN_BLOCKS = ("comment",)
_NO_CODE = re.compile(r":exports\s+(?:none|results)\b")


@dataclass(slots=True)
class Document:
    """The HTML of a text, and what is left out of it, with the numbers of the lines.

    `omitted` has a word for each: `#+include` and macros, which nothing here reads. `hidden` are
    the titles of subtrees that are not to be exported.
    """

    html: str = ""
    omitted: list[tuple[str, int]] = field(default_factory=list)
    hidden: list[tuple[str, int]] = field(default_factory=list)


def from_text(text: str) -> Document:
    """The document that a text is."""
    found = Document()
    parser = _Parser(text.expandtabs(8).split("\n"), found)
    found.html = parser.document()
    return found


class _Parser:
    def __init__(self, lines: list[str], document: Document) -> None:
        self._lines, self._document = lines, document
        self._at = 0
        self._notes: dict[str, str] = {}
        self._references: list[str] = []
        self._depth = 0
        self._ends: dict[str, list[int]] = {}  # the lines that end blocks, by their text
        for number, line in enumerate(lines):
            if "#+end_" in (text := line.strip().lower()):
                self._ends.setdefault(text, []).append(number)
        self._headlines = [n for n, line in enumerate(lines) if line.startswith("*")]
        self._drawer_ends = [n for n, line in enumerate(lines) if _DRAWER_END.fullmatch(line)]

    def document(self) -> str:
        parts = [self._blocks(lambda line: False)]
        if self._references:
            items = "".join(
                f'<li id="fn-{escape(name)}">{self._notes.get(name, "")}</li>'
                for name in self._references
            )
            parts.append(f"<hr><ol>{items}</ol>")
        return "\n".join(parts)

    @property
    def _line(self) -> str:
        return self._lines[self._at]

    def _blocks(self, ends: Callable[[str], bool]) -> str:
        """The blocks up to a line that ends them, as HTML."""
        parts: list[str] = []
        while self._at < len(self._lines) and not ends(self._line):
            before = self._at
            parts.append(self._block(ends))
            if self._at == before:  # nothing took the line
                self._at += 1
        return "\n".join(filter(None, parts))

    def _block(self, ends: Callable[[str], bool]) -> str:
        line = self._line
        if not line.strip():
            self._at += 1
            return ""
        if line.startswith("*") and (found := _HEADLINE.fullmatch(line)):
            return self._headline(found)
        for pattern, take in _BLOCKS:
            if found := pattern.fullmatch(line) if pattern is not _LATEX else pattern.match(line):
                return take(self, found)
        if (found := _ITEM.fullmatch(line)) and found["mark"]:
            return self._list(found)
        return self._paragraph(ends)

    # headlines

    def _headline(self, found: re.Match[str]) -> str:
        self._at += 1
        level = len(found[1])
        tags = (found["tags"] or "").lower().split(":")
        if found["comment"] or "noexport" in tags or "private" in tags:
            self._document.hidden.append((found["title"][:40], self._at))
            self._skip(level)
            return ""
        tag = f"h{min(level + 1, 6)}"
        return f"<{tag}>{self.inline(found['title'])}</{tag}>"

    def _skip(self, level: int) -> None:
        """Go to the next headline of this level, or of one above."""
        while self._at < len(self._lines):
            found = _HEADLINE.fullmatch(self._line) if self._line.startswith("*") else None
            if found and len(found[1]) <= level:
                return
            self._at += 1

    # blocks of one line or more

    def _drawer(self, found: re.Match[str]) -> str:
        end = _next_of(self._drawer_ends, self._at, len(self._lines))
        if end < min(_next_of(self._headlines, self._at, len(self._lines)), len(self._lines)):
            self._at = end + 1
            return ""
        return self._paragraph(lambda line: False)

    def _ignored(self, found: re.Match[str]) -> str:
        self._at += 1
        return ""

    def _keyword(self, found: re.Match[str]) -> str:
        self._at += 1
        name = found[1].lower()
        if name == "include":
            self._document.omitted.append(("#+include", self._at))
        if name == "html":
            return found[2]
        if name == "hugo" and found[2].strip() == "more":
            return "<!--more-->"
        return f"<p><em>{self.inline(found[2])}</em></p>" if name == "caption" else ""

    def _block_of(self, found: re.Match[str]) -> str:
        """`#+begin_NAME` up to `#+end_NAME`; without an end, the line alone goes."""
        name, arguments = found[1].lower(), found[2] or ""
        ends = self._ends.get(f"#+end_{name}", [])
        place = bisect_right(ends, self._at)
        end = ends[place] if place < len(ends) and ends[place] < len(self._lines) else None
        self._at += 1
        if end is None:
            return ""
        if name in (*_CODE_BLOCKS, *_HIDDEN_BLOCKS, "export", "verse") or self._depth > DEEPEST:
            inner = self._lines[self._at : end]
            self._at = end + 1
            return self._verbatim(name, arguments, inner)
        self._depth += 1
        inner_html = self._within(end)
        self._depth -= 1
        self._at = end + 1
        tag = {"quote": "blockquote", "center": "center"}.get(name, "")
        return f"<{tag}>{inner_html}</{tag}>" if tag else inner_html

    def _within(self, end: int) -> str:
        """The blocks up to a line with this number."""
        lines = self._lines
        self._lines = lines[:end]
        try:
            return self._blocks(lambda line: False)
        finally:
            self._lines = lines

    def _verbatim(self, name: str, arguments: str, lines: list[str]) -> str:
        if name in _HIDDEN_BLOCKS:
            return ""
        if name == "export":
            kind = arguments.split()[:1]
            return "\n".join(lines) if kind in (["html"], ["markdown"], ["md"]) else ""
        if name == "verse":
            return "<p>" + "<br>\n".join(self.inline(line) for line in lines) + "</p>"
        if name == "src" and _NO_CODE.search(arguments):
            return ""
        language = arguments.split(maxsplit=1)[0] if name == "src" and arguments.split() else ""
        code = escape("\n".join(_dedented(lines)), quote=False)
        return (
            f'<pre><code class="language-{escape(language)}">{code}\n</code></pre>'
            if (language)
            else f"<pre><code>{code}\n</code></pre>"
        )

    def _fixed(self, found: re.Match[str]) -> str:
        lines = []
        while self._at < len(self._lines) and (found := _FIXED.fullmatch(self._line)):  # type: ignore[assignment]
            lines.append(found[1] or "")
            self._at += 1
        return f"<pre>{escape(chr(10).join(lines), quote=False)}\n</pre>"

    def _latex(self, found: re.Match[str]) -> str:
        end = f"\\end{{{found[1]}}}"
        lines = []
        while self._at < len(self._lines):
            lines.append(self._line)
            self._at += 1
            if end in lines[-1]:
                break
        return f"<p>{escape(chr(10).join(lines), quote=False)}</p>"

    def _rule(self, found: re.Match[str]) -> str:
        self._at += 1
        return "<hr>"

    def _table(self, found: re.Match[str]) -> str:
        rows: list[list[str]] = []
        head = 0
        while self._at < len(self._lines) and _ROW.fullmatch(self._line):
            line = self._line.strip()
            self._at += 1
            if line.startswith("|-"):
                head = head or len(rows)
                continue
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
        html = []
        for number, cells in enumerate(rows):
            tag = "th" if number < head < len(rows) else "td"
            html.append(
                "<tr>" + "".join(f"<{tag}>{self.inline(one)}</{tag}>" for one in cells) + "</tr>"
            )
        return f"<table>{''.join(html)}</table>" if html else ""

    def _footnote(self, found: re.Match[str]) -> str:
        self._at += 1
        lines = [found[2]]
        while self._at < len(self._lines) and self._line.strip() and not self._begins_block():
            lines.append(self._line)
            self._at += 1
        self._notes[found[1]] = self.inline(" ".join(lines).strip())
        return ""

    # lists

    def _list(self, first: re.Match[str]) -> str:
        indent = len(first["indent"])
        ordered = first["mark"] not in ("-", "+", "*")
        terms = not ordered and bool(_DEFINITION.fullmatch(first["text"]))
        items: list[str] = []
        while self._at < len(self._lines):
            found = _ITEM.fullmatch(self._line)
            if not found or len(found["indent"]) != indent:
                break
            if (found["mark"] not in ("-", "+", "*")) != ordered:
                break
            items.append(self._item(found, indent, terms=terms))
        if terms:
            return f"<dl>{''.join(items)}</dl>"
        tag = "ol" if ordered else "ul"
        return f"<{tag}>{''.join(items)}</{tag}>"

    def _item(self, found: re.Match[str], indent: int, *, terms: bool) -> str:
        definition = _DEFINITION.fullmatch(found["text"]) if terms else None
        text = (definition[2] or "") if definition else found["text"]
        width = len(found[0]) - len(found["text"]) if found["text"] else indent + 2
        self._lines[self._at] = " " * width + text
        inner = self._nested(indent)
        if definition:
            return f"<dt>{self.inline(definition[1])}</dt><dd>{inner}</dd>"
        return f"<dd>{inner}</dd>" if terms else f"<li>{inner}</li>"

    def _nested(self, indent: int) -> str:
        """What is indented more than an item's sign, up to two blank lines."""
        end = self._at + 1
        blank = 0
        while end < len(self._lines):
            line = self._lines[end]
            if not line.strip():
                blank += 1
                if blank > 1:
                    break
            elif len(line) - len(line.lstrip()) <= indent:
                break
            else:
                blank = 0
            end += 1
        self._depth += 1
        html = self._within(end) if self._depth <= DEEPEST else ""
        if self._depth > DEEPEST:
            html = escape("\n".join(self._lines[self._at : end]), quote=False)
            self._at = end
        self._depth -= 1
        self._at = end
        while self._at < len(self._lines) and not self._line.strip():
            self._at += 1
        single = html.startswith("<p>") and html.count("<p>") == 1 and html.endswith("</p>")
        return html[3:-4] if single else html

    # paragraphs

    def _paragraph(self, ends: Callable[[str], bool]) -> str:
        lines = [self._line.strip()]
        self._at += 1
        while self._at < len(self._lines) and self._line.strip() and not ends(self._line):
            if self._begins_block():
                break
            lines.append(self._line.strip())
            self._at += 1
        html = self.inline("\n".join(lines))
        return f"<p>{html}</p>" if html.strip() else ""

    def _begins_block(self) -> bool:
        line = self._line
        if line.startswith("*") and _HEADLINE.fullmatch(line):
            return True
        return bool(_ITEM.fullmatch(line)) or any(
            pattern.match(line) if pattern is _LATEX else pattern.fullmatch(line)
            for pattern, _ in _BLOCKS
        )

    # objects in a line

    def inline(self, text: str) -> str:
        """A text with its links and emphasis as HTML."""
        parts, position = [], 0
        for found in _INLINE.finditer(text):
            parts.append(escape(text[position : found.start()], quote=False))
            parts.append(self._object(found))
            position = found.end()
        return "".join([*parts, escape(text[position:], quote=False)])

    def _object(self, found: re.Match[str]) -> str:
        if found["target"]:
            return self._link(found["target"], found["words"])
        if found["mark"]:
            return self._emphasis(found["mark"], found["marked"])
        if found["macro"] is not None:
            self._document.omitted.append((f"the macro {found['macro'][:40]}", self._at))
            return ""
        if found["note"] is not None:
            return self._note(found["note"], found["text"])
        return _plain_object(found)

    def _emphasis(self, mark: str, text: str) -> str:
        if mark in _CODES:
            return f"<code>{escape(text, quote=False)}</code>"
        return f"<{_TAGS[mark]}>{self.inline(text)}</{_TAGS[mark]}>"

    def _link(self, target: str, words: str | None) -> str:
        address = target.removeprefix("file:") if "://" not in target else target
        if _IMAGE.fullmatch(target) and not words:
            return f'<img src="{escape(address)}" alt="">'
        if words and _IMAGE.fullmatch(words):
            inner = f'<img src="{escape(words.removeprefix("file:"))}" alt="">'
        else:
            inner = self.inline(words) if words else escape(target, quote=False)
        leads = re.match(r"[a-z][\w+.-]*:|[./#]|.*\.\w{2,5}(?:\Z|::|#)", target, re.IGNORECASE)
        if not leads or target.startswith(("id:", "#", "*")):  # a place in the notes
            return inner
        return f'<a href="{escape(address.partition("::")[0])}">{inner}</a>'

    def _note(self, name: str, text: str | None) -> str:
        name = name or f"inline-{len(self._references) + 1}"
        if text is not None:
            self._notes[name] = self.inline(text)
        if name not in self._references:
            self._references.append(name)
        number = self._references.index(name) + 1
        return f'<sup><a href="#fn-{escape(name)}">{number}</a></sup>'


def _next_of(numbers: list[int], after: int, otherwise: int) -> int:
    """The first of the sorted numbers that is greater than `after`."""
    place = bisect_right(numbers, after)
    return numbers[place] if place < len(numbers) else otherwise


def _plain_object(found: re.Match[str]) -> str:
    """An object that is the same wherever it stands."""
    if address := found["angle"] or found["address"]:
        return f'<a href="{escape(address)}">{escape(address, quote=False)}</a>'
    if found["break"]:
        return "<br>"
    if found["backend"]:
        return found["export"] if found["backend"] == "html" else ""
    return escape(found[0].strip("<>[]") if found["date"] else found[0], quote=False)


def _dedented(lines: list[str]) -> list[str]:
    """Lines of code without the indentation that all have, and without Org's commas."""
    indents = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    least = min(indents, default=0)
    return [re.sub(r"\A(\s*),(?=[*#,])", r"\1", line[least:]) for line in lines]


_BLOCKS: tuple[tuple[re.Pattern[str], Callable[[_Parser, re.Match[str]], str]], ...] = (
    (_BLOCK, _Parser._block_of),
    (_KEYWORD, _Parser._keyword),
    (_DRAWER, _Parser._drawer),
    (_PLANNING, _Parser._ignored),
    (_COMMENT, _Parser._ignored),
    (_RULE, _Parser._rule),
    (_ROW, _Parser._table),
    (_FOOTNOTE, _Parser._footnote),
    (_FIXED, _Parser._fixed),
    (_LATEX, _Parser._latex),
)
