"""Bytes become text: UTF-8, UTF-16 by its byte order mark, else the configured fallback."""

import codecs

from feedsvc.articles.refusal import Refusal

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"", "utf-8"),
)


def decode(data: bytes, fallback: str = "") -> str:
    """The text of a file, with `\\n` line ends and without a byte order mark.

    Raises:
        Refusal: `empty`, or `not-utf8` naming the offset of the first wrong byte.
    """
    mark, encoding = next((mark, name) for mark, name in MARKS if data.startswith(mark))
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        if not fallback:
            raise _wrong_byte(data, error, len(mark)) from None
        text = data.decode(fallback, errors="replace")
    if not text.strip():
        raise Refusal("empty", "the file says nothing; write a title and a text, or remove it")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _wrong_byte(data: bytes, error: UnicodeDecodeError, skipped: int) -> Refusal:
    before = data[skipped : skipped + error.start].decode(error.encoding, "ignore")
    message = (
        f"byte {skipped + error.start} is not {error.encoding.upper()}; save the file as UTF-8, "
        "or set articles.encoding to the encoding it is in"
    )
    return Refusal("not-utf8", message, before.count("\n") + 1)
