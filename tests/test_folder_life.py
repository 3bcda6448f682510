"""The life of a folder: what scan after scan makes of it, with a clock that we turn.

Real folders and real ledgers: SQLite, and PostgreSQL too where the SQL behind it is another.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from sqlalchemy import Row, event, select, text, update

from feedsvc.errors import LedgerUnavailable
from feedsvc.ledger import feed_content, migrations
from feedsvc.ledger.migrating import migrate
from feedsvc.ledger.schema import changes, entries, files, metadata
from feedsvc.ledger.store import Store
from feedsvc.model import Counts, Report, urn
from feedsvc.scan import run
from feedsvc.scan.run import Clock, Publisher, Request
from tests.folders import write
from tests.site import FEEDSVC, Site

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
NOTHING = Counts()


class Life:
    """A site's folder, the ledger that it is scanned into, and the time."""

    def __init__(self, site: Site, store: Store) -> None:
        self.site, self.store, self.folder = site, store, site.folder
        self.now = NOON

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def scan(self, minutes: float = 1, **request: Any) -> Report:
        """Scan so many minutes later."""
        self.now += timedelta(minutes=minutes)
        clock = Clock(now=lambda: self.now, sleep=self.sleep)
        return run.scan(Publisher(self.store, self.site.config(), clock), Request(**request))

    def note(self, path: str, title: str = "A title", body: str = "Text.", **keys: Any) -> Path:
        """Write an article with a front matter."""
        keys = {"title": title, "date": "2026-01-02T03:04:05Z"} | keys
        lines = [f"{key}: {value}" for key, value in keys.items() if value is not None]
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(["---", *lines, "---", "", body, ""]), encoding="utf-8")
        return file

    def move(self, before: str, after: str) -> None:
        (self.folder / after).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / before).rename(self.folder / after)

    def setting(self, line: str) -> None:
        """Add a line to `[articles]`."""
        words = self.site.file.read_text(encoding="utf-8")
        words = words.replace("settle_seconds = 0\n", f"settle_seconds = 0\n{line}\n")
        self.site.file.write_text(words, encoding="utf-8")

    def rows(self) -> dict[str, Row[Any]]:
        """The living entries, held ones too, by path."""
        with self.store.read() as connection:
            living = select(entries).where(entries.c.withdrawn.is_(None))
            return {row.path: row for row in connection.execute(living)}

    def ids(self) -> dict[str, str]:
        return {path: row.id for path, row in self.rows().items()}

    def shown(self) -> list[str]:
        """The titles that subscribers see, the newest release first."""
        return [entry.article.title for entry in feed_content.newest(self.store, 1000).entries]

    def told(self) -> list[str]:
        """The kinds of change in the change log that an entry had, in order."""
        with self.store.read() as connection:
            query = select(changes.c.kind).where(changes.c.entry.is_not(None))
            return list(connection.scalars(query.order_by(changes.c.sequence)))

    def table(self, name: str) -> list[tuple[Any, ...]]:
        with self.store.read() as connection:
            found = connection.execute(select(metadata.tables[name]))
            return sorted((tuple(row) for row in found), key=repr)


@pytest.fixture
def life(site: Site, sqlite: Path) -> Iterator[Life]:
    """A folder and its ledger on SQLite."""
    store = Store(f"sqlite:///{shutil.copy(sqlite, site.base / 'ledger.db')}")
    yield Life(site, store)
    store.close()


@pytest.fixture
def either(site: Site, store: Store) -> Life:
    """A folder and its ledger, on SQLite and on PostgreSQL in turn."""
    return Life(site, store)


def codes(report: Report) -> dict[str, str]:
    return {problem.path: problem.code for problem in report.problems}


# Identity


@pytest.mark.parametrize("after", ["b.md", "news/a.md", "news/deep/other.md"])
def test_an_article_keeps_its_id_wherever_it_moves(life: Life, after: str) -> None:
    life.note("a.md")
    life.scan()
    before = life.ids()["a.md"]
    life.move("a.md", after)
    assert life.scan().counts == Counts(moved=1)
    assert life.ids() == {after: before}
    assert life.told() == ["imported", *(["moved"] if "/" in after else [])]


def test_a_folder_that_moves_takes_all_its_articles_with_their_ids(life: Life) -> None:
    for number in range(5):
        life.note(f"news/{number}.md", title=f"Number {number}")
    life.scan()
    before = {row.title: row.id for row in life.rows().values()}
    life.move("news", "archive/2026")
    assert life.scan().counts == Counts(moved=5)
    assert {row.title: row.id for row in life.rows().values()} == before
    assert sorted(life.ids()) == [f"archive/2026/{number}.md" for number in range(5)]


def test_two_articles_that_change_places_keep_the_ids_that_they_claim(life: Life) -> None:
    life.note("a.md", title="A", id="id-a")
    life.note("b.md", title="B", id="id-b")
    life.scan()
    before = {row.title: row.id for row in life.rows().values()}
    for one, other in (("a.md", "c.md"), ("b.md", "a.md"), ("c.md", "b.md")):
        life.move(one, other)
    assert life.scan().counts == Counts(moved=2)
    assert {row.title: row.id for row in life.rows().values()} == before
    assert life.rows()["a.md"].title == "B"


