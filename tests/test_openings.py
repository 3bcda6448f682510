"""Where front matter begins, and that what cannot be read of it is a problem and never text."""

from __future__ import annotations

import time

import pytest

from feedsvc.model import Problem
from feedsvc.reading.formats.openings import opening
from feedsvc.reading.formats.reader import read_article
from feedsvc.reading.metadata.yaml_values import read_yaml
from tests.reading import HOW, keys, read, refused


@pytest.mark.parametrize(
    "before", ["\ufeff", "\u200b", "\ufeff\n\n", "\n \u200b\n", "\u2060\ufeff ", "\u00ad\n"]
)
@pytest.mark.parametrize(
    "front",
    [
        "---\ndraft: yes\n---\n",
        "+++\ndraft = true\n+++\n",
        '{"draft": true}\n',
        "----\ndraft: 1\n----\n",
    ],
)
def test_characters_that_nobody_sees_hide_no_front_matter(before: str, front: str) -> None:
    assert read(f"{before}{front}Text.").withheld == "draft"


@pytest.mark.parametrize(
    "text",
    [
        "---\ndate created: 2023-03-04\ndraft: true\n---\nText.",
        "---\nDate modified: 2023-01-01\nstatus: draft\n---\nText.",
        '---\n"a key": x\ndraft: true\n---\nText.',
        "---\n'a: key': x\ndraft: true\n---\nText.",
        "---\ndc:title: x\ndraft: true\n---\nText.",
        "---\nog:type: article\nog:x/y: z\ndraft: true\n---\nText.",
        "---\n  title: T\n  draft: true\n---\nText.",
        "---\n# of the desk\n\nan unknown key: x\nhidden: true\n---\nText.",
        "--- \u200b\ndraft: true\n---\nText.",
        "--- # keys\ndraft: true\n---\nText.",
        "---yaml\ndraft: true\n---\nText.",
        "--- yml\ndraft: true\n---\nText.",
        "---toml\ndraft = true\n---\nText.",
        "+++toml\ndraft = true\n+++\nText.",
        '---json\n{"draft": true}\n---\nText.',
        '---JSON\n\n{\n "draft": true\n}\n---\nText.',
        "-----\ndraft: true\n-----\nText.",
    ],
)
def test_front_matter_is_read(text: str) -> None:
    article = read(text)
    assert article.withheld
    assert article.content == "<p>Text.</p>"


def test_keys_that_nobody_knows_are_read_too() -> None:
    assert read("---\nmade on: Monday\nwith a pen: yes\n---\nText.").content == "<p>Text.</p>"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("---js\nmodule.exports = {draft: true}\n---\nText.", 1),
        ("\n---coffee\ndraft: true\n---\nText.", 2),
        ("---javascript\n{draft: true}\n", 1),
        ("---lisp\n(draft t)\n---\nText.", 1),
        (';;;\n"title": "T",\n"draft": true\n;;;\nText.', 1),
        ("\u2014\ntitle: T\ndraft: true\n\u2014\nText.", 1),
        ("\u2014-\ntitle: T\ndraft: true\n\u2014-\nText.", 1),
        ("---\ndate created: 2023\ndraft: true\n\nText.", 1),
        ("---\nlocation: here\n\nText.", 1),
        ("---\nmy:location : here\n\nText.", 1),
        ("---\nan unknown key: [\ndraft: true\n---\nText.", 0),
        ("---\n\tdraft: true\n---\nText.", 2),
        ("---\ntitle: T\ndraft\uff1atrue\n---\nText.", 0),
        ("---\ndraft\uff1atrue\n---\nText.", 0),
        ("---\ntitle: T\ndraft:true\n---\nText.", 0),
        ("---\n- a\ntitle: T\n---\nText.", 3),
        ("---\nWords.\ntitle: T\n---\nText.", 3),
        ("+++\ntitle: T\n+++\nText.", 2),
        ("{title: 'T', draft: true}\nText.", 1),
        ('{ // keys\n"draft": true}\nText.', 1),
        ('---json\n{"draft": true} x\n---\nText.', 2),
        ("<!-- lint: off -->\n---\ntitle: T\ndraft: true\n---\nText.", 0),
        ("\n<!--\na\n-->\n\n<!-- b -->\n+++\ndraft = true\n+++\nText.", 0),
        ("<!-- a --> ---\nstatus: draft\n---\nText.", 0),
        ('---json\n["draft"]\n---\nText.', 0),
        ("---toml\ndraft: true\n---\nText.", 2),
        ("---\ntitle: T\n---\n".replace("\n---\n", "\n--\n"), 1),
    ],
)
def test_front_matter_that_cannot_be_read_is_a_problem(text: str, line: int) -> None:
    refusal = refused(text)
    assert refusal.code == "bad-front-matter"
    assert refusal.line == line or not line


