"""The tables of config.toml: every key with its type, its limits and its default."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

import pathspec
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from feedsvc.addresses import is_web_address

PREFIX = "FEEDSVC_"
NESTED = "__"
DAY = 24 * 60 * 60


def _web_address(value: str) -> str:
    if not value.isascii() or not is_web_address(value):
        raise ValueError(
            "needs an absolute address such as https://example.org/news, "
            "without white space and with no port above 65535"
        )
    parts = urlsplit(value)
    if "?" in value or "#" in value or parts.username is not None:
        raise ValueError("takes an address without user, query or fragment")
    return value


def _base(value: str) -> str:
    return _web_address(value).rstrip("/")


def _icon(value: str) -> str:
    try:
        if not value or is_web_address(urljoin("http://site.invalid/", value)):
            return value
    except ValueError:
        pass
    raise ValueError("needs an address, or a path such as /icon.png")


def _patterns(value: tuple[str, ...]) -> tuple[str, ...]:
    try:
        pathspec.PathSpec.from_lines("gitignore", value)
    except ValueError as error:
        raise ValueError(f"needs patterns as in .gitignore ({error})") from None
    return value


def _folder(value: Path) -> Path:
    try:
        expanded = value.expanduser()
    except RuntimeError:
        raise ValueError("names the home of a user who is not known") from None
    if not str(value).isprintable() or value == Path():
        raise ValueError("needs the path of a folder")
    return expanded


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("needs a number")
    return value


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("needs a time zone's name such as Europe/Berlin or UTC") from None
    return value


def _encoding(value: str) -> str:
    try:
        bytes(range(256)).decode(value or "utf-8", errors="replace")
    except (LookupError, UnicodeError):
        raise ValueError("needs the name of a text encoding such as windows-1252") from None
    return value


def _email(value: str) -> str:
    if value and not re.fullmatch(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+", value):
        raise ValueError("needs an e-mail address such as desk@example.org")
    return value


def _names(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _path(value: str) -> str:
    if not value.startswith("/") or not value.isprintable() or set(value) & set(" ?#"):
        raise ValueError("needs a path such as /old/feed.xml, without white space, ? and #")
    return value


def _path_or_address(value: str) -> str:
    return _path(value) if value.startswith("/") else _web_address(value)


def _each_named_once(tables: tuple[FeedTable, ...]) -> tuple[FeedTable, ...]:
    _once([table.name for table in tables], "two feeds have the name")
    return tables


def _each_from_once(tables: tuple[Redirect, ...]) -> tuple[Redirect, ...]:
    _once([table.old for table in tables], "two redirects start from")
    return tables


def _once(values: list[str], what: str) -> None:
    for number, value in enumerate(values):
        if value in values[:number]:
            raise ValueError(f"{what} {value}")


def _store_address(value: str) -> str:
    try:
        url = make_url(value)
    except ArgumentError:
        raise ValueError("needs a database address such as sqlite:///feedsvc.db") from None
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "postgresql+psycopg"):
        raise ValueError("takes sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")
    if url.drivername == "sqlite" and url.query:
        raise ValueError("takes no options behind a ?")
    if url.drivername == "sqlite" and url.database in (None, "", ":memory:"):
        raise ValueError("needs a file, sqlite:///FILE: several processes share it")
    return url.render_as_string(hide_password=False)


def _plain(value: str) -> str:
    if not value.isprintable():
        raise ValueError("takes printable text on one line")
    return value.strip()


Text = Annotated[str, AfterValidator(_plain)]
Required = Annotated[str, AfterValidator(_plain), Field(min_length=1)]
Patterns = Annotated[tuple[Required, ...], Field(min_length=1), AfterValidator(_patterns)]
Count = Annotated[int, BeforeValidator(_number)]
Seconds = Annotated[float, BeforeValidator(_number)]
WebAddress = Annotated[str, AfterValidator(_web_address)]


Names = Annotated[tuple[Required, ...], BeforeValidator(_names)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Site(_Table):
    """`[site]`: what every feed says of itself."""

    id: Required
    title: Required
    subtitle: Text = ""
    base_url: Annotated[str, AfterValidator(_base)]
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")] = "en"
    author: Text = ""
    rights: Text = ""
    icon: Annotated[str, AfterValidator(_icon)] = ""


class Articles(_Table):
    """`[articles]`: which files are articles and how they are read."""

    folder: Annotated[Path, AfterValidator(_folder)]
    include: Patterns = ("*.md", "*.markdown", "*.txt", "*.html", "*.htm")
    timezone: Annotated[str, AfterValidator(_time_zone)] = "UTC"
    encoding: Annotated[str, AfterValidator(_encoding)] = ""
    max_bytes: Annotated[Count, Field(ge=1, le=1 << 30)] = 1 << 20
    settle_seconds: Annotated[Seconds, Field(ge=0, le=3600)] = 2
    watch: bool = True


class Schedule(_Table):
    """`[schedule]`: how often the folder is looked at."""

    rescan_seconds: Annotated[Seconds, Field(ge=0.1, le=DAY)] = 60


class Publish(_Table):
    """`[publish]`: how many new articles one scan announces."""

    burst: Annotated[Count, Field(ge=1)] = 100


class FeedSettings(_Table):
    """`[feed]`: what a subscription document holds."""

    entries: Annotated[Count, Field(ge=1, le=10_000)] = 50
    content: Literal["full", "summary"] = "full"
    tombstone_days: Annotated[Count, Field(ge=0, le=3650)] = 30


class EntrySettings(_Table):
    """`[entry]`: where an entry's link leads."""

    link: Literal["original", "page"] = "original"


