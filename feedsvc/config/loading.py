"""Find, read and validate config.toml; report each error in one sentence."""

from __future__ import annotations

import difflib
import json
import os
import stat
import tomllib
from pathlib import Path
from typing import Any, cast, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy.engine import make_url

from feedsvc.config.moves import circular
from feedsvc.config.tables import NESTED, PREFIX, Config
from feedsvc.errors import ConfigError

FILE_VARIABLE = f"{PREFIX}CONFIG"


def find_file(named: str | None) -> Path:
    """The configuration file: the one named, else FEEDSVC_CONFIG, else ./config.toml.

    Raises:
        ConfigError: the file does not exist or cannot be read.
    """
    path = Path(named or os.environ.get(FILE_VARIABLE) or "config.toml")
    try:
        kind = path.stat().st_mode
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: this configuration file does not exist; create one with `feedsvc init DIR`, "
            "or set --config or FEEDSVC_CONFIG to another"
        ) from None
    except OSError as error:
        raise ConfigError(f"{path}: it cannot be read: {error.strerror}") from None
    if stat.S_ISDIR(kind):
        raise ConfigError(f"{path}: this is a folder; name the configuration file in it")
    return path.absolute()


def configuration(named: str | None) -> Config:
    """The configuration; FEEDSVC_CONFIG passes its file to all child processes.

    Raises:
        ConfigError: it is invalid or missing.
    """
    path = find_file(named)
    os.environ[FILE_VARIABLE] = str(path)
    return load(path)


def load(path: Path) -> Config:
    """Read the file at `path`, apply the environment and validate every key.

    Relative paths in the result are resolved against the file's folder.

    Raises:
        ConfigError: one sentence for each error, each on its own line.
    """
    tables = _read_toml(path)
    _refuse_unknown(tables, path)
    try:
        config = Config(**tables)
    except ValidationError as error:
        raise ConfigError("\n".join(_sentences(error, path))) from None
    if cycle := circular(
        {redirect.old: redirect.to for redirect in config.redirects}, config.site.base_url
    ):
        raise ConfigError(f"{path}: redirects: the redirect from {cycle[0]} leads back to it")
    return _with_absolute_paths(config, path.parent)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: this is not valid TOML: {error}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start} is not UTF-8; save it as UTF-8") from None
    except ValueError:
        raise ConfigError(f"{path}: a number has too many digits") from None
    except RecursionError:
        raise ConfigError(
            f"{path}: it is nested too deeply; every key takes a plain value"
        ) from None
    except OSError as error:
        raise ConfigError(f"{path}: it cannot be read: {error.strerror}") from None


def _with_absolute_paths(config: Config, base: Path) -> Config:
    articles = config.articles.model_copy(
        update={"folder": (base / config.articles.folder).absolute()}
    )
    url = make_url(config.store.url)
    if url.drivername == "sqlite":
        url = url.set(database=str(base / str(url.database)))
    store = config.store.model_copy(update={"url": url.render_as_string(hide_password=False)})
    socket = str(base / config.http.socket) if config.http.socket else ""
    http = config.http.model_copy(update={"socket": socket})
    return config.model_copy(update={"articles": articles, "store": store, "http": http})


def _refuse_unknown(tables: dict[str, Any], path: Path) -> None:
    """Reject unknown tables and variables, which pydantic would ignore or report at length."""
    for table in tables:
        if table not in Config.model_fields:
            raise ConfigError(
                f"{path}: {_shown(table)} is not a known key{_nearest(table, _tables())}"
            )
    for variable, value in sorted(os.environ.items()):
        if variable.upper().startswith(PREFIX) and variable != FILE_VARIABLE:
            if variable != variable.upper():
                raise ConfigError(f"the environment: {variable}: write the name in capitals")
            _check_variable(variable, value)


def _check_variable(variable: str, value: str) -> None:
    table, *rest = variable.removeprefix(PREFIX).lower().split(NESTED)
    place = f"the environment: {variable}"
    if table not in Config.model_fields:
        raise ConfigError(f"{place} is unknown{_nearest(table, _tables())}")
    if _is_array(table):
        raise ConfigError(f"{place} is unknown; [[{table}]] tables can only be set in the file")
    if len(rest) != 1:
        raise ConfigError(f"{place} names no key; the form is {PREFIX}{table.upper()}{NESTED}KEY")
    key = _table(table).model_fields.get(rest[0])
    if key is None:
        raise ConfigError(f"{place} is unknown{_nearest(rest[0], _keys(table))}")
    if get_origin(key.annotation) is tuple and not _is_json_list(value):
        raise ConfigError(f'{place} needs a JSON array such as ["a", "b"]')


def _shown(name: str) -> str:
    return name if name.isprintable() and name else repr(name)


def _is_json_list(value: str) -> bool:
    try:
        return isinstance(json.loads(value), list)
    except ValueError:
        return False


def _tables() -> list[str]:
    return list(Config.model_fields)


def _is_array(name: str) -> bool:
    return get_origin(Config.model_fields[name].annotation) is tuple


def _table(name: str) -> type[BaseModel]:
    """The model of a table, or of each table in an array."""
    annotation = Config.model_fields[name].annotation
    return cast("type[BaseModel]", get_args(annotation)[0] if _is_array(name) else annotation)


def _keys(name: str) -> list[str]:
    return [field.alias or key for key, field in _table(name).model_fields.items()]


def _nearest(name: str, known: list[str]) -> str:
    matches = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {matches[0]}?" if matches else f"; known are {', '.join(known)}"


# Error messages by the type of pydantic's error, or by the part before its first `_`.
_MESSAGES = {
    "bool": "needs true or false",
    "date": "needs a date such as 2026-01-31",
    "finite": "needs a number",
    "float": "needs a number",
    "greater_than_equal": "needs {ge} or more",
    "int": "needs a whole number",
    "less_than_equal": "needs {le} or less",
    "literal_error": "takes {expected}",
    "model": "needs a table of keys",
    "path": "needs the path of a folder",
    "string": "needs text in quotation marks",
    "string_pattern_mismatch": "needs a language tag such as en or pt-BR",
    "too_short": "needs at least one item",
    "tuple": 'needs an array such as ["a", "b"]',
}


def _sentences(error: ValidationError, path: Path) -> list[str]:
    return [_sentence(item, path) for item in error.errors()]


def _sentence(item: ErrorDetails, path: Path) -> str:
    location, kind = item["loc"], item["type"]
    names = [part for part in location if isinstance(part, str)]
    items = [f", item {part + 1}" for part in location if isinstance(part, int)]
    variable = PREFIX + NESTED.join(names).upper()
    place = f"the environment ({variable})" if variable in os.environ else str(path)
    key = ".".join(names) + "".join(items)
    if kind == "missing":
        return f"{place}: {key} is missing; the comments in config.toml explain it"
    if kind == "extra_forbidden":
        return f"{place}: {_shown(key)} is not a known key{_nearest(names[-1], _keys(names[0]))}"
    message = _MESSAGES.get(kind) or _MESSAGES.get(kind.partition("_")[0])
    text = message.format(**item.get("ctx", {})) if message else item["msg"]
    return f"{place}: {key}: {text.removeprefix('Value error, ')}"
