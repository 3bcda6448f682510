"""Detects withholding keys in an unsupported syntax at the start of a text.

A text that begins with known keys in any syntax, one of which withholds it, is a problem and is not
published as text.
"""

from __future__ import annotations

import re
from itertools import takewhile

from feedsvc.reading.errors import ReadError
from feedsvc.reading.formats.openings import is_known
from feedsvc.reading.markup.content import without_unseen
from feedsvc.reading.metadata.fields import Fields, folded
from feedsvc.reading.metadata.withheld import KEYS, withholds
from feedsvc.reading.metadata.yaml_values import Value

LINES = 40  # lines at the start of a text searched for keys

# Openings that are not text by chance: fences, comments, MDX's `export const`, Logseq's `key::`.
_FENCE = re.compile(
    r"\s*+(?:-{3}|\+{3}|;{3}|<!--|#\+|\.\. |\{|export\s+(?:const|let|var|default)\b|[\w-]++::\s)"
)
_HEADING = re.compile(r"\s*+#{1,6}[ \t]++\S[^\n]*+\n|[^\n]*+\n(?:=+|-{2,})[ \t]*+\n")
_PAIR = re.compile(
    r"""(?:^|[{,])[\s.:#+;?"'{*_>-]*+([A-Za-z][\w -]{0,40}?)["'*]*+[ \t]*+(?:::?|=)[\s*]*+
    ("[^"\n]*+"|'[^'\n]*+'|[^,}\n*]*+)""",
    re.VERBOSE,
)
_SHORT = re.compile(
    r"[-*+>]?\s*+[*_]*+[A-Za-z][\w -]{0,30}+\**+::?\**+\s*+\S{1,40}(?: \S{1,40}){0,3}"
)
_PASSWORD = re.compile(r"\W*password\b", re.IGNORECASE)
# Of the words that withhold an article as a status, those that describe nothing else.
_STATUS = re.compile(
    r"(?i:status|state)\W++(?!(?i:(?:archived|inactive|pending|rejected|review)\b))"
)
_IS_STATUS = re.compile(r"\W*(?:status|state)\b", re.IGNORECASE)
_IMPORT = re.compile(r"import\s[^\n]*(?:\n|\Z)\s*+")
# Keys of an MDX page, wherever they are among the first lines.
_EXPORT = re.compile(
    r"^export\s+(?:const|let|var)\s+(?:meta|metadata|frontmatter|frontMatter)\s*=\s*(\{[^{}]*\})"
    r"|^export\s+(?:const|let|var)\s+(\w+)\s*=\s*(true|false|[\"'][\w ]+[\"'])",
    re.MULTILINE,
)
_MARK = re.compile(r":|=")


def check(text: str) -> None:
    """Check a text in which no reader has found keys.

    Raises:
        ReadError: `bad-front-matter`: the text begins with keys that withhold it.
    """
    head = text[:4000]
    if not _MARK.search(head):
        return
    head = without_unseen(head)
    while imports := _IMPORT.match(head):
        head = head[imports.end() :]
    heading = _HEADING.match(head)
    if (
        _withholds(_first_lines(head), bool(_FENCE.match(head)))
        or (heading and _withholds(_keys_alone(_first_lines(head[heading.end() :])), True))
        or any(_exports(found) for found in _EXPORT.finditer(head))
    ):
        message = (
            "the first lines are keys in an unsupported syntax, and one of them withholds the "
            "article; write them in YAML between two lines `---`"
        )
        raise ReadError("bad-front-matter", message, 1)


def _withholds(lines: list[str], is_meant: bool) -> bool:
    """Whether the keys withhold the article, if they are meant as keys or there are several."""
    values: dict[str, Value] = {}
    for line in lines:
        for key, value in _PAIR.findall(line):
            values.setdefault(key.strip(), value.strip().strip("\"'_"))
    known = [key for key in values if is_known(key) or folded(key) in KEYS]
    enough = is_meant or len(known) > 1
    return enough and withholds(Fields.of({key: values[key] for key in known}))


def _keys_alone(lines: list[str]) -> list[str]:
    """The lines of short `key: value` pairs at the start or end of a paragraph.

    A next line in lower case makes prose of the line before it, unless that line is in bold.
    """
    if any(line.startswith(("    ", "\t")) for line in lines):  # code
        return []
    lines = [line.strip() for line in lines if line.strip()]
    if lines and not _SHORT.fullmatch(lines[0]):
        return list(takewhile(_SHORT.fullmatch, reversed(lines)))[::-1]
    keys = list(takewhile(_SHORT.fullmatch, lines))
    continues = keys and lines[len(keys) :] and lines[len(keys)][0].islower()
    keys = keys[:-1] if continues and not keys[-1].endswith("**") else keys
    return [key for key in keys if not _describes_subject(key)]


def _describes_subject(key: str) -> bool:
    """Whether a pair may be about the subject of the article: a password, the status of a project.

    `Password: espresso`, `Status: archived`
    """
    return bool(_PASSWORD.match(key) or (_IS_STATUS.match(key) and not _STATUS.search(key)))


def _exports(found: re.Match[str]) -> bool:
    """Whether an `export` of MDX withholds the article."""
    if found[1]:
        return _withholds([found[1].replace("\n", " ")], True)
    return withholds(Fields.of({found[2]: found[3].strip("\"'")}))


def _first_lines(text: str) -> list[str]:
    """The lines before the first blank line that follows a line with a letter or digit."""
    lines: list[str] = []
    for line in text.split("\n")[:LINES]:
        if not line.strip() and any(character.isalnum() for line in lines for character in line):
            break
        lines.append(line)
    return lines
