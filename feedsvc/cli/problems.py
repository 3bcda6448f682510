"""The output of `feedsvc check`: one line for each problem, in the format of compilers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace

from feedsvc.cli import article
from feedsvc.cli.text import number, printed, problem_fields
from feedsvc.config import Config
from feedsvc.model import Problem
from feedsvc.model.problem_codes import PROBLEM_CODES
from feedsvc.scan.check import Checked


def as_text(checked: Checked, config: Config) -> Iterator[str]:
    """One line `FILE:LINE:COLUMN: CODE MESSAGE` for each problem, or "no problems".

    Then `FILE: REASON WHY` for each file that is not an article, or their number. Then the articles
    requested by `--show`.
    """
    for problem in checked.problems:
        yield _line(problem)
    if not checked.problems:
        yield f"{number(checked.files, 'file')}, no problems"
    if checked.withheld:
        yield _withheld(checked)
    if checked.skipped is None:
        yield from _left_out(checked)
    else:
        yield from (
            f"{printed(skipped.path)}: {skipped.reason} {printed(skipped.why)}"
            for skipped in checked.skipped
        )
    for expected in checked.articles:
        yield from article.as_text(expected, config)


def codes_as_text() -> Iterator[str]:
    """Every problem code with its meaning and its remedy."""
    for code, explanation in PROBLEM_CODES.items():
        yield f"{code}\n    {explanation.meaning}\n    {explanation.remedy}"


def _withheld(checked: Checked) -> str:
    """`3 withheld: 2 draft, 1 hidden`."""
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in checked.withheld.items())
    return f"{sum(checked.withheld.values()):,} withheld: {reasons}"


def _left_out(checked: Checked) -> Iterator[str]:
    if checked.passed_over:
        yield checked.passed_over
    if checked.left_out:
        files = (
            "1 file is not an article"
            if checked.left_out == 1
            else f"{checked.left_out:,} files are not articles"
        )
        yield f"{files}; see `feedsvc check --all`"


def _line(problem: Problem) -> str:
    # editors require a position even for a problem of the whole file
    placed = replace(problem, line=problem.line or 1, column=problem.column or 1)
    return f"{placed.location}: {problem.code} {printed(problem.message)}"


def as_json(checked: Checked, config: Config) -> Iterator[str]:
    """The same as a JSON object, with the skipped files and the articles if requested."""
    fields: dict[str, object] = {
        "files": checked.files,
        "problems": [problem_fields(problem) for problem in checked.problems],
        "withheld": checked.withheld,
    }
    if checked.skipped is not None:
        fields["skipped"] = [asdict(skipped) for skipped in checked.skipped]
    if articles := [article.as_json(expected, config) for expected in checked.articles]:
        fields["articles"] = articles
    yield json.dumps(fields, indent=2)
