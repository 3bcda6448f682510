"""The syntax of template tags, and of the calls in them; braces that are not tags."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

# Three braces belong to Mustache or to a formula.
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
MAX_LENGTH = 4000  # characters of a tag; longer text in braces is not one

_NAME = re.compile(r"[\w:./-]++")
_CALL = re.compile(r"[\w:./-]++\s*\(")
# Go template actions, which do not belong in Hugo's Markdown but occur there
_ACTION = re.compile(
    r"(?:if|else if|with|range|partial|partialCached|template|block|define|printf)\s+[\"'.$(]"
    r"|(?:end|else|\.)\Z|\$\w+\s*:?=\s"
)
_BEFORE_ARGUMENT = re.compile(r"(?:[_^]|\\[A-Za-z]{1,20}|\\[(\[])\Z")
_ENDS = re.compile(r"\{%-?\s*+end_?(\w*+)|\{\{[<%]-?\s*+/\s*+([\w./-]++)")
_CONTEXT = 25  # characters to examine before a tag
_MAX_ABRIDGED_LENGTH = 60  # characters of a tag in a message
_WHITESPACE_CONTROL = "-~+"  # inside a delimiter, trims the whitespace around the tag

# An unclosed quote extends to the end; otherwise, each `\"` in it would start another search.
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
    r"(?:#\s*)?if\s+(?:false|nil|null|none)(?:\s+and\s.*)?|(?:#\s*)?unless\s+true(?:\s+or\s.*)?",
    re.IGNORECASE | re.DOTALL,
)
SILENT = {
    "assign", "set", "else", "elsif", "elif", "elseif", "when", "increment", "decrement", "import",
    "from", "extends", "more", "liquid", "break", "continue", "cycle", "macro", "block", "lang",
}  # fmt: skip


# Words in the names of tags whose content is not public, and words that may accompany them, as in
# `members-only`, `if-private`, `shortcodes/subscriber_content`.
_PRIVATE = frozenset((
    "encrypt", "encrypted", "encryptor", "password", "protect", "protected", "private", "secret",
    "member", "members", "memberonly", "membersonly", "paywall", "subscriber", "subscribers",
    "subscriberonly", "subscribersonly", "draft", "drafts", "hidden", "hide", "unlisted",
    "unpublished", "premium", "paid", "patron", "patrons", "internal", "login", "loggedin",
    "locked", "wip", "confidential", "passwordprotected", "hugoencrypt", "hugoencryptor",
    "noexport",
))  # fmt: skip
_WITH_PRIVATE = frozenset((
    "only", "content", "contents", "text", "area", "section", "block", "part", "begin", "start",
    "if", "is", "for", "hugo", "shortcode", "shortcodes", "post", "posts", "zone", "users", "user",
    "logged", "in",
))  # fmt: skip
# Without a closing tag, these may be a button or a notice: only the tag is removed.
_PERHAPS_ALONE = frozenset((
    "login", "loggedin", "locked", "hide", "internal", "premium", "paid", "wip", "subscriber",
    "subscribers", "password", "patron", "patrons",
))  # fmt: skip
STARTS_PRIVATE = re.compile(r"(?:\{%|\{\{[<%#])-?\s*+([\w./-]++)")
# Ghost's and others' conditions on who reads, which nobody reads as everyone.
_FOR_READERS = re.compile(
    r"#\s*(?:if|unless|has|is|else)\b.*(?:@member|visibility|\bpaid\b|access|\bprivate\b|\bdraft\b)"
    r"|#\s*unless\s+public\b",
    re.DOTALL,
)
_SELF_CLOSING = re.compile(r"[\s\"'`]/\Z")

# Tags that contain code.
CODE = ("highlight", "code", "source", "prism", "snippet", "terminal", "console", "code-toggle",
        "mermaid", "plantuml", "graphviz", "chart")  # fmt: skip
MAY_BE_UNCLOSED = frozenset(CODE) - {"highlight"}  # with the name of a file, as `code file="a.go"`

# Tags with raw content: it extends to the closing tag of the same name and contains no tags.
_RAW = {
    "{%": {*CODE, "codeblock", "raw", "verbatim", "capture", "macro", "set"},
    "{{<": {*CODE, "codeblock", "comment"},
    "{{%": {*CODE, "codeblock", "comment", "raw"},
}
_CLOSING = {
    "{%": r"\{%-?\s*+endNAME\s*+-?%\}",
    "{{<": r"\{\{<\s*+/\s*+NAME\s*+>\}\}",
    "{{%": r"\{\{%\s*+/\s*+NAME\s*+%\}\}",
}


def closing_of(opened: str, name: str) -> re.Pattern[str] | None:
    """The pattern of the closing tag of a tag with raw content; None for any other tag."""
    return _closing(opened, name) if name in _RAW.get(opened, ()) else None


def is_assignment(tag: Tag) -> bool:
    """Whether a `set` tag has its value in the tag, and so no content."""
    return tag.name == "set" and "=" in tag.inside


@cache
def _closing(opened: str, name: str) -> re.Pattern[str]:
    return re.compile(_CLOSING[opened].replace("NAME", name))


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag: its opening delimiter, its content, and its offsets."""

    opened: str
    inside: str
    start: int
    end: int

    @classmethod
    def of(cls, opened: str, text: str, start: int, closing: re.Match[str]) -> Tag:
        """The tag between the opening delimiter at `start` and the closing delimiter."""
        inside = text[start + len(opened) : closing.start()].strip()
        inside = inside.strip(_WHITESPACE_CONTROL).strip()
        return cls(opened, inside, start, closing.end())

    @property
    def name(self) -> str:
        """The first word of the content."""
        found = _NAME.match(
            self.inside.removeprefix("#").lstrip() if self.is_section else self.inside
        )
        return found[0] if found else ""

    @property
    def is_section(self) -> bool:
        """Whether the tag opens a block of Mustache or Handlebars, `{{#name}}`."""
        return self.opened == "{{" and self.inside.startswith("#")

    @property
    def is_private(self) -> bool:
        """Whether the content of the block is not public."""
        if self.opened == "{{" and not (self.is_call or self.is_section):
            return False
        if self.opened == "<%":
            return False
        return is_private_name(self.name) or bool(
            self.is_section and _FOR_READERS.match(self.inside)
        )

    @property
    def may_be_unclosed(self) -> bool:
        """Whether the name of a private tag may be that of a tag without content."""
        words = {word.lower() for word in _WORD.findall(self.name)}
        return words & _PRIVATE <= _PERHAPS_ALONE and not self.is_section

    @property
    def is_self_closing(self) -> bool:
        """Whether the tag has no closing tag, as `{{< name />}}`."""
        if self.opened == "{{":
            return not self.is_section
        return self.opened != "{%" and bool(_SELF_CLOSING.search(self.inside))

    @property
    def folded(self) -> str:
        """The name in lower case without `-` and `_`, for comparisons."""
        return self.name.lower().replace("-", "").replace("_", "")

    @property
    def ends(self) -> str | None:
        """The folded name in a closing tag, empty if it has none; None for any other tag.

        `{% endname %}`, `{% end %}`, `{{< /name >}}`, `{{/name}}`
        """
        if self.opened == "{%" and self.folded.startswith("end"):
            return self.folded.removeprefix("end")
        if self.opened in ("{{<", "{{%", "{{") and self.inside.startswith("/"):
            return replace(self, inside=self.inside[1:].strip()).folded or None
        return None

    @property
    def is_call(self) -> bool:
        """Whether the tag is a call, `name(…)`."""
        return bool(_CALL.match(self.inside))

    @property
    def is_action(self) -> bool:
        """Whether the tag is an action of Go's templates."""
        return bool(_ACTION.match(self.inside))

    @property
    def abridged(self) -> str:
        """The tag, abridged for a message."""
        text = " ".join(self.inside.split())
        if len(text) > _MAX_ABRIDGED_LENGTH:
            text = f"{text[:_MAX_ABRIDGED_LENGTH]}…"
        return f"{self.opened} {text} {_CLOSED_BY[self.opened]}"

    @property
    def without_arguments(self) -> str:
        """The tag without its arguments, which may be secret."""
        return f"{self.opened} {self.name} {_CLOSED_BY[self.opened]}"


