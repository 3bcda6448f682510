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
    AddressOrPath,
    Base,
    Count,
    Day,
    Email,
    Encoding,
    FeedName,
    Folder,
    Names,
    Network,
    OldPath,
    OptionalPatterns,
    Patterns,
    RedirectTarget,
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
_FORM = "3"  # increase it when the form of the documents changes


def _unique_names(tables: tuple[FeedTable, ...]) -> tuple[FeedTable, ...]:
    _refuse_repeats([table.name for table in tables], "two feeds have the name")
    return tables


def _unique_paths(tables: tuple[Redirect, ...]) -> tuple[Redirect, ...]:
    _refuse_repeats([table.old for table in tables], "two redirects have the path")
    return tables


def _refuse_repeats(values: list[str], message: str) -> None:
    for number, value in enumerate(values):
        if value in values[:number]:
            raise ValueError(f"{message} {value}")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Site(_Table):
    """`[site]`: metadata of every feed."""

    id: Required
    title: Required
    subtitle: Text = ""
    base_url: Base
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")] = "en"
    author: Text = ""
    rights: Text = ""
    icon: AddressOrPath = ""


class Articles(_Table):
    """`[articles]`: which files are articles and how they are read."""

    folder: Folder
    include: Patterns = (
        *("*.md", "*.markdown", "*.mdx", "*.txt", "*.html", "*.htm", "*.rst", "*.org", "*.ipynb"),
    )
    exclude: OptionalPatterns = ()
    timezone: TimeZone = "UTC"
    encoding: Encoding = ""
    max_bytes: Annotated[Count, Field(ge=1, le=1 << 30)] = 1 << 20
    settle_seconds: Annotated[Seconds, Field(ge=0, le=3600)] = 2
    watch: bool = True


class Schedule(_Table):
    """`[schedule]`: how often the folder is scanned."""

    rescan_seconds: Annotated[Seconds, Field(ge=0.1, le=DAY)] = 60


class Publish(_Table):
    """`[publish]`: which new articles are announced."""

    burst: Annotated[Count, Field(ge=1)] = 100
    announce_days: Annotated[Count, Field(ge=0, le=36_500)] = 30


class FeedSettings(_Table):
    """`[feed]`: content of a subscription document."""

    entries: Annotated[Count, Field(ge=1, le=10_000)] = 50
    content: Literal["full", "summary"] = "full"
    tombstone_days: Annotated[Count, Field(ge=0, le=3650)] = 30


class EntrySettings(_Table):
    """`[entry]`: target of an entry's link."""

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
    """`[store]`: location of the ledger."""

    url: StoreAddress = "sqlite:///feedsvc.db"


class WebSub(_Table):
    """`[websub]`: hubs to ping."""

    hubs: tuple[WebAddress, ...] = ()


class Podcast(_Table):
    """`[podcast]`: metadata for podcast applications."""

    author: Text = ""
    email: Email = ""
    image: AddressOrPath = ""
    explicit: bool = False
    categories: tuple[Required, ...] = ()
    type: Literal["episodic", "serial"] = "episodic"


class Filter(_Table):
    """The filter of a custom feed: an entry has one of the values of each key that is set."""

    section: Names = ()
    author: Names = ()
    tag: Names = ()
    source: Names = ()
    language: Names = ()
    match: Names = ()
    since: Day | None = None


class FeedTable(Filter):
    """`[[feeds]]`: a custom feed: entries that match its filter, except those that match `not`."""

    name: FeedName
    title: Required
    subtitle: Text = ""
    excluding: Annotated[Filter, Field(alias="not")] = Filter()


class Redirect(_Table):
    """`[[redirects]]`: a path that has moved permanently, and its target."""

    old: Annotated[OldPath, Field(alias="from")]
    to: RedirectTarget


class Config(BaseSettings):
    """All settings of config.toml; environment variables override it."""

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
    feeds: Annotated[tuple[FeedTable, ...], AfterValidator(_unique_names)] = ()
    redirects: Annotated[tuple[Redirect, ...], AfterValidator(_unique_paths)] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment variables override the file; its tables are the `init_settings`."""
        return EnvSettingsSource(settings_cls), init_settings

    @property
    def author(self) -> str:
        """The author of entries without one: Atom requires an author (RFC 4287 section 4.2.1)."""
        return self.site.author or self.site.title

    def address(self, path: str) -> str:
        """The absolute address of `path`, which begins with `/`."""
        return self.site.base_url + path

    def reading_digest(self, version: str, site: str) -> str:
        """A digest of all settings that can change the result of reading a file.

        `site` is the digest of the facts in the configuration of the site's generator.
        """
        settings = self.articles.model_dump_json(exclude={"settle_seconds", "watch"})
        return _digest(version, self.site.id, self.site.title, settings, site)

    def document_digest(self, version: str) -> str:
        """A digest of `_FORM` and all settings that can change the bytes of a document."""
        parts = (self.site, self.feed, self.entry, self.websub, self.podcast, *self.feeds)
        general = (version, _FORM, str(self.http.max_age))
        return _digest(*general, *(part.model_dump_json() for part in parts))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
