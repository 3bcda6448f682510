"""The RELAX NG schema of RFC 4287, which says what an Atom document looks like."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from lxml import etree

SCHEMA = Path(__file__).parents[1] / "schemas" / "atom.rng"


@cache
def _schema() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(SCHEMA))


def atom_schema_complaints(body: bytes) -> list[str]:
    """Where an Atom document is not of the schema's form, as `line: words`."""
    try:
        document = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as problem:
        return [f"{problem.lineno}: {problem.msg}"]
    schema = _schema()
    if schema.validate(document):
        return []
    return [f"{found.line}: {found.message}" for found in schema.error_log]
