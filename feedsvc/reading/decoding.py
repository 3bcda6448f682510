"""Decodes text: UTF-8, UTF-16 with a byte order mark, else the declared or configured encoding."""

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
DECLARED_WITHIN = 1024  # bytes that a browser scans for a declaration (HTML, section 13.2.3.2)

_CHARSET = re.compile(rb"<meta[^>]*?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
# Web encodings only: some of Python's others, such as `unicode_escape`, are dangerous.
_WEB_ENCODING = re.compile(
    r"(?:windows-|cp)(?:874|125[0-8])|iso-?8859-?\d{1,2}|latin-?\d{1,2}|koi8-[ru]|gbk|gb18030"
    r"|big5(?:-hkscs)?|euc-jp|iso-2022-jp"
)
# Labels that the web (WHATWG Encoding, section 4.2) and Python map to different encodings.
_WEB_LABELS = {
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
    """The text of a file: `\\n` line ends, no leading invisible characters, XML characters only.

    With `declaring`, the file is HTML and may declare its encoding in a `<meta>`. The declaration
    applies only if the bytes are not UTF-8, and takes precedence over `fallback`.

    Raises:
        ReadError: `empty`, or `not-utf8` with the offset of the first invalid byte.
    """
    mark, encoding = next((mark, name) for mark, name in MARKS if data.startswith(mark))
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        encoding = (declared(data) if declaring else "") or fallback
        if not encoding:
            raise _invalid_byte(data, error, len(mark)) from None
        text = data.decode(encoding, errors="replace")
    text = without_unseen_first(xml_text(text))
    if not text.strip():
        raise ReadError("empty", "the file is empty; write a title and text, or remove it")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def declared(data: bytes) -> str:
    """The encoding that a `<meta>` near the start of an HTML file declares; empty if none."""
    found = _CHARSET.search(data, 0, DECLARED_WITHIN)
    name = found[1].decode("ascii", "ignore").lower() if found else ""
    name = _WEB_LABELS.get(name, name)
    if name not in _WEB_LABELS.values() and not _WEB_ENCODING.fullmatch(name):
        return ""
    try:
        return codecs.lookup(name).name
    except LookupError:
        return ""


def _invalid_byte(data: bytes, error: UnicodeDecodeError, skipped: int) -> ReadError:
    before = data[skipped : skipped + error.start].decode(error.encoding, "ignore")
    message = (
        f"byte {skipped + error.start} is not {error.encoding.upper()}; save the file as UTF-8, "
        "or set articles.encoding to the file's encoding"
    )
    return ReadError("not-utf8", message, before.count("\n") + 1)
