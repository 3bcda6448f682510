"""Evaluates variables and filters of site generators' templates: `{{ page.title | escape }}`.

The variables are the keys of the front matter, their defaults from the file name, the site's title
and address, and those that `{% assign x = "…" %}` sets. An unknown variable is None.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from html import escape

from feedsvc.reading.errors import ReadError
from feedsvc.reading.markup import markup
from feedsvc.reading.markup.content import one_line
from feedsvc.reading.metadata.dates import moment
from feedsvc.reading.metadata.fields import ADDRESS, PUBLISHED, Fields, folded
from feedsvc.reading.metadata.names import name_of
from feedsvc.reading.metadata.yaml_values import Value
from feedsvc.reading.source import Source

MAX_VALUE_LENGTH = 100_000  # characters
MAX_TOTAL_LENGTH = 1 << 20  # characters of all values in one file, since many tags can be long

_STRING = r"""(?:"[^"]*"|'[^']*')"""
_PATH = r"[$.]{0,2}[A-Za-z_][\w-]*+(?:\??\.[\w-]++|\[(?:\d{1,4}|" + _STRING + r")\])*+"
_OPERAND = rf"(?:{_STRING}|{_PATH}|-?\d{{1,9}})"
_FILTER = rf"[\w.]++(?:\s*+:\s*+{_OPERAND}(?:\s*+,\s*+{_OPERAND})*+|\([^()|]*+\))?"
_EXPRESSION = re.compile(rf"({_STRING}|{_PATH})\s*+((?:\|\s*+{_FILTER}\s*+)*+)")
_PIPED = re.compile(rf"\|\s*+([\w.]++)((?:{_STRING}|[^|\"'])*+)")
_ARGUMENT = re.compile(_OPERAND)
_STEP = re.compile(r"[\w-]+")
_MARKUP = re.compile(r"<[^<>]*+>")

# The names by which generators refer to the page: Jekyll, Zola, Hugo, Middleman, VitePress.
_PAGES = {
    "page", "Page", "current_page", "current_article", "frontmatter", "this",
}  # fmt: skip
_TABLES = {"extra", "params", "Params", "data", "metadata"}
_SITE_TITLE = re.compile(r"\$?\.?(?:site|Site|config|metadata)\.(?:title|name|Title)")
_SITE_ADDRESS = re.compile(
    r"\$?\.?(?:site|Site|config|metadata)\.(?:url|base_?url|BaseURL|root)|base_?url|root_url"
)
_AFTER_ADDRESS = " \t\n?#\"'<>"  # characters before which the site's address needs no slash
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DIRECTIVE = re.compile(r"%([-^]?)(:?[A-Za-z%])")
_HOURS = 12
_ADDRESS_FILTERS = {"relative_url", "absolute_url", "url", "relURL", "absURL", "url_for"}
_UNCHANGED = ("safe", "raw", "safeHTML", "smartify", "html_safe", "join")
_FILTERS: dict[str, Callable[[str], str]] = {
    "capitalize": str.capitalize,
    "downcase": str.lower,
    "lower": str.lower,
    "upcase": str.upper,
    "upper": str.upper,
    "strip": str.strip,
    "trim": str.strip,
    "strip_newlines": one_line,
    "normalize_whitespace": one_line,
    "strip_html": lambda text: _MARKUP.sub("", text),
    "striptags": lambda text: _MARKUP.sub("", text),
    **dict.fromkeys(_UNCHANGED, str),
    **dict.fromkeys(("markdownify", "markdown"), lambda text: markup.from_markdown(text).strip()),
    **dict.fromkeys(("escape", "escape_once", "xml_escape", "e", "h"), escape),
}
_DATES = {
    "date_to_string": "%d %b %Y",
    "date_to_long_string": "%d %B %Y",
    "date_to_xmlschema": "%Y-%m-%dT%H:%M:%S%:z",
}


def is_expression(text: str) -> bool:
    """Whether `text` is a variable or a string, with or without filters."""
    return bool(_EXPRESSION.fullmatch(text))


