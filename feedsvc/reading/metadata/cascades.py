"""Hugo's cascades: keys under `cascade` in an `_index.md` that withhold the articles below it.

    cascade:
      - draft: true
        target: {path: "/notes/private/**"}

An article's own key overrides an inherited one; a nearer folder overrides a higher one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from feedsvc.reading.metadata.fields import PUBLISHED, Fields, folded
from feedsvc.reading.metadata.withheld import KEYS
from feedsvc.reading.metadata.yaml_values import Value
from feedsvc.reading.source import Source

MAX_EXPANDED = 100  # patterns that one pattern with braces may expand to
MAX_PARENTS = 4  # folders above the root, one of which may be Hugo's `content`
MAX_LENGTH = 500  # characters of a pattern

_BRACES = re.compile(r"\{([^{}]*+)\}")
_PARTS = re.compile(r"\*\*|\*|\?|\[[^\]]*+\]|[^*?\[]++|\[")
_BUILD = "build"
_INHERITED = KEYS | frozenset(PUBLISHED)  # a date ahead withholds an article until then


@dataclass(frozen=True, slots=True)
class Cascade:
    """Keys inherited by the articles that match the target."""

    values: dict[str, Value]
    target: dict[str, Value]

    @classmethod
    def of(cls, values: dict[str, Value]) -> Cascade:
        """Parse one map under `cascade`."""
        target = next((value for key, value in values.items() if folded(key) == "target"), None)
        return cls(values, target if isinstance(target, dict) else {})

    def reaches(self, paths: Iterable[str]) -> bool:
        """Whether the article with one of these paths inherits the keys."""
        pages = [name for path in paths for name in _names(path)]
        for key, value in self.target.items():
            if isinstance(value, str):
                candidates = {"path": pages, "kind": ["page"], "environment": ["production"]}
                names = candidates.get(folded(key))
                if names and not any(_fits(value, name) for name in names):
                    return False
        return True


def passed_down(own: Fields, source: Source) -> Fields:
    """The keys of an article, with those inherited from its folders, the nearest folder first."""
    paths = _paths(source)
    fields = Fields(dict(own.values), dict(own.written), own.position, dict(own.overruled))
    for cascades in source.companions.cascades:
        inherited = Fields()
        for cascade in cascades:
            if cascade.reaches(paths):
                _merge(inherited, Fields.of(cascade.values))
        for name in inherited.values.keys() & _INHERITED:
            _inherit(fields, inherited, name)
    return fields


def _paths(source: Source) -> list[str]:
    """The path relative to the root and to each of its parents: one may be Hugo's `content`."""
    above = source.how.root.parts[1:][-MAX_PARENTS:] if source.how.root else ()
    return ["/".join((*above[start:], source.path)) for start in range(len(above), -1, -1)]


def _merge(inherited: Fields, more: Fields) -> None:
    for name, value in more.values.items():
        inherited.add(name, value)
    for name, values in more.overruled.items():
        for value in values:
            inherited.overrule(name, value)


def _inherit(fields: Fields, inherited: Fields, name: str) -> None:
    own, value = fields.values.get(name), inherited.values[name]
    if own is None:
        fields.values[name] = value
        fields.written.setdefault(name, name)
        fields.overruled.setdefault(name, []).extend(inherited.overruled.get(name, ()))
    elif name == _BUILD and isinstance(own, dict) and isinstance(value, dict):
        fields.values[name] = {**value, **own}


def _names(path: str) -> list[str]:
    """Hugo's page paths for a file, without the leading slash."""
    stem = path.rpartition(".")[0] or path
    page = stem.removesuffix("/index")
    return [path, stem, page]


def _fits(pattern: str, name: str) -> bool:
    """Whether a name matches a Hugo pattern; a pattern beyond the limits matches everything."""
    if len(pattern) > MAX_LENGTH:
        return True
    plain = list(islice(_expanded(pattern.lower()), MAX_EXPANDED + 1))
    return len(plain) > MAX_EXPANDED or any(
        _fits_plain(item.lstrip("/"), name.lower()) for item in plain
    )


def _expanded(pattern: str) -> Iterator[str]:
    """The patterns that a pattern with braces expands to."""
    waiting = [pattern]
    while waiting:
        current = waiting.pop()
        braces = _BRACES.search(current)
        if not braces:
            yield current
            continue
        before, after = current[: braces.start()], current[braces.end() :]
        waiting += [before + choice + after for choice in braces[1].split(",")][: MAX_EXPANDED + 1]
        if len(waiting) > MAX_EXPANDED:
            yield from waiting
            return


def _fits_plain(pattern: str, name: str) -> bool:
    """Match a pattern without braces: track all reachable offsets, part by part."""
    offsets = {0}
    for part in _PARTS.findall(pattern):
        offsets = set(_after(part, offsets, name))
        if not offsets:
            return False
    return len(name) in offsets


def _after(part: str, offsets: set[int], name: str) -> Iterator[int]:
    if part == "**":
        yield from range(min(offsets), len(name) + 1)
    elif part == "*":
        end = -1
        for offset in sorted(offsets):
            if offset > end:
                slash = name.find("/", offset)
                end = len(name) if slash < 0 else slash
                yield from range(offset, end + 1)
    elif part == "?" or (len(part) > 1 and part[0] == "["):
        yield from (offset + 1 for offset in offsets if offset < len(name))
    else:
        yield from (offset + len(part) for offset in offsets if name.startswith(part, offset))
