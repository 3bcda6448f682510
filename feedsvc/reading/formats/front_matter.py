"""Reads front matter: keys in YAML, TOML or JSON at the start of a file, followed by the text.

    ---
    title: A walk
    date: 2026-01-31
    ---

    The text, in Markdown, or in HTML if the file name ends in `.html`.

YAML is delimited by `---` and `---` or `...`, TOML by `+++`; JSON is an object. The first line may
name the language, as in `---json`. Front matter that cannot be parsed is a problem, and is never
published as text.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable
from typing import Any

from feedsvc.model import Article
from feedsvc.reading.composing import compose
from feedsvc.reading.errors import ReadError, quoted
from feedsvc.reading.formats import redirecting, unread_keys
from feedsvc.reading.formats.bodies import body
from feedsvc.reading.formats.openings import JSON, TOML, YAML, Opening, opening
from feedsvc.reading.metadata.fields import Fields
from feedsvc.reading.metadata.yaml_values import DEPTH, Position, Repeat, as_value, read_yaml
from feedsvc.reading.source import Source

MAX_LENGTH = 100_000  # characters; tomllib takes time quadratic in the length

# A dotted key `a.b.c.…`: tomllib takes time quadratic in its parts.
_DEEP_KEY = re.compile(
    r"""(?:^|[{,\[])[ \t]*(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){20}""",
    re.MULTILINE,
)
_TOML_POSITION = re.compile(r"\(at line (\d+), column (\d+)\)|\(at end of document\)")
# What may be more keys: a second front matter, or keys after an empty one.
_SECOND = re.compile(r"\s*+(?:-{3}[ \t]*\n|\+{3}[ \t]*\n|[\w-]++:[ \t])")
_TOO_DEEP = f"the front matter is nested more than {DEPTH} levels deep; simplify it"


def fits(source: Source) -> bool:
    """Whether the file begins with keys; three dashes followed by prose are a thematic break."""
    return opening(source.text) is not None


def read(source: Source) -> Article:
    """Build an Article from the keys and the text.

    Raises:
        ReadError: `bad-front-matter` or `too-deep` with line and column, or an error of `compose`.
        NotAnArticle: the file only redirects.
    """
    fields, end = header(source)
    fields, unsafe = body(source, end, fields, plain=False)
    if _SECOND.match(source.text, end):
        unread_keys.check(source.text[end:].lstrip())
    redirecting.check_keys(fields, unsafe, source)
    return compose(source, fields, unsafe)


def header(source: Source) -> tuple[Fields, int]:
    """The keys, and the offset of the text after them.

    Raises:
        ReadError: `bad-front-matter` or `too-deep`.
    """
    start = opening(source.text)
    if start is None:
        return Fields(), 0
    line = source.text.count("\n", 0, start.start) + 1
    if not start.form:
        raise ReadError("bad-front-matter", _unsupported(start), line - 1, 1)
    if not start.sign:
        return _object(source, start.start, line)
    end = start.closing.search(source.text, start.start)
    if not end:
        message = f"the front matter is never closed; write a line `{start.sign}` after it"
        raise ReadError("bad-front-matter", message, line - 1, 1)
    block = source.text[start.start : end.start()]
    _check_length(block, line)
    return _READERS[start.form](source, block, line), end.end()


def _unsupported(start: Opening) -> str:
    if start.language:
        message = f"front matter in {start.language} is not supported"
    else:
        message = f"front matter after {quoted(start.sign)} is not supported"
    return f"{message}; write it in YAML between two lines `---` at the start of the file"


def _check_length(block: str, line: int) -> None:
    if len(block) > MAX_LENGTH:
        message = f"the front matter is longer than {MAX_LENGTH} characters; shorten it"
        raise ReadError("bad-front-matter", message, line)


def _yaml(source: Source, block: str, line: int) -> Fields:
    value, positions, repeats = read_yaml(block, line)
    if value is None:
        return Fields()
    return _report_repeats(source, Fields.of(value, positions.get), repeats)


def _report_repeats(source: Source, fields: Fields, repeats: Iterable[Repeat]) -> Fields:
    """The fields, with a remark for each repeated key, of which the last value counts."""
    for key, value, position in repeats:
        fields.overrule(key, value)
        message = f"the key {quoted(key)} is repeated and its last value used; keep only one"
        source.remark("repeated-key", message, *position)
    return fields


def _toml(_source: Source, block: str, line: int) -> Fields:
    if deep := _DEEP_KEY.search(block):
        raise ReadError("too-deep", _TOO_DEEP, line + block.count("\n", 0, deep.start()))
    try:
        value = as_value(tomllib.loads(block, parse_float=str))
    except RecursionError:
        raise ReadError("too-deep", _TOO_DEEP, line) from None
    except ValueError as error:
        raise _toml_error(error, line) from None
    return Fields.of(value, _positions(block, line, r"^[ \t]*(?P<key>[\[\"']*{})\b"))


def _toml_error(error: ValueError, line: int) -> ReadError:
    is_number = not isinstance(error, tomllib.TOMLDecodeError)
    text = "a number has too many digits" if is_number else str(error)
    match = _TOML_POSITION.search(text)
    at = (line + int(match[1]) - 1, int(match[2])) if match and match[1] else (line, 0)
    why = _TOML_POSITION.sub("", text).strip()
    return ReadError("bad-front-matter", f"the front matter is not valid TOML ({why}); fix it", *at)


def _json(source: Source, block: str, line: int) -> Fields:
    start = len(block) - len(block.lstrip())
    line += block.count("\n", 0, start)
    fields, end = _decoded(source, block, start, line)
    if block[end:].strip():
        message = "there is text after the JSON object; remove it"
        raise ReadError("bad-front-matter", message, line + block.count("\n", start, end))
    return fields


def _object(source: Source, start: int, line: int) -> tuple[Fields, int]:
    fields, end = _decoded(source, source.text, start, line)
    _check_length(source.text[start:end], line)
    return fields, end


def _decoded(source: Source, text: str, start: int, line: int) -> tuple[Fields, int]:
    """The object that begins at offset `start` in line `line`, and its end offset."""
    repeats: list[Repeat] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, value in items:
            if key in result and result[key] != value:
                repeats.append(Repeat(key, result[key], (line, 0)))
            result[key] = value
        return result

    decoder = json.JSONDecoder(
        parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=pairs
    )
    try:
        value, end = decoder.raw_decode(text, start)
        positions = _positions(text[start:end], line, r'(?P<key>"{}")[ \t]*:')
        fields = Fields.of(as_value(value), positions)
    except RecursionError:
        raise ReadError("too-deep", _TOO_DEEP, line) from None
    except json.JSONDecodeError as error:
        message = f"the front matter is not valid JSON ({error.msg}); fix it"
        at = line + text.count("\n", start, error.pos)
        raise ReadError("bad-front-matter", message, at, error.colno) from None
    return _report_repeats(source, fields, repeats), end


_READERS = {YAML: _yaml, TOML: _toml, JSON: _json}


def _positions(block: str, line: int, pattern: str) -> Callable[[str], Position | None]:
    """A function that finds the position of a key, which only error messages need."""

    def position(key: str) -> Position | None:
        match = re.search(pattern.format(re.escape(key)), block, re.MULTILINE)
        if not match:
            return None
        line_start = block.rfind("\n", 0, match.start()) + 1
        return line + block.count("\n", 0, match.start()), match.start("key") - line_start + 1

    return position
