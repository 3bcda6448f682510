"""Builds an Article from keys and an HTML body. Fallbacks for missing keys, in order:

title     the first level-1 heading, a heading at the start, the first line, the file name
date      a URL key that begins with a date, the file name
summary   the text before `<!--more-->`, the first paragraphs
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from feedsvc.model import Article
from feedsvc.reading.errors import ReadError
from feedsvc.reading.markup import content, hiding, markup
from feedsvc.reading.markup.content import is_visible, one_line
from feedsvc.reading.metadata import attachments
from feedsvc.reading.metadata.cascades import passed_down
from feedsvc.reading.metadata.dates import moment
from feedsvc.reading.metadata.fields import Fields
from feedsvc.reading.metadata.names import language_of, name_of
from feedsvc.reading.metadata.withheld import Visibility, visibility
from feedsvc.reading.source import HTML, MARKDOWN, Source
from feedsvc.reading.templates.comments import without_comments
from feedsvc.reading.templates.tags import expand_tags, hides_text

TITLE_LENGTH = 200
_FIRST_BLOCKS = 100  # blocks searched for a first line

_MORE = re.compile(r"<!--\s{0,9}(?:more|excerpt)\s{0,9}-->", re.IGNORECASE)
_TAG = r"<{}(?:\s[^<>]*)?>"
# Contains no nested heading, so cutting it out of balanced HTML leaves the HTML balanced.
_INNER = r"((?:(?!<h[1-6][\s>]).)*?)"
_H1 = re.compile(_TAG.format("h1") + _INNER + r"</h1>\s*", re.DOTALL)
_HEADING_FIRST = re.compile(r"\s*" + _TAG.format("(h[1-6])") + _INNER + r"</\1>\s*", re.DOTALL)
_PARAGRAPH = re.compile(_TAG.format("p") + r"(.*?)</p>", re.DOTALL)
_PARAGRAPH_FIRST = re.compile(r"\s*" + _PARAGRAPH.pattern + r"\s*", re.DOTALL)
_SHOWN = re.compile(r"<(?:img|video|audio|iframe|picture|svg|math|hr|input)\b")
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|\d)")  # in a name that says something
_FIRST_CHARACTER = re.compile(r">\s*([^\s<&])")
_MARKED = re.compile(r"[<&*_`\[\\]")
_BLOCK_END = re.compile(r"</(?:p|li|pre|tr|h[1-6]|blockquote|dt|dd|figcaption)>|<br\s?/?>")
_ANCHOR = re.compile(r'\s*<[^<>]*? id="([^"]*)"')
_EXTERNAL_LINK = re.compile(r'<a(?= )[^<>]* href="(?!#)')
_PICTURE = re.compile(r"<img [^<>]*>")
_BREAK = re.compile(r"<br\s?/?>|\n")


@dataclass(frozen=True, slots=True)
class Body:
    """Sanitised HTML, the title removed from it, and `head`, the text before `<!--more-->`."""

    html: str
    title: str = ""
    head: str = ""
    media: tuple[str, ...] = ()


def compose(source: Source, fields: Fields, unsafe: str, *, first_line: bool = False) -> Article:
    """Build an Article from `fields` and an unsanitised HTML body.

    With `first_line`, a body without a heading takes its first line as the title. An error in a
    withheld article is only a remark, so that the version published from its path is withdrawn.

    Raises:
        ReadError: `no-title`, `no-text`, or the code for an invalid key.
    """
    if source.companions.cascades:
        fields = passed_down(fields, source)
    visible = visibility(fields, source)
    try:
        article = _composed(source, fields, unsafe, first_line=first_line)
    except ReadError as error:
        if not visible.withheld:
            raise
        source.remark(error.code, str(error), error.line, error.column)
        article = Article(source.path, "", "")
    return article if visible == Visibility() else replace(article, **visible._asdict())


def _composed(source: Source, fields: Fields, unsafe: str, *, first_line: bool) -> Article:
    title = _public(fields.title(), source)
    body = _titled(_body(unsafe, source), title, source, first_line=first_line)
    title = body.title or name_of(source.path).title
    if not is_visible(title):
        raise ReadError("no-title", "the file has no title; add a first line `# Title`")
    description = plain_description(fields.description(), source)
    summary = description or body.head or beginning(body.html)
    article = _article(source, fields, body, title, summary)
    return with_content(article, description)


def _article(source: Source, fields: Fields, body: Body, title: str, summary: str) -> Article:
    image, image_path = attachments.image(fields, source)
    enclosures, enclosure_paths = attachments.enclosures(fields, source)
    media = (*body.media, *((image_path,) if image_path else ()), *enclosure_paths)
    return Article(
        path=source.path,
        title=title,
        content=body.html,
        summary=summary,
        published=_published(fields, source),
        updated=fields.updated(source.how.timezone),
        authors=attachments.people(fields, source),
        tags=fields.tags(source.how.generator),
        original=attachments.original(fields, source),
        language=fields.language() or language_of(source.path, source.how.languages),
        image=image,
        enclosures=enclosures,
        media=tuple(dict.fromkeys(media)),
        key=fields.key(),
    )


def with_content(article: Article, description: str) -> Article:
    """Return the Article; if its content is empty, its description or a link replaces it.

    Raises:
        ReadError: `no-text`: the article has nothing to show.
    """
    if _shows_something(article.content):
        return article
    if description:
        return replace(article, content=content.paragraphs([description]))
    target = article.original.url if article.original else ""
    target = target or next((enclosure.url for enclosure in article.enclosures), article.image)
    if not target:
        raise ReadError("no-text", "there is no text below the title; write a paragraph")
    link = f'<p><a href="{html.escape(target)}">{html.escape(article.title, quote=False)}</a></p>'
    return replace(article, content=link)


def _shows_something(safe: str) -> bool:
    """Whether the HTML renders anything visible; mostly the first text character decides."""
    first = _FIRST_CHARACTER.search(safe)
    if first and is_visible(first[1]):
        return True
    return bool(_SHOWN.search(safe)) or is_visible(content.plain(safe))


def _published(fields: Fields, source: Source) -> datetime | None:
    """The publication date; a mistake in the time of day leaves the day, with a remark."""
    timezone = source.how.timezone
    try:
        published = fields.published(timezone)
    except ReadError as error:
        if not (day := fields.published_day()):
            raise
        message = f"{error}; until then, the article has the date {day}"
        source.remark(error.code, message, error.line, error.column)
        published = moment(day, timezone)
    if published is None and (day := name_of(source.path).date):
        return moment(day, timezone)
    return published


def _public(line: str, source: Source) -> str:
    """A title or description without comments and without what is hidden or not public in it."""
    if "{" in line and hides_text(line):
        line = one_line(expand_tags(replace(source, text=line), 0, Fields()))
    if "<" in line:
        visible, hidden = hiding.without_hidden(line)
        if hidden:
            hiding.report(hidden, source)
            line = one_line(html.unescape(visible))
    return without_comments(line)


def plain_description(text: str, source: Source) -> str:
    """A description as plain text; anything in it that looks like Markdown or HTML is rendered."""
    text = _public(text, source)
    if not _MARKED.search(text):
        return text
    return one_line(content.plain(markup.safe(markup.from_markdown(text), source).html))


def _body(unsafe: str, source: Source) -> Body:
    whole = markup.safe(unsafe, source)
    more = _MORE.search(unsafe)
    if not more:
        return Body(whole.html, media=whole.media)
    silent = replace(source, remarks=[])  # its problems are already reported
    before = markup.safe(unsafe[: more.start()], silent).html
    return Body(whole.html, head=beginning(_H1.sub("", before, count=1)), media=whole.media)


def beginning(safe: str) -> str:
    """A summary of the first paragraphs of sanitised HTML, or of all its text if it has none."""
    texts: list[str] = []
    length = 0
    for paragraph in _PARAGRAPH.finditer(safe):
        text = one_line(content.plain(paragraph[1]))
        texts += [text] if text else []
        length += len(text) + 1
        if length > content.SUMMARY_LENGTH:
            break
    return content.summary(" ".join(texts) or content.plain(safe))


def _titled(body: Body, title: str, source: Source, *, first_line: bool) -> Body:
    """The body with its title; a heading that repeats the title is removed.

    Without a key, the title is a heading of level 1 before all text, else the file's name. For
    plain text, for HTML and for a name without words, it is the first heading, else the first line.
    """
    if title:
        first = _HEADING_FIRST.match(body.html)
        if first and one_line(content.plain(first[2])).casefold() == title.casefold():
            body = _without(first[0], first[2], replace(body, html=body.html[first.end() :]))
        return replace(body, title=title)
    name = name_of(source.path).title
    is_plain = first_line and source.suffix not in MARKDOWN
    is_name_readable = _WORD.search(name) and not (is_plain or source.suffix in HTML)
    found = _H1.search(body.html)
    if found and is_name_readable and content.plain(body.html[: found.start()]):
        found = None  # a section of a note
    inner = found[1] if found else ""
    if not (found or is_name_readable) and (found := _HEADING_FIRST.match(body.html)):
        inner = found[2]
    if found and is_visible(title := one_line(content.plain(inner))):
        rest = (body.html[: found.start()] + body.html[found.end() :]).strip()
        return _without(found[0], inner, replace(body, title=title, html=rest))
    return _first_line(body) if first_line and not is_name_readable else replace(body, title=name)


def _without(heading: str, inner: str, rest: Body) -> Body:
    """The body without its title heading; links and images of the heading move to the start.

    If the body links to the heading, an anchor at the start keeps the link working.
    """
    kept = inner if _EXTERNAL_LINK.search(inner) else "".join(_PICTURE.findall(inner))
    if kept:
        head = rest.head or beginning(rest.html)
        return replace(rest, html=f"<p>{kept}</p>\n{rest.html}", head=head)
    anchor = _ANCHOR.match(heading)
    if anchor and f'href="#{anchor[1]}"' in rest.html:
        return replace(rest, html=f'<a id="{anchor[1]}"></a>{rest.html}')
    return rest


def _first_line(body: Body) -> Body:
    """The body with its first line as the title, removed if it is a paragraph of its own.

    A line that is too long for a title, or is the whole body, also stays in the body.
    """
    found = _PARAGRAPH_FIRST.match(body.html)
    if not found:
        return replace(body, title=_first_words(body.html))
    first, *later = _BREAK.split(found[1], maxsplit=1)
    title = one_line(content.plain(first))
    rest = body.html[found.end() :]
    shows = _EXTERNAL_LINK.search(first) or _PICTURE.search(first)
    if later or shows or len(title) > TITLE_LENGTH or not rest.strip():
        return replace(body, title=content.summary(title, TITLE_LENGTH))
    return replace(body, title=title, html=rest)


def _first_words(safe: str) -> str:
    """The text of the first non-empty block, shortened to the length of a title."""
    start = 0
    for end in islice(_BLOCK_END.finditer(safe), _FIRST_BLOCKS):
        if text := content.plain(safe[start : end.start()]):
            return content.summary(text, TITLE_LENGTH)
        start = end.end()
    return content.summary(content.plain(safe), TITLE_LENGTH)
