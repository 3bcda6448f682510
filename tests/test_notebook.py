"""Notebooks of Jupyter, as Pelican, Nikola, Quarto and plain folders have them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.reading import read, refused


def notebook(*cells: dict[str, Any], **metadata: Any) -> str:
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def markdown(text: str, **more: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": text, "metadata": {}, **more}


def code(text: str, *outputs: dict[str, Any], tags: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"cell_type": "code", "source": text.splitlines(keepends=True),
            "metadata": {"tags": list(tags)}, "outputs": outputs}  # fmt: skip


def content(*cells: dict[str, Any]) -> str:
    return read(notebook(markdown("# A walk"), *cells), "a.ipynb").content


@pytest.mark.parametrize(
    "text",
    [
        notebook(markdown("---\ntitle: A walk\ndate: 2020-01-02\ntags: [a]\n---\nText.")),
        notebook(markdown("# A walk\n- date: 2020-01-02\n- tags: a"), markdown("Text.")),
        notebook(markdown("- title: A walk\n- date: 2020-01-02\n- tags: a"), markdown("Text.")),
        notebook(markdown("Text."), title="A walk", date="2020-01-02", tags=["a"]),
        notebook(markdown("Text."), nikola={"title": "A walk", "date": "2020-01-02", "tags": "a"}),
        notebook(
            {"cell_type": "raw", "source": "---\ntitle: A walk\ndate: 2020-01-02\ntags: a\n---"},
            markdown("Text."),
        ),
    ],
)
def test_keys_are_read_in_each_form(text: str) -> None:
    article = read(text, "a.ipynb")
    assert (article.title, article.tags, article.content) == ("A walk", ("a",), "<p>Text.</p>")
    assert article.published is not None


@pytest.mark.parametrize(
    "text",
    [
        notebook(markdown("---\ndraft: true\n---\n# A\nText.")),
        notebook(markdown("# A\nText."), nikola={"status": "draft"}),
        notebook(markdown("# A\n- status: private"), markdown("Text.")),
        notebook(markdown("# A\nText."), draft=True),
    ],
)
def test_what_is_withheld_is_not_published(text: str) -> None:
    assert read(text, "a.ipynb").withheld


def test_code_and_what_it_puts_out_are_shown() -> None:
    html = content(
        code("print(1 < 2)", {"output_type": "stream", "text": ["True\n"]}),
        code("df", {"output_type": "execute_result", "data": {
            "text/html": ["<table><tr><td>1</td></tr></table>"], "text/plain": "x"}}),
        code("bad", {"output_type": "error", "traceback": ["\x1b[0;31mError\x1b[0m: no"]}),
    )  # fmt: skip
    assert "print(1 &lt; 2)" in html
    assert "<pre>True\n</pre>" in html
    assert "<td>1</td>" in html
    assert "<pre>Error: no\n</pre>" in html


def test_output_of_scripts_is_shown_as_text() -> None:
    data = {"text/html": "<div>x</div><script>plot()</script>", "text/plain": "Figure"}
    html = content(code("plot", {"output_type": "display_data", "data": data}))
    assert "<pre>Figure\n</pre>" in html


@pytest.mark.parametrize(
    ("tag", "hidden"),
    [("remove_cell", "io"), ("hide_input", "i"), ("remove-input", "i"), ("remove_output", "o")],
)
def test_tags_hide_cells_and_their_parts(tag: str, hidden: str) -> None:
    html = content(
        code("input", {"output_type": "stream", "text": "output"}, tags=(tag,)), markdown("b")
    )
    assert ("input" in html, "output" in html) == ("i" not in hidden, "o" not in hidden)


def test_notebooks_of_version_3_are_read() -> None:
    cells = [
        {"cell_type": "heading", "level": 1, "source": "A walk"},
        {"cell_type": "code", "language": "python", "input": "x = 1",
         "outputs": [{"output_type": "pyout", "text": "1"}]},
    ]  # fmt: skip
    text = json.dumps({"metadata": {"name": ""}, "nbformat": 3, "worksheets": [{"cells": cells}]})
    article = read(text, "a.ipynb")
    assert article.title == "A walk"
    assert "x = 1" in article.content


def test_long_output_is_cut() -> None:
    html = content(code("x", {"output_type": "stream", "text": "y" * 100_000}))
    assert len(html) < 30_000
    assert "…" in html


@pytest.mark.parametrize(
    ("text", "problem"),
    [("{}", "no-text"), ("x", "bad-notebook"), ("[]", "bad-notebook"),
     ('{"cells": 1}', "bad-notebook"),
     ("[" * 50_000, "too-deep"), ('{"cells": [1, null, "x"]}', "no-text"),
     ('{"cells": [{"cell_type": "code", "source": 1, "outputs": 5}]}', "no-text")],
)  # fmt: skip
def test_what_is_no_notebook_is_a_problem(text: str, problem: str) -> None:
    assert refused(text, "A.ipynb").code == problem
