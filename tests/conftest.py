"""What the tests share: a folder of articles, its configuration, ledgers, and a real service."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from feedsvc.config import Config
from feedsvc.ledger.migrating import migrate
from feedsvc.ledger.store import Store
from tests.databases import Server, new_database
from tests.site import Service, Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A folder of articles and a config.toml in a temporary folder, on SQLite."""
    return Site(tmp_path)


@pytest.fixture
def config(site: Site) -> Config:
    return site.config()


TEMPLATE = "with_tables"


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite ledger with its tables, to be copied: migrating takes longer than most tests."""
    file = tmp_path_factory.mktemp("sqlite") / "ledger.db"
    _make_tables(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real PostgreSQL server, started for this test process."""
    server = Server(tmp_path_factory.mktemp("postgres"))
    _make_tables(new_database(server.url, TEMPLATE, "template1"))
    yield server.url
    server.stop()


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A PostgreSQL server of the test's own, which it may freeze."""
    server = Server(tmp_path_factory.mktemp("own_postgres"))
    yield server
    server.stop()


def _make_tables(url: str) -> None:
    store = Store(url)
    migrate(store)
    store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A ledger of each kind with its tables, and nothing in them."""
    if request.param == "sqlite":
        file = shutil.copy(request.getfixturevalue("sqlite"), tmp_path / "ledger.db")
        return f"sqlite:///{file}"
    name = "t" + tmp_path.name.replace("-", "_").lower()[-40:]
    return new_database(request.getfixturevalue("postgres"), name, TEMPLATE)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """The ledger at `store_url`."""
    store = Store(store_url)
    yield store
    store.close()


@pytest.fixture
def serve(site: Site) -> Iterator[Callable[..., Service]]:
    """Starts real services of `site`, each stopped at the end of the test."""
    running: list[Service] = []

    def start(command: str = "serve", **variables: Any) -> Service:
        service = Service(site, command, variables)
        running.append(service)
        return service

    yield start
    for service in running:
        service.stop()
