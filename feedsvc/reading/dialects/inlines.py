"""Signs of Markdown dialects within a line: wikilinks, highlights, emoji, abbreviations.

[[Note|words]]  ![[photo.png|300]]  ==marked==     Obsidian
:tada:                                              GitHub
*[HTML]: Hypertext Markup Language                  PHP Markdown Extra, kramdown
"""

from __future__ import annotations

import re
from functools import cache, partial
from html import escape
from urllib.parse import quote

from feedsvc.reading.templates.code import ELEMENT, TICKS, Code
from feedsvc.reading.templates.lookahead import Lookahead

MAY_HOLD = re.compile(r"\[\[|==\S|:[a-z0-9_+-]{2,40}:")

_CODE = re.compile(f"{TICKS}|{ELEMENT}")
_WIKILINK = re.compile(
    r"(?:(?P<embeds>!)|(?<![\w\\\]]))\[\[(?=[^\s\]])(?P<target>[^\[\]|#\n]*)(?P<place>#[^\[\]|\n]*)?(?:\|(?P<words>[^\[\]\n]*))?\]\]"
)
_MARK = re.compile(r"(?<![=\w\\])==(?=[^\s=])([^=\n]*(?:=[^=\n]+)*?)(?<=\S)==(?![=\w])")
_EMOJI = re.compile(r"(?<![\w:/@-]):([a-z0-9_+-]{2,40}):(?![\w:])")
_SIZE = re.compile(r"\d{1,4}(?:x\d{1,4})?")
_SHOWN = re.compile(
    r"\.(?:png|jpe?g|gif|webp|avif|svg|bmp|mp3|m4a|ogg|wav|flac|mp4|webm|mov|ogv)\Z", re.IGNORECASE
)
_TAG_OR_CODE = re.compile(r"<(pre|code|abbr|a)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


def converted(text: str) -> str:
    """The text with these signs in Markdown; code in it stays as it is."""
    if not MAY_HOLD.search(text):
        return text
    ahead = Lookahead(text)
    code = Code(text, ahead, markdown=True)
    parts: list[str] = []
    position = start = 0
    while found := _CODE.search(text, position):
        end = code.end(found)
        if end > found.end() or found.lastgroup == "element":
            parts += [_outside_code(text[start : found.start()]), text[found.start() : end]]
            start = end
        position = max(end, found.end())
    return "".join([*parts, _outside_code(text[start:])])


def _outside_code(text: str) -> str:
    if "[[" in text:
        text = _WIKILINK.sub(_link, text)
    if "==" in text:
        text = _MARK.sub(r"<mark>\1</mark>", text)
    return _EMOJI.sub(_emoji, text) if ":" in text else text


def _link(found: re.Match[str]) -> str:
    """A wikilink as Markdown: what is embedded is shown, a note is named by its words."""
    target, words = found["target"].strip(), (found["words"] or "").strip()
    if _SHOWN.search(target):
        label = "" if _SIZE.fullmatch(words) else words
        sign = "!" if found["embeds"] else ""
        return f"{sign}[{label if sign else label or target}]({_address(target)})"
    if "://" in target:
        return f"[{words or target}]({target})"
    if not target:
        place = (found["place"] or "#")[1:]
        return words or place
    return words or target.rpartition("/")[2] + (found["place"] or "").replace("#", " › ")


def _address(path: str) -> str:
    return quote(path, safe="/:%()").replace("(", "%28").replace(")", "%29")


def _emoji(found: re.Match[str]) -> str:
    return _known_emoji().get(found[0], found[0])


@cache
def _known_emoji() -> dict[str, str]:
    """The characters by their names at GitHub, each between two colons."""
    from emoji import EMOJI_DATA  # noqa: PLC0415 - it takes 40 ms and few texts need it

    names: dict[str, str] = {}
    for character, about in EMOJI_DATA.items():
        for name in (about["en"], *about.get("alias", ())):
            names.setdefault(name, character)
    return names


def with_abbreviations(html: str, abbreviations: dict[str, str]) -> str:
    """HTML in which each abbreviation says what it stands for."""
    if not abbreviations:
        return html
    longest_first = sorted(abbreviations, key=len, reverse=True)
    words = "|".join(map(re.escape, longest_first))
    pattern = re.compile(rf"(?<!\w)(?:{words})(?!\w)")
    parts: list[str] = []
    position = 0
    for found in _TAG_OR_CODE.finditer(html):
        parts += [pattern.sub(partial(_abbreviated, abbreviations), html[position : found.start()])]
        parts.append(found[0])
        position = found.end()
    return "".join([*parts, pattern.sub(partial(_abbreviated, abbreviations), html[position:])])


def _abbreviated(abbreviations: dict[str, str], found: re.Match[str]) -> str:
    return f'<abbr title="{escape(abbreviations[found[0]])}">{found[0]}</abbr>'
