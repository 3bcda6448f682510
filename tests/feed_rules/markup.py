"""Rules for text: HTML that is safe in every reader, and plain text that looks like no HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import name2codepoint
from html.parser import HTMLParser
from urllib.parse import urlsplit

from tests.feed_rules.place import Complaint, Place, warning


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What the validator lets pass. It is older than HTML 5 and knows no mark, ruby or picture.
SAFE_ELEMENTS = words(
    """
    a abbr acronym address area article aside audio b big blockquote br button canvas caption
    center cite code col colgroup command datagrid datalist dd del details dfn dialog dir div dl dt
    em event-source fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 header hr i img
    input ins kbd label legend li m map menu meter nav noscript ol optgroup option output p pre
    progress q s samp section select small source span strike strong sub sup table tbody td
    textarea tfoot th thead time tr tt u ul var video wbr
    """
)
UNSAFE_ELEMENTS = words(
    """
    applet base basefont bdo body comment embed frame frameset head html iframe isindex link
    listing meta noframes object param plaintext script style title xmp
    """
)
SAFE_ATTRIBUTES = words(
    """
    abbr accept accept-charset accesskey action align alt autocomplete autofocus autoplay axis
    background balance bgcolor bgproperties border bordercolor bordercolordark bordercolorlight
    bottompadding cellpadding cellspacing ch challenge char charoff charset checked choff cite
    class clear color cols colspan compact contenteditable coords data datafld datapagesize datasrc
    datetime default delay dir disabled draggable dynsrc enctype end face for form frame galleryimg
    gutter headers height hidden hidefocus high href hreflang hspace icon id inputmode ismap
    keytype label lang leftspacing list longdesc loop loopcount loopend loopstart low lowsrc max
    maxlength media method min multiple name nohref noshade nowrap open optimum pattern ping
    point-size pqg prompt radiogroup readonly rel repeat-max repeat-min replace required rev
    rightspacing rows rowspan rules scope selected shape size span src srcset start step summary
    suppress tabindex target template title toppadding type unselectable urn usemap valign value
    variable volume vrml vspace width wrap xml:lang xmlns
    """
)
SAFE_PROPERTIES = re.compile(
    r"(background|border|font|margin|padding|pause|pitch|speak|text-(align|decoration|indent)|"
    r"azimuth|clear|color|cursor|direction|display|elevation|float|height|letter-spacing|"
    r"line-height|list-style-type|overflow|richness|speech-rate|stress|unicode-bidi|"
    r"vertical-align|voice-family|volume|white-space|width)(-[a-z-]+)?"
)
SAFE_STYLE = re.compile(r"(\s*[-\w]+\s*:\s*[-\w#%.,!'\" ]*(;|$))*\s*")
ADDRESSES = {"a": "href", "img": "src"}
CONTROLS = re.compile("[\x80-\x9f\ufffd]")


class _Reader(HTMLParser):
    """Collects what is unsafe or relative in a piece of HTML."""

    def __init__(self, html: str, based: bool) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[Complaint] = []
        self.based = based
        self.feed(html)
        self.close()

    def warn(self, words: str) -> None:
        self.found.append(warning(words))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNSAFE_ELEMENTS:
            self.warn(f"holds <{tag}>, which is unsafe")
        elif tag not in SAFE_ELEMENTS:
            self.warn(f"holds <{tag}>, which is no HTML that readers know")
        else:
            for name, value in attrs:
                self._attribute(tag, name, value or "")

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name == "style":
            properties = re.findall(r"([-\w]+)\s*:", value.lower())
            wrong = [one for one in properties if not SAFE_PROPERTIES.fullmatch(one)]
            if wrong or not SAFE_STYLE.fullmatch(value):
                self.warn(f"holds style={value!r}, which is unsafe")
        elif name not in SAFE_ATTRIBUTES:
            self.warn(f"holds the attribute {name}, which is unsafe")
        elif ADDRESSES.get(tag) == name and not self.based and not urlsplit(value).scheme:
            self.warn(f"holds the relative reference {value!r}")

    def handle_charref(self, name: str) -> None:
        code = int(name[1:], 16) if name[:1] in "xX" else int(name)
        if CONTROLS.match(chr(code)):
            self.warn(f"holds the control character &#{name};")


def safe_html(value: str, place: Place) -> Iterator[Complaint]:
    """HTML without scripts, styles, frames and relative addresses."""
    if "<?import " in value.lower():
        yield warning("holds <?import>, which is unsafe")
    yield from _Reader(value, place.atom and place.based).found


def plain(value: str, place: Place) -> Iterator[Complaint]:
    """Text that a reader who takes it for HTML shows as it was meant."""
    tags = [tag for tag in re.findall(r"</(\w+)>", value) if is_html(tag.lower())]
    if tags:
        yield warning(f"looks like HTML: </{tags[0]}>")
    elif place.written_in_hex:
        return
    elif entities := [name for name in re.findall(r"&(#?\w+)", value) if is_entity(name)]:
        yield warning(f"looks like HTML: &{entities[0]};")
    elif not place.atom and (look := re.search(r"<[/a-zA-Z]", value)):
        yield warning(f"has {look[0]!r}, which the RSS profile writes as a hexadecimal reference")


def is_html(tag: str) -> bool:
    return tag in SAFE_ELEMENTS or tag in UNSAFE_ELEMENTS


def is_entity(name: str) -> bool:
    return name in name2codepoint or name == "apos" or not name.isalpha()
