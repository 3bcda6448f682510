"""The command `plan`: what the next scan would do, told before it does it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedsvc.cli.changes import as_lines
from feedsvc.ledger.migrating import migrate
from feedsvc.ledger.store import Store
from feedsvc.model import Article, Original
from feedsvc.scan import run
from feedsvc.scan.preview import Fate, Preview, edits, ledger_or_empty, preview
from feedsvc.scan.run import Clock, Publisher, Request
from tests.commands import invoke
from tests.site import CONFIG, Site

NOON = datetime(2027, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ORIGINAL = "[X](https://x.example/1)"


class Desk:
    """A site that was scanned once at least, and the time that we turn."""

    def __init__(self, site: Site, store: Store) -> None:
        self.site, self.store, self.now = site, store, NOON

    @property
    def publisher(self) -> Publisher:
        clock = Clock(now=lambda: self.now, sleep=lambda _: None)
        return Publisher(self.store, self.site.config(), clock)

    def scan(self) -> str:
        self.now += timedelta(minutes=1)
        return str(run.scan(self.publisher, Request(at_rest=True)))

    def plan(self, limit: int | None = None) -> Preview:
        return preview(self.publisher, limit)

    def told(self) -> dict[str, list[str]]:
        """The paths by what becomes of them; a move as `FROM -> TO`."""
        return {
            fate.value: [
                f"{one.origin} -> {one.path}" if one.origin else one.path for one in group.changes
            ]
            for fate, group in self.plan().groups.items()
            if group.number
        }


@pytest.fixture
def desk(site: Site) -> Iterator[Desk]:
    store = Store(site.config().store.url)
    migrate(store)
    site.write("a.txt", title="A", body="The quick brown fox.")
    site.write("en/b.txt", title="B", body="Another text.")
    site.write("held.txt", title="Held", date=(NOON + DAY).isoformat())
    desk = Desk(site, store)
    desk.scan()
    yield desk
    store.close()


def rows(file: Path) -> list[str]:
    with sqlite3.connect(file) as connection:
        return list(connection.iterdump())


def test_the_command_tells_a_first_import_and_makes_no_ledger(site: Site) -> None:
    site.write("a.txt", title="Hello")
    site.write("late.txt", title="Later", date="2150-01-02T03:04:05+00:00")
    site.write("bad.txt", date="yesterday")
    before = sorted(site.base.rglob("*"))
    result = site.command("plan")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines()[:7] == [
        "1 new, 0 changed, 0 moved, 0 withdrawn, 1 held, 1 problem",
        "",
        "New: 1",
        "  Hello (a.txt)",
        "",
        "Held: 1",
        "  Later (late.txt), until 2150-01-02 03:04:05 UTC",
    ]
    assert "\nProblems: 1\n  bad.txt:3: bad-date: 'yesterday' is not a date; " in result.stdout
    assert sorted(site.base.rglob("*")) == before


def test_nothing_to_do_is_one_line(site: Site) -> None:
    site.write("a.txt")
    site.scan()
    expected = "0 new, 0 changed, 0 moved, 0 withdrawn, 0 held, 0 problems\n"
    assert invoke(site, "plan").output == expected


def test_the_ledger_is_left_as_it_is(desk: Desk) -> None:
    file = desk.store.file
    assert file
    desk.site.write("a.txt", body="Edited.")
    before = rows(file)
    assert desk.told() == {"edited": ["a.txt"]}
    assert invoke(desk.site, "plan").exit_code == 0
    assert rows(file) == before


def test_what_a_plan_says_is_what_the_scan_then_says(desk: Desk) -> None:
    desk.site.write("a.txt", title="A", body="Edited.")
    desk.site.write("new.txt", Original=ORIGINAL)
    desk.site.write("new2.txt", Original=ORIGINAL, body="Other.")
    desk.site.write("bad.txt", date="yesterday")
    (desk.site.folder / "en" / "b.txt").rename(desk.site.folder / "c.txt")
    desk.now += 2 * DAY
    expected = desk.plan()
    assert desk.told() == {
        "new": ["new.txt", "new2.txt"],
        "released now": ["held.txt"],
        "edited": ["a.txt"],
        "moved": ["en/b.txt -> c.txt"],
    }
    assert [problem.code for problem in expected.problems] == ["bad-date", "same-original"]
    assert desk.scan() == expected.summary


def test_an_article_that_is_gone_or_a_draft_now_is_withdrawn(desk: Desk) -> None:
    (desk.site.folder / "held.txt").unlink()
    (desk.site.folder / "a.txt").unlink()
    (desk.site.folder / "en" / "b.txt").write_text("---\ntitle: B\ndraft: true\n---\nText.\n")
    assert desk.told() == {"withdrawn": ["a.txt", "en/b.txt", "held.txt"]}
    titles = [change.title for change in desk.plan().groups[Fate.WITHDRAWN].changes]
    assert titles == ["A", "B", "Held"]


def test_an_article_that_comes_back_is_new_again(desk: Desk) -> None:
    (desk.site.folder / "a.txt").rename(desk.site.base / "kept")
    desk.scan()
    (desk.site.base / "kept").rename(desk.site.folder / "a.txt")
    assert desk.told() == {"new": ["a.txt"]}


def test_a_held_article_is_told_as_long_as_it_is_held(desk: Desk) -> None:
    desk.site.write("held.txt", title="Held", body="Edited.", date=(NOON + 2 * DAY).isoformat())
    (change,) = desk.plan().groups[Fate.HELD].changes
    assert (change.path, change.until) == ("held.txt", NOON + 2 * DAY)
    desk.now += 3 * DAY
    assert desk.told() == {"released now": ["held.txt"]}


def test_a_move_within_a_section_is_told_too(desk: Desk) -> None:
    (desk.site.folder / "a.txt").rename(desk.site.folder / "z.txt")
    assert desk.told() == {"moved": ["a.txt -> z.txt"]}


def test_an_edit_is_shown_word_by_word(desk: Desk) -> None:
    desk.site.write("a.txt", title="A", body="The quick red fox.", Author="**Me**")
    result = "\n".join(map(str, as_lines(desk.plan(), 20)))
    assert result.endswith(
        "Edited: 1\n  A (a.txt)\n    text: The quick [-brown-]{+red+} fox.\n"
        "    also changed: authors"
    )


def test_of_each_kind_the_first_are_told_and_the_others_counted(desk: Desk) -> None:
    for number in range(25):
        desk.site.write(f"n{number:02}.txt", title=f"N{number}", body=f"Text {number}.")
        desk.site.write(f"bad{number:02}.txt", date="yesterday")
    few, everything = invoke(desk.site, "plan"), invoke(desk.site, "plan", "--all")
    assert few.output.count("  and 5 more\n") == 2
    assert few.output.count("yesterday") == 20
    assert "\nNew: 25\n" in few.output
    assert "more\n" not in everything.output
    assert everything.output.count("yesterday") == 25
    assert len(re.findall(r"^  N\d+ \(n\d+\.txt\)$", everything.output, re.MULTILINE)) == 25


def test_what_is_too_much_to_be_announced_is_counted(desk: Desk) -> None:
    desk.site.file.write_text(f"{CONFIG}[publish]\nburst = 1\n")
    for number in range(3):
        desk.site.write(f"n{number}.txt", body=f"Text {number}.")
    lines = [str(line) for line in as_lines(desk.plan(), 20)]
    told = "filed under their own dates, unannounced (2 over publish.burst)"
    assert f"  2 of these {told}" in lines
    assert lines[0].endswith(f", 2 of the new {told}")
    assert len(desk.plan(limit=1).groups[Fate.NEW].changes) == 1


def test_another_configuration_is_told_for_it_touches_every_document(desk: Desk) -> None:
    desk.site.file.write_text(CONFIG.replace("A feed for tests", "Another"))
    assert desk.plan().configured
    desk.scan()
    assert not desk.plan().configured


def test_a_warning_ends_in_the_plan_that_ends_its_cause(desk: Desk) -> None:
    desk.site.write("x.txt", body="One.", Original=ORIGINAL)
    desk.site.write("y.txt", body="Two.", Original=ORIGINAL)
    desk.scan()
    assert [problem.path for problem in desk.plan().problems] == ["y.txt"]
    (desk.site.folder / "x.txt").unlink()
    assert desk.plan().problems == ()


def test_a_folder_that_is_suddenly_empty_withdraws_nothing(desk: Desk) -> None:
    for file in desk.site.folder.rglob("*.txt"):
        file.unlink()
    assert desk.told() == {}
    assert [problem.code for problem in desk.plan().problems] == ["root-empty"]


def test_a_title_cannot_steer_the_terminal(desk: Desk) -> None:
    desk.site.write("n.txt", title="A\u202eb\x9b2J c")
    assert "  A\\u202eb\\x9b2J c (n.txt)\n" in invoke(desk.site, "plan").output


def test_a_terminal_gets_colours_and_everything_else_plain_text(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.site.write("a.txt", title="A", body="The quick red fox.")
    assert "\x1b" not in invoke(desk.site, "plan").output
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert re.search("\x1b\\[32m{\\+red\\+}\x1b", invoke(desk.site, "plan").output)


def test_another_site_s_ledger_is_refused_with_status_2(site: Site) -> None:
    site.write("a.txt")
    site.scan()
    site.file.write_text(CONFIG.replace('id = "test"', 'id = "other"'))
    for command in ("plan", "status"):
        result = invoke(site, command)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "with site.id = 'test'" in result.stderr


def test_a_ledger_of_another_version_is_not_migrated_but_told(desk: Desk) -> None:
    with desk.store.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    for command in ("plan", "status"):
        result = invoke(desk.site, command)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "feedsvc made this ledger; " in result.stderr
        assert len(result.stderr.splitlines()) == 1


def test_where_there_is_no_ledger_an_empty_one_lives_as_long_as_the_command(site: Site) -> None:
    with ledger_or_empty(site.config()) as store:
        assert store.file
        assert store.file.exists()
    assert not store.file.parent.exists()
    assert not (site.base / "ledger.db").exists()


OLD = Article("a.txt", "Title", "<p>One two.</p>", "One two.", NOON)


@pytest.mark.parametrize(
    ("new", "parts", "beside"),
    [
        (OLD, set(), ()),
        (Article("a.txt", "Titles", "<p>One two.</p>", "One two.", NOON), {"title"}, ()),
        (Article("a.txt", "Title", "<p>One 2.</p>", "One 2.", NOON), {"text"}, ()),
        (Article("a.txt", "Title", "<p>One two.</p>", "In short.", NOON), {"summary"}, ()),
        (Article("a.txt", "Title", "<p>One two.</p>", "One two.", None), set(), ()),
        (Article("a.txt", "Title", "<p>One two.</p>", "One two.", NOON + DAY), set(), ("date",)),
        (Article("a.txt", "Title", "<p>One <b>two.</b></p>", "One two.", NOON), set(),
         ("markup or links of the text",)),
        (Article("a.txt", "Title", "<p>One two.</p>", "One two.", NOON, tags=("t",),
                 original=Original("X", "https://x.example/"), language="de"), set(),
         ("tags", "Original", "language")),
    ],
)  # fmt: skip
def test_what_an_edit_changes_is_named(new: Article, parts: set[str], beside: object) -> None:
    words, others = edits(OLD, new)
    assert (set(words), others) == (parts, beside)
