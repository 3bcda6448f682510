"""What a template tag looks like, which braces are plainly none, and what a tag calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

# Three braces are Mustache's, or a formula's.
OPEN = r"(?P<open>\{\{\{++|\{\{[<%]?|\{%|<%)"
CLOSE = {
    "{{<": re.compile(r">\}\}"),
    "{{%": re.compile(r"%\}\}"),
    "{{": re.compile(r"\}\}"),
    "{%": re.compile(r"%\}"),
    "<%": re.compile(r"%>"),
}
_CLOSED_BY = {"{{<": ">}}", "{{%": "%}}", "{{": "}}", "{%": "%}", "<%": "%>"}
OPENED = {sign: re.compile(re.escape(sign)) for sign in CLOSE}
LONGEST = 4000  # characters; what is longer between two braces was never a tag

_NAME = re.compile(r"[\w:./-]++")
_CALL = re.compile(r"[\w:./-]++\s*\(")
# Hugo's templates, which Markdown should not hold and sometimes does
_ACTION = re.compile(
    r"(?:if|else if|with|range|partial|partialCached|template|block|define|printf)\s+[\"'.$(]"
    r"|(?:end|else|\.)\Z|\$\w+\s*:?=\s"
)
_BEFORE_ARGUMENT = re.compile(r"(?:[_^]|\\[A-Za-z]{1,20})\Z")
_ENDS = re.compile(r"\{%-?\s*+end_?(\w*+)|\{\{[<%]-?\s*+/\s*+([\w./-]++)")
_NEAR = 25  # characters before a tag that are looked at
_TOLD = 60  # characters of a tag in a message
_AROUND = "-~+"  # what takes the white space around a tag away

# A quote that nothing closes goes to the end, or each `\"` in it would look for one again.
_ARGUMENT = re.compile(
    r"""(?:([\w-]+)(?:[ \t]*=[ \t]*|:(?=[\s"']|[\w.-]+(?:\s|\Z))[ \t]*))?
    (?:"((?:[^"\\]|\\.?)*+)(?:"|\Z) | '([^']*)' | `([^`]*)`
    | ((?:https?:)?//[^\s"'`<>]++|[\w/-]+\?[^\s"'`<>]++|[^\s"'`=,()]+))""",
    re.DOTALL | re.VERBOSE,
)
_WORD = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|[A-Z]|\d+|[^\W\d_a-zA-Z]+")
_CALLED = re.compile(r"/?\s*+([\w:./-]++)")
_INCLUDES = {"include", "include_relative", "include_cached", "render", "partial", "component"}
_VARIABLE = re.compile(r"(?:page|site|frontmatter|include)\.")

CONDITIONS = ("if", "unless", "case", "for", "ifchanged", "tablerow")
NEVER_TRUE = re.compile(
    r"#?if\s+(?:false|nil|null|none)(?:\s+and\s.*)?|#?unless\s+true(?:\s+or\s.*)?",
    re.IGNORECASE | re.DOTALL,
)
NEVER_SEEN = {
    "assign", "set", "else", "elsif", "elif", "elseif", "when", "increment", "decrement", "import",
    "from", "extends", "more", "liquid", "break", "continue", "cycle", "macro", "block", "lang",
}  # fmt: skip


# Names of tags that stand around what is not for all to see.
_FOR_FEW = (
    r"(?i:encrypt(?:ed)?|hugo[-_]?encrypt(?:or)?|password(?:[-_]?protected)?|protect(?:ed)?|private"
    r"|secret|members?(?:[-_]?only)?|paywall|subscribers[-_]?only|drafts?|hidden|unlisted"
    r"|unpublished)"
)
_IS_FOR_FEW = re.compile(_FOR_FEW)
BEGINS_FOR_FEW = re.compile(rf"(?:\{{%|\{{\{{[<%#])-?\s*+({_FOR_FEW})(?![\w-])")
_ALONE = re.compile(r"[\s\"'`]/\Z")

# Tags that stand around code.
CODE = ("highlight", "code", "source", "prism", "snippet", "terminal", "console", "code-toggle",
        "mermaid", "plantuml", "graphviz", "chart")  # fmt: skip
MAY_STAND_ALONE = frozenset(CODE) - {"highlight"}  # and then name a file, as `code file="a.go"`

# Tags whose inner text holds no tags, up to one of the same name that closes them.
_HOLDING = {
    "{%": {*CODE, "codeblock", "raw", "verbatim", "capture"},
    "{{<": {*CODE, "codeblock", "comment"},
    "{{%": {*CODE, "codeblock", "comment", "raw"},
}
_CLOSING = {
    "{%": r"\{%-?\s*+endNAME\s*+-?%\}",
    "{{<": r"\{\{<\s*+/\s*+NAME\s*+>\}\}",
    "{{%": r"\{\{%\s*+/\s*+NAME\s*+%\}\}",
}


def closing_of(opened: str, name: str) -> re.Pattern[str] | None:
    """What closes a tag whose inner text holds no tags; None for any other tag."""
    return _closing(opened, name) if name in _HOLDING.get(opened, ()) else None


@cache
def _closing(opened: str, name: str) -> re.Pattern[str]:
    return re.compile(_CLOSING[opened].replace("NAME", name))


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag: its opening sign, what stands between the signs, and where it stands."""

    opened: str
    inside: str
    start: int
    end: int

    @classmethod
    def of(cls, opened: str, text: str, start: int, closing: re.Match[str]) -> Tag:
        """The tag that begins with a sign at `start` and that `closing` ends."""
        inside = text[start + len(opened) : closing.start()].strip().strip(_AROUND).strip()
        return cls(opened, inside, start, closing.end())

    @property
    def name(self) -> str:
        """The first word."""
        found = _NAME.match(self.inside.removeprefix("#") if self.is_section else self.inside)
        return found[0] if found else ""

    @property
    def is_section(self) -> bool:
        """Whether it begins a block of Mustache or Handlebars, `{{#name}}`."""
        return self.opened == "{{" and self.inside.startswith("#")

    @property
    def is_for_few(self) -> bool:
        """Whether what stands between it and its end is not for all to see."""
        if self.opened == "{{" and not (self.is_call or self.is_section):
            return False
        return self.opened != "<%" and _IS_FOR_FEW.fullmatch(self.name) is not None

    @property
    def is_alone(self) -> bool:
        """Whether it has no end of its own, as `{{< name />}}`."""
        if self.opened == "{{":
            return not self.is_section
        return self.opened != "{%" and bool(_ALONE.search(self.inside))

    @property
    def folded(self) -> str:
        """The name as it is compared."""
        return self.name.lower().replace("-", "").replace("_", "")

    @property
    def ends(self) -> str | None:
        """The folded name of the tag that it ends, empty where it names none; None if it ends none.

        `{% endname %}`, `{% end %}`, `{{< /name >}}`, `{{/name}}`
        """
        if self.opened == "{%" and self.folded.startswith("end"):
            return self.folded.removeprefix("end")
        if self.opened in ("{{<", "{{%", "{{") and self.inside.startswith("/"):
            return replace(self, inside=self.inside[1:].strip()).folded or None
        return None

    @property
    def is_call(self) -> bool:
        """Whether it calls something, as `name(…)`."""
        return bool(_CALL.match(self.inside))

    @property
    def is_action(self) -> bool:
        """Whether it is one of the actions of Go's templates."""
        return bool(_ACTION.match(self.inside))

    @property
    def written(self) -> str:
        """The tag as it stands in the text, short enough to be told."""
        first = " ".join(self.inside.split())
        short = first if len(first) <= _TOLD else f"{first[:_TOLD]}…"
        return f"{self.opened} {short} {_CLOSED_BY[self.opened]}"

    @property
    def without_arguments(self) -> str:
        """The tag without its arguments, which may be a secret."""
        return f"{self.opened} {self.name} {_CLOSED_BY[self.opened]}"


def has_signs(text: str) -> bool:
    """Whether there may be a tag; one character alone is found in no time."""
    tags = "{" in text and any(sign in text for sign in ("{{", "{%", "{#", "{/*", "{::comment"))
    return tags or ("%" in text and ("%%" in text or "<%" in text)) or "]: #" in text


def is_no_variable(text: str, tag: Tag) -> bool:
    """Whether braces are no template's: in a formula (`x^{{n}}`), in GitHub's `${{ x }}`."""
    before = text[max(0, tag.start - _NEAR) : tag.start]
    tight = text[tag.start + 2 : tag.start + 3].strip()
    return before.endswith("$") or bool(tight and _BEFORE_ARGUMENT.search(before))


def closing_names(text: str) -> set[str]:
    """The names that closing tags name, an empty one for Zola's `{% end %}`."""
    return {found[1] or found[2] or "" for found in _ENDS.finditer(text)}


@dataclass(frozen=True, slots=True)
class Call:
    """A shortcode with its arguments; `name` is in lower case and without `-` and `_`.

    `words` are those of the name, where it tells them apart.
    """

    name: str
    plain: tuple[str, ...] = ()
    named: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, inside: str, value: Callable[[str], str | None] = lambda _: None) -> Call:
        """The call that stands between the signs of a tag; `value` says what a variable holds."""
        found = _CALLED.match(inside)
        name = found[1] if found else ""
        plain, named = _arguments(inside[found.end() :] if found else inside, value)
        if name in _INCLUDES and plain:
            name, plain = plain[0].rpartition("/")[2].partition(".")[0], plain[1:]
        return cls.named_as(name, tuple(plain), named)

    @classmethod
    def named_as(
        cls, name: str, plain: tuple[str, ...] = (), named: Mapping[str, str] | None = None
    ) -> Call:
        """The call of a name as it is written."""
        words = tuple(word.lower() for word in _WORD.findall(name))
        return cls(folded_name(name), plain, named or {}, words)

    def first(self, *names: str) -> str:
        """The first of the named arguments that says something."""
        if not self.named:
            return ""
        return next((self.named[name] for name in names if self.named.get(name)), "")


def folded_name(name: str) -> str:
    """The name of a shortcode or of its argument as it is compared."""
    return name.lower().replace("-", "").replace("_", "")


def _arguments(text: str, value: Callable[[str], str | None]) -> tuple[list[str], dict[str, str]]:
    plain: list[str] = []
    named: dict[str, str] = {}
    for name, quoted, *others, bare in _ARGUMENT.findall(text):
        said = quoted.replace('\\"', '"') or "".join(others)
        if bare:
            said = value(bare) or "" if _VARIABLE.match(bare) else bare
        if name:
            named.setdefault(folded_name(name), said)
        else:
            plain.append(said)
    return plain, named