def test_an_article_that_claims_an_id_keeps_it_when_it_moves_and_is_edited_at_once(
    life: Life,
) -> None:
    life.note("a.md", id="kept")
    life.scan()
    (life.folder / "a.md").unlink()
    life.note("news/b.md", title="Rewritten", body="All is new.", id="kept")
    assert life.scan().counts == Counts(changed=1)
    assert life.ids() == {"news/b.md": urn("test", "article", "kept")}
    assert (life.shown(), life.told()) == (["Rewritten"], ["imported", "edited"])


def test_an_id_holds_no_host_scheme_title_or_date_and_is_the_same_in_another_ledger(
    life: Life, sqlite: Path
) -> None:
    life.note("a.md", id="claimed")
    life.note("café/b.md")
    life.scan()
    assert life.ids() == {
        "a.md": urn("test", "article", "claimed"),
        "café/b.md": urn("test", "article", "café/b.md"),
    }
    before = life.ids()
    words = life.site.file.read_text().replace("http://feeds.example", "https://new.example/x")
    life.site.file.write_text(words)
    life.note("a.md", title="Other", date="2020-01-01", id="claimed")
    other = Store(f"sqlite:///{shutil.copy(sqlite, life.site.base / 'other.db')}")
    again = Life(life.site, other)
    again.scan()
    life.scan()
    assert life.ids() == again.ids() == before
    other.close()


def test_a_deleted_article_that_comes_back_keeps_its_id_and_its_place(
    either: Life,
) -> None:
    either.site.write("a.txt", title="A", date="2026-01-01T00:00:00Z")
    either.site.write("b.txt", title="B", date="2026-01-02T00:00:00Z")
    either.scan()
    before = either.ids()
    (either.folder / "a.txt").unlink()
    assert either.scan().counts == Counts(withdrawn=1)
    assert either.shown() == ["B"]
    either.site.write("a.txt", title="A", date="2026-01-01T00:00:00Z")
    assert either.scan().counts == Counts(new=1)
    assert (either.shown(), either.ids()) == (["B", "A"], before)
    assert feed_content.newest(either.store, 2).entries[1].updated == either.now


@pytest.mark.parametrize("first_import", [True, False])
def test_of_two_files_that_claim_one_id_the_first_keeps_it_until_it_goes(
    either: Life, first_import: bool
) -> None:
    either.note("a.md", title="First", id="one")
    if not first_import:
        either.scan()
    either.note("b.md", title="Second", id="one")
    [problem] = either.scan().problems
    assert (problem.path, problem.code) == ("b.md", "duplicate-id")
    assert "'one'" in problem.message
    assert "a.md" in problem.message
    since = problem.since
    assert [p.since for p in either.scan().problems] == [since]
    assert either.shown() == ["First"]
    (either.folder / "a.md").unlink()
    assert either.scan().problems == ()
    assert either.shown() == ["Second"]
    assert either.ids() == {"b.md": urn("test", "article", "one")}


def test_the_second_file_that_claims_an_id_is_published_once_it_claims_another(life: Life) -> None:
    life.note("a.md", title="First", id="one")
    life.note("b.md", title="Second", id="one")
    life.scan()
    life.note("b.md", title="Second", id="two")
    report = life.scan()
    assert (report.counts, report.problems) == (Counts(new=1), ())
    assert life.ids() == {key: urn("test", "article", name) for key, name in
                          (("a.md", "one"), ("b.md", "two"))}  # fmt: skip


ORIGIN = "[Wire](https://wire.example/1)"


def test_two_articles_of_one_original_are_both_published_with_a_warning(either: Life) -> None:
    either.site.write("a.txt", title="A", Original=ORIGIN)
    either.site.write("b.txt", title="B", Original=ORIGIN, date="2026-01-03T00:00:00Z")
    either.site.write("c.txt", title="C", Original="[Wire](https://wire.example/2)")
    [problem] = either.scan().problems
    assert (problem.path, problem.code) == ("b.txt", "same-original")
    assert "a.txt" in problem.message
    assert sorted(either.shown()) == ["A", "B", "C"]
    either.site.write("d.txt", title="D")
    assert either.scan().problems == (problem,)


@pytest.mark.parametrize("gone", ["a.txt", "b.txt"])
def test_the_warning_of_one_original_ends_when_one_of_the_two_goes(life: Life, gone: str) -> None:
    life.site.write("a.txt", title="A", Original=ORIGIN)
    life.site.write("b.txt", title="B", Original=ORIGIN)
    life.scan()
    (life.folder / gone).unlink()
    assert life.scan().problems == ()
    assert len(life.shown()) == 1


@pytest.mark.parametrize(("before", "after"), [("b.txt", "c.txt"), ("a.txt", "aa.txt")])
def test_the_warning_of_one_original_follows_an_article_that_moves(
    life: Life, before: str, after: str
) -> None:
    life.site.write("a.txt", title="A", Original=ORIGIN)
    life.site.write("b.txt", title="B", Original=ORIGIN)
    life.scan()
    life.move(before, after)
    [problem] = life.scan().problems
    first, second = sorted(life.rows())
    assert problem.path == second
    assert f" {first};" in problem.message


def twins(life: Life, *names: str) -> None:
    for number, name in enumerate(names):
        life.note(name, title=f"Twin {number}")
    if len(list(life.folder.iterdir())) < len(names):
        pytest.skip("the file system here takes these names for one")


