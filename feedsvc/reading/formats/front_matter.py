"""Front matter: keys in YAML, TOML or JSON at a file's very start, and the text behind them.

    ---
    title: A walk
    date: 2026-01-31
    ---

    The text, in Markdown; in HTML where the file's name ends in `.html`.

YAML stands between `---` and `---` or `...`, TOML between `+++` and `+++`, JSON is an object. The
first line may name the form, as in `---json`. What begins as front matter and cannot be read is a
problem and never text.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from typing import Any

from feedsvc.model import Article
from feedsvc.reading.composing import compose
from feedsvc.reading.errors import ReadError, quoted
from feedsvc.reading.formats import redirecting
from feedsvc.reading.formats.openings import JSON, TOML, YAML, Opening, opening
from feedsvc.reading.markup import markup
from feedsvc.reading.metadata.fields import Fields
from feedsvc.reading.metadata.yaml_values import DEPTH, Place, Repeat, Value, read_yaml
from feedsvc.reading.source import HTML, Source
from feedsvc.reading.templates.tags import expand_tags

LONGEST = 100_000  # characters; the time that TOML takes grows with the square of the length

# `a.b.c.…` as a key: tomllib's time for one grows with the square of its parts.
_DEEP_KEY = re.compile(
    r"""(?:^|[{,\[])[ \t]*(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){20}""",
    re.MULTILINE,
)
_TOML_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)|\(at end of document\)")
_TOO_DEEP = f"the front matter is nested more than {DEPTH} deep; make it simpler"


def fits(source: Source) -> bool:
    """Whether the file begins with keys; three dashes with prose behind them are a rule."""
    return opening(source.text) is not None


def read(source: Source) -> Article:
    """The Article that the keys and the text say.

    Raises:
        ReadError: `bad-front-matter` or `too-deep` with the place of the error, or what `compose`
            finds wrong with a key.
        NotAnArticle: it only leads elsewhere.
    """
    fields, end = header(source)
    html = source.suffix in HTML
    text = expand_tags(source, end, fields, markdown=not html)
    unsafe = text if html else markup.from_markdown(text)
    redirecting.check_keys(fields, unsafe, source)
    return compose(source, fields, unsafe)


def header(source: Source) -> tuple[Fields, int]:
    """The keys, and where the text behind them begins.

    Raises:
        ReadError: `bad-front-matter` or `too-deep`.
    """
    found = opening(source.text)
    if found is None:
        return Fields(), 0
    line = source.text.count("\n", 0, found.start) + 1
    if not found.form:
        raise ReadError("bad-front-matter", _unread(found), line - 1, 1)
    if not found.sign:
        return _object(source, found.start, line)
    end = found.closing.search(source.text, found.start)
    if not end:
        message = f"the front matter has no end; write a line `{found.sign}` behind it"
        raise ReadError("bad-front-matter", message, line - 1, 1)
    block = source.text[found.start : end.start()]
    _bounded(block, line)
    return _READERS[found.form](source, block, line), end.end()


def _unread(found: Opening) -> str:
    if found.language:
        what = f"front matter in {found.language} is not read"
    else:
        what = f"front matter behind {quoted(found.sign)} is not read"
    return f"{what}; write it in YAML between two lines `---`, first in the file"


def _bounded(block: str, line: int) -> None:
    if len(block) > LONGEST:
        message = f"the front matter is longer than {LONGEST} characters; shorten it"
        raise ReadError("bad-front-matter", message, line)


def _yaml(source: Source, block: str, line: int) -> Fields:
    value, places, repeats = read_yaml(block, line)
    if value is None:
        return Fields()
    return _told_once(source, Fields.of(value, places.get), repeats)


def _told_once(source: Source, fields: Fields, repeats: Iterable[Repeat]) -> Fields:
    """The fields, of which the last of two values counts, with a remark."""
    for key, value, place in repeats:
        fields.overrule(key, value)
        message = f"{quoted(key)} is there twice, and the last one counts; keep one of the two"
        source.remark("repeated-key", message, *place)
    return fields


def _toml(_source: Source, block: str, line: int) -> Fields:
    if deep := _DEEP_KEY.search(block):
        raise ReadError("too-deep", _TOO_DEEP, line + block.count("\n", 0, deep.start()))
    try:
        found = _plain(tomllib.loads(block, parse_float=str))
    except RecursionError:
        raise ReadError("too-deep", _TOO_DEEP, line) from None
    except ValueError as error:
        raise _broken_toml(error, line) from None
    return Fields.of(found, _places(block, line, r"^[ \t]*(?P<key>[\[\"']*{})\b"))


def _broken_toml(error: ValueError, line: int) -> ReadError:
    numbers = not isinstance(error, tomllib.TOMLDecodeError)
    said = "a number has too many digits" if numbers else str(error)
    place = _TOML_PLACE.search(said)
    at = (line + int(place[1]) - 1, int(place[2])) if place and place[1] else (line, 0)
    why = _TOML_PLACE.sub("", said).strip()
    return ReadError("bad-front-matter", f"the front matter is no TOML ({why}); fix it", *at)


def _json(source: Source, block: str, line: int) -> Fields:
    start = len(block) - len(block.lstrip())
    line += block.count("\n", 0, start)
    fields, end = _decoded(source, block, start, line)
    if block[end:].strip():
        message = "something stands behind the JSON object; take it out"
        raise ReadError("bad-front-matter", message, line + block.count("\n", start, end))
    return fields


def _object(source: Source, start: int, line: int) -> tuple[Fields, int]:
    fields, end = _decoded(source, source.text, start, line)
    _bounded(source.text[start:end], line)
    return fields, end


def _decoded(source: Source, text: str, start: int, line: int) -> tuple[Fields, int]:
    """The object that begins at `start`, which is in this line, and where it ends."""
    repeats: list[Repeat] = []

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for key, value in found:
            if key in kept and kept[key] != value:
                repeats.append(Repeat(key, kept[key], (line, 0)))
            kept[key] = value
        return kept

    decoder = json.JSONDecoder(
        parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=pairs
    )
    try:
        found, end = decoder.raw_decode(text, start)
        places = _places(text[start:end], line, r'(?P<key>"{}")[ \t]*:')
        fields = Fields.of(_plain(found), places)
    except RecursionError:
        raise ReadError("too-deep", _TOO_DEEP, line) from None
    except json.JSONDecodeError as error:
        message = f"the front matter is no JSON ({error.msg}); fix it"
        at = line + text.count("\n", start, error.pos)
        raise ReadError("bad-front-matter", message, at, error.colno) from None
    return _told_once(source, fields, repeats), end


_READERS = {YAML: _yaml, TOML: _toml, JSON: _json}


def _places(block: str, line: int, pattern: str) -> Callable[[str], Place | None]:
    """Where a key stands, looked for only when it is to blame."""

    def place(key: str) -> Place | None:
        found = re.search(pattern.format(re.escape(key)), block, re.MULTILINE)
        if not found:
            return None
        first = block.rfind("\n", 0, found.start()) + 1
        return line + block.count("\n", 0, found.start()), found.start("key") - first + 1

    return place


def _plain(value: Any, depth: int = 0) -> Value:
    """What TOML and JSON read, with numbers and dates as text.

    Raises:
        RecursionError: it is nested more than DEPTH deep.
    """
    if isinstance(value, str | bool | None):
        return value
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if not isinstance(value, Mapping | list):
        return str(value)
    if depth == DEPTH:
        raise RecursionError
    if isinstance(value, list):
        return [_plain(item, depth + 1) for item in value]
    return {str(key): _plain(item, depth + 1) for key, item in value.items()}
