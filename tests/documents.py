"""Documents by their addresses, as a client asks for them."""

from __future__ import annotations

from feedsvc.model import Document
from feedsvc.web.builder import DocumentBuilder
from feedsvc.web.routes import parse


def built(builder: DocumentBuilder, address: str) -> Document | None:
    """The document at a path, which a query may follow; None where there is none."""
    path, _, query = address.partition("?")
    route = parse(path, query)
    return builder.build(route) if route else None
