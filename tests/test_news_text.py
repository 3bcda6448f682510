"""Bytes become text that every feed can carry: encodings, characters, summaries."""

from __future__ import annotations

import codecs
import random
from datetime import UTC

import pytest
from lxml import etree

from feedsvc.model import Article
from feedsvc.reading.decoding import decode
from feedsvc.reading.errors import ReadError
from feedsvc.reading.formats import news
from feedsvc.reading.formats.reader import read_article
from feedsvc.reading.markup.content import SUMMARY_LENGTH, one_line, paragraphs, summary, xml_text
from feedsvc.reading.source import Reading, Source

TEXT = "# Café 東京 𝄞\n\nAuthor: **Zoë**\n\nStraße — naïve.\n"


def read(data: bytes, encoding: str = "") -> Article:
    return read_article("a.txt", data, Reading(UTC, encoding))


def refused(data: bytes, encoding: str = "") -> ReadError:
    with pytest.raises(ReadError) as caught:
        read(data, encoding)
    return caught.value


@pytest.mark.parametrize(
    "data",
    [
        codecs.BOM_UTF8 + TEXT.encode(),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        codecs.BOM_UTF16_BE + TEXT.replace("\n", "\r\n").encode("utf-16-be"),
    ],
    ids=["UTF-8 with mark", "UTF-16 LE", "UTF-16 BE", "CRLF", "CR", "UTF-16 CRLF"],
)
def test_the_same_text_is_read_from_every_encoding_and_line_end(data: bytes) -> None:
    assert read(data) == read(TEXT.encode())


@pytest.mark.parametrize(
    ("data", "byte", "line"),
    [
        (b"# T\n\ncaf\xe9\n", 8, 3),
        (b"\xff# T\n", 0, 1),
        (b"# T\n\nText.\n\xc3", 11, 4),
        (b"# T\n\xed\xa0\x80\n", 4, 2),
        (b"# T\r\n\r\ncaf\xe9\r\n", 10, 3),
        (codecs.BOM_UTF8 + b"# T\n\ncaf\xe9\n", 11, 3),
        (codecs.BOM_UTF8 + b"# T\n\n\xe9\n", 8, 3),
        (codecs.BOM_UTF16_LE + "# T\na".encode("utf-16-le") + b"\x00\xd8b\x00", 12, 2),
        (codecs.BOM_UTF16_BE + "# T\na".encode("utf-16-be") + b"\xd8\x00\x00b", 12, 2),
        (codecs.BOM_UTF16_LE + "# \u0a05".encode("utf-16-le") + b"\x00\xd8b\x00", 8, 1),
    ],
)
def test_broken_text_is_a_problem_that_names_the_byte_and_the_line(
    data: bytes, byte: int, line: int
) -> None:
    refusal = refused(data)
    assert (refusal.code, refusal.line) == ("not-utf8", line)
    assert f"byte {byte} " in str(refusal)
    assert "articles.encoding" in str(refusal)


def test_what_is_not_utf8_is_read_in_the_fallback_encoding() -> None:
    article = read(TEXT.replace("東京 𝄞", "").encode("windows-1252"), "windows-1252")
    assert article.title == "Café"
    assert article.summary == "Straße — naïve."


def test_utf8_is_never_read_in_the_fallback_encoding() -> None:
    assert read(TEXT.encode(), "windows-1252") == read(TEXT.encode())


def test_a_byte_that_the_fallback_encoding_lacks_is_replaced() -> None:
    assert read(b"# T\n\na \x81 b\n", "windows-1252").summary == "a \ufffd b"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n \t\r\n",
        codecs.BOM_UTF8,
        codecs.BOM_UTF8 + b"\n\n",
        codecs.BOM_UTF16_LE,
        codecs.BOM_UTF16_LE + "\n \n".encode("utf-16-le"),
        "\u00a0\n\u2003\n".encode(),
    ],
    ids=["0 bytes", "blanks", "mark", "mark and blanks", "UTF-16", "UTF-16 blanks", "wide blanks"],
)
def test_a_file_that_says_nothing_is_a_problem(data: bytes) -> None:
    assert refused(data).code == "empty"


