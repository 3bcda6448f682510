"""Detects the opening of front matter and its language.

For site generators, `---` in the first line begins front matter; for Markdown, it is a thematic
break. Anything that may be keys is not published as text: the keys might withhold the article.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

from feedsvc.reading.markup.content import INVISIBLE
from feedsvc.reading.metadata.fields import folded
from feedsvc.reading.metadata.withheld import KEYS

YAML, TOML, JSON = "yaml", "toml", "json"
LINES = 100  # lines searched for a closing line or a known key

# Keys that do not begin a line of text by chance, and those that withhold an article.
_KNOWN = KEYS | {
    "title", "date", "datetime", "created", "createdat", "modified", "updated", "lastmod",
    "lastmodifiedat", "tags", "tag", "categories", "category", "keywords", "author", "authors",
    "layout", "slug", "description", "summary", "excerpt", "permalink", "aliases", "lang",
    "language", "id", "guid", "weight", "type", "toc", "comments",
}  # fmt: skip
_FORMS = {
    "": YAML, "yaml": YAML, "yml": YAML, "toml": TOML, "json": JSON,
    # other languages of gray-matter and similar programs, which are not supported
    "js": "", "javascript": "", "mjs": "", "ts": "", "typescript": "", "coffee": "",
    "coffeescript": "", "cson": "", "json5": "", "jsonc": "", "hjson": "", "ini": "", "edn": "",
    "xml": "", "lua": "", "php": "", "ruby": "", "python": "",
}  # fmt: skip

_BLANK = rf"[^\S\n{INVISIBLE}]|[{INVISIBLE}]"
_FENCE = re.compile(
    rf"""[\s{INVISIBLE}]*+
    (?P<sign>-{{3,80}}+(?![-\u2010-\u2015\u2212]) | \+{{3,80}}+(?!\+) | ;{{3,80}}+(?!;)
       | (?=-{{0,9}}[\u2010-\u2015\u2212])[-\u2010-\u2015\u2212]{{1,10}}+ )
    (?:{_BLANK})*+ (?P<language>[A-Za-z][\w.+-]{{0,20}}+)?
    (?:{_BLANK})*+ (?:\#[^\n]*+)? (?:\n|\Z)""",
    re.VERBOSE,
)
_OBJECT = re.compile(rf"[\s{INVISIBLE}]*+\{{(?=\s*+(?:[\"}}]|//|/\*|'?([A-Za-z_]{{1,40}})'?\s*+:))")
_COMMENT = re.compile(rf"[\s{INVISIBLE}]*+<!--")
_SKIPPED = r"(?:[^\S\n]*+(?:\#[^\n]*+)?\n)*+"  # blank lines and comments
# The start of a map in YAML and TOML.
_FIRST = {
    "---": re.compile(
        rf"""{_SKIPPED}(?:(?:---|\.\.\.)[^\S\n]*+(?:\n|\Z) | \{{
        | (?:"[^"\n]*+"|'[^'\n]*+'|<<|[\w.$@/-]++(?::[\w.$@/-]++)*+)[^\S\n]*+:(?:\s|\Z))""",
        re.VERBOSE,
    ),
    "+++": re.compile(
        rf"""{_SKIPPED}(?:\+\+\+[^\S\n]*+(?:\n|\Z) | \[
        | (?:"[^"\n]*+"|'[^'\n]*+'|[\w.-]++)[^\S\n]*+=)""",
        re.VERBOSE,
    ),
}
_KEY = re.compile(r"""\s*+["']?([^\n:：="']{1,60}+)["']?[^\S\n]*+(?:=|：|:(?:\s|\Z))""")


@dataclass(frozen=True, slots=True)
class Opening:
    """The opening line of front matter.

    `form` is empty if the language is not supported. `sign` is the delimiter, empty for a bare JSON
    object; `start` is the offset of the keys.
    """

    form: str
    sign: str
    start: int
    language: str = ""

    @property
    def closing(self) -> re.Pattern[str]:
        """The pattern of the closing line."""
        return _CLOSING.get(self.sign) or _closing(re.escape(self.sign))


def _closing(end: str) -> re.Pattern[str]:
    return re.compile(rf"^{end}[^\S\n]*+(?:\n|\Z)", re.MULTILINE)


_CLOSING = {"---": _closing(r"(?:---|\.\.\.)"), "+++": _closing(r"\+\+\+")}
_PLAIN = Opening(YAML, "---", len("---\n"))  # the most common opening


def opening(text: str) -> Opening | None:
    """The opening of the front matter of a text; None if there is no front matter."""
    if text.startswith("---\n") and _FIRST["---"].match(text, _PLAIN.start):
        return _PLAIN
    fence = _FENCE.match(text)
    if not fence:
        return _object(text) or _after_comment(text)
    sign, language = fence["sign"], (fence["language"] or "").lower()
    form = _FORMS.get(language, "")
    if sign.startswith("+") and not language:
        form = TOML
    if sign.strip("-+"):
        form = ""
    found = Opening(form, sign, fence.end(), language)
    return found if _begins(text, found) else None


def _object(text: str) -> Opening | None:
    found = _OBJECT.match(text)
    if not found or (found[1] and folded(found[1]) not in _KNOWN):
        return None
    return Opening(JSON, "", found.end() - 1)


def _after_comment(text: str) -> Opening | None:
    """Front matter after comments: no generator reads it, but it must not be published as text."""
    start = 0
    while comment := _COMMENT.match(text, start):
        end = text.find("-->", comment.end())
        if end < 0:
            return None
        start = end + len("-->")
    fence = _FENCE.match(text, start) if start else None
    if not fence:
        return None
    found = Opening("", fence["sign"], fence.end(), "a place after a comment")
    return found if any(map(_begins_known, _block(text, found)[0])) else None


def _begins(text: str, found: Opening) -> bool:
    """Whether keys seem to follow the line."""
    if found.language:
        return found.language in _FORMS or bool(_block(text, found)[1])
    first = _FIRST.get(found.sign)
    if first and first.match(text, found.start):
        return True
    block, closed = _block(text, found)
    if any(map(_begins_known, block)):
        return True
    return closed and found.sign == "---" and bool(block) and bool(_KEY.match(block[0]))


def _block(text: str, found: Opening) -> tuple[list[str], bool]:
    """The lines before the closing line, and true; without one the first paragraph, and false."""
    lines: list[str] = []
    closing = found.closing
    rest = iter(text[found.start :].split("\n", LINES)[:LINES])
    for line in islice(rest, LINES):
        if closing.match(line):
            return lines, True
        lines.append(line)
    paragraph = []
    for line in lines:
        if line.strip():
            paragraph.append(line)
        elif paragraph:
            break
    return paragraph, False


def _begins_known(line: str) -> bool:
    """Whether a line begins with a known key, or a name that begins with one: `date created`."""
    key = _KEY.match(line)
    return key is not None and is_known(key[1])


def is_known(name: str) -> bool:
    """Whether a name is that of a known key, or begins with one: `date created`."""
    first = name.split(maxsplit=1)[:1]
    return bool(first) and (folded(name) in _KNOWN or folded(first[0]) in _KNOWN)
