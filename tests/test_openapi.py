"""The description of the addresses for services: it is valid, and none is missing from it."""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from feedsvc.config import Config
from feedsvc.ledger.change_log import PAGE_SIZE
from feedsvc.web.app import create_app
from feedsvc.web.routes import parse
from feedsvc.web.sitemaps import PART

README = Path(__file__).parents[1] / "README.md"
LIMITED = {"/changes.json", "/openapi.json"}
FOR_PEOPLE = {"/", "/feeds/"}  # pages, which no service needs described
SAMPLES = {
    "format": "atom",
    "kind": "tags",
    "slug": "a",
    "first": "1",
    "last": "2",
    "part": "1",
    "id": "0" * 8 + "-0000" * 3 + "-" + "0" * 12,
}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    text = resources.files("feedsvc.web").joinpath("openapi.json").read_text("utf-8")
    told = json.loads(text)
    assert isinstance(told, dict)
    return told


def real(path: str) -> str:
    """An address that fits the pattern of one."""
    return re.sub(r"\{(\w+)\}", lambda found: SAMPLES[found[1]], path)


def test_it_is_valid(described: dict[str, Any]) -> None:
    validate(described)


def test_every_described_address_is_there(described: dict[str, Any], config: Config) -> None:
    app = create_app(config)
    routes = {rule.rule for rule in app.url_map.iter_rules()}
    for path in described["paths"]:
        here = real(path)
        assert parse(here) or here in routes or here.startswith("/media/"), path


def test_every_address_in_the_readme_is_described(described: dict[str, Any]) -> None:
    known = {real(path) for path in described["paths"]}
    table = README.read_text(encoding="utf-8").split("\n## Addresses\n")[1].split("\n## ")[0]
    for address in re.findall(r"^\| `(/\S*)`", table, re.MULTILINE):
        here = address.replace("ID", SAMPLES["id"]).replace("FIRST-LAST", "1-2")
        here = re.sub(r"\bN\b", "1", here).partition("?")[0]
        if here not in FOR_PEOPLE and not here.endswith("/"):
            assert here in known or re.sub(r"\.(rss|json)$", ".atom", here) in known, address


def test_what_is_limited_says_so(described: dict[str, Any]) -> None:
    """Feeds, and what else is made for programs; see `Document.shared`."""
    for path, told in described["paths"].items():
        limited = "429" in told["get"]["responses"]
        assert limited == (path in LIMITED or "/feed" in path), path


def test_the_numbers_in_it_are_those_of_the_code(described: dict[str, Any]) -> None:
    page = described["components"]["schemas"]["ChangesPage"]["properties"]["changes"]
    assert page["maxItems"] == PAGE_SIZE
    assert f"multiple of {PAGE_SIZE}" in described["paths"]["/changes.json"]["get"]["description"]
    assert f"{PART:,} pages" in described["paths"]["/sitemap.xml"]["get"]["description"]
    assert f"{PART:,} places" in described["paths"]["/sitemap-{part}.xml"]["get"]["description"]