def test_decoding_leaves_no_carriage_return_and_no_byte_order_mark() -> None:
    assert decode(codecs.BOM_UTF8 + b"a\r\nb\rc\n") == "a\nb\nc\n"


UNSPEAKABLE = "\x00\x01\x08\x0b\x0c\x0e\x1f\ufffe\uffff\ud800\udfff"


@pytest.mark.parametrize("character", UNSPEAKABLE, ids=lambda c: f"U+{ord(c):04X}")
def test_a_character_that_xml_cannot_carry_reaches_no_part_of_an_article(character: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        etree.Element("control").text = f"a{character}b"  # the test's own premise
    broken = (
        f"# Ti{character}tle\nAuthor: **An{character}n**\n"
        f"Original: [So{character}urce](https://a.example/)\nBo{character}dy\n{character}\nEnd"
    )
    article = news.read(Source("a.txt", broken))
    assert article.original
    told = [article.title, article.summary, article.content, article.original.source]
    assert [*told, article.authors[0].name] == [
        "Title", "Body", "<p>Body</p>\n<p>End</p>", "Source", "Ann",
    ]  # fmt: skip


def test_a_lone_surrogate_of_the_fallback_encoding_reaches_no_article() -> None:
    assert read(b"# T\n\na\\ud800b \xe9\n", "unicode_escape").summary == "ab é"


def test_characters_that_xml_can_carry_are_kept() -> None:
    kept = "\t\n\r a\x7f\x85\u00a0é\u2028\ud7ff\ue000\ufeff\ufffd\U00010000𝄞\U0010ffff"
    assert xml_text(kept) == kept


def test_one_line_makes_every_run_of_white_space_one_space() -> None:
    assert one_line(" a\u00a0 \t\n b\u2028c\x0b\ufffe ") == "a b c"


def test_paragraphs_escape_what_html_would_read_as_markup() -> None:
    assert paragraphs(["<a & b>", '"c"']) == '<p>&lt;a &amp; b&gt;</p>\n<p>"c"</p>'


def test_a_short_text_is_its_own_summary() -> None:
    assert summary("x" * SUMMARY_LENGTH) == "x" * SUMMARY_LENGTH
    assert summary(" One\n two. ") == "One two."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("One two. Three four five six.", "One two."),
        ('He said "Go!" Then he went away.', 'He said "Go!"'),
        ("Is it so? It is: so and so on it goes.", "Is it so?"),
        ("One. Two. Three. Four. Five. Six.", "One. Two. Three."),
        ("I. Afterwards came nothing but one long sentence.", "I. Afterwards came…"),
        ("It costs 3.50 more than all of the others.", "It costs 3.50 more…"),
        ("Twenty characters x. And then some more.", "Twenty characters x."),
        ("Go to example.com or to another site of ours.", "Go to example.com…"),
        ("Nineteen letters ab.cd and then some more.", "Nineteen letters…"),
        ("One, two, three, and a fourth one.", "One, two, three…"),
        ("x" * 40, "x" * 19 + "…"),
        ("これは短い文です。次の文はここで終わらずに続いていく。", "これは短い文です。"),
    ],
)
def test_a_long_text_is_cut_behind_a_sentence_and_else_behind_a_word(text: str, told: str) -> None:
    assert summary(text, 20) == told


def test_a_summary_is_never_too_long_and_only_ever_the_beginning() -> None:
    chance = random.Random(4287)
    for _ in range(500):
        text = "".join(chance.choices("abc  .,!?…。\"')–", k=chance.randrange(200)))
        length = chance.randrange(2, 80)
        told = summary(text, length)
        assert len(told) <= length
        assert one_line(text).startswith(told.removesuffix("…"))
