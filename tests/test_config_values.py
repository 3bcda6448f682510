"""Every key of the configuration with values of every kind: taken, or told in one sentence."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_origin

import pytest
import tomli_w
from click.testing import CliRunner
from pydantic import BaseModel

from feedsvc.cli.commands import main
from feedsvc.config import Config, load
from feedsvc.errors import ConfigError
from tests.site import CONFIG, Site

COMMANDS = ["config", "scan", "check", "plan", "status", "serve", "web", "scheduler"]
VALUES = [
    *("true", "-1", "0", "3.7", "1e400", "nan", "99999999999999999999", "2026-01-01"),
    *('""', '" "', '"x"', '"\\u0000"', '"["', '"a b"', '"http://["', '"ä"'),
    *('"[z-a].txt"', '"!a"', '"# a"', '"' + "a" * 300 + '"', '"sqlite:///a\\u0000b"'),
    *('["[z-a].txt"]', '["!a/"]', '["# a"]', "86400"),
    *("[]", '[""]', "[1]", '["x"]', '["["]', '["!"]', "[[]]", "{}", "{ a = 1 }", "[{}]"),
]
# What pydantic, tomllib and the like say when nobody has put it into words.
MACHINE = ("Input should", "should have", "valid ", "Invalid", "unable to", "Traceback", "None")
LEAST = tomllib.loads(CONFIG)


def keys(model: type[BaseModel], *above: str) -> Iterator[tuple[str, ...]]:
    """The path of every key below a table, itself included."""
    for name, field in model.model_fields.items():
        path = (*above, field.alias or name)
        yield path
        inner = field.annotation
        if get_origin(inner) is tuple:
            inner = get_args(inner)[0]
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from keys(inner, *path)


def with_value(path: tuple[str, ...], value: object) -> dict[str, object]:
    """The least configuration with a value at a path; arrays of tables get a table with it."""
    tables: dict[str, object] = {name: dict(table) for name, table in LEAST.items()}
    if path == path[:1]:
        tables[path[0]] = value
    elif path[0] in ("feeds", "redirects"):
        whole = {"feeds": {"name": "x", "title": "X"}, "redirects": {"from": "/a", "to": "/b"}}
        table: dict[str, object] = dict(whole[path[0]])
        table[path[1]] = value if len(path) == len(("feeds", "not")) else {path[2]: value}
        tables[path[0]] = [table]
    else:
        tables[path[0]] = {**dict(LEAST.get(path[0], {})), path[1]: value}
    return tables


KEYS = list(keys(Config))


def test_the_keys_are_all_there() -> None:
    assert {("http", "port"), ("feeds", "not", "match"), ("redirects", "from")} <= set(KEYS)
    assert len(KEYS) > 60


@pytest.mark.parametrize("path", KEYS, ids=".".join)
def test_a_value_is_taken_or_told_in_one_sentence_that_names_the_key(
    site: Site, path: tuple[str, ...]
) -> None:
    for text in VALUES:
        value = tomllib.loads(f"value = {text}")["value"]
        site.file.write_text(tomli_w.dumps(with_value(path, value)))
        sentences = refusals(site.file)
        assert all(one.startswith(path[0]) for one in sentences), (text, sentences)
        assert not [one for one in sentences if any(word in one for word in MACHINE)], text


def refusals(file: Path) -> list[str]:
    """What is said of a configuration, a sentence for each thing that is wrong."""
    try:
        load(file)
    except ConfigError as error:
        sentences = str(error).splitlines()
    else:
        return []
    assert all(one.startswith(f"{file}: ") for one in sentences), sentences
    return [one.removeprefix(f"{file}: ") for one in sentences]


WRONG = [
    ("http.port", '[http]\nport = "abc"\n'),
    ("site.title", '[site]\nid = "t"\ntitle = " "\nbase_url = "http://x.example"\n'),
    ("articles.include", '[articles]\nfolder = "."\ninclude = ["["]\n'),
    ("store.url", '[store]\nurl = "sqlite://host/x.db"\n'),
    ("feeds.name", '[[feeds]]\nname = "A b"\ntitle = "A"\n'),
]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("key", "text"), WRONG)
def test_every_command_tells_it_with_status_2(
    site: Site, monkeypatch: pytest.MonkeyPatch, command: str, key: str, text: str
) -> None:
    monkeypatch.setattr("logging.config.dictConfig", lambda _: None)
    given = tomllib.loads(CONFIG) | tomllib.loads(text)
    site.file.write_text(tomli_w.dumps(given))
    result = CliRunner().invoke(main, ["--config", str(site.file), command])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"feedsvc: {site.file}: {key}")
    assert len(result.stderr.splitlines()) == 1


def test_what_config_prints_is_a_configuration(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("logging.config.dictConfig", lambda _: None)
    more = """
[[feeds]]
name = "news"
title = "News"
section = "news"
since = 2026-01-02
[feeds.not]
tag = ["a", "b"]
[[feeds]]
name = "rest"
title = "Rest"
[[redirects]]
from = "/old feed"
to = "https://elsewhere.example/"
""".replace("/old feed", "/old%20feed")
    site.file.write_text(CONFIG + more)
    result = CliRunner().invoke(main, ["--config", str(site.file), "config"])
    assert result.exit_code == 0, result.output
    again = Path(site.base / "again.toml")
    again.write_text(result.stdout)
    assert load(again) == load(site.file)


def test_a_byte_order_mark_is_ignored(site: Site) -> None:
    site.file.write_bytes(b"\xef\xbb\xbf" + CONFIG.encode())
    assert load(site.file).site.id == "test"
