"""Content that is safe to publish: only characters that XML can carry, markup only where meant."""

import html
import re
from collections.abc import Iterable

from feedsvc.model import single_spaced

SUMMARY_LENGTH = 300

# Everything outside the Char production of XML 1.0 (section 2.2).
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)]*(?=\s)|[。！？][」』”’）]*")


def xml_text(text: str) -> str:
    """`text` without the characters that no XML document can carry."""
    return _NOT_XML.sub("", text)


def one_line(text: str) -> str:
    """Plain text for a title or a name: XML-safe, each run of white space one space."""
    return " ".join(xml_text(text).split())


def is_visible(text: str) -> bool:
    """Whether a reader would see anything of it: U+200B alone is as blank as a space."""
    return any(character.isprintable() and not character.isspace() for character in text)


def paragraphs(lines: Iterable[str]) -> str:
    """HTML with one `<p>` for each line of plain text; nothing in a line is markup."""
    plain = (single_spaced(xml_text(line)) for line in lines)
    return "\n".join(f"<p>{html.escape(line, quote=False)}</p>" for line in plain)


def summary(text: str, length: int = SUMMARY_LENGTH) -> str:
    """Plain text of at most `length` characters, cut behind a sentence, else behind a word."""
    text = one_line(text)
    if len(text) <= length:
        return text
    ends = (end.end() for end in _SENTENCE_END.finditer(text, 0, length + 1))
    last = max((end for end in ends if end <= length), default=0)
    if last >= length // 3:
        return text[:last]
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(",;:–— ") + "…"
