"""The allowed elements and attributes. Other tags are removed; their text is kept."""

HTML = frozenset(
    tag
    for group in (
        "p h1 h2 h3 h4 h5 h6 hgroup ul ol li dl dt dd blockquote pre code hr center address",
        "div section article aside header footer main nav details summary",
        "figure figcaption picture source img video audio track",
        "table caption colgroup col thead tbody tfoot tr th td",
        "a abbr b i u em strong del ins s strike sub sup small big mark kbd samp var tt q cite",
        "dfn time data ruby rb rt rp rtc bdi bdo span wbr br",
    )
    for tag in group.split()
)
# MathML Core, and the older elements that converters still write
MATHS = frozenset(
    tag
    for group in (
        "math merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms",
        "mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover",
        "semantics menclose mfenced mlabeledtr maligngroup malignmark none",
    )
    for tag in group.split()
)
TAGS = HTML | MATHS
# Removed with their content. An annotation holds a formula's source, which browsers do not show.
REMOVED_WITH_CONTENT = frozenset(("script", "style", "template", "annotation", "annotation-xml"))
_CELL = ("colspan", "rowspan", "align", "headers")
_SIZE = ("width", "height")
ATTRIBUTES = {
    "a": {"href", "title", "hreflang", "name"},
    "abbr": {"title"},
    "audio": {"src"},
    "blockquote": {"cite"},
    "code": {"class"},
    "col": {"span", "align"},
    "colgroup": {"span", "align"},
    "data": {"value"},
    "del": {"cite", "datetime"},
    "dfn": {"title"},
    "img": {"src", "srcset", "sizes", "alt", "title", *_SIZE},
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "math": {"display", "dir", "alttext"},
    "mfenced": {"open", "close", "separators"},
    "mfrac": {"linethickness"},
    "mi": {"mathvariant"},
    "mo": {
        "stretchy",
        "fence",
        "separator",
        "form",
        "lspace",
        "rspace",
        "largeop",
        "movablelimits",
    },
    "mover": {"accent"},
    "mspace": {"width"},
    "mtable": {"columnalign", "rowspacing", "columnspacing", "displaystyle"},
    "mtd": {"columnspan", "rowspan", "columnalign"},
    "munder": {"accentunder"},
    "munderover": {"accent", "accentunder"},
    "ol": {"start", "reversed", "type"},
    "pre": {"class"},
    "q": {"cite"},
    "source": {"src", "srcset", "sizes", "type", "media", *_SIZE},
    "td": {*_CELL},
    "th": {*_CELL, "scope", "abbr"},
    "time": {"datetime"},
    "track": {"src", "kind", "srclang", "label"},
    "video": {"src", "poster", *_SIZE},
}
# Without `controls`, a browser shows no play button.
CONTROLS = {"video": {"controls": ""}, "audio": {"controls": ""}}