def test_names_that_look_alike_are_articles_of_their_own(either: Life) -> None:
    names = ["A.md", "a.md", *(normalize(form, "é.md") for form in ("NFC", "NFD"))]
    twins(either, *names)
    assert either.scan().counts.new == 4
    before = either.ids()
    assert len(set(before.values())) == 4
    (either.folder / names[2]).unlink()
    assert either.scan().counts == Counts(withdrawn=1)
    assert either.ids() == {name: before[name] for name in names if name != names[2]}
    either.note("a.md", title="Twin 1, edited")
    assert either.scan().counts == Counts(changed=1)
    assert either.ids()["a.md"] == before["a.md"]


def test_a_name_that_changes_in_case_alone_is_a_move(life: Life) -> None:
    life.note("walk.md")
    life.scan()
    before = life.ids()["walk.md"]
    life.move("walk.md", "WALK.md")
    assert life.scan().counts == Counts(moved=1)
    assert life.ids() == {"WALK.md": before}


# Drafts


def test_a_draft_is_never_published_and_one_that_is_finished_is_new(life: Life) -> None:
    life.note("other.md", title="Other")
    life.note("a.md", title="Draft", draft="true")
    assert life.scan().counts == Counts(new=1)
    life.note("a.md", title="Draft, longer", draft="true")
    assert life.scan().counts == NOTHING
    assert list(life.ids()) == ["other.md"]
    life.note("a.md", title="Finished")
    assert life.scan().counts == Counts(new=1)
    assert life.shown() == ["Finished", "Other"]


def test_a_published_article_that_becomes_a_draft_is_withdrawn_and_returns_as_itself(
    life: Life,
) -> None:
    life.note("a.md")
    life.scan()
    before = life.ids()
    life.note("a.md", draft="true")
    assert life.scan().counts == Counts(withdrawn=1)
    assert life.shown() == []
    assert life.scan(full=True).counts == NOTHING
    life.note("a.md")
    assert life.scan().counts == Counts(new=1)
    assert life.ids() == before
    assert life.told() == ["imported", "withdrawn", "released"]


def test_a_draft_that_claims_the_id_of_another_takes_nothing_from_it(life: Life) -> None:
    life.note("a.md", title="A draft", id="one", draft="true")
    life.note("b.md", title="Published", id="one")
    assert life.scan().problems == ()
    assert life.shown() == ["Published"]


# Time


def test_the_first_import_releases_each_article_at_its_own_date(life: Life) -> None:
    for year in (1999, 2024, 2011):
        life.note(f"{year}.md", title=str(year), date=f"{year}-05-06T07:08:09Z")
    assert life.scan().counts == Counts(new=3)
    assert life.shown() == ["2024", "2011", "1999"]
    for entry in feed_content.newest(life.store, 3).entries:
        assert entry.released == entry.published == entry.updated


def test_a_back_dated_article_that_arrives_later_is_released_by_its_scan(life: Life) -> None:
    life.note("a.md", title="First")
    life.scan()
    life.note("old.md", title="Back-dated", date="1999-12-31T00:00:00Z")
    life.scan()
    first = feed_content.newest(life.store, 10).entries[0]
    assert (first.article.title, first.released) == ("Back-dated", life.now)
    assert first.published == datetime(1999, 12, 31, tzinfo=UTC)


def test_neither_updated_nor_the_order_ever_tie(either: Life) -> None:
    for number in range(6):
        either.note(f"{number}.md", title=str(number))
    either.scan()
    for number in range(6):
        either.note(f"{number}.md", title=f"{number}, edited")
        either.note(f"later/{number}.md", title=f"later {number}")
    either.scan(minutes=0)
    for column in ("released", "updated"):
        moments = [getattr(row, column) for row in either.rows().values()]
        assert len(set(moments)) == 12


def test_a_held_article_is_released_at_its_moment_and_not_before(either: Life) -> None:
    due = NOON + timedelta(hours=1)
    either.note("a.md", title="Now")
    either.note("b.md", title="Later", date=due.isoformat())
    assert either.scan().counts == Counts(new=1, held=1)
    either.scan(minutes=58)
    assert (either.shown(), either.now) == (["Now"], due - timedelta(minutes=1))
    assert either.scan().counts == Counts(new=1)
    assert either.shown() == ["Later", "Now"]
    assert feed_content.newest(either.store, 1).entries[0].released == due
    assert either.told() == ["imported", "held", "released"]


def test_a_held_article_that_is_edited_or_brought_forward_is_shown_as_it_is_then(
    life: Life,
) -> None:
    life.note("a.md", title="Before", date="2026-07-01T00:00:00Z")
    life.scan()
    life.note("a.md", title="After", date="2026-08-01T00:00:00Z")
    assert life.scan(minutes=60 * 24 * 40).counts == Counts(changed=1)
    assert life.shown() == []
    life.note("a.md", title="After all", date="2026-07-01T00:00:00Z")
    life.scan()
    assert life.shown() == ["After all"]


def test_an_article_without_a_date_keeps_the_moment_it_was_first_seen_for_ever(
    either: Life,
) -> None:
    either.note("a.md", date=None)
    either.scan()
    seen = either.now
    either.note("a.md", title="Edited", date=None)
    assert either.scan().counts == Counts(changed=1)
    either.scan(full=True)
    either.setting('timezone = "Asia/Tokyo"')
    either.scan()
    either.move("a.md", "b.md")
    either.scan()
    (either.folder / "b.md").unlink()
    either.scan()
    either.note("b.md", title="Edited", date=None)
    either.scan(minutes=60)
    [entry] = feed_content.newest(either.store, 10).entries
    assert (entry.published, entry.article.title) == (seen, "Edited")


