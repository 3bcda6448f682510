"""Real folders for tests of what is found and read in them."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from feedsvc.articles.folder import Survey, survey


def write(root: Path, path: str, text: str = "text") -> Path:
    """Write the file at `path` below `root`, its folders too."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def look(root: Path) -> Survey:
    """What is in `root`, with the patterns that are the default."""
    return survey(root, ("*.txt", "*.md"))


def refusing(real: Callable[..., Any], place: str) -> Callable[..., Any]:
    """`real`, but it may not touch `place`: permissions that hold for root as well."""

    def call(path: Any, *arguments: Any, **named: Any) -> Any:
        if str(path) == place:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return real(path, *arguments, **named)

    return call
