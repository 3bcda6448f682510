"""The text after the keys of a file as HTML, by the language that the file's name says it is in."""

from __future__ import annotations

import re
from dataclasses import replace

from feedsvc.reading.dialects import blocks, inlines, mdx
from feedsvc.reading.errors import ReadError, quoted
from feedsvc.reading.markup import content, markup
from feedsvc.reading.markup.content import is_visible
from feedsvc.reading.metadata.fields import Fields
from feedsvc.reading.metadata.withheld import KEYS
from feedsvc.reading.source import HTML, MARKDOWN, ORG, RESTRUCTURED, Source
from feedsvc.reading.templates.tags import expand_tags

MAX_REMARKS = 20  # of one kind, on one file

_BLANK = re.compile(r"\n[^\S\n]*\n\s*")
_SEVERAL = re.compile(r"^[ \t]*:EXPORT_FILE_NAME:", re.MULTILINE | re.IGNORECASE)


def body(source: Source, start: int, fields: Fields, *, plain: bool = True) -> tuple[Fields, str]:
    """The keys with those that the text itself holds, and the text from `start` on as HTML.

    The HTML is not safe yet. Keys of the text are reStructuredText's field lists and Org's
    keywords; one that withholds the article counts beside a key of the same name. In a file of any
    other name the text is plain, or Markdown if not `plain`.

    Raises:
        ReadError: `too-deep`, `several-articles`.
    """
    if source.suffix in HTML:
        return fields, expand_tags(source, start, fields, markdown=False)
    if source.suffix in MARKDOWN:
        return fields, from_markdown(source, start, fields)
    if source.suffix in RESTRUCTURED:
        return _restructured(source, start, fields)
    if source.suffix in ORG:
        return _org(source, start, fields)
    if not plain:
        return fields, from_markdown(source, start, fields)
    parts = _BLANK.split(source.text[start:].strip())
    return fields, content.paragraphs(part for part in parts if is_visible(part))


def from_markdown(source: Source, start: int, fields: Fields) -> str:
    """Markdown from `start` on as HTML, with template tags and dialects resolved; not safe yet."""
    text = expand_tags(source, start, fields)
    text = mdx.converted(text)
    abbreviations: dict[str, str] = {}
    if blocks.MAY_HOLD.search(text):
        converting = blocks.Blocks()
        text = converting.converted(text)
        abbreviations = converting.abbreviations
        if converting.omitted:
            message = "a snippet is not shown, for nothing is read from other files"
            source.remark("omitted-markup", f"{message}; write its content here")
    html = markup.from_markdown(inlines.converted(text))
    return inlines.with_abbreviations(html, abbreviations) if abbreviations else html


def _restructured(source: Source, start: int, fields: Fields) -> tuple[Fields, str]:
    from feedsvc.reading.markup import restructured  # noqa: PLC0415 - it takes 0.1 s to load

    document = restructured.from_text(source.text[start:])
    line = source.text.count("\n", 0, start)
    for name, number in document.omitted[:MAX_REMARKS]:
        message = f"the directive {name} is not shown, for nothing is read from files"
        source.remark("omitted-markup", f"{message}; write its content here", line + number)
    for text, number in document.errors[:MAX_REMARKS]:
        source.remark("bad-markup", f"{text.rstrip('.')}; fix it", line + number if number else 0)
    own = Fields()
    for key, value, _ in document.fields:
        own.add(key, value)
    if document.title:
        own.add("title", document.title)
    return joined(fields, own), document.html


def _org(source: Source, start: int, fields: Fields) -> tuple[Fields, str]:
    from feedsvc.reading.markup import org  # noqa: PLC0415 - few folders need it

    if _SEVERAL.search(source.text):
        message = "its subtrees are articles of their own (EXPORT_FILE_NAME)"
        raise ReadError("several-articles", f"{message}; export them to files")
    document = org.from_text(source.text[start:])
    line = source.text.count("\n", 0, start)
    for what, number in document.omitted[:MAX_REMARKS]:
        source.remark("omitted-markup", f"{what} is not shown; write it out here", line + number)
    for title, number in document.hidden[:MAX_REMARKS]:
        message = f"the subtree {quoted(title)} is not to be exported, and is left out"
        source.remark("withheld-text", message, line + number)
    return fields, document.html


def joined(fields: Fields, more: Fields) -> Fields:
    """All keys of both, of which the first count; of what withholds the article, both do."""
    both = replace(
        fields,
        values=dict(fields.values),
        written=dict(fields.written),
        overruled={name: list(values) for name, values in fields.overruled.items()},
    )
    for name, value in more.values.items():
        if name not in both.values or name in KEYS:
            both.add(name, value, more.written[name])
    for name, values in more.overruled.items():
        both.overruled.setdefault(name, []).extend(values)
    return both
