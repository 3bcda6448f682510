"""YAML front matter becomes plain values: text stays as it was written, nothing is constructed.

A plain scalar is text, save for the booleans and nulls of YAML 1.1: `2026-01-31` and `1984` are
text, `no` is false. Tags (`!!python/object`) mean nothing and `<<` is a key like any other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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

from feedsvc.articles.refusal import Refusal, quoted

Value = str | bool | None | list["Value"] | dict[str, "Value"]
Place = tuple[int, int]

DEPTH = 20
_WORDS: dict[str, bool | None] = {
    form: value
    for word, value in (
        ("yes", True), ("true", True), ("on", True), ("no", False), ("false", False),
        ("off", False), ("null", None), ("~", None), ("", None),
    )
    for form in (word, word.capitalize(), word.upper())
}  # fmt: skip
_COLLECTION_ALIAS = "an alias for a list or a map is not read; write it out"


def read_yaml(text: str, line: int = 1) -> tuple[Value, dict[str, Place]]:
    """The value of one document that begins at `line`, and where each key of a map stands.

    Raises:
        Refusal: `bad-front-matter`, or `too-deep`, with line and column.
    """
    reader = _Reader(text, line)
    try:
        return reader.document(), reader.places
    except YAMLError as error:
        raise _broken(error, line) from None
    except UnicodeError:
        raise Refusal("bad-front-matter", _READS.format("a lone surrogate"), line) from None


class _Reader:
    """Builds values from libyaml's events; its own nesting is bounded by DEPTH."""

    def __init__(self, text: str, line: int) -> None:
        self.places: dict[str, Place] = {}
        self._next: Callable[[], Any] = CParser(text).get_event
        self._line = line
        self._anchors: dict[str, Value] = {}
        self._length = len(text)
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
            return self._alias(event)
        elif depth == DEPTH:
            message = f"the front matter is nested more than {DEPTH} deep; make it simpler"
            raise Refusal("too-deep", message, *self._place(event))
        elif isinstance(event, MappingStartEvent):
            value = self._map(depth)
        else:
            value = self._list(depth)
        if event.anchor:
            self._anchors[event.anchor] = value
        return value

    def _map(self, depth: int) -> dict[str, Value]:
        found: dict[str, Value] = {}
        while not isinstance(event := self._next(), MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                raise self._refusal("a key is no plain text; write `key: value`", event)
            key = event.value
            if key in found:
                message = f"{quoted(key)} is there twice; keep one of the two"
                raise self._refusal(message, event)
            if depth == 0:
                self.places[key] = self._place(event)
            found[key] = self._value(self._next(), depth + 1)
        return found

    def _list(self, depth: int) -> list[Value]:
        found: list[Value] = []
        while not isinstance(event := self._next(), SequenceEndEvent):
            found.append(self._value(event, depth + 1))
        return found

    def _alias(self, event: AliasEvent) -> Value:
        """What was anchored, where it is text; all aliases together are no longer than the file."""
        if event.anchor not in self._anchors:
            raise self._refusal(
                f"nothing is named {quoted(str(event.anchor))}; mend the alias", event
            )
        value = self._anchors[event.anchor]
        self._repeated += len(value) if isinstance(value, str) else 0
        if isinstance(value, list | dict) or self._repeated > self._length:
            raise self._refusal(_COLLECTION_ALIAS, event)
        return value

    def _place(self, event: Any) -> Place:
        mark = event.start_mark
        return self._line + mark.line, mark.column + 1

    def _refusal(self, message: str, event: Any) -> Refusal:
        return Refusal("bad-front-matter", message, *self._place(event))


_READS = "the front matter is no YAML ({}); mend it"


def _broken(error: YAMLError, line: int) -> Refusal:
    mark: Any = getattr(error, "problem_mark", None)
    why = getattr(error, "problem", None) or getattr(error, "reason", None) or "it is broken"
    place = (line + mark.line, mark.column + 1) if mark else (line, 0)
    return Refusal("bad-front-matter", _READS.format(why), *place)
