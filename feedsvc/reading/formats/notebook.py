"""Notebooks of Jupyter: Markdown cells, code, and what the code has put out.

Keys are in the notebook's metadata (Nikola's `nikola`, or `title` and `date` at the top), in front
matter in the first cell, or in a list `- title: A walk` there. Cells that are tagged `remove_cell`,
`hide_input` and the like are not shown, as in Jupyter Book and nbconvert.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html import escape
from typing import Any

from feedsvc.model import Article
from feedsvc.reading.composing import compose
from feedsvc.reading.errors import ReadError
from feedsvc.reading.formats import front_matter
from feedsvc.reading.formats.bodies import from_markdown, joined
from feedsvc.reading.formats.openings import is_known
from feedsvc.reading.markup import markup
from feedsvc.reading.markup.content import plain
from feedsvc.reading.metadata.fields import Fields
from feedsvc.reading.metadata.yaml_values import Value
from feedsvc.reading.source import NOTEBOOK, Source

MAX_TEXT = 20_000  # characters that are shown of one output

_KEY = re.compile(r"[-*+][ \t]+([A-Za-z][\w -]{0,40}):[ \t]*(.*)")
_ESCAPES = re.compile(r"\x1b\[[\d;]*[A-Za-z]")
_ATTACHMENT = re.compile(r"attachment:([^\s)\"'>]+)")
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
# The names that mime types have in notebooks of version 3.
_OLD = {"png": "image/png", "jpeg": "image/jpeg", "svg": "image/svg+xml", "html": "text/html",
        "latex": "text/latex", "text": "text/plain"}  # fmt: skip
_NO_CELL = {"removecell", "hidecell", "exclude", "nbsphinxhidden"}
_NO_INPUT = {"removeinput", "hideinput", "hide"}
_NO_OUTPUT = {"removeoutput", "hideoutput"}

Cell = dict[str, Any]


def fits(source: Source) -> bool:
    """Whether the file's name says so."""
    return source.suffix in NOTEBOOK


def read(source: Source) -> Article:
    """The Article that the cells say.

    Raises:
        ReadError: `bad-notebook`: it is no notebook; or what `compose` finds wrong with a key.
    """
    notebook = _parsed(source.text)
    cells = _cells(notebook)
    own, cells = _header(cells, source)
    fields = joined(own, _metadata(notebook))
    language = _language(notebook)
    html = "\n".join(part for cell in cells for part in _shown(cell, language, source, fields))
    return compose(source, fields, html)


def _parsed(text: str) -> Cell:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        message = f"it is no notebook ({error.msg}); save it in Jupyter again"
        raise ReadError("bad-notebook", message, error.lineno, error.colno) from None
    except RecursionError:
        raise ReadError("too-deep", "its JSON is nested too deeply; save it again") from None
    if not isinstance(found, dict):
        raise ReadError("bad-notebook", "it is no notebook; save it in Jupyter again")
    return found


def _cells(notebook: Cell) -> list[Cell]:
    cells = notebook.get("cells")
    if cells is None:  # version 3
        sheets = [sheet for sheet in _list(notebook.get("worksheets")) if isinstance(sheet, dict)]
        cells = [cell for sheet in sheets for cell in _list(sheet.get("cells"))]
    if not isinstance(cells, list):
        raise ReadError("bad-notebook", "it has no cells; save it in Jupyter again")
    return [cell for cell in cells if isinstance(cell, dict)]


def _metadata(notebook: Cell) -> Fields:
    """The keys in the metadata of the whole notebook."""
    metadata = _map(notebook.get("metadata"))
    fields = Fields()
    for found in (_map(metadata.get("nikola")), metadata):
        for key, value in found.items():
            if is_known(key) and isinstance(value, str | bool | list):
                fields.add(key, _value(value))
    return fields


