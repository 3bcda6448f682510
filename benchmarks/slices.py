"""How long it takes to build a feed, of any collection of a big ledger, when it is first asked for.

python -m benchmarks.slices --articles 100000 --authors 20000
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.filling import Filling, article
from feedsvc.cli import starter
from feedsvc.config import load
from feedsvc.feeds.registry import FEED_LIST, feed_of
from feedsvc.ledger import feed_content
from feedsvc.ledger.migrating import migrate
from feedsvc.ledger.store import Store
from feedsvc.model import CollectionKind
from feedsvc.web.builder import DocumentBuilder
from feedsvc.web.routes import parse

SAMPLE = 200  # slices that are built
PAGES = (FEED_LIST, "/feeds.opml", "/sitemap.xml", "/", "/feed.atom")


def main() -> None:
    """Fill a ledger, build feeds and pages, print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--authors", type=int, default=20_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        builder = _filled(Path(folder), arguments.articles, arguments.authors)
        _report(builder)


class _Filled(DocumentBuilder):
    """A document builder with the ledger that it reads."""

    store: Store


def _filled(base: Path, articles: int, authors: int) -> _Filled:
    (base / "articles").mkdir()
    file = base / "config.toml"
    file.write_text(starter.starting_config("bench", folder="articles"), encoding="utf-8")
    config = load(file)
    store = Store(config.store.url)
    migrate(store)
    text = "<p>" + "Some words of a paragraph that says little. " * 60 + "</p>"
    began = time.perf_counter()
    Filling(config, store).fill(article(number, authors, text) for number in range(articles))
    _say(f"filled: {articles} articles of {authors} authors in {_seconds(began):.1f} s")
    builder = _Filled(config, store)
    builder.store = store
    return builder


def _report(builder: _Filled) -> None:
    listed = feed_content.all_collections(builder.store)
    _say(f"slices: {len(listed)}")
    chance = random.Random(7)  # noqa: S311 - the same collections every time
    _timed(builder, "/feed.atom")  # what is imported and prepared once is not the collections' own
    for kind in CollectionKind:
        homes = [feed_of(builder.config, one).stem for one, _ in listed if one.kind is kind]
        if homes:
            chosen = chance.sample(homes, min(SAMPLE, len(homes)))
            for suffix in (".atom", ".rss", ".json"):
                times = [_timed(builder, path + suffix) for path in chosen]
                _print(f"{kind} {suffix}", times)
    for path in PAGES:
        if parse(path):
            _print(path, [_timed(builder, path) for _ in range(3)])


def _timed(builder: DocumentBuilder, path: str) -> float:
    began = time.perf_counter()
    route = parse(path)
    document = builder.build(route) if route else None
    taken = _seconds(began)
    if document is None:
        raise SystemExit(f"{path}: nothing is there")
    return taken


def _print(what: str, times: list[float]) -> None:
    median, worst = statistics.median(times) * 1000, max(times) * 1000
    _say(f"{what:16} {len(times):4} built: median {median:7.1f} ms, worst {worst:7.1f} ms")


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - this is what it is for


def _seconds(began: float) -> float:
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
