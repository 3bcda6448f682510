"""Template tags of site generators in a body: what has a meaning is kept, the rest taken out.

Hugo's shortcodes `{{< figure src="a.png" >}}`, Jekyll's `{% highlight ruby %}`, Zola's
`{{ youtube(id="x") }}`. Code in a body is never touched. Each step goes on behind what it found,
or remembers that there is no such thing further on, so the time grows with the length alone.
"""

from __future__ import annotations

import html
import re

LONGEST = 4000  # characters; what is longer between two braces was never a tag

# What stands where a tag may begin, or where code begins in which none does.
_PLACE = re.compile(
    r"^ {0,3}(?P<fence>`{3,}|~{3,})(?P<info>[^\n]*)$|(?P<ticks>`+)|(?P<open>\{\{[<%]?|\{%)",
    re.MULTILINE,
)
_TAG_PLACE = re.compile(r"(?P<open>\{\{[<%]?|\{%)")
_TICKS = re.compile(r"`+")
_CLOSE = {"{{<": ">}}", "{{%": "%}}", "{{": "}}", "{%": "%}"}
# A quote that nothing closes goes to the end, or each `\"` in it would look for one again.
_ARGUMENT = re.compile(
    r"""(?:([\w-]+)[ \t]*=[ \t]*)?
    (?:"((?:[^"\\]|\\.?)*+)(?:"|\Z) | '([^']*)' | `([^`]*)` | ([^\s"'`=,()]+))""",
    re.DOTALL | re.VERBOSE,
)
_CALL = re.compile(r"[\w:./-]+\s*\(")
_SITE = re.compile(r"site\.(?:baseurl|url)\b")
_PATH = re.compile(
    r"""(?:"([^"]*)"|'([^']*)')\s*\|\s*(?:relative_url|absolute_url|url|prepend:\s*site\.\w+)\b"""
)
# Tags whose inner text holds no tags, up to one of the same name that closes them.
_CLOSED_BY = {
    ("{%", "highlight"): re.compile(r"\{%-?\s*endhighlight\s*-?%\}"),
    ("{%", "raw"): re.compile(r"\{%-?\s*endraw\s*-?%\}"),
    ("{%", "verbatim"): re.compile(r"\{%-?\s*endverbatim\s*-?%\}"),
    ("{%", "comment"): re.compile(r"\{%-?\s*endcomment\s*-?%\}"),
    ("{{<", "highlight"): re.compile(r"\{\{<\s*/\s*highlight\s*>\}\}"),
    ("{{%", "highlight"): re.compile(r"\{\{%\s*/\s*highlight\s*%\}\}"),
}


def resolved(text: str, *, markdown: bool = True) -> str:
    """`text` without template tags; in Markdown, what stands in code is kept as it is."""
    if "{{" not in text and "{%" not in text:
        return text
    return _Resolver(text, _PLACE if markdown else _TAG_PLACE).run()


