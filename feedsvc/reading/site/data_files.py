"""Small data files of site generators: YAML, TOML and JSON as plain values, read with bounds."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

from feedsvc.reading.errors import ReadError
from feedsvc.reading.metadata.yaml_values import Value, as_value, read_yaml

MAX_BYTES = 1 << 18
SUFFIXES = (".yml", ".yaml", ".toml", ".json")


def text_of(path: Path) -> str:
    """The text of a regular file; empty if there is none, or if it is larger than MAX_BYTES."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    with os.fdopen(handle, "rb") as file:
        try:
            data = file.read(MAX_BYTES + 1)
        except OSError:
            return ""
    return "" if len(data) > MAX_BYTES else data.decode("utf-8-sig", "replace")


def value_of(path: Path) -> Value:
    """The value in a file, with numbers and dates as text; None if it cannot be read."""
    text = text_of(path)
    if not text.strip():
        return None
    try:
        if path.suffix == ".toml":
            return as_value(tomllib.loads(text, parse_float=str))
        if path.suffix == ".json":
            return as_value(json.loads(text))
        return read_yaml(text).value
    except (ValueError, RecursionError, ReadError):
        return None
