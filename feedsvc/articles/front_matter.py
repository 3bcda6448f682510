"""Front matter: keys in YAML, TOML or JSON at a file's very start, and the text behind them.

    ---
    title: A walk
    date: 2026-01-31
    ---

    The text, in Markdown; in HTML where the file's name ends in `.html`.

YAML stands between `---` and `---` or `...`, TOML between `+++` and `+++`, JSON is an object.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any

from feedsvc.articles import markup, template_tags
from feedsvc.articles.composing import compose
from feedsvc.articles.fields import Fields
from feedsvc.articles.refusal import Refusal
from feedsvc.articles.source import HTML, Source
from feedsvc.articles.yaml_values import DEPTH, Place, Value, read_yaml
from feedsvc.model import Article

LONGEST = 100_000  # characters; the time that TOML takes grows with the square of the length

# A line of three signs alone opens a form; then there must be what begins a map of that form.
_OPENING = re.compile(
    r"""\s*(?:
        (?P<yaml>---)[ \t]*\n
        (?=(?:[ \t]*(?:\#[^\n]*)?\n)*
           (?:(?:---|\.\.\.)[ \t]*(?:\n|\Z) | \{
             | (?:"[^"\n]*"|'[^'\n]*'|<<|[\w.$@-]+)[ \t]*:(?:\s|\Z)))
      | (?P<toml>\+\+\+)[ \t]*\n
        (?=(?:[ \t]*(?:\#[^\n]*)?\n)*
           (?:\+\+\+[ \t]*(?:\n|\Z) | \[ | (?:"[^"\n]*"|'[^'\n]*'|[\w.-]+)[ \t]*=))
      | (?P<json>\{)(?=\s*["}])
    )""",
    re.VERBOSE,
)
_CLOSING = {
    "yaml": re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.MULTILINE),
    "toml": re.compile(r"^\+\+\+[ \t]*(?:\n|\Z)", re.MULTILINE),
}
_SIGN = {"yaml": "---", "toml": "+++"}
# `a.b.c.…` as a key: tomllib's time for one grows with the square of its parts.
_DEEP_KEY = re.compile(
    r"""(?:^|[{,\[])[ \t]*(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){20}""",
    re.MULTILINE,
)
_TOML_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)|\(at end of document\)")
_TOO_DEEP = f"the front matter is nested more than {DEPTH} deep; make it simpler"


def fits(source: Source) -> bool:
    """Whether the file begins with keys; three dashes with prose behind them are a rule."""
    return bool(_OPENING.match(source.text))


def read(source: Source) -> Article:
    """The Article that the keys and the text say.

    Raises:
        Refusal: `bad-front-matter` or `too-deep` with the place of the error, or what `compose`
            finds wrong with a key.
    """
    opening = _OPENING.match(source.text)
    form = (opening.lastgroup if opening else "") or ""
    start = opening.end() if opening else 0
    line = source.text.count("\n", 0, start) + 1
    reader = _json if form == "json" else _fenced
    fields, end = reader(source.text, form, start, line)
    html = source.suffix in HTML
    text = template_tags.resolved(source.text[end:], markdown=not html)
    unsafe = text if html else markup.from_markdown(text)
    return compose(source, fields, unsafe)


def _fenced(text: str, form: str, start: int, line: int) -> tuple[Fields, int]:
    end = _CLOSING[form].search(text, start)
    if not end:
        message = f"the front matter has no end; write a line `{_SIGN[form]}` behind it"
        raise Refusal("bad-front-matter", message, line - 1, 1)
    block = text[start : end.start()]
    _bounded(block, line)
    parse = _yaml if form == "yaml" else _toml
    return parse(block, line), end.end()


def _bounded(block: str, line: int) -> None:
    if len(block) > LONGEST:
        message = f"the front matter is longer than {LONGEST} characters; shorten it"
        raise Refusal("bad-front-matter", message, line)


def _yaml(block: str, line: int) -> Fields:
    value, places = read_yaml(block, line)
    return Fields() if value is None else Fields.of(value, places.get)


def _toml(block: str, line: int) -> Fields:
    if deep := _DEEP_KEY.search(block):
        raise Refusal("too-deep", _TOO_DEEP, line + block.count("\n", 0, deep.start()))
    try:
        found = _plain(tomllib.loads(block, parse_float=str))
    except RecursionError:
        raise Refusal("too-deep", _TOO_DEEP, line) from None
    except ValueError as error:
        raise _broken_toml(error, line) from None
    return Fields.of(found, _places(block, line, r"^[ \t]*(?P<key>[\[\"']*{})\b"))


def _broken_toml(error: ValueError, line: int) -> Refusal:
    numbers = not isinstance(error, tomllib.TOMLDecodeError)
    said = "a number has too many digits" if numbers else str(error)
    place = _TOML_PLACE.search(said)
    at = (line + int(place[1]) - 1, int(place[2])) if place and place[1] else (line, 0)
    why = _TOML_PLACE.sub("", said).strip()
    return Refusal("bad-front-matter", f"the front matter is no TOML ({why}); mend it", *at)


_JSON = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)


def _json(text: str, _form: str, start: int, line: int) -> tuple[Fields, int]:
    start -= 1
    try:
        found, end = _JSON.raw_decode(text, start)
        fields = Fields.of(_plain(found), _places(text[start:end], line, r'(?P<key>"{}")[ \t]*:'))
    except RecursionError:
        raise Refusal("too-deep", _TOO_DEEP, line) from None
    except json.JSONDecodeError as error:
        message = f"the front matter is no JSON ({error.msg}); mend it"
        raise Refusal("bad-front-matter", message, error.lineno, error.colno) from None
    _bounded(text[start:end], line)
    return fields, end


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
