"""Reads preambles: keys in separate lines at the start, as in Nikola, Org and reStructuredText.

    <!--                        #+title: A walk         A walk
    .. title: A walk            #+date: 2026-01-31      ######
    .. status: draft            #+draft: t              :date: 2026-01-31
    -->                                                 :status: draft

Nikola's comment delimiters are optional. The text after the keys is Markdown or HTML according to
the file name, else plain text.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from feedsvc.model import Article
from feedsvc.reading.composing import compose
from feedsvc.reading.errors import ReadError
from feedsvc.reading.formats.bodies import body
from feedsvc.reading.formats.openings import is_known
from feedsvc.reading.markup.content import INVISIBLE, without_unseen_first
from feedsvc.reading.metadata.fields import Fields
from feedsvc.reading.metadata.withheld import withholds
from feedsvc.reading.metadata.yaml_values import Position, Value
from feedsvc.reading.source import HTML, MARKDOWN, Source

_LEAD = rf"[\s{INVISIBLE}]*+"
_COMMENT = re.compile(
    rf"{_LEAD}<!--[-\s{INVISIBLE}]*+(?=(?:\.\.[ \t]++)?([A-Za-z][\w -]{{0,40}}+):)"
)
_COMMENT_END = re.compile(r"-->[^\S\n]*\n?")
_NIKOLA = re.compile(rf"{_LEAD}(?=\.\.[ \t]++([A-Za-z][\w-]{{0,40}}+):(?:[ \t]|\n|\Z))")
_ORG = re.compile(
    rf"{_LEAD}(?::PROPERTIES:\n(?:[ \t]*+:[^\n]*+\n){{0,50}}+{_LEAD})?(?=\#\+\w[\w-]*+(?:\[\])?:)",
    re.IGNORECASE,
)
_DOCINFO = re.compile(
    r"""\s*+(?:(?P<over>[^\w\s]{3,200}+)[ \t]*+\n)?
    (?P<title>[^\s:][^\n]{0,300}+)\n(?P<under>[^\w\s]{3,200}+)[ \t]*+\n\s*+
    (?=:([A-Za-z][\w -]{0,40}+):(?:[ \t]|\n|\Z))""",
    re.VERBOSE,
)
_DOTTED = re.compile(r"\.\.[ \t]++([A-Za-z][\w-]{0,40}+):(?:[ \t]++(.*))?")
_PLAIN = re.compile(r"([A-Za-z][\w -]{0,40}+):(?:[ \t]++(.*))?")
_KEYWORD = re.compile(r"\#\+(\w[\w-]{0,60}+)(?:\[\])?:(.*)")
_FIELD = re.compile(r":([A-Za-z][\w -]{0,40}+):(?:[ \t]++(.*))?")
_ORG_DATE = re.compile(
    r"[<\[](\d{4}-\d\d-\d\d)(?:[ \t]+[^\W\d]{1,20}\.?)?([ \t]+\d{1,2}:\d\d)?[^>\]\n]{0,40}[>\]]"
)
_CUSTOM = re.compile(r"(?:^|(?<=\s)):([\w-]+)[ \t]+(\"[^\"\n]*\"|[^\s\"][^:\n]*)")  # ox-hugo's
_TAGGED = {"draft": "draft", "private": "private"}  # Nikola's tags that set a status
_BLANK = re.compile(r"\n[^\S\n]*\n\s*")


def fits(source: Source) -> bool:
    """Whether the file begins with a preamble."""
    return _form(source.text, source.suffix) is not None


def read(source: Source) -> Article:
    """Build an Article from the preamble and the text.

    Raises:
        ReadError: `bad-front-matter`, or an error of `compose`.
    """
    fields, end = header(source.text, source.suffix)
    fields, unsafe = body(source, end, fields)
    return compose(source, fields, unsafe, first_line=True)


def header(text: str, suffix: str = ".md") -> tuple[Fields, int]:
    """The keys, and the offset of the text, in a file with this extension; no keys if none.

    Raises:
        ReadError: `bad-front-matter`: a comment with keys is never closed.
    """
    form = _form(text, suffix)
    return form(text) if form else (Fields(), 0)


Parser = Callable[[str], tuple[Fields, int]]


def _form(text: str, suffix: str) -> Parser | None:
    """The parser of the preamble, which the first two characters mostly identify."""
    lead = text[:1000].lstrip()[:2]
    if lead in ("..", "<!", "#+", ":P", ":p") or not lead.isascii():
        if _has_comment(text, suffix):
            return _comment
        if _NIKOLA.match(text) and any(map(is_known, _nikola(text)[0].values)):
            return _nikola
        if _ORG.match(text):
            return _org
    if "\n:" not in text[:1000] or suffix in MARKDOWN or suffix in HTML:
        return None
    return _docinfo if _DOCINFO.match(text) else None


def _has_comment(text: str, suffix: str) -> bool:
    """Whether a text begins with a comment with keys, any of which may withhold the article."""
    comment = _COMMENT.match(text)
    if not comment:
        return False
    if text.startswith("..", comment.end()) or (suffix not in HTML and is_known(comment[1])):
        return True
    end = text.find("-->", comment.end())
    return end > 0 and withholds(_lines(text, comment.end(), end, _PLAIN)[0])


def _comment(text: str) -> tuple[Fields, int]:
    found = _COMMENT.match(text)
    start = found.end() if found else 0
    end = _COMMENT_END.search(text, start)
    if not end:
        message = "the comment with the keys is never closed; write a line `-->` after it"
        raise ReadError("bad-front-matter", message, text.count("\n", 0, start) + 1)
    line = _DOTTED if text.startswith("..", start) else _PLAIN
    fields, _ = _lines(text, start, end.start(), line)
    while line is _DOTTED and (found := _COMMENT.match(text, end.end())):  # one comment per key
        another = _COMMENT_END.search(text, found.end())
        if not another or not text.startswith("..", found.end()):
            break
        for key, value in _lines(text, found.end(), another.start(), line)[0].values.items():
            fields.add(key, value)
        end = another
    return _with_tag_status(fields), end.end()


def _nikola(text: str) -> tuple[Fields, int]:
    found = _NIKOLA.match(text)
    fields, end = _lines(text, found.end() if found else 0, len(text), _DOTTED, consecutive=True)
    return _with_tag_status(fields), end


def _with_tag_status(fields: Fields) -> Fields:
    """The fields with the status that Nikola's tags `draft` and `private` set."""
    tags = fields.values.get("tags")
    for tag in tags.split(",") if isinstance(tags, str) else ():
        if reason := _TAGGED.get(tag.strip().lower()):
            fields.add("status", reason, fields.written["tags"])
    return fields


