"""reStructuredText as HTML, by docutils, which reads no other file and runs nothing.

Directives and roles of Sphinx, ABlog, Pelican and Nikola that docutils does not know are unwrapped
to their text; one that embeds something from the web becomes a link. The HTML is not safe yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from typing import Any, ClassVar

from docutils import io, nodes
from docutils.core import publish_doctree, publish_parts
from docutils.parsers.rst import Directive, directives, roles
from docutils.readers import doctree
from docutils.utils import SystemMessage

from feedsvc.reading.errors import ReadError
from feedsvc.reading.templates import shortcodes
from feedsvc.reading.templates.syntax import Call

MAX_NAMES = 200  # directives and roles of one text that docutils does not know

# They arrange a site, or configure the program that builds it, and show nothing of their own.
_SILENT = frozenset((
    "toctree", "contents", "index", "highlight", "currentmodule", "module", "py:module", "meta",
    "sectionauthor", "codeauthor", "tabularcolumns", "postlist", "header", "footer",
    "target-notes", "sectnum", "section-numbering", "default-role", "default-domain", "title",
    "role", "restructuredtext-test-directive",
))  # fmt: skip
_FILES = frozenset(("include", "literalinclude"))
_CODE = frozenset((
    "code-block", "sourcecode", "code", "code-tab", "prompt", "listing", "ipython", "mermaid",
    "graphviz", "uml", "plantuml", "digraph", "graph", "testcode", "testoutput", "doctest",
))  # fmt: skip
_LITERAL_ROLES = frozenset((
    "class", "func", "meth", "mod", "attr", "exc", "data", "obj", "const", "type", "file", "samp",
    "command", "option", "envvar", "program", "kbd", "code", "literal", "term-code",
))  # fmt: skip
_DIRECTIVE = re.compile(
    r"^[ \t]*\.\.[ \t]+(?:\|[^|\n]+\|[ \t]+)?([A-Za-z](?:[\w+.:-]*\w)?)[ \t]?::(?=\s|$)",
    re.MULTILINE,
)
_ROLE = re.compile(r":([A-Za-z](?:[\w+.:-]*\w)?):`|`:([A-Za-z](?:[\w+.:-]*\w)?):")
_WITH_TARGET = re.compile(r"(.+?)\s*<([^<>]*)>\Z", re.DOTALL)
_SHORTENED = re.compile(r"~(?:[\w.]+\.)?|!")
_TEASER = re.compile(r"\s*(?:TEASER_END|END_TEASER|more)\s*", re.IGNORECASE)
_PRE = re.compile(r'<pre class="code ([\w#+.-]+)[^"<>]*"><code>')
_ADMONITION = re.compile(r'<p class="(?:admonition-title|topic-title|sidebar-title)">(.*?)</p>')
_LITERAL = re.compile(r'<span class="docutils literal">(.*?)</span>', re.DOTALL)
_LABEL = re.compile(r'<span class="fn-bracket">(.)</span>')

_SETTINGS = {
    "_disable_config": True,
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "report_level": 1,  # each message is in the tree, where it is taken out
    "halt_level": 5,
    "output_encoding": "unicode",
    "docinfo_xform": False,
    "doctitle_xform": True,
    "initial_header_level": 2,
    "smart_quotes": False,
    "syntax_highlight": "none",
    "math_output": "MathML",
    "embed_stylesheet": False,
    "stylesheet_path": "",
    "line_length_limit": 1 << 20,
}


@dataclass(slots=True)
class Document:
    """A title and the fields of a document (name, value, line), and its body as HTML.

    Fields are those of the list under the title, and of ABlog's `post` directive. `omitted` are
    the directives whose content is not shown, with their lines; `errors` is what docutils reports.
    """

    title: str = ""
    html: str = ""
    fields: list[tuple[str, str, int]] = field(default_factory=list)
    omitted: list[tuple[str, int]] = field(default_factory=list)
    errors: list[tuple[str, int]] = field(default_factory=list)


def from_text(text: str) -> Document:
    """The document that a text is.

    Raises:
        ReadError: `too-deep`: it is nested more deeply than docutils can follow.
    """
    found = Document()
    _register(text)
    settings = {**_SETTINGS, "warning_stream": StringIO(), "feedsvc_document": found}
    try:
        tree = publish_doctree(text, settings_overrides=settings)
        _take_header(tree, found)
        _without_messages(tree, found)
        parts = publish_parts(
            tree,
            source_class=io.DocTreeInput,
            reader=doctree.Reader(parser="null"),  # type: ignore[arg-type]
            writer="html5",
            settings_overrides=settings,
        )
    except RecursionError:
        message = "it is nested too deeply; take out some of its levels"
        raise ReadError("too-deep", message) from None
    except SystemMessage as error:
        raise ReadError("reader-failed", f"docutils cannot read it ({error}); fix it") from None
    found.html = _tidied(parts["body"])
    return found


def _tidied(html: str) -> str:
    """HTML with what classes alone would say: the language of code, titles of admonitions."""
    html = _LITERAL.sub(r"<code>\1</code>", html)
    html = _PRE.sub(r'<pre><code class="language-\1">', html)
    html = _ADMONITION.sub(r"<p><strong>\1</strong></p>", html)
    return _LABEL.sub(r"\1", html)


def _register(text: str) -> None:
    """Have docutils read the directives and roles of a text that it does not know, as ours."""
    names = {name.lower() for name in _DIRECTIVE.findall(text)}
    for name in sorted(names)[:MAX_NAMES]:
        if name in _OWN or not _is_builtin(name):
            directives.register_directive(name, _kind_of(name))
    used = {name.lower() for found in _ROLE.findall(text) for name in found if name}
    for name in sorted(used)[:MAX_NAMES]:
        if name.rpartition(":")[2] not in _BUILTIN_ROLES:
            roles.register_local_role(name, _role)  # type: ignore[arg-type]


def _is_builtin(name: str) -> bool:
    return name in directives._directive_registry or name in _ALIASES  # type: ignore[attr-defined]


_ALIASES = frozenset(("figure", "image", "math", "sourcecode"))
_BUILTIN_ROLES = frozenset((
    "emphasis", "strong", "literal", "math", "subscript", "sub", "superscript", "sup", "title",
    "title-reference", "t", "pep", "pep-reference", "rfc", "rfc-reference", "raw", "code",
    "abbreviation", "ab", "acronym", "ac", "i", "b",
))  # fmt: skip


class _AnyOptions(dict[str, Any]):
    """Options of any name, each of which is text."""

    def __getitem__(self, _name: str) -> Any:
        return directives.unchanged


class _Unknown(Directive):
    """A directive that docutils does not know: what it embeds, else its text."""

    optional_arguments = 1000
    final_argument_whitespace = True
    option_spec: ClassVar[Any] = _AnyOptions(any=directives.unchanged)
    has_content = True

    def run(self) -> list[nodes.Node]:
        """The nodes in place of the directive."""
        call = Call.named_as(self.name, tuple(self.arguments), dict(self.options))
        shown = shortcodes.embed(call) or shortcodes.web_link(call)
        inner = self._content()
        if shown:
            return [nodes.raw("", f"\n<p>{shown.html}</p>\n", format="html"), *inner]
        heading = " ".join(self.arguments)
        return [*self._paragraph(heading), *inner]

    def _content(self) -> list[nodes.Node]:
        container = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, container)
        return list(container.children)

    def _paragraph(self, text: str) -> list[nodes.Node]:
        if not text:
            return []
        children, messages = self.state.inline_text(text, self.lineno)
        return [nodes.paragraph("", "", nodes.strong("", "", *children)), *messages]


class _Code(_Unknown):
    """Code in a language, or the source of a drawing."""

    def run(self) -> list[nodes.Node]:
        language = " ".join(self.arguments[:1]).split()[:1]
        if not self.content:  # it names a file
            return _omit(self)
        code = "\n".join(self.content)
        return [nodes.literal_block(code, code, classes=["code", *language])]


class _Raw(_Unknown):
    """HTML that is written in the text; nothing is read from a file or an address."""

    def run(self) -> list[nodes.Node]:
        formats = " ".join(self.arguments).lower().split()
        if "html" not in formats or not self.content:
            return _omit(self)
        return [nodes.raw("", "\n".join(self.content), format="html")]


class _Post(_Unknown):
    """ABlog's date and keys of an article."""

    def run(self) -> list[nodes.Node]:
        document = self.state.document.settings.feedsvc_document
        date = " ".join(self.arguments)
        keys = {"date": date, **self.options}
        document.fields += [(key, value, self.lineno) for key, value in keys.items() if value]
        return self._content()


