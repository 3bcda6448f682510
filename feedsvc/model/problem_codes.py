"""The registry of problem codes: meaning and remedy, as `feedsvc check --codes` prints them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Explanation(NamedTuple):
    """The meaning of a problem code and its remedy, in Markdown."""

    meaning: str
    remedy: str


PROBLEM_CODES: Mapping[str, Explanation] = MappingProxyType(
    {
        "bad-author": Explanation(
            "An author is neither text nor a map.",
            "Write a name, or a map with `name`, `email` and `url`.",
        ),
        "bad-date": Explanation(
            "A date cannot be parsed, is ambiguous, is impossible, or is outside the years 1000"
            " to 2200.",
            "Write it as `2026-01-31T09:00:00+00:00`.",
        ),
        "bad-front-matter": Explanation(
            "The front matter is not closed, is not valid YAML, TOML or JSON, is not a map, is "
            "written in another language (`---js`), or is longer than 100,000 characters with "
            "its aliases expanded. It is never published as text.",
            "Fix the line named in the message.",
        ),
        "bad-id": Explanation(
            "The id is not text, or is longer than 500 characters.",
            "Shorten it, or put it in quotes.",
        ),
        "bad-language": Explanation(
            "The language is not a language tag; YAML parses `lang: no` as false.",
            'Write `en` or `pt-BR`, or `"no"` in quotes.',
        ),
        "bad-link": Explanation(
            "The original, image or enclosure is not an http or https URL.",
            "Fix the link, or remove it.",
        ),
        "bad-markup": Explanation(
            "A warning: docutils reports a mistake in reStructuredText. The text is shown as it is "
            "written.",
            "Fix the line that is named.",
        ),
        "bad-name": Explanation(
            "The name of the file or of a folder above it is not UTF-8, or contains a control "
            "character that is not allowed in feeds.",
            "Rename it.",
        ),
        "bad-notebook": Explanation(
            "A notebook is not JSON, or has no cells.",
            "Save it in Jupyter again.",
        ),
        "bad-redirect": Explanation(
            "A file only redirects, and its target is not a web address, or is a file that no "
            "article shows; or the redirect has an expiry date. The redirect is inactive.",
            "Fix the address, or link the file in an article.",
        ),
        "bad-tags": Explanation(
            "The tags are not a list, or an item is not text.",
            'Write `[one, two]`, with `"no"` in quotes.',
        ),
        "bad-title": Explanation(
            "The title is not text: a list, or `no`, which YAML parses as false.",
            "Put it in quotes.",
        ),
        "bad-visibility": Explanation(
            "A key that may withhold the article, such as `draft` or `expiryDate`, has an "
            "invalid value. The article is withheld.",
            "Write `true`, `false` or a date, or remove the key.",
        ),
        "circular-redirect": Explanation(
            "A file only redirects, and its target leads back to it, directly or through other "
            "files or `[[redirects]]`. The redirect is inactive.",
            "Fix the address.",
        ),
        "date-ahead": Explanation(
            "The file of a published article has a future date. The last version stays "
            "published until then.",
            "If this is intended, nothing: the new version is published on that date. Otherwise"
            " fix the date.",
        ),
        "duplicate-id": Explanation(
            "The file claims the id of another article, which keeps it. The message names that "
            "article.",
            "Give the file its own id, or none.",
        ),
        "embedded-image": Explanation(
            "A picture is embedded in the text (`data:image/…`), which feed readers do not "
            "support. Its `alt` text is shown.",
            "Save the picture as a file next to the article.",
        ),
        "empty": Explanation(
            "The file contains only whitespace.",
            "Write a title and text, or remove the file.",
        ),
        "hidden-text": Explanation(
            "A warning: the page hides part of its text (`hidden`, `display: none`). That part "
            "is omitted.",
            "If the text is public, show it on the page. Otherwise remove it.",
        ),
        "missing-file": Explanation(
            "A warning: the article links a file in the folder that is missing, unreadable or "
            "not a regular file, or encloses or shows an empty file. The message names the "
            "file, and a file whose name differs only in case. The article is published without"
            " that enclosure or `image`. Each scan checks again.",
            "Add the file, or fix the link.",
        ),
        "no-text": Explanation(
            "The file has no text, description, picture or link.",
            "Write a paragraph.",
        ),
        "no-title": Explanation(
            "The file has no title, no heading and no name to derive one from.",
            "Begin the file with `# Title`.",
        ),
        "not-a-file": Explanation(
            "The path is a symbolic link, a pipe, a socket or a device. It is never read. An "
            "article published from this path stays published.",
            "Replace it with the file itself.",
        ),
        "not-included": Explanation(
            "`feedsvc check` was called for a file that scans skip: hidden, not in "
            "`articles.include`, or excluded by its name.",
            "Rename it, extend `articles.include`, or re-include it by `articles.exclude`.",
        ),
        "not-served": Explanation(
            "A warning: the article links a file that may contain settings, a database or a "
            "key, or encloses a page or an article. That file is never served.",
            "Remove the link, or rename the file if it is public.",
        ),
        "not-utf8": Explanation(
            "A byte is invalid in the encoding. The message names it.",
            "Save the file as UTF-8, or set `articles.encoding`.",
        ),
        "omitted-markup": Explanation(
            "A warning: a directive, a snippet or a macro is omitted, because no other files are "
            "read.",
            "Write its content into the article.",
        ),
        "reader-failed": Explanation(
            "The reader of this layout failed because of a bug in the reader.",
            "Report it, with the file.",
        ),
        "redirect-ahead": Explanation(
            "A file only redirects and has a future date. The redirect is inactive until then.",
            "Nothing, or remove the date.",
        ),
        "repeated-key": Explanation(
            "A warning: the front matter has the same key twice with different values. The last"
            " one applies.",
            "Keep one of the two.",
        ),
        "root-empty": Explanation(
            "The folder has become empty. Nothing is withdrawn.",
            "Restore the files, mount the disk, or run `feedsvc scan --allow-empty`.",
        ),
        "root-unreadable": Explanation(
            "The folder is missing or cannot be listed. Nothing is withdrawn.",
            "Restore the folder, fix its permissions, or fix `articles.folder`.",
        ),
        "same-original": Explanation(
            "A warning: the article names the same original as another article. The message "
            "names that article. Both are published.",
            "Remove one if they are the same article.",
        ),
        "several-articles": Explanation(
            "The subtrees of an Org file are articles of their own.",
            "Export them to files.",
        ),
        "still-changing": Explanation(
            "The file changed while `feedsvc check` read it.",
            "Check it again.",
        ),
        "too-complex": Explanation(
            "Reading the file takes more than 3 s of CPU time, or too much memory.",
            "Simplify the file, or split it.",
        ),
        "too-deep": Explanation(
            "The front matter is nested more than 20 levels deep, or HTML more than 500, or the"
            " nesting cannot be determined.",
            "Close every element; remove unneeded nesting.",
        ),
        "too-large": Explanation(
            "The file is larger than `articles.max_bytes`.",
            "Shorten the file, or raise the limit.",
        ),
        "too-slow": Explanation(
            "Reading the file takes more than 10 s, mostly waiting.",
            "Check whether the disk or the machine is overloaded. Each scan tries again.",
        ),
        "unclosed-comment": Explanation(
            "A warning: a comment is not closed, so the text after it is omitted.",
            "Close it, with `-->` or the delimiter of your generator.",
        ),
        "unknown-tag": Explanation(
            "A warning: a template tag is unknown. The tag is omitted; the text between such "
            "tags stays.",
            "Replace the tag with Markdown or HTML; to show it literally, put it in backticks.",
        ),
        "unreadable": Explanation(
            "The file cannot be opened.",
            "Fix its permissions. Each scan tries again.",
        ),
        "unreadable-folder": Explanation(
            "A sub-folder cannot be listed. Its articles stay published.",
            "Fix its permissions.",
        ),
        "withheld-text": Explanation(
            "A warning: part of the text is in a tag for a restricted audience, such as "
            "`encrypt` or `private`. That part is omitted.",
            "If this is intended, nothing. Otherwise remove the tag.",
        ),
    }
)