def test_an_edit_changes_updated_and_not_released(life: Life) -> None:
    life.note("a.md")
    life.scan()
    before = feed_content.newest(life.store, 1).entries[0]
    life.note("a.md", title="Edited")
    assert life.scan().counts == Counts(changed=1)
    after = feed_content.newest(life.store, 1).entries[0]
    assert (after.id, after.released, after.updated) == (before.id, before.released, life.now)


def unspaced(file: Path) -> None:
    file.write_text(file.read_text().replace("Some text", "Some   text").rstrip() + "\n\n\n")


def touched(file: Path) -> None:
    os.utime(file, (0, 0))


def renamed_over(file: Path) -> None:
    other = file.with_suffix(".new")
    shutil.copy(file, other)
    other.rename(file)


@pytest.mark.parametrize("change", [unspaced, touched, renamed_over])
@pytest.mark.parametrize("name", ["a.md", "a.txt"])
def test_a_change_of_white_space_or_of_file_times_alone_changes_nothing(
    life: Life, name: str, change: Callable[[Path], None]
) -> None:
    body = "Some text, and\nmore of it."
    file = life.note(name, body=body) if name == "a.md" else life.site.write(name, body=body)
    life.scan()
    before = life.table("entries"), life.table("changes")
    change(file)
    assert life.scan().counts == NOTHING
    assert (life.table("entries"), life.table("changes")) == before


@pytest.mark.parametrize("timestamp", [0, 4_102_444_800], ids=["1970", "2100"])
def test_an_mtime_in_1970_or_ahead_neither_dates_nor_delays_an_article(
    life: Life, timestamp: int
) -> None:
    file = life.note("a.md", date=None)
    os.utime(file, (timestamp, timestamp))
    assert life.scan().counts == Counts(new=1)
    assert feed_content.newest(life.store, 1).entries[0].published == life.now


def test_a_burst_announces_the_newest_and_files_the_rest_under_their_own_dates(
    either: Life,
) -> None:
    words = either.site.file.read_text() + "[publish]\nburst = 3\n"
    either.site.file.write_text(words)
    either.note("a.md", title="Here before")
    either.scan()
    for day in range(1, 9):
        either.note(f"{day}.md", title=f"Day {day}", date=f"2025-03-{day:02}T00:00:00Z")
    report = either.scan()
    assert report.counts == Counts(new=8, over_burst=5)
    assert "5 of the new filed under their own dates, unannounced" in str(report)
    days = [f"Day {day}" for day in (8, 7, 6)]
    filed = [f"Day {day}" for day in (5, 4, 3, 2, 1)]
    assert either.shown() == [*days, "Here before", *filed]
    last = feed_content.newest(either.store, 20).entries[-1]
    assert last.released == last.published == datetime(2025, 3, 1, tzinfo=UTC)


# Settings


def test_a_setting_of_articles_reads_every_file_again_and_changes_no_id(life: Life) -> None:
    life.note("a.md", date="2026-01-02T12:00:00")
    life.note("b.md", title="With a zone", date="2026-01-02T12:00:00Z")
    life.scan()
    before = life.ids()
    life.setting('timezone = "Asia/Kathmandu"')
    assert life.scan().counts == Counts(changed=1)
    assert life.ids() == before
    published = {e.article.title: e.published for e in feed_content.newest(life.store, 5).entries}
    assert published["A title"] == datetime(2026, 1, 2, 6, 15, tzinfo=UTC)
    assert life.scan().counts == NOTHING


def test_another_base_url_edits_no_article(life: Life) -> None:
    (life.folder / "picture.png").write_bytes(b"\x89PNG")
    life.note("a.md", body="[A link](b.md) and ![a picture](picture.png).")
    life.note("b.md", title="B")
    life.scan()
    before = life.table("entries")
    words = life.site.file.read_text().replace("http://feeds.example", "https://new.example/x")
    life.site.file.write_text(words)
    assert life.scan().counts == NOTHING
    assert life.scan(full=True).counts == NOTHING
    assert life.table("entries") == before


def test_a_picture_beside_an_article_is_kept_by_id_as_long_as_the_article_shows_it(
    either: Life,
) -> None:
    picture = either.folder / "news" / "picture.png"
    picture.parent.mkdir()
    picture.write_bytes(b"\x89PNG")
    either.note("news/a.md", body="![A picture](picture.png)")
    either.scan()
    entry = either.ids()["news/a.md"]
    row = (urn("test", "media", "news/picture.png"), entry, "news/picture.png")
    assert either.table("media") == [row]
    either.note("news/a.md", body="No picture.")
    either.scan()
    assert either.table("media") == []


# What a scan refuses


def link_outside(folder: Path) -> None:
    (folder.parent / "secret.md").write_text("# Secret\n\nText.\n")
    (folder / "bad.md").symlink_to(folder.parent / "secret.md")


def link_to_a_folder(folder: Path) -> None:
    (folder.parent / "elsewhere").mkdir()
    (folder.parent / "elsewhere" / "secret.md").write_text("# Secret\n\nText.\n")
    (folder / "bad.md").symlink_to(folder.parent / "elsewhere")


