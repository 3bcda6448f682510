"""Template tags of site generators in a body: what has a meaning is kept, the rest taken out.

Hugo's shortcodes `{{< figure src="a.png" >}}`, Jekyll's `{% highlight ruby %}`, Zola's
`{{ youtube(id="x") }}`, variables such as `{{ page.title }}`, ERB's `<%= title %>`, and comments.
Code in a body is never touched. Each step goes on behind what it found, or remembers that there
is no such thing further on, so the time grows with the length alone.
"""

from __future__ import annotations

import re
from html import escape

from feedsvc.reading.metadata.fields import Fields
from feedsvc.reading.source import Source
from feedsvc.reading.templates import code_places, comments, shortcodes
from feedsvc.reading.templates.blocks import Blocks
from feedsvc.reading.templates.code_places import Code, as_shown
from feedsvc.reading.templates.comments import Comment, Comments, has_comments
from feedsvc.reading.templates.lookahead import Ahead
from feedsvc.reading.templates.shortcodes import Shown
from feedsvc.reading.templates.tag_shapes import (
    BEGINS_FOR_FEW,
    CODE,
    CONDITIONS,
    MAY_STAND_ALONE,
    NEVER_SEEN,
    NEVER_TRUE,
    OPEN,
    Call,
    Tag,
    closing_names,
    closing_of,
    has_signs,
    is_no_variable,
)
from feedsvc.reading.templates.template_values import Values, is_expression

MOST_REMARKS = 20  # on the tags of one file

_IN_HTML = "|".join((code_places.ELEMENT, comments.HTML, comments.HASH, OPEN))
_IN_MARKDOWN = "|".join(
    (
        code_places.TICKS,
        comments.PERCENTS,
        comments.KRAMDOWN,
        comments.MDX,
        comments.NOWHERE,
        _IN_HTML,
    )
)
_PLACES = {False: re.compile(_IN_HTML), True: re.compile(_IN_MARKDOWN)}
# What a place begins with, for a search that skips all others fast.
_CANDIDATE = re.compile(rf"`|~~~|<[!%pPcCsStT]|\{{[{{%#:/]|%%|{comments.NAMELESS}")
_IN_LINES = ("open", "hash")  # tags of templates, which may stand between the lines of a block
_CODE = ("ticks", "element")  # the last groups of those places at which code may begin

_ASSIGNMENT = re.compile(r"(?:assign|set)\s+([\w.-]++)\s*+=\s*+(.++)", re.DOTALL)
_FENCES = re.compile(r"^ {0,3}(?:`{3,}|~{3,})[^`\n]*$", re.MULTILINE)
_BUTTONS = re.compile(r"button|btn|link|badge")


_LINE_BEFORE = re.compile(r"(?:\A|(?P<filled>\S)?[ \t]*\n) {0,3}\Z")
_LINE_BEHIND = re.compile(r"[ \t]*+(?:\Z|\n(?P<filled>[ \t]*+\S)?)")
_NEAR = 100  # characters that are looked at before and behind a tag
_NEAR_PARTS = 8  # the same, in parts of what has been told
_SPACES = re.compile(r"[ \t]*+")


def resolved(source: Source, start: int, fields: Fields, *, markdown: bool = True) -> str:
    """The text behind `start` without template tags and comments, variables being filled in.

    What stands in code is kept as it is. Tags that are not known are told as remarks.

    Raises:
        ReadError: `too-complex`: the values that are filled in are too long.
    """
    text = source.text[start:]
    if not (has_signs(text) or has_comments(text, markdown=markdown)):
        return text
    return _Resolver(source, start, fields, markdown=markdown).run()


