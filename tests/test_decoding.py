"""Encodings: what an HTML page says of its own is believed where it is not UTF-8."""

from __future__ import annotations

import pytest

from feedsvc.reading.decoding import declared, decode
from feedsvc.reading.errors import ReadError
from feedsvc.reading.source import Reading
from tests.reading import read


@pytest.mark.parametrize(
    ("head", "encoding", "text"),
    [
        ('<meta charset="iso-8859-1">', "windows-1252", "Café – “so”"),
        ("<META CHARSET=windows-1251>", "windows-1251", "Привет"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">', "koi8-r", "Мир"),
        ("<meta name=a content=b>\n<meta charset='Shift_JIS'/>", "cp932", "東京①"),
        ("<meta charset=gb2312>", "gb18030", "北京"),
    ],
)
def test_a_page_is_read_in_the_encoding_that_it_declares(
    head: str, encoding: str, text: str
) -> None:
    page = f"<html><head>{head}<title>{text}</title><body><p>{text}"
    article = read(page.encode(encoding), "a.html", Reading(encoding="cp437"))
    assert (article.title, article.content) == (text, f"<p>{text}</p>")


@pytest.mark.parametrize(
    "head",
    [
        "<meta charset=rot13>", "<meta charset=unicode_escape>", "<meta charset=utf-7>",
        "<meta charset=utf-16>", "<meta charset=hex>", "<meta charset=none-such>",
        "<meta charset=>",
        "<meta charset=iso-8859-99>", "<p>charset=latin1", " " * 1024 + "<meta charset=latin1>",
    ],
)  # fmt: skip
def test_a_declaration_that_means_nothing_is_ignored(head: str) -> None:
    data = f"<html>{head}<p>caf".encode() + b"\xe9"
    assert declared(data) == ""
    assert decode(data, "windows-1252", declaring=True).endswith("café")
    with pytest.raises(ReadError, match="set articles"):
        decode(data, declaring=True)


def test_utf8_is_never_read_in_a_declared_encoding() -> None:
    assert "café" in decode("<meta charset=latin1>café".encode(), declaring=True)


def test_a_declaration_counts_in_html_alone() -> None:
    data = b"<meta charset=latin1>caf\xe9"
    with pytest.raises(ReadError):
        decode(data)
    assert read(b"<!doctype html>" + data, "no-extension").content == "café"
