"""The HTML for shortcodes of site generators: videos, gists, images, quotations.

Shortcodes are recognised by name, whatever the generator: Hugo's `{{< youtube ID >}}`, Jekyll's
`{% include youtube.html id="ID" %}`, Zola's `{{ youtube(id="ID") }}`, Nikola's
`{{% youtube ID %}}`. Embedded content becomes a link, see `embeds`.
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
_DIMENSIONS = re.compile(r"\d{1,5}x\d{0,5}")
_IMAGE = re.compile(r"\.(?:png|jpe?g|gif|webp|avif|svg)(?:[?#]|\Z)", re.IGNORECASE)
_FILE = re.compile(r".*\.")
_PATH = re.compile(r"(?:https?:)?//|.*[/.]", re.IGNORECASE)
_TITLES = ("title", "caption", "alt", "name", "label", "text", "playlabel")
_CAPTIONS = ("content", "description", "artist", "subtitle")
_HEADINGS = ("title", "summary", "header", "heading")
_NAMES = ("name", "label")  # not always meant for readers
_TEXTS = ("content", "text", "message", "body", "caption", "description", "quote")
_ADDRESSES = (
    "src", "path", "imagepath", "file", "url", "href", "link", "image", "img", "source", "mp4",
    "webm", "mp3", "ogg",
)  # fmt: skip
_DIAGRAMS = ("mermaid", "plantuml", "graphviz")
_IMAGE_WORD = re.compile(r"fig|figure|imgs?|images?|pictures?|photos?|thumbnail")
_IMAGE_NAME = re.compile(
    r"\A(?:figure|img|image|picture|photo|thumbnail)|(?:img|image|picture|photo)\Z"
)
_AUDIO = re.compile(r"\.(?:mp3|m4a|ogg|oga|opus|wav|flac|aac)(?:[?#]|\Z)", re.IGNORECASE)
_VIDEO = re.compile(r"\.(?:mp4|m4v|webm|ogv|mov)(?:[?#]|\Z)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Embed:
    """The replacement of a tag: HTML, and an address to use if the tag is inside a link."""

    html: str
    address: str = ""


def embed(call: Call, assets: str = "") -> Embed | None:
    """The replacement of a call; None if it is not known.

    `assets` is the path of the article's asset folder (Hexo), with a slash at the end.
    """
    if call.name.startswith("asset"):
        return _asset(call, assets)
    if found := services.embedded(call):
        address, embedded_id = found
        return _web_embed(address, _texts(call) or _text_besides_id(call, embedded_id))
    if _is_image(call):
        return _images(call) or _image(call)
    if call.name in ("notebook", "includecode") and call.plain:
        path = next((value for value in call.plain if _PATH.match(value)), call.plain[-1])
        return _link(path, " ".join(value for value in call.plain if value != path) or path)
    return _media(call)


def _title(call: Call) -> str:
    return one_line(call.first(*_TITLES))


def _texts(call: Call) -> str:
    """The title with the other texts for people: a caption, a description."""
    texts = (one_line(call.first(name)) for name in (*_TITLES, *_CAPTIONS))
    return " — ".join(dict.fromkeys(filter(_is_text, texts)))


def _text_besides_id(call: Call, embedded_id: str) -> str:
    """The arguments besides an id if they look like text."""
    rest = [value for value in call.plain if value not in embedded_id.split("/")]
    return " ".join(rest) if any(map(looks_like_text, rest)) else ""


def _is_image(call: Call) -> bool:
    """Whether the name is that of an image: `lightbox_image` is, `configure` is not."""
    return any(map(_IMAGE_WORD.fullmatch, call.words)) or bool(_IMAGE_NAME.search(call.name))


def _web_embed(address: str, title: str) -> Embed | None:
    link = anchor(address, title)
    return Embed(_without_markdown(link), address) if link else None


def web_link(call: Call) -> Embed | None:
    """A link to the first argument that is a web address; None if there is none."""
    address = web_address(call)
    if not address:
        return None
    return _web_embed(address, _texts(call) or _other_text(call, address))


def text_link(call: Call) -> Embed | None:
    """Hexo's `link some text address` and Forem's `link address`."""
    address = web_address(call)
    if not address:
        return None
    before = call.plain[: call.plain.index(address)] if address in call.plain else ()
    return _web_embed(address, " ".join(before) or _texts(call))


def _other_text(call: Call, address: str) -> str:
    """The positional arguments besides the address that look like text."""
    return " ".join(value for value in call.plain if value != address and looks_like_text(value))


def named_text(call: Call, fallback: str = "") -> str:
    """The readable arguments of an unknown call: a title, and text that may be Markdown.

    `fallback` is the title if the call has none.
    """
    titles = (call.first(name) for name in _HEADINGS)
    names = (call.first(name) for name in _NAMES)
    title = next(filter(_is_text, titles), "") or next(filter(looks_like_text, names), fallback)
    text = next(filter(_is_text, map(call.first, _TEXTS)), "")
    parts = [f"<strong>{escaped_text(title)}</strong>"] if title else []
    return " ".join([*parts, one_line(text)]).strip()


def text_of(call: Call) -> str:
    """The readable arguments of an unknown call without a closing tag."""
    return named_text(call) or escaped_text(" ".join(filter(_is_surely_text, call.plain)))


def _is_text(value: str) -> bool:
    return value not in ("", "true", "false")


def heading(call: Call) -> str:
    """The heading of a block: `In short` in `note info In short`, without the kind `info`."""
    plain = call.plain[1:] if call.plain[1:] and not looks_like_text(call.plain[0]) else call.plain
    if any(map(_DIMENSIONS.fullmatch, plain)):  # not meant for readers
        return ""
    return " ".join(plain) if any(map(looks_like_text, plain)) else ""


def looks_like_text(text: str) -> bool:
    """Whether an argument looks like text for readers, not like an id."""
    return " " in text or not text.isascii() or text != text.lower()


def _is_surely_text(text: str) -> bool:
    """Whether an argument is certainly meant for readers: several words, or a name."""
    return " " in text or (looks_like_text(text) and text.isalpha())


def target(call: Call) -> str:
    """The address of a button or a card, on the web or within the site."""
    return web_address(call) or call.first("href", "link", "url", "relref", "ref", "to")


def web_address(call: Call) -> str:
    """The first argument that is a web address; empty if none is."""
    named = (
        (call.named.get(name, "") for name in (*_ADDRESSES, *services.IDS)) if call.named else ()
    )
    return next((value for value in (*named, *call.plain) if _WEB.match(value)), "")


def _media(call: Call) -> Embed | None:
    """A player for the first argument that is the address of audio or video; None if none is."""
    for address in (call.first(*_ADDRESSES), *call.plain):
        is_video = _VIDEO.search(address)
        if is_video or _AUDIO.search(address):
            text = _texts(call) or _other_text(call, address) or address.rpartition("/")[2]
            link = f'<a href="{escape(address)}">{escaped_text(text)}</a>'
            name = "video" if is_video else "audio"
            poster = call.first("poster")
            attribute = f' poster="{escape(poster)}"' if poster and is_video else ""
            html = f'<{name} src="{escape(address)}"{attribute} controls>{link}</{name}>'
            return Embed(html, address)
    return None


def _asset(call: Call, assets: str) -> Embed | None:
    """Hexo's tags for files in the article's asset folder."""
    if call.name in ("assetimg", "assetimage"):
        return _image(call, assets)
    if call.name not in ("assetlink", "assetpath") or not call.plain:
        return None
    path = assets + call.plain[0]
    link = _link(path, " ".join(call.plain[1:]) or call.plain[0])
    return Embed(path, path) if call.name == "assetpath" else link


def _link(path: str, text: str) -> Embed:
    return Embed(f'<a href="{escape(path)}">{escaped_text(text)}</a>', path)


def _image(call: Call, assets: str = "") -> Embed | None:
    """An image with its caption; None if the call has no address."""
    address, texts = call.first(*_ADDRESSES), list[str]()
    if not address:
        pattern = _FILE if assets else _PATH
        index = next((n for n, value in enumerate(call.plain) if pattern.match(value)), -1)
        if index < 0:
            return None
        address, texts = assets + call.plain[index], _image_texts(call.plain[index + 1 :])
    first, second = (*texts, "", "")[:2]
    alt, title = call.first("alt") or second, call.first("title") or first
    if assets or call.name == "image":  # their first text is the `alt` text
        alt, title = alt or first, call.first("title")
    return Embed(_figure(address, one_line(alt), _caption(call, title), call), address)


def _images(call: Call) -> Embed | None:
    """Several images if all arguments are positional and images."""
    if call.named or not call.plain[1:] or not all(map(_IMAGE.search, call.plain)):
        return None
    return Embed("\n".join(_figure(value, "", "", call) for value in call.plain), call.plain[0])


def _image_texts(plain: tuple[str, ...]) -> list[str]:
    """The title and the second text of an image, without its size: `'"a" "b"'` are two."""
    texts = [value for value in plain if not _SIZE.fullmatch(value)]
    if len(texts) == 1 and '"' in texts[0]:
        return [part for part in texts[0].split('"') if part.strip()]
    return texts if any(" " in value for value in texts) else [" ".join(texts)]


def _caption(call: Call, title: str) -> str:
    texts = call.first("caption"), call.first("description", "desc", "text", "label")
    return one_line(" ".join(dict.fromkeys(part for part in (title, *texts) if part)))


def _credit(call: Call) -> str:
    """The credit of an image as HTML, linked if it has an address."""
    name, address = one_line(call.first("attr", "credit")), call.first("attrlink")
    text = escape(name or address, quote=False)
    return f'<a href="{escape(address)}">{text}</a>' if address else text


def _figure(address: str, alt: str, caption: str, call: Call) -> str:
    alt = alt or one_line(f"{caption} {call.first('attr', 'credit')}")
    image = f'<img src="{escape(address)}" alt="{escape(alt)}">'
    link = call.first("link")
    if call.name == "figure" and link and link != address:
        image = f'<a href="{escape(link)}">{image}</a>'
    below = " ".join(part for part in (escape(caption, quote=False), _credit(call)) if part)
    below = f"<figcaption>{below}</figcaption>" if below else ""
    return f"<figure>{image}{below}</figure>"


def escaped_text(plain: str) -> str:
    """Plain text on one line, escaped for HTML and Markdown."""
    return _without_markdown(escape(one_line(plain), quote=False))


_TAG_OR_PUNCTUATION = re.compile(r"(<[^<>]*+>)|([\\`*_\[\]~|$:@.])")


def _without_markdown(html: str) -> str:
    """HTML in which Markdown's punctuation is replaced by entities."""
    return _TAG_OR_PUNCTUATION.sub(lambda found: found[1] or f"&#{ord(found[2])};", html)


