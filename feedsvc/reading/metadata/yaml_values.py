"""YAML front matter becomes plain values: text stays as it was written, nothing is constructed.

A plain scalar is text, save for the booleans and nulls of YAML 1.1: `2026-01-31` and `1984` are
text, `no` is false. Tags (`!!python/object`) mean nothing. Aliases and merges (`<<: *a`) are read.
"""

from __future__ import annotations

from collections.abc import Callable
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
Place = tuple[int, int]

DEPTH = 20
REPEATED = 100_000  # values and characters that all aliases together may stand for
MERGE = "<<"
_WORDS: dict[str, bool | None] = {
    form: value
    for word, value in (
        ("yes", True), ("true", True), ("on", True), ("no", False), ("false", False),
        ("off", False), ("null", None), ("~", None), ("", None),
    )
    for form in (word, word.capitalize(), word.upper())
}  # fmt: skip
_BOMB = f"its aliases stand for more than {REPEATED:,} values; write fewer of them"
_TOO_DEEP = f"the front matter is nested more than {DEPTH} deep; make it simpler"


class Repeat(NamedTuple):
    """A key that stands twice in one map with two values, of which the earlier is overruled."""

    key: str
    value: Value
    place: Place


class Document(NamedTuple):
    """What a document says, where each key of its map stands, and what it says twice."""

    value: Value
    places: dict[str, Place]
    repeats: list[Repeat]


def read_yaml(text: str, line: int = 1) -> Document:
    """One document that begins at `line`.

    Raises:
        ReadError: `bad-front-matter`, or `too-deep`, with line and column.
    """
    reader = _Reader(text, line)
    try:
        return Document(reader.document(), reader.places, reader.repeats)
    except YAMLError as error:
        raise _broken(error, line) from None
    except UnicodeError:
        raise ReadError("bad-front-matter", _READS.format("a lone surrogate"), line) from None


class _Reader:
    """Builds values from libyaml's events; its own nesting is bounded by DEPTH."""

    def __init__(self, text: str, line: int) -> None:
        self.places: dict[str, Place] = {}
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
            raise self._refusal("a second document begins here; keep one", event)
        return value

    def _value(self, event: Any, depth: int) -> Value:
        if isinstance(event, ScalarEvent):
            plain = event.implicit[0] and event.value in _WORDS
            value: Value = _WORDS[event.value] if plain else event.value
        elif isinstance(event, AliasEvent):
            return self._alias(event, depth)
        elif depth == DEPTH:
            raise ReadError("too-deep", _TOO_DEEP, *self._place(event))
        elif isinstance(event, MappingStartEvent):
            value = self._map(depth)
        else:
            value = self._list(depth)
        if event.anchor:
            self._anchors[event.anchor] = value
        return value

    def _map(self, depth: int) -> dict[str, Value]:
        found: dict[str, Value] = {}
        merged: list[tuple[Value, Place]] = []
        while not isinstance(event := self._next(), MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                raise self._refusal("a key is no plain text; write `key: value`", event)
            key = event.value
            value = self._value(self._next(), depth + 1)
            if key == MERGE and event.implicit[0] and isinstance(value, dict | list):
                merged.append((value, self._place(event)))
                continue
            if key in found and found[key] != value:
                self.repeats.append(Repeat(key, found[key], self._place(event)))
            found[key] = value
            if depth == 0:
                self.places[key] = self._place(event)
        for value, place in merged:
            self._merge(found, value, place, depth)
        return found

    def _merge(self, found: dict[str, Value], value: Value, place: Place, depth: int) -> None:
        """Add what other maps say beside what this one says itself; the first of them counts."""
        for other in value if isinstance(value, list) else [value]:
            for key, inherited in other.items() if isinstance(other, dict) else ():
                if key not in found:
                    found[key] = inherited
                    if depth == 0:
                        self.places[key] = place

    def _list(self, depth: int) -> list[Value]:
        found: list[Value] = []
        while not isinstance(event := self._next(), SequenceEndEvent):
            found.append(self._value(event, depth + 1))
        return found

    def _alias(self, event: AliasEvent, depth: int) -> Value:
        """What was anchored; all aliases together stand for no more than REPEATED."""
        if event.anchor not in self._anchors:
            raise self._refusal(
                f"nothing is named {quoted(str(event.anchor))}; fix the alias", event
            )
        value = self._anchors[event.anchor]
        size, height = _extent(value)
        self._repeated += size
        if self._repeated > REPEATED:
            raise self._refusal(_BOMB, event)
        if depth + height > DEPTH:
            raise ReadError("too-deep", _TOO_DEEP, *self._place(event))
        return value

    def _place(self, event: Any) -> Place:
        mark = event.start_mark
        return self._line + mark.line, mark.column + 1

    def _refusal(self, message: str, event: Any) -> ReadError:
        return ReadError("bad-front-matter", message, *self._place(event))


def _extent(value: Value) -> tuple[int, int]:
    """How many values and characters there are in a value, and how deep it is nested."""
    if not isinstance(value, list | dict):
        return (len(value) if isinstance(value, str) else 0) + 1, 0
    inner = [_extent(one) for one in (value.values() if isinstance(value, dict) else value)]
    names = sum(map(len, value)) if isinstance(value, dict) else 0
    return names + 1 + sum(size for size, _ in inner), 1 + max((h for _, h in inner), default=0)


_READS = "the front matter is no YAML ({}); fix it"


def _broken(error: YAMLError, line: int) -> ReadError:
    mark: Any = getattr(error, "problem_mark", None)
    why = getattr(error, "problem", None) or getattr(error, "reason", None) or "it is broken"
    place = (line + mark.line, mark.column + 1) if mark else (line, 0)
    return ReadError("bad-front-matter", _READS.format(why), *place)
