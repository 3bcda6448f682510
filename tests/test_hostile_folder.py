"""What a careless or hostile author may put into the folder, end to end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from feedsvc.errors import ConfigError, LedgerUnavailable
from feedsvc.feeds.publication import feed_document
from feedsvc.feeds.registry import site_feed
from feedsvc.ledger import feed_content
from feedsvc.ledger.migrating import migrate
from feedsvc.ledger.schema import changes
from feedsvc.ledger.store import Store
from feedsvc.model import Counts, Report
from feedsvc.scan.run import Clock, Publisher, scan
from tests.feed_cases import XML
from tests.site import Service, Site

pytestmark = pytest.mark.slow

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def look(site: Site, store: Store) -> Callable[[float], Report]:
    """Scan at so many hours after noon."""

    def at(hours: float) -> Report:
        now = NOON + timedelta(hours=hours)
        return scan(Publisher(store, site.config(), Clock(lambda: now, lambda _seconds: None)))

    return at


@pytest.mark.parametrize("character", ["\x01", "\x0b", "￾"])
def test_a_name_that_no_feed_can_carry_is_a_problem_and_takes_no_feed_down(
    site: Site, store: Store, look: Callable[[float], Report], character: str
) -> None:
    site.write(f"x{character}y/a.txt")
    site.write("good.txt", title="Good")
    assert [problem.code for problem in look(0).problems] == ["bad-name"]
    config, content = site.config(), feed_content.newest(store, 10)
    for form in XML:
        body = feed_document(config, site_feed(config), form, content).bodies["identity"]
        assert body.count(b"<title>Good</title>") == 1


def test_a_line_of_brackets_costs_nothing_and_stops_nobody(
    site: Site, look: Callable[[float], Report]
) -> None:
    (site.folder / "a.txt").write_text("# T\nOriginal: [" + "](" * 500_000 + "\nb\n")
    (site.folder / "b.txt").write_text("# T\nPublished at: **" + "9" * 300_000 + "**\nb\n")
    site.write("good.txt")
    report = look(0)
    assert report.counts.new == 1
    assert [problem.code for problem in report.problems] == ["bad-link", "bad-date"]
    assert max(len(problem.message) for problem in report.problems) < 300


def test_what_was_held_is_never_shown_as_it_was_before_it_was_edited_or_removed(
    site: Site, store: Store, look: Callable[[float], Report]
) -> None:
    due = (NOON + timedelta(hours=1)).isoformat()
    site.write("secret.txt", title="Secret", date=due)
    site.write("removed.txt", title="Removed", date=due)
    site.write("moved.txt", title="Moved", date=due)
    look(0)
    site.write("secret.txt", title="Secret", body="Later.", date="2027-01-01T00:00:00Z")
    (site.folder / "removed.txt").unlink()
    (site.folder / "moved.txt").rename(site.folder / "here.txt")
    look(2)
    look(3)
    assert [e.article.title for e in feed_content.newest(store, 10).entries] == ["Moved"]
    with store.read() as connection:
        told = connection.execute(
            select(changes.c.kind, func.count()).group_by(changes.c.kind)
        ).all()
    assert {kind for kind, _ in told} == {"configured", "held", "released"}


def test_last_modified_and_updated_never_go_back(
    site: Site, store: Store, look: Callable[[float], Report]
) -> None:
    site.write("a.txt", title="A")
    site.write("b.txt", title="B")
    seen: list[tuple[int, datetime]] = []
    for step in (
        lambda: None,
        (site.folder / "b.txt").unlink,
        lambda: site.write("b.txt", title="B", date="2030-01-01T00:00:00Z"),
        lambda: site.write("c.txt", title="C"),
        (site.folder / "c.txt").unlink,
    ):
        step()
        look(len(seen))
        content = feed_content.newest(store, 10)
        seen.append((content.modified, content.updated))
    assert seen == sorted(seen)
    assert seen[1] == seen[2], "to hold an article changes no document"


def test_each_of_two_articles_that_had_one_path_returns_as_itself(
    site: Site, store: Store, look: Callable[[float], Report]
) -> None:
    first = site.write("a.txt", title="A")
    second = site.write("b.txt", title="B")
    look(0)
    before = {e.article.title: e.id for e in feed_content.newest(store, 10).entries}
    first.unlink()
    look(1)
    second.rename(first)
    look(2)
    aside = site.base / "aside.txt"
    first.rename(aside)
    site.write("other.txt")
    look(3)
    aside.rename(first)
    look(4)
    after = {e.article.title: e.id for e in feed_content.newest(store, 10).entries}
    assert after["B"] == before["B"]


def test_a_first_look_that_found_no_folder_leaves_no_trace_in_the_feed(
    site: Site, store: Store, look: Callable[[float], Report]
) -> None:
    aside = site.base / "aside"
    site.write("a.txt")
    site.folder.rename(aside)
    with pytest.raises(ConfigError, match=r"articles\.folder: .* cannot be read"):
        look(0)
    aside.rename(site.folder)
    look(1)
    assert feed_content.newest(store, 10).updated == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_a_ledger_belongs_to_one_site(site: Site) -> None:
    site.write("a.txt")
    site.scan()
    other = site.command("scan", variables={"SITE__ID": "other"})
    assert other.returncode == 2
    assert "belongs to the site with site.id = 'test'" in other.stderr
    assert len(other.stderr.splitlines()) == 1
    assert site.scan().startswith("0 new, 0 changed, 0 moved, 0 withdrawn")


def test_no_module_is_taken_from_the_folder_that_serve_is_started_in(
    site: Site, serve: Callable[..., Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    (site.folder / "click.py").write_text("raise SystemExit('taken')")
    (site.folder / "flask.py").write_text("raise SystemExit('taken')")
    site.write("a.txt")
    monkeypatch.chdir(site.folder)
    assert serve().ready().status_code == 200


def test_a_ledger_that_is_taken_away_is_made_again(site: Site) -> None:
    site.write("a.txt")
    store = Store(site.config().store.url)
    migrate(store)
    publisher = Publisher(store, site.config())
    scan(publisher)
    for file in site.base.glob("ledger.db*"):
        file.unlink()
    migrate(store)
    assert scan(publisher).counts.new == 1
    store.close()


def test_many_articles_in_one_second_may_begin_at_one_path(
    site: Site, store: Store, look: Callable[[float], Report]
) -> None:
    for name in "bcde":
        site.write("a.txt", title=name.upper())
        look(0)
        (site.folder / "a.txt").rename(site.folder / f"{name}.txt")
        look(0)
    shown = feed_content.newest(store, 10).entries
    assert sorted(entry.article.title for entry in shown) == ["B", "C", "D", "E"]
    assert len({entry.id for entry in shown}) == 4
    assert look(0).counts == Counts()


def test_a_setting_that_changed_while_the_folder_was_away_is_not_forgotten(
    site: Site, store: Store, look: Callable[[float], Report]
) -> None:
    site.write("a.txt", date="2026-01-02T12:00:00")
    look(0)
    text = site.file.read_text()
    site.file.write_text(
        text.replace("settle_seconds = 0", 'settle_seconds = 0\ntimezone = "Japan"')
    )
    aside = site.base / "aside"
    site.folder.rename(aside)
    look(1)
    aside.rename(site.folder)
    look(2)
    assert feed_content.newest(store, 10).entries[0].published.hour == 3


def test_a_ledger_that_is_replaced_by_a_copy_is_the_one_that_is_used(site: Site) -> None:
    site.write("a.txt")
    store = Store(site.config().store.url)
    migrate(store)
    copy = site.base / "copy.db"
    with store.write() as connection:
        connection.exec_driver_sql("CREATE TABLE mark (x)")
    store.close()
    assert store.file
    store.file.rename(copy)
    with pytest.raises(LedgerUnavailable), store.write() as connection:
        connection.exec_driver_sql("SELECT * FROM mark")
    copy.replace(store.file)
    with store.write() as connection:
        connection.exec_driver_sql("SELECT * FROM mark")
    store.close()


def test_white_space_alone_makes_no_other_bytes(
    site: Site, store: Store, look: Callable[[float], Report]
) -> None:
    site.write("a.txt", body="Body  one.")
    look(0)
    before = feed_content.newest(store, 10).entries[0].article.content
    site.write("a.txt", body="Body one.")
    (site.folder / "a.txt").rename(site.folder / "b.txt")
    assert look(1).counts == Counts(moved=1)
    assert feed_content.newest(store, 10).entries[0].article.content == before == "<p>Body one.</p>"


def test_what_is_moved_at_its_moment_is_released_at_once(
    site: Site, store: Store, look: Callable[[float], Report]
) -> None:
    site.write("a.txt", title="Due", date=(NOON + timedelta(hours=1)).isoformat())
    look(0)
    (site.folder / "a.txt").rename(site.folder / "b.txt")
    look(2)
    assert feed_content.newest(store, 10).entries[0].released == NOON + timedelta(hours=1)


def test_neither_settings_nor_the_first_articles_set_an_empty_sites_date_back(
    site: Site, store: Store, look: Callable[[float], Report]
) -> None:
    seen: list[datetime] = []
    for step in (
        lambda: None,
        lambda: site.file.write_text(site.file.read_text().replace("Trial", "Trail")),
        lambda: site.write("a.txt", date="2020-01-01T00:00:00Z"),
        lambda: site.file.write_text(site.file.read_text().replace("Trail", "Trial")),
    ):
        step()
        look(len(seen))
        seen.append(feed_content.newest(store, 10).updated)
    assert seen == [NOON + timedelta(hours=hours) for hours in range(4)]
