"""The types of value in config.toml, each with the error message for an invalid value."""

from __future__ import annotations

import os
import re
from datetime import date
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, unquote, urljoin, urlsplit
from zoneinfo import ZoneInfo

import pathspec
from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from feedsvc.addresses import is_web_address

MAX_NAME_BYTES = 255  # of a file name
_ASCII = re.ASCII | re.IGNORECASE
_UNCLOSED_BRACKET = re.compile(r"(?<!\\)\[(?!\^?!?\]?[^\]]*\])")
_PATH_SAFE = "/%:@!$&'()*+,;=~"  # in addition to letters and digits (RFC 3986 section 3.3)


def _web_address(value: str) -> str:
    if not value.isascii() or not is_web_address(value):
        raise ValueError(
            "needs an absolute address such as https://example.org/news, "
            "without whitespace and with no port above 65535"
        )
    parts = urlsplit(value)
    if "?" in value or "#" in value or parts.username is not None:
        raise ValueError("takes an address without user, query or fragment")
    return value


def _base(value: str) -> str:
    return _web_address(value).rstrip("/")


def _address_or_path(value: str) -> str:
    try:
        if not value or is_web_address(urljoin("http://site.invalid/", value)):
            return value
    except ValueError:
        pass
    raise ValueError("needs an address, or a path such as /icon.png")


def _patterns(value: tuple[str, ...]) -> tuple[str, ...]:
    for pattern in value:
        try:
            spec = pathspec.PathSpec.from_lines("gitignore", [pattern])
            spec.match_file("a")
        except (ValueError, re.error):
            raise ValueError(
                f"{pattern} does not follow the pattern syntax of .gitignore"
            ) from None
        if _UNCLOSED_BRACKET.search(pattern):
            raise ValueError(f"{pattern} has a [ without a ]; write a literal [ as \\[")
    return value


def _including(value: tuple[str, ...]) -> tuple[str, ...]:
    patterns = pathspec.PathSpec.from_lines("gitignore", value).patterns
    if not any(pattern.include for pattern in patterns):
        raise ValueError("needs a pattern without !, such as *.md")
    return value


def _not_empty(value: object) -> object:
    if value == "":
        raise ValueError("needs the path of a folder")
    return value


def _folder(value: Path) -> Path:
    try:
        expanded = value.expanduser()
    except RuntimeError:
        raise ValueError("names the home folder of an unknown user") from None
    if not str(value).isprintable():
        raise ValueError("needs the path of a folder")
    return expanded


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("needs a number")
    return value


def _day(value: object) -> object:
    if isinstance(value, int | float):
        raise ValueError("needs a date such as 2026-01-31")
    return value


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("needs a time zone name such as Europe/Berlin or UTC") from None
    return value


def _encoding(value: str) -> str:
    try:
        bytes(range(256)).decode(value or "utf-8", errors="replace")
    except (LookupError, UnicodeError):
        raise ValueError("needs the name of a text encoding such as windows-1252") from None
    return value


def _email(value: str) -> str:
    if value and not re.fullmatch(r"[\w.+'-]+@(?:[a-z0-9-]+\.)+[a-z0-9-]+", value, _ASCII):
        raise ValueError("needs an e-mail address such as desk@example.org")
    return value


def _feed_name(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", value):
        raise ValueError("needs up to 64 lowercase letters, digits, - and _, such as rust-news")
    return value


def _names(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _network(value: str) -> str:
    try:
        return str(ip_network(value))
    except ValueError:
        raise ValueError("needs an address or a network such as 192.0.2.0/24") from None


def _path(value: str) -> str:
    if not value.startswith("/") or not value.isprintable() or set(value) & set(" ?#"):
        raise ValueError("needs a path such as /old/feed.xml, without whitespace, ? or #")
    return value


def _old_path(value: str) -> str:
    return unquote(_path(value))  # requests are compared after percent-decoding


def _redirect_target(value: str) -> str:
    return quote(_path(value), safe=_PATH_SAFE) if value.startswith("/") else _web_address(value)


def _check_postgres(url: URL) -> None:
    """Reject a probable mistyped password or option, which would be shown as another part."""
    if "@" in (url.database or ""):
        raise ValueError("needs %40 for each @ and %2F for each / in the user name and password")
    if set(url.database or "") & set("=&#;?"):
        raise ValueError("needs a plain database name; options follow a ?, joined by &")
    try:
        url.get_dialect()().create_connect_args(url)
    except ArgumentError:  # its message would show the value
        raise ValueError("needs numeric ports, and hosts in a single form") from None


def _check_file(path: str) -> None:
    if path in ("", ":memory:"):
        raise ValueError("needs a file, sqlite:///FILE, which several processes can share")
    if not path.isprintable() or any(
        len(os.fsencode(part)) > MAX_NAME_BYTES for part in path.split("/")
    ):
        raise ValueError("needs a file name that a disk can store, sqlite:///FILE")


def _store_address(value: str) -> str:
    try:
        url = make_url(value)
    except ArgumentError:
        raise ValueError("needs a database address such as sqlite:///feedsvc.db") from None
    except ValueError:  # its message would show the value, perhaps a password
        raise ValueError(
            "needs a numeric port; write %2F for each / in the user name and password"
        ) from None
    if "@" in (url.host or ""):
        raise ValueError("needs %40 for each @ in the user name and password")
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "postgresql+psycopg"):
        raise ValueError("takes sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")
    if url.drivername == "postgresql+psycopg":
        _check_postgres(url)
    if url.drivername == "sqlite" and (url.host or url.username):
        raise ValueError("needs three slashes before the file, sqlite:///FILE")
    if url.drivername == "sqlite" and url.query:
        raise ValueError("takes no options after a ?")
    if url.drivername == "sqlite":
        _check_file(url.database or "")
    return url.render_as_string(hide_password=False)


def _plain(value: str) -> str:
    if not value.isprintable():
        raise ValueError("takes printable text on one line")
    return value.strip()


def _required(value: str) -> str:
    if not value.strip():
        raise ValueError("needs text that is not blank")
    return _plain(value)


Text = Annotated[str, AfterValidator(_plain)]
Required = Annotated[str, AfterValidator(_required)]
OptionalPatterns = Annotated[tuple[Required, ...], AfterValidator(_patterns)]
Patterns = Annotated[OptionalPatterns, Field(min_length=1), AfterValidator(_including)]
Count = Annotated[int, BeforeValidator(_number)]
Day = Annotated[date, BeforeValidator(_day)]
Seconds = Annotated[float, BeforeValidator(_number)]
WebAddress = Annotated[str, AfterValidator(_web_address)]


Names = Annotated[tuple[Required, ...], BeforeValidator(_names)]
Base = Annotated[str, AfterValidator(_base)]
AddressOrPath = Annotated[str, AfterValidator(_address_or_path)]
Folder = Annotated[Path, BeforeValidator(_not_empty), AfterValidator(_folder)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
Encoding = Annotated[str, AfterValidator(_encoding)]
FeedName = Annotated[str, AfterValidator(_feed_name)]
Email = Annotated[str, AfterValidator(_email)]
OldPath = Annotated[str, AfterValidator(_old_path), PlainSerializer(quote, when_used="json")]
RedirectTarget = Annotated[str, AfterValidator(_redirect_target)]
StoreAddress = Annotated[str, AfterValidator(_store_address)]
Network = Annotated[str, AfterValidator(_network)]
