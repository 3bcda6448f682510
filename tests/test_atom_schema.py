"""What the schema of RFC 4287 refuses, and what it says of extensions such as tombstones."""

from __future__ import annotations

import pytest

from tests.feed_rules import atom_schema_complaints
from tests.test_feed_rules import AT, ENTRY, METADATA, atom, entry

TOMBSTONE = (
    f'<at:deleted-entry {AT} ref="urn:x-a:b" when="2026-06-01T00:00:00Z">'
    "<at:comment>Gone</at:comment></at:deleted-entry>"
)
ENTRIES = f"<entry>{ENTRY}</entry>"


@pytest.mark.parametrize(
    "document",
    [
        "<feed>",
        '<feed xmlns="http://www.w3.org/2005/Atom"/>',
        atom(METADATA + METADATA),
        atom(METADATA + "<item/>"),
        atom(METADATA.replace("2026-06-01T", "")),
        atom(METADATA.replace("<name>Ann</name>", "")),
        entry(ENTRY.replace('"html"', '"xhtml"')),
        entry(ENTRY + '<link rel="via"/>'),
        entry(ENTRY + '<link href="https://a.example/" foo="bar"/>'),
        entry(ENTRY + '<link href="https://a.example/" hreflang="no_NO"/>'),
    ],
)
def test_a_document_of_another_form_is_refused(document: str) -> None:
    assert atom_schema_complaints(document.encode())


def test_extensions_are_allowed_in_feeds_entries_and_persons() -> None:
    more = '<x:y xmlns:x="http://a.example/ns" a="b"><x:z>c</x:z></x:y>'
    author = METADATA.replace("</name>", f"</name>{more}") + more
    document = atom(author, f"<entry>{ENTRY}{more}</entry>")
    assert atom_schema_complaints(document.encode()) == []


def test_a_tombstone_stands_before_the_first_entry() -> None:
    """RFC 6721 lets it stand anywhere; the schema has extensions before the entries alone."""
    assert atom_schema_complaints(atom(METADATA + TOMBSTONE, ENTRIES).encode()) == []
    assert atom_schema_complaints(atom(METADATA, ENTRIES + TOMBSTONE).encode())