class _Resolver:
    def __init__(self, text: str, places: re.Pattern[str]) -> None:
        self._text = text
        self._places = places
        self._told: list[str] = []
        self._ahead: dict[str, int] = {}  # where a closing sign stands next; -1: nowhere
        self._missing: set[re.Pattern[str]] = set()  # closing tags that are nowhere behind
        # where the last run of so many backticks stands
        self._last = {len(run[0]): run.start() for run in _TICKS.finditer(text)}

    def run(self) -> str:
        position = 0
        while found := self._places.search(self._text, position):
            self._told.append(self._text[position : found.start()])
            groups = found.groupdict()
            if groups.get("fence") and not (found["fence"][0] == "`" and "`" in found["info"]):
                position = self._fence(found)
            elif groups.get("open"):
                position = self._tag(found)
            else:
                position = self._ticks(found)
        self._told.append(self._text[position:])
        return "".join(self._told)

    def _keep(self, start: int, end: int) -> int:
        self._told.append(self._text[start:end])
        return end

    def _fence(self, found: re.Match[str]) -> int:
        """A fenced code block up to its end, which is the text's where none closes it."""
        sign, length = found["fence"][0], len(found["fence"])
        closing = re.compile(rf"^ {{0,3}}{sign}{{{length},}}[ \t]*$", re.MULTILINE)
        end = closing.search(self._text, found.end())
        return self._keep(found.start(), end.end() if end else len(self._text))

    def _ticks(self, found: re.Match[str]) -> int:
        """A code span, where a run of as many backticks closes it (CommonMark 6.1)."""
        runs = _TICKS.finditer(self._text, found.start())
        first = next(runs)
        if self._last[len(first[0])] > first.start():
            later = next(run for run in runs if len(run[0]) == len(first[0]))
            return self._keep(found.start(), later.end())
        return self._keep(found.start(), first.end())

    def _tag(self, found: re.Match[str]) -> int:
        opened = found["open"]
        end = self._next(_CLOSE[opened], found.end())
        if not 0 <= end - found.end() <= LONGEST:
            return self._keep(found.start(), found.end())
        inside = self._text[found.end() : end].strip().strip("-~").strip()
        end += len(_CLOSE[opened])
        name = (inside.split(maxsplit=1) or [""])[0]
        if closing := _CLOSED_BY.get((opened, name)):
            return self._block(name, inside, closing, end)
        said = _expression(inside) if opened == "{{" else _said(opened, name, inside)
        if said is None:
            return self._keep(found.start(), end)
        self._told.append(said)
        return end

    def _next(self, what: str, start: int) -> int:
        """Where `what` stands next; no part of the text is looked through for it twice."""
        known = self._ahead.get(what, 0)
        if 0 <= known < start:
            known = self._ahead[what] = self._text.find(what, start)
        return known

    def _block(self, name: str, inside: str, closing: re.Pattern[str], start: int) -> int:
        """What stands up to the closing tag; where there is none, the opening one alone goes."""
        end = None if closing in self._missing else closing.search(self._text, start)
        if not end:
            self._missing.add(closing)
            return start
        inner = self._text[start : end.start()]
        if name == "highlight":
            inner = _code(inner.strip("\n"), inside)
        self._told.append("" if name == "comment" else inner)
        return end.end()


def _expression(inside: str) -> str | None:
    """What `{{ … }}` says; None where it is no tag that is known, and so perhaps text."""
    if path := _PATH.match(inside):
        address = path[1] or path[2] or ""
        return address if address.startswith("/") or ":" in address else f"/{address}"
    return "" if _SITE.match(inside) or _CALL.match(inside) else None


def _said(opened: str, name: str, inside: str) -> str:
    """What a shortcode or a statement says."""
    if inside.startswith("/*") and opened != "{%":  # a shortcode that is to be seen as it is
        return f"{opened}{inside.removeprefix('/*').removesuffix('*/')}{_CLOSE[opened]}"
    arguments, named = _arguments(inside.removeprefix(name))
    if name in ("ref", "relref") and opened != "{%":
        return (arguments or [named.get("path", "")])[0]
    if name == "link" and opened == "{%":
        return "/" + (arguments or [""])[0]
    return _figure(named) if name == "figure" and named.get("src") else ""


def _arguments(text: str) -> tuple[list[str], dict[str, str]]:
    plain, named = [], {}
    for name, quoted, *others in _ARGUMENT.findall(text):
        value = quoted.replace('\\"', '"') or "".join(others)
        if name:
            named[name] = value
        else:
            plain.append(value)
    return plain, named


def _figure(named: dict[str, str]) -> str:
    caption = named.get("caption") or named.get("title") or ""
    alt = named.get("alt") or caption
    shown = f'<img src="{html.escape(named["src"])}" alt="{html.escape(alt)}">'
    under = f"<figcaption>{html.escape(caption, quote=False)}</figcaption>" if caption else ""
    return f"<figure>{shown}{under}</figure>"


def _code(text: str, inside: str) -> str:
    """A code block in HTML: a fence would need to know what it stands in."""
    arguments, _ = _arguments(inside.removeprefix("highlight"))
    language = f' class="language-{html.escape(arguments[0])}"' if arguments else ""
    return f"\n<pre><code{language}>{html.escape(text, quote=False)}\n</code></pre>\n"