def link_to_itself(folder: Path) -> None:
    (folder / "bad.md").symlink_to(folder / "bad.md")


def pipe(folder: Path) -> None:
    os.mkfifo(folder / "bad.md")


def device(folder: Path) -> None:
    (folder / "bad.md").symlink_to("/dev/zero")


def too_large(folder: Path) -> None:
    (folder / "bad.md").write_bytes(b"# Large\n\n" + b"x " * (1 << 20))


def nested(folder: Path) -> None:
    (folder / "bad.md").write_text("# Nested\n\n" + ">" * 10_000 + " text\n")


def not_utf8(folder: Path) -> None:
    (folder / "bad.md").write_bytes(b"# Latin\n\ncaf\xe9\n")


def bad_date(folder: Path) -> None:
    (folder / "bad.md").write_text("---\ntitle: T\ndate: 2026-02-30\n---\n\nText.\n")


def too_early(folder: Path) -> None:
    (folder / "bad.md").write_text("---\ntitle: T\ndate: 0969-12-31\n---\n\nText.\n")


def no_text_for_a_title(folder: Path) -> None:
    (folder / "bad.md").write_text("---\ntitle: no\n---\n\nText.\n")


REFUSED = [
    (link_outside, "not-a-file"),
    (link_to_a_folder, "not-a-file"),
    (link_to_itself, "not-a-file"),
    (pipe, "not-a-file"),
    (device, "not-a-file"),
    (too_large, "too-large"),
    (nested, "too-deep"),
    (not_utf8, "not-utf8"),
    (bad_date, "bad-date"),
    (too_early, "bad-date"),
    (no_text_for_a_title, "bad-title"),
]


@pytest.mark.parametrize(("make", "code"), REFUSED, ids=[make.__name__ for make, _ in REFUSED])
def test_what_is_refused_is_a_problem_since_it_came_and_until_it_is_gone(
    life: Life, make: Callable[[Path], None], code: str
) -> None:
    life.note("good.md", title="Good")
    make(life.folder)
    [problem] = life.scan().problems
    assert (problem.path, problem.code, problem.since) == ("bad.md", code, life.now)
    assert life.shown() == ["Good"]
    assert [p.since for p in life.scan(full=True).problems] == [problem.since]
    (life.folder / "bad.md").unlink()
    assert life.scan().problems == ()
    assert life.shown() == ["Good"]


def test_hidden_half_written_and_editors_files_are_passed_over(life: Life) -> None:
    for name in (
        *(".a.md", "a.md~", ".#a.md", "#a.md#", "a.md.swp", "a.md.tmp", "a.md.part"),
        *(".git/a.md", "folder~/a.md", "picture.png"),
    ):
        life.note(name)
    life.note("a.md", title="The one")
    report = life.scan()
    assert (report.counts, report.problems) == (Counts(new=1), ())
    assert life.shown() == ["The one"]


def test_a_folder_named_like_an_article_is_a_folder(life: Life) -> None:
    life.note("a.md/b.md")
    assert life.scan().problems == ()
    assert life.rows().keys() == {"a.md/b.md"}


def test_the_last_good_version_of_a_broken_file_stays_and_the_problem_says_since_when(
    either: Life,
) -> None:
    either.note("a.md", title="Good")
    either.scan()
    before = either.table("entries")
    either.note("a.md", title="Better", date="yesterday")
    [problem] = either.scan().problems
    since = either.now
    assert (problem.code, problem.since) == ("bad-date", since)
    either.note("a.md", title="Better still", date="yesterday, or before")
    assert [p.since for p in either.scan().problems] == [since]
    assert (either.shown(), either.table("entries")) == (["Good"], before)
    either.note("a.md", title="Mended")
    assert either.scan().problems == ()
    assert (either.shown(), either.told()) == (["Mended"], ["imported", "edited"])


def test_a_broken_file_that_is_removed_takes_what_was_published_with_it(life: Life) -> None:
    life.note("a.md")
    life.note("b.md", title="B")
    life.scan()
    life.note("a.md", date="yesterday")
    life.scan()
    (life.folder / "a.md").unlink()
    report = life.scan()
    assert (report.counts, report.problems) == (Counts(withdrawn=1), ())


def test_a_rewrite_that_no_stat_shows_is_found_by_a_full_scan(either: Life) -> None:
    file = either.note("a.md", title="Before")
    either.scan()
    stat = file.stat()
    either.note("a.md", title="Behind")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert file.stat().st_size == stat.st_size
    with either.store.write() as connection:  # no program can set a file's ctime
        connection.execute(update(files).values(ctime_ns=file.stat().st_ctime_ns))
    assert either.scan().counts == NOTHING
    assert either.scan(full=True).counts == Counts(changed=1)
    assert either.shown() == ["Behind"]


# Files that are being written


def at_age(life: Life, file: Path, seconds: float) -> Report:
    """Scan so long after the file was last touched."""
    life.now = datetime.fromtimestamp(file.stat().st_ctime, UTC) + timedelta(seconds=seconds)
    return life.scan(minutes=0)


@pytest.fixture
def settling(life: Life) -> Life:
    """A site with one article whose files are read once they have been at rest for 2 s."""
    words = life.site.file.read_text().replace("settle_seconds = 0\n", "settle_seconds = 2\n")
    life.site.file.write_text(words)
    file = life.note("a.md", title="Published", body="Whole.")
    at_age(life, file, 5)
    return life