class Http(_Table):
    """`[http]`: where the web server listens and how long answers stay fresh."""

    host: Required = "127.0.0.1"
    port: Annotated[Count, Field(ge=0, le=65535)] = 8000
    workers: Annotated[Count, Field(ge=1, le=256)] = 1
    max_age: Annotated[Count, Field(ge=0)] = 300
    stale_while_revalidate: Annotated[Count, Field(ge=0)] = 60
    stale_if_error: Annotated[Count, Field(ge=0)] = DAY
    trusted_hosts: tuple[Required, ...] = ()
    delta: bool = False


class StoreSettings(_Table):
    """`[store]`: where the ledger lives."""

    url: Annotated[str, AfterValidator(_store_address)] = "sqlite:///feedsvc.db"


class WebSub(_Table):
    """`[websub]`: the hubs that are told of every new edition."""

    hubs: tuple[WebAddress, ...] = ()


class Podcast(_Table):
    """`[podcast]`: what a feed with sound says of itself to podcast applications."""

    author: Text = ""
    email: Annotated[str, AfterValidator(_email)] = ""
    image: Annotated[str, AfterValidator(_icon)] = ""
    explicit: bool = False
    categories: tuple[Required, ...] = ()
    type: Literal["episodic", "serial"] = "episodic"


class Filter(_Table):
    """What a configured feed takes: one of the values of each key that is given."""

    section: Names = ()
    author: Names = ()
    tag: Names = ()
    source: Names = ()
    language: Names = ()
    match: Names = ()
    since: date | None = None


class FeedTable(Filter):
    """`[[feeds]]`: a feed of the entries that pass its filter and fail the one below `not`."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
    title: Required
    subtitle: Text = ""
    excluding: Annotated[Filter, Field(alias="not")] = Filter()


class Redirect(_Table):
    """`[[redirects]]`: a path that has moved for good, and where to."""

    old: Annotated[str, AfterValidator(_path), Field(alias="from")]
    to: Annotated[str, AfterValidator(_path_or_address)]


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
    store: StoreSettings = StoreSettings()
    websub: WebSub = WebSub()
    podcast: Podcast = Podcast()
    feeds: Annotated[tuple[FeedTable, ...], AfterValidator(_each_named_once)] = ()
    redirects: Annotated[tuple[Redirect, ...], AfterValidator(_each_from_once)] = ()

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
        settings = self.articles.model_dump_json(exclude={"settle_seconds", "watch"})
        return _digest(version, self.site.id, settings)

    def document_digest(self, version: str) -> str:
        """Changes with every setting that can change the bytes of a document."""
        parts = (self.site, self.feed, self.entry, self.websub, self.podcast, *self.feeds)
        return _digest(version, str(self.http.max_age), *(part.model_dump_json() for part in parts))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
