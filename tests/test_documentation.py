"""The documentation names everything that there is, and nothing in it has drifted from the code."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from typing import get_args, get_origin

import click
import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

import feedsvc
from feedsvc.cli import commands, starter
from feedsvc.config import Config, load
from feedsvc.errors import ConfigError
from feedsvc.feeds import opml, registry, sitemap
from feedsvc.ledger.schema import metadata
from feedsvc.model import Article, Original, Person
from feedsvc.model.problem_codes import PROBLEM_CODES
from feedsvc.reading.formats import news
from feedsvc.reading.source import Source
from feedsvc.web.app import create_app
from feedsvc.web.routes import CHANGES, OPENAPI

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "feedsvc"
DOCS = ROOT / "docs"
PAGES = (*sorted(ROOT.glob("*.md")), *sorted(DOCS.glob("*.md")))

SMALLEST_CONFIG = """
site.id = "test"
site.title = "Test"
site.base_url = "https://example.org"
articles.folder = "articles"
"""

_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_CALL = re.compile(r"^`?(?:\w+: )?feedsvc (?:--config \S+ )?([a-z]+)\b", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_RAISED = re.compile(
    r'(?:[Rr]efusal|(?:self|fields)\.error|ReadError|RootUnreadable|Problem|unknown|_?remark)\(\s*(?:[\w.()]+,\s*)?"([a-z][a-z0-9-]*)"'
    r'|\btext\("(bad-[a-z]+)"'
    r'|(?:SAME_ORIGINAL|MISSING) = "([a-z-]+)"'
)
# Written so that this file itself does not match.
_OF_ONE_MACHINE = (
    r"pypi[.]org|pythonhosted[.]|https?://\S*/simple\b|(?:index|extra-index)[-]url|find[-]links",
    r"(?<![\w./-])/(?:work|root)/|/opt/(?:pypi|wheels)|(?<!\w)/tmp/[v]/",
)


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def rows(text: str) -> Iterator[list[str]]:
    """The cells of every row of every table, without the code marks around a cell."""
    for line in text.splitlines():
        if line.startswith("| "):
            yield [cell.strip().strip("`") for cell in line.strip("| ").split(" | ")]


def section(text: str, title: str) -> str:
    """What stands under a heading of the second level."""
    return text.split(f"\n## {title}\n")[1].split("\n## ", maxsplit=1)[0]


def array(table: str) -> bool:
    """Whether there may be many of this table."""
    return get_origin(Config.model_fields[table].annotation) is tuple


def keys() -> dict[str, FieldInfo]:
    found = {}
    for table, field in Config.model_fields.items():
        model = get_args(field.annotation)[0] if array(table) else field.annotation
        assert isinstance(model, type)
        assert issubclass(model, BaseModel)
        for key, inner in model.model_fields.items():
            found[f"{table}.{inner.alias or key}"] = inner
    return found


def jsonable(value: object) -> object:
    """A default as it is documented: of a table of keys, none of which is given."""
    return {} if isinstance(value, BaseModel) else value


def options() -> Iterator[tuple[str, click.Parameter | None]]:
    """Every command's name with each of its options and arguments, those of all commands first."""
    assert isinstance(commands.main, click.Group)
    yield from (("", parameter) for parameter in commands.main.params)
    for name, command in commands.main.commands.items():
        yield name, None
        yield from ((name, parameter) for parameter in command.params)


def test_every_command_is_in_the_readme() -> None:
    listed = {row[0] for row in rows(read("README.md"))}
    for name, parameter in options():
        if parameter is None:
            assert any(f"{cell} ".startswith(f"feedsvc {name} ") for cell in listed), name


def test_every_option_and_argument_is_in_the_readme() -> None:
    text = read("README.md")
    for name, parameter in options():
        if isinstance(parameter, click.Argument):
            assert f"feedsvc {name} {parameter.metavar}" in text
        elif isinstance(parameter, click.Option) and not parameter.hidden:
            assert f"`{max(parameter.opts, key=len)}" in text.replace("`feedsvc --", "`--"), (
                f"{name} {parameter.opts}"
            )