def _org(text: str) -> tuple[Fields, int]:
    found = _ORG.match(text)
    fields, end = _lines(text, found.end() if found else 0, len(text), _KEYWORD, consecutive=True)
    values = {_org_name(key): _org_value(key, value) for key, value in fields.values.items()}
    for key, value in _CUSTOM.findall(str(values.pop("customfrontmatter", ""))):
        values.setdefault(key, value.strip().strip('"'))
    return Fields.of(values, lambda _key: None), end


def _org_name(name: str) -> str:
    return name.removeprefix("hugo").replace("filetags", "tags") or name


def _org_value(name: str, value: Value) -> Value:
    if not isinstance(value, str):
        return value
    if "tags" in name or "categories" in name:
        parts = value.strip(":").split(":") if ":" in value else value.replace(",", " ").split()
        return list[Value](part.strip() for part in parts)
    return _ORG_DATE.sub(r"\1\2", value)


def _docinfo(text: str) -> tuple[Fields, int]:
    found = _DOCINFO.match(text)
    start = found.end() if found else 0
    fields, end = _lines(text, start, len(text), _FIELD, consecutive=True)
    named = {"title": found["title"].strip() if found else "", **fields.values}
    return Fields.of(named, fields.position), end


def _lines(
    text: str, start: int, stop: int, line: re.Pattern[str], *, consecutive: bool = False
) -> tuple[Fields, int]:
    """The keys in the lines before `stop`; if `consecutive`, up to the first other line."""
    fields = Fields()
    positions: dict[str, Position] = {}
    offset, number = start, text.count("\n", 0, start)
    while offset < stop:
        end = text.find("\n", offset, stop)
        end = stop if end < 0 else end
        here, number = without_unseen_first(text[offset:end]).strip(), number + 1
        found = line.fullmatch(here)
        if found:
            positions.setdefault(found[1], (number, 1))
            fields.add(found[1], (found[2] or "").strip())
        elif consecutive and not (line is _KEYWORD and _is_between(here)):
            break
        offset = end + 1
    return Fields(fields.values, fields.written, positions.get, fields.overruled), min(offset, stop)


def _is_between(line: str) -> bool:
    """Whether a line is blank or a comment, both allowed between keywords of Org."""
    return not line or line == "#" or line.startswith("# ")