class _Silent(_Unknown):
    def run(self) -> list[nodes.Node]:
        return []


class _File(_Unknown):
    def run(self) -> list[nodes.Node]:
        return _omit(self)


def _omit(directive: Directive) -> list[nodes.Node]:
    """Leave a directive out, and note it."""
    document = directive.state.document.settings.feedsvc_document
    document.omitted.append((directive.name, directive.lineno))
    return []


_OWN: dict[str, type[Directive]] = {
    **dict.fromkeys(_CODE, _Code),
    **dict.fromkeys(_SILENT, _Silent),
    **dict.fromkeys(_FILES, _File),
    "raw": _Raw,
    "post": _Post,
}


def _kind_of(name: str) -> type[Directive]:
    return _OWN.get(name, _Unknown)


def _role(
    name: str, _rawtext: str, text: str, _line: int, _inliner: Any, *_more: Any
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """The text of a role that docutils does not know; a link where it names an address."""
    text = nodes.unescape(text)
    found = _WITH_TARGET.fullmatch(text)
    words, target = (found[1], found[2]) if found else (_SHORTENED.sub("", text, count=1), "")
    if target.startswith(("http://", "https://")):
        return [nodes.reference("", words, refuri=target)], []
    is_code = name.rpartition(":")[2].lower() in _LITERAL_ROLES and not found
    return [nodes.literal("", words) if is_code else nodes.Text(words)], []


def _take_header(tree: nodes.document, found: Document) -> None:
    """Take the title and the list of fields under it out of the tree."""
    found.title = tree.get("title", "")
    for node in _first_blocks(tree):
        if isinstance(node, nodes.field_list):
            found.fields += [
                (name.astext(), value.astext(), name.line or 0)
                for name, value in (each.children for each in node.children)
            ]
            node.parent.remove(node)
            return
        return


def _first_blocks(tree: nodes.Element) -> Iterator[nodes.Node]:
    """The blocks of a document after its title, comments aside."""
    ignored = (nodes.title, nodes.subtitle, nodes.comment, nodes.target, nodes.system_message,
               nodes.substitution_definition)  # fmt: skip
    for node in tree.children:
        if isinstance(node, nodes.section):
            yield from _first_blocks(node)
            return
        if not isinstance(node, ignored):
            yield node


def _without_messages(tree: nodes.document, found: Document) -> None:
    """Take the messages of docutils out of the tree, and leave the text that they speak of."""
    for comment in list(tree.findall(nodes.comment)):
        if _TEASER.fullmatch(comment.astext()):
            comment.replace_self(nodes.raw("", "<!--more-->", format="html"))
    for broken in list(tree.findall(nodes.problematic)):
        broken.parent.replace(broken, nodes.Text(broken.astext()))
    for message in list(tree.findall(nodes.system_message)):
        if message["level"] >= 2:  # noqa: PLR2004 - docutils' warnings
            text = message.children[0].astext() if message.children else ""
            found.errors.append((" ".join(text.split()), message.get("line", 0)))
        blocks = [each for each in message.children if isinstance(each, nodes.literal_block)]
        kept = [nodes.paragraph("", each.astext()) for each in blocks]
        if message.parent is not None:
            message.parent.replace(message, kept)
    tree.transform_messages.clear()
