"""The variables of site generators' templates: what `{{ page.title | escape }}` stands for.

Known are the keys of the front matter, what a file's name says in their place, the site's title
and address, and what `{% assign x = "…" %}` says. A value that nothing here knows is None.
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

LONGEST = 100_000  # characters of one value
MOST_FILLED = 1 << 20  # characters of all values of one file; each tag may ask for a long one

_STRING = r"""(?:"[^"]*"|'[^']*')"""
_PATH = r"[$.]{0,2}[A-Za-z_][\w-]*+(?:\??\.[\w-]++|\[(?:\d{1,4}|" + _STRING + r")\])*+"
_OPERAND = rf"(?:{_STRING}|{_PATH}|-?\d{{1,9}})"
_FILTER = rf"[\w.]++(?:\s*+:\s*+{_OPERAND}(?:\s*+,\s*+{_OPERAND})*+|\([^()|]*+\))?"
_EXPRESSION = re.compile(rf"({_STRING}|{_PATH})\s*+((?:\|\s*+{_FILTER}\s*+)*+)")
_PIPED = re.compile(rf"\|\s*+([\w.]++)((?:{_STRING}|[^|\"'])*+)")
_ARGUMENT = re.compile(_OPERAND)
_STEP = re.compile(r"[\w-]+")
_MARKUP = re.compile(r"<[^<>]*+>")

# What stands before the name of a key, by generator: Jekyll, Zola, Hugo, Middleman, VitePress.
_PAGES = {
    "page", "Page", "current_page", "current_article", "frontmatter", "this",
}  # fmt: skip
_TABLES = {"extra", "params", "Params", "data", "metadata"}
_SITE_TITLE = re.compile(r"\$?\.?(?:site|Site|config|metadata)\.(?:title|name|Title)")
_SITE_ADDRESS = re.compile(
    r"\$?\.?(?:site|Site|config|metadata)\.(?:url|base_?url|BaseURL|root)|base_?url|root_url"
)
_BEHIND_ADDRESS = " \t\n?#\"'<>"  # what ends the site's address where it has no slash
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DIRECTIVE = re.compile(r"%([-^]?)(:?[A-Za-z%])")
_TWELVE = 12
_ADDRESS_FILTERS = {"relative_url", "absolute_url", "url", "relURL", "absURL", "url_for"}
_SAME = ("safe", "raw", "safeHTML", "smartify", "html_safe", "join")
_PLAIN: dict[str, Callable[[str], str]] = {
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
    **dict.fromkeys(_SAME, str),
    **dict.fromkeys(("markdownify", "markdown"), lambda text: markup.from_markdown(text).strip()),
    **dict.fromkeys(("escape", "escape_once", "xml_escape", "e", "h"), escape),
}
_DATES = {
    "date_to_string": "%d %b %Y",
    "date_to_long_string": "%d %B %Y",
    "date_to_xmlschema": "%Y-%m-%dT%H:%M:%S%:z",
}


def is_expression(text: str) -> bool:
    """Whether `text` has the shape of a variable or a quoted text, with filters or without."""
    return bool(_EXPRESSION.fullmatch(text))


