"""Blocks of Markdown dialects: admonitions, containers, callouts, tabs, definition lists.

    !!! note "Title"          Python-Markdown, MkDocs         > [!NOTE]         GitHub, Obsidian
        indented text                                         > text
    ::: tip Title             Docusaurus, VitePress, Pandoc   Term              PHP Markdown Extra,
    text                                                      : definition      kramdown
    :::

A box becomes a quotation that begins with its title in bold.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

DEEPEST = 20  # boxes in one another

MAY_HOLD = re.compile(
    r"^[ \t>]*+(?:!!!|\?\?\?|===[ \t]+[\"']|:::|\[!\w|:[ \t]|\[\[?_?toc|@\[toc|\$\{toc|;?--8<--"
    r"|\{::|\*\[[^\]\n]+\]:|(?: {4}|\t)(?::::|\#!)\w)",
    re.MULTILINE | re.IGNORECASE,
)
_FENCE = re.compile(r"\s*(?:(?:[-*+]|\d{1,9}[.)])\s+|>\s?)*(?P<fence>`{3,}|~{3,})(?P<info>.*)")
_ADMONITION = re.compile(
    r"(?P<indent>[ \t]*)(?:!!!|\?\?\?\+?)[ \t]*(?P<kind>[\w-]+)?(?:[ \t]+[\w-]+)*"
    r"(?:[ \t]+(?:\"(?P<title>.*)\"|'(?P<single>.*)'))?[ \t]*"
)
_TAB = re.compile(r"(?P<indent>[ \t]*)===[!+]?[ \t]+(?:\"(?P<title>.*)\"|'(?P<single>.*)')[ \t]*")
_CONTAINER = re.compile(
    r"(?P<indent>[ \t]*)(?P<colons>:{3,})[ \t]*(?P<kind>[A-Za-z][\w-]*)?"
    r"(?:[ \t]*\[(?P<label>[^\]]*)\])?[ \t]*(?P<attributes>\{[^{}]*\})?[ \t]*(?P<title>.*?):*[ \t]*"
)
_CONTAINER_END = re.compile(r"[ \t]*(:{3,})[ \t]*")
_CALLOUT = re.compile(
    r"(?P<quote>[ \t]*(?:>[ \t]?)+)\[!(?P<kind>[\w-]+)(?:\|[^\]]*)?\][+-]?[ \t]*(?P<title>.*)"
)
_DEFINITION = re.compile(r" {0,3}:[ \t]+(?P<text>\S.*)")
_NO_TERM = re.compile(r"\s*(?:[-*+>#|:<]|\d{1,9}[.)]\s|$)|(?: {4}|\t)")
_CONTENTS = re.compile(r"[ \t]*(?:\[\[?_?toc_?\]?\]|@\[toc\].*|\$\{toc\})[ \t]*", re.IGNORECASE)
_SNIPPET = re.compile(r"[ \t]*;?--8<--.*")
_KRAMDOWN = re.compile(r"\{::(?:nomarkdown|options)\b[^{}\n]*\}|\{:/(?:nomarkdown)?\}")
_LANGUAGE = re.compile(r"(?: {4}|\t)(?::::|\#!)(?P<language>\w[\w+#.-]*)[ \t]*")
_ABBREVIATION = re.compile(r" {0,3}\*\[(?P<short>[^\]\n]+)\]:[ \t]*(?P<long>.*)")
_ATTRIBUTE = re.compile(r"(?:title|summary)=[\"']([^\"']*)[\"']")
_CLASS = re.compile(r"\.(?:callout-)?([\w-]+)")

# The kinds of boxes that have a title of their own: those of Docusaurus, VitePress, MkDocs, Quarto
# and Obsidian.
_KINDS = {
    "note", "info", "tip", "hint", "important", "warning", "caution", "danger", "error", "success",
    "check", "done", "question", "help", "faq", "failure", "fail", "missing", "bug", "example",
    "quote", "cite", "abstract", "summary", "tldr", "todo", "details", "attention", "seealso",
    "secondary", "primary", "alert",
}  # fmt: skip


class _Ends:
    """Where fenced code and containers end in some lines, each found once."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._unclosed: dict[str, int] = {}  # sign -> its shortest unclosed run
        self._containers: dict[int, int] | None = None

    def fence(self, at: int) -> int:
        """Where the fenced code ends that begins in a line; 0 where none does."""
        found = _FENCE.fullmatch(self._lines[at])
        if not found or (found["fence"][0] == "`" and "`" in found["info"]):
            return 0
        sign, length = found["fence"][0], len(found["fence"])
        if length >= self._unclosed.get(sign, length + 1):
            return 0
        closing = re.compile(rf"[ \t>]*{sign}{{{length},}}[ \t]*")
        for end in range(at + 1, len(self._lines)):
            if closing.fullmatch(self._lines[end]):
                return end + 1
        self._unclosed[sign] = length
        return 0

    def container(self, at: int) -> int:
        """Where the container ends that begins in a line; 0 where nothing closes it."""
        if self._containers is None:
            self._containers = self._all_containers()
        return self._containers.get(at, 0)

    def _all_containers(self) -> dict[int, int]:
        ends: dict[int, int] = {}
        begun: list[int] = []
        at = 0
        while at < len(self._lines):
            if behind := self.fence(at):
                at = behind
                continue
            if _CONTAINER_END.fullmatch(self._lines[at]):
                if begun:
                    ends[begun.pop()] = at + 1
            elif begins_container(self._lines[at]):
                begun.append(at)
            at += 1
        return ends


