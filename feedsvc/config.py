"""config.toml and the environment become one frozen Config; every error names key and place."""

from __future__ import annotations

import difflib
import hashlib
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from feedsvc.errors import ConfigError

PREFIX = "FEEDSVC_"
NESTED = "__"
FILE_VARIABLE = f"{PREFIX}CONFIG"
DAY = 24 * 60 * 60


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or not value.isascii():
        raise ValueError("needs an absolute address such as https://example.org/news")
    if parts.query or parts.fragment or parts.username or any(c.isspace() for c in value):
        raise ValueError("takes an address without user, query, fragment or white space")
    _ = parts.port  # raises ValueError for a port that is no port
    return value.rstrip("/")


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("needs a time zone's name such as Europe/Berlin or UTC") from None
    return value


def _encoding(value: str) -> str:
    try:
        if value:
            b"".decode(value)
    except LookupError:
        raise ValueError("needs the name of a text encoding such as windows-1252") from None
    return value


def _store_address(value: str) -> str:
    try:
        url = make_url(value)
    except ArgumentError:
        raise ValueError("needs a database address such as sqlite:///feedsvc.db") from None
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "postgresql+psycopg"):
        raise ValueError("takes sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")
    if url.drivername == "sqlite" and url.database in (None, "", ":memory:"):
        raise ValueError("needs a file, sqlite:///FILE: several processes share it")
    return url.render_as_string(hide_password=False)


def _plain(value: str) -> str:
    if not value.isprintable():
        raise ValueError("takes printable text on one line")
    return value.strip()


Text = Annotated[str, AfterValidator(_plain)]
Required = Annotated[str, AfterValidator(_plain), Field(min_length=1)]
WebAddress = Annotated[str, AfterValidator(_web_address)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Site(_Table):
    """`[site]`: what every feed says of itself."""

    id: Required
    title: Required
    subtitle: Text = ""
    base_url: WebAddress
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")] = "en"
    author: Text = ""
    rights: Text = ""
    icon: Text = ""


class Articles(_Table):
    """`[articles]`: which files are articles and how they are read."""

    folder: Path
    include: Annotated[tuple[Required, ...], Field(min_length=1)] = ("*.txt", "*.md")
    timezone: Annotated[str, AfterValidator(_time_zone)] = "UTC"
    encoding: Annotated[str, AfterValidator(_encoding)] = ""
    max_bytes: Annotated[int, Field(ge=1, le=1 << 30)] = 1 << 20
    settle_seconds: Annotated[float, Field(ge=0, le=3600)] = 2


class Schedule(_Table):
    """`[schedule]`: how often the folder is looked at."""

    rescan_seconds: Annotated[float, Field(ge=0.1, le=DAY)] = 60


class Publish(_Table):
    """`[publish]`: how many new articles one scan announces."""

    burst: Annotated[int, Field(ge=1)] = 100


class FeedSettings(_Table):
    """`[feed]`: what a subscription document holds."""

    entries: Annotated[int, Field(ge=1, le=10_000)] = 50
    content: Literal["full", "summary"] = "full"


class EntrySettings(_Table):
    """`[entry]`: where an entry's link leads."""

    link: Literal["original", "page"] = "original"


class Http(_Table):
    """`[http]`: where the web server listens and how long answers stay fresh."""

    host: Required = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    workers: Annotated[int, Field(ge=1, le=256)] = 1
    max_age: Annotated[int, Field(ge=0)] = 300
    stale_while_revalidate: Annotated[int, Field(ge=0)] = 60
    stale_if_error: Annotated[int, Field(ge=0)] = DAY
    trusted_hosts: tuple[Required, ...] = ()


class Store(_Table):
    """`[store]`: where the ledger lives."""

    url: Annotated[str, AfterValidator(_store_address)] = "sqlite:///feedsvc.db"


class WebSub(_Table):
    """`[websub]`: the hubs that are told of every new edition."""

    hubs: tuple[WebAddress, ...] = ()


class Config(BaseSettings):
    """Everything that config.toml can say, with the environment laid over it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter=NESTED, extra="forbid", frozen=True
    )

    site: Site
    articles: Articles
    schedule: Schedule = Schedule()
    publish: Publish = Publish()
    feed: FeedSettings = FeedSettings()
    entry: EntrySettings = EntrySettings()
    http: Http = Http()
    store: Store = Store()
    websub: WebSub = WebSub()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment goes before the file, whose tables come in as `init_settings`."""
        return EnvSettingsSource(settings_cls), init_settings

    @property
    def author(self) -> str:
        """Who stands for entries without an author: Atom wants one (RFC 4287 section 4.2.1)."""
        return self.site.author or self.site.title

    def address(self, path: str) -> str:
        """The absolute address of a path that begins with `/`."""
        return self.site.base_url + path

    def reading_digest(self, version: str) -> str:
        """Changes with every setting that can make the same file read differently."""
        return _digest(version, self.site.id, self.articles.model_dump_json())

    def document_digest(self, version: str) -> str:
        """Changes with every setting that can change the bytes of a document."""
        parts = (self.site, self.feed, self.entry, self.websub)
        return _digest(version, str(self.http.max_age), *(part.model_dump_json() for part in parts))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def find_file(named: str | None) -> Path:
    """The configuration file: the one named, else FEEDSVC_CONFIG, else ./config.toml.

    Raises:
        ConfigError: there is no such file.
    """
    path = Path(named or os.environ.get(FILE_VARIABLE) or "config.toml")
    if not path.is_file():
        raise ConfigError(
            f"{path}: there is no such configuration file; "
            "`feedsvc init DIR` makes one, --config or FEEDSVC_CONFIG names another"
        )
    return path.absolute()


def load(path: Path) -> Config:
    """Read the file at `path`, lay the environment over it and check every key.

    Relative paths in the result are resolved against the file's folder.

    Raises:
        ConfigError: one sentence for each thing that is wrong, one a line.
    """
    tables = _read_toml(path)
    _refuse_unknown_variables()
    try:
        config = Config(**tables)
    except ValidationError as error:
        raise ConfigError("\n".join(_sentences(error, path))) from None
    except Exception as error:  # pydantic-settings: a variable that is not the JSON it should be
        raise ConfigError(f"the environment: {error}") from None
    return _anchored(config, path.parent)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: this is not valid TOML: {error}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start} is not UTF-8; save it as UTF-8") from None
    except OSError as error:
        raise ConfigError(f"{path}: it cannot be read: {error.strerror}") from None


