"""Keys and a body become an Article: what the keys leave open is taken from the body and the name.

title     the first heading of level 1, a heading at the beginning, the name or the first line
date      an address in the keys that begins with one, then the file's name
summary   the text before `<!--more-->`, then the first paragraphs
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from feedsvc.model import Article
from feedsvc.reading.errors import ReadError
from feedsvc.reading.markup import content, markup
from feedsvc.reading.markup.content import is_visible, one_line
from feedsvc.reading.metadata import attachments
from feedsvc.reading.metadata.cascades import passed_down
from feedsvc.reading.metadata.dates import moment
from feedsvc.reading.metadata.fields import Fields
from feedsvc.reading.metadata.names import name_of
from feedsvc.reading.metadata.withheld import Visibility, visibility
from feedsvc.reading.source import Source
from feedsvc.reading.templates.comments import without_comments

TITLE_LENGTH = 200
_FIRST_BLOCKS = 100  # those in which a first line is looked for

_MORE = re.compile(r"<!--\s{0,9}(?:more|excerpt)\s{0,9}-->", re.IGNORECASE)
_TAG = r"<{}(?:\s[^<>]*)?>"
# A heading that has none in it: what is cut out of balanced HTML so leaves it balanced.
_INNER = r"((?:(?!<h[1-6][\s>]).)*?)"
_H1 = re.compile(_TAG.format("h1") + _INNER + r"</h1>\s*", re.DOTALL)
_HEADING_FIRST = re.compile(r"\s*" + _TAG.format("(h[1-6])") + _INNER + r"</\1>\s*", re.DOTALL)
_PARAGRAPH = re.compile(_TAG.format("p") + r"(.*?)</p>", re.DOTALL)
_PARAGRAPH_FIRST = re.compile(r"\s*" + _PARAGRAPH.pattern + r"\s*", re.DOTALL)
_SHOWN = re.compile(r"<(?:img|video|audio|iframe|picture|svg|math|hr|input)\b")
_FIRST_CHARACTER = re.compile(r">\s*([^\s<&])")
_MARKED = re.compile(r"[<&*_`\[\\]")
_BLOCK_END = re.compile(r"</(?:p|li|pre|tr|h[1-6]|blockquote|dt|dd|figcaption)>|<br\s?/?>")
_PLACE = re.compile(r'\s*<[^<>]*? id="([^"]*)"')
_LEADS = re.compile(r'<a(?= )[^<>]* href="(?!#)')
_PICTURE = re.compile(r"<img [^<>]*>")
_BREAK = re.compile(r"<br\s?/?>|\n")


@dataclass(frozen=True, slots=True)
class Body:
    """Safe HTML with the title that was taken out of it; `head` is the text before the rest."""

    html: str
    title: str = ""
    head: str = ""
    media: tuple[str, ...] = ()


def compose(source: Source, fields: Fields, unsafe: str, *, first_line: bool = False) -> Article:
    """The Article of `fields` and of a body in HTML that nobody has looked at yet.

    Where `first_line`, a body without a heading gives its first line for the title. What is wrong
    with an article that is withheld is a remark, so that what was published from its path goes.

    Raises:
        ReadError: `no-title`, `no-text`, or the code of the key that is wrong.
    """
    if source.around.above:
        fields = passed_down(fields, source)
    seen = visibility(fields, source)
    try:
        article = _composed(source, fields, unsafe, first_line=first_line)
    except ReadError as refusal:
        if not seen.withheld:
            raise
        source.remark(refusal.code, str(refusal), refusal.line, refusal.column)
        article = Article(source.path, "", "")
    return article if seen == Visibility() else replace(article, **seen._asdict())


def _composed(source: Source, fields: Fields, unsafe: str, *, first_line: bool) -> Article:
    body = _titled(_body(unsafe, source), without_comments(fields.title()), first_line)
    title = body.title or name_of(source.path).title
    if not is_visible(title):
        raise ReadError("no-title", "there is no title; give it one in a first line `# Title`")
    description = plain_description(fields.description(), source)
    summary = description or body.head or beginning(body.html)
    article = _article(source, fields, body, title, summary)
    return with_content(article, description)


def _article(source: Source, fields: Fields, body: Body, title: str, summary: str) -> Article:
    image, picture = attachments.image(fields, source)
    enclosures, files = attachments.enclosures(fields, source)
    shown = (*body.media, *((picture,) if picture else ()), *files)
    return Article(
        path=source.path,
        title=title,
        content=body.html,
        summary=summary,
        published=_published(fields, source),
        updated=fields.updated(source.how.timezone),
        authors=attachments.people(fields, source),
        tags=fields.tags(),
        original=attachments.original(fields, source),
        language=fields.language(),
        image=image,
        enclosures=enclosures,
        media=tuple(dict.fromkeys(shown)),
        key=fields.key(),
    )


def with_content(article: Article, description: str) -> Article:
    """The Article; one that has a description or a link alone shows that.

    Raises:
        ReadError: `no-text`: there is nothing to show.
    """
    if _shows_something(article.content):
        return article
    if description:
        return replace(article, content=content.paragraphs([description]))
    target = article.original.url if article.original else ""
    target = target or next((enclosure.url for enclosure in article.enclosures), article.image)
    if not target:
        raise ReadError("no-text", "there is no text under the title; write a paragraph")
    shown = f'<p><a href="{html.escape(target)}">{html.escape(article.title, quote=False)}</a></p>'
    return replace(article, content=shown)


def _shows_something(safe: str) -> bool:
    """Whether a reader sees anything; the first character outside a tag is mostly enough."""
    first = _FIRST_CHARACTER.search(safe)
    if first and is_visible(first[1]):
        return True
    return bool(_SHOWN.search(safe)) or is_visible(content.plain(safe))


def _published(fields: Fields, source: Source) -> datetime | None:
    timezone = source.how.timezone
    found = fields.published(timezone)
    if found is None and (day := name_of(source.path).date):
        return moment(day, timezone)
    return found


def plain_description(said: str, source: Source) -> str:
    """A description as plain text: what looks like Markdown or HTML in it is taken for that."""
    said = without_comments(said)
    if not _MARKED.search(said):
        return said
    return one_line(content.plain(markup.safe(markup.from_markdown(said), source).html))


def _body(unsafe: str, source: Source) -> Body:
    whole = markup.safe(unsafe, source)
    more = _MORE.search(unsafe)
    if not more:
        return Body(whole.html, media=whole.media)
    silent = replace(source, remarks=[])  # what is wrong with it has been told
    before = markup.safe(unsafe[: more.start()], silent).html
    return Body(whole.html, head=beginning(_H1.sub("", before, count=1)), media=whole.media)


def beginning(safe: str) -> str:
    """A summary of the first paragraphs of safe HTML; of all its text where it has none."""
    found: list[str] = []
    length = 0
    for paragraph in _PARAGRAPH.finditer(safe):
        text = one_line(content.plain(paragraph[1]))
        found += [text] if text else []
        length += len(text) + 1
        if length > content.SUMMARY_LENGTH:
            break
    return content.summary(" ".join(found) or content.plain(safe))


def _titled(body: Body, title: str, first_line: bool) -> Body:
    """The body with its title: a heading that is the title is taken out of it."""
    if title:
        first = _HEADING_FIRST.match(body.html)
        if first and one_line(content.plain(first[2])).casefold() == title.casefold():
            body = _without(first[0], first[2], replace(body, html=body.html[first.end() :]))
        return replace(body, title=title)
    found = _H1.search(body.html)
    inner = found[1] if found else ""
    if not found and (found := _HEADING_FIRST.match(body.html)):
        inner = found[2]
    if found and is_visible(title := one_line(content.plain(inner))):
        rest = (body.html[: found.start()] + body.html[found.end() :]).strip()
        return _without(found[0], inner, replace(body, title=title, html=rest))
    return _first_line(body) if first_line else body


def _without(heading: str, inner: str, rest: Body) -> Body:
    """The body without a heading that is the title; what that leads to or shows stays in front.

    Where the body links to the heading, the place is at its beginning.
    """
    kept = inner if _LEADS.search(inner) else "".join(_PICTURE.findall(inner))
    if kept:
        head = rest.head or beginning(rest.html)
        return replace(rest, html=f"<p>{kept}</p>\n{rest.html}", head=head)
    place = _PLACE.match(heading)
    if place and f'href="#{place[1]}"' in rest.html:
        return replace(rest, html=f'<a id="{place[1]}"></a>{rest.html}')
    return rest


def _first_line(body: Body) -> Body:
    """The body with its first line for a title, which is taken out where it stands alone.

    A line that is too long for a title, or all that there is, stays in the body too.
    """
    found = _PARAGRAPH_FIRST.match(body.html)
    if not found:
        return replace(body, title=_first_words(body.html))
    first, *later = _BREAK.split(found[1], maxsplit=1)
    title = one_line(content.plain(first))
    rest = body.html[found.end() :]
    shows = _LEADS.search(first) or _PICTURE.search(first)
    if later or shows or len(title) > TITLE_LENGTH or not rest.strip():
        return replace(body, title=content.summary(title, TITLE_LENGTH))
    return replace(body, title=title, html=rest)


def _first_words(safe: str) -> str:
    """The text of the first block that has any, short enough for a title."""
    start = 0
    for end in islice(_BLOCK_END.finditer(safe), _FIRST_BLOCKS):
        if text := content.plain(safe[start : end.start()]):
            return content.summary(text, TITLE_LENGTH)
        start = end.end()
    return content.summary(content.plain(safe), TITLE_LENGTH)
