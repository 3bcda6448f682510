"""Bytes become text: UTF-8, UTF-16 by its byte order mark, else what is declared or configured."""

import codecs
import re

from feedsvc.reading.errors import ReadError
from feedsvc.reading.markup.content import without_unseen_first, xml_text

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"", "utf-8"),
)
DECLARED_WITHIN = 1024  # bytes that a browser looks through (HTML, section 13.2.3.2)

_CHARSET = re.compile(rb"<meta[^>]*?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
# Encodings of the web alone: Python knows others, such as `unicode_escape`, that do harm.
_OF_THE_WEB = re.compile(
    r"(?:windows-|cp)(?:874|125[0-8])|iso-?8859-?\d{1,2}|latin-?\d{1,2}|koi8-[ru]|gbk|gb18030"
    r"|big5(?:-hkscs)?|euc-jp|iso-2022-jp"
)
# What these names mean on the web (WHATWG Encoding, section 4.2), where Python differs.
_ON_THE_WEB = {
    "iso-8859-1": "windows-1252",
    "latin1": "windows-1252",
    "us-ascii": "windows-1252",
    "ascii": "windows-1252",
    "iso-8859-9": "windows-1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "euc-kr": "cp949",
    "macintosh": "mac_roman",
    "ibm866": "cp866",
}


def decode(data: bytes, fallback: str = "", declaring: bool = False) -> str:
    """The text of a file: `\\n` line ends, no mark that nobody sees first, only characters for XML.

    Where `declaring`, the file is HTML and may name its encoding in a `<meta>`; that is believed
    where the bytes are not UTF-8, before `fallback`.

    Raises:
        ReadError: `empty`, or `not-utf8` naming the offset of the first wrong byte.
    """
    mark, encoding = next((mark, name) for mark, name in MARKS if data.startswith(mark))
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        other = (declared(data) if declaring else "") or fallback
        if not other:
            raise _wrong_byte(data, error, len(mark)) from None
        text = data.decode(other, errors="replace")
    text = without_unseen_first(xml_text(text))
    if not text.strip():
        raise ReadError("empty", "the file says nothing; write a title and a text, or remove it")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def declared(data: bytes) -> str:
    """The encoding that an HTML file names in a `<meta>` at its beginning; empty where none."""
    found = _CHARSET.search(data, 0, DECLARED_WITHIN)
    name = found[1].decode("ascii", "ignore").lower() if found else ""
    name = _ON_THE_WEB.get(name, name)
    if name not in _ON_THE_WEB.values() and not _OF_THE_WEB.fullmatch(name):
        return ""
    try:
        return codecs.lookup(name).name
    except LookupError:
        return ""


def _wrong_byte(data: bytes, error: UnicodeDecodeError, skipped: int) -> ReadError:
    before = data[skipped : skipped + error.start].decode(error.encoding, "ignore")
    message = (
        f"byte {skipped + error.start} is not {error.encoding.upper()}; save the file as UTF-8, "
        "or set articles.encoding to the encoding it is in"
    )
    return ReadError("not-utf8", message, before.count("\n") + 1)
