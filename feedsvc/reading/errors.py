"""Why a file is not published: it cannot be as it stands, which is a Problem, or is no article."""

from __future__ import annotations

from feedsvc.model import Problem


class ReadError(Exception):
    """One file's mistake: a code for programs, one sentence for people, the place where known.

    Line and column are counted from 1; 0 says that none is to blame.
    """

    def __init__(self, code: str, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.line = line
        self.column = column

    def problem(self, path: str) -> Problem:
        """The same as a value, for the file at `path`."""
        return Problem(path, self.code, str(self), self.line, self.column)


class NotAnArticle(Exception):
    """A file that is no article, though its name could be one's: why, in a few words.

    `leads_to` is the address of what it sends its reader to, if it does no more than that. What is
    wrong with that is the `problem`.
    """

    def __init__(self, why: str, leads_to: str = "", problem: ReadError | None = None) -> None:
        super().__init__(why)
        self.leads_to = leads_to
        self.problem = problem


def quoted(text: str, most: int = 80) -> str:
    """What somebody wrote, in quotes and not too long for a message."""
    return repr(text if len(text) <= most else f"{text[:most]}…")