@pytest.mark.parametrize(
    "text",
    [
        "---\n\nHe said this: hello.\n\n---\n\nText.",
        "---\n\nA walk.\n\nIt rained.\n",
        "---\nhttps://a.example/\n\nText.",
        "--\nText.",
        "***\n\nText of a kind: this one.",
        "+++\nText.\n+++\n",
        ";;;\nText.\n;;;",
        "\u2014 he said, and left.",
        "\u2014\n\nA walk.",
        "{% include a.html %}\nText.",
        "{{ page.title }} is it.",
        "{toc}\n\nText.",
        "<!-- lint: off -->\n\n---\n\nText.\n\n---\n",
        "<!-- a -->\n# T\n\nText.\n\n---\ntitle: x\n---\n",
    ],
)
def test_a_rule_with_prose_behind_it_is_text(text: str) -> None:
    article = read(text)
    assert article.content
    assert not article.withheld


def repeated(text: str) -> tuple[list[tuple[str, int]], str]:
    found: list[Problem] = []
    article = read_article("a.md", text.encode(), HOW, found)
    return [(one.code, one.line) for one in found], article.title


@pytest.mark.parametrize(
    ("text", "line", "title"),
    [
        (keys("title: T", "title: T"), 0, "T"),
        (keys("tags: [a]", "title: T", "tags: [a]"), 0, "T"),
        (keys("title: T", "a: {b: 1, b: 1}"), 0, "T"),
        (keys("title: T", "title: U"), 3, "U"),
        (keys("title: U", "tags: [a]", "tags: b"), 4, "U"),
        ('{"title": "T", "title": "U"}\nText.', 1, "U"),
        ('---json\n{"title": "U", "title": "U"}\n---\nText.', 0, "U"),
    ],
)
def test_the_last_of_two_values_counts_and_is_reported(text: str, line: int, title: str) -> None:
    assert repeated(text) == ([("repeated-key", line)] if line else [], title)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("{x: &x [1, 2], y: *x}", {"x": ["1", "2"], "y": ["1", "2"]}),
        ("{x: &x {b: c}, y: {<<: *x, d: e}}", {"x": {"b": "c"}, "y": {"b": "c", "d": "e"}}),
        ("{<<: {b: c}, b: d}", {"b": "d"}),
        ("{b: d, <<: {b: c, e: f}}", {"b": "d", "e": "f"}),
        ("{<<: [{b: c}, {b: d, e: f}]}", {"b": "c", "e": "f"}),
        ("{<<: text}", {"<<": "text"}),
    ],
)
def test_aliases_and_merges_are_read(written: str, value: object) -> None:
    assert read_yaml(f"a: {written}").value == {"a": value}


def test_a_merge_may_withhold() -> None:
    text = keys("base: &base {draft: true, tags: [a]}", "<<: *base", "title: T")
    assert (read(text).withheld, read(text).tags) == ("draft", ("a",))
    assert not read(text.replace("title: T", "draft: false")).withheld


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "\n".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)
)
MERGES = "a0: &a0 {x: y}\n" + "\n".join(
    f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}], k{n}: {{z: *a{n - 1}}}}}"
    for n in range(1, 15)
)


@pytest.mark.parametrize("text", [BOMB, MERGES, "a: &a " + "x" * 9000 + "\nb:\n" + "- *a\n" * 20])
def test_an_alias_bomb_is_a_problem_at_once(text: str) -> None:
    began = time.process_time()
    assert refused(keys(text, "draft: true")).code in ("bad-front-matter", "too-deep")
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "text",
    [
        "---\n" + "\n" * 200_000,
        "---\n" + "# a\n" * 100_000,
        "---\n" + "a b c " * 100_000,
        "---" + " " * 300_000 + "x",
        "\u200b \u200b" * 100_000 + "---\nx",
        "---\n" + ("a" * 59 + " ") * 10_000 + ":",
        "{" + " " * 300_000 + "x",
        "---\n" + "-" * 300_000,
        "<!-- -->" * 40_000,
        "<!--" * 80_000,
        "-" * 300_000 + "\ntitle: x\n" + "-\n" * 100_000,
    ],
)
def test_looking_for_front_matter_takes_no_time(text: str) -> None:
    began = time.process_time()
    opening(text)
    assert time.process_time() - began < 0.2
