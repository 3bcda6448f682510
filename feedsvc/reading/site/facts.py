"""What a site's configuration says of all its articles: time zone, languages, authors."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from feedsvc.model import Person
from feedsvc.reading.metadata.fields import folded, language_tag
from feedsvc.reading.metadata.yaml_values import Value
from feedsvc.reading.site.authors import authors
from feedsvc.reading.site.data_files import text_of, value_of

MAX_LEVELS = 3  # folders above the articles in which the site's configuration may be

# Each generator's configuration, below the site's folder.
_CONFIGURATIONS = {
    "Jekyll": ("_config.yml", "_config.yaml", "_config.toml"),
    "Hugo": (
        "hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", "config/_default/hugo.toml",
        "config/_default/config.toml", "config/_default/hugo.yaml", "config/_default/config.yaml",
    ),
    "Hugo or Zola": ("config.toml", "config.yaml", "config.yml"),
    "MkDocs": ("mkdocs.yml", "mkdocs.yaml"),
    "Pelican": ("pelicanconf.py",),
    "Nikola": ("conf.py",),
    "Docusaurus": ("docusaurus.config.js", "docusaurus.config.ts", "docusaurus.config.mjs"),
    "Eleventy": (
        ".eleventy.js", "eleventy.config.js", "eleventy.config.mjs", "eleventy.config.cjs",
    ),
    "Astro": ("astro.config.mjs", "astro.config.ts", "astro.config.js"),
    "Lektor": ("*.lektorproject",),
}  # fmt: skip
_OF_HUGO_OR_ZOLA = {
    "baseurl",
    "languagecode",
    "markup",
    "defaultcontentlanguage",
    "defaultlanguage",
}
_PYTHON = re.compile(r"^(TIMEZONE|DEFAULT_LANG)\s*=\s*[\"']([^\"'\n]+)[\"']", re.MULTILINE)
_TRANSLATIONS = re.compile(r"^TRANSLATIONS\s*=\s*\{(.*?)^\}", re.MULTILINE | re.DOTALL)
_LANGUAGE_KEY = re.compile(r"[\"']([a-z]{2,3}(?:[-_][A-Za-z]{2,4})?)[\"']\s*:")


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What the site's configuration says.

    `timezone` is a name of the tz database, `language` the site's main one; both are empty if
    unknown. `languages` are all that a file's name or folder may tell. `authors` are by id.
    """

    generator: str = ""
    timezone: str = ""
    language: str = ""
    languages: frozenset[str] = frozenset()
    authors: Mapping[str, Person] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Changes with anything here; empty if nothing is known."""
        if self == NO_SITE:
            return ""
        parts = (self.generator, self.timezone, self.language, *sorted(self.languages))
        people = sorted(self.authors.items())
        return hashlib.sha256(repr((parts, people)).encode()).hexdigest()


NO_SITE = SiteFacts()


def facts(folder: Path) -> SiteFacts:
    """The facts of the site that a folder of articles belongs to.

    The configuration is looked for in the folder, and in up to three folders above it.
    """
    for root in (folder, *list(folder.parents)[:MAX_LEVELS]):
        for generator, names in _CONFIGURATIONS.items():
            for name in names:
                if found := _of_file(root, generator, name, folder):
                    return found
    return SiteFacts(authors=authors(folder, None))


def _of_file(root: Path, generator: str, name: str, folder: Path) -> SiteFacts | None:
    if "*" in name:
        path = next(iter(sorted(root.glob(name))), None)
    else:
        path = root / name if (root / name).is_file() else None
    if path is None:
        return None
    if path.suffix == ".py":
        return _of_python(path, generator, folder, root)
    if path.suffix in (".yml", ".yaml", ".toml", ".json"):
        values = value_of(path)
        if not isinstance(values, dict):
            return None
        keys = {folded(key): value for key, value in values.items()}
        if generator == "Hugo or Zola" and keys.keys().isdisjoint(_OF_HUGO_OR_ZOLA):
            return None
        return _of_keys(keys, generator, folder, root)
    return SiteFacts(generator, authors=authors(folder, root))


def _of_keys(keys: dict[str, Value], generator: str, folder: Path, root: Path) -> SiteFacts:
    main = next(
        (
            language_tag(value)
            for key in ("defaultcontentlanguage", "defaultlanguage", "lang", "language", "locale",
                        "languagecode")
            if isinstance(value := keys.get(key), str)
        ),
        "",
    )  # fmt: skip
    zone = keys.get("timezone")
    return SiteFacts(
        generator,
        _zone(zone if isinstance(zone, str) else ""),
        main,
        frozenset(filter(None, (language_tag(name) for name in _languages(keys)))),
        authors(folder, root),
    )


def _languages(keys: dict[str, Value]) -> list[str]:
    """The names of languages that a configuration lists."""
    found = keys.get("languages")
    if isinstance(found, dict):
        return list(found)
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []


def _of_python(path: Path, generator: str, folder: Path, root: Path) -> SiteFacts | None:
    """The two settings that Pelican and Nikola keep as text; the program is never run."""
    text = text_of(path)
    values = dict(_PYTHON.findall(text))
    if not values:
        return None
    table = _TRANSLATIONS.search(text)
    languages = _LANGUAGE_KEY.findall(table[1]) if table else []
    main = language_tag(values.get("DEFAULT_LANG", ""))
    listed = frozenset(filter(None, map(language_tag, (*languages, main))))
    return SiteFacts(
        generator, _zone(values.get("TIMEZONE", "")), main, listed, authors(folder, root)
    )


def _zone(name: str) -> str:
    """The name of a time zone if there is such a one; else empty."""
    try:
        return ZoneInfo(name).key if name else ""
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ""
