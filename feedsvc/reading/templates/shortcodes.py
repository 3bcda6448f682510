"""What the shortcodes of site generators show: videos, gists, pictures, quotations.

A call is known by its name, whatever generator it is written for: Hugo's `{{< youtube ID >}}`,
Jekyll's `{% include youtube.html id="ID" %}`, Zola's `{{ youtube(id="ID") }}`, Nikola's
`{{% youtube ID %}}`. What is embedded from elsewhere becomes a link, see `embeds`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

from feedsvc.reading.markup.content import one_line
from feedsvc.reading.markup.embeds import anchor
from feedsvc.reading.templates import services
from feedsvc.reading.templates.syntax import Call

_URL = re.compile(r"https?://\S++")
_WEB = re.compile(r"(?:https?:)?//[^\s/]", re.IGNORECASE)
_SIZE = re.compile(r"\d{1,4}(?:px|%)?")
_EXTENT = re.compile(r"\d{1,5}x\d{0,5}")
_IMAGE = re.compile(r"\.(?:png|jpe?g|gif|webp|avif|svg)(?:[?#]|\Z)", re.IGNORECASE)
_FILE = re.compile(r".*\.")
_PLACE = re.compile(r"(?:https?:)?//|.*[/.]", re.IGNORECASE)
_TITLES = ("title", "caption", "alt", "name", "label", "text", "playlabel")
_HEADINGS = ("title", "summary", "header", "heading")
_NAMES = ("name", "label")  # which may be there for programs alone
_WORDS = ("content", "text", "message", "body", "caption", "description", "quote")
_ADDRESSES = (
    "src", "path", "imagepath", "file", "url", "href", "link", "image", "img", "source", "mp4",
    "webm", "mp3", "ogg",
)  # fmt: skip
_DRAWINGS = ("mermaid", "plantuml", "graphviz")
_PICTURE = re.compile(r"fig|figure|imgs?|images?|pictures?|photos?|thumbnail")
_PICTURES = re.compile(
    r"\A(?:figure|img|image|picture|photo|thumbnail)|(?:img|image|picture|photo)\Z"
)
_SOUND = re.compile(r"\.(?:mp3|m4a|ogg|oga|opus|wav|flac|aac)(?:[?#]|\Z)", re.IGNORECASE)
_FILM = re.compile(r"\.(?:mp4|m4v|webm|ogv|mov)(?:[?#]|\Z)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands in place of a tag: HTML, and an address where the tag stands in a link."""

    html: str
    address: str = ""


def shown(call: Call, assets: str = "") -> Shown | None:
    """What a call shows; None where it is not known. `assets` is Hexo's folder of the article."""
    if call.name.startswith("asset"):
        return _asset(call, assets)
    if found := services.found(call):
        address, written = found
        return _linked(address, _title(call) or _words_beside(call, written))
    if _is_picture(call):
        return _pictures(call) or _picture(call)
    if call.name in ("notebook", "includecode") and call.plain:
        path = next((each for each in call.plain if _PLACE.match(each)), call.plain[-1])
        return _link(path, " ".join(each for each in call.plain if each != path) or path)
    return _media(call)


def _title(call: Call) -> str:
    return one_line(call.first(*_TITLES))


def _words_beside(call: Call, written: str) -> str:
    """The arguments besides an id, where they look like words."""
    rest = [each for each in call.plain if each not in written.split("/")]
    return " ".join(rest) if any(map(is_worded, rest)) else ""


def _is_picture(call: Call) -> bool:
    """Whether a name speaks of a picture: `lightbox_image` does, `configure` does not."""
    return any(map(_PICTURE.fullmatch, call.words)) or bool(_PICTURES.search(call.name))


def _linked(address: str, title: str) -> Shown | None:
    link = anchor(address, title)
    return Shown(_unmarked(link), address) if link else None


def web_link(call: Call) -> Shown | None:
    """A link, where an argument is an address on the web."""
    address = web_address(call)
    if not address:
        return None
    return _linked(address, _title(call) or _other_words(call, address))


