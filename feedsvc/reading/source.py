"""What a reader is given: a file's text, its path, and how to read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

from feedsvc.model import SITE_ADDRESS, Problem

_NO_MOMENT = datetime.max.replace(tzinfo=UTC)  # nothing lies ahead of it
MARKDOWN = frozenset((".md", ".markdown", ".mdown", ".mkd", ".mkdn", ".mdx"))
HTML = frozenset((".html", ".htm", ".xhtml"))


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are read: what the configuration says that a reader needs.

    `timezone` is that of dates without an offset, `encoding` the one of last resort. `base_url`
    (no slash at its end) makes relative links absolute, `site_id` makes the ids of media,
    `site_title` is what templates call the site. `root` is the folder in which linked files are
    looked for; without it, every one is taken to be there. What fits a pattern of `include`, and is
    not excluded, is an article. `now` is the moment of the scan.
    """

    timezone: tzinfo = UTC
    encoding: str = ""
    base_url: str = SITE_ADDRESS
    site_id: str = ""
    root: Path | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    site_title: str = ""
    now: datetime = _NO_MOMENT


@dataclass(frozen=True, slots=True)
class Beside:
    """A file of the folder that an article links: its path below the root, as the folder spells it.

    The path is empty where such a file is never served.
    """

    path: str
    there: bool = True


@dataclass(frozen=True, slots=True)
class Around:
    """What other files say of an article.

    `beside` is the text of its `.meta` file. `above` are the cascades of the folders it is in (see
    `cascades.Cascade`), those of the nearest first.
    """

    beside: str = ""
    above: tuple[Any, ...] = ()


NOTHING_AROUND = Around()


@dataclass(frozen=True, slots=True)
class Source:
    """One file's text, with `\\n` line ends and no byte order mark, at a path below the root.

    `remarks` are the problems that a reader finds and that do not keep the article back. `beside`
    is what is known of the files that the article links, by the path that the link names.
    """

    path: str
    text: str
    how: Reading = Reading()
    around: Around = NOTHING_AROUND
    remarks: list[Problem] = field(default_factory=list, compare=False)
    beside: dict[str, Beside | None] = field(default_factory=dict, compare=False)

    def remark(self, code: str, message: str, line: int = 0, column: int = 0) -> None:
        """Report what is wrong with the file, which is published all the same."""
        problem = Problem(self.path, code, message, line, column)
        if problem not in self.remarks:
            self.remarks.append(problem)

    @property
    def suffix(self) -> str:
        """The path's extension in lower case, such as `.md`."""
        return suffix(self.path)


def suffix(path: str) -> str:
    """The extension of a path in lower case, such as `.md`; empty where it has none."""
    stem, _, extension = path.rpartition("/")[2].rpartition(".")
    return f".{extension.lower()}" if stem and extension else ""
