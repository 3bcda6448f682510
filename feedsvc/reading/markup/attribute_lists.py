"""Attribute lists in Markdown: `{: .class #id key="value" name}` of kramdown and Python-Markdown.

A list that hides its element is replaced by a marker element, see `hiding`. All others are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from feedsvc.reading.markup.hiding import hides, is_hidden_value, marker

_ITEM = r"""(?:[.\#][\w:-]++
    | [^\W\d][\w:-]*+(?:=(?:"[^"{}\n]*" | '[^'{}\n]*' | [^\s"'{}]++)?)?)[ \t]*+"""
# The colon is optional in Python-Markdown, Goldmark and markdown-it-attrs.
LIST = re.compile(rf"\{{(?P<colon>:?)[ \t]*+(?P<items>(?:{_ITEM})+)\}}", re.VERBOSE)
_PARSED = re.compile(
    r"""[.\#](?P<class>[\w:-]++)
    | (?P<name>[^\W\d][\w:-]*+)(?P<value>=(?:"[^"{}\n]*"|'[^'{}\n]*'|[^\s"'{}]++)?)?""",
    re.VERBOSE,
)
# kramdown's attribute list definition (ALD)
_DEFINITION = re.compile(r"^ {0,3}\{:([\w-]++):[ \t]*+([^{}\n]*)\}[ \t]*$", re.MULTILINE)
_MAY_HIDE = re.compile(r"\{[^{}\n]*(?:hidden|style|popover)")
_HIDING_CLASSES = {"content-hidden"}  # Quarto's

Attributes = Mapping[str, str | None]


def may_contain(text: str) -> bool:
    """Whether there may be an attribute list to remove: a cheap check."""
    return "{:" in text or ("{" in text and _MAY_HIDE.search(text) is not None)


class AttributeLists:
    """The attribute lists of one text, with the definitions to which they may refer."""

    def __init__(self, text: str) -> None:
        self._definitions = {
            found[1]: _attributes(found[2]) for found in _DEFINITION.finditer(text)
        }

    def marker(self, written: str, *, alone: bool) -> str:
        """The marker for a list that hides its element; empty for any other list.

        `alone` tells whether the list is the only content of its paragraph.
        """
        found = LIST.fullmatch(written)
        if not found or _DEFINITION.fullmatch(written):
            return ""
        return marker(written, alone=alone) if self._hides(_attributes(found["items"])) else ""

    def is_list(self, found: re.Match[str]) -> bool:
        """Whether braces are a list: those without a colon only if they hide an element."""
        return bool(found["colon"]) or self._hides(_attributes(found["items"]))

    def _hides(self, attributes: Attributes) -> bool:
        if _hides(attributes):
            return True
        referenced = (name for name, value in attributes.items() if value is None)
        return any(_hides(self._definitions.get(name, {})) for name in referenced)


def _attributes(items: str) -> Attributes:
    """The attributes of a list; the value of a bare name is None, a class is a name with a dot."""
    attributes: dict[str, str | None] = {}
    for found in _PARSED.finditer(items):
        if found["class"]:
            attributes[f".{found['class']}"] = ""
        else:
            value = found["value"]
            attributes[found["name"].lower()] = value and value[1:].strip("\"'")
    return attributes


def _hides(attributes: Attributes) -> bool:
    if "hidden" in attributes and is_hidden_value(attributes["hidden"] or ""):
        return True
    if "popover" in attributes or not _HIDING_CLASSES.isdisjoint(
        name.removeprefix(".") for name in attributes
    ):
        return True
    return hides(attributes.get("style") or "")
