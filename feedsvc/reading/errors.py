"""Why a file is not published: an error in it, which becomes a Problem, or it is not an article."""

from __future__ import annotations

from feedsvc.model import Problem


class ReadError(Exception):
    """An error in one file: a code for programs, a sentence for people, and the position if known.

    Line and column count from 1; 0 means unknown.
    """

    def __init__(self, code: str, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.line = line
        self.column = column

    def problem(self, path: str) -> Problem:
        """The error as a value, for the file at `path`."""
        return Problem(path, self.code, str(self), self.line, self.column)


class NotAnArticle(Exception):
    """A file with an article's name whose content is not an article, with the reason.

    `leads_to` is the target URL of a file that only redirects; `problem` is an error in that
    redirect.
    """

    def __init__(self, why: str, leads_to: str = "", problem: ReadError | None = None) -> None:
        super().__init__(why)
        self.leads_to = leads_to
        self.problem = problem


def quoted(text: str, most: int = 80) -> str:
    """User input in quotes, shortened to at most `most` characters for a message."""
    return repr(text if len(text) <= most else f"{text[:most]}…")
