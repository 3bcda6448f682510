"""Articles that name the same Original: all are published, and all but the first get a warning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from feedsvc.model import Problem

SAME_ORIGINAL = "same-original"


def shared_originals(originals: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    """A warning for each article but the first, given the URL and the path of each."""
    first: dict[str, str] = {}
    for url, path in sorted(originals):
        if first.setdefault(url, path) != path:
            message = (
                f"its Original is that of {first[url]}; remove one if they are the same article"
            )
            yield Problem(path, SAME_ORIGINAL, message)