def worded_link(call: Call) -> Shown | None:
    """Hexo's `link some words address` and Forem's `link address`."""
    address = web_address(call)
    if not address:
        return None
    before = call.plain[: call.plain.index(address)] if address in call.plain else ()
    return _linked(address, " ".join(before) or _title(call))


def _other_words(call: Call, address: str) -> str:
    """The arguments without a name that look like words, besides the address."""
    return " ".join(each for each in call.plain if each != address and is_worded(each))


def said(call: Call, behind: str = "") -> str:
    """The words for people in a call that is not known: a title, a text that may be Markdown."""
    titles = (call.first(name) for name in _HEADINGS)
    names = (call.first(name) for name in _NAMES)
    title = next(filter(_is_text, titles), "") or next(filter(is_worded, names), behind)
    text = next(filter(_is_text, map(call.first, _WORDS)), "")
    shown = [f"<strong>{words(title)}</strong>"] if title else []
    return " ".join([*shown, one_line(text)]).strip()


def spoken(call: Call) -> str:
    """The same for a call that stands alone: else its arguments that are surely words."""
    return said(call) or words(" ".join(filter(_is_words, call.plain)))


def _is_text(value: str) -> bool:
    return value not in ("", "true", "false")


def heading(call: Call) -> str:
    """The words that a tag has for what stands behind it: not the kind in `note info In short`."""
    plain = call.plain[1:] if call.plain[1:] and not is_worded(call.plain[0]) else call.plain
    if any(map(_EXTENT.fullmatch, plain)):  # for a program
        return ""
    return " ".join(plain) if any(map(is_worded, plain)) else ""


def is_worded(text: str) -> bool:
    """Whether an argument looks like words for people, not like an id."""
    return " " in text or not text.isascii() or text != text.lower()


def _is_words(text: str) -> bool:
    """Whether an argument is surely for people: words, or a name."""
    return " " in text or (is_worded(text) and text.isalpha())


def target(call: Call) -> str:
    """Where a button or a card leads, on the web or within the site."""
    return web_address(call) or call.first("href", "link", "url", "relref", "ref", "to")


def web_address(call: Call) -> str:
    """The first argument that is an address on the web."""
    named = (
        (call.named.get(name, "") for name in (*_ADDRESSES, *services.IDS)) if call.named else ()
    )
    written = (*named, *call.plain)
    return next((address for address in written if _WEB.match(address)), "")


def _media(call: Call) -> Shown | None:
    """A player, where an argument is the address of sound or film."""
    for address in (call.first(*_ADDRESSES), *call.plain):
        film = _FILM.search(address)
        if film or _SOUND.search(address):
            text = _title(call) or _other_words(call, address) or address.rpartition("/")[2]
            link = f'<a href="{escape(address)}">{words(text)}</a>'
            name = "video" if film else "audio"
            poster = call.first("poster")
            more = f' poster="{escape(poster)}"' if poster and film else ""
            html = f'<{name} src="{escape(address)}"{more} controls>{link}</{name}>'
            return Shown(html, address)
    return None


def _asset(call: Call, assets: str) -> Shown | None:
    """Hexo's tags for files in the folder that has the article's name."""
    if call.name in ("assetimg", "assetimage"):
        return _picture(call, assets)
    if call.name not in ("assetlink", "assetpath") or not call.plain:
        return None
    path = assets + call.plain[0]
    shown = _link(path, " ".join(call.plain[1:]) or call.plain[0])
    return Shown(path, path) if call.name == "assetpath" else shown


def _link(path: str, text: str) -> Shown:
    return Shown(f'<a href="{escape(path)}">{words(text)}</a>', path)


def _picture(call: Call, assets: str = "") -> Shown | None:
    """A picture with what is written under it."""
    address, said = call.first(*_ADDRESSES), list[str]()
    if not address:
        place = _FILE if assets else _PLACE
        at = next((n for n, word in enumerate(call.plain) if place.match(word)), -1)
        if at < 0:
            return None
        address, said = assets + call.plain[at], _parted(call.plain[at + 1 :])
    first, second = (*said, "", "")[:2]
    alt, title = call.first("alt") or second, call.first("title") or first
    if assets or call.name == "image":  # whose first text is for those who see none
        alt, title = alt or first, call.first("title")
    return Shown(_figure(address, one_line(alt), _caption(call, title), call), address)


