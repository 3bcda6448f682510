"""Keys in a form that no reader of ours knows, at the start of what would be published as text.

They may say that nobody is to see it. So a text that begins with known keys, one of which withholds
it, is a problem, however they are written.
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

LINES = 40  # at the start of a text, in which keys are looked for

# What no text begins with by chance: a fence, a comment, MDX' `export const`, Logseq's `key::`.
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
_MARK = re.compile(r":|=")


def check(text: str) -> None:
    """See that no such keys begin a text in which no reader has found any.

    Raises:
        ReadError: `bad-front-matter`: they do.
    """
    head = text[:4000]
    if not _MARK.search(head):
        return
    head = without_unseen(head)
    heading = _HEADING.match(head)
    if _withholds(_first_lines(head), bool(_FENCE.match(head))) or (
        heading and _withholds(_keys_alone(_first_lines(head[heading.end() :])), True)
    ):
        message = (
            "its first lines are keys in a form that is not read, and one of them keeps it back; "
            "write them in YAML between two lines `---`"
        )
        raise ReadError("bad-front-matter", message, 1)


def _withholds(lines: list[str], is_meant: bool) -> bool:
    """Whether keys that are meant as such, or that stand beside others, withhold the article."""
    values: dict[str, Value] = {}
    for line in lines:
        for key, value in _PAIR.findall(line):
            values.setdefault(key.strip(), value.strip().strip("\"'_"))
    known = [key for key in values if is_known(key) or folded(key) in KEYS]
    enough = is_meant or len(known) > 1
    return enough and withholds(Fields.of({key: values[key] for key in known}))


def _keys_alone(lines: list[str]) -> list[str]:
    """The lines that are nothing but keys with a word or two, at a paragraph's start or end.

    A line that goes on in small letters makes prose of the one above, unless that is in bold.
    """
    lines = [line.strip() for line in lines if line.strip()]
    if lines and not _SHORT.fullmatch(lines[0]):
        return list(takewhile(_SHORT.fullmatch, reversed(lines)))[::-1]
    keys = list(takewhile(_SHORT.fullmatch, lines))
    goes_on = keys and lines[len(keys) :] and lines[len(keys)][0].islower()
    keys = keys[:-1] if goes_on and not keys[-1].endswith("**") else keys
    return [] if len(keys) == 1 and _PASSWORD.match(keys[0]) else keys


def _first_lines(text: str) -> list[str]:
    """The lines up to the first blank one behind a line that has more than signs in it."""
    found: list[str] = []
    for line in text.split("\n")[:LINES]:
        if not line.strip() and any(character.isalnum() for line in found for character in line):
            break
        found.append(line)
    return found