def is_private_name(name: str) -> bool:
    """Whether a tag with this name contains text that is not public."""
    words = {word.lower() for word in _WORD.findall(name)}
    return not _PRIVATE.isdisjoint(words) and words <= _PRIVATE | _WITH_PRIVATE


def has_signs(text: str) -> bool:
    """Whether the text may contain a tag: a cheap check."""
    tags = "{" in text and any(sign in text for sign in ("{{", "{%", "{#", "{/*", "{::comment"))
    return tags or ("%" in text and ("%%" in text or "<%" in text)) or "]: #" in text


def is_no_variable(text: str, tag: Tag) -> bool:
    """Whether braces are not a template's: in a formula (`x^{{n}}`), in GitHub's `${{ x }}`."""
    before = text[max(0, tag.start - _CONTEXT) : tag.start]
    is_unspaced = text[tag.start + 2 : tag.start + 3].strip()
    return before.endswith("$") or bool(is_unspaced and _BEFORE_ARGUMENT.search(before))


def closing_names(text: str) -> set[str]:
    """The names in all closing tags; an empty one for Zola's `{% end %}`."""
    return {found[1] or found[2] or "" for found in _ENDS.finditer(text)}


@dataclass(frozen=True, slots=True)
class Call:
    """A shortcode and its arguments.

    `name` is in lower case without `-` and `_`, `plain` are the positional arguments, and `words`
    are the words of the original name, split at hyphens, underscores and changes of case.
    """

    name: str
    plain: tuple[str, ...] = ()
    named: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, inside: str, value: Callable[[str], str | None] = lambda _: None) -> Call:
        """The call in the content of a tag; `value` looks up variables."""
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
        """The call of a name in its original spelling."""
        words = tuple(word.lower() for word in _WORD.findall(name))
        return cls(folded_name(name), plain, named or {}, words)

    def first(self, *names: str) -> str:
        """The first non-empty argument of these names; empty if there is none."""
        if not self.named:
            return ""
        return next((self.named[name] for name in names if self.named.get(name)), "")


def folded_name(name: str) -> str:
    """The name of a shortcode or argument in lower case without `-` and `_`, for comparisons."""
    return name.lower().replace("-", "").replace("_", "")


def _arguments(text: str, value: Callable[[str], str | None]) -> tuple[list[str], dict[str, str]]:
    plain: list[str] = []
    named: dict[str, str] = {}
    for name, double_quoted, *other_quotes, bare in _ARGUMENT.findall(text):
        argument = double_quoted.replace('\\"', '"') or "".join(other_quotes)
        if bare:
            argument = value(bare) or "" if _VARIABLE.match(bare) else bare
        if name:
            named.setdefault(folded_name(name), argument)
        else:
            plain.append(argument)
    return plain, named
