"""Every problem code with its meaning and its remedy: the registry that docs and `check` use."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Explanation(NamedTuple):
    """What a problem code means, and what to do about it, in Markdown."""

    meaning: str
    remedy: str


PROBLEM_CODES: Mapping[str, Explanation] = MappingProxyType(
    {
        "bad-author": Explanation(
            "An author is neither text nor a map.",
            "Write a name, or a map with `name`, `email` and `url`.",
        ),
        "bad-date": Explanation(
            "A date cannot be read, could mean two days, is impossible, or lies outside the "
            "years 1970 to 2200.",
            "Write it as `2026-01-31T09:00:00+00:00`.",
        ),
        "bad-front-matter": Explanation(
            "The front matter has no end, is no valid YAML, TOML or JSON, is no map, is "
            "written in another language (`---js`), or is longer than 100,000 characters, "
            "its aliases written out. It is never taken for text.",
            "Fix the line that is named.",
        ),
        "bad-id": Explanation(
            "The id is no text, or is longer than 500 characters.",
            "Shorten it, or put it in quotes.",
        ),
        "bad-language": Explanation(
            "The language is no language tag; YAML takes `lang: no` for false.",
            'Write `en` or `pt-BR`, `"no"` in quotes.',
        ),
        "bad-link": Explanation(
            "The original, image or enclosure is no http or https address.",
            "Fix the link, or leave it out.",
        ),
        "bad-name": Explanation(
            "The name of the file or of a folder above it is not UTF-8, or holds a control "
            "character that no feed can carry.",
            "Rename it.",
        ),
        "bad-redirect": Explanation(
            "A file only leads elsewhere, and where it leads is no address on the web, or a "
            "file that nothing shows; or the redirect is to expire. Nobody is sent there.",
            "Fix the address, or link the file in an article.",
        ),
        "bad-tags": Explanation(
            "The tags are no list, or something in it is no text.",
            'Write `[one, two]`, with `"no"` in quotes.',
        ),
        "bad-title": Explanation(
            "The title is no text, such as `no`, which is false in YAML, or a list.",
            "Put it in quotes.",
        ),
        "bad-visibility": Explanation(
            "A key that may withhold the article, such as `draft` or `expiryDate`, has a "
            "value that cannot be understood. The article is withheld.",
            "Write `true` or `false`, or a date, or take the key out.",
        ),
        "circular-redirect": Explanation(
            "A file only leads elsewhere, and from there back to itself, alone or with "
            "others or `[[redirects]]`. Nobody is sent anywhere.",
            "Fix the address.",
        ),
        "date-ahead": Explanation(
            "The file of a published article names a date ahead. Its last version stays "
            "until then.",
            "Nothing, if you mean it; the new version is published when its date has come. "
            "Else fix the date.",
        ),
        "duplicate-id": Explanation(
            "The file claims the id of another article, which is named and keeps it.",
            "Give it an id of its own, or none.",
        ),
        "embedded-image": Explanation(
            "A picture is written into the text itself (`data:image/…`), which feed readers "
            "do not take. Its `alt` text is shown.",
            "Save it as a file beside the article.",
        ),
        "empty": Explanation(
            "The file holds nothing but white space.",
            "Write a title and a text, or remove it.",
        ),
        "hidden-text": Explanation(
            "A warning: the page hides a part of the text (`hidden`, `display: none`), so "
            "it is left out.",
            "Show it on the page if everybody may read it, or take it out.",
        ),
        "missing-file": Explanation(
            "A warning: the article links a file of the folder that is not there, or is no "
            "regular file, or cannot be read, or encloses or shows one that is empty. The "
            "message names it, and the one whose name differs only in upper and lower case. "
            "The article is published, without that enclosure or `image`. Each scan looks "
            "again.",
            "Add the file, or fix the link.",
        ),
        "no-text": Explanation(
            "There is nothing to show: no text, no description, no picture and no link.",
            "Write a paragraph.",
        ),
        "no-title": Explanation(
            "There is no title, no heading and no name to take one from.",
            "Begin the file with `# Title`.",
        ),
        "not-a-file": Explanation(
            "It is a symbolic link, a pipe, a socket or a device. It is never read. What "
            "was published from this path before stays.",
            "Put the file itself there.",
        ),
        "not-included": Explanation(
            "`feedsvc check` was asked about a file that no scan reads: hidden, not in "
            "`articles.include`, or excluded by its name.",
            "Rename it, extend `articles.include`, or take it back by `articles.exclude`.",
        ),
        "not-served": Explanation(
            "A warning: the article links a file that may be settings, a database or a key, "
            "or encloses one that is a page or an article. It is never served.",
            "Take out the link, or rename the file if everybody may have it.",
        ),
        "not-utf8": Explanation(
            "A byte does not fit the encoding. The message names it.",
            "Save the file as UTF-8, or set `articles.encoding`.",
        ),
        "reader-failed": Explanation(
            "The reader of this layout failed, which is its own mistake and not yours.",
            "Report it, with the file.",
        ),
        "redirect-ahead": Explanation(
            "A file only leads elsewhere and has a date ahead. Nobody is sent there until then.",
            "Nothing, or take the date out.",
        ),
        "repeated-key": Explanation(
            "A warning: the front matter has a key twice with two values. The last one counts.",
            "Keep one of the two.",
        ),
        "root-empty": Explanation(
            "The folder is suddenly empty. Nothing is withdrawn.",
            "Bring the files back, mount the disk, or run `feedsvc scan --allow-empty`.",
        ),
        "root-unreadable": Explanation(
            "The folder is missing or cannot be listed. Nothing is withdrawn.",
            "Bring it back, fix its permissions, or fix `articles.folder`.",
        ),
        "same-original": Explanation(
            "A warning: the article names the same original as another, which is named. "
            "Both are published.",
            "Remove one, if they are the same article.",
        ),
        "still-changing": Explanation(
            "`feedsvc check` met a file that changed while it was read.",
            "Check again.",
        ),
        "too-complex": Explanation(
            "Reading the file takes more than 3 s of CPU time, or too much memory.",
            "Simplify it, or split it into several.",
        ),
        "too-deep": Explanation(
            "The front matter is nested more than 20 deep, or HTML more than 500 deep, or "
            "its nesting cannot be determined.",
            "Close each element that is opened; take out what no reader would miss.",
        ),
        "too-large": Explanation(
            "The file is longer than `articles.max_bytes`.",
            "Shorten it, or raise the limit.",
        ),
        "too-slow": Explanation(
            "Reading the file takes more than 10 s, mostly waiting.",
            "See whether the disk or the machine is overloaded. Each scan tries again.",
        ),
        "unclosed-comment": Explanation(
            "A warning: a comment is never closed, so no text behind it is shown.",
            "Close it, with `-->` or whatever closes it in your generator.",
        ),
        "unknown-tag": Explanation(
            "A warning: a template tag is not known. It is left out, and what stands "
            "between such tags stays.",
            "Write what it stands for, as Markdown or HTML; put it in back ticks if it is "
            "to be read.",
        ),
        "unreadable": Explanation(
            "The file cannot be opened.",
            "Fix its permissions. It is tried again with every scan.",
        ),
        "unreadable-folder": Explanation(
            "A sub-folder cannot be listed. What was in it stays published.",
            "Fix its permissions.",
        ),
        "withheld-text": Explanation(
            "A warning: a part of the text stands in a tag for few to see, such as "
            "`encrypt` or `private`, and is left out.",
            "Nothing, if you mean it. Else take the tag out.",
        ),
    }
)
