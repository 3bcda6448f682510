"""The tables of config.toml: every key with its type, its limits and its default."""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from feedsvc.config.kinds import (
    Base,
    Count,
    Day,
    Email,
    Encoding,
    FeedName,
    Folder,
    MaybePatterns,
    Names,
    Network,
    NewPlace,
    OldPath,
    Patterns,
    Place,
    Required,
    Seconds,
    StoreAddress,
    Text,
    TimeZone,
    WebAddress,
)

PREFIX = "FEEDSVC_"
NESTED = "__"
DAY = 24 * 60 * 60
_FORM = "2"  # to be raised when documents are written in another way


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


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Site(_Table):
    """`[site]`: what every feed says of itself."""

    id: Required
    title: Required
    subtitle: Text = ""
    base_url: Base
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")] = "en"
    author: Text = ""
    rights: Text = ""
    icon: Place = ""


class Articles(_Table):
    """`[articles]`: which files are articles and how they are read."""

    folder: Folder
    include: Patterns = ("*.md", "*.markdown", "*.txt", "*.html", "*.htm")
    exclude: MaybePatterns = ()
    timezone: TimeZone = "UTC"
    encoding: Encoding = ""
    max_bytes: Annotated[Count, Field(ge=1, le=1 << 30)] = 1 << 20
    settle_seconds: Annotated[Seconds, Field(ge=0, le=3600)] = 2
    watch: bool = True


class Schedule(_Table):
    """`[schedule]`: how often the folder is looked at."""

    rescan_seconds: Annotated[Seconds, Field(ge=0.1, le=DAY)] = 60


class Publish(_Table):
    """`[publish]`: which new articles are announced."""

    burst: Annotated[Count, Field(ge=1)] = 100
    announce_days: Annotated[Count, Field(ge=0, le=36_500)] = 30


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
    socket: Text = ""
    workers: Annotated[Count, Field(ge=1, le=256)] = 1
    max_age: Annotated[Count, Field(ge=0)] = 300
    stale_while_revalidate: Annotated[Count, Field(ge=0)] = 60
    stale_if_error: Annotated[Count, Field(ge=0)] = DAY
    trusted_hosts: tuple[Required, ...] = ()
    delta: bool = False
    proxies: Annotated[Count, Field(ge=0, le=10)] = 0
    full_answers_per_minute: Annotated[Count, Field(ge=0)] = 30
    unlimited: tuple[Network, ...] = ()
    access_log: bool = False


class StoreSettings(_Table):
    """`[store]`: where the ledger lives."""

    url: StoreAddress = "sqlite:///feedsvc.db"


class WebSub(_Table):
    """`[websub]`: the hubs that are told of every new revision."""

    hubs: tuple[WebAddress, ...] = ()


class Podcast(_Table):
    """`[podcast]`: what a feed with sound says of itself to podcast applications."""

    author: Text = ""
    email: Email = ""
    image: Place = ""
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
    since: Day | None = None


class FeedTable(Filter):
    """`[[feeds]]`: a feed of the entries that pass its filter and fail the one below `not`."""

    name: FeedName
    title: Required
    subtitle: Text = ""
    excluding: Annotated[Filter, Field(alias="not")] = Filter()


class Redirect(_Table):
    """`[[redirects]]`: a path that has moved for good, and where to."""

    old: Annotated[OldPath, Field(alias="from")]
    to: NewPlace


class Config(BaseSettings):
    """Everything that config.toml can say, with environment variables overriding it."""

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
        """Environment variables override the file, whose tables come in as `init_settings`."""
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
        return _digest(version, self.site.id, self.site.title, settings)

    def document_digest(self, version: str) -> str:
        """Changes with every setting that can change the bytes of a document, and with `_FORM`."""
        parts = (self.site, self.feed, self.entry, self.websub, self.podcast, *self.feeds)
        said = (version, _FORM, str(self.http.max_age))
        return _digest(*said, *(part.model_dump_json() for part in parts))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