class Values:
    """What the templates of one file can name."""

    def __init__(self, fields: Fields, source: Source) -> None:
        self._fields = fields
        self._source = source
        self._assigned: dict[str, str] = {}
        self._known: dict[tuple[str, ...], str | None] = {}  # by the steps of a name
        self._filled = 0

    def assign(self, name: str, value: str | None) -> None:
        """Give a name to a value, or take it where the value is not known."""
        if value is None:
            self._assigned.pop(name, None)
        else:
            self._assigned[name] = value

    def value(self, expression: str, following: str = "") -> str | None:
        """What an expression says where `following` stands behind it; None where it is unknown.

        Raises:
            ReadError: `too-complex`: all values together are too long.
        """
        found = _EXPRESSION.fullmatch(expression)
        if not found:
            return None
        value = self._operand(found[1], following)
        for name, rest in _PIPED.findall(found[2]):
            value = self._filtered(value, name, _ARGUMENT.findall(rest))
        if value is None or len(value) > LONGEST:
            return None
        self._filled += len(value)
        if self._filled > MOST_FILLED:
            message = "its template tags are filled in with too much text; make them fewer"
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
        """The site's address; before a path, nothing, for that begins with a slash by itself."""
        if following.startswith(("/", "{{", "{%")):
            return ""
        ends = not following or following[0] in _BEHIND_ADDRESS
        return "/" if written.endswith("baseurl") else self._source.how.base_url + "/" * (not ends)

    def _key(self, steps: tuple[str, ...]) -> str | None:
        """What a key of the front matter says, or what stands in its place where there is none."""
        if steps not in self._known:
            self._known[steps] = self._looked_up(steps)
        return self._known[steps]

    def _looked_up(self, steps: tuple[str, ...]) -> str | None:
        if len(steps) > 1 and steps[0] in _PAGES:
            steps = steps[1:]
        value = self._walked(steps)
        if value is None and len(steps) > 1 and steps[0] in _TABLES:
            value = self._walked(steps := steps[1:])
        if value is None and len(steps) == 1:
            return self._instead(folded(steps[0]))
        return _text(value)

    def _walked(self, steps: tuple[str, ...]) -> Value:
        value: Value = self._fields.values.get(folded(steps[0]))
        for step in steps[1:]:
            value = _within(value, step)
        return value

    def _instead(self, name: str) -> str | None:
        """What the name of the file, or another key, says where there is no key of this name."""
        named = name_of(self._source.path)
        if name == "date":
            _, said = self._fields.first(*PUBLISHED)
            return said if isinstance(said, str) else named.date or None
        if name == "url":
            _, said = self._fields.first(*ADDRESS)
            plain = isinstance(said, str) and said.startswith("/") and ":" not in said
            return said if plain and isinstance(said, str) else None
        return {"title": named.title, "slug": named.slug}.get(name) or None

    def _filtered(self, value: str | None, name: str, written: list[str]) -> str | None:
        """A value as a filter makes it; None for a filter that is not known."""
        if name == "default":
            return value or (self._operand(written[0]) if written else None)
        if value is None or len(value) > LONGEST:
            return None
        if name in _PLAIN:
            return _PLAIN[name](value)
        to_site = name == "prepend" and written and _SITE_ADDRESS.fullmatch(written[0])
        if name in _ADDRESS_FILTERS or to_site:
            return value if value.startswith("/") or ":" in value else f"/{value}"
        return self._with(value, name, [self._operand(each) for each in written])

    def _with(self, value: str, name: str, arguments: list[str | None]) -> str | None:
        """A value as a filter makes it that takes arguments."""
        match name, arguments:
            case "prepend", [str(before)]:
                return before + value
            case "append", [str(after)]:
                return value + after
            case "remove", [str(what)]:
                return value.replace(what, "") if what else value
            case "date", [str(form)]:
                return self._dated(value, form)
            case _, [] if name in _DATES:
                return self._dated(value, _DATES[name])
        return None

    def _dated(self, value: str, form: str) -> str | None:
        timezone = self._source.how.timezone
        try:
            when: datetime = moment(value, timezone).astimezone(timezone)
        except ReadError:
            return None
        return formatted(when, form)


def _within(value: Value, step: str) -> Value:
    """What a map or a list holds at a key or a number."""
    if isinstance(value, list):
        number = int(step) if step.isdecimal() else len(value)
        return value[number] if number < len(value) else None
    return value.get(step) if isinstance(value, dict) else None


def _text(value: Value) -> str | None:
    """A value as text: a list's items with commas between them; None for a map."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        items = [_text(item) for item in value]
        return ", ".join(item for item in items if item)
    return value if isinstance(value, str) else None


def formatted(when: datetime, form: str) -> str | None:
    """A date in the form of strftime; None where the form has a sign that is not known."""
    unknown = False

    def said(found: re.Match[str]) -> str:
        nonlocal unknown
        text = _directive(when, found[2])
        unknown = unknown or text is None
        if found[1] == "-":
            return (text or "").lstrip("0 ") or "0"
        return (text or "").upper() if found[1] == "^" else (text or "")

    result = _DIRECTIVE.sub(said, form)
    return None if unknown or not form else result


def _directive(when: datetime, sign: str) -> str | None:
    month, day = _MONTHS[when.month - 1], _DAYS[when.weekday()]
    hour = when.hour % _TWELVE or _TWELVE
    offset = when.strftime("%z")
    known = {
        "%": "%", "Y": f"{when.year:04}", "y": f"{when.year % 100:02}",
        "B": month, "b": month[:3], "h": month[:3], "m": f"{when.month:02}",
        "d": f"{when.day:02}", "e": f"{when.day:2}", "j": f"{when.timetuple().tm_yday:03}",
        "A": day, "a": day[:3], "u": str(when.isoweekday()), "w": str(when.isoweekday() % 7),
        "H": f"{when.hour:02}", "I": f"{hour:02}", "l": f"{hour:2}", "M": f"{when.minute:02}",
        "S": f"{when.second:02}", "p": "AM" if when.hour < _TWELVE else "PM",
        "P": "am" if when.hour < _TWELVE else "pm",
        "F": f"{when.year:04}-{when.month:02}-{when.day:02}",
        "R": f"{when.hour:02}:{when.minute:02}",
        "T": f"{when.hour:02}:{when.minute:02}:{when.second:02}",
        "z": offset, ":z": f"{offset[:3]}:{offset[3:5]}",
    }  # fmt: skip
    return known.get(sign)
