"""Parses YAML front matter into plain values; no objects are constructed.

Plain scalars are strings, except the booleans and nulls of YAML 1.1: `2026-01-31` and `1984` are
strings, `no` is false. Tags (`!!python/object`) are ignored. Aliases and merges (`<<: *a`) work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any, NamedTuple

from yaml import YAMLError
from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from feedsvc.reading.errors import ReadError, quoted

Value = str | bool | None | list["Value"] | dict[str, "Value"]
Position = tuple[int, int]

DEPTH = 20
REPEATED = 100_000  # values and characters that all aliases together may expand to
MERGE = "<<"
_WORDS: dict[str, bool | None] = {
    form: value
    for word, value in (
        ("yes", True), ("true", True), ("on", True), ("no", False), ("false", False),
        ("off", False), ("null", None), ("~", None), ("", None),
    )
    for form in (word, word.capitalize(), word.upper())
}  # fmt: skip
_BOMB = f"its aliases expand to more than {REPEATED:,} values; use fewer of them"
_TOO_DEEP = f"the front matter is nested more than {DEPTH} levels deep; simplify it"


class Repeat(NamedTuple):
    """A key that occurs twice in a map, with its earlier value, which the later one overrides."""

    key: str
    value: Value
    position: Position


class Document(NamedTuple):
    """The value of a document, the positions of its top-level keys, and its repeated keys."""

    value: Value
    positions: dict[str, Position]
    repeats: list[Repeat]


def read_yaml(text: str, line: int = 1) -> Document:
    """Parse a single document that begins at `line` of its file.

    Raises:
        ReadError: `bad-front-matter`, or `too-deep`, with line and column.
    """
    reader = _Reader(text, line)
    try:
        return Document(reader.document(), reader.positions, reader.repeats)
    except YAMLError as error:
        raise _broken(error, line) from None
    except UnicodeError:
        raise ReadError("bad-front-matter", _INVALID.format("a lone surrogate"), line) from None


class _Reader:
    """Builds values from libyaml's events; its recursion is limited to DEPTH."""

    def __init__(self, text: str, line: int) -> None:
        self.positions: dict[str, Position] = {}
        self.repeats: list[Repeat] = []
        self._next: Callable[[], Any] = CParser(text).get_event
        self._line = line
        self._anchors: dict[str, Value] = {}
        self._repeated = 0

    def document(self) -> Value:
        self._next()  # the stream's start
        if isinstance(self._next(), StreamEndEvent):
            return None
        value = self._value(self._next(), 0)
        self._next()  # the document's end
        event = self._next()
        if not isinstance(event, StreamEndEvent):
            raise self._error("a second document begins here; keep only one", event)
        return value

    def _value(self, event: Any, depth: int) -> Value:
        if isinstance(event, ScalarEvent):
            plain = event.implicit[0] and event.value in _WORDS
            value: Value = _WORDS[event.value] if plain else event.value
        elif isinstance(event, AliasEvent):
            return self._alias(event, depth)
        elif depth == DEPTH:
            raise ReadError("too-deep", _TOO_DEEP, *self._position(event))
        elif isinstance(event, MappingStartEvent):
            value = self._map(depth)
        else:
            value = self._list(depth)
        if event.anchor:
            self._anchors[event.anchor] = value
        return value

    def _map(self, depth: int) -> dict[str, Value]:
        found: dict[str, Value] = {}
        merged: list[tuple[Value, Position]] = []
        while not isinstance(event := self._next(), MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                raise self._error("a key is not a string; write `key: value`", event)
            key = event.value
            value = self._value(self._next(), depth + 1)
            if key == MERGE and event.implicit[0] and isinstance(value, dict | list):
                merged.append((value, self._position(event)))
                continue
            if key in found and found[key] != value:
                self.repeats.append(Repeat(key, found[key], self._position(event)))
            found[key] = value
            if depth == 0:
                self.positions[key] = self._position(event)
        for value, position in merged:
            self._merge(found, value, position, depth)
        return found

    def _merge(self, found: dict[str, Value], value: Value, position: Position, depth: int) -> None:
        """Add the keys that the map lacks from merged maps, of which the first takes precedence."""
        for other in value if isinstance(value, list) else [value]:
            for key, inherited in other.items() if isinstance(other, dict) else ():
                if key not in found:
                    found[key] = inherited
                    if depth == 0:
                        self.positions[key] = position

    def _list(self, depth: int) -> list[Value]:
        found: list[Value] = []
        while not isinstance(event := self._next(), SequenceEndEvent):
            found.append(self._value(event, depth + 1))
        return found

    def _alias(self, event: AliasEvent, depth: int) -> Value:
        """The anchored value; all aliases together may expand to at most REPEATED."""
        if event.anchor not in self._anchors:
            raise self._error(
                f"there is no anchor {quoted(str(event.anchor))}; fix the alias", event
            )
        value = self._anchors[event.anchor]
        size, height = _extent(value)
        self._repeated += size
        if self._repeated > REPEATED:
            raise self._error(_BOMB, event)
        if depth + height > DEPTH:
            raise ReadError("too-deep", _TOO_DEEP, *self._position(event))
        return value

    def _position(self, event: Any) -> Position:
        mark = event.start_mark
        return self._line + mark.line, mark.column + 1

    def _error(self, message: str, event: Any) -> ReadError:
        return ReadError("bad-front-matter", message, *self._position(event))


def _extent(value: Value) -> tuple[int, int]:
    """The number of values and characters in a value, and its nesting depth."""
    if not isinstance(value, list | dict):
        return (len(value) if isinstance(value, str) else 0) + 1, 0
    inner = [_extent(item) for item in (value.values() if isinstance(value, dict) else value)]
    names = sum(map(len, value)) if isinstance(value, dict) else 0
    return names + 1 + sum(size for size, _ in inner), 1 + max((h for _, h in inner), default=0)


_INVALID = "the front matter is not valid YAML ({}); fix it"


def _broken(error: YAMLError, line: int) -> ReadError:
    mark: Any = getattr(error, "problem_mark", None)
    why = getattr(error, "problem", None) or getattr(error, "reason", None) or "it is broken"
    position = (line + mark.line, mark.column + 1) if mark else (line, 0)
    return ReadError("bad-front-matter", _INVALID.format(why), *position)


def as_value(value: Any, depth: int = 0) -> Value:
    """A value parsed from TOML or JSON, with numbers and dates as strings.

    Raises:
        RecursionError: the value is nested more than DEPTH levels deep.
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
        return [as_value(item, depth + 1) for item in value]
    return {str(key): as_value(item, depth + 1) for key, item in value.items()}
