"""A renamed file is the entry that it was, also where its name gives its date, slug or title."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from feedsvc.ledger.schema import entries, files
from feedsvc.ledger.store import Store
from feedsvc.model import Report
from feedsvc.scan import run
from feedsvc.scan.preview import Fate, preview
from feedsvc.scan.run import Clock, Publisher, Request
from tests.folders import write
from tests.plans import HOUR, NOW, Ledger, article
from tests.site import Site

WALK = "---\ntitle: Walk\n---\n\nThe text of a walk.\n"


class Folder:
    """A folder and its ledger, scanned an hour apart."""

    def __init__(self, site: Site, store: Store) -> None:
        self.site, self.root, self.store = site, site.folder, store
        self.now = datetime.now(UTC) + timedelta(hours=1)

    @property
    def publisher(self) -> Publisher:
        return Publisher(self.store, self.site.config(), Clock(now=lambda: self.now))

    def scan(self, *hints: str) -> Report:
        self.now += timedelta(hours=1)
        return run.scan(self.publisher, Request(hints=frozenset(hints)))

    def move(self, old: str, new: str) -> None:
        (self.root / new).parent.mkdir(parents=True, exist_ok=True)
        (self.root / old).rename(self.root / new)

    @property
    def living(self) -> dict[str, str]:
        """The id of each entry by path, the newest in the feed first."""
        with self.store.read() as connection:
            rows = connection.execute(
                select(entries.c.path, entries.c.id)
                .where(entries.c.withdrawn.is_(None))
                .order_by(entries.c.released.desc())
            )
            return {row.path: row.id for row in rows}


@pytest.fixture
def folder(site: Site, store: Store) -> Folder:
    return Folder(site, store)


RENAMES = [
    ("2024-01-01-walk.md", "2024-01-02-walk.md", WALK),  # the date
    ("walk.md", "stroll.md", "The text of a walk.\n\nAnd its end.\n"),  # nothing
    ("2024-01-01-walk.md", "walk.md", WALK),  # a date no more
    ("walk.md", "2024-01-01-walk.md", WALK),  # a date now
    ("2024-01-01-walk/index.md", "2024-02-03-stroll/index.md", "---\ntags: [a]\n---\nText.\n"),
    ("news/2024-01-01-walk.txt", "old/2024-01-02-walk.txt", "Walk\n\nText.\n"),
    ("walk.md", "stroll.md", "---\ndate: 2024-01-01\n---\nText.\n"),  # the title
    ("walk.html", "stroll.html", "<!doctype html><meta name=date content=2024-01-01><p>Text."),
]


@pytest.mark.parametrize(("old", "new", "text"), RENAMES)
def test_the_entry_stays_and_does_not_come_to_the_top(
    folder: Folder, old: str, new: str, text: str
) -> None:
    write(folder.root, old, text)
    folder.scan()
    write(folder.root, "2024-06-01-newer.md", WALK.replace("Walk", "Newer"))
    folder.scan()
    before = folder.living
    folder.move(old, new)
    report = folder.scan()
    assert folder.living == {new if path == old else path: key for path, key in before.items()}
    assert list(folder.living)[1] == new
    assert (report.counts.new, report.counts.withdrawn) == (0, 0)


def test_a_first_import_knows_the_bytes_already(folder: Folder) -> None:
    for number in range(1, 6):
        write(folder.root, f"2024-01-0{number}-walk.md", f"{WALK}{number}\n")
    folder.scan()
    ids = list(folder.living.values())
    for number in range(5, 0, -1):
        folder.move(f"2024-01-0{number}-walk.md", f"2024-03-0{number}-walk.md")
    assert folder.scan().counts.new == 0
    assert list(folder.living.values()) == ids
    assert all(path.startswith("2024-03") for path in folder.living)


def test_a_folder_that_gives_the_date_is_renamed_with_all_in_it(folder: Folder) -> None:
    for name in ("index.md", "index.de.md"):
        write(folder.root, f"a/2024-01-01-walk/{name}", f"Text of {name}.\n")
    folder.scan()
    ids = set(folder.living.values())
    folder.move("a", "b")
    folder.move("b/2024-01-01-walk", "b/2024-01-02-walk")
    assert folder.scan().counts.new == 0
    assert set(folder.living.values()) == ids


def test_hints_of_both_names_lead_there_too(folder: Folder) -> None:
    write(folder.root, "2024-01-01-walk.md", WALK)
    folder.scan()
    before = list(folder.living.values())
    folder.move("2024-01-01-walk.md", "2024-01-02-walk.md")
    folder.scan("2024-01-01-walk.md", "2024-01-02-walk.md")
    assert list(folder.living.items()) == [("2024-01-02-walk.md", before[0])]


def test_a_plan_tells_it_as_an_edit_at_another_path(folder: Folder) -> None:
    write(folder.root, "2024-01-01-walk.md", WALK)
    folder.scan()
    folder.move("2024-01-01-walk.md", "2024-01-02-walk.md")
    groups = preview(folder.publisher).groups
    (change,) = groups[Fate.EDITED].changes
    assert (change.origin, change.path) == ("2024-01-01-walk.md", "2024-01-02-walk.md")
    assert change.beside == ("date",)
    assert groups[Fate.NEW].number == groups[Fate.WITHDRAWN].number == 0


def test_a_file_that_an_older_version_read_is_known_by_its_bytes_once_it_is_read_again(
    folder: Folder,
) -> None:
    write(folder.root, "2024-01-01-walk.md", WALK)
    folder.scan()
    (known,) = folder.living.values()
    with folder.store.write() as connection:
        connection.execute(update(files).values(digest=None))
    assert folder.scan().counts.changed == 0
    run.scan(folder.publisher, Request(full=True))
    folder.move("2024-01-01-walk.md", "2024-01-02-walk.md")
    folder.scan()
    assert list(folder.living.values()) == [known]


def test_a_file_whose_white_space_was_changed_is_known_by_its_new_bytes(folder: Folder) -> None:
    file = write(folder.root, "2024-01-01-walk.md", WALK)
    folder.scan()
    (known,) = folder.living.values()
    file.write_bytes(WALK.replace("\n", "\r\n").encode())
    assert folder.scan().counts.changed == 0
    folder.move("2024-01-01-walk.md", "2024-01-02-walk.md")
    folder.scan()
    assert list(folder.living.values()) == [known]


def test_a_rename_that_postpones_what_is_published_withdraws_it(folder: Folder) -> None:
    write(folder.root, "2024-01-01-walk.md", WALK)
    folder.scan()
    folder.move("2024-01-01-walk.md", "2199-01-02-walk.md")
    counts = folder.scan().counts
    assert (counts.withdrawn, counts.held) == (1, 1)
    assert folder.scan().counts.withdrawn == 0


def test_a_held_article_may_be_postponed_by_its_name(folder: Folder) -> None:
    write(folder.root, "2198-01-01-walk.md", WALK)
    folder.scan()
    before = folder.living
    folder.move("2198-01-01-walk.md", "2199-01-02-walk.md")
    assert folder.scan().counts.withdrawn == 0
    assert folder.living == {"2199-01-02-walk.md": before["2198-01-01-walk.md"]}


def test_content_goes_before_bytes_and_ids_before_both() -> None:
    ledger = Ledger()
    ledger.scan(
        article("a.md", text="one", file="same"),
        article("b.md", text="two", file="same"),
        article("c.md", text="three", file="x", key="k"),
        now=NOW - HOUR,
    )
    ids = {path: known.id for path, known in ledger.living.items()}
    ledger.scan(
        article("1.md", text="two", file="same"),
        article("2.md", text="other", file="same"),
        article("3.md", text="else", file="same", key="k"),
        gone=["a.md", "b.md", "c.md"],
    )
    assert {path: known.id for path, known in ledger.living.items()} == {
        "1.md": ids["b.md"], "2.md": ids["a.md"], "3.md": ids["c.md"],
    }  # fmt: skip


def test_a_copy_with_another_date_is_an_article_of_its_own() -> None:
    ledger = Ledger()
    ledger.scan(article("a.md", file="same"), now=NOW - HOUR)
    plan = ledger.scan(article("b.md", text="other", file="same"))
    assert (plan.counts.new, len(ledger.living)) == (1, 2)


CASE = Path(__file__).parents[2] / "shared" / "cases"


@pytest.mark.skipif(not CASE.is_dir(), reason="the cases are not beside the checkout")
def test_the_folder_that_failed_once(folder: Folder) -> None:
    (case,) = CASE.glob("11-*")
    write(folder.root, "2024-01-01-walk.md", (case / "input/2024-01-01-walk.md").read_text())
    folder.scan()
    before = list(folder.living.values())
    folder.move("2024-01-01-walk.md", "2024-01-02-walk.md")
    folder.scan()
    assert list(folder.living.items()) == [("2024-01-02-walk.md", before[0])]
