"""`feedsvc init DIR`: create a new site's config.toml and a first article."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from string import Template

from feedsvc.errors import FeedsvcError

_ARTICLE = Template("""\
# Hello, Subscribers

Published at: **$now**

This is the first article of a new feed. Every line here is a paragraph of plain text.
Save another file in this folder, and it is published; remove this one, and it is withdrawn.
""")


def create(folder: Path) -> list[Path]:
    """Write `config.toml` and `articles/hello.txt` into `folder`, which may exist already.

    Returns:
        The files written; an article is only added to an empty `articles`.

    Raises:
        FeedsvcError: config.toml already exists, or the folder is not writable.
    """
    config, articles = folder / "config.toml", folder / "articles"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if config.exists():
            raise FeedsvcError(f"{config}: this file already exists; nothing was changed")
        articles.mkdir(exist_ok=True)
        config.write_text(starting_config(str(uuid.uuid4()), folder="articles"), encoding="utf-8")
        if any(articles.iterdir()):
            return [config]
        first = articles / "hello.txt"
        now = datetime.now(UTC).replace(microsecond=0).isoformat()
        first.write_text(_ARTICLE.substitute(now=now), encoding="utf-8")
    except OSError as error:
        where = error.filename or folder
        raise FeedsvcError(f"{where}: it cannot be written ({error.strerror})") from None
    return [config, first]


def starting_config(
    site_id: str,
    *,
    title: str = "My feed",
    subtitle: str = "",
    author: str = "",
    folder: str,
) -> str:
    """The text of config.toml, with every key explained."""
    text = files("feedsvc").joinpath("config.toml.template").read_text(encoding="utf-8")
    values = {"ID": site_id, "TITLE": title, "SUBTITLE": subtitle, "AUTHOR": author}
    for name, value in (values | {"FOLDER": folder}).items():
        text = text.replace(f"@{name}@", value)
    return text