def _value(value: Any) -> Value:
    if isinstance(value, list):
        return [_value(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _value(item) for key, item in value.items()}
    return value if isinstance(value, bool | str) or value is None else str(value)


def _header(cells: list[Cell], source: Source) -> tuple[Fields, list[Cell]]:
    """The keys in the first cell, and the cells without them."""
    if not cells or cells[0].get("cell_type") not in ("markdown", "raw"):
        return Fields(), cells
    text = _text(cells[0].get("source"))
    first = replace(source, text=text)
    if front_matter.fits(first):
        fields, end = front_matter.header(first)
        return fields, [{**cells[0], "cell_type": "markdown", "source": text[end:]}, *cells[1:]]
    head, *rest = text.split("\n")
    pairs = [_KEY.fullmatch(line.strip()) for line in (head, *rest) if line.strip()]
    title = re.match(r"# +(.*)", head)
    keys = [pair for pair in pairs[1 if title else 0 :] if pair]
    if not keys or len(keys) != len(pairs) - bool(title) or not any(is_known(k[1]) for k in keys):
        return Fields(), cells
    fields = Fields.of({key[1]: key[2].strip() for key in keys})
    if title:
        fields.add("title", title[1])
    return fields, cells[1:]


def _language(notebook: Cell) -> str:
    metadata = _map(notebook.get("metadata"))
    for table, key in (("language_info", "name"), ("kernelspec", "language")):
        if name := _map(metadata.get(table)).get(key):
            return str(name)
    return ""


def _shown(cell: Cell, language: str, source: Source, fields: Fields) -> Iterator[str]:
    """A cell as HTML."""
    tags = _tags(cell)
    if tags & _NO_CELL:
        return
    kind = cell.get("cell_type")
    text = _text(cell.get("source", cell.get("input")))
    if kind == "heading":
        yield markup.from_markdown(f"{'#' * _level(cell)} {text}")
    elif kind == "markdown":
        part = replace(source, text=_attached(text, _map(cell.get("attachments"))))
        yield from_markdown(part, 0, fields)
    elif kind == "code":
        if text.strip() and not tags & _NO_INPUT:
            yield _code(text, str(cell.get("language") or language))
        if not tags & _NO_OUTPUT:
            for output in _list(cell.get("outputs")):
                yield _output(_map(output))


def _tags(cell: Cell) -> set[str]:
    metadata = _map(cell.get("metadata"))
    tags = {str(tag).replace("_", "").replace("-", "") for tag in _list(metadata.get("tags"))}
    if _map(metadata.get("jupyter")).get("source_hidden"):
        tags.add("hideinput")
    if _map(metadata.get("jupyter")).get("outputs_hidden"):
        tags.add("hideoutput")
    return tags | ({"nbsphinxhidden"} if metadata.get("nbsphinx") == "hidden" else set())


def _level(cell: Cell) -> int:
    level = cell.get("level")
    return level if isinstance(level, int) and 0 < level < 7 else 1  # noqa: PLR2004 - h6


def _attached(text: str, attachments: Cell) -> str:
    """A text with the pictures that were dropped into its cell."""

    def address(found: re.Match[str]) -> str:
        bundle = _map(attachments.get(found[1]))
        return next((_data(kind, bundle[kind]) for kind in _PICTURES if kind in bundle), found[0])

    return _ATTACHMENT.sub(address, text) if attachments else text


def _code(text: str, language: str) -> str:
    return f'<pre><code class="language-{escape(language)}">{escape(text)}\n</code></pre>'


def _output(output: Cell) -> str:
    """What code has put out: the richest form that a feed reader shows."""
    if "traceback" in output:
        return _quoted("\n".join(map(str, _list(output["traceback"]))))
    if "text" in output and output.get("output_type") == "stream":
        return _quoted(_text(output["text"]))
    return _of_bundle(output)


def _of_bundle(output: Cell) -> str:
    bundle = _map(output.get("data")) or {
        kind: output[name] for name, kind in _OLD.items() if name in output
    }
    for kind in _PICTURES:
        if kind in bundle:
            return f'<p><img src="{_data(kind, bundle[kind])}" alt=""></p>'
    html = _text(bundle.get("text/html"))
    if html and (plain(html) or "<img" in html) and "<script" not in html.lower():
        return html
    if "text/markdown" in bundle:
        return markup.from_markdown(_text(bundle["text/markdown"]))
    if "text/latex" in bundle:
        return f"<p>{escape(_text(bundle['text/latex']))}</p>"
    return _quoted(_text(bundle.get("text/plain")))


def _data(kind: str, data: Any) -> str:
    return f"data:{kind};base64,{''.join(_text(data).split())}"


def _quoted(text: str) -> str:
    text = _ESCAPES.sub("", text).rstrip()
    if len(text) > MAX_TEXT:
        text = f"{text[:MAX_TEXT]}\n…"
    return f"<pre>{escape(text)}\n</pre>" if text else ""


def _text(value: Any) -> str:
    """A text, which may be a list of its lines."""
    if isinstance(value, list):
        return "".join(map(str, value))
    return value if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _map(value: Any) -> Cell:
    return value if isinstance(value, dict) else {}
