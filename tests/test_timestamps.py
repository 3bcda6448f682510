"""Of a ledger's timestamps, a plan gets those that filed articles may run into, and no others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from feedsvc.ledger import timestamps
from feedsvc.ledger.store import Store
from feedsvc.model import BEGINNING, MICROSECOND
from tests.campaigns import examples

NOW = 100
MOMENTS = st.integers(60, NOW)


def add(store: Store, *moments: tuple[int, int]) -> None:
    """Add entries that were released and updated at these microseconds."""
    insert = text(
        "INSERT INTO entries (id, key, path, digest, title, content, summary, authors, tags,"
        " source, original, published, released, updated) VALUES"
        " (:id, :key, '', '', '', '', '', '[]', '[]', '', '', 0, :released, :updated)"
    )
    with store.write() as connection:
        for released, updated in moments:
            values = {
                "id": str(released),
                "key": str(released),
                "released": released,
                "updated": updated,
            }
            connection.execute(insert, values)


def near(store: Store, *dates: int) -> list[int]:
    with store.read() as connection:
        return list(timestamps.near(connection, dates, BEGINNING + NOW * MICROSECOND))


def test_only_timestamps_at_the_dates_of_articles_are_loaded(store: Store) -> None:
    add(store, (10, 10), (20, 21), (30, 30), (31, 95))
    assert near(store) == []
    assert near(store, 15, 25) == []
    assert near(store, 20, 30) == [30, 20]
    assert near(store, 21) == [21, 20]  # 20 is next, since 21 is taken
    assert near(store, 31, 31) == [31, 30]


def test_the_last_timestamp_is_the_latest_release_or_update(store: Store) -> None:
    with store.read() as connection:
        assert timestamps.last(connection) == BEGINNING
    add(store, (10, 10), (20, 21))
    with store.read() as connection:
        assert timestamps.last(connection) - BEGINNING == timedelta(microseconds=21)


def filed(dates: Sequence[int], taken: Collection[int], limit: int) -> list[int]:
    """The timestamps of articles that are filed under these dates, before `limit`."""
    given: list[int] = []
    for date in sorted(dates, reverse=True):
        timestamp = min(date, limit - 1)
        while timestamp in taken or timestamp in given:
            timestamp -= 1
        given.append(timestamp)
    return given


@examples(500, 20000)
@given(
    dates=st.lists(MOMENTS, min_size=1, max_size=12),
    others=st.lists(MOMENTS, max_size=5),
    taken=st.sets(st.integers(50, NOW + 5), max_size=40),
    announced=st.booleans(),
)
def test_articles_are_filed_as_if_all_timestamps_had_been_loaded(
    dates: list[int], others: list[int], taken: set[int], announced: bool
) -> None:
    """The dates of `others` are asked for too; with `announced`, the scan gives out timestamps."""
    latest = max(taken, default=0)
    first = max(latest + 1, NOW) if announced else NOW
    found = set(timestamps.in_the_way([*dates, *others], sorted(taken, reverse=True), latest, NOW))
    assert found <= taken
    assert filed(dates, found, first) == filed(dates, taken, first)
