"""The input of a reader: a file's text, its path, and the reading options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

from feedsvc.model import SITE_ADDRESS, Person, Problem

_FAR_FUTURE = datetime.max.replace(tzinfo=UTC)  # no date is later
MARKDOWN = frozenset((".md", ".markdown", ".mdown", ".mkd", ".mkdn", ".mdx"))
HTML = frozenset((".html", ".htm", ".xhtml"))
RESTRUCTURED = frozenset((".rst", ".rest"))
ORG = frozenset((".org",))
NOTEBOOK = frozenset((".ipynb",))


@dataclass(frozen=True, slots=True)
class Reading:
    """The part of the configuration that readers need.

    `timezone` applies to dates without an offset, `encoding` to files that are not UTF-8.
    `base_url` (without a trailing slash) makes relative links absolute, `site_id` is part of media
    ids, `site_title` is the site's name in templates. `root` is the folder that linked files are
    looked up in; without it, every linked file is assumed to exist. Files that match `include` and
    not `exclude` are articles. `now` is the time of the scan.
    """

    timezone: tzinfo = UTC
    encoding: str = ""
    base_url: str = SITE_ADDRESS
    site_id: str = ""
    root: Path | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    site_title: str = ""
    authors: Mapping[str, Person] = field(default_factory=dict, hash=False)
    languages: frozenset[str] = frozenset()
    generator: str = ""
    now: datetime = _FAR_FUTURE


@dataclass(frozen=True, slots=True)
class Beside:
    """A file that an article links to: its path below the root, as spelled in the file system.

    The path is empty if such a file is never served.
    """

    path: str
    there: bool = True


@dataclass(frozen=True, slots=True)
class Companions:
    """The metadata of an article in other files.

    `meta` is the text of its `.meta` file. `cascades` holds those of its parent folders
    (see `cascades.Cascade`), the nearest folder first.
    """

    meta: str = ""
    cascades: tuple[Any, ...] = ()


NO_COMPANIONS = Companions()


@dataclass(frozen=True, slots=True)
class Source:
    """One file's text, with `\\n` line ends and no byte order mark, at a path below the root.

    `remarks` collects problems that do not prevent publication. `beside` caches the look-ups of
    linked files, by the path in the link.
    """

    path: str
    text: str
    how: Reading = Reading()
    companions: Companions = NO_COMPANIONS
    remarks: list[Problem] = field(default_factory=list, compare=False)
    beside: dict[str, Beside | None] = field(default_factory=dict, compare=False)

    def remark(self, code: str, message: str, line: int = 0, column: int = 0) -> None:
        """Report a problem that does not prevent publication."""
        problem = Problem(self.path, code, message, line, column)
        if problem not in self.remarks:
            self.remarks.append(problem)

    @property
    def suffix(self) -> str:
        """The path's extension in lower case, such as `.md`; empty if it has none."""
        return suffix(self.path)


def suffix(path: str) -> str:
    """The extension of a path in lower case, such as `.md`; empty if it has none."""
    stem, _, extension = path.rpartition("/")[2].rpartition(".")
    return f".{extension.lower()}" if stem and extension else ""