class Values:
    """The variables in the templates of one file."""

    def __init__(self, fields: Fields, source: Source) -> None:
        self._fields = fields
        self._source = source
        self._assigned: dict[str, str] = {}
        self._cached: dict[tuple[str, ...], str | None] = {}  # by the segments of a name
        self._total_length = 0

    def assign(self, name: str, value: str | None) -> None:
        """Set a variable, or unset it if the value is None."""
        if value is None:
            self._assigned.pop(name, None)
        else:
            self._assigned[name] = value

    def value(self, expression: str, following: str = "") -> str | None:
        """The value of an expression that precedes the text `following`; None if it is unknown.

        Raises:
            ReadError: `too-complex`: all values together are longer than MAX_TOTAL_LENGTH.
        """
        found = _EXPRESSION.fullmatch(expression)
        if not found:
            return None
        value = self._operand(found[1], following)
        for name, rest in _PIPED.findall(found[2]):
            value = self._filtered(value, name, _ARGUMENT.findall(rest))
        if value is None or len(value) > MAX_VALUE_LENGTH:
            return None
        self._total_length += len(value)
        if self._total_length > MAX_TOTAL_LENGTH:
            message = "its template tags expand to too much text; use fewer of them"
            raise ReadError("too-complex", message)
        return value

    def _operand(self, written: str, following: str = "") -> str | None:
        if written[0] in "\"'":
            return written[1:-1]
        if written in self._assigned:
            return self._assigned[written]
        if _SITE_TITLE.fullmatch(written):
            return self._source.how.site_title or None
        if _SITE_ADDRESS.fullmatch(written):
            return self._site_address(written, following)
        return self._key(tuple(_STEP.findall(written)))

    def _site_address(self, written: str, following: str) -> str:
        """The site's address; empty before a path, which begins with a slash itself."""
        if following.startswith(("/", "{{", "{%")):
            return ""
        is_whole = not following or following[0] in _AFTER_ADDRESS
        slash = "" if is_whole else "/"
        return "/" if written.endswith("baseurl") else self._source.how.base_url + slash

    def _key(self, steps: tuple[str, ...]) -> str | None:
        """The value of a key of the front matter, or its default."""
        if steps not in self._cached:
            self._cached[steps] = self._looked_up(steps)
        return self._cached[steps]

    def _looked_up(self, steps: tuple[str, ...]) -> str | None:
        if len(steps) > 1 and steps[0] in _PAGES:
            steps = steps[1:]
        value = self._field(steps)
        if value is None and len(steps) > 1 and steps[0] in _TABLES:
            value = self._field(steps := steps[1:])
        if value is None and len(steps) == 1:
            return self._default(folded(steps[0]))
        return _text(value)

    def _field(self, steps: tuple[str, ...]) -> Value:
        value: Value = self._fields.values.get(folded(steps[0]))
        for step in steps[1:]:
            value = _member(value, step)
        return value

    def _default(self, name: str) -> str | None:
        """The default of a key that is not set, from the file name or another key."""
        named = name_of(self._source.path)
        if name == "date":
            _, published = self._fields.first(*PUBLISHED)
            return published if isinstance(published, str) else named.date or None
        if name == "url":
            _, address = self._fields.first(*ADDRESS)
            if isinstance(address, str) and address.startswith("/") and ":" not in address:
                return address
            return None
        return {"title": named.title, "slug": named.slug}.get(name) or None

    def _filtered(self, value: str | None, name: str, operands: list[str]) -> str | None:
        """The result of a filter; None if the filter is unknown."""
        if name == "default":
            return value or (self._operand(operands[0]) if operands else None)
        if value is None or len(value) > MAX_VALUE_LENGTH:
            return None
        if name in _FILTERS:
            return _FILTERS[name](value)
        prepends_site = name == "prepend" and operands and _SITE_ADDRESS.fullmatch(operands[0])
        if name in _ADDRESS_FILTERS or prepends_site:
            return value if value.startswith("/") or ":" in value else f"/{value}"
        return self._with_arguments(value, name, list(map(self._operand, operands)))

    def _with_arguments(self, value: str, name: str, arguments: list[str | None]) -> str | None:
        """The result of a filter with arguments; None if the filter is unknown."""
        match name, arguments:
            case "prepend", [str(prefix)]:
                return prefix + value
            case "append", [str(suffix)]:
                return value + suffix
            case "remove", [str(substring)]:
                return value.replace(substring, "") if substring else value
            case "date", [str(date_format)]:
                return self._date(value, date_format)
            case _, [] if name in _DATES:
                return self._date(value, _DATES[name])
        return None

    def _date(self, value: str, date_format: str) -> str | None:
        timezone = self._source.how.timezone
        try:
            when: datetime = moment(value, timezone).astimezone(timezone)
        except ReadError:
            return None
        return formatted(when, date_format)


def _member(value: Value, step: str) -> Value:
    """The member of a mapping or list at a key or index; None if there is none."""
    if isinstance(value, list):
        index = int(step) if step.isdecimal() else len(value)
        return value[index] if index < len(value) else None
    return value.get(step) if isinstance(value, dict) else None


def _text(value: Value) -> str | None:
    """A value as text; the items of a list are separated by commas. None for a mapping."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        items = [_text(item) for item in value]
        return ", ".join(item for item in items if item)
    return value if isinstance(value, str) else None


def formatted(when: datetime, date_format: str) -> str | None:
    """A date in a strftime format, in English; None if it is empty or has unknown directives."""
    has_unknown = False

    def directive(found: re.Match[str]) -> str:
        nonlocal has_unknown
        text = _directive(when, found[2])
        has_unknown = has_unknown or text is None
        if found[1] == "-":
            return (text or "").lstrip("0 ") or "0"
        return (text or "").upper() if found[1] == "^" else (text or "")

    result = _DIRECTIVE.sub(directive, date_format)
    return None if has_unknown or not date_format else result


def _directive(when: datetime, letter: str) -> str | None:
    month, day = _MONTHS[when.month - 1], _DAYS[when.weekday()]
    hour = when.hour % _HOURS or _HOURS
    offset = when.strftime("%z")
    values = {
        "%": "%", "Y": f"{when.year:04}", "y": f"{when.year % 100:02}",
        "B": month, "b": month[:3], "h": month[:3], "m": f"{when.month:02}",
        "d": f"{when.day:02}", "e": f"{when.day:2}", "j": f"{when.timetuple().tm_yday:03}",
        "A": day, "a": day[:3], "u": str(when.isoweekday()), "w": str(when.isoweekday() % 7),
        "H": f"{when.hour:02}", "I": f"{hour:02}", "l": f"{hour:2}", "M": f"{when.minute:02}",
        "S": f"{when.second:02}", "p": "AM" if when.hour < _HOURS else "PM",
        "P": "am" if when.hour < _HOURS else "pm",
        "F": f"{when.year:04}-{when.month:02}-{when.day:02}",
        "R": f"{when.hour:02}:{when.minute:02}",
        "T": f"{when.hour:02}:{when.minute:02}:{when.second:02}",
        "z": offset, ":z": f"{offset[:3]}:{offset[3:5]}",
    }  # fmt: skip
    return values.get(letter)
