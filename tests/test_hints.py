"""Hinted scans look at a few paths alone, and end where scans of the whole folder would."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.ledger.store import Store
from feedsvc.model import Counts, Report, urn
from tests.campaigns import examples
from tests.site import CONFIG, Service, Site, eventually
from tests.test_folder_life import NOTHING, Life, codes

pytestmark = pytest.mark.slow

FEW_SECONDS = 10.0  # settle time, a scan, a look of the web process: on a busy machine


def hinted(life: Life, *paths: str) -> Report:
    return life.scan(hints=frozenset(paths))


@pytest.fixture
def life(site: Site, sqlite: Path) -> Iterator[Life]:
    """A site with three articles that have been scanned."""
    with on_sqlite(site, sqlite) as life:
        life.note("a.md", title="A")
        life.note("b.md", title="B")
        life.note("news/c.md", title="C")
        life.scan()
        yield life


@contextmanager
def on_sqlite(site: Site, sqlite: Path, name: str = "ledger") -> Iterator[Life]:
    store = Store(f"sqlite:///{shutil.copy(sqlite, site.base / f'{name}.db')}")
    yield Life(site, store)
    store.close()


def test_a_new_file_is_published_and_nothing_else_is_looked_at(life: Life) -> None:
    life.note("a.md", title="A, edited")
    life.note("new.md", title="New")
    assert hinted(life, "new.md").counts == Counts(new=1)
    assert sorted(life.shown()) == ["A", "B", "C", "New"]
    assert life.scan().counts == Counts(changed=1)


def test_an_edited_file_is_edited(life: Life) -> None:
    before = life.ids()
    life.note("a.md", title="A, edited")
    assert hinted(life, "a.md").counts == Counts(changed=1)
    assert (life.rows()["a.md"].title, life.ids()) == ("A, edited", before)
    assert life.scan().counts == NOTHING


@pytest.mark.parametrize("hints", [("d.md",), ("a.md",), ("a.md", "d.md")])
def test_a_rename_is_a_move_whichever_of_its_paths_is_hinted_at(
    life: Life, hints: tuple[str, ...]
) -> None:
    before = life.ids()["a.md"]
    life.move("a.md", "d.md")
    assert hinted(life, *hints).counts == Counts(moved=1)
    assert life.ids()["d.md"] == before
    assert life.told() == ["imported"] * 3


@pytest.mark.parametrize("hints", [("d.md",), ("a.md",), ("a.md", "d.md")])
def test_a_rename_with_an_edit_is_an_edit_where_the_file_claims_an_id(
    life: Life, hints: tuple[str, ...]
) -> None:
    life.note("a.md", title="A", id="one")
    hinted(life, "a.md")
    life.note("x.md", title="X", id="two")
    hinted(life, "x.md")
    (life.folder / "x.md").rename(life.folder / "y.md")
    life.note("y.md", title="Y", id="two")
    where = {"a.md": "x.md", "d.md": "y.md"}
    assert hinted(life, *(where[hint] for hint in hints)).counts == Counts(changed=1)
    assert life.ids()["y.md"] == urn("test", "article", "two")


def test_a_copy_is_an_article_of_its_own(life: Life) -> None:
    before = life.ids()
    shutil.copy(life.folder / "a.md", life.folder / "d.md")
    assert hinted(life, "d.md").counts == Counts(new=1)
    assert life.ids() == before | {"d.md": urn("test", "article", "d.md")}


def test_a_deleted_file_is_withdrawn(life: Life) -> None:
    (life.folder / "a.md").unlink()
    assert hinted(life, "a.md").counts == Counts(withdrawn=1)
    assert sorted(life.shown()) == ["B", "C"]


def test_a_deleted_file_that_comes_back_keeps_its_id(life: Life) -> None:
    before = life.ids()
    aside = life.site.base / "aside.md"
    (life.folder / "a.md").rename(aside)
    hinted(life, "a.md")
    aside.rename(life.folder / "a.md")
    assert hinted(life, "a.md").counts == Counts(new=1)
    assert life.ids() == before


def test_a_file_saved_under_another_name_and_renamed_over_the_old_is_edited(life: Life) -> None:
    before = life.ids()
    life.note("a.md.new", title="A, edited").rename(life.folder / "a.md")
    assert hinted(life, "a.md.new", "a.md").counts == Counts(changed=1)
    assert life.ids() == before


def test_a_folder_that_is_moved_in_or_away_is_seen_with_all_that_is_below(life: Life) -> None:
    beside = life.site.base / "beside"
    for number in range(3):
        life.note(f"../beside/deep/{number}.md", title=f"Number {number}")
    beside.rename(life.folder / "beside")
    assert hinted(life, "beside").counts == Counts(new=3)
    before = set(life.ids().values())
    (life.folder / "beside").rename(life.folder / "moved")
    assert hinted(life, "moved").counts == Counts(moved=3)
    assert set(life.ids().values()) == before
    shutil.rmtree(life.folder / "moved")
    assert hinted(life, "moved").counts == Counts(withdrawn=3)
    assert sorted(life.shown()) == ["A", "B", "C"]


def test_a_file_that_takes_the_place_of_a_folder_is_seen(life: Life) -> None:
    shutil.rmtree(life.folder / "news")
    (life.folder / "news").touch()
    assert hinted(life, "news").counts == Counts(withdrawn=1)
    (life.folder / "b.md").unlink()
    life.note("b.md/inner.md", title="Inner")
    assert hinted(life, "b.md").counts == Counts(new=1, withdrawn=1)
    assert sorted(life.shown()) == ["A", "Inner"]


@pytest.mark.parametrize(
    "hint",
    [
        "../outside.md",
        "news/../../outside.md",
        *(".", "..", "", "/", "/etc/passwd", "news/"),
        *("nowhere.md", "a.md/b.md", "news//c.md", "x" * 5000, "link.md", "linked/inside.md"),
        *("picture.png", "a\nb.md", "%", "_.md", "news/%"),
    ],
)
def test_a_hint_that_leads_nowhere_or_outside_publishes_and_withdraws_nothing(
    life: Life, hint: str
) -> None:
    life.note("../outside.md", title="Outside")
    life.note("../elsewhere/inside.md", title="Inside a link")
    (life.folder / "linked").symlink_to(life.site.base / "elsewhere")
    before = life.ids()
    report = hinted(life, hint)
    assert (report.counts, life.ids()) == (NOTHING, before)


@pytest.mark.parametrize(
    "name",
    [
        ".hidden.md",
        ".git/a.md",
        *("a.md~", "#a.md#", "a.md.part"),
    ],
)
def test_what_a_scan_passes_over_is_not_published_for_being_hinted_at(
    life: Life, name: str
) -> None:
    life.note(name, title="Hidden")
    hinted(life, name)
    assert sorted(life.shown()) == ["A", "B", "C"]


def test_a_link_that_is_hinted_at_is_never_read(life: Life) -> None:
    life.note("../secret.md", title="Secret")
    (life.folder / "link.md").symlink_to(life.site.base / "secret.md")
    assert codes(hinted(life, "link.md")) == {"link.md": "not-a-file"}
    (life.folder / "link.md").unlink()
    assert codes(hinted(life, "link.md")) == {}
    assert sorted(life.shown()) == ["A", "B", "C"]


def test_what_is_due_is_released_only_by_a_scan_that_has_looked_at_its_file(life: Life) -> None:
    life.note("held.md", title="Held", date=(life.now + timedelta(minutes=5)).isoformat())
    assert hinted(life, "held.md").counts == Counts(held=1)
    life.now += timedelta(hours=1)
    life.note("held.md", title="Held again", date=(life.now + timedelta(hours=5)).isoformat())
    life.note("d.md", title="D")
    assert hinted(life, "d.md").counts == Counts(new=1)
    assert "Held" not in life.shown()
    assert life.scan().counts == Counts(changed=1)
    assert sorted(life.shown()) == ["A", "B", "C", "D"]


def test_what_is_due_and_hinted_at_is_released(life: Life) -> None:
    life.note("held.md", title="Held", date=(life.now + timedelta(minutes=5)).isoformat())
    life.scan()
    life.note("held.md", title="Held no more", date=life.now.isoformat())
    assert hinted(life, "held.md").counts == Counts(changed=1)
    assert life.shown()[0] == "Held no more"


def test_nothing_is_withdrawn_that_was_not_hinted_at(life: Life) -> None:
    (life.folder / "a.md").unlink()
    life.note("b.md", title="B, edited")
    assert hinted(life, "b.md").counts == Counts(changed=1)
    assert life.scan().counts == Counts(withdrawn=1)


def test_problems_of_other_files_stand_and_those_of_the_hinted_end(life: Life) -> None:
    life.note("bad.md", date="never")
    life.note("worse.md", date="never")
    life.scan()
    since = life.now
    life.note("a.md", title="A, edited")
    assert codes(hinted(life, "a.md")) == {"bad.md": "bad-date", "worse.md": "bad-date"}
    life.note("worse.md", title="Mended")
    [problem] = hinted(life, "worse.md").problems
    assert (problem.path, problem.since) == ("bad.md", since)
    (life.folder / "bad.md").unlink()
    assert hinted(life, "bad.md").problems == ()


def test_a_broken_file_that_is_hinted_at_keeps_its_last_good_version(life: Life) -> None:
    life.note("a.md", title="Broken", date="never")
    assert codes(hinted(life, "a.md")) == {"a.md": "bad-date"}
    assert sorted(life.shown()) == ["A", "B", "C"]


def test_a_second_file_of_one_id_is_a_problem_and_published_when_the_first_goes(
    life: Life,
) -> None:
    life.note("one.md", title="One", id="one")
    hinted(life, "one.md")
    life.note("two.md", title="Two", id="one")
    assert codes(hinted(life, "two.md")) == {"two.md": "duplicate-id"}
    (life.folder / "one.md").unlink()
    report = hinted(life, "one.md")
    assert report.problems == ()
    assert sorted(life.shown()) == ["A", "B", "C", "Two"]


def test_a_hint_when_the_root_is_gone_withdraws_nothing(life: Life) -> None:
    life.folder.rename(life.site.base / "away")
    report = hinted(life, "a.md")
    assert (report.counts, codes(report)) == (NOTHING, {".": "root-unreadable"})
    assert sorted(life.shown()) == ["A", "B", "C"]


def test_a_hint_in_an_emptied_root_withdraws_nothing(life: Life) -> None:
    shutil.rmtree(life.folder)
    life.folder.mkdir()
    report = hinted(life, "a.md", "b.md", "news")
    assert (report.counts, codes(report)) == (NOTHING, {".": "root-empty"})


def test_a_hinted_scan_after_a_setting_changed_reads_all_files(life: Life) -> None:
    life.note("a.md", title="A", date="2026-01-02T12:00:00")
    life.scan()
    life.setting('timezone = "Asia/Tokyo"')
    life.note("b.md", title="B, edited")
    assert hinted(life, "b.md").counts == Counts(changed=2)


def test_a_hinted_file_that_is_not_at_rest_is_left_for_later(life: Life) -> None:
    words = life.site.file.read_text().replace("settle_seconds = 0\n", "settle_seconds = 2\n")
    life.site.file.write_text(words)
    file = life.note("d.md", title="D")
    life.now = datetime.fromtimestamp(file.stat().st_ctime, UTC) + timedelta(seconds=1)
    report = life.scan(minutes=0, hints=frozenset(["d.md"]))
    assert (report.counts, report.unsettled) == (NOTHING, ("d.md",))
    assert hinted(life, "d.md").counts == Counts(new=1)


# Walks at random

PATHS = ("a.md", "b.md", "c.md", "n/a.md", "n/b.md", "m.txt")
CLAIMED = ("", "", "one", "two")
STATES = ("", "", "", "draft: true\n", "date: never\n")

paths = st.sampled_from(PATHS)
writes = st.tuples(
    st.just("write"), paths, st.integers(0, 3), st.sampled_from(CLAIMED), st.sampled_from(STATES)
)
moves = st.tuples(st.just("move"), paths, paths)
removals = st.tuples(st.just("remove"), st.sampled_from((*PATHS, "n")))
folders = st.tuples(st.just("move"), st.sampled_from(("n", "o")), st.sampled_from(("n", "o")))
operations = st.one_of(writes, writes, moves, removals, folders)

Operation = tuple[Any, ...]


def perform(folder: Path, operation: Operation) -> set[str]:
    """Do it to the folder; the paths that watching it would name."""
    name, path, *rest = operation
    file = folder / path
    match name:
        case "write":
            number, key, state = rest
            claimed = f"id: {key}\n" if key else ""
            if file.parent.is_dir() or path.startswith("n/"):
                file.parent.mkdir(exist_ok=True)
                file.write_text(f"---\ntitle: Title {number}\n{claimed}{state}---\n\nText.\n")
        case "remove" if file.is_dir():
            shutil.rmtree(file)
        case "remove":
            file.unlink(missing_ok=True)
        case "move":
            return {path, *_move(folder, path, rest[0])}
    return {path}


def _move(folder: Path, before: str, after: str) -> set[str]:
    source, target = folder / before, folder / after
    if not source.exists() or target.is_dir() or before == after:
        return set()
    target.parent.mkdir(exist_ok=True)
    source.rename(target)
    return {after}


@contextmanager
def two_ledgers(sqlite: Path) -> Iterator[tuple[Life, Life]]:
    """One folder that is scanned into two ledgers."""
    with tempfile.TemporaryDirectory() as place:
        site = Site(Path(place), CONFIG)
        site.write("stays.txt", title="Stays")  # so that the folder is never suddenly empty
        with on_sqlite(site, sqlite, "one") as one, on_sqlite(site, sqlite, "two") as two:
            yield one, two


@examples(8, 200, same=True)
@given(steps=st.lists(st.lists(operations, min_size=1, max_size=3), min_size=1, max_size=5))
def test_hints_of_all_that_changed_do_what_scans_of_the_whole_folder_do(
    sqlite: Path, steps: list[list[Operation]]
) -> None:
    with two_ledgers(sqlite) as (one, two):
        one.scan(), two.scan()
        for step in steps:
            hints = set().union(*(perform(one.folder, operation) for operation in step))
            assert hinted(one, *hints).problems == two.scan().problems
            for name in ("entries", "changes", "problems"):
                assert one.table(name) == two.table(name)


def summary(life: Life) -> list[tuple[Any, ...]]:
    """Path, title and, where the file claims one, id of each living entry."""
    rows = sorted(life.rows().values(), key=lambda row: row.path)
    return [(row.path, row.title, row.declared and row.id) for row in rows]


unclaimed = st.tuples(
    st.just("write"), paths, st.integers(0, 3), st.just(""), st.sampled_from(STATES[:4])
)
partial_steps = st.tuples(
    st.lists(st.one_of(unclaimed, unclaimed, moves, removals, folders), min_size=1, max_size=3),
    st.sets(st.sampled_from((*PATHS, "n", "o", "o/a.md")), max_size=3),
)


@examples(8, 200, same=True)
@given(steps=st.lists(partial_steps, min_size=1, max_size=5))
def test_after_any_hints_one_whole_scan_ends_where_whole_scans_alone_do(
    sqlite: Path, steps: list[tuple[list[Operation], set[str]]]
) -> None:
    with two_ledgers(sqlite) as (one, two):
        one.scan(), two.scan()
        for step, hints in steps:
            for operation in step:
                perform(one.folder, operation)
            hinted(one, *hints)
            two.scan()
        one.scan(), two.scan()
        assert summary(one) == summary(two)
        assert one.scan().counts == two.scan().counts == NOTHING
        assert len(set(one.ids().values())) == len(one.ids())


# The real service


def entries(service: Service) -> dict[str, str]:
    """Title and id of what is in the feed."""
    told = feedparser.parse(service.get("/feed.atom").content)
    return {entry.title: entry.id for entry in told.entries}


def soon(check: Callable[[], bool], what: str) -> None:
    began = time.monotonic()
    eventually(check, what)
    assert time.monotonic() - began < FEW_SECONDS, f"{what} for long"


SETTLED = {"SCHEDULE__RESCAN_SECONDS": 3600, "ARTICLES__SETTLE_SECONDS": 0.2}


def test_what_happens_in_the_folder_is_in_the_feed_within_a_few_seconds(
    site: Site, serve: Callable[..., Service]
) -> None:
    site.write("a.txt", title="First")
    service = serve(**SETTLED)
    service.ready()
    first = eventually(lambda: entries(service).get("First"), "nothing was imported")
    site.write("b.txt", title="Dropped in")
    soon(lambda: entries(service).keys() == {"First", "Dropped in"}, "it was not seen")
    site.write("a.txt", title="First, edited")
    soon(lambda: entries(service).get("First, edited") == first, "the edit was not seen")
    (site.folder / "news").mkdir()
    (site.folder / "a.txt").rename(site.folder / "news" / "moved.txt")
    soon(lambda: 'term="news"' in service.get("/feed.atom").text, "the move was not seen")
    assert entries(service)["First, edited"] == first
    (site.folder / "b.txt").unlink()
    soon(lambda: entries(service) == {"First, edited": first}, "the removal was not seen")


def test_without_watching_the_next_scan_of_the_whole_folder_is_awaited(
    site: Site, serve: Callable[..., Service]
) -> None:
    site.write("a.txt", title="First")
    service = serve(**SETTLED, ARTICLES__WATCH="false")
    service.ready()
    eventually(lambda: entries(service).keys() == {"First"}, "nothing was imported")
    site.write("b.txt", title="Dropped in")
    time.sleep(2)
    assert entries(service).keys() == {"First"}
