"""The commands `config` and `init`, and how every command tells of a wrong configuration."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
from click.testing import CliRunner, Result

from feedsvc import config as configuration
from feedsvc.cli import starter
from feedsvc.cli.commands import main
from tests.site import CONFIG, PATIENCE, Site


def feedsvc(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `feedsvc ARGUMENTS` in `folder`, with nothing of ours in the environment."""
    ours = {k: v for k, v in os.environ.items() if not k.upper().startswith("FEEDSVC_")}
    return subprocess.run(
        [sys.executable, "-m", "feedsvc", *arguments],
        cwd=folder,
        env=ours | {"FEEDSVC_ARTICLES__SETTLE_SECONDS": "0"},
        capture_output=True,
        text=True,
        timeout=PATIENCE * 2,
        check=False,
    )


@pytest.fixture
def run(site: Site, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs `feedsvc ARGUMENTS` in this process, which keeps its own log and variables."""
    monkeypatch.setattr("logging.config.dictConfig", lambda _: None)
    monkeypatch.setenv("FEEDSVC_CONFIG", str(site.file))
    return lambda *arguments: CliRunner().invoke(main, arguments)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (CONFIG.replace("port = 0", "prot = 0"), "http.prot is not a known key; did you mean port"),
        (CONFIG.replace("port = 0", "port = = 0"), "this is not valid TOML: "),
    ],
    ids=["unknown key", "no TOML"],
)
def test_a_wrong_file_is_told_in_one_sentence_with_status_2(
    site: Site, config: str, said: str
) -> None:
    site.file.write_text(config)
    result = site.command("config")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"feedsvc: {site.file}: {said}")
    assert len(result.stderr.splitlines()) == 1


def test_a_wrong_variable_is_told_in_one_sentence_with_status_2(site: Site) -> None:
    result = site.command("config", variables={"HTTP__PORT": "eighty"})
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("feedsvc: the environment (FEEDSVC_HTTP__PORT): http.port: ")
    assert len(result.stderr.splitlines()) == 1


def test_no_configuration_at_all_is_one_sentence_with_status_2(tmp_path: Path) -> None:
    result = feedsvc(tmp_path, "config")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(
        "feedsvc: config.toml: this configuration file does not exist; "
    )
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["serve", "web", "scheduler", "scan", "config"])
def test_every_command_ends_with_status_2_where_the_configuration_is_wrong(
    site: Site, command: str, run: Callable[..., Result]
) -> None:
    site.file.write_text("")
    result = run(command)
    assert result.exit_code == 2
    assert result.output.startswith(f"feedsvc: {site.file}: site")
    assert "is missing; " in result.output
    assert isinstance(result.exception, SystemExit)


@pytest.mark.parametrize("arguments", [["scna"], ["scan", "--strickt"], ["--confg", "x", "scan"]])
def test_a_wrong_command_or_option_ends_with_status_2(
    arguments: list[str], run: Callable[..., Result]
) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Error: No such " in result.output


def test_config_prints_what_is_in_force_as_toml(site: Site, tmp_path: Path) -> None:
    variables = {"HTTP__PORT": "9000", "SITE__TITLE": 'A "title" \\ é'}
    result = site.command("config", variables=variables)
    assert (result.returncode, result.stderr) == (0, "")
    printed = tomllib.loads(result.stdout)
    assert printed["http"]["port"] == 9000
    assert printed["site"]["title"] == variables["SITE__TITLE"]
    assert printed["site"]["subtitle"] == "A feed for tests"
    again = tmp_path / "printed.toml"
    again.write_text(result.stdout, encoding="utf-8")
    assert printed == configuration.load(again).model_dump(mode="json")
    assert printed | {"http": 0, "site": 0} == (
        site.config().model_dump(mode="json") | {"http": 0, "site": 0}
    )


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:s3cret@db.example/name",
        "postgresql+psycopg://user:s3cret@db.example/name",
        "postgresql://db.example/name?user=user&password=s3cret",
    ],
)
def test_config_hides_the_password_of_the_database(
    url: str, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEEDSVC_STORE__URL", url)
    result = run("config")
    assert result.exit_code == 0
    shown = tomllib.loads(result.output)["store"]["url"]
    assert "db.example/name" in shown
    assert "***" in unquote(shown)
    assert "s3cret" not in result.output


def test_init_makes_a_folder_whose_first_article_a_scan_publishes(tmp_path: Path) -> None:
    made = feedsvc(tmp_path, "init", "new/site")
    assert (made.returncode, made.stderr) == (0, "")
    scanned = feedsvc(tmp_path / "new" / "site", "scan")
    assert scanned.returncode == 0, scanned.stderr
    assert scanned.stdout == "1 new, 0 changed, 0 moved, 0 withdrawn, 0 held, 0 problems\n"


def test_init_gives_every_site_an_id_of_its_own(tmp_path: Path) -> None:
    for name in ("one", "two"):
        starter.create(tmp_path / name)
    ids = {configuration.load(tmp_path / name / "config.toml").site.id for name in ("one", "two")}
    assert len(ids) == 2


def test_init_refuses_to_overwrite_a_configuration_and_changes_nothing(
    tmp_path: Path, run: Callable[..., Result]
) -> None:
    file = tmp_path / "mine" / "config.toml"
    file.parent.mkdir()
    file.write_text("mine")
    result = run("init", str(file.parent))
    assert result.exit_code == 1
    assert result.output == f"feedsvc: {file}: this file already exists; nothing was changed\n"
    assert (file.read_text(), list(file.parent.iterdir())) == ("mine", [file])


def test_init_adds_no_article_to_those_that_are_there(tmp_path: Path) -> None:
    article = tmp_path / "articles" / "mine.txt"
    article.parent.mkdir()
    article.write_text("# Mine\n\nText.\n")
    starter.create(tmp_path)
    assert list(article.parent.iterdir()) == [article]


@pytest.mark.parametrize("folder", ["file", "file/below", "in the way"])
def test_init_where_it_cannot_write_is_one_sentence(
    tmp_path: Path, folder: str, run: Callable[..., Result]
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "in the way").mkdir()
    (tmp_path / "in the way" / "articles").touch()
    result = run("init", str(tmp_path / folder))
    assert result.exit_code in (1, 2)
    assert isinstance(result.exception, SystemExit)
    assert str(tmp_path / folder) in result.output
    assert "config.toml: this file already exists" not in result.output