@dataclass(slots=True)
class Blocks:
    """Turns lines of a dialect into lines of Markdown.

    `abbreviations` are those that the text defines; `omitted` are the numbers of lines, from 0,
    that name a file which is not read.
    """

    abbreviations: dict[str, str] = field(default_factory=dict)
    omitted: list[int] = field(default_factory=list)
    _depth: int = 0
    _ends: _Ends = field(default_factory=lambda: _Ends([]))

    def converted(self, text: str) -> str:
        """The text in Markdown."""
        return "\n".join(self._lines(text.split("\n"), 0))

    def _lines(self, lines: list[str], first: int) -> list[str]:
        """Lines, of which the first has this number, in Markdown."""
        done: list[str] = []
        at, self._ends = 0, _Ends(lines)
        while at < len(lines):
            ends = self._ends
            if end := ends.fence(at):
                done += lines[at:end]
            elif not (end := self._block(lines, at, first, done)):
                done.append(lines[at])
                end = at + 1
            at, self._ends = end, ends
        return done

    def _block(self, lines: list[str], at: int, first: int, done: list[str]) -> int:
        """Add the block that begins in a line, and tell where it ends; 0 where none begins."""
        line = lines[at]
        signs = line.lstrip(" \t>")[:3]
        if not signs or self._depth > DEEPEST:
            return 0
        for begins, take in _TAKES:
            if signs.startswith(begins) and (end := take(self, lines, at, first, done)):
                return end
        return 0

    def _indented_box(self, lines: list[str], at: int, first: int, done: list[str]) -> int:
        found = _ADMONITION.fullmatch(lines[at])
        if not found or not (found["kind"] or found["title"] or found["single"]):
            return 0
        end = _indented_end(lines, at + 1, _width(found["indent"]) + 4)
        given = found["title"] if found["title"] is not None else found["single"]
        title = _titled(found["kind"] or "") if given is None else given
        self._quote(found["indent"], title, _dedented(lines[at + 1 : end], found["indent"]),
                    first + at + 1, done)  # fmt: skip
        return end

    def _tab(self, lines: list[str], at: int, first: int, done: list[str]) -> int:
        found = _TAB.fullmatch(lines[at])
        if not found:
            return 0
        end = _indented_end(lines, at + 1, _width(found["indent"]) + 4)
        inner = self._inner(_dedented(lines[at + 1 : end], found["indent"]), first + at + 1)
        indent = found["indent"]
        title = found["title"] if found["title"] is not None else found["single"]
        done += ["", f"{indent}**{title}**", "", *(f"{indent}{one}" for one in inner), ""]
        return end

    def _container(self, lines: list[str], at: int, first: int, done: list[str]) -> int:
        found = begins_container(lines[at])
        if not found:
            return 0
        end = self._ends.container(at)
        if not end:
            return 0
        indent = found["indent"]
        body = [line.removeprefix(indent) for line in lines[at + 1 : end - 1]]
        attributes = found["attributes"] or ""
        kind = (found["kind"] or next(iter(_CLASS.findall(attributes)), "")).lower()
        named = _ATTRIBUTE.search(attributes)
        title = found["label"] or found["title"] or (named[1] if named else "")
        if kind in _KINDS:
            self._quote(indent, title or _titled(kind), body, first + at + 1, done)
        else:
            inner = self._inner(body, first + at + 1)
            head = [f"{indent}**{title}**", ""] if title else []
            done += ["", *head, *(f"{indent}{one}" for one in inner), ""]
        return end

    def _callout(self, lines: list[str], at: int, _first: int, done: list[str]) -> int:
        found = _CALLOUT.fullmatch(lines[at])
        if not found:
            return 0
        quote = found["quote"]
        done += [f"{quote}**{found['title'].strip() or _titled(found['kind'])}**", quote.rstrip()]
        return at + 1

    def _definitions(self, lines: list[str], at: int, first: int, done: list[str]) -> int:
        """A list of definitions; its first terms are the lines before, which are taken back."""
        terms: list[str] = []
        while done and done[-1].strip() == "" and not terms and at and not lines[at - 1].strip():
            done.pop()
        while done and not _NO_TERM.match(done[-1]):
            terms.insert(0, done.pop())
        if not terms:
            return 0
        html = ["", "<dl>"]
        while terms:
            html += [part for term in terms for part in ("<dt>", "", term.strip(), "", "</dt>")]
            at, definitions = self._definition_texts(lines, at, first)
            html += [part for text in definitions for part in ("<dd>", "", *text, "", "</dd>")]
            terms, at = _next_terms(lines, at)
        done += [*html, "</dl>", ""]
        return at

    def _definition_texts(
        self, lines: list[str], at: int, first: int
    ) -> tuple[int, list[list[str]]]:
        found: list[list[str]] = []
        while at < len(lines) and (one := _DEFINITION.fullmatch(lines[at])):
            end = at + 1
            while end < len(lines) and lines[end].strip() and not _DEFINITION.fullmatch(lines[end]):
                end += 1
            end = _indented_end(lines, end, 2)
            body = [one["text"], *(_unindented(line) for line in lines[at + 1 : end])]
            found.append(self._inner(body, first + at))
            at = end
        return at, found

    def _contents(self, lines: list[str], at: int, _first: int, _done: list[str]) -> int:
        return at + 1 if _CONTENTS.fullmatch(lines[at]) else 0

    def _snippet(self, lines: list[str], at: int, first: int, _done: list[str]) -> int:
        if not _SNIPPET.fullmatch(lines[at]):
            return 0
        self.omitted.append(first + at)
        return at + 1

    def _kramdown(self, lines: list[str], at: int, _first: int, done: list[str]) -> int:
        rest = _KRAMDOWN.sub("", lines[at])
        if rest == lines[at]:
            return 0
        done += [rest] if rest.strip() else []
        return at + 1

    def _code(self, lines: list[str], at: int, _first: int, done: list[str]) -> int:
        """An indented block of code whose first line names its language."""
        found = _LANGUAGE.fullmatch(lines[at])
        if not found or (done and done[-1].strip()):
            return 0
        end = _indented_end(lines, at + 1, 4)
        code = _dedented(lines[at + 1 : end], "")
        while code and not code[-1].strip():
            code.pop()
        longest = max((len(run) for run in re.findall("`+", "\n".join(code))), default=0)
        fence = "`" * max(3, longest + 1)
        done += [f"{fence}{found['language']}", *code, fence, ""]
        return end

    def _abbreviation(self, lines: list[str], at: int, _first: int, _done: list[str]) -> int:
        found = _ABBREVIATION.fullmatch(lines[at])
        if not found:
            return 0
        self.abbreviations[found["short"].strip()] = found["long"].strip()
        return at + 1

    def _quote(self, indent: str, title: str, body: list[str], first: int, done: list[str]) -> None:
        inner = self._inner(body, first)
        head = [f"{indent}> **{title}**", f"{indent}>"] if title.strip() else []
        done += ["", *head, *(f"{indent}> {line}".rstrip() for line in inner), ""]

    def _inner(self, lines: list[str], first: int) -> list[str]:
        self._depth += 1
        try:
            return self._lines(lines, first)
        finally:
            self._depth -= 1


