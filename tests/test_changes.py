"""The change log in pages: content, page boundaries, validators."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import event

from feedsvc.ledger import change_log
from feedsvc.ledger.store import Store
from feedsvc.model import Document
from feedsvc.web.builder import DocumentBuilder
from feedsvc.web.routes import CHANGES, InvalidCursor, parse
from tests.campaigns import examples
from tests.documents import built
from tests.site import CONFIG, Site
from tests.test_publish import Desk

BASE = "http://feeds.example"
ENTRY = {"url", "page", "title", "published", "updated"}


@pytest.fixture
def desk(site: Site, store: Store) -> Desk:
    return Desk(site, store)


@pytest.fixture
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page holds five lines."""
    monkeypatch.setattr(change_log, "PAGE_SIZE", 5)


def build(desk: Desk, after: int = 0) -> Document:
    document = built(
        DocumentBuilder(desk.site.config(), desk.store), f"/changes.json?after={after}"
    )
    assert document is not None
    return document


def page(desk: Desk, after: int = 0) -> dict[str, Any]:
    told = json.loads(build(desk, after).bodies["identity"])
    assert isinstance(told, dict)
    return told


def behind(told: dict[str, Any]) -> int:
    """The cursor that a page hands on."""
    address = told["next"]
    assert address.startswith(f"{BASE}/changes.json?after=")
    return int(address.partition("=")[2])


def follow(desk: Desk, after: int) -> tuple[list[dict[str, Any]], int]:
    """All changes behind a cursor, page by page, and the cursor behind them."""
    found: list[dict[str, Any]] = []
    while True:
        told = page(desk, after)
        found += told["changes"]
        if behind(told) == after:
            return found, after
        after = behind(told)


def kinds(changes: list[dict[str, Any]]) -> list[str]:
    return [change["kind"] for change in changes]


def write(desk: Desk, *days: int, text: str = "A paragraph.") -> None:
    for day in days:
        desk.site.write(f"a{day}.txt", f"Day {day}", text, date=f"2026-01-{day:02}T00:00:00Z")


def test_a_release_says_all_that_is_needed_to_fetch_the_article(desk: Desk) -> None:
    write(desk, 1)
    desk.scan()
    original = "https://paper.example/story?a=b&c=d"
    desk.site.write(
        "b.txt", "AT&T “twice”", date="2026-03-04T05:06:07+02:00", Original=f"[Paper]({original})"
    )
    desk.scan()
    told = page(desk)
    (entry, _) = desk.content().entries
    now = f"{desk.time.now:%Y-%m-%dT%H:%M:%SZ}"
    assert told["changes"][-1] == {
        "sequence": told["last"],
        "kind": "released",
        "at": now,
        "id": entry.id,
        "url": original,
        "page": f"{BASE}/articles/{entry.id.removeprefix('urn:uuid:')}",
        "title": "AT&T “twice”",
        "published": "2026-03-04T03:06:07Z",
        "updated": now,
    }


def test_what_the_first_import_brought_says_so(desk: Desk) -> None:
    write(desk, 1)
    desk.scan()
    write(desk, 2)
    desk.scan()
    changes = page(desk)["changes"]
    assert [(one["kind"], one.get("imported")) for one in changes] == [
        ("released", True),
        ("released", None),
    ]


def test_edits_moves_and_withdrawals_are_told_in_order(desk: Desk) -> None:
    write(desk, 1, 2, 3)
    desk.scan()
    start = behind(page(desk))
    write(desk, 1, text="Another.")
    desk.scan()
    (desk.site.folder / "news").mkdir()
    (desk.site.folder / "a2.txt").rename(desk.site.folder / "news" / "a2.txt")
    desk.scan()
    (desk.site.folder / "a3.txt").unlink()
    desk.scan()
    changes, _ = follow(desk, start)
    assert kinds(changes) == ["edited", "edited", "withdrawn"]
    assert changes[2].keys() == {"sequence", "kind", "at", "id"}
    assert [one["sequence"] for one in changes] == sorted(one["sequence"] for one in changes)


def test_what_has_been_withdrawn_since_is_told_without_its_text(desk: Desk) -> None:
    write(desk, 1, 2)
    desk.scan()
    (desk.site.folder / "a1.txt").unlink()
    desk.scan()
    first, second, withdrawn = page(desk)["changes"]
    assert not ENTRY & first.keys()
    assert second.keys() >= ENTRY
    assert (withdrawn["kind"], withdrawn["id"]) == ("withdrawn", first["id"])
    write(desk, 1)
    desk.scan()
    first, _, withdrawn, back = page(desk)["changes"]
    assert first["title"] == back["title"] == "Day 1"
    assert not ENTRY & withdrawn.keys(), "it tells of a withdrawal, whatever became of the entry"


def test_what_is_held_moves_the_sequence_alone(desk: Desk) -> None:
    write(desk, 1)
    desk.scan()
    start = behind(page(desk))
    ahead = desk.time.now + timedelta(days=1)
    desk.site.write("held.txt", "Held", date=ahead.isoformat())
    desk.scan()
    told = page(desk, start)
    assert told["changes"] == []
    assert behind(told) == told["last"] > start
    assert build(desk, start).next_due == ahead
    desk.time.now = ahead
    desk.scan()
    assert kinds(follow(desk, start)[0]) == ["released"]


def test_a_changed_setting_moves_the_sequence_and_the_page(desk: Desk) -> None:
    write(desk, 1)
    desk.scan()
    before = build(desk)
    desk.site.file.write_text(CONFIG.replace("feeds.example", "other.example"))
    desk.scan()
    after = build(desk)
    told = json.loads(after.bodies["identity"])
    assert len(told["changes"]) == 1
    assert told["changes"][0]["page"].startswith("http://other.example/articles/")
    assert after.modified > before.modified


