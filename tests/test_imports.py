"""Which part of the program may import which: the floors of the house, kept by reading the code."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from importlib.util import resolve_name
from pathlib import Path

import pytest

import feedsvc

ROOT = Path(feedsvc.__file__).parent

# Each part may import those that are named behind it; a part is a module or a package of ours.
MAY_IMPORT = {
    "feedsvc": "",
    "model": "",
    "errors": "",
    "logs": "",
    "addresses": "",
    "media_types": "",
    "files": "errors",
    "config": "model errors addresses",
    "processes": "errors config",
    "reading": "model addresses files media_types processes",
    "ledger": "model errors config",
    "feeds": "model errors config media_types",
    "scan": "model errors config files reading ledger feeds",
    "service": "model errors config ledger processes reading scan",
    "web": "model errors config ledger feeds files media_types logs processes",
    "cli": "model errors config files logs processes reading ledger feeds scan service web",
    "__main__": "cli processes",
}
ANY = {"feedsvc"}  # the package itself holds the version and imports nothing

# What cannot reach a file, a socket, a clock's thread or another process.
PURE = {
    "__future__", "array", "bisect", "collections", "dataclasses", "datetime", "enum", "functools",
    "itertools", "typing",
}  # fmt: skip


def modules() -> dict[str, Path]:
    """Every module of ours by its dotted name; a package by its own."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


@cache
def imports(module: str) -> frozenset[str]:
    """What the module imports anywhere in it, also inside functions and for types alone."""
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = resolve_name("." * node.level + (node.module or ""), package)
            for name in node.names:
                whole = f"{source}.{name.name}"
                found.add(whole if whole in MODULES else source)
    return frozenset(found)


def ours(module: str) -> set[str]:
    return {name for name in imports(module) if name.partition(".")[0] == "feedsvc"}


def part(module: str) -> str:
    """The module or package of ours that a module belongs to."""
    return module.split(".")[1] if "." in module else module


def values() -> list[str]:
    return [module for module in MODULES if part(module) == "model"]


def test_the_reader_of_imports_sees_what_is_there() -> None:
    assert {"feedsvc.web.server", "feedsvc.scan.run", "feedsvc.config", "click"} <= imports(
        "feedsvc.cli.commands"
    )
    assert ours("feedsvc.service.websub") == {
        "feedsvc",
        "feedsvc.errors",
        "feedsvc.ledger.pings",
        "feedsvc.ledger.store",
    }
    assert {part(module) for module in MODULES} >= {"reading", "ledger", "feeds", "web", "cli"}


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_lies_on_a_floor_below(module: str) -> None:
    allowed = {part(module), *MAY_IMPORT[part(module)].split(), *ANY}
    above = {name for name in ours(module) if part(name) not in allowed}
    assert not above, f"{module} may not import {', '.join(sorted(above))}"


def test_every_part_of_the_program_has_its_floor() -> None:
    assert {part(module) for module in MODULES} == set(MAY_IMPORT)


def test_no_modules_import_one_another_in_a_circle() -> None:
    assert set(TopologicalSorter({name: ours(name) for name in MODULES}).static_order()) == set(
        MODULES
    )


def test_the_floors_themselves_have_no_circle() -> None:
    graph = {name: below.split() for name, below in MAY_IMPORT.items()}
    assert set(TopologicalSorter(graph).static_order()) == set(MAY_IMPORT)


@pytest.mark.parametrize("module", ["feedsvc.errors", "feedsvc", *values()])
def test_the_ground_floor_imports_nothing_of_ours_and_nothing_to_install(module: str) -> None:
    found = {name.partition(".")[0] for name in imports(module) - set(values())}
    assert found <= sys.stdlib_module_names


def test_a_plan_is_made_without_the_means_to_reach_a_file_or_a_clock() -> None:
    planning = {module for module in MODULES if module.startswith("feedsvc.scan.plan")}
    assert planning
    others = set().union(*map(imports, planning)) - planning - {"feedsvc.model"}
    assert {name.partition(".")[0] for name in others} <= PURE


def test_only_the_commands_bring_scanning_and_serving_together() -> None:
    both = {
        module
        for module in MODULES
        if "web" in {part(name) for name in ours(module)} and part(module) != "web"
    }
    assert both == {"feedsvc.cli.commands"}


@pytest.mark.parametrize(
    "module", ["feedsvc.service.scheduler", "feedsvc.scan.preview", "feedsvc.web.workers"]
)
def test_what_few_starts_need_is_loaded_by_none_beforehand(module: str) -> None:
    told = f"import sys, {module}; print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", told], capture_output=True, text=True, check=True
    )
    assert not {"alembic", "httpx"} & set(result.stdout.split())