def test_the_documentation_names_no_command_that_is_not_there() -> None:
    names = {name for name, _ in options()}
    for page in PAGES:
        for code in _CODE.findall(page.read_text(encoding="utf-8")):
            assert set(_CALL.findall(code)) <= names, page.name


def test_every_key_is_documented_with_its_default() -> None:
    documented = {row[0]: row[2] for row in rows(read("docs/configuration.md")) if len(row) == 4}
    documented.pop("Key")
    expected = {
        key: "required"
        if field.default is PydanticUndefined
        else json.dumps(jsonable(field.default), ensure_ascii=False)
        for key, field in keys().items()
    }
    assert documented == expected


@pytest.mark.parametrize("table", Config.model_fields)
def test_every_section_has_a_heading(table: str) -> None:
    heading = f"[[{table}]]" if array(table) else f"[{table}]"
    assert f"\n## `{heading}`: " in read("docs/configuration.md")


def mistakes() -> list[list[str]]:
    return list(rows(section(read("docs/configuration.md"), "Error messages")))[1:]


@pytest.mark.parametrize(("written", "said"), mistakes(), ids=lambda cell: cell[:40])
def test_a_documented_mistake_is_answered_as_documented(
    written: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config.toml"
    line = "" if written.startswith("FEEDSVC_") else written
    if not line:
        monkeypatch.setenv(*written.split("=", 1))
    file.write_text(f"{SMALLEST_CONFIG}\n{line}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as told:
        load(file)
    assert str(told.value).replace(str(file), file.name) == said


def test_the_documented_environment_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = section(read("docs/configuration.md"), "The environment")
    lines = re.findall(r"^FEEDSVC_.*$", text, re.MULTILINE)
    assert lines
    for line in lines:
        name, _, value = shlex.split(line)[0].partition("=")
        monkeypatch.setenv(name, value)
    file = tmp_path / "config.toml"
    file.write_text(SMALLEST_CONFIG, encoding="utf-8")
    config = load(file)
    assert config.http.port == 8001
    assert config.http.trusted_hosts == ("feeds.example.org",)


def test_every_route_is_in_the_readme(config: Config) -> None:
    app = create_app(config)
    listed = {row[0] for row in rows(read("README.md"))}
    assert {rule.rule for rule in app.url_map.iter_rules()} <= listed


def test_every_document_address_is_in_the_readme(config: Config) -> None:
    listed = {row[0] for row in rows(read("README.md"))}
    assert {"/", "/articles/ID", f"{CHANGES}?after=N"} <= listed
    assert {opml.OPML, sitemap.SITEMAP, sitemap.ROBOTS, OPENAPI} <= listed
    for feed in registry.chief_feeds(config):
        for form in registry.Format:
            assert registry.path(feed, form) in listed


def test_exactly_the_problem_codes_that_are_raised_are_documented() -> None:
    raised = {
        found[found.lastindex or 1]
        for file in PACKAGE.rglob("*.py")
        for found in _RAISED.finditer(file.read_text(encoding="utf-8"))
    }
    assert list(PROBLEM_CODES) == sorted(raised)


def test_the_documented_problem_codes_are_those_of_the_registry() -> None:
    lines = section(read("docs/operating.md"), "Problems").splitlines()
    table = [line.strip("| ").split(" | ") for line in lines if line.startswith("| `")]
    assert table == [
        [f"`{code}`", explanation.meaning, explanation.remedy]
        for code, explanation in PROBLEM_CODES.items()
    ]


def test_every_table_of_the_ledger_is_documented() -> None:
    documented = [
        row[0] for row in rows(section(read("docs/operating.md"), "What is in the ledger"))
    ]
    assert set(documented[1:]) == set(metadata.tables)


def test_the_article_in_the_readme_is_read_as_the_readme_says() -> None:
    (shown,) = re.findall(r"```\n(# Title\n.*?)```", read("README.md"), re.DOTALL)
    article = news.read(Source("a.txt", shown.replace("(URL)", "(https://example.org/)")))
    assert article == Article(
        path="a.txt",
        title="Title",
        content="<p>The first paragraph, however long it is, on one line.</p>\n"
        "<p>The second paragraph.</p>",
        summary="The first paragraph, however long it is, on one line.",
        published=datetime(2026, 1, 31, 8, tzinfo=UTC),
        authors=(Person("NAME"),),
        original=Original("SOURCE", "https://example.org/"),
    )


def test_the_sample_configuration_is_what_the_starter_writes() -> None:
    assert read("config.toml") == starter.starting_config(
        "feedsvc-sample",
        title="The feedsvc Sample",
        subtitle="Short articles about feeds, published by feedsvc itself",
        author="feedsvc desk",
        folder="seeds",
    )


def tree() -> set[str]:
    """The paths in the tree of architecture.md; a folder's line stands for its `__init__.py`."""
    block = section(read("docs/architecture.md"), "The tree").split("```")[1]
    found = set()
    above: list[str] = []
    for line in block.strip().splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        name = line.split()[0]
        above = [*above[:depth], name]
        found.add("".join(above) + ("__init__.py" if name.endswith("/") else ""))
    return found


def test_every_module_is_in_the_tree_of_the_architecture() -> None:
    there = {str(path.relative_to(ROOT)) for path in PACKAGE.rglob("*.py")}
    assert there <= tree()


def test_everything_in_the_tree_of_the_architecture_is_there() -> None:
    for path in tree():
        assert (ROOT / path.removesuffix("__init__.py")).exists(), path


def named_in_code() -> list[str]:
    """Every `module.name` and `Class.name` that architecture.md speaks of."""
    names = re.findall(r"`([A-Za-z]\w*(?:\.\w+)+)`", read("docs/architecture.md"))
    files = {Path(path).name for path in tree()} | {path.name for path in ROOT.iterdir()}
    return sorted({name for name in names if name not in files and name not in keys()})


@pytest.mark.parametrize("name", named_in_code())
def test_every_name_in_the_architecture_is_in_the_code(name: str) -> None:
    ours = [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(feedsvc.__path__, "feedsvc.")
        # these run when they are imported, or change the process that does so
        if not found.name.endswith((".env", ".__main__", ".preload"))
    ]
    first, *rest = name.split(".")
    meant = [module for module in ours if module.__name__.endswith(f".{first}")]
    meant += [getattr(module, first) for module in ours if hasattr(module, first)]
    assert any(_has(thing, rest) for thing in meant)


def _has(thing: object, names: list[str]) -> bool:
    missing = object()
    return reduce(lambda one, name: getattr(one, name, missing), names, thing) is not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    text = _CODE.sub("", page.read_text(encoding="utf-8"))
    for target in _LINK.findall(text):
        if not re.match(r"https?://", target):
            assert (page.parent / target.split("#")[0]).is_file(), target


def tracked() -> list[Path]:
    git = shutil.which("git")
    if not git or not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout")
    # whoever owns the checkout: it is only listed
    listing = [git, "-c", "safe.directory=*", "ls-files", "-z"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / os.fsdecode(name) for name in names.split(b"\0") if name]


@pytest.mark.parametrize("pattern", _OF_ONE_MACHINE, ids=["registry", "path"])
def test_no_tracked_file_names_a_registry_or_a_path_of_one_machine(pattern: str) -> None:
    for file in tracked():
        try:
            text = file.read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue  # no text, or removed and not committed yet
        found = re.search(pattern, text)
        assert found is None, f"{file.relative_to(ROOT)}: {found and found[0]}"
