"""Our feeds have no complaint of the W3C feed validator's rules, the schema's or JSON Feed's."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from feedsvc.feeds.registry import Format, path, site_feed
from tests.feed_cases import CASES, LAST
from tests.feed_rules import atom_schema_complaints, complaints, json_feed_complaints

NOW = LAST + timedelta(days=1)

# The validator takes a title such as `<b>x</b>` for HTML, however it is written. It is what the
# article's author wrote, and readers show it as that.
OWN_WORDS = "looks like HTML: </"
# What only whoever makes a podcast can say, see `[podcast]`.
UNCONFIGURED = ("has no itunes:category", "has no itunes:owner")

ROWS = [(name, form) for name in CASES for form in Format]


def told(body: bytes, suffix: str, address: str, now: datetime) -> list[str]:
    """What is held against one of our feeds, but for what its articles say themselves."""
    if suffix == "json":
        return json_feed_complaints(body, address, now)
    found = complaints(body, address, now)
    if suffix == "atom":
        found += atom_schema_complaints(body)
    return [complaint for complaint in found if OWN_WORDS not in complaint]


@pytest.mark.parametrize(
    ("name", "form"), ROWS, ids=[f"{name}.{form.suffix}" for name, form in ROWS]
)
def test_nothing_is_held_against_our_feeds(name: str, form: Format) -> None:
    case = CASES[name]
    body = case.document(form).bodies["identity"]
    address = case.config.address(path(site_feed(case.config), form, case.content.span))
    against = told(body, form.suffix, address, NOW)
    if not case.config.podcast.email:
        against = [one for one in against if not one.endswith(UNCONFIGURED)]
    assert against == []


@pytest.mark.parametrize("name", CASES)
def test_our_atom_is_of_the_schemas_form(name: str) -> None:
    (form,) = (form for form in Format if form.suffix == "atom")
    assert atom_schema_complaints(CASES[name].document(form).bodies["identity"]) == []
