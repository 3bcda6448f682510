"""MDX (mdxjs.com): statements are removed, and attributes in JavaScript become HTML's.

    import walk from './walk.png'
    <img src={walk} style={{width: 300}} />

Only what is unmistakably MDX changes, so the same is done to `.md` files, which Docusaurus reads as
MDX too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from html import escape

MAY_HOLD = re.compile(r"^(?:import|export)[ \t{*]|<[A-Za-z][^<>\n]*=\{", re.MULTILINE)

_FENCE = re.compile(
    r"^ {0,3}(`{3,}|~{3,})[^\n]*\n.*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE
)
_FROM = r"""["'][^"'\n]+["'][ \t]*;?[ \t]*$"""
_STATEMENT = re.compile(
    rf"""^(?:import[ \t]+(?:(?:type[ \t]+)?[\w*{{][^'"`\n;]*?[ \t]from[ \t]*)?{_FROM}
    |import[ \t]*\{{[^{{}}'"`;]*\}}[ \t]*from[ \t]*{_FROM}
    |export[ \t]*(?:\*|\{{[^{{}}]*\}})[ \t]*from[ \t]*{_FROM})\n?""",
    re.MULTILINE | re.VERBOSE,
)
_EXPORT = re.compile(r"^export[ \t]+(?:const|let|var|function|default|async|class)\b", re.MULTILINE)
MAX_LINES = 500  # of one export
_IMPORTED = re.compile(r"""^import[ \t]+(\w+)[ \t]+from[ \t]*["']([^"'\n]+)["']""", re.MULTILINE)
_BRACES = r"\{(?:[^{}]++|\{(?:[^{}]++|\{[^{}]*+\})*+\})*+\}"
_TAG = re.compile(
    rf"<[A-Za-z][\w.]*+(?:\s++[\w:-]++(?:=(?:\"[^\"]*+\"|'[^']*+'|{_BRACES}))?+)*+\s*+/?>"
)
_ATTRIBUTE = re.compile(rf"\s+([\w:-]+)=({_BRACES})")
_TEXT = re.compile(r"""\{\s*["'`]([^"'`{}$]*)["'`]\s*\}""")
_REQUIRED = re.compile(r"""require\(\s*["'`]([^"'`]+)["'`]\s*\)""")
_NAME = re.compile(r"\{\s*(\w+)(?:\.(?:src|default))?\s*\}")
_DECLARATION = re.compile(r"""["']?([A-Za-z-]+)["']?\s*:\s*["'`]?([\w .#%()-]+)["'`]?""")
_CAPITAL = re.compile(r"[A-Z]")


def converted(text: str) -> str:
    """The text without statements, and with HTML's attributes; fenced code stays as it is."""
    if not MAY_HOLD.search(text):
        return text
    imported = dict(_IMPORTED.findall(text))
    parts: list[str] = []
    position = 0
    for fence in _FENCE.finditer(text):
        parts += [_plain(text[position : fence.start()], imported), fence[0]]
        position = fence.end()
    return "".join([*parts, _plain(text[position:], imported)])


def _plain(text: str, imported: Mapping[str, str]) -> str:
    text = _without_exports(_STATEMENT.sub("", text))
    return _TAG.sub(partial(_tag, imported), text) if "={" in text else text


def _without_exports(text: str) -> str:
    """The text without exported values and functions, each up to the end of its last bracket."""
    parts: list[str] = []
    position = 0
    while found := _EXPORT.search(text, position):
        parts.append(text[position : found.start()])
        position = _export_end(text, found.start())
    return "".join([*parts, text[position:]])


def _export_end(text: str, start: int) -> int:
    depth, position = 0, start
    for _ in range(MAX_LINES):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end + 1
        line = text[position:end]
        depth += sum(map(line.count, "{([")) - sum(map(line.count, "})]"))
        position = end
        if position == len(text) or (
            depth <= 0 and not text[position : position + 1].strip(" \t\n")
        ):
            break
        if depth <= 0 and (line.rstrip().endswith((";", "}", ")", "]")) or position == len(text)):
            break
    return position


def _tag(imported: Mapping[str, str], found: re.Match[str]) -> str:
    if "={" not in found[0]:
        return found[0]
    return _ATTRIBUTE.sub(partial(_attribute, imported), found[0])


def _attribute(imported: Mapping[str, str], found: re.Match[str]) -> str:
    """An attribute as HTML's; empty if its value is a program."""
    name, written = found[1], found[2]
    if text := _TEXT.fullmatch(written) or _REQUIRED.search(written):
        value = text[1]
    elif (known := _NAME.fullmatch(written)) and known[1] in imported:
        value = imported[known[1]]
    elif name == "style":
        value = _style(written)
    else:
        return ""
    return f' {name}="{escape(value)}"'


def _style(written: str) -> str:
    """The declarations of a style that is an object of JavaScript."""
    found = _DECLARATION.findall(written)
    return "; ".join(
        f"{_CAPITAL.sub(lambda one: f'-{one[0].lower()}', name)}: {value.strip()}"
        for name, value in found
    )
