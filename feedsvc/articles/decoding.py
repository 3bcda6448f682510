"""Bytes become text: UTF-8, UTF-16 by its byte order mark, else the configured fallback."""

import codecs

from feedsvc.articles.refusal import Refusal

UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def decode(data: bytes, fallback: str = "") -> str:
    """The text of a file, with `\\n` line ends and without a byte order mark.

    Raises:
        Refusal: `empty`, or `not-utf8` naming the offset of the first wrong byte.
    """
    if not data.strip():
        raise Refusal("empty", "the file says nothing; write a title and a text, or remove it")
    encoding = "utf-16" if data.startswith(UTF16_MARKS) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if not fallback:
            raise Refusal(*_wrong_byte(data, error)) from None
        text = data.decode(fallback, errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _wrong_byte(data: bytes, error: UnicodeDecodeError) -> tuple[str, str, int]:
    line = data.count(b"\n", 0, error.start) + 1
    message = (
        f"byte {error.start} is not {error.encoding.upper().removesuffix('-SIG')}; save the file "
        "as UTF-8, or set articles.encoding to the encoding it is in"
    )
    return "not-utf8", message, line
