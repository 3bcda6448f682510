"""What `feedsvc check` prints: one line for each problem, as editors and compilers know it."""

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
    """`FILE:LINE:COLUMN: CODE MESSAGE` for each problem, or that there are none.

    Then what is no article: `FILE: REASON WHY` for each, or how many there are. Then the articles
    that are to be shown.
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
            f"{printed(one.path)}: {one.reason} {printed(one.why)}" for one in checked.skipped
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
        are = (
            "1 is no article" if checked.left_out == 1 else f"{checked.left_out:,} are no articles"
        )
        yield f"{are}; see `feedsvc check --all`"


def _line(problem: Problem) -> str:
    # editors want a place even where the whole file is meant
    placed = replace(problem, line=problem.line or 1, column=problem.column or 1)
    return f"{placed.location}: {problem.code} {printed(problem.message)}"


def as_json(checked: Checked, config: Config) -> Iterator[str]:
    """The same as an object, with more where that was asked for."""
    told: dict[str, object] = {
        "files": checked.files,
        "problems": [problem_fields(problem) for problem in checked.problems],
        "withheld": checked.withheld,
    }
    if checked.skipped is not None:
        told["skipped"] = [asdict(one) for one in checked.skipped]
    if articles := [article.as_json(one, config) for one in checked.articles]:
        told["articles"] = articles
    yield json.dumps(told, indent=2)