def _pictures(call: Call) -> Shown | None:
    """Several pictures, where all arguments without a name are pictures."""
    if call.named or not call.plain[1:] or not all(map(_IMAGE.search, call.plain)):
        return None
    return Shown("\n".join(_figure(each, "", "", call) for each in call.plain), call.plain[0])


def _parted(plain: tuple[str, ...]) -> list[str]:
    """The title and the other text of a picture behind its size: `'"a" "b"'` are two."""
    said = [word for word in plain if not _SIZE.fullmatch(word)]
    if len(said) == 1 and '"' in said[0]:
        return [word for word in said[0].split('"') if word.strip()]
    return said if any(" " in word for word in said) else [" ".join(said)]


def _caption(call: Call, title: str) -> str:
    told = call.first("caption"), call.first("description", "desc", "text", "label")
    return one_line(" ".join(dict.fromkeys(part for part in (title, *told) if part)))


def _credit(call: Call) -> str:
    """Who made a picture, as HTML, with a link where there is one."""
    who, address = one_line(call.first("attr", "credit")), call.first("attrlink")
    shown = escape(who or address, quote=False)
    return f'<a href="{escape(address)}">{shown}</a>' if address else shown


def _figure(address: str, alt: str, caption: str, call: Call) -> str:
    alt = alt or one_line(f"{caption} {call.first('attr', 'credit')}")
    shown = f'<img src="{escape(address)}" alt="{escape(alt)}">'
    link = call.first("link")
    if call.name == "figure" and link and link != address:
        shown = f'<a href="{escape(link)}">{shown}</a>'
    under = " ".join(part for part in (escape(caption, quote=False), _credit(call)) if part)
    under = f"<figcaption>{under}</figcaption>" if under else ""
    return f"<figure>{shown}{under}</figure>"


def words(plain: str) -> str:
    """Plain text as HTML on one line, in which nothing is Markdown."""
    return _unmarked(escape(one_line(plain), quote=False))


_TAG_OR_SIGN = re.compile(r"(<[^<>]*+>)|([\\`*_\[\]~|$:@.])")


def _unmarked(html: str) -> str:
    """HTML whose text is not Markdown: the signs that would mean something are entities."""
    return _TAG_OR_SIGN.sub(lambda found: found[1] or f"&#{ord(found[2])};", html)


def language_of(call: Call) -> tuple[str, str]:
    """The language of the code in a call, and what stands above the code: its file or title."""
    language = call.first("lang", "language", "type") or (call.plain[0] if call.plain else "")
    language = language if re.fullmatch(r"[\w+#.-]{1,30}", language) else ""
    named = call.name if call.name in _DRAWINGS else ""
    return language or named, call.first("title", "file", "filename", "caption")


def code(text: str, language: str, title: str = "") -> str:
    """A code block in HTML: a fence would need to know what it stands in."""
    named = f' class="language-{escape(language)}"' if language else ""
    above = f"<p>{words(title)}</p>\n\n" if title else ""  # or an empty line would end the block
    text = escape(text.strip("\n"), quote=False)
    return f"\n{above}<pre><code{named}>{text}\n</code></pre>\n"


def quotation(call: Call, inside: str) -> str | None:
    """Who is quoted, as HTML; None where the call is no quotation."""
    if call.name not in ("quote", "blockquote", "pullquote"):
        return None
    author = call.first("author", "name", "cite", "by")
    source = call.first("source", "title", "work")
    address = call.first("link", "url", "href")
    if not call.named and call.name == "blockquote":  # Hexo: author, source, address, its title
        written = inside.partition(" ")[2].replace('"', "")
        found = _URL.search(written)
        address = found[0] if found else ""
        parts = (written[: found.start()], written[found.end() :]) if found else (written, "")
        author, source = parts
    said = ", ".join(part for part in map(one_line, (author, source)) if part)
    link = anchor(address, said) if address else ""
    return _unmarked(link or escape(said, quote=False))
