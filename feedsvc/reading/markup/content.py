"""Plain text and summaries, limited to the characters that XML 1.0 allows."""

import html
import re
from collections.abc import Iterable

from feedsvc.model import single_spaced

SUMMARY_LENGTH = 300
# Zero-width and other invisible characters, in the syntax of a regular expression's class.
INVISIBLE = (
    "\x7f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f"
)

_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_LEADING_INVISIBLE = re.compile(rf"\A[{INVISIBLE}]++")
# Everything outside the Char production of XML 1.0 (section 2.2).
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CONTROLS = bytes(sorted(set(range(0x20)) - set(b"\t\n\r")))
_NONCHARACTER_PREFIX = "\uffff".encode()[:2]  # of U+FFFE and U+FFFF, and of 62 allowed characters
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)]*(?=\s)|[。！？][」』”’）]*")
# The sanitiser escapes `<` and `>` in attributes, so this pattern matches exactly the tags.
_TAG = re.compile(r"<[^<>]*+>")
_INLINE = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|big|cite|code|data|del|dfn|em|i|ins|kbd|mark|q|rb|rtc|ruby|s|samp"
    r"|small|span|strike|strong|sub|sup|time|tt|u|var|wbr)(?=[ >])[^<>]*+>"
)
_FOOTNOTE_MARK = re.compile(
    r'<sup[^<>]*+><a href="#[^<>]*+>[^<]*+</a></sup>'
    r'|<a href="#[^<>]*+>\u21a9\ufe0e?(?:<sup[^<>]*+>\d++</sup>)?</a>'
)


def without_unseen(text: str) -> str:
    """`text` without the characters of INVISIBLE, which a pasted key may contain."""
    return text if text.isascii() else _INVISIBLE.sub("", text)


def without_unseen_first(text: str) -> str:
    """`text` without leading characters of INVISIBLE."""
    return text if text[:1].isascii() else _LEADING_INVISIBLE.sub("", text)


def xml_text(text: str) -> str:
    """`text` without the characters that XML 1.0 does not allow (section 2.2, Char)."""
    if text.isprintable() or _is_surely_xml_text(text):  # `isprintable` decides most single lines
        return text
    return _NOT_XML.sub("", text)


def _is_surely_xml_text(text: str) -> bool:
    """Whether `_NOT_XML` cannot match: for 3 kB, this check takes a third of the pattern's time."""
    try:
        data = text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    if len(data) != len(data.translate(None, _CONTROLS)):
        return False
    return text.isascii() or _NONCHARACTER_PREFIX not in data


def one_line(text: str) -> str:
    """Plain text for a title or a name: XML-safe, each run of whitespace collapsed to a space."""
    return " ".join(xml_text(text).split())


def is_visible(text: str) -> bool:
    """Whether `text` has a visible character; U+200B, for example, is not one."""
    if text.isprintable():
        return not text.isspace() and bool(text)
    return any(character.isprintable() and not character.isspace() for character in text)


def paragraphs(lines: Iterable[str]) -> str:
    """HTML with one `<p>` for each line of plain text; markup in a line is escaped."""
    plain = (single_spaced(xml_text(line)) for line in lines)
    return "\n".join(f"<p>{html.escape(line, quote=False)}</p>" for line in plain)


def plain(safe_html: str) -> str:
    """The text of safe HTML (see `markup.safe`) on one line, without footnote marks.

    Block elements and line breaks separate words; inline elements do not.
    """
    text = _TAG.sub(" ", _INLINE.sub("", _FOOTNOTE_MARK.sub("", safe_html)))
    return " ".join(html.unescape(text).split())


def summary(text: str, length: int = SUMMARY_LENGTH) -> str:
    """At most `length` characters of plain text, cut after a sentence or else after a word."""
    whole, text = text, one_line(text[: 2 * length])  # usually enough
    if len(text) <= length + 1:
        text = one_line(whole)
    if len(text) <= length:
        return text
    ends = (end.end() for end in _SENTENCE_END.finditer(text, 0, length + 1))
    last = max((end for end in ends if end <= length), default=0)
    if last >= length // 3:
        return text[:last]
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(",;:–— ") + "…"
