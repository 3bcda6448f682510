"""Content that is safe to publish: only characters that XML can carry, markup only where meant."""

import html
import re
from collections.abc import Iterable

from feedsvc.model import single_spaced

SUMMARY_LENGTH = 300
# Characters without a width or a meaning of their own, for a class of a pattern.
INVISIBLE = (
    "\x7f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f"
)

_UNSEEN = re.compile(f"[{INVISIBLE}]")
_UNSEEN_FIRST = re.compile(rf"\A[{INVISIBLE}]++")
# Everything outside the Char production of XML 1.0 (section 2.2).
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CONTROLS = bytes(sorted(set(range(0x20)) - set(b"\t\n\r")))
_LAST_OF_THE_PLANE = "\uffff".encode()[:2]  # begins U+FFFE, U+FFFF and some that are allowed
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)]*(?=\s)|[。！？][」』”’）]*")
# The sanitiser writes `<` and `>` in attributes as entities, so a tag is what it looks like.
_TAG = re.compile(r"<[^<>]*+>")
_INLINE = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|big|cite|code|data|del|dfn|em|i|ins|kbd|mark|q|rb|rtc|ruby|s|samp"
    r"|small|span|strike|strong|sub|sup|time|tt|u|var|wbr)(?=[ >])[^<>]*+>"
)
_NOTE_MARK = re.compile(
    r'<sup[^<>]*+><a href="#[^<>]*+>[^<]*+</a></sup>'
    r'|<a href="#[^<>]*+>\u21a9\ufe0e?(?:<sup[^<>]*+>\d++</sup>)?</a>'
)


def without_unseen(text: str) -> str:
    """`text` without the characters of INVISIBLE, which may stand in a key that was copied."""
    return text if text.isascii() else _UNSEEN.sub("", text)


def without_unseen_first(text: str) -> str:
    """`text` from the first character on that is not one of INVISIBLE."""
    return text if text[:1].isascii() else _UNSEEN_FIRST.sub("", text)


def xml_text(text: str) -> str:
    """`text` without the characters that no XML document can carry."""
    if text.isprintable() or _is_surely_xml_text(text):  # the first is instant, and true of a line
        return text
    return _NOT_XML.sub("", text)


def _is_surely_xml_text(text: str) -> bool:
    """Whether `_NOT_XML` would find nothing: 3 kB of bytes tell it in a third of its time."""
    try:
        data = text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    if len(data) != len(data.translate(None, _CONTROLS)):
        return False
    return text.isascii() or _LAST_OF_THE_PLANE not in data


def one_line(text: str) -> str:
    """Plain text for a title or a name: XML-safe, each run of white space one space."""
    return " ".join(xml_text(text).split())


def is_visible(text: str) -> bool:
    """Whether a reader would see anything of it: U+200B alone is as blank as a space."""
    if text.isprintable():
        return not text.isspace() and bool(text)
    return any(character.isprintable() and not character.isspace() for character in text)


def paragraphs(lines: Iterable[str]) -> str:
    """HTML with one `<p>` for each line of plain text; nothing in a line is markup."""
    plain = (single_spaced(xml_text(line)) for line in lines)
    return "\n".join(f"<p>{html.escape(line, quote=False)}</p>" for line in plain)


def plain(safe_html: str) -> str:
    """The text of safe HTML (see `markup.safe`) on one line, without the marks of footnotes.

    Block elements and line breaks part words, other elements do not.
    """
    text = _TAG.sub(" ", _INLINE.sub("", _NOTE_MARK.sub("", safe_html)))
    return " ".join(html.unescape(text).split())


def summary(text: str, length: int = SUMMARY_LENGTH) -> str:
    """Plain text of at most `length` characters, cut behind a sentence, else behind a word."""
    whole, text = text, one_line(text[: 2 * length])  # as much of it as is likely to be told
    if len(text) <= length + 1:
        text = one_line(whole)
    if len(text) <= length:
        return text
    ends = (end.end() for end in _SENTENCE_END.finditer(text, 0, length + 1))
    last = max((end for end in ends if end <= length), default=0)
    if last >= length // 3:
        return text[:last]
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(",;:–— ") + "…"