class _Resolver:
    def __init__(self, source: Source, start: int, fields: Fields, *, markdown: bool) -> None:
        self._source = source
        self._offset = start
        self._text = text = source.text[start:]
        self._markdown = markdown
        self._values = Values(fields, source)
        self._ahead = Ahead(text)
        self._code = Code(text, self._ahead, markdown=markdown)
        self._blocks = Blocks(text, self._ahead, self._code, markdown=markdown)
        self._comments = Comments(text, self._ahead, markdown=markdown)
        self._comments_ahead = Comments(text, Ahead(text), markdown=markdown)
        self._closing = closing_names(text)
        self._open: list[tuple[str, str]] = []  # names of tags, and what their closing ones say
        self._formula = -1  # where the braces end that were last found to be a formula's
        self._told: list[str] = []
        self._remarked: set[str] = set()

    def run(self) -> str:
        position, places = 0, _PLACES[self._markdown]
        while candidate := _CANDIDATE.search(self._text, position):
            found = places.match(self._text, candidate.start())
            self._keep(position, candidate.start() if found else candidate.end())
            told = len(self._told)
            position = self._step(found) if found else candidate.end()
            if found and self._markdown and len(self._told) == told:
                position = self._behind_nothing(position, found.lastgroup in _IN_LINES)
        self._told.append(self._text[position:])
        return "".join(self._told)

    def _behind_nothing(self, position: int, in_lines: bool) -> int:
        """Where the text goes on behind a tag that is left out.

        The spaces around several at the beginning of a line would make code of what follows, and an
        empty line in place of a template's tag would end a paragraph, a table or a block of HTML.
        """
        *above, line = "".join(part[-_NEAR:] for part in self._told[-_NEAR_PARTS:]).split("\n")
        begins = above or len(self._told) < _NEAR_PARTS
        if not begins or line.strip(" \t"):
            return position
        spaces = _SPACES.match(self._text, position)
        position = spaces.end() if spaces else position
        alone = (
            in_lines and above and above[-1].strip(" \t") and self._text.startswith("\n", position)
        )
        return position + 1 if alone else position

    def _keep(self, start: int, end: int) -> int:
        return self._say(self._text[start:end], end)

    def _say(self, text: str, end: int) -> int:
        if text:
            self._told.append(text)
        return end

    def _step(self, found: re.Match[str]) -> int:
        """Say what becomes of what begins at a place; where the text goes on behind it."""
        end = self._code.indented(found.start())
        if end or found.lastgroup in _CODE:
            end = end or self._code_end(found)
            self._told.append(as_shown(self._text[found.start() : end]))
            return end
        if comment := self._comments.at(found):
            return self._commented(found.start(), comment)
        return self._tag(found) if found.lastgroup == "open" else self._keep(*found.span())

    def _code_end(self, found: re.Match[str]) -> int:
        """Where code ends; an apostrophe begins none that ends within a comment."""
        end = self._code.end(found)
        apostrophe = any(code_places.is_apostrophe(self._text, n) for n in (found.start(), end - 1))
        if apostrophe and self._comments_ahead.straddles(found.end(), end):
            return found.end()
        return end

    def _commented(self, start: int, comment: Comment) -> int:
        if not comment.closed:
            message = "a comment begins here that nothing closes, so no text behind it is shown"
            self._remark("unclosed-comment", f"{message}; close it", start)
        return self._keep(start, comment.end) if comment.kept else comment.end

    def _remark(self, code: str, message: str, position: int, *, each: bool = False) -> None:
        """Report what is wrong, once for all places that are alike unless `each` counts."""
        key = f"{message}{position}" if each else message
        if key not in self._remarked and len(self._remarked) < MOST_REMARKS:
            self._remarked.add(key)
            line = self._source.text.count("\n", 0, self._offset + position) + 1
            self._source.remark(code, message, line)

    def _tag(self, found: re.Match[str]) -> int:
        opened, start, after = found["open"], *found.span()
        closing = self._blocks.closed_at(opened, start, after)
        if not closing:
            few = BEGINS_FOR_FEW.match(self._text, start)
            return (
                self._withheld(Tag(opened, few[1], start, few.end()))
                if few
                else self._keep(start, after)
            )
        tag = Tag.of(opened, self._text, start, closing)
        ending = closing_of(opened, tag.name)
        if ending and (tag.name not in MAY_STAND_ALONE or self._ahead.find(ending, tag.end)):
            return self._block(tag, ending)
        if tag.is_for_few:
            return self._withheld(tag)
        if opened in ("{%", "<%", "{{") and NEVER_TRUE.fullmatch(tag.inside):
            return self._commented(start, self._comments.never_true(tag.end, opened))
        said = _SAYING[opened](self, tag)
        if said is None:
            return self._keep(start, after)
        return self._say(said, tag.end)

    def _block(self, tag: Tag, ending: re.Pattern[str]) -> int:
        """What stands up to the closing tag; where there is none, the opening one alone goes."""
        end = self._ahead.find(ending, tag.end)
        if not end:
            unclosed = Comment(len(self._text), closed=False)
            return self._commented(tag.start, unclosed) if tag.name == "comment" else tag.end
        inner = self._text[tag.end : end.start()]
        if tag.name == "capture" and any(sign in inner for sign in ("{{", "{%")):
            return tag.end  # what it says is shown where it stands
        opens = tag.name == "raw" and len(_FENCES.findall(inner)) % 2  # a fence that ends behind it
        if opens and (closing := self._ahead.find(_FENCES, end.end())):
            return self._say(inner + self._text[end.end() : closing.end()], closing.end())
        return self._say(self._within(tag, inner), end.end())

    def _withheld(self, tag: Tag) -> int:
        """Leave out what stands in a tag that is for few to see, and tell of it.

        One that nothing closes keeps the rest of the text back.
        """
        end = tag.end if tag.is_alone else self._blocks.end_of(tag)
        what = "" if tag.is_alone else " and its end" if end else " and the end of the text"
        message = f"what stands in {tag.without_arguments}{what} is not for all to see"
        self._remark("withheld-text", f"{message}, and is left out", tag.start, each=True)
        return len(self._text) if end is None else end

    def _within(self, tag: Tag, inner: str) -> str:
        call = Call.of(tag.inside)
        if tag.name in CODE:
            return shortcodes.code(inner, *shortcodes.language_of(call))
        if tag.name == "codeblock":
            title = " ".join(word for word in call.plain if not word.startswith("http"))
            return shortcodes.code(inner, call.first("lang"), title)
        if tag.name == "capture":
            self._values.assign(call.plain[0] if call.plain else "", inner.strip())
        return "" if tag.name in ("comment", "capture") else inner

    def _expression(self, tag: Tag) -> str | None:
        """What `{{ … }}` says; None where it is no tag, and so text."""
        if not is_expression(tag.inside):
            if tag.is_call:
                return self._called(tag)
            return self._unknown(tag) if tag.is_action else None
        value = self._values.value(tag.inside, self._text[tag.end : tag.end + 2])
        if value is not None:
            return value
        if tag.start != self._formula and not is_no_variable(self._text, tag):
            return self._unknown(tag)
        self._formula = tag.end
        return self._text[tag.start : tag.end]

    def _erb(self, tag: Tag) -> str | None:
        if tag.inside.startswith("#"):
            return ""
        value = self._values.value(tag.inside[1:].strip()) if tag.inside[:1] == "=" else None
        return self._unknown(tag) if value is None else value

    def _statement(self, tag: Tag) -> str | None:
        """What `{% … %}` says."""
        name = tag.name
        if not name:
            return None
        if found := _ASSIGNMENT.fullmatch(tag.inside):
            self._values.assign(found[1], self._values.value(found[2].strip()))
        if name.startswith("end"):
            return self._ended(name.removeprefix("end").lstrip("_"))
        if name in NEVER_SEEN:
            return ""
        if name in ("link", "post_url", "post_link"):
            return self._linked(tag)
        return self._called(tag)

    def _linked(self, tag: Tag) -> str:
        """The file of another article: Jekyll's from the root, a post is in the same folder."""
        call = Call.of(tag.inside)
        if shown := shortcodes.worded_link(call):
            return shown.html
        path, *words = (*call.plain, "")[:2]
        if tag.name == "link":
            return f"/{path}"
        address = path + self._source.suffix
        text = shortcodes.words(words[0] if words and words[0] else path)
        return address if tag.name == "post_url" else f'<a href="{escape(address)}">{text}</a>'

    def _shortcode(self, tag: Tag) -> str | None:
        """What a shortcode of Hugo or Nikola says."""
        if tag.inside.startswith("/*"):  # one that is to be seen as it is
            inside = tag.inside.removeprefix("/*").removesuffix("*/")
            return f"{tag.opened}{inside}{tag.opened[2:].replace('<', '>')}}}}}"
        if tag.inside.startswith("/"):
            return self._ended(tag.inside[1:].strip())
        call = Call.of(tag.inside)
        if call.name in ("ref", "relref"):
            return call.plain[0] if call.plain else call.first("path")
        if call.name == "param" and call.plain:
            value = self._values.value(call.plain[0])
            return self._unknown(tag) if value is None else value
        return self._called(tag)

    def _called(self, tag: Tag) -> str:
        """What a call shows; a link where it is not known and yet names an address."""
        call = Call.of(tag.inside, self._values.value)
        paired = (tag.name if not (tag.is_call and tag.opened == "{%") else "") in self._closing
        who = shortcodes.quotation(call, tag.inside)
        if who is not None and paired:
            return self._quoted(tag, who)
        if tag.is_call and tag.opened == "{%":
            self._open.append(("", ""))
        shown = shortcodes.shown(call, self._assets())
        if not (shown or paired):
            shown = shortcodes.web_link(call)
        if shown:
            return self._placed(tag, shown)
        return self._around(tag, call) if paired else self._unknown(tag, shortcodes.spoken(call))

    def _around(self, tag: Tag, call: Call) -> str:
        """What an unknown tag says of the text that it stands around: its address, its title."""
        if tag.name in CONDITIONS:
            return self._unknown(tag)
        address = shortcodes.target(call)
        if address and _BUTTONS.search(call.name) and tag.name in self._closing:
            self._open.append((tag.name, "</a>"))
            return f'<a href="{escape(address)}">'
        said = shortcodes.said(call, shortcodes.heading(call))
        return f"{said}\n\n" if said and self._markdown else said

    def _quoted(self, tag: Tag, who: str) -> str:
        """The beginning of a quotation; its end says who is quoted."""
        name = "" if tag.is_call and tag.opened == "{%" else tag.name
        if self._markdown and not self._comments.begins_line(tag.start):
            self._open.append((name, f" — {who}" if who else ""))
            return ""
        said = f"<p>— {who}</p>\n" if who else ""
        self._open.append((name, f"\n\n{said}</blockquote>\n\n"))
        return "\n\n<blockquote>\n\n"

    def _ended(self, name: str) -> str:
        """What a closing tag says: what the one that opened has left for it."""
        if self._open and self._open[-1][0] == name:
            return self._open.pop()[1]
        return ""

    def _placed(self, tag: Tag, shown: Shown) -> str:
        """What is shown in place of a tag: on a line of its own, it is a block of its own."""
        before = self._text[max(0, tag.start - _NEAR) : tag.start]
        if before.endswith(("](", '"', "'", "=")):
            return shown.address
        begins = _LINE_BEFORE.search(before)
        ends = _LINE_BEHIND.match(self._text[tag.end : tag.end + _NEAR])
        if not (self._markdown and begins and ends):
            return shown.html
        above = "\n" if begins["filled"] else ""
        return above + shown.html + ("\n" if ends["filled"] else "")

    def _assets(self) -> str:
        """The folder in which Hexo keeps the files of an article, as seen from the article."""
        return self._source.path.rpartition("/")[2].rpartition(".")[0] + "/"

    def _unknown(self, tag: Tag, said: str = "") -> str:
        """Tell of a tag that is not known; what is left of it are the words in it, if any."""
        left = "only its words are shown" if said else "is left out"
        message = f"{tag.written} is no template tag that is known, and {left}"
        self._remark("unknown-tag", f"{message}; write what it stands for", tag.start)
        return said


_SAYING = {
    "{{": _Resolver._expression,
    "{{<": _Resolver._shortcode,
    "{{%": _Resolver._shortcode,
    "{%": _Resolver._statement,
    "<%": _Resolver._erb,
}