@pytest.mark.usefixtures("_short")
def test_pages_end_where_all_who_follow_meet(desk: Desk) -> None:
    write(desk, *range(1, 13))
    desk.scan()
    last = page(desk, 10)["last"]
    for after, end in ((0, 5), (3, 5), (5, 10), (9, 10), (10, last)):
        told = page(desk, after)
        assert (told["after"], told["last"], behind(told)) == (after, end, end)


@pytest.mark.usefixtures("_short")
def test_a_full_page_stays_as_it_is_while_the_journal_grows(desk: Desk) -> None:
    write(desk, *range(1, 7))
    desk.scan()
    full, open_ended = build(desk), build(desk, 5)
    write(desk, 20)
    desk.scan()
    assert build(desk) == full
    assert full.next_due is None
    grown = build(desk, 5)
    assert (grown.tag != open_ended.tag, grown.modified > open_ended.modified) == (True, True)


@pytest.mark.usefixtures("_short")
@pytest.mark.parametrize("withdrawn", [True, False])
def test_a_full_page_changes_with_the_entries_that_it_tells_of(
    desk: Desk, *, withdrawn: bool
) -> None:
    write(desk, *range(1, 7))
    desk.scan()
    before = build(desk)
    if withdrawn:
        (desk.site.folder / "a2.txt").unlink()
    else:
        desk.site.write("a2.txt", "A new title", date="2026-01-02T00:00:00Z")
    desk.scan()
    after = build(desk)
    assert (after.tag != before.tag, after.modified > before.modified) == (True, True)


def test_at_the_end_there_is_nothing_and_the_cursor_stays(desk: Desk) -> None:
    write(desk, 1)
    desk.scan()
    end = page(desk)["last"]
    for after in (end, end + 1000):
        told = page(desk, after)
        assert (told["changes"], behind(told), told["last"]) == ([], after, end)


def test_links_name_the_page_and_the_next(desk: Desk) -> None:
    write(desk, 1)
    desk.scan()
    document = build(desk)
    own, following = f"{BASE}/changes.json?after=0", page(desk)["next"]
    assert document.links == (f'<{own}>; rel="self"', f'<{following}>; rel="next"')
    assert document.shared


@pytest.mark.parametrize(
    ("query", "after"),
    [("", 0), ("after=0", 0), ("after=137", 137), ("after=0137&x=y", 137), ("x", 0)],
)
def test_a_query_becomes_the_one_address_of_its_page(query: str, after: int) -> None:
    assert str(parse(CHANGES, query)) == f"/changes.json?after={after}"
    assert parse(CHANGES, query) == parse(CHANGES, f"after={after}")


@pytest.mark.parametrize(
    "query",
    ["after=", "after", "after=-1", "after=+1", "after=1.0", "after=x", "after=1&after=2",
     "after=%D9%A1", "after=1%0A", "after=1000000000000000"],
)  # fmt: skip
def test_a_query_that_names_no_line_is_refused_in_one_sentence(query: str) -> None:
    with pytest.raises(InvalidCursor, match=r"^after takes one whole number .*\.$"):
        parse(CHANGES, query)


TURN = st.lists(
    st.tuples(st.sampled_from(["write", "edit", "remove"]), st.integers(1, 6)), max_size=4
)


@examples(
    15,
    300,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(turns=st.lists(TURN, min_size=1, max_size=4), number=st.integers(0, 1 << 30))
def test_who_follows_the_cursor_has_what_the_feed_has(
    turns: list[list[tuple[str, int]]],
    number: int,
    sqlite: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """A service that keeps a copy by the changes alone, whatever was scanned between its polls."""
    base = tmp_path_factory.mktemp("followed")
    (base / "ledger.db").write_bytes(sqlite.read_bytes())
    store = Store(f"sqlite:///{base / 'ledger.db'}")
    desk = Desk(Site(base), store)
    write(desk, 1)
    desk.scan()
    copy: dict[str, str | None] = {}
    after = 0
    for turn in turns:
        for what, day in turn:
            _turn(desk, what, day, number)
        desk.scan(allow_empty=True)
        changes, after = follow(desk, after)
        for change in changes:
            copy[change["id"]] = change.get("title") if change["kind"] != "withdrawn" else None
        there = {one.id: one.article.title for one in desk.content().entries}
        assert {key: title for key, title in copy.items() if title} == there
    store.close()


def _turn(desk: Desk, what: str, day: int, number: int) -> None:
    file = desk.site.folder / f"a{day}.txt"
    if what == "remove":
        file.unlink(missing_ok=True)
    elif what == "edit":
        desk.site.write(file.name, f"Day {day} again {number}", date="2026-01-01T00:00:00Z")
    else:
        write(desk, day)


@pytest.fixture
def queries(sqlite: Path) -> Iterator[tuple[Store, list[tuple[str, Any]]]]:
    """A ledger in SQLite, and the queries that it gets."""
    store = Store(f"sqlite:///{sqlite}")
    seen: list[tuple[str, Any]] = []

    @event.listens_for(store.engine, "before_cursor_execute")
    def _note(_connection: Any, _cursor: Any, text: str, values: Any, *_rest: Any) -> None:
        if text.startswith("SELECT"):
            seen.append((text, values))

    yield store, seen
    store.close()


def test_a_page_is_read_by_the_primary_key(queries: tuple[Store, list[tuple[str, Any]]]) -> None:
    store, seen = queries
    change_log.page(store, 137)
    text, values = seen[0]
    with store.read() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all()
    assert [row[3] for row in plan] == [
        "SEARCH changes USING INDEX sqlite_autoindex_changes_1 (sequence>? AND sequence<?)"
    ]