_Take = Callable[[Blocks, list[str], int, int, list[str]], int]
# What a line begins with, its indentation and signs of quotations aside, and what may be there.
_TAKES: tuple[tuple[tuple[str, ...], _Take], ...] = (
    (("!!!", "???"), Blocks._indented_box),
    (("===",), Blocks._tab),
    ((":::",), Blocks._code),
    ((":::",), Blocks._container),
    (("#!",), Blocks._code),
    (("[!",), Blocks._callout),
    ((": ", ":\t"), Blocks._definitions),
    (("[", "@[", "${"), Blocks._contents),
    (("--8", ";--"), Blocks._snippet),
    (("{::", "{:/"), Blocks._kramdown),
    (("*[",), Blocks._abbreviation),
)


def begins_container(line: str) -> re.Match[str] | None:
    """The line that begins a container with a kind or with attributes, if it is one."""
    found = _CONTAINER.fullmatch(line) if ":::" in line else None
    return found if found and (found["kind"] or found["attributes"]) else None


def _indented_end(lines: list[str], start: int, width: int) -> int:
    """Where lines end that are blank or indented by so many columns; blank ones at the end stay."""
    end = at = start
    while at < len(lines):
        if lines[at].strip():
            if _width(lines[at]) < width:
                break
            end = at + 1
        at += 1
    return end


def _next_terms(lines: list[str], at: int) -> tuple[list[str], int]:
    """The terms of another definition of the same list, and where that begins."""
    start = at
    while start < len(lines) and not lines[start].strip():
        start += 1
    end = start
    while end < len(lines) and not _NO_TERM.match(lines[end]):
        end += 1
    behind = end + 1 if end < len(lines) and not lines[end].strip() else end
    if end > start and behind < len(lines) and _DEFINITION.fullmatch(lines[behind]):
        return lines[start:end], behind
    return [], at


def _dedented(lines: list[str], indent: str) -> list[str]:
    """Lines without an indentation and four columns more."""
    width = _width(indent) + 4
    return [line.expandtabs(4)[width:] if line.strip() else "" for line in lines]


def _unindented(line: str) -> str:
    """A line without the indentation of a definition: four columns at the most."""
    spaces = len(line) - len(line.lstrip(" "))
    return line[min(spaces, 4) :]


def _width(line: str) -> int:
    expanded = line.expandtabs(4)
    return len(expanded) - len(expanded.lstrip(" "))


def _titled(kind: str) -> str:
    return kind.replace("-", " ").replace("_", " ").strip().capitalize()
