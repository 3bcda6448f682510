"""Front matter: YAML, TOML and JSON, where it ends, and where an error in it stands."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feedsvc.reading.formats import front_matter
from feedsvc.reading.metadata.yaml_values import read_yaml
from feedsvc.reading.source import Source
from tests.reading import keys, read, refused

YAML = "---\ntitle: A walk\ndate: 2020-01-05\ntags:\n  - sea\n  - sand\ndraft: yes\n---\n"
TOML = (
    '+++\ntitle = "A walk"\ndate = 2020-01-05\ndraft = true\n'
    '[taxonomies]\ntags = ["sea", "sand"]\n+++\n'
)
JSON = '{"title": "A walk", "date": "2020-01-05", "tags": ["sea", "sand"], "draft": true}\n'


@pytest.mark.parametrize(
    "front", [YAML, TOML, JSON, YAML.replace("\n---\n", "\n...\n"), f"\n{YAML}"]
)
@pytest.mark.parametrize("between", ["", "\n", "\n\n"])
def test_the_same_is_read_from_every_form(front: str, between: str) -> None:
    article = read(f"{front}{between}Some *text*.")
    assert (article.title, article.tags, article.withheld) == (
        "A walk",
        ("sea", "sand"),
        "draft",
    )
    assert article.published == datetime(2020, 1, 5, tzinfo=UTC)
    assert article.content == "<p>Some <em>text</em>.</p>"


def test_the_body_is_html_where_the_file_name_says_so() -> None:
    article = read(f"{YAML}<p>Some *text*.", "a.html")
    assert article.content == "<p>Some *text*.</p>"


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("---\n---\n", True),
        ("---\n# a comment\n\ntitle: T\n---\n", True),
        ('---\n"title": T\n---\n', True),
        ("---\n{title: T}\n---\n", True),
        ("---\ntitle:\n---\n", True),
        ("---   \ntitle: T", True),
        ("+++\n[extra]\na = 1\n+++\n", True),
        ("{}\nText.", True),
        ("---\n\nSome text.\n\n---\n", False),
        ("---\n- a\n- b\n---\n", False),
        ("---\nhttp://example.org/\n---\n", False),
        ("----\ntitle: T\n----\n", True),
        ("----\nText: T\n----\n", False),
        ("Text.\n\n---\ntitle: T\n---\n", False),
        ("+++\ntext\n+++\n", False),
        ("{{< figure >}}\n", False),
        ("{a: b}\n", False),
    ],
)
def test_front_matter_is_told_from_a_rule_with_text_behind_it(text: str, fits: bool) -> None:
    assert front_matter.fits(Source("a.md", text)) is fits


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("---\ntitle: T\n\nText.", 1, 1, "never closed; write a line `---`"),
        ("\n\n---\ntitle: T\n\nText.", 3, 1, "never closed; write a line `---`"),
        ("+++\ntitle = 1\n", 1, 1, "never closed; write a line `+++`"),
        (keys("title: A: B"), 2, 9, "mapping values are not allowed"),
        (keys("title: T", "tags: [a"), 4, 0, "not valid YAML"),
        (keys("title: T", "tags: @a"), 3, 7, "not valid YAML"),
        (keys("a: *b"), 2, 4, "there is no anchor 'b'"),
        (keys("[a]: b", "c: d").replace("[a]", "a: b\n? [a]\n"), 3, 3, "a key is not a string"),
        (keys("{a: b}", "c: d"), 3, 1, "not valid YAML"),
        ('+++\ntitle = "T"\ndate = soon\n+++\n', 3, 8, "not valid TOML (Invalid value)"),
        ("+++\na = 1\na = 2\n+++\n", 3, 6, "not valid TOML (Cannot overwrite a value)"),
        ('{"title": "T",}\nText.', 1, 15, "not valid JSON"),
        ('\n{"title": "T"\n', 3, 1, "not valid JSON"),
    ],
)
def test_an_error_is_a_problem_with_its_line_and_column(
    text: str, line: int, column: int, said: str
) -> None:
    refusal = refused(text)
    assert (refusal.code, refusal.line) == ("bad-front-matter", line)
    assert refusal.column == column or not column
    assert said in str(refusal)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        (keys("title: T", "  ", "date: soon"), 4, 1),
        (keys('{"title": T, "date": soon}'), 2, 14),
        ('+++\ntitle = "T"\n\n date = "soon"\n+++\n', 4, 2),
        ('{\n  "title": "T",\n  "date": "soon"\n}\n', 3, 3),
    ],
)
def test_a_wrong_value_is_a_problem_with_the_place_of_its_key(
    text: str, line: int, column: int
) -> None:
    refusal = refused(text)
    assert (refusal.code, refusal.line, refusal.column) == ("bad-date", line, column)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2020-01-05 10:00", "2020-01-05 10:00"), ("1984", "1984"), ("1_000", "1_000"),
        ("0o17", "0o17"), ("1e3", "1e3"), ("12:30:45", "12:30:45"), (".inf", ".inf"), ("=", "="),
        ("no", False), ("Off", False), ("TRUE", True), ("yes", True), ("y", "y"), ("nO", "nO"),
        ("'no'", "no"), ('"true"', "true"), ("!!str no", "no"), ("!!int 3", "3"),
        ("", None), ("~", None), ("Null", None), ("''", ""), ("|\n  a\n  b\n", "a\nb\n"),
        ("{<<: {b: c}}", {"b": "c"}), ("{'<<': {b: c}}", {"<<": {"b": "c"}}),
        ("[a, [b]]", ["a", ["b"]]),
        ("&x y", "y"), ("&x [&y z, *y]", ["z", "z"]), ("!!python/name:os.abort x", "x"),
    ],
)  # fmt: skip
def test_a_value_of_yaml_stays_as_it_was_written(written: str, value: object) -> None:
    found, places, repeats = read_yaml(f"a: {written}", 7)
    assert (found, repeats) == ({"a": value}, [])
    assert places == {"a": (7, 1)}


@pytest.mark.parametrize("body", ["", "\n\n", "<!-- nothing -->"])
def test_keys_alone_show_their_description_or_their_link_or_are_a_problem(body: str) -> None:
    assert read(keys("title: T", "description: A < *b*").replace("Text.", body)).content == (
        "<p>A &lt; b</p>"
    )
    assert read(
        keys("title: A & B", "link: https://a.example/?b&c").replace("Text.", body)
    ).content == ('<p><a href="https://a.example/?b&amp;c">A &amp; B</a></p>')
    assert refused(keys("title: T").replace("Text.", body)).code == "no-text"