def language_of(call: Call) -> tuple[str, str]:
    """The language of a code block, and its title or file name."""
    language = call.first("lang", "language", "type") or (call.plain[0] if call.plain else "")
    language = language if re.fullmatch(r"[\w+#.-]{1,30}", language) else ""
    diagram = call.name if call.name in _DIAGRAMS else ""
    return language or diagram, call.first("title", "file", "filename", "caption")


def code(text: str, language: str, title: str = "") -> str:
    """A code block as HTML, because the length of a fence would depend on its context."""
    attribute = f' class="language-{escape(language)}"' if language else ""
    # A blank line after the paragraph ends its HTML block, so that `<pre>` begins another.
    heading = f"<p>{escaped_text(title)}</p>\n\n" if title else ""
    text = escape(text.strip("\n"), quote=False)
    return f"\n{heading}<pre><code{attribute}>{text}\n</code></pre>\n"


def attribution(call: Call, inside: str) -> str | None:
    """The source of a quotation as HTML; None if the call is no quotation."""
    if call.name not in ("quote", "blockquote", "pullquote"):
        return None
    author = call.first("author", "name", "cite", "by")
    source = call.first("source", "title", "work")
    address = call.first("link", "url", "href")
    if not call.named and call.name == "blockquote":  # Hexo: author, source, address, its title
        arguments = inside.partition(" ")[2].replace('"', "")
        author, address, source = arguments, "", ""
        if found := _URL.search(arguments):
            author, address = arguments[: found.start()], found[0]
            source = arguments[found.end() :]
    text = ", ".join(part for part in map(one_line, (author, source)) if part)
    link = anchor(address, text) if address else ""
    return _without_markdown(link or escape(text, quote=False))