def _anchored(config: Config, base: Path) -> Config:
    articles = config.articles.model_copy(
        update={"folder": (base / config.articles.folder.expanduser()).absolute()}
    )
    url = make_url(config.store.url)
    if url.drivername == "sqlite":
        url = url.set(database=str(base / str(url.database)))
    store = config.store.model_copy(update={"url": url.render_as_string(hide_password=False)})
    return config.model_copy(update={"articles": articles, "store": store})


def _refuse_unknown_variables() -> None:
    for variable, value in sorted(os.environ.items()):
        table = variable.removeprefix(PREFIX).split(NESTED)[0].lower()
        if not variable.startswith(PREFIX) or variable == FILE_VARIABLE:
            continue
        if table not in Config.model_fields:
            raise ConfigError(f"the environment: {variable} is unknown{_nearest(table, _tables())}")
        if NESTED not in variable and not value.lstrip().startswith("{"):
            raise ConfigError(
                f"the environment: {variable} names a table; name a key of it, "
                f"as in {variable}{NESTED}{next(iter(_keys(table))).upper()}"
            )


def _tables() -> list[str]:
    return list(Config.model_fields)


def _keys(table: str) -> list[str]:
    annotation = Config.model_fields[table].annotation
    return list(annotation.model_fields) if isinstance(annotation, type(_Table)) else []


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else f"; known are {', '.join(known)}"


def _sentences(error: ValidationError, path: Path) -> list[str]:
    return [
        _sentence([str(part) for part in item["loc"]], item["type"], item["msg"], path)
        for item in error.errors()
    ]


def _sentence(where: list[str], kind: str, message: str, path: Path) -> str:
    variable = PREFIX + NESTED.join(where[:2]).upper()
    place = f"the environment ({variable})" if variable in os.environ else str(path)
    key = ".".join(where)
    if kind == "extra_forbidden":
        known = _tables() if len(where) == 1 else _keys(where[0])
        return f"{place}: {key} is not a known key{_nearest(where[-1], known)}"
    if kind == "missing":
        return f"{place}: {key} is missing; config.toml's comments say what it is for"
    return f"{place}: {key}: {message.removeprefix('Value error, ')}"
