"""config.toml and the environment: what is taken from where, and a sentence for each mistake."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from feedsvc.config import Config, find_file, load
from feedsvc.errors import ConfigError
from feedsvc.ledger.store import Store

LEAST = """\
[site]
id = "test"
title = "Test"
base_url = "http://feeds.example"
[articles]
folder = "articles"
"""


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [name for name in os.environ if name.upper().startswith("FEEDSVC_")]:
        monkeypatch.delenv(variable)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def loaded(file: Path, text: str = LEAST) -> Config:
    file.write_text(text, encoding="utf-8")
    return load(file)


def refused(file: Path, text: str = LEAST) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(file, text)
    return str(caught.value)


def with_key(key: str, value: str) -> str:
    """The least configuration with `key` of a table set, or set otherwise."""
    table, _, name = key.partition(".")
    lines = [line for line in LEAST.splitlines() if not line.startswith(f"{name} =")]
    if f"[{table}]" not in lines:
        lines.append(f"[{table}]")
    lines.insert(lines.index(f"[{table}]") + 1, f"{name} = {value}")
    return "\n".join(lines)


def test_a_key_that_is_not_there_has_its_default(file: Path) -> None:
    config = loaded(file)
    assert (config.feed.entries, config.feed.content, config.entry.link) == (50, "full", "original")
    assert (config.publish.burst, config.articles.max_bytes) == (100, 1024 * 1024)
    assert config.author == "Test"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        # not of the type
        ("site.title", "3", "text in quotation marks"),
        ("http.port", '"eighty"', "whole number"),
        ("http.port", "true", ""),
        ("schedule.rescan_seconds", "true", ""),
        ("articles.include", '"*.txt"', "array"),
        ("websub.hubs", '"http://hub.example"', "array"),
        ("http", "8000", "table"),
        # not in range
        ("http.port", "65536", "65535"),
        ("http.port", "-1", "0"),
        ("articles.max_bytes", "0", "1"),
        ("articles.settle_seconds", "-0.1", "0"),
        ("schedule.rescan_seconds", "0", "0.1"),
        ("schedule.rescan_seconds", "nan", ""),
        ("feed.content", '"ful"', "'full' or 'summary'"),
        ("entry.link", '"both"', "'original' or 'page'"),
        ("articles.folder", '""', "needs the path of a folder"),
        ("articles.folder", '"~nobody-of-that-name/x"', "home"),
        ("articles.folder", '"a\\u0000b"', "needs the path of a folder"),
        ("store.url", '"sqlite:///c.db?timeout=abc"', "options"),
        ("site.base_url", '"http://feeds.example/?"', "without user, query"),
        ("site.base_url", '"http://feeds.example/#"', "without user, query"),
        ("articles.include", "[]", "one item"),
        # not what it should be
        ("site.title", '"  "', ""),
        ("site.title", '"two\\nlines"', "one line"),
        ("site.rights", '"a\\u0000b"', "printable"),
        ("site.language", '"en us"', ""),
        ("site.base_url", '"feeds.example"', "https://example.org/news"),
        ("site.base_url", '"ftp://feeds.example"', "https://example.org/news"),
        ("site.base_url", '"http://"', "https://example.org/news"),
        ("site.base_url", '"http://bücher.example"', "https://example.org/news"),
        ("site.base_url", '"http://[::1"', ""),
        ("site.base_url", '"http://feeds.example:99999"', ""),
        ("site.base_url", '"http://me@feeds.example"', "without user"),
        ("site.base_url", '"http://feeds.example/?a=b"', "query"),
        ("site.base_url", '"http://feeds.example/a b"', ""),
        ("site.base_url", '"http://feeds.example/\\u0007"', ""),
        ("site.base_url", '"\\u0001http://feeds.example"', ""),
        ("site.base_url", '"http://feeds.example/<a>"', ""),
        ("site.icon", '"http://["', ""),
        ("websub.hubs", '["hub.example"]', "https://example.org/news"),
        ("articles.timezone", '"Mars/Base"', "Europe/Berlin"),
        ("articles.timezone", '"America"', "Europe/Berlin"),
        ("articles.timezone", '"../../etc/passwd"', "Europe/Berlin"),
        ("articles.encoding", '"klingon"', "windows-1252"),
        ("articles.encoding", '"hex"', "windows-1252"),
        ("articles.encoding", '"idna"', "windows-1252"),
        ("articles.include", '["!"]', ""),
        ("store.url", '"ledger.db"', "sqlite:///"),
        ("store.url", '"mysql://host/name"', "postgresql://"),
        ("store.url", '"sqlite:///:memory:"', "a file"),
        ("store.url", '"postgresql://host:port/name"', ""),
    ],
)
def test_a_wrong_value_is_told_in_one_sentence_with_file_and_key(
    file: Path, key: str, value: str, said: str
) -> None:
    text = with_key(key, value) if "." in key else f"{key} = {value}\n{LEAST}"
    sentence = refused(file, text)
    assert sentence.startswith(f"{file}: {key}")
    assert said in sentence.removeprefix(str(file))
    assert len(sentence.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "key", "near"),
    [
        (with_key("http.prot", "80"), "http.prot", "did you mean port?"),
        (with_key("articles.time_zone", '"UTC"'), "articles.time_zone", "did you mean timezone?"),
        (with_key("sites.x", '"x"'), "sites", "did you mean site?"),
        (f"htpp = 80\n{LEAST}", "htpp", "did you mean http?"),
        (with_key("site.x", "{ a = 1 }"), "site.x", "known are id, title, "),
        (f"wat = 1\n{LEAST}", "wat", "known are site, articles, "),
        (f"_env_file = 'x'\n{LEAST}", "_env_file", ""),
    ],
)
def test_an_unknown_key_is_told_with_the_nearest_right_one(
    file: Path, text: str, key: str, near: str
) -> None:
    sentence = refused(file, text)
    assert sentence.startswith(f"{file}: {key} is not a known key")
    assert near in sentence
    assert len(sentence.splitlines()) == 1


@pytest.mark.parametrize("key", ["site.id", "site.title", "site.base_url", "articles.folder"])
def test_a_missing_key_is_told(file: Path, key: str) -> None:
    name = key.partition(".")[2]
    kept = [line for line in LEAST.splitlines() if not line.startswith(f"{name} =")]
    sentence = refused(file, "\n".join(kept))
    assert sentence.startswith(f"{file}: {key}")
    assert "is missing; " in sentence
    assert len(sentence.splitlines()) == 1


def test_each_of_several_mistakes_has_its_own_line(file: Path) -> None:
    told = refused(file, with_key("http.port", "-1") + "\nprot = 1\n[feed]\nentries = 0\n")
    keys = [line.removeprefix(f"{file}: ").split(" ")[0].rstrip(":") for line in told.splitlines()]
    assert sorted(keys) == ["feed.entries", "http.port", "http.prot"]


@pytest.mark.parametrize("text", [f"{LEAST}port = = 1", f"{LEAST}[site]", "[site", 'a = "b'])
def test_what_is_not_toml_is_told_with_its_place(file: Path, text: str) -> None:
    sentence = refused(file, text)
    assert sentence.startswith(f"{file}: this is not valid TOML: ")
    assert len(sentence.splitlines()) == 1


def test_what_is_not_utf8_is_told_with_its_byte(file: Path) -> None:
    file.write_bytes(b'[site]\ntitle = "Caf\xe9"\n')
    with pytest.raises(ConfigError, match=r"config\.toml: byte 19 is not UTF-8; "):
        load(file)


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="this is a folder; name the configuration file in it"):
        find_file(str(tmp_path))


@pytest.mark.parametrize("name", [None, "missing.toml"])
def test_a_configuration_that_is_not_there_is_told_with_how_to_make_one(
    tmp_path: Path, name: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"feedsvc init DIR.*FEEDSVC_CONFIG"):
        find_file(name)


def test_the_file_named_by_option_goes_before_the_variable_and_that_before_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("config.toml", "variable.toml", "option.toml"):
        Path(name).write_text(LEAST)
    assert find_file(None) == tmp_path / "config.toml"
    monkeypatch.setenv("FEEDSVC_CONFIG", "variable.toml")
    assert find_file(None) == tmp_path / "variable.toml"
    assert find_file("option.toml") == tmp_path / "option.toml"


def test_the_environment_goes_before_the_file_key_by_key(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEEDSVC_HTTP__PORT", "9000")
    monkeypatch.setenv("FEEDSVC_SITE__TITLE", "From outside")
    monkeypatch.setenv("FEEDSVC_ARTICLES__INCLUDE", '["*.md", "!drafts/"]')
    monkeypatch.setenv("FEEDSVC_WEBSUB__HUBS", '["https://hub.example/hub/"]')
    config = loaded(file, with_key("http.port", "1") + '\nhost = "::1"\n')
    assert (config.http.port, config.http.host) == (9000, "::1")
    assert (config.site.title, config.site.id) == ("From outside", "test")
    assert config.articles.include == ("*.md", "!drafts/")
    assert config.websub.hubs == ("https://hub.example/hub/",)  # as written, its slash too


def test_the_environment_may_hold_everything(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in (("ID", "x"), ("TITLE", "X"), ("BASE_URL", "https://x.example/news/")):
        monkeypatch.setenv(f"FEEDSVC_SITE__{key}", value)
    monkeypatch.setenv("FEEDSVC_ARTICLES__FOLDER", "/srv/articles")
    config = loaded(file, "")
    assert config.address("/feed.atom") == "https://x.example/news/feed.atom"
    assert config.articles.folder == Path("/srv/articles")


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("FEEDSVC_HTTP__PORT", "eighty", "http.port: "),
        ("FEEDSVC_HTTP__PORT", "65536", "http.port: "),
        ("FEEDSVC_HTTP__PORT", "", "http.port: "),
        ("FEEDSVC_HTTP__PORT__X", "1", ""),
        ("FEEDSVC_HTTP__PROT", "80", "did you mean port?"),
        ("FEEDSVC_HTPP__PORT", "80", "did you mean http?"),
        ("FEEDSVC_PORT", "80", "is unknown"),
        ("FEEDSVC_HTTP", "80", "FEEDSVC_HTTP__KEY"),
        ("FEEDSVC_HTTP", '{"port"', ""),
        ("FEEDSVC_SITE__TITLE", "", "site.title: "),
        ("FEEDSVC_SITE__BASE_URL", "feeds.example", "site.base_url: "),
        ("FEEDSVC_ARTICLES__TIMEZONE", "Mars/Base", "articles.timezone: "),
        ("FEEDSVC_ARTICLES__INCLUDE", "*.txt", ""),
        ("FEEDSVC_HTTP__TRUSTED_HOSTS", "feeds.example", ""),
        ("FEEDSVC_WEBSUB__HUBS", '["hub.example"]', "websub.hubs"),
        ("FEEDSVC_STORE__URL", "mysql://host/name", "store.url: "),
    ],
)
def test_a_wrong_variable_is_told_in_one_sentence_with_its_name(
    file: Path, variable: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    sentence = refused(file)
    assert sentence.startswith("the environment")
    assert variable in sentence
    assert said in sentence
    assert len(sentence.splitlines()) == 1


@pytest.mark.parametrize("folder", ["plain", "with space & ümlaut", "100%25", "what?"])
def test_paths_are_relative_to_the_file_wherever_the_program_is_started(
    tmp_path: Path, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = tmp_path / folder
    base.mkdir()
    (base / "config.toml").write_text(with_key("store.url", '"sqlite:///data/ledger.db"'))
    monkeypatch.chdir("/")
    config = load(base / "config.toml")
    assert config.articles.folder == base / "articles"
    assert database(config) == base / "data/ledger.db"


def database(config: Config) -> Path:
    """The file that SQLite opens."""
    store = Store(config.store.url)
    try:
        return Path(str(store.engine.url.database))
    finally:
        store.close()


@pytest.mark.parametrize("icon", ["", "/icon.png", "icon.png?v=2", "https://cdn.example/i.png"])
def test_an_icon_is_an_address_or_a_path(file: Path, icon: str) -> None:
    assert loaded(file, with_key("site.icon", f'"{icon}"')).site.icon == icon


def test_paths_from_the_environment_are_relative_to_the_file_too(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEEDSVC_ARTICLES__FOLDER", "elsewhere")
    monkeypatch.setenv("FEEDSVC_STORE__URL", "sqlite:///elsewhere.db")
    config = loaded(file)
    assert config.articles.folder == file.parent / "elsewhere"
    assert database(config) == file.parent / "elsewhere.db"


def test_absolute_paths_stay_and_a_tilde_is_the_home_folder(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/desk")
    assert loaded(file, with_key("articles.folder", '"~/a"')).articles.folder == Path(
        "/home/desk/a"
    )
    assert loaded(file, with_key("articles.folder", '"/srv/a"')).articles.folder == Path("/srv/a")
    config = loaded(file, with_key("store.url", '"sqlite:////srv/ledger.db"'))
    assert database(config) == Path("/srv/ledger.db")


@pytest.mark.parametrize(
    ("moves", "start"),
    [
        ([("/a", "/a")], "/a"),
        ([("/", "https://feeds.example")], "/"),
        ([("/feeds/", "/feeds")], "/feeds/"),
        ([("/sections/news/", "/sections/news")], "/sections/news/"),
        ([("/x", "/a/../x")], "/x"),
        ([("/x", "https://feeds.example/./x")], "/x"),
        ([("/a", "/b"), ("/b", "/a")], "/a"),
        ([("/x", "/a"), ("/a%20b", "/a"), ("/a", "/a%20b")], "/a"),
        ([("/a", "https://FEEDS.example/a")], "/a"),
        ([("/a", "http://feeds.example:80/b"), ("/b", "https://feeds.example:443/a")], "/a"),
    ],
)
def test_redirects_that_lead_in_a_circle_are_refused(
    file: Path, moves: list[tuple[str, str]], start: str
) -> None:
    tables = "".join(f'[[redirects]]\nfrom = "{old}"\nto = "{to}"\n' for old, to in moves)
    assert refused(file, LEAST + tables).endswith(
        f"redirects: the redirect from {start} leads back to it"
    )


@pytest.mark.parametrize(
    "text",
    ["http.port = " + "1" * 5000, "x = " + "[" * 3000, '"a\\nb" = 1', '"" = 1'],
)  # fmt: skip
def test_what_no_reader_of_toml_expects_is_one_sentence(file: Path, text: str) -> None:
    assert len(refused(file, text).splitlines()) == 1


def test_an_inclusion_that_takes_nothing_is_refused(file: Path) -> None:
    told = refused(file, with_key("articles.include", '["!drafts/", "# all"]'))
    assert "articles.include: needs a pattern without !" in told


@pytest.mark.parametrize("name", ["feedsvc_http", "Feedsvc_Http__Port", "FEEDSVC_http__port"])
def test_a_variable_in_small_letters_is_named(
    file: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "1")
    assert f"the environment: {name}" in refused(file, LEAST)


@pytest.mark.parametrize("email", ["me", "a@b", "ä@example.org", "me@müller.example", "a b@c.de"])
def test_an_email_address_is_one_that_the_feed_validator_knows(file: Path, email: str) -> None:
    told = refused(file, LEAST + f'[podcast]\nemail = "{email}"\n')
    assert told.endswith("podcast.email: needs an e-mail address such as desk@example.org")


@pytest.mark.parametrize("name", ["", "A b", "../x", "-", "a" * 65, "a\\n", "ä"])
def test_a_feed_has_a_name_that_an_address_can_hold(file: Path, name: str) -> None:
    told = refused(file, LEAST + f'[[feeds]]\nname = "{name}"\ntitle = "T"\n')
    assert told.endswith(
        "feeds.name, item 1: needs up to 64 lowercase letters, digits, - and _, such as rust-news"
    )
