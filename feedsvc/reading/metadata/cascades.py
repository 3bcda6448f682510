"""What Hugo's `_index.md` passes down: keys under `cascade` that withhold the articles below it.

    cascade:
      - draft: true
        target: {path: "/notes/private/**"}

A key of the article's own goes before one that is passed down, a nearer folder before one above.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from feedsvc.reading.metadata.fields import Fields, folded
from feedsvc.reading.metadata.withheld import KEYS
from feedsvc.reading.metadata.yaml_values import Value
from feedsvc.reading.source import Source

MOST = 100  # patterns that the braces of one stand for
MOST_ABOVE = 4  # folders above the root in which it may be looked at from Hugo's `content`
LONGEST = 500  # characters of a pattern

_BRACES = re.compile(r"\{([^{}]*+)\}")
_SIGNS = re.compile(r"\*\*|\*|\?|\[[^\]]*+\]|[^*?\[]++|\[")
_BUILD = "build"


@dataclass(frozen=True, slots=True)
class Cascade:
    """Keys that are passed down to the articles that fit the target."""

    values: dict[str, Value]
    target: dict[str, Value]

    @classmethod
    def of(cls, values: dict[str, Value]) -> Cascade:
        """What one map under `cascade` says."""
        target = next((value for key, value in values.items() if folded(key) == "target"), None)
        return cls(values, target if isinstance(target, dict) else {})

    def reaches(self, paths: Iterable[str]) -> bool:
        """Whether the article with one of these paths gets the keys."""
        pages = [name for path in paths for name in _names(path)]
        for key, value in self.target.items():
            if isinstance(value, str):
                named = {"path": pages, "kind": ["page"], "environment": ["production"]}
                names = named.get(folded(key))
                if names and not any(_fits(value, name) for name in names):
                    return False
        return True


def passed_down(own: Fields, source: Source) -> Fields:
    """The keys of an article with those that folders pass down to it, the nearest folder first."""
    paths = _paths(source)
    fields = Fields(dict(own.values), dict(own.written), own.place, dict(own.overruled))
    for cascades_there in source.around.above:
        there = Fields()
        for cascade in cascades_there:
            if cascade.reaches(paths):
                _take(there, Fields.of(cascade.values))
        for name in there.values.keys() & KEYS:
            _inherit(fields, there, name)
    return fields


def _paths(source: Source) -> list[str]:
    """The path from the root, and from each of the folders above: one is Hugo's `content`."""
    above = source.how.root.parts[1:][-MOST_ABOVE:] if source.how.root else ()
    return ["/".join((*above[start:], source.path)) for start in range(len(above), -1, -1)]


def _take(there: Fields, more: Fields) -> None:
    for name, value in more.values.items():
        there.keep(name, value)
    for name, values in more.overruled.items():
        for value in values:
            there.overrule(name, value)


def _inherit(fields: Fields, there: Fields, name: str) -> None:
    mine, value = fields.values.get(name), there.values[name]
    if mine is None:
        fields.values[name] = value
        fields.written.setdefault(name, name)
        fields.overruled.setdefault(name, []).extend(there.overruled.get(name, ()))
    elif name == _BUILD and isinstance(mine, dict) and isinstance(value, dict):
        fields.values[name] = {**value, **mine}


def _names(path: str) -> list[str]:
    """What Hugo calls the page of a file, without the slash at the beginning."""
    stem = path.rpartition(".")[0] or path
    page = stem.removesuffix("/index")
    return [path, stem, page]


def _fits(pattern: str, name: str) -> bool:
    """Whether a name fits a pattern of Hugo; one that is too long, or has too many braces, fits."""
    if len(pattern) > LONGEST:
        return True
    plain = list(islice(_expanded(pattern.lower()), MOST + 1))
    return len(plain) > MOST or any(_fits_plain(one.lstrip("/"), name.lower()) for one in plain)


def _expanded(pattern: str) -> Iterator[str]:
    """The patterns that one with braces stands for."""
    waiting = [pattern]
    while waiting:
        one = waiting.pop()
        braces = _BRACES.search(one)
        if not braces:
            yield one
            continue
        before, after = one[: braces.start()], one[braces.end() :]
        waiting += [before + choice + after for choice in braces[1].split(",")][: MOST + 1]
        if len(waiting) > MOST:
            yield from waiting
            return


def _fits_plain(pattern: str, name: str) -> bool:
    """The same without braces: every place that can be reached, sign by sign."""
    places = {0}
    for sign in _SIGNS.findall(pattern):
        places = set(_after(sign, places, name))
        if not places:
            return False
    return len(name) in places


def _after(sign: str, places: set[int], name: str) -> Iterator[int]:
    if sign == "**":
        yield from range(min(places), len(name) + 1)
    elif sign == "*":
        end = -1
        for place in sorted(places):
            if place > end:
                slash = name.find("/", place)
                end = len(name) if slash < 0 else slash
                yield from range(place, end + 1)
    elif sign == "?" or (len(sign) > 1 and sign[0] == "["):
        yield from (place + 1 for place in places if place < len(name))
    else:
        yield from (place + len(sign) for place in places if name.startswith(sign, place))