def test_a_file_written_slowly_is_not_read_before_it_is_at_rest(settling: Life) -> None:
    file = settling.folder / "slow.md"
    for part in ("---\ntitle: Slow\n", "date: 2026-01-03\n---\n", "\nOne.\n", "\nTwo.\n"):
        with file.open("a") as handle:
            handle.write(part)
        report = at_age(settling, file, 1.9)
        assert (report.unsettled, report.problems) == (("slow.md",), ())
        assert settling.shown() == ["Published"]
    assert at_age(settling, file, 2.1).counts == Counts(new=1)
    assert settling.rows()["slow.md"].content == "<p>One.</p>\n<p>Two.</p>"


def test_a_file_that_stalls_for_longer_is_published_as_it_is_and_once_whole_as_an_edit(
    settling: Life,
) -> None:
    file = settling.folder / "slow.md"
    file.write_text("---\ntitle: Slow\n")
    at_age(settling, file, 3)
    with file.open("a") as handle:
        handle.write("date: 2026-01-03\n---\n\nOne.\n")
    assert at_age(settling, file, 3).problems == ()
    before = settling.ids()["slow.md"]
    with file.open("a") as handle:
        handle.write("\nTwo.\n")
    assert at_age(settling, file, 3).counts == Counts(changed=1)
    assert settling.rows()["slow.md"].content == "<p>One.</p>\n<p>Two.</p>"
    assert settling.ids()["slow.md"] == before
    assert settling.shown() == ["Slow", "Published"]


def test_an_article_that_is_overwritten_slowly_stays_as_it_was_until_it_is_whole(
    settling: Life,
) -> None:
    file = settling.folder / "a.md"
    whole = file.read_text().replace("Whole.", "Whole again.")
    file.write_text("")
    for part in (whole[:10], whole[10:40]):
        with file.open("a") as handle:
            handle.write(part)
        assert at_age(settling, file, 1).counts == NOTHING
        assert settling.rows()["a.md"].content == "<p>Whole.</p>"
    file.write_text(whole)
    assert at_age(settling, file, 3).counts == Counts(changed=1)
    assert settling.told() == ["imported", "edited"]


def test_an_article_that_moves_is_not_withdrawn_while_it_is_not_at_rest(settling: Life) -> None:
    before = settling.ids()["a.md"]
    settling.move("a.md", "b.md")
    assert at_age(settling, settling.folder / "b.md", 1).counts == NOTHING
    assert settling.shown() == ["Published"]
    assert at_age(settling, settling.folder / "b.md", 3).counts == Counts(moved=1)
    assert settling.ids() == {"b.md": before}


@pytest.mark.parametrize("name", [".a.md.kate-swp", "a.md.tmp", "4913", "a.md~", "#a.md#"])
def test_an_editor_that_writes_beside_and_renames_makes_an_edit(life: Life, name: str) -> None:
    file = life.note("a.md")
    life.scan()
    before = life.ids()
    beside = life.folder / name
    beside.write_text(file.read_text().replace("Text.", "Edited."))
    assert life.scan().counts == NOTHING
    beside.rename(file)
    assert life.scan().counts == Counts(changed=1)
    assert (life.ids(), life.told()) == (before, ["imported", "edited"])


def test_an_editor_that_keeps_the_old_version_beside_makes_an_edit(life: Life) -> None:
    life.note("a.md")
    life.scan()
    before = life.ids()
    life.move("a.md", "a.md~")
    life.note("a.md", body="Edited.")
    assert life.scan().counts == Counts(changed=1)
    assert (life.ids(), life.scan().problems) == (before, ())


# The root is gone


def unmounted(life: Life) -> Callable[[], None]:
    aside = life.site.base / "aside"
    life.folder.rename(aside)

    def again() -> None:
        aside.rename(life.folder)

    return again


def a_mount_point(life: Life) -> Callable[[], None]:
    back = unmounted(life)
    life.folder.mkdir()

    def again() -> None:
        life.folder.rmdir()
        back()

    return again


def a_file(life: Life) -> Callable[[], None]:
    back = unmounted(life)
    life.folder.touch()

    def again() -> None:
        life.folder.unlink()
        back()

    return again


@pytest.mark.parametrize("lose", [unmounted, a_mount_point, a_file])
def test_a_root_that_is_lost_withdraws_nothing_and_all_is_as_it_was_when_it_is_back(
    either: Life, lose: Callable[[Life], Callable[[], None]]
) -> None:
    either.note("a.md", title="A", id="one")
    either.note("b.md", title="Broken", date="never")
    either.scan()
    before = either.table("entries"), either.table("changes")
    give_back = lose(either)
    for _ in range(3):
        report = either.scan(full=True)
        assert report.counts == NOTHING
        assert codes(report).keys() == {".", "b.md"}
        assert codes(report)["."] in ("root-unreadable", "root-empty")
        assert (either.table("entries"), either.table("changes")) == before
    give_back()
    report = either.scan()
    assert (report.counts, codes(report)) == (NOTHING, {"b.md": "bad-date"})
    assert (either.table("entries"), either.table("changes")) == before


