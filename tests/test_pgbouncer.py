"""The service behind a real pgbouncer, which hands each transaction to any connection it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy import select

from feedsvc.ledger.leases import SCAN, held
from feedsvc.ledger.migrating import migrate
from feedsvc.ledger.schema import facts, files
from feedsvc.ledger.store import Store
from tests.databases import Bouncer, new_database
from tests.ledgers import acquire
from tests.site import Service, Site, eventually

pytestmark = pytest.mark.slow


@pytest.fixture
def bouncer(
    postgres: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[int], Bouncer]]:
    """Starts pgbouncer with so many connections of its own, in front of an empty database."""
    name = "t" + tmp_path.name.replace("-", "_").lower()[-40:]
    url = new_database(postgres, name, "template1")
    with ExitStack() as running:

        def start(connections: int) -> Bouncer:
            bouncer = Bouncer(tmp_path_factory.mktemp("pgbouncer"), url, connections)
            running.callback(bouncer.stop)
            return bouncer

        yield start


def test_stores_that_share_one_connection_of_the_server_do_not_meet_in_its_session(
    bouncer: Callable[[int], Bouncer],
) -> None:
    url = bouncer(1).url
    with closing(Store(url)) as one, closing(Store(url, reader=True)) as other:
        migrate(one)
        for number in range(12):  # more often than a statement is sent before it is prepared
            for store in (one, other):
                with store.write() as connection:
                    row = facts.insert().values(name=f"{store is one} {number}", value="")
                    connection.execute(row)
                with store.read() as connection:
                    assert connection.execute(select(files)).all() == []


def test_the_lock_of_migrations_and_the_leases_hold_through_it(
    bouncer: Callable[[int], Bouncer],
) -> None:
    url = bouncer(5).url
    with closing(Store(url)) as one, closing(Store(url)) as other:
        migrate(one)
        migrate(other)
        with held(one, SCAN, lambda _held: False) as lease:
            assert acquire(other, SCAN).token == lease.token + 1  # this process's own


def test_the_service_scans_serves_and_scans_again_through_it(
    bouncer: Callable[[int], Bouncer], site: Site, serve: Callable[..., Service]
) -> None:
    site.write("a.txt", title="First")
    service = serve(STORE__URL=bouncer(5).url)
    assert "First" in service.ready().text
    for number in range(3):
        site.write(f"b{number}.txt", title=f"Another {number}")
        eventually(lambda: f"Another {number}" in service.get("/feed.atom").text)  # noqa: B023 - called at once
    assert "failed" not in service.log
    assert service.stop() == 0