def test_an_emptied_root_is_believed_when_it_is_said_to_be(life: Life) -> None:
    life.note("a.md")
    life.scan()
    (life.folder / "a.md").unlink()
    assert codes(life.scan()) == {".": "root-empty"}
    report = life.scan(allow_empty=True)
    assert (report.counts, report.problems) == (Counts(withdrawn=1), ())


# No room


def test_a_disk_that_is_full_while_committing_loses_nothing(
    life: Life, sqlite: Path, site: Site
) -> None:
    life.note("a.md", title="A")
    life.scan()
    before = {name: life.table(name) for name in ("entries", "changes", "files", "facts")}
    for number in range(40):
        life.note(f"{number}.md", title=str(number), body="Long text. " * 2000)
    full = [True]

    def limit(connection: Any, _record: Any) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0] + 20 if full else 1 << 30
        connection.execute(f"PRAGMA max_page_count = {pages}")

    life.store.engine.dispose()
    event.listen(life.store.engine, "connect", limit)
    with pytest.raises(LedgerUnavailable, match="is full; see that") as failure:
        life.scan()
    assert len(str(failure.value).splitlines()) == 1
    assert {name: life.table(name) for name in before} == before
    with life.store.read() as connection:
        row = connection.execute(text("SELECT * FROM scans ORDER BY token DESC")).first()
    assert row is not None
    assert (row.outcome, row.summary) == ("failed", str(failure.value))
    full.clear()
    life.store.engine.dispose()
    assert life.scan().counts == Counts(new=40, too_old=40)
    other = Store(f"sqlite:///{shutil.copy(sqlite, site.base / 'other.db')}")
    undisturbed = Life(site, other)
    undisturbed.scan()
    assert undisturbed.ids() == life.ids()
    assert {r.path: r.digest for r in undisturbed.rows().values()} == {
        r.path: r.digest for r in life.rows().values()
    }
    other.close()


def few_bytes() -> None:
    most = 2 << 20
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


def test_a_temporary_folder_that_is_full_fails_the_scan_with_one_sentence(life: Life) -> None:
    for number in range(6):
        life.note(f"{number}.md", title=str(number), body="Long text. " * 80_000)
    ended = subprocess.run(
        [*FEEDSVC, "scan"],
        env=life.site.environment(),
        preexec_fn=few_bytes,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert re.fullmatch(
        r"feedsvc: the temporary folder .*cannot hold what was read \(File too large\); "
        r"make room .*TMPDIR",
        ended.stderr.splitlines()[-1],  # a slow machine tells of its progress first
    )
    assert life.table("entries") == []
    assert life.scan().counts == Counts(new=6)


# A ledger of version 0.1.0

BEFORE = """\
INSERT INTO entries VALUES
('urn:uuid:4acf8205-ad3a-5471-8076-09fb6bbef2a8', 'held.txt', 'held.txt',
'65046a45af36a7e07147b5a9b83fe418db6745db27f37ab5abe1a9a1f96a54a9', 'Held', '<p>Text.</p>',
'Text.', '[]', '[]', '', '', 1893456000000000, NULL, NULL, NULL),
('urn:uuid:daaf041d-ed7b-52d6-bcc4-3e13b75b81c3', 'world/a.txt', 'world/a.txt',
'c7e9102351f3f8a8984070d23229d353cdd5ae2a79e794a2025ff079a5e40d8a', 'AT&T and *stars*',
'<p>One paragraph with &lt;b&gt;, &amp; and two spaces.</p>\n<p>Another.</p>',
'One paragraph with <b>, & and two spaces.', '[["ANN & BEN", "", ""]]', '[]', 'Wire',
'https://wire.example/a?b=c&d=e', 1767323045000000, 1767323045000000, 1767323045000000, NULL),
('urn:uuid:0b29802b-0a51-5c45-93de-6dfd21918092', 'undated.txt', 'undated.txt',
'633e070d20c8bd5a4974976c66502159ca02c23adfe7c284b79b6185a7c95798', 'Undated', '<p>Text.</p>',
'Text.', '[]', '[]', '', '', 1767400000000000, 1767400000000001, 1767400000000001, NULL),
('urn:uuid:9f9b4f4e-5f6e-5f0b-8e55-3f1d1f0f7a11', 'gone.txt', 'gone.txt',
'aa', 'Gone', '', '', '[]', '[]', '', '', 1767000000000000, 1767000000000000, 1767000000000000,
1767400001);
INSERT INTO changes VALUES
(1, NULL, 'configured', NULL, 1767400000),
(2, 'urn:uuid:4acf8205-ad3a-5471-8076-09fb6bbef2a8', 'held', NULL, 1767400000),
(3, 'urn:uuid:9f9b4f4e-5f6e-5f0b-8e55-3f1d1f0f7a11', 'imported', 1767000000000000, 1767400000),
(4, 'urn:uuid:daaf041d-ed7b-52d6-bcc4-3e13b75b81c3', 'imported', 1767323045000000, 1767400000),
(5, 'urn:uuid:0b29802b-0a51-5c45-93de-6dfd21918092', 'imported', 1767400000000001, 1767400000),
(6, 'urn:uuid:9f9b4f4e-5f6e-5f0b-8e55-3f1d1f0f7a11', 'withdrawn', 1767000000000000, 1767400001);
INSERT INTO files VALUES
('world/a.txt', 191, 1, 1), ('broken.txt', 45, 1, 1), ('undated.txt', 17, 1, 1),
('held.txt', 54, 1, 1);
INSERT INTO problems VALUES
('broken.txt', 'bad-date', 3, '''yesterday'' is no date; write it as 2026-01-31T09:00:00+00:00',
1767400000172630);
INSERT INTO facts VALUES ('site', 'test'), ('reading', 'before'), ('documents', 'before');
INSERT INTO scans VALUES (1, 'HOST process 1', 1, 2, 'committed', '');
INSERT INTO leases VALUES ('scan', 1, '', 0);
INSERT INTO pings VALUES ('https://hub.example/', 'http://feeds.example/feed.atom', 1, 5)
"""
TABLES = ("entries", "changes", "files", "problems", "facts", "scans", "leases", "pings")


def as_of_0001(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Make the ledger one that version 0.1.0 filled; its rows by table."""
    with store.write() as connection:
        for name in (*metadata.tables, "alembic_version"):
            connection.execute(text(f"DROP TABLE {name}"))
        migrations.run(connection, "0001")
        for statement in BEFORE.split(";\n"):
            connection.exec_driver_sql(statement)
    return all_rows(store)


def all_rows(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    with store.read() as connection:
        return {
            name: [tuple(row) for row in connection.execute(text(f"SELECT * FROM {name}"))]  # noqa: S608
            for name in TABLES
        }


def test_a_ledger_of_0_1_0_keeps_every_row_and_nothing_in_it_is_edited_or_told_again(
    either: Life,
) -> None:
    before = as_of_0001(either.store)
    either.site.write(
        "world/a.txt",
        title="AT&T and *stars*",
        body="One paragraph with <b>, & and  two spaces.\n\nAnother.",
        Author="**ANN & BEN**",
        Original="[Wire](https://wire.example/a?b=c&d=e)",
    )
    either.site.write("undated.txt", title="Undated", body="Text.", date=None)
    either.site.write("held.txt", title="Held", body="Text.", date="2030-01-01T00:00:00Z")
    either.site.write("broken.txt", title="Broken", body="Text.", date="yesterday")
    migrate(either.store)
    for name, after in all_rows(either.store).items():
        # columns are added behind those that were there; of a lease, the number counts
        width = 2 if name == "leases" else len(before[name][0])
        if name == "facts":  # every file is looked at again, for more of them may be withheld
            before[name].remove(("reading", "before"))
        assert {row[:width] for row in after} == {row[:width] for row in before[name]}, name
    report = either.scan()
    assert report.counts == NOTHING
    [problem] = report.problems
    assert (problem.path, problem.line) == ("broken.txt", 3)
    assert problem.since == datetime(2026, 1, 3, 0, 26, 40, 172630, tzinfo=UTC)
    told = either.table("changes")
    assert told[:6] == before["changes"]
    assert [row[1:3] for row in told[6:]] == [(None, "configured")]
    assert either.shown() == ["Undated", "AT&T and *stars*"]


def test_an_article_that_moves_with_the_picture_beside_it_is_the_same(life: Life) -> None:
    text = "---\ntitle: Trip\ndate: 2026-01-01\n---\n![](cover.jpg) [b](b.html)\n"
    write(life.folder, "trip/index.md", text)
    life.scan()
    before = life.rows()
    (life.folder / "trip").rename(life.folder / "journey")
    report = life.scan()
    assert (report.counts.moved, report.counts.new, report.counts.withdrawn) == (1, 0, 0)
    assert list(life.rows()) == ["journey/index.md"]
    assert len(before) == 1


def test_an_mtime_beyond_what_a_database_keeps_stops_no_scan(life: Life) -> None:
    file = life.site.write("a.txt", title="A")
    os.utime(file, ns=(0, 13_569_465_600 * 10**9))  # the year 2400
    assert life.scan().counts.new == 1
    assert life.scan().problems == ()


def test_a_path_that_no_index_takes_is_one_problem(life: Life) -> None:
    life.site.write("good.txt", title="Good")
    life.site.write("/".join(["x" * 200] * 11) + "/a.txt")
    report = life.scan()
    assert ([problem.code for problem in report.problems], report.counts.new) == (["bad-name"], 1)


def test_of_two_that_claim_an_id_the_one_that_had_it_keeps_it_when_it_moves(life: Life) -> None:
    text = "---\ntitle: {}\nid: same\ndate: 2026-01-01\n---\nText.\n"
    write(life.folder, "one.md", text.format("One"))
    life.scan()
    write(life.folder, "two.md", text.format("Two"))
    life.scan()
    life.move("one.md", "z/one.md")
    assert [problem.path for problem in life.scan().problems] == ["two.md"]
    assert list(life.rows()) == ["z/one.md"]


def test_an_original_too_long_for_an_index_is_one_problem(life: Life) -> None:
    life.site.write("a.txt", title="A", Original=f"[S](https://example.org/{'x' * 2000})")
    assert [problem.code for problem in life.scan().problems] == ["bad-link"]


def test_what_lies_beside_an_index_that_goes_is_read_although_nothing_was_published(
    life: Life,
) -> None:
    write(life.folder, "x/index.md", "---\ntitle: X\ndraft: true\n---\nText.\n")
    write(life.folder, "x/page.md", "Some text.\n")
    assert life.scan().counts == NOTHING
    (life.folder / "x" / "index.md").unlink()
    life.scan()
    life.scan()
    assert len(life.shown()) == 1
